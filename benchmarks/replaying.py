"""How fast a cohort is replayed, and whether stepwise and from scratch give one history."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from unittest import mock

from benchmarks.timing import WALL, Clock
from domain.assess import Assessment, assess
from domain.policy import Policy
from domain.record import Record
from topics.codecs.clinical_event import decode_event
from topics.codecs.source_message import SourceReader
from topics.definitions import ALERT_CHANGES, CLINICAL_EVENTS, PATIENT_STATUS
from workers import patient
from workers.cohort import cohort
from workers.intake import IntakePartition
from workers.records import InputRecord
from workers.replay import Replay
from workers.source_messages import records_of
from workers.treatment_partition import TreatmentPartition

TARGET_STEPS_PER_SECOND: Final = 40_000
_SECOND: Final = 1_000_000_000  # nanoseconds
_HISTORY: Final = frozenset({ALERT_CHANGES.name, PATIENT_STATUS.name})


@dataclass(frozen=True, slots=True)
class Made:
    """A log of clinical-events, and how long its parts took in seconds."""

    events: Sequence[InputRecord]
    inventing: float
    intake: float


@dataclass(frozen=True, slots=True)
class Replayed:
    """One replay: its steps, the outputs, the alert changes, and the seconds, of which `reading` went to decoding."""

    events: int
    reviews: int
    outputs: int
    changes: int
    seconds: float
    reading: float
    walked: float

    @property
    def steps(self) -> int:
        return self.events + self.reviews


def make_events(patients: int, years: float, seed: int, clock: Clock = WALL) -> Made:
    """The cohort's messages through intake, as a log of clinical-events without ticks."""
    began = clock()
    sources = list(records_of(cohort(patients, years, seed)))
    invented = clock()
    log_time: list[datetime] = []
    intake = IntakePartition(Counter(), lambda: log_time[-1], SourceReader())
    events: list[InputRecord] = []
    for record in sources:
        log_time[:] = [record.timestamp]
        for output in intake.process(record):
            assert output.topic == CLINICAL_EVENTS.name, "the cohort has no message that cannot be read"
            event = InputRecord(output.topic, 0, len(events), record.timestamp, output.key, output.value)
            events.append(event)
    return Made(events, (invented - began) / _SECOND, (clock() - invented) / _SECOND)


def replay(events: Sequence[InputRecord], clock: Clock = WALL) -> Replayed:
    """Replay the log to its end, as `b12watch replay` does: alert changes are written, and nothing is kept of them."""
    with _counted_steps(clock) as counts:
        began = clock()
        work = Replay(topics={ALERT_CHANGES.name})
        outputs = sum(1 for _ in work.run(events))
        seconds = (clock() - began) / _SECOND
    began = clock()
    for record in events:
        decode_event(record.value or b"")
    reading = (clock() - began) / _SECOND
    return Replayed(
        events=counts["events"],
        reviews=counts["reviews"],
        outputs=outputs,
        changes=work.counts["alert changes"],
        seconds=seconds,
        reading=reading,
        walked=counts["nanoseconds"] / _SECOND,
    )


@contextmanager
def _counted_steps(clock: Clock) -> Iterator[Counter[str]]:
    """Counts the steps of all partitions, and the time that they take with the writing of what they publish."""
    counts: Counter[str] = Counter()
    plain = TreatmentPartition.step

    def step(self: TreatmentPartition, key: str, at: datetime, offset: int, event: Any) -> Any:
        counts["reviews" if event is None else "events"] += 1
        began = clock()
        taken = plain(self, key, at, offset, event)
        counts["nanoseconds"] += clock() - began
        return taken

    with mock.patch.object(TreatmentPartition, "step", step):
        yield counts


def history_digest(events: Sequence[InputRecord], *, from_scratch: bool) -> str:
    """A digest of all alert changes and statuses; `from_scratch` asks every rule anew at every step."""
    digest = hashlib.sha256()
    with mock.patch.object(patient, "assess", _anew if from_scratch else assess):
        for output in Replay(topics=_HISTORY).run(events):
            if output.topic in _HISTORY:
                digest.update(output.topic.encode() + (output.value or b"") + b"\n")
    return digest.hexdigest()


def _anew(
    record: Record,
    policy: Policy,
    at: datetime,
    *,
    days_count_when_over: bool = False,
    earlier: Assessment | None = None,
) -> Assessment:
    """`assess` that makes no use of what it answered before, and of nothing worked out on the record."""
    fresh = Record(record.patient_id).restore(record)
    return assess(fresh, policy, at, days_count_when_over=days_count_when_over)


def events_of(events: Sequence[InputRecord], patients: int) -> list[InputRecord]:
    """The events of the first patients to come."""
    keys = dict.fromkeys(record.key for record in events)
    wanted = frozenset(list(keys)[:patients])
    return [record for record in events if record.key in wanted]
