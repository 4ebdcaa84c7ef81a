"""What treatment's time goes into, and what more patients cost: in process, without a broker."""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from benchmarks.live_load import PARTITIONS, SOURCE, Entry, activations
from domain.facts import EnteredAs
from tests.kit import haemoglobin, injection, plan, platelets
from topics.codecs.clinical_event import decode_event, encode_fact, encode_tick
from topics.definitions import CLINICAL_EVENTS
from workers.records import InputRecord
from workers.treatment_partition import ALL_TOPICS, TreatmentPartition

_AT: Final = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
_STEPS: Final = 2000
_WEIGHED: Final = 200  # the last patients: to follow each allocation makes all of it slow
_DAYS_BETWEEN: Final = 10  # of two facts: 30 of them are still in sight


@dataclass(frozen=True, slots=True)
class Stages:
    """Seconds for the whole log: decoding, keeping and judging, encoding what is published; and the outputs."""

    decode: float
    judge: float
    encode: float
    outputs: int

    @property
    def total(self) -> float:
        return self.decode + self.judge + self.encode


def stages(entries: Sequence[Entry]) -> Stages:
    """Each stage is the difference between two runs over the same log: one with it and one without."""
    records = list(_records(entries))
    began = time.process_time()
    for record in records:
        decode_event(record.value or b"")
    decode = time.process_time() - began
    silent, _ = _walked(records, frozenset())
    whole, outputs = _walked(records, ALL_TOPICS)
    return Stages(decode, silent - decode, whole - silent, outputs)


def _walked(records: Sequence[InputRecord], writes: Container[str]) -> tuple[float, int]:
    work = {n: TreatmentPartition(n, Counter(), writes=writes) for n in range(PARTITIONS)}
    gc.collect()
    began = time.process_time()
    outputs = sum(len(work[record.partition].process(record)) for record in records)
    return time.process_time() - began, outputs


def _records(entries: Sequence[Entry]) -> Iterator[InputRecord]:
    for offset, (partition, key, value) in enumerate(entries):
        yield InputRecord(CLINICAL_EVENTS.name, partition, offset, _AT, key, value)


@dataclass(frozen=True, slots=True)
class Size:
    """So many patients: microseconds an event, facts and bytes a patient."""

    patients: int
    facts: float
    event_us: float
    patient_bytes: float


def size(patients: int, facts: int, awake: int) -> Size:
    """A ward whose patients have so many facts each, and are known for a while; then events for patients at random."""
    work = TreatmentPartition(0, Counter(), awake=awake)
    work.process(_record(None, next(activations())[2]))
    work.process(_record(None, encode_tick(_AT, SOURCE)))
    weighed = min(patients, _WEIGHED)
    for n in range(patients):
        if n == patients - weighed:
            tracemalloc.start()
        for record in _patient(n, facts):
            work.process(record)
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    known = work.size().facts / patients
    gc.collect()
    random, seconds = Random(1), 0.0  # noqa: S311 - no secret
    for n in range(_STEPS):
        who = f"patient-{random.randrange(patients)}"
        record = _record(who, encode_fact(who, platelets(_AT, 180 + n % 9, fact_id=f"count-{n}")))
        began = time.process_time()
        work.process(record)
        seconds += time.process_time() - began
    return Size(patients, known, seconds / _STEPS * 1e6, held / weighed)


def _patient(n: int, facts: int) -> Iterator[InputRecord]:
    """A patient in maintenance: injections, and blood counts between them."""
    who = f"patient-{n}"
    first = _AT - timedelta(days=_DAYS_BETWEEN * facts)
    yield _record(who, encode_fact(who, plan(first, "R1", entered_as=EnteredAs.MAINTENANCE, fact_id=f"plan-of-{who}")))
    for k in range(1, facts - 1):
        at = first + timedelta(days=_DAYS_BETWEEN * k)
        made = (
            injection(at, fact_id=f"dose-{k}-of-{who}") if k % 2 else haemoglobin(at, 130, fact_id=f"hb-{k}-of-{who}")
        )
        yield _record(who, encode_fact(who, made))


def _record(who: str | None, value: bytes) -> InputRecord:
    return InputRecord(CLINICAL_EVENTS.name, 0, 0, _AT, who.encode() if who else None, value)
