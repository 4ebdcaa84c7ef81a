"""A FHIR R4 message: one resource, or a Bundle of them, about one patient or several."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from domain.facts import Analyte, Fact, LabResult
from topics.codecs.fhir import condition, medication, observation, patient, plan
from topics.codecs.fhir.early import EarlyLook, Look
from topics.codecs.fhir.entry import Entry, Json, NotAboutAPatient, Surroundings
from topics.codecs.fhir.shapes import Request, shaped
from topics.decoded import MAX_BYTES, Found, NotForUs, Origin, Outcomes, dead_letters
from topics.json_text import json_object, text_of
from topics.meaning.feeds import Feed, Feeds
from topics.problems import WHOLE_MESSAGE, Refused

Reader = Callable[[Entry], Iterable[Fact | Refused]]
"""The facts of a resource, none where it is not for us; what is refused of a part leaves the others."""

READERS: Final[Mapping[str, Reader]] = {
    "Observation": observation.read,
    "MedicationAdministration": medication.read_administration,
    "MedicationRequest": medication.read_request,
    "MedicationDispense": medication.read_dispense,
    "MedicationStatement": medication.read_statement,
    "Condition": condition.read_condition,
    "Procedure": condition.read_procedure,
    "CarePlan": plan.read_plan,
}
_HOLDING_OBSERVATIONS: Final = frozenset({"DiagnosticReport", "Observation"})
_NO_CODE_OF_OURS: Final = NotForUs("it names no code that a rule reads")
_NOT_READ: Final = "no rule reads it"
_COMPONENTS: Final = tuple(f"#{analyte}" for analyte in Analyte)


class FhirReader:
    """Reads FHIR messages of all feeds of a hospital."""

    def __init__(self, feeds: Feeds) -> None:
        self._feeds = feeds
        self._early = EarlyLook(feeds)

    def decode(
        self,
        topic: str,
        raw: bytes | None,
        *,
        origin: Origin,
        key: bytes | None = None,
        feed: Feed | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> Outcomes:
        """What a message says; no bytes make it raise.  `feed` is the one that its header names."""
        look = self._early.look(raw) if raw and len(raw) <= max_bytes else Look.UNSURE
        if look is Look.NOT_FOR_US:
            return (_NO_CODE_OF_OURS,)
        try:
            content = json_object(text_of(raw, max_bytes))
            if not isinstance(content.get("resourceType"), str):
                raise Refused("resourceType", "a FHIR resource says what it is")
            if look is Look.UNSURE and not self._early.names_us(content):
                return (_NO_CODE_OF_OURS,)
            found = self._read(content, topic, feed, origin)
        except Refused as refused:
            return dead_letters(raw, [refused], origin=origin, key=key, others_read=False, max_bytes=max_bytes)
        return found.outcomes(raw, origin=origin, key=key, max_bytes=max_bytes, kept=_without_doubles)

    def _read(self, content: Json, topic: str, feed: Feed | None, origin: Origin) -> Found:
        found = Found()
        held = list(_resources(content, "", found))
        around = Surroundings([(one.full_url, one.resource) for one in held])
        default = feed or self._feed_of(content, topic, None)
        for one in held:
            try:
                own = feed or self._feed_of(one.resource, topic, default)
                entry = Entry(one.resource, one.path, own, around, origin.timestamp, one.full_url)
                _read_entry(entry, found)
            except Refused as refused:
                found.refused.append(refused.under(one.path) if one.path else refused)
        return found

    def _feed_of(self, resource: Json, topic: str, default: Feed | None) -> Feed:
        """By `meta.source` (its fragment names a message, not a system), else as the whole message, else by topic."""
        meta = resource.get("meta")
        source = meta.get("source") if isinstance(meta, dict) else None
        sender = self._feeds.by_sender(source.partition("#")[0]) if isinstance(source, str) else None
        return sender or default or self._feeds.of(topic)


@dataclass(frozen=True, slots=True)
class _Held:
    path: str
    full_url: str
    resource: Json


def _resources(content: Json, path: str, found: Found) -> Iterator[_Held]:
    """Every resource of a message; the entries of a Bundle, and of Bundles within it, instead of the Bundle."""
    if content.get("resourceType") != "Bundle":
        yield _Held(path, "", content)
        return
    entries = content.get("entry", [])
    if not isinstance(entries, list):
        raise Refused(f"{path}.entry" if path else "entry", "Expected array")
    for number, entry in enumerate(entries):
        place = f"{path}.entry.{number}" if path else f"entry.{number}"
        try:
            yield from _of_entry(entry, place, found)
        except Refused as refused:
            found.refused.append(refused.under(place))


def _of_entry(entry: Any, place: str, found: Found) -> Iterator[_Held]:
    if not isinstance(entry, dict):
        raise Refused(WHOLE_MESSAGE, "Expected object")
    request = shaped(entry.get("request", {}), Request)
    if request.method in ("DELETE", "PATCH"):
        if any(step.partition("?")[0] in READERS for step in request.url.split("/")):
            raise Refused("request", f"a {request.method} names no patient: send what it changes, entered in error")
        found.unread.append(_NOT_READ)
        return
    resource = entry.get("resource")
    if resource is None:
        found.unread.append(_NOT_READ)
        return
    if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
        raise Refused("resource", "a FHIR resource says what it is")
    full_url = entry.get("fullUrl", "")
    if not isinstance(full_url, str):
        raise Refused("fullUrl", "Expected str")
    if resource["resourceType"] == "Bundle":
        yield from _resources(resource, f"{place}.resource", found)
    else:
        yield _Held(f"{place}.resource", full_url, resource)


def _read_entry(entry: Entry, found: Found) -> None:
    """One resource and the observations that it contains.  Raises: Refused where nothing of it can be read."""
    kind = entry.resource.get("resourceType")
    contained = list(entry.contained()) if kind in _HOLDING_OBSERVATIONS else []
    inner = [one for one in contained if one.resource.get("resourceType") == "Observation"]
    before = _counted(found)
    if kind == "Patient":
        found.merge(patient.read_merges(entry))
    for one in inner:
        try:
            _tell(one, observation.read, found)
        except Refused as refused:
            found.refused.append(refused.under(one.path))
    reader = READERS.get(kind) if isinstance(kind, str) else None
    if reader is not None:
        _tell(entry, reader, found)
    if _counted(found) == before:
        found.unread.append(_NOT_READ)


def _tell(entry: Entry, reader: Reader, found: Found) -> None:
    try:
        said = list(reader(entry))
        patient_id = entry.patient_id() if said else ""
    except NotAboutAPatient:
        return
    for one in said:
        if isinstance(one, Refused):
            found.refused.append(one.under(entry.path) if entry.path else one)
        else:
            found.facts.setdefault(patient_id, []).append(one)


def _counted(found: Found) -> int:
    return len(found.refused) + sum(map(len, found.facts.values()))


def _without_doubles(said: Sequence[Fact]) -> Iterator[Fact]:
    """A panel may tell a result as its component and as its member too: the member stands (section 5.1)."""
    if not any(isinstance(one, LabResult) and _is_component(one) for one in said):
        yield from said
        return
    members = {_measured(one) for one in said if isinstance(one, LabResult) and not _is_component(one)}
    for one in said:
        if not (isinstance(one, LabResult) and _is_component(one) and _measured(one) in members):
            yield one


def _is_component(result: LabResult) -> bool:
    return "#" in result.fact_id and result.fact_id.endswith(_COMPONENTS)


def _measured(result: LabResult) -> tuple[object, ...]:
    return result.analyte, result.time, result.amount if result.has_value else None, result.comparator
