"""The intake worker: source topics in; clinical-events keyed by patient, or dead-letters, out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime

from topics.codecs.clinical_event import Mended, encode_fact, encode_reading
from topics.codecs.source_message import SourceReader
from topics.dead_letters import read_mends
from topics.decoded import DeadLetter, Decoded, Facts, NotForUs
from topics.definitions import CLINICAL_EVENTS, SOURCE_TOPICS
from topics.meaning.feeds import Feeds
from topics.schemas.wire_types import LAST_INSTANT
from workers.dead_letter_output import dead_letter_output, origin_of, unread_of
from workers.listening import Listening
from workers.records import InputRecord, Output, PartitionWork, Stores

ORIGIN_HEADER = "b12watch-origin"


class IntakePartition:
    """Reads one partition of a source topic; it has no state, so that what it writes depends on the record alone."""

    read_to = None  # what is read twice becomes the same facts

    def __init__(
        self,
        counts: Counter[str],
        clock: Callable[[], datetime],
        reader: SourceReader,
        listening: Listening | None = None,
    ) -> None:
        self._counts = counts
        self._clock = clock
        self._reader = reader
        self._listening = listening

    def process(self, record: InputRecord) -> list[Output]:
        """One source record: its facts, keyed by patient; nothing where it is not for us; dead letters.

        The counts add up: every record is counted once as read, each statement of it beyond the first as a further
        part, and each once as what it turned out to be.
        """
        outcomes = self._reader.decode(
            record.topic, record.value, origin=origin_of(record), key=record.key, headers=record.headers
        )
        parts = sum(outcome.parts for outcome in outcomes)
        assert parts > 0, "a message that gives nothing is lost"
        self._counts["records read"] += 1
        if self._listening is not None:
            self._listening.hear(_feeds(record.topic, outcomes), min(record.timestamp, LAST_INSTANT))
        if parts > 1:
            self._counts["further parts"] += parts - 1
        return [*self._mended(record, outcomes), *(o for outcome in outcomes for o in self._outputs(record, outcome))]

    def _mended(self, record: InputRecord, outcomes: Iterable[Decoded]) -> list[Output]:
        """Whom a dead letter was about that was sent again: all of it has been read by now, or nothing is said."""
        told = read_mends(record.headers)
        if not told or any(isinstance(outcome, DeadLetter) for outcome in outcomes):
            return []
        return [
            self._event(record, patient_id, encode_reading(patient_id, Mended(place)))
            for place, patient_id in told
            if patient_id
        ]

    def _event(self, record: InputRecord, patient_id: str, value: bytes) -> Output:
        return Output(
            topic=CLINICAL_EVENTS.name,
            key=patient_id.encode(),
            value=value,
            headers=((ORIGIN_HEADER, f"{record.topic}/{record.partition}/{record.offset}".encode()),),
            timestamp=self._clock(),
        )

    def _outputs(self, record: InputRecord, outcome: Decoded) -> list[Output]:
        match outcome:
            case Facts(patient_id, facts, parts):
                self._counts["with facts"] += parts
                self._counts["facts forwarded"] += len(facts)
                return [self._event(record, patient_id, encode_fact(patient_id, fact)) for fact in facts]
            case NotForUs():
                self._counts["not for us"] += outcome.parts
                return []
            case DeadLetter() as dead:
                self._counts["dead letters"] += 1
                return [dead_letter_output(dead, record), *self._unread(record, dead)]

    def _unread(self, record: InputRecord, dead: DeadLetter) -> Iterable[Output]:
        """Treatment knows who is enrolled, so that it must know whom the dead letter is about."""
        for who in dead.whose:
            yield self._event(record, who.patient_id, encode_reading(who.patient_id, unread_of(dead, who)))


def _feeds(topic: str, outcomes: Iterable[Decoded]) -> set[str]:
    """Those that the message is of: its topic, whatever it said, and within it the sources of its facts."""
    sources = {fact.source for outcome in outcomes if isinstance(outcome, Facts) for fact in outcome.facts}
    return {topic, *(f"{topic}/{source}" for source in sources)}


class Intake:
    """The handler that the batch loop asks."""

    group = "b12watch-intake"
    inputs = tuple(topic.name for topic in SOURCE_TOPICS)
    same_partitions: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()

    def __init__(self, clock: Callable[[], datetime], feeds: Feeds | None = None) -> None:
        self.counts: Counter[str] = Counter()
        self.listening = Listening()
        self._clock = clock
        self._reader = SourceReader(feeds)

    def take_over(self, topic: str, partition: int, stored: Stores) -> IntakePartition:
        return IntakePartition(self.counts, self._clock, self._reader, self.listening)

    def take_back(self, topic: str, partition: int, work: PartitionWork) -> None:
        """There is no state to go on with."""

    def give_up(self, topic: str, partition: int) -> None:
        """There is no state to forget."""
