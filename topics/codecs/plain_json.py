"""Canonical JSON from the source topics: bytes to facts, not for us, or a dead letter.  No bytes make it raise."""

from __future__ import annotations

from typing import Any, Final, get_args

from pydantic import TypeAdapter, ValidationError

from domain.facts import Analyte, ConditionCode, Drug
from topics.canonical_json import shape_json
from topics.decoded import MAX_BYTES, Decoded, Facts, NotForUs, Origin, dead_letter
from topics.definitions import SOURCE_TOPICS, TopicDef
from topics.json_text import json_object
from topics.problems import Refused, Whose, first_problem
from topics.schemas.source_base import SourceShape, fact_id_of
from topics.schemas.wire_types import Identifier, Version

_READ_BY_RULES: Final[dict[str, tuple[str, frozenset[str]]]] = {
    "lab-result": ("analyte", frozenset(Analyte)),
    "administration": ("drug", frozenset(Drug)),
    "medication-order": ("drug", frozenset(Drug)),
    "medication-supply": ("drug", frozenset(Drug)),
    "condition": ("code", frozenset(ConditionCode)),
}
"""The field that says what a message of this kind is about, and the words of it that rules read."""
_OTHER_SPELLINGS: Final = frozenset({"hemoglobin", "pernicious-anemia"})
"""These are surely meant for us, so they are refused aloud instead of dropped."""
_SHOWN_CHARACTERS: Final = 60
_IDENTIFIER: Final[TypeAdapter[str]] = TypeAdapter(Identifier)
_VERSION: Final[TypeAdapter[int]] = TypeAdapter(Version)


def _shapes_of(topic: TopicDef) -> dict[str, dict[int, type[SourceShape]]]:
    """The shapes of each kind by version; the topic's own kind first."""
    kinds: dict[str, dict[int, type[SourceShape]]] = {}
    for shape in topic.shapes:
        (kind,) = get_args(shape.model_fields["kind"].annotation)
        versions = kinds.setdefault(kind, {})
        versions[len(versions) + 1] = shape
    return kinds


_SHAPES: Final = {topic.name: _shapes_of(topic) for topic in SOURCE_TOPICS}


def decode(
    topic: str, raw: bytes | None, *, origin: Origin, key: bytes | None = None, max_bytes: int = MAX_BYTES
) -> Decoded:
    """What a message says.  `topic` is the name in `definitions`; the origin's may be a hospital's own.

    A message of more than `max_bytes` is not read.
    """
    try:
        return _decode(topic, raw, max_bytes)
    except Refused as refused:
        return dead_letter(
            raw,
            origin=origin,
            key=key,
            where=refused.where,
            problem=refused.problem,
            max_bytes=max_bytes,
            whose=refused.whose,
        )


def encode(shape: SourceShape) -> bytes:
    """A source message in canonical JSON."""
    return shape_json(shape)


def _decode(topic: str, raw: bytes | None, max_bytes: int) -> Facts | NotForUs:
    content = json_object(raw, max_bytes)
    try:
        return _read(topic, content)
    except Refused as refused:
        raise refused.about(*_whose(topic, content)) from None


def _read(topic: str, content: dict[str, Any]) -> Facts | NotForUs:
    kind, shape = _shape(topic, content)
    unread = _unread(kind, content)
    if unread is not None:
        return unread
    try:
        message = shape.model_validate(content)
    except ValidationError as error:
        raise Refused(*first_problem(error)) from None
    return Facts(message.patient_id, (message.to_fact(),))


def _shape(topic: str, content: dict[str, Any]) -> tuple[str, type[SourceShape]]:
    """The kind of the message and the shape for its version."""
    kinds = _SHAPES[topic]
    kind = content.get("kind", next(iter(kinds)))
    if not isinstance(kind, str) or kind not in kinds:
        raise Refused("kind", f"this kind of message is not known on this topic; known: {', '.join(kinds)}")
    shapes = kinds[kind]
    if "schema_version" not in content:
        raise Refused("schema_version", "the field is missing")
    version = content["schema_version"]
    shape = shapes.get(version) if type(version) is int else None  # True and 1.0 would be found as well
    if shape is None:
        known = ", ".join(str(number) for number in shapes)
        raise Refused("schema_version", f"this version of the schema is not known; known: {known}")
    return kind, shape


def _unread(kind: str, content: dict[str, Any]) -> NotForUs | None:
    """Most of a hospital's feed, told by one look; a word in another spelling goes on, to be refused by name."""
    if kind not in _READ_BY_RULES:
        return None
    name, known = _READ_BY_RULES[kind]
    word = content.get(name)
    if not isinstance(word, str) or word in known:
        return None
    spelt = word.strip().casefold().replace(" ", "-").replace("_", "-")
    if spelt in known or spelt in _OTHER_SPELLINGS:
        return None
    return NotForUs(f"no rule reads {name} {word[:_SHOWN_CHARACTERS]!r}")


def _whose(topic: str, content: dict[str, Any]) -> tuple[Whose, ...]:
    """Whom a message is about that cannot be read otherwise, and which fact it would have been."""
    try:
        patient_id = _IDENTIFIER.validate_python(content.get("patient_id"), strict=True)
    except ValidationError:
        return ()
    try:
        kind = _IDENTIFIER.validate_python(content.get("kind", next(iter(_SHAPES[topic]))), strict=True)
        source = _IDENTIFIER.validate_python(content.get("source"), strict=True)
        own_id = _IDENTIFIER.validate_python(content.get("id"), strict=True)
        version = _VERSION.validate_python(content.get("version", 1), strict=True)
    except ValidationError:
        return (Whose(patient_id),)
    return (Whose(patient_id, fact_id_of(kind, source, own_id), version),)
