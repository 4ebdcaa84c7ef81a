"""`b12watch demo`: the whole of it on the embedded broker, told by a clock that runs many times faster.

The clock goes in lockstep, a step of some hours at a time: set it; tick, which claims that everything up to the last
step is there; publish what the invented ward said up to then; let treatment follow.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer
from rich.console import Console

from domain.policies.general import SilencePolicy
from domain.policy import Policy
from topics.definitions import ALERT_CHANGES, CLINICAL_EVENTS, PATIENT_STATUS
from workers.app import IntakeWorker, Kafka, TreatmentWorker
from workers.clock import ManualClock
from workers.connection import Connection
from workers.demo_story import DAYS, FIRST_DAY, ward
from workers.embedded_broker import EmbeddedBroker
from workers.record import read_topics, write_log
from workers.rendering import change_line, phase_line

STEP = timedelta(hours=6)
# a ward of a few invented patients has no rhythm, and its clock goes in leaps
_POLICY = Policy(silence=SilencePolicy(lab_results_hours=0, administrations_hours=0, intake_lags_minutes=1440))
_STEPS = timedelta(days=DAYS) // STEP


class Demo:
    """One telling of the story: `shown` counts the changes of each rule that were seen, `lifelong` who reached it."""

    def __init__(self, console: Console, *, patients: int, seed: int, seconds: float) -> None:
        self._console = console
        self._messages = ward(patients, seed)
        self._pause_s = seconds / _STEPS
        self._clock = ManualClock(FIRST_DAY)
        self._arrived: list[Mapping[str, Any]] = []
        self._phases: dict[str, str] = {}
        self.shown: Counter[tuple[str, str]] = Counter()
        self.counts: Counter[str] = Counter()

    @property
    def phases(self) -> Counter[str]:
        """How many patients are in each phase."""
        return Counter(self._phases.values())

    async def run(self, *, record_to: Path | None = None) -> None:
        """Tell the story from its first day to its last; `record_to` takes a log of it that can be replayed."""
        with EmbeddedBroker() as broker:
            connection = Connection(broker.bootstrap)
            kafka = Kafka(connection=connection, embedded=True, alone=True)
            intake, treatment = IntakeWorker(kafka, _POLICY, self._clock), TreatmentWorker(kafka, self._clock)
            listening = asyncio.create_task(self._listen(connection))
            try:
                await asyncio.gather(intake.loop.start(), treatment.loop.start())
                await asyncio.gather(intake.loop.idle(), treatment.loop.idle())
                async with AIOKafkaProducer(**connection.options) as producer:
                    await self._tell(intake, treatment, producer)
                await self._hear_the_rest(treatment)
                if record_to is not None:
                    await write_log(record_to, read_topics(connection, [CLINICAL_EVENTS.name]))
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)
                await asyncio.gather(intake.stop(), treatment.stop())
            self.counts = intake.handler.counts + treatment.handler.counts

    async def _tell(self, intake: IntakeWorker, treatment: TreatmentWorker, producer: AIOKafkaProducer) -> None:
        now = asyncio.get_running_loop().time
        began, said = now(), 0
        for step in range(1, _STEPS + 1):
            last, self._clock.now = self._clock.now, FIRST_DAY + step * STEP
            await intake.ticker.tick()
            while said < len(self._messages) and self._messages[said].at <= last:
                message = self._messages[said]
                at_ms = int(message.at.timestamp() * 1000)
                key = message.patient_id.encode()
                await producer.send_and_wait(message.topic, message.value, key=key, timestamp_ms=at_ms)
                said += 1
            await intake.loop.idle()
            await treatment.loop.idle()
            self._print_arrived()
            await asyncio.sleep(max(0.0, began + step * self._pause_s - now()))

    async def _listen(self, connection: Connection) -> None:
        """Hear alert changes and statuses from their topics, as a ward system would."""
        async for record in read_topics(connection, [ALERT_CHANGES.name, PATIENT_STATUS.name], follow=True):
            if record.value is not None:  # else nothing is kept of the patient any more
                self._arrived.append({**json.loads(record.value), "topic": record.topic})

    async def _hear_the_rest(self, treatment: TreatmentWorker) -> None:
        """Wait until every change that treatment counted was heard; one that never comes is an error."""
        expected = treatment.handler.counts["alert changes"]
        async with asyncio.timeout(10):
            while True:
                self._print_arrived()
                if self.shown.total() >= expected:
                    return
                await asyncio.sleep(0.05)

    def _print_arrived(self) -> None:
        arrived, self._arrived = sorted(self._arrived, key=lambda said: str(said["at"])), []
        for said in arrived:
            if said["topic"] == ALERT_CHANGES.name:
                self.shown[said["rule"], said["change"]] += 1
                self._console.print(change_line(said), soft_wrap=True)
            elif self._phases.get(said["patient_id"]) != said["phase"]:
                self._phases[said["patient_id"]] = said["phase"]
                self._console.print(phase_line(said), soft_wrap=True)


def summary(demo: Demo) -> str:
    """What was seen, in a few lines."""
    changes = [f"  {rule}: {change} {count}" for (rule, change), count in sorted(demo.shown.items())]
    phases = ", ".join(f"{phase} {count}" for phase, count in sorted(demo.phases.items()))
    counts = demo.counts
    return "\n".join(
        [
            f"{DAYS} days told. Messages read {counts['records read']}: facts {counts['with facts']}, "
            f"not for us {counts['not for us']}, dead letters {counts['dead letters']}.",
            "Alert changes:",
            *changes,
            f"Patients by phase: {phases}.",
            "All patients are invented. b12watch supports people and decides nothing for them.",
        ]
    )
