"""Our own messages, to bytes and back: `clinical-events`, the changelog, and what treatment publishes.

Whoever reads them trusts who wrote them, so the broken is an exception here (`Unreadable`): a worker that meets one
must stop, since the history that follows would not be the one that was written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, TypeVar

from orjson import Fragment
from pydantic import ValidationError

from domain.alerts import AlertChange, PublishedAlert
from domain.facts import Fact
from domain.merges import ALONE, Kin
from domain.record import Known
from domain.situation import Situation
from topics.canonical_json import canonical_json, canonical_json_without_floats
from topics.problems import first_problem
from topics.schemas.changelog import KnownFactV1, PartitionEntryV1
from topics.schemas.events import CLINICAL_EVENT, ActivationV1, FactEventV1, HandedOnV1, RulesV1, TickV1
from topics.schemas.facts import fact_content
from topics.schemas.outputs import (
    AlertChangeV1,
    AlertV1,
    OperationalAlertV1,
    PatientStatusV1,
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


@dataclass(frozen=True, slots=True)
class TickEvent:
    """All that `sources` ("topic/partition") held before `complete_to` is forwarded; see `TickV1` for `blind`."""

    complete_to: datetime
    sources: tuple[str, ...]
    blind: bool = False


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


ClinicalEvent = FactEvent | HandedOnEvent | TickEvent | ActivationEvent | RulesEvent


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


def encode_tick(complete_to: datetime, sources: Iterable[str] = (), *, blind: bool = False) -> bytes:
    return _written(
        TickV1(schema_version=1, type="tick", complete_to=complete_to, sources=sorted(sources), blind=blind)
    )


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
        case TickEvent(complete_to, sources, blind):
            return encode_tick(complete_to, sources, blind=blind)
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
        case TickV1():
            return TickEvent(event.complete_to, tuple(event.sources), event.blind)
        case ActivationV1():
            return ActivationEvent(event.policy, event.policy_version, event.rules, tuple(event.sources))
        case RulesV1():
            return RulesEvent(event.rules)


def encode_known(patient_id: str, known: Known) -> bytes:
    """The entry for a fact out of `clinical-events`; since it was read from there, it is not checked once more."""
    fact = fact_content(known.fact)
    content = {"schema_version": 1, "patient_id": patient_id, "fact": fact, "since": known.since, "first": known.first}
    if known.handed is not None:
        content |= {"handed_on_by": known.handed.origin, "handed_on_at": known.handed.taken_at}
    return canonical_json_without_floats(content)


def decode_known(raw: bytes) -> tuple[str, Known]:
    """The patient's id and what is known.  Raises: Unreadable."""
    entry = _read(KnownFactV1, raw)
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
    return _read(PartitionEntryV1, raw)


def encode_alert_change(change: AlertChange, alert: dict[str, Any] | None = None) -> bytes:
    """The value for `alert-changes`; `alert` is the `alert_content` of the change, where it was made already."""
    return canonical_json_without_floats(change_content(change, alert or alert_content(change)))


def decode_alert_change(raw: bytes) -> AlertChange:
    """Raises: Unreadable."""
    return _read(AlertChangeV1, raw).to_change()


def encode_alert(change: AlertChange, alert: dict[str, Any] | None = None) -> bytes:
    """The value for `alerts`: the state that the change led to; `alert` as above."""
    return canonical_json_without_floats(alert or alert_content(change))


def decode_alert(raw: bytes) -> PublishedAlert:
    """Raises: Unreadable."""
    return _read(AlertV1, raw).to_published()


OperationalChange = Literal["raised", "resolved"]


def encode_blind_time(
    subject: str,
    change: OperationalChange,
    *,
    at: datetime,
    since: datetime,
    sources: Mapping[str, datetime | None],
) -> bytes:
    """The value for `operational-alerts` when a partition's time begins to go on without its sources, or ends to."""
    behind = [source for source, time in sorted(sources.items()) if time is None or time < at]
    if change == "raised":
        silent = f"{len(behind)} of {len(sources)} sources are not complete since {since:%Y-%m-%d %H:%M} UTC"
        reason = f"time goes on blind: {silent}"
    else:
        reason = "all sources are complete again, and what was said blind is confirmed or taken back"
    return _written(
        OperationalAlertV1(
            schema_version=1,
            at=at,
            kind="blind-time",
            subject=subject,
            change=change,
            since=since,
            behind=behind,
            reason=reason,
        )
    )


def encode_held_back_merges(subject: str, patients: int, *, at: datetime) -> bytes:
    """The value for `operational-alerts` when other patients of a partition than before have merges held back."""
    reason = (
        f"merges of {patients} patients are not followed, since what is known of the patients differs or the merges"
        " contradict each other; each is watched alone, and patient-status (merge_held_back) says whose and why"
        if patients
        else "no merge is held back any more"
    )
    return _written(
        OperationalAlertV1(
            schema_version=1,
            at=at,
            kind="merges-held-back",
            subject=subject,
            change="raised" if patients else "resolved",
            since=at,
            behind=[],
            reason=reason,
        )
    )


def encode_status(patient_id: str, at: datetime, situation: Situation, kin: Kin = ALONE) -> bytes:
    return canonical_json_without_floats(status_content(patient_id, at, situation, kin))


def decode_status(raw: bytes) -> PatientStatusV1:
    """Raises: Unreadable."""
    return _read(PatientStatusV1, raw)


def _written(shape: Shape) -> bytes:
    return canonical_json(shape.model_dump())


def _read(shape: type[S], raw: bytes) -> S:
    try:
        return shape.model_validate_json(raw)
    except ValidationError as error:
        raise _unreadable(error) from None


def _unreadable(error: ValidationError) -> Unreadable:
    return Unreadable(*first_problem(error))
