"""A feed that falls silent and speaks again: real workers on the embedded broker, and a clock that is set."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aiokafka import AIOKafkaProducer

from domain.policies.general import SilencePolicy
from domain.policy import Policy
from tests.kit import day
from tests.topics.messages import DOSE, PLAN
from tests.workers.oracle import History, assert_same_history, published, replayed
from tests.workers.partition import OVERDUE
from topics.definitions import ALERT_CHANGES, CLINICAL_EVENTS, OPERATIONAL_ALERTS, PATIENT_STATUS
from workers.app import IntakeWorker, Kafka, TreatmentWorker
from workers.clock import ManualClock
from workers.connection import Connection
from workers.embedded_broker import EmbeddedBroker
from workers.record import read_topics, write_log

POLICY = Policy(silence=SilencePolicy(lab_results_hours=0, administrations_hours=48, intake_lags_minutes=1440))
STEP = timedelta(hours=6)


@dataclass
class World:
    """Messages and time, in lockstep: what is said at a step is told by the next tick."""

    clock: ManualClock
    intake: IntakeWorker
    treatment: TreatmentWorker
    hospital: Any

    async def say(self, topic: str, **content: Any) -> None:
        at_ms = int(self.clock.now.timestamp() * 1000)
        await self.hospital.send_and_wait(topic, json.dumps(content).encode(), timestamp_ms=at_ms)
        await self.intake.loop.idle()

    async def later(self, steps: int) -> None:
        for _ in range(steps):
            self.clock.now += STEP
            await self.intake.ticker.tick()
            await self.intake.loop.idle()
            await self.treatment.loop.idle()


async def test_a_feed_is_silent_until_it_speaks_and_a_replay_of_the_log_finds_the_same(tmp_path: Any) -> None:
    with EmbeddedBroker() as broker:
        kafka = Kafka(connection=Connection(broker.bootstrap), embedded=True, alone=True)
        clock = ManualClock(day(0))
        intake, treatment = IntakeWorker(kafka, POLICY, clock), TreatmentWorker(kafka, clock)
        try:
            await asyncio.gather(intake.loop.start(), treatment.loop.start())
            await asyncio.gather(intake.loop.idle(), treatment.loop.idle())
            async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap) as hospital:
                world = World(clock, intake, treatment, hospital)
                await world.say("treatment-plans", **{**PLAN, "regimen": "R2", "neurological_involvement": "no"})
                await world.say("administrations", **{**DOSE, "given_at": "2026-01-05T09:00:00Z"})
                await world.later(20)
                await world.say("administrations", **{**DOSE, "id": "2", "given_at": "2026-01-10T02:00:00Z"})
                await world.say("administrations", **{**DOSE, "drug": "paracetamol"})
                await world.later(3)
            live = await published(broker.bootstrap, (ALERT_CHANGES.name, PATIENT_STATUS.name))
            alerts = said(await published(broker.bootstrap, [OPERATIONAL_ALERTS.name]), OPERATIONAL_ALERTS.name)
            await write_log(tmp_path / "log", read_topics(Connection(broker.bootstrap), [CLINICAL_EVENTS.name]))
        finally:
            await asyncio.gather(intake.stop(), treatment.stop())
    silences = [(one["change"], one["since"], one["messages"]) for one in alerts if one["patients"]]
    assert silences == [("raised", "2026-01-05T09:00:00Z", 0), ("resolved", "2026-01-05T09:00:00Z", 2)]
    overdue = [one for one in said(live, ALERT_CHANGES.name) if one["rule"] == OVERDUE]
    assert [(one["change"], one["feed_silent_since"]) for one in overdue] == [
        ("raised", "2026-01-05T09:00:00Z"),
        ("resolved", None),
    ]
    marked = [bool(status["silent_feeds"]) for status in said(live, PATIENT_STATUS.name)]
    assert (marked[0], True in marked, marked[-1]) == (False, True, False)
    walked, _ = replayed(tmp_path / "log")
    assert_same_history(live, walked)


def said(history: History, topic: str) -> list[dict[str, Any]]:
    return [one for records in history[topic].values() for one in records]
