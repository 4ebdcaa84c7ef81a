"""FHIR R4 Patient to merges, by its links `replaced-by` and `replaces`.

That a link was taken away shows in no single resource: patients are parted by ADT^A37, or in canonical JSON.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from domain.calendar import ClinicalTime
from domain.facts import Merge
from domain.merges import merge_of
from topics.codecs.fhir.entry import Entry
from topics.codecs.fhir.shapes import Patient
from topics.problems import Refused

_REPLACED_BY: Final = "replaced-by"
_MERGES: Final = frozenset({_REPLACED_BY, "replaces"})


def read_merges(entry: Entry) -> Iterator[Merge]:
    """Raises: Refused where nobody can tell who is merged with whom."""
    links = [link for link in entry.shape(Patient).link if link.type in _MERGES]
    if not links:
        return
    own, time = _who(entry, _own_reference(entry)), entry.updated or ClinicalTime(entry.read_at)
    for link in links:
        other = _who(entry, link.other)
        if other == own:
            continue
        gone, surviving = (own, other) if link.type == _REPLACED_BY else (other, own)
        yield merge_of(gone, surviving, time=time, source=entry.feed.name)


def _own_reference(entry: Entry) -> dict[str, Any]:
    if entry.head.id:
        return {"reference": f"Patient/{entry.head.id}"}
    identifiers = entry.resource.get("identifier")
    return {"identifier": identifiers[0]} if isinstance(identifiers, list) and identifiers else {}


def _who(entry: Entry, reference: Any) -> str:
    """The patient whom a reference names, as a subject would."""
    about = replace(entry, resource={"resourceType": "Patient", "id": entry.head.id, "subject": reference})
    try:
        return about.patient_id()
    except Refused as refused:
        raise Refused("link", refused.problem) from None
