"""Our own messages, to bytes and back: `clinical-events`, the changelog, and what treatment publishes.

Whoever reads them trusts who wrote them, so the broken is an exception here (`Unreadable`): a worker that meets one
must stop, since the history that follows would not be the one that was written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from orjson import Fragment
from pydantic import ValidationError

from domain.alerts import AlertChange, PublishedAlert, SilentFeed
from domain.facts import Fact
from domain.merges import ALONE, Kin
from domain.record import Known
from domain.situation import Situation
from topics.canonical_json import canonical_json, canonical_json_without_floats
from topics.problems import first_problem
from topics.schemas.changelog import KnownFactV1, PartitionEntryV1
from topics.schemas.events import (
    CLINICAL_EVENT,
    ActivationV1,
    FactEventV1,
    HandedOnV1,
    HeardV1,
    MendedV1,
    RulesV1,
    TickV1,
    UnreadV1,
)
from topics.schemas.facts import fact_content
from topics.schemas.outputs import (
    AlertChangeV1,
    AlertV1,
    PatientStatusV1,
    UnreadMessageV1,
    alert_content,
    change_content,
    status_content,
)
from topics.schemas.wire_types import Shape

S = TypeVar("S", bound=Shape)
_MOST_HANDED_BYTES: Final = 500_000  # half of what a broker takes by default


class Unreadable(ValueError):
    """One of our own messages is not what its schema says; `where` and `problem` name fields, never their values."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"{where}: {problem}. The message was not used.")
        self.where = where
        self.problem = problem


@dataclass(frozen=True, slots=True)
class FactEvent:
    patient_id: str
    fact: Fact

    @property
    def said(self) -> Fact:
        return self.fact


@dataclass(frozen=True, slots=True)
class HandedOnEvent:
    """Facts of the patient `origin`, who was merged into `patient_id`."""

    patient_id: str
    origin: str
    known: tuple[Known, ...]

    @property
    def said(self) -> HandedOnEvent:
        return self

    @property
    def facts(self) -> list[Fact]:
        return [one.fact for one in self.known]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A message that could not be read; see `UnreadV1`."""

    topic: str
    partition: int
    offset: int
    at: datetime
    where: str
    problem: str
    fact_id: str = ""
    version: int = 0

    @property
    def place(self) -> str:
        """Its origin, as `Origin.place`."""
        return f"{self.topic}/{self.partition}/{self.offset}"


@dataclass(frozen=True, slots=True)
class Mended:
    """What could not be read at this origin has been read now."""

    place: str


@dataclass(frozen=True, slots=True)
class ReadingEvent:
    """Something about the reading of a patient's messages, and not about the patient."""

    patient_id: str
    said: Unread | Mended


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of one feed; see `HeardV1`."""

    at: datetime
    messages: int

    def __add__(self, other: Heard) -> Heard:
        return Heard(max(self.at, other.at), self.messages + other.messages)


@dataclass(frozen=True, slots=True)
class TickEvent:
    """All that `sources` ("topic/partition") held before `complete_to` is forwarded; see `TickV1` for the others."""

    complete_to: datetime
    sources: tuple[str, ...]
    blind: bool = False
    heard: Mapping[str, Heard] | None = None


@dataclass(frozen=True, slots=True)
class ActivationEvent:
    """A policy, rules (id to version) and the list of source partitions come into force."""

    policy: Mapping[str, Any]
    policy_version: str
    rules: Mapping[str, int]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RulesEvent:
    """Newer rules (id to version) come into force; policy and sources stay, whatever they are by then."""

    rules: Mapping[str, int]


ClinicalEvent = FactEvent | HandedOnEvent | ReadingEvent | TickEvent | ActivationEvent | RulesEvent


def encode_fact(patient_id: str, fact: Fact) -> bytes:
    """Raises: ValueError for a fact that could not be read back, as one of the year 1492."""
    content = {"schema_version": 1, "type": "fact", "patient_id": patient_id, "fact": fact_content(fact)}
    FactEventV1.model_validate(content)
    return canonical_json_without_floats(content)


def encode_handed_on(patient_id: str, origin: str, known: Iterable[Known]) -> list[bytes]:
    """One message in all but the rarest cases; more where one would be too long for the broker."""
    messages: list[list[dict[str, Any]]] = []
    size = _MOST_HANDED_BYTES
    for one in known:
        content = {"fact": fact_content(one.fact), "since": one.since, "first": one.first}
        more = len(canonical_json_without_floats(content))
        if size + more > _MOST_HANDED_BYTES:
            messages.append([])
            size = 0
        messages[-1].append(content)
        size += more
    head = {"schema_version": 1, "type": "handed-on", "patient_id": patient_id, "origin": origin}
    return [canonical_json_without_floats({**head, "facts": facts}) for facts in messages]


def encode_reading(patient_id: str, said: Unread | Mended) -> bytes:
    if isinstance(said, Mended):
        return _written(MendedV1(schema_version=1, type="mended", patient_id=patient_id, place=said.place))
    told = {name: getattr(said, name) for name in Unread.__dataclass_fields__}
    return _written(UnreadV1(schema_version=1, type="unread", patient_id=patient_id, **told))


def encode_tick(
    complete_to: datetime,
    sources: Iterable[str] = (),
    *,
    blind: bool = False,
    heard: Mapping[str, Heard] | None = None,
) -> bytes:
    told = None if heard is None else {feed: HeardV1(at=one.at, messages=one.messages) for feed, one in heard.items()}
    tick = TickV1(
        schema_version=1, type="tick", complete_to=complete_to, sources=sorted(sources), blind=blind, heard=told
    )
    return canonical_json(tick.model_dump(exclude_none=True))  # as older workers know it, where nobody listens


def encode_activation(
    policy: Mapping[str, Any], policy_version: str, rules: Mapping[str, int], sources: Iterable[str]
) -> bytes:
    """Raises: ValueError for a policy that JSON cannot say."""
    return _written(
        ActivationV1(
            schema_version=1,
            type="activation",
            policy=dict(policy),
            policy_version=policy_version,
            rules=dict(rules),
            sources=sorted(sources),
        )
    )


def encode_rules(rules: Mapping[str, int]) -> bytes:
    return _written(RulesV1(schema_version=1, type="rules", rules=dict(rules)))


def encode_event(event: ClinicalEvent) -> bytes:
    match event:
        case FactEvent(patient_id, fact):
            return encode_fact(patient_id, fact)
        case HandedOnEvent(patient_id, origin, known):
            (value,) = encode_handed_on(patient_id, origin, known)
            return value
        case ReadingEvent(patient_id, said):
            return encode_reading(patient_id, said)
        case TickEvent(complete_to, sources, blind, heard):
            return encode_tick(complete_to, sources, blind=blind, heard=heard)
        case ActivationEvent(policy, policy_version, rules, sources):
            return encode_activation(policy, policy_version, rules, sources)
        case RulesEvent(rules):
            return encode_rules(rules)


def decode_event(raw: bytes) -> ClinicalEvent:
    """Raises: Unreadable."""
    try:
        event = CLINICAL_EVENT.validate_json(raw)
    except ValidationError as error:
        raise _unreadable(error) from None
    match event:
        case FactEventV1():
            return FactEvent(event.patient_id, event.fact.to_fact())
        case HandedOnV1():
            known = tuple(Known(one.fact.to_fact(), one.since, one.first) for one in event.facts)
            return HandedOnEvent(event.patient_id, event.origin, known)
        case UnreadV1():
            told = {name: getattr(event, name) for name in Unread.__dataclass_fields__}
            return ReadingEvent(event.patient_id, Unread(**told))
        case MendedV1():
            return ReadingEvent(event.patient_id, Mended(event.place))
        case TickV1():
            return TickEvent(event.complete_to, tuple(event.sources), event.blind, _heard(event))
        case ActivationV1():
            return ActivationEvent(event.policy, event.policy_version, event.rules, tuple(event.sources))
        case RulesV1():
            return RulesEvent(event.rules)


def _heard(tick: TickV1) -> Mapping[str, Heard] | None:
    return None if tick.heard is None else {feed: Heard(one.at, one.messages) for feed, one in tick.heard.items()}


def encode_known(patient_id: str, known: Known) -> bytes:
    """The entry for a fact out of `clinical-events`; since it was read from there, it is not checked once more."""
    fact = fact_content(known.fact)
    content = {"schema_version": 1, "patient_id": patient_id, "fact": fact, "since": known.since, "first": known.first}
    if known.handed is not None:
        content |= {"handed_on_by": known.handed.origin, "handed_on_at": known.handed.taken_at}
    return canonical_json_without_floats(content)


def decode_known(raw: bytes) -> tuple[str, Known]:
    """The patient's id and what is known.  Raises: Unreadable."""
    entry = read_shape(KnownFactV1, raw)
    return entry.patient_id, entry.to_known()


def encode_policy(policy: Mapping[str, Any]) -> bytes:
    """A policy as a partition's entry holds it."""
    return canonical_json(dict(policy))


def encode_partition(entry: PartitionEntryV1, policy: bytes | None = None) -> bytes:
    """`policy` is what `encode_policy` made of the entry's, where it was made already: entries come with every tick."""
    content = {name: getattr(entry, name) for name in type(entry).model_fields}
    if entry.policy is not None:
        content["policy"] = Fragment(policy or encode_policy(entry.policy))
    return canonical_json_without_floats(content)


def decode_partition(raw: bytes) -> PartitionEntryV1:
    """Raises: Unreadable."""
    return read_shape(PartitionEntryV1, raw)


def encode_alert_change(change: AlertChange, alert: dict[str, Any] | None = None) -> bytes:
    """The value for `alert-changes`; `alert` is the `alert_content` of the change, where it was made already."""
    return canonical_json_without_floats(change_content(change, alert or alert_content(change)))


def decode_alert_change(raw: bytes) -> AlertChange:
    """Raises: Unreadable."""
    return read_shape(AlertChangeV1, raw).to_change()


def encode_alert(change: AlertChange, alert: dict[str, Any] | None = None) -> bytes:
    """The value for `alerts`: the state that the change led to; `alert` as above."""
    return canonical_json_without_floats(alert or alert_content(change))


def decode_alert(raw: bytes) -> PublishedAlert:
    """Raises: Unreadable."""
    return read_shape(AlertV1, raw).to_published()


def encode_status(
    patient_id: str,
    at: datetime,
    situation: Situation,
    unread: Iterable[Unread] = (),
    silent: Iterable[SilentFeed] = (),
    kin: Kin = ALONE,
) -> bytes:
    content = status_content(patient_id, at, situation, kin)
    content["unread"] = [{name: getattr(one, name) for name in UnreadMessageV1.model_fields} for one in unread]
    content["silent_feeds"] = [{"feed": one.feed, "since": one.since} for one in silent]
    return canonical_json_without_floats(content)


def decode_status(raw: bytes) -> PatientStatusV1:
    """Raises: Unreadable."""
    return read_shape(PatientStatusV1, raw)


def _written(shape: Shape) -> bytes:
    return canonical_json(shape.model_dump())


def read_shape(shape: type[S], raw: bytes) -> S:
    """Raises: Unreadable."""
    try:
        return shape.model_validate_json(raw)
    except ValidationError as error:
        raise _unreadable(error) from None


def _unreadable(error: ValidationError) -> Unreadable:
    return Unreadable(*first_problem(error))
