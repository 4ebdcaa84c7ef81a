"""What the source systems say while a trial goes on: a cohort's messages, and news of a ward that never end."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count, islice
from typing import Any

from aiokafka import AIOKafkaProducer

from tests.workers.live import (
    DEAD,
    NOT_FOR_US,
    Message,
    Sources,
    ago,
    injection,
    message,
    result,
    shifted_ward,
)
from workers.cohort import cohort

WARD = 20
EVENTS_OF_A_PATIENT = 20  # about so many in two years; fewer would only end the cohort early
PORTIONS_A_SECOND = 8
LONGEST_OUTAGE_MS = 180_000


def news(chance: random.Random, number: int, patients: int) -> Message:
    """Something that happens now to one of the ward, or a correction of it, or nothing for us, or nonsense."""
    number_of_patient = chance.randrange(patients) + 1
    patient, other = f"demo-{number_of_patient:02}", f"other-{number_of_patient % 4:02}"
    value = chance.choice([12, 45, 50, 180])
    match chance.randrange(8):
        case 0:
            return injection(patient, f"now-{number}", ago(seconds=chance.uniform(-4, 1)))
        case 1:
            return result(patient, f"now-{number}", "platelets", value, ago(seconds=chance.uniform(-4, 1)))
        case 2:  # with any version: corrections, repeats and outdated ones
            version, status = chance.choice([(1, "final"), (2, "corrected"), (3, "entered-in-error")])
            return result(patient, "often", "platelets", value, ago(hours=2), version=version, status=status)
        case 3:
            return result(patient, f"now-{number}", "haemoglobin", chance.choice([90, 135]), ago(seconds=1))
        case 4:
            return result(patient, f"now-{number}", "sodium", 140, ago(seconds=1), becomes=NOT_FOR_US)
        case 5:
            return result(other, f"now-{number}", "platelets", value, ago(seconds=1))
        case 6:  # some are found to be two ids of one person, of whom something is charted under either, and not to be
            into, parted = f"demo-{number_of_patient % 4 + 1:02}", chance.choice([False, False, True])
            told: dict[str, Any] = {"into": into, "parted": parted, "said_at": ago(seconds=0)}
            return message("treatment-plans", other, f"merge-{number}", kind="patient-merge", **told)
        case _:
            return Message("lab-results", patient.encode(), b'{"number": %d' % number, DEAD)


class Load:
    """Says messages, so many a second, until it is told `enough`; with `events`, not before these are said.

    First a ward's story until yesterday, then news of it for ever: there alerts come and go all the while.
    `events` messages of a cohort come besides the news: with a `rate`, about so many a second, else as fast as the
    broker takes them.  It goes on through an outage of the broker, and what it says comes once.
    """

    def __init__(self, sources: Sources, seed: int, *, events: int | None, rate: float | None) -> None:
        self._sources = sources
        self._chance = random.Random(seed)
        self._rate = rate
        self._news = 1 if rate is not None and rate < 100 else 3  # of each portion
        patients = max(1, (events or 1_000_000) // EVENTS_OF_A_PATIENT)
        self._cohort = islice(cohort(patients, 2.0, seed), events)
        self._enough = asyncio.Event()
        self.has_said_events = events is None
        self.said = asyncio.Condition()

    @property
    def sent(self) -> int:
        return len(self._sources.sent)

    async def go_on(self) -> None:
        await self._sources.say(*shifted_ward(WARD, self._chance.randrange(1_000_000)))
        numbers = count()
        clock = asyncio.get_running_loop().time
        size = 500 if self._rate is None else max(1, round(self._rate / PORTIONS_A_SECOND))
        while not (self._enough.is_set() and self.has_said_events):
            began = clock()
            portion = [Message(s.topic, s.patient_id.encode(), s.value) for s in islice(self._cohort, size)]
            self.has_said_events = self.has_said_events or not portion
            portion += [news(self._chance, number, WARD) for number in islice(numbers, self._news)]
            await self._sources.say(*portion)
            async with self.said:
                self.said.notify_all()
            if self._rate is not None or self.has_said_events:
                await asyncio.sleep(max(0.0, began + 1 / PORTIONS_A_SECOND - clock()))

    def enough(self) -> None:
        self._enough.set()


@asynccontextmanager
async def load_on(
    bootstrap: str, seed: int, *, events: int | None = None, rate: float | None = None
) -> AsyncIterator[Load]:
    """Said all the while until this is left; then what has to be said still is."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        enable_idempotence=True,
        linger_ms=5,
        request_timeout_ms=LONGEST_OUTAGE_MS,
        retry_backoff_ms=500,
    )
    async with producer:
        load = Load(Sources(producer), seed, events=events, rate=rate)
        task = asyncio.create_task(load.go_on())
        try:
            yield load
        except BaseException:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            raise
        load.enough()
        await task
