"""A recorded log through the same handlers as live: the same alert changes, id for id and in the same order.

A log of clinical-events is walked as it is: what merges handed on is in it.  A log of source topics is put in the order
of its log times and goes through intake first, onto one partition, where what a record makes treatment hand on follows
at once.  Where a log has no ticks, each record says that it is complete to its own log time.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from datetime import datetime

from domain.facts import Merge
from domain.policy import Policy
from topics.codecs.clinical_event import (
    ActivationEvent,
    ClinicalEvent,
    FactEvent,
    TickEvent,
    Unreadable,
    decode_event,
)
from topics.codecs.source_message import SourceReader
from topics.definitions import CLINICAL_EVENTS, SOURCE_TOPICS, TREATMENT_CHANGELOG
from topics.meaning.feeds import Feeds
from topics.schemas.changelog import PARTITION_KEY
from workers.intake import IntakePartition
from workers.memory import Memory
from workers.records import InputRecord, Output
from workers.treatment import ALL_TOPICS, TreatmentPartition

_SOURCES = frozenset(topic.name for topic in SOURCE_TOPICS)


class Replay:
    """One replay.  `policy` stands over those in the log; `patient_id` leaves everybody else out;
    `on_record` is told of each record that is walked; `with_changelog` gives that of the one patient too;
    `topics` are those that somebody reads: of the others nothing is written, which is quicker; `feeds` are intake's.

    `counts` is what intake and treatment counted; `ends_at` the newest log time of what was read, and `has_patient`
    whether a record of the one patient was among it.  The clock is the log's: no other is ever asked.
    """

    def __init__(
        self,
        *,
        policy: Policy | None = None,
        patient_id: str | None = None,
        on_record: Callable[[], None] = lambda: None,
        with_changelog: bool = False,
        topics: Container[str] = ALL_TOPICS,
        feeds: Feeds | None = None,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.ends_at: datetime | None = None
        self.has_patient = False
        self._policy = policy
        self._on_record = on_record
        self._patient_key = None if patient_id is None else patient_id.encode()
        self._with_changelog = with_changelog
        self._writes = {CLINICAL_EVENTS.name, *(name for name in ALL_TOPICS if name in topics)}
        self._partitions: dict[int, TreatmentPartition] = {}
        self._next_offset: Counter[int] = Counter()
        self._log_time: dict[int, datetime] = {}
        self._family = {self._patient_key}  # the patient, and those with whom a log of sources merges it
        self._intake = IntakePartition(self.counts, self._log_clock, SourceReader(feeds))

    def run(self, log: Sequence[InputRecord], *, until: datetime | None = None) -> Iterator[Output]:
        """Everything that the live workers would have written to the topics of treatment, and dead letters.

        `until` lets time go on after the last record, so that absence is seen.
        """
        events = [record for record in log if record.topic == CLINICAL_EVENTS.name]
        sources = [] if events else [record for record in log if record.topic in _SOURCES]
        self.counts["other topics"] = len(log) - len(events) - len(sources)
        self.ends_at = max((record.timestamp for record in events or sources), default=None)
        if events:
            yield from self._events(events)
        else:
            yield from self._through_intake(sorted(sources, key=lambda record: record.timestamp))
        if until is not None:
            for partition, work in sorted(self._partitions.items()):
                yield from self._wanted(work.advance(until, self._next_offset[partition]))

    def memory_of(self, patient_id: str) -> Memory | None:
        """What the owner of the patient's partition holds by now; None while nothing is known of the patient."""
        memories = (work.remembered() for work in self._partitions.values())
        return next((memory for memory in memories if patient_id in memory.known), None)

    def _events(self, events: Sequence[InputRecord]) -> Iterator[Output]:
        has_ticks = _tells_its_time(events)
        for record in events:
            self.counts["records read"] += 1
            self._on_record()
            yield from self._wanted(self._walk(record, advance=not has_ticks))

    def _through_intake(self, sources: Sequence[InputRecord]) -> Iterator[Output]:
        read = self._read(sources)
        if self._patient_key is not None:
            read = list(read)
            self._family = _family(self._patient_key, read)
        for record, outputs in read:
            self._log_time[0] = record.timestamp
            self._on_record()
            yield from self._wanted(self._partition(0).advance(record.timestamp, self._next_offset[0]))
            waiting = deque(outputs)
            while waiting:
                output = waiting.popleft()
                if output.topic != CLINICAL_EVENTS.name:
                    yield output
                    continue
                made = list(self._walk(self._event(output, record), advance=True))
                waiting.extend(one for one in made if one.topic == CLINICAL_EVENTS.name)
                yield from self._wanted(made)

    def _read(self, sources: Iterable[InputRecord]) -> Iterable[tuple[InputRecord, list[Output]]]:
        """Each record, and what intake made of it."""
        for record in sources:
            self._log_time[0] = record.timestamp
            yield record, self._intake.process(record)

    def _event(self, output: Output, record: InputRecord) -> InputRecord:
        """What was written because of a source record, as it is read from the log."""
        return InputRecord(
            topic=output.topic,
            partition=0,
            offset=self._next_offset[0],
            timestamp=record.timestamp,
            key=output.key,
            value=output.value,
            headers=output.headers,
        )

    def _walk(self, record: InputRecord, *, advance: bool) -> Iterable[Output]:
        work = self._partition(record.partition)
        self._next_offset[record.partition] = record.offset + 1
        outputs = work.advance(self._running_maximum(record), record.offset) if advance else []
        self.has_patient |= record.key == self._patient_key
        if self._patient_key is None or record.key is None or record.key in self._family:
            return [*outputs, *work.process(record)]
        work.pass_by(record)
        return outputs

    def _running_maximum(self, record: InputRecord) -> datetime:
        before = self._log_time.get(record.partition, record.timestamp)
        self._log_time[record.partition] = max(before, record.timestamp)
        return self._log_time[record.partition]

    def _log_clock(self) -> datetime:
        return self._log_time[0]

    def _partition(self, partition: int) -> TreatmentPartition:
        if partition not in self._partitions:
            self._partitions[partition] = TreatmentPartition(partition, self.counts, self._policy, self._writes)
        return self._partitions[partition]

    def _wanted(self, outputs: Iterable[Output]) -> Iterator[Output]:
        """Without what is of other patients, and what merges hand on: that is in the log, or goes back into it."""
        key = self._patient_key
        return (
            output
            for output in outputs
            if output.topic != CLINICAL_EVENTS.name
            if key is None or output.key == key or (self._with_changelog and _is_stored_of(key, output))
        )


def _is_stored_of(patient: bytes, output: Output) -> bool:
    whose = (output.key or b"").rpartition(b"/")[0]
    return output.topic == TREATMENT_CHANGELOG.name and (whose == patient or output.key == PARTITION_KEY)


def _family(patient: bytes, read: Iterable[tuple[InputRecord, list[Output]]]) -> set[bytes | None]:
    """The patient, and all who are ever merged with it: what they tell concerns it too."""
    pairs = [
        {whom.encode() for whom in event.fact.both}
        for _, outputs in read
        for output in outputs
        if output.value is not None and b'"kind":"merge"' in output.value
        if isinstance(event := decode_event(output.value), FactEvent) and isinstance(event.fact, Merge)
    ]
    family: set[bytes] = {patient}
    while more := {who for pair in pairs if not family.isdisjoint(pair) for who in pair} - family:
        family |= more
    return {*family}


def _tells_its_time(events: Sequence[InputRecord]) -> bool:
    """Whether the log has ticks (one that claims nothing is enough), and the activation that says whose count."""
    return any(isinstance(event, TickEvent) for event in _decoded(events)) and any(
        isinstance(event, ActivationEvent) and event.sources for event in _decoded(events)
    )


def _decoded(events: Sequence[InputRecord]) -> Iterator[ClinicalEvent]:
    """The events that are no facts; most are, and are told by one look."""
    for record in events:
        if record.value is None or b'"type":"fact"' in record.value:
            continue
        try:
            yield decode_event(record.value)
        except Unreadable:
            continue
