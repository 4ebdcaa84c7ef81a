"""What is fuzzed, and what must hold for every input: an outcome for it, counts that add up, nothing raised.

Each target takes bytes and raises where something does not hold.  What a codec may raise by its own contract
(`Unreadable` of our own messages) is no fault.
"""

from __future__ import annotations

import gc
import json
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final
from unittest import mock
from zlib import crc32

from domain.record import Known
from tests.topics.codecs.fhir import resources
from tests.topics.codecs.hl7v2 import messages as hl7
from tests.topics.messages import BASES, TOPIC_OF
from topics.codecs import clinical_event
from topics.codecs.clinical_event import FactEvent, ReadingEvent, Unreadable, decode_event, encode_event
from topics.codecs.fhir.early import EarlyLook, Look
from topics.codecs.hl7v2.message import Hl7Reader
from topics.codecs.source_message import CONTENT_TYPE_HEADER, FEED_HEADER, Format, SourceReader, format_of
from topics.decoded import NotForUs, Origin
from topics.definitions import ALERT_CHANGES, CLINICAL_EVENTS, DEAD_LETTERS, SOURCE_TOPICS
from topics.meaning.feeds import read_feeds
from topics.schemas.changelog import PartitionEntryV1
from workers.intake import IntakePartition
from workers.records import InputRecord, Output

LONGEST: Final = 32_768  # bytes of an input that is changed
MOST_LEFT_BYTES: Final = 100_000  # some of that is chance; a leak leaves more, of some hundred inputs
_KEPT: Final = Path(__file__).parent / "kept"
_PUBLISHED: Final = Path(__file__).parents[1] / "recordings" / "three-patients.expected.jsonl"
_AT: Final = datetime(2026, 1, 5, tzinfo=UTC)
_FEEDS: Final = read_feeds(
    """
[feeds.own]
zone = "Europe/London"
decimal_mark = ","
units = { haemoglobin = "g/dL" }
haemoglobin_mmol = "monomer"
assigner = "HOSP"
blank_completion = "completed"
patient_references = "p-"
medications = { "Medication/1" = "hydroxocobalamin" }
tests = [{ system = "L", code = "HB", analyte = "haemoglobin" }, { system = "L", code = "é", analyte = "platelets" }]
"""
)
_READER: Final = SourceReader(_FEEDS)
_TOPICS: Final = tuple(topic.name for topic in SOURCE_TOPICS)
_CONTENT_TYPES: Final = ("", "application/json", "application/fhir+json", "application/hl7-v2", "text/plain", "é;\x00")


@dataclass(frozen=True, slots=True)
class Target:
    """One codec.  `formats`: which files of a corpus are for it; `seeds`: good messages of our own to begin with."""

    check: Callable[[bytes], None]
    formats: frozenset[Format]
    seeds: tuple[bytes, ...]


def _through_intake(raw: bytes, topic: str, content_type: str = "", feed: str = "") -> list[Output]:
    """What intake forwards of a message; all of it can be read again, and the counts add up."""
    counts: Counter[str] = Counter()
    headers = tuple((name, said.encode()) for name, said in _told(content_type, feed))
    record = InputRecord(topic, 0, 0, _AT, b"key", raw, headers)
    outputs = IntakePartition(counts, lambda: _AT, _READER).process(record)
    told = counts["with facts"] + counts["not for us"] + counts["dead letters"]
    assert counts["records read"] + counts["further parts"] == told, counts
    facts = _facts_among(outputs)
    dead = [one for one in outputs if one.topic == DEAD_LETTERS.name]
    assert len(facts) == counts["facts forwarded"] and len(dead) == counts["dead letters"], counts
    assert not dead or dead[0].value == raw, "the first dead letter has the bytes as they came"
    for output in outputs:
        if output.topic == CLINICAL_EVENTS.name:
            event = decode_event(output.value or b"")
            assert isinstance(event, FactEvent | ReadingEvent) and event.patient_id.encode() == output.key
            assert encode_event(event) == output.value
    return outputs


def _facts_among(outputs: Iterable[Output]) -> list[Output]:
    events = (one for one in outputs if one.topic == CLINICAL_EVENTS.name)
    return [one for one in events if isinstance(decode_event(one.value or b""), FactEvent)]


def _told(content_type: str, feed: str) -> Iterable[tuple[str, str]]:
    if content_type:
        yield CONTENT_TYPE_HEADER, content_type
    if feed:
        yield FEED_HEADER, feed


def _feed(raw: bytes) -> str:
    """Half of all inputs come from the feed of the file; which half follows from the input: so it is repeatable."""
    return "own" if crc32(raw) % 2 else ""


def canonical(raw: bytes) -> None:
    for topic in _TOPICS:
        _through_intake(raw, topic, "application/json")


def fhir(raw: bytes) -> None:
    """With the early look, and as if it had never been sure: what it drops gives no facts in full either."""
    told = _through_intake(raw, "lab-results", "application/fhir+json", _feed(raw))
    with mock.patch.object(EarlyLook, "look", return_value=Look.NAMED):
        in_full = _through_intake(raw, "lab-results", "application/fhir+json", _feed(raw))
    assert told == in_full or not (told or _facts_among(in_full)), "the early look changes what is read"


_HL7_READER: Final = Hl7Reader(_FEEDS)
_ORIGIN: Final = Origin(topic="lab-results", partition=0, offset=0, timestamp=_AT)


def hl7v2(raw: bytes) -> None:
    """With the early look and without it."""
    _through_intake(raw, "lab-results", "application/hl7-v2", _feed(raw))
    feed = _FEEDS.named(_feed(raw))
    early = _HL7_READER.decode("lab-results", raw, origin=_ORIGIN, feed=feed)
    in_full = _HL7_READER.decode_in_full("lab-results", raw, origin=_ORIGIN, feed=feed)
    only_unread = all(isinstance(one, NotForUs) for one in (*early, *in_full))  # their parts are not counted early
    assert early == in_full or only_unread, "the early look changes what is read"


def own_messages(raw: bytes) -> None:
    """`clinical-events`, changelog and what treatment publishes: read, or `Unreadable`; an event is written alike."""
    for decode in (
        clinical_event.decode_known,
        clinical_event.decode_partition,
        clinical_event.decode_alert_change,
        clinical_event.decode_alert,
        clinical_event.decode_status,
    ):
        try:
            decode(raw)
        except Unreadable:
            continue
    try:
        event = decode_event(raw)
    except Unreadable:
        return
    assert decode_event(encode_event(event)) == event


def recogniser(raw: bytes) -> None:
    """Any content under any content type is of one format, and its reader has an answer."""
    for content_type in _CONTENT_TYPES:
        assert isinstance(format_of(raw, content_type), Format)
    _through_intake(raw, _TOPICS[crc32(raw) % len(_TOPICS)], _CONTENT_TYPES[crc32(raw) % len(_CONTENT_TYPES)])


def _canonical_seeds() -> Iterable[bytes]:
    return (json.dumps(content).encode() for content in BASES.values())


def _fhir_seeds() -> Iterable[bytes]:
    every = tuple(resources.ALL.values())
    return (json.dumps(content).encode() for content in (*every, resources.bundle(*every)))


def _event_seeds() -> Iterable[bytes]:
    for kind, content in BASES.items():
        raw = json.dumps(content).encode()
        for output in _through_intake(raw, TOPIC_OF.get(kind, kind), "application/json"):
            assert output.value is not None
            yield output.value
            event = decode_event(output.value)
            assert isinstance(event, FactEvent)
            yield clinical_event.encode_known(event.patient_id, Known(event.fact, _AT, _AT))
    yield clinical_event.encode_tick(_AT, ["lab-results/0"], blind=True)
    yield clinical_event.encode_activation({"a": 1.5}, "v1", {"rule": 1}, ["lab-results/0"])
    yield clinical_event.encode_rules({"rule": 2})
    for line in _PUBLISHED.read_text(encoding="utf-8").splitlines()[:6]:
        content = json.loads(line)
        topic = content.pop("topic")
        yield json.dumps(content).encode()
        if topic == ALERT_CHANGES.name:
            yield clinical_event.encode_alert(clinical_event.decode_alert_change(json.dumps(content).encode()))
    yield clinical_event.encode_partition(
        PartitionEntryV1(schema_version=1, time=_AT, sources={"lab-results/0": _AT}, policy={"a": 1}, rules={"rule": 1})
    )


_CANONICAL: Final = tuple(_canonical_seeds())
_FHIR: Final = tuple(_fhir_seeds())
_HL7: Final = (
    *(hl7.oru(), hl7.oru(hl7.obx(), hl7.obx(hl7.PLATELETS))),
    *(hl7.ras(), hl7.ras({5: hl7.ASPIRIN}), hl7.rde(), hl7.omp()),
)
TARGETS: Final[Mapping[str, Target]] = MappingProxyType(
    {
        "canonical": Target(canonical, frozenset({Format.CANONICAL}), _CANONICAL),
        "fhir": Target(fhir, frozenset({Format.FHIR}), _FHIR),
        "hl7v2": Target(hl7v2, frozenset({Format.HL7}), _HL7),
        "own-messages": Target(own_messages, frozenset({Format.CANONICAL}), tuple(_event_seeds())),
        "recogniser": Target(recogniser, frozenset(Format), (*_CANONICAL, *_FHIR[:4], *_HL7)),
    }
)


def kept_inputs(name: str) -> Iterable[bytes]:
    """What was once found to break something of this target, or is of a kind that might."""
    return (path.read_bytes() for path in sorted((_KEPT / name).glob("*")))


def memory_left(target: Target, inputs: Sequence[bytes]) -> int:
    """Bytes that a third reading leaves taken over the second: what is remembered is full by then."""
    _read_all(target, inputs)
    tracemalloc.start()
    try:
        before = _taken_after(target, inputs)
        return _taken_after(target, inputs) - before
    finally:
        tracemalloc.stop()


def _taken_after(target: Target, inputs: Sequence[bytes]) -> int:
    _read_all(target, inputs)
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def _read_all(target: Target, inputs: Sequence[bytes]) -> None:
    for raw in inputs:
        target.check(raw)
