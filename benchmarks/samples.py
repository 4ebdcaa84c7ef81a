"""Records of the generated cohort as they were at some instant: what assessments and steps are timed with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final

from domain.assess import Assessment, assess
from domain.facts import Fact
from domain.policy import Policy
from domain.record import Record
from topics.codecs.plain_json import decode
from topics.decoded import Facts
from workers.cohort import cohort
from workers.dead_letter_output import origin_of
from workers.source_messages import records_of

_AFTER_THE_LAST: Final = timedelta(days=60)

History = Sequence[tuple[datetime, Fact]]
"""The facts of one patient and when each became known, in that order."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A record of the wanted size at `at`; its newest fact came at `known_at`, on top of `before`."""

    before: Record
    fact: Fact
    known_at: datetime
    record: Record
    at: datetime

    def fresh(self) -> Record:
        """The same record with nothing worked out on it."""
        return Record(self.record.patient_id).restore(self.record)


@dataclass(frozen=True, slots=True)
class StepSample:
    """A fact that comes to a patient who was assessed, and reviewed when that was due."""

    record: Record
    earlier: Assessment
    fact: Fact
    at: datetime


def histories(patients: int, years: float, seed: int) -> Mapping[str, History]:
    """What is known about each patient of a cohort, and since when."""
    known: dict[str, list[tuple[datetime, Fact]]] = defaultdict(list)
    for record in records_of(cohort(patients, years, seed)):
        decoded = decode(record.topic, record.value, origin=origin_of(record), key=record.key)
        assert isinstance(decoded, Facts), f"the cohort must be readable: {decoded}"
        known[decoded.patient_id].extend((record.timestamp, fact) for fact in decoded.facts)
    return known


def samples(known: Mapping[str, History], size: int, count: int, random: Random) -> list[Sample]:
    """`count` records of `size` facts at a random instant at which they were so; a patient may be taken again."""
    able = [found for patient_id, history in known.items() if (found := _of_size(patient_id, history, size))]
    assert able, f"no patient of this cohort has {size} facts"
    return [_at_random(*random.choice(able), random) for _ in range(count)]


def _of_size(patient_id: str, history: History, size: int) -> tuple[Sample, datetime] | None:
    """The record when it first had `size` facts, and until when it was so."""
    record = Record(patient_id)
    for n, (known_at, fact) in enumerate(history):
        before, record = record, record.add(fact, known_at)
        if len(record.known) == size:
            until = history[n + 1][0] if n + 1 < len(history) else known_at + _AFTER_THE_LAST
            return Sample(before, fact, known_at, record, known_at), until
    return None


def _at_random(sample: Sample, until: datetime, random: Random) -> Sample:
    at = sample.known_at + (until - sample.known_at) * random.random()
    return Sample(sample.before, sample.fact, sample.known_at, sample.record, at)


def steps(taken: Sequence[Sample], policy: Policy) -> Iterator[StepSample]:
    """The step with which each record reached its size."""
    for sample in taken:
        known = [entry.since for entry in sample.before]
        first = assess(sample.before, policy, max(known, default=sample.known_at - timedelta(days=1)))
        earlier = reviewed(sample.before, policy, first, sample.known_at)
        yield StepSample(sample.before, earlier, sample.fact, sample.known_at)


def reviewed(record: Record, policy: Policy, assessment: Assessment, until: datetime) -> Assessment:
    """The assessment after the reviews that were due before `until`."""
    while assessment.next_review_at is not None and assessment.next_review_at < until:
        assessment = assess(record, policy, assessment.next_review_at, earlier=assessment)
    return assessment
