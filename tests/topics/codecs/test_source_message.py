"""Which format a message has: the header decides, else the content; what is no format of ours is kept for people."""

from __future__ import annotations

import json

import pytest

from tests.topics.codecs.fhir.resources import OBSERVATION, read
from tests.topics.messages import BASES, LAB, TOPIC_OF
from topics.codecs.source_message import Format, format_of
from topics.decoded import DeadLetter, Facts
from topics.definitions import SOURCE_TOPICS

FHIR, CANONICAL = json.dumps(OBSERVATION).encode(), json.dumps(LAB).encode()


@pytest.mark.parametrize(
    ("raw", "content_type", "expected"),
    [
        (FHIR, "", Format.FHIR),
        (FHIR, "application/json", Format.FHIR),
        (FHIR, "application/fhir+json; fhirVersion=4.0", Format.FHIR),
        (CANONICAL, "Application/FHIR+JSON", Format.FHIR),
        (CANONICAL, "", Format.CANONICAL),
        (CANONICAL, "application/json; charset=utf-8", Format.CANONICAL),
        (b' \r\n{ "id": "1", "resourceType" : "Patient"}', "", Format.FHIR),
        (b'{"text": "\\"resourceType\\": 1"}', "", Format.CANONICAL),
        (b"MSH|^~\\&|LAB", "", Format.HL7),
        (b"\x0bMSH|^~\\&|LAB", "", Format.HL7),
        (b"\xef\xbb\xbfMSH|^~\\&|LAB", "application/json", Format.HL7),
        (b"anything", "application/hl7-v2", Format.HL7),
        (b"<Observation/>", "application/fhir+xml", Format.FHIR_XML),
        (b"<Observation/>", "", Format.CANONICAL),
        (b"", "", Format.CANONICAL),
        (None, "", Format.CANONICAL),
    ],
)
def test_a_format_is_told_by_the_header_else_by_the_content(
    raw: bytes | None, content_type: str, expected: Format
) -> None:
    assert format_of(raw, content_type) is expected


@pytest.mark.parametrize("topic", [topic.name for topic in SOURCE_TOPICS])
def test_every_source_topic_takes_fhir(topic: str) -> None:
    (facts,) = read(OBSERVATION, topic=topic)
    assert isinstance(facts, Facts)


@pytest.mark.parametrize("base", BASES)
def test_canonical_messages_are_read_as_before(base: str) -> None:
    (facts,) = read(BASES[base], topic=TOPIC_OF.get(base, base), headers=[("content-type", b"application/json")])
    assert isinstance(facts, Facts) and facts.patient_id == "p-1"


@pytest.mark.parametrize("version", [2, "1", None])
def test_edge_38_a_version_of_the_schema_that_is_not_known_is_a_dead_letter(version: object) -> None:
    (dead,) = read({**LAB, "schema_version": version})
    assert isinstance(dead, DeadLetter) and dead.where == "schema_version"


@pytest.mark.parametrize("raw", [b"<Observation/>", b"", b"\x00"])
def test_what_is_in_no_format_of_ours_is_a_dead_letter(raw: bytes) -> None:
    for content_type in (b"application/fhir+xml", b"application/fhir+json", b"\xff", b""):
        (dead,) = read(raw, headers=[("Content-Type", content_type)])
        assert isinstance(dead, DeadLetter) and dead.raw == raw


def test_a_header_that_says_fhir_of_what_says_nothing_is_a_dead_letter() -> None:
    (dead,) = read(LAB, headers=[("content-type", b"application/fhir+json")])
    assert isinstance(dead, DeadLetter) and dead.where == "resourceType"
