"""One resource of a message, and what lies around it: its containers, what it refers to, whose patient it is about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Final, TypeVar

import msgspec

from domain.calendar import ClinicalTime
from domain.facts import Withdrawal
from topics.codecs.fhir.shapes import CodeableConcept, Identifier, Patient, Reference, Resource, shaped
from topics.meaning.codes import Meaning
from topics.meaning.feeds import Feed
from topics.meaning.patients import Identifier as PatientIdentifier
from topics.meaning.patients import checked_id, patient_id_of
from topics.problems import Refused
from topics.schemas.source_base import fact_id_of
from topics.schemas.wire_types import parse_instant

S = TypeVar("S", bound=msgspec.Struct)
Json = dict[str, Any]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_RECORD_NUMBER: Final = "MR"  # HL7 table 0203
_MEMBERS: Final = {"DiagnosticReport": "result", "Observation": "hasMember"}
_OTHER_SUBJECTS: Final = frozenset({"Group", "Device", "Location", "Substance"})
_NOT_IN_USE: Final = frozenset({"old", "temp"})
_MOST_VERSION_DIGITS: Final = 18


class NotAboutAPatient(Exception):
    """The resource is about a group, a device or a place."""


class Surroundings:
    """The resources of a message by the names under which others may refer to them."""

    def __init__(self, resources: Sequence[tuple[str, Json]]) -> None:
        self._by_url: dict[str, Json] = {}
        self._by_name: dict[str, Json] = {}
        self._resources = [resource for _, resource in resources]
        urls: dict[str, str] = {}
        for full_url, resource in resources:
            name = f"{resource.get('resourceType')}/{resource.get('id')}"
            if full_url:
                self._by_url[full_url] = resource
            if urls.setdefault(name, full_url) != full_url:
                self._by_name.pop(name, None)  # two servers have one of this name: only a full URL tells which
            else:
                self._by_name[name] = resource

    def find(self, reference: str, base: str) -> Json | None:
        reference = reference.partition("/_history/")[0]
        return self._by_url.get(reference) or self._by_url.get(f"{base}{reference}") or self._by_name.get(reference)

    def holders_of(self, resource: Json) -> list[Json]:
        """The reports and panels that list an observation as theirs."""
        return self._holders.get(id(resource), [])

    @cached_property
    def _holders(self) -> dict[int, list[Json]]:
        """By the identity of the observation, which lives as long as this does."""
        found: dict[int, list[Json]] = {}
        for holder in self._resources:
            for reference in _references(holder.get(_MEMBERS.get(str(holder.get("resourceType")), ""))):
                held = self.find(reference, "")
                if held is not None:
                    found.setdefault(id(held), []).append(holder)
        return found


def _references(said: Any) -> Iterator[str]:
    for one in said if isinstance(said, list) else []:
        reference = one.get("reference") if isinstance(one, dict) else None
        if isinstance(reference, str):
            yield reference


@dataclass(slots=True)
class Entry:
    """One resource.  `path` says where in the message it stands; `container` is the entry that contains it."""

    resource: Json
    path: str
    feed: Feed
    around: Surroundings
    read_at: datetime
    full_url: str = ""
    container: Entry | None = None
    _head: Resource | None = field(default=None, init=False)

    @property
    def head(self) -> Resource:
        if self._head is None:
            self._head = shaped(self.resource, Resource)
        return self._head

    def shape(self, shape: type[S]) -> S:
        said = shaped(self.resource, shape)
        if isinstance(said, Resource):
            self._head = said
        return said

    def contained(self) -> Iterator[Entry]:
        """The resources that this one contains, each as an entry of its own."""
        within = self.resource.get("contained", [])
        if not isinstance(within, list):
            raise Refused("contained", "Expected array")
        for number, resource in enumerate(within):
            if isinstance(resource, dict):
                yield Entry(
                    resource,
                    _joined(self.path, f"contained.{number}"),
                    self.feed,
                    self.around,
                    self.read_at,
                    container=self,
                )

    # ids and versions

    @property
    def own_id(self) -> str:
        """The id by which a correction finds what it corrects: of the resource, else an identifier, else the full URL.

        Raises: Refused where there is none; nobody could tell a correction from a second event.
        """
        head = self.head
        if self.container is not None and head.id:
            return f"{self.container.own_id}#{head.id.lstrip('#')}"
        if head.id:
            return checked_id(head.id, "id")
        for one in _listed(head.identifier):
            if one.value:
                return checked_id(f"{one.system}|{one.value}", "identifier")
        if self.full_url:
            return checked_id(self.full_url, "fullUrl")
        raise Refused("id", "no id and no identifier: a correction could not be told from a second event")

    def fact_id(self, part: str = "") -> str:
        """`part` names one of several facts of one resource."""
        own_id = checked_id(f"{self.own_id}#{part}" if part else self.own_id, "id")
        return fact_id_of(self.outermost.head.resourceType, self.feed.name, own_id)

    @property
    def outermost(self) -> Entry:
        return self if self.container is None else self.container.outermost

    @property
    def version(self) -> int:
        """Of a contained resource it is its container's."""
        return version_of(self.outermost.head)

    @property
    def has_version(self) -> bool:
        """Whether the source numbers or dates its versions."""
        meta = self.outermost.head.meta
        return bool(meta.versionId or meta.lastUpdated)

    def withdrawal(self, time: ClinicalTime | None, reason: str = "entered in error", part: str = "") -> Withdrawal:
        """The fact is taken back; `time` only says when it was thought to have been."""
        return Withdrawal(
            fact_id=self.fact_id(part),
            version=self.version,
            time=time or self.updated or ClinicalTime(self.read_at),
            source=self.feed.name,
            reason=reason,
        )

    @property
    def updated(self) -> ClinicalTime | None:
        """When the source last changed the resource, where it says so."""
        try:
            return ClinicalTime(parse_instant(self.outermost.head.meta.lastUpdated))
        except ValueError:
            return None

    # what is around

    def find(self, reference: Reference | None) -> Json | None:
        """What is referred to, where the message has it."""
        if reference is None or not reference.reference:
            return None
        if reference.reference.startswith("#"):
            within = self.outermost.resource.get("contained", [])
            if not isinstance(within, list):
                return None
            found = (one for one in within if isinstance(one, dict) and one.get("id") == reference.reference[1:])
            return next(found, None)
        return self.around.find(reference.reference, self._server if self.full_url else "")

    @property
    def _server(self) -> str:
        """What stands in the full URL before the resource's name; "" where that does not end it."""
        name = f"{self.head.resourceType}/{self.head.id}"
        return self.full_url.removesuffix(name) if self.full_url.endswith(name) else ""

    def meanings(self, *concepts: CodeableConcept | None) -> list[Meaning]:
        """What the codes mean that mean something to us."""
        meaning = self.feed.meaning
        return [
            one
            for concept in concepts
            if concept is not None
            for coding in concept.coding
            if (one := meaning(coding.system, coding.code)) is not None
        ]

    # the patient

    @property
    def subject(self) -> Reference | None:
        """Of a contained resource that names none it is its container's."""
        own = self.head.subject
        return own if own is not None or self.container is None else self.container.subject

    def patient(self) -> Patient | None:
        """The patient's own resource, where the message has it.  Raises: NotAboutAPatient."""
        found = self.find(self.subject)
        if found is None:
            return None
        if found.get("resourceType") != "Patient":
            raise NotAboutAPatient
        try:
            return shaped(found, Patient)
        except Refused as refused:
            raise Refused(f"subject.{refused.where}", refused.problem) from None

    def patient_id(self) -> str:
        """Raises: Refused where nothing names the patient; NotAboutAPatient."""
        subject = self.subject
        if subject is None:
            raise Refused("subject", "the field is missing: nobody knows whose this is")
        kind = _kind_of(subject)
        if kind in _OTHER_SUBJECTS:
            raise NotAboutAPatient
        if kind not in ("", "Patient"):
            raise Refused("subject", "it refers to something that is no patient")
        patient = self.patient()
        identifiers = _in_use([subject.identifier] if subject.identifier else [])
        identifiers += _in_use(_listed(patient.identifier)) if patient else []
        literal = self._literal(subject)
        if identifiers and not (literal and self._goes_by_reference(identifiers)):
            return patient_id_of(identifiers, self.feed, "subject")
        return literal or patient_id_of((), self.feed, "subject")

    def _goes_by_reference(self, identifiers: Sequence[PatientIdentifier]) -> bool:
        """Whether the feed's file reads references, and none of the identifiers is of an assigner that it names."""
        known = {one.assigner for one in self.feed.patients}
        return self.feed.patient_references is not None and not any(one.assigner in known for one in identifiers)

    def _literal(self, subject: Reference) -> str:
        """The id that the reference itself gives; "" where it gives none, or the feed does not go by it.

        `#p` and a urn name a patient within one message only: in the next they are somebody else.
        """
        base, _, own = subject.reference.partition("/_history/")[0].rpartition("/")
        prefix = self.feed.patient_references
        if subject.reference.startswith(("#", "urn:")) or not base or not own:
            return ""
        if self.feed.patients and prefix is None:
            return ""
        if prefix is not None:
            return checked_id(f"{prefix}{own}", "subject")
        server = base.removesuffix("Patient").rstrip("/")
        return checked_id(f"{server or self.feed.name}|{own}", "subject")


def version_of(head: Resource) -> int:
    """`meta.versionId` where that is a number, else `meta.lastUpdated` in milliseconds, else 1.

    A source does the one or the other, so that its versions are in their order.
    """
    said = head.meta.versionId
    if said.isascii() and said.isdigit() and len(said) <= _MOST_VERSION_DIGITS:
        return max(1, int(said))
    try:
        return max(1, (parse_instant(head.meta.lastUpdated) - _EPOCH) // timedelta(milliseconds=1))
    except ValueError:
        return 1


def _listed(identifier: list[Identifier] | Identifier) -> list[Identifier]:
    """A few resources have one identifier where the others have a list."""
    return identifier if isinstance(identifier, list) else [identifier]


def _in_use(identifiers: Sequence[Identifier]) -> list[PatientIdentifier]:
    return [
        PatientIdentifier(one.system, one.value, is_record_number=_is_record_number(one))
        for one in identifiers
        if one.value and one.use not in _NOT_IN_USE
    ]


def _is_record_number(identifier: Identifier) -> bool:
    return identifier.type is not None and any(coding.code == _RECORD_NUMBER for coding in identifier.type.coding)


def _kind_of(subject: Reference) -> str:
    """The type of what is referred to, as far as the reference says it."""
    if subject.type:
        return subject.type.rpartition("/")[2]
    parts = subject.reference.partition("/_history/")[0].split("/")
    return parts[-2] if len(parts) >= 2 and not subject.reference.startswith("urn:") else ""


def _joined(path: str, step: str) -> str:
    return f"{path}.{step}" if path else step
