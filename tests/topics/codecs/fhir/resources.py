"""Good FHIR resources, and words for sending them with a change."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from domain.facts import Fact
from topics.codecs.source_message import SourceReader
from topics.decoded import DeadLetter, Facts, NotForUs, Origin, Outcomes
from topics.meaning.feeds import read_feeds

DROP: Any = object()
READ_AT = datetime(2026, 1, 6, tzinfo=UTC)
LOINC, SCT, UCUM = "http://loinc.org", "http://snomed.info/sct", "http://unitsofmeasure.org"
RXNORM, OURS = "http://www.nlm.nih.gov/research/umls/rxnorm", "urn:b12watch"
READER = SourceReader()
Json = dict[str, Any]


def coded(*codes: tuple[str, str]) -> Json:
    return {"coding": [{"system": system, "code": code} for system, code in codes]}


def quantity(value: Any, code: str, **more: Any) -> Json:
    return {"value": value, "unit": code, "system": UCUM, "code": code, **more}


PLATELETS = coded((LOINC, "777-3"))
OBSERVATION: Json = {
    "resourceType": "Observation",
    "id": "17",
    "meta": {"versionId": "1"},
    "status": "final",
    "code": coded((LOINC, "718-7")),
    "subject": {"reference": "Patient/p-1"},
    "effectiveDateTime": "2026-01-05T10:30:00+01:00",
    "issued": "2026-01-05T15:00:00Z",
    "valueQuantity": quantity(118, "g/L"),
}
ADMINISTRATION: Json = {
    "resourceType": "MedicationAdministration",
    "id": "17",
    "status": "completed",
    "medicationCodeableConcept": coded((RXNORM, "5514")),
    "subject": {"reference": "Patient/p-1"},
    "effectiveDateTime": "2026-01-05",
    "dosage": {"route": coded((SCT, "78421000")), "dose": quantity(1, "mg")},
}
REQUEST: Json = {
    "resourceType": "MedicationRequest",
    "id": "17",
    "status": "active",
    "intent": "order",
    "medicationCodeableConcept": coded((RXNORM, "4511")),
    "subject": {"reference": "Patient/p-1"},
    "authoredOn": "2026-01-05T10:30:00Z",
    "dosageInstruction": [
        {"route": coded((SCT, "26643006")), "doseAndRate": [{"doseQuantity": quantity(5, "mg")}]},
    ],
}
DISPENSE: Json = {
    "resourceType": "MedicationDispense",
    "id": "17",
    "status": "completed",
    "medicationCodeableConcept": coded((SCT, "419382002")),
    "subject": {"reference": "Patient/p-1"},
    "whenHandedOver": "2026-01-05",
    "daysSupply": quantity(28, "d"),
}
STATEMENT: Json = {
    "resourceType": "MedicationStatement",
    "id": "17",
    "status": "completed",
    "medicationCodeableConcept": coded((RXNORM, "5514")),
    "subject": {"reference": "Patient/p-1"},
    "effectiveDateTime": "2026-01-05",
    "dosage": [{"route": coded((SCT, "78421000")), "doseAndRate": [{"doseQuantity": quantity(1, "mg")}]}],
}
CONDITION: Json = {
    "resourceType": "Condition",
    "id": "17",
    "code": coded((SCT, "84027009")),
    "subject": {"reference": "Patient/p-1"},
    "onsetDateTime": "2019-06-30",
}
PROCEDURE: Json = {
    "resourceType": "Procedure",
    "id": "17",
    "status": "completed",
    "code": coded((SCT, "430715008")),
    "subject": {"reference": "Patient/p-1"},
    "performedDateTime": "2019-06-30",
}
CARE_PLAN: Json = {
    "resourceType": "CarePlan",
    "id": "17",
    "status": "active",
    "intent": "plan",
    "category": [coded((f"{OURS}:regimen", "R2")), coded((f"{OURS}:neurological-involvement", "no"))],
    "subject": {"reference": "Patient/p-1"},
    "period": {"start": "2026-01-05"},
}
ALL = {
    resource["resourceType"]: resource
    for resource in (
        OBSERVATION,
        ADMINISTRATION,
        REQUEST,
        DISPENSE,
        STATEMENT,
        CONDITION,
        PROCEDURE,
        CARE_PLAN,
    )
}


def changed(resource: Json, **changes: Any) -> Json:
    return {name: value for name, value in {**resource, **changes}.items() if value is not DROP}


def bundle(*resources: Json, kind: str = "collection", **more: Any) -> Json:
    return {"resourceType": "Bundle", "type": kind, "entry": [{"resource": one} for one in resources], **more}


def read(content: Any, *, feeds: str = "", topic: str = "lab-results", headers: Any = ()) -> Outcomes:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    reader = SourceReader(read_feeds(feeds)) if feeds else READER
    origin = Origin(topic=topic, partition=2, offset=40, timestamp=READ_AT)
    return reader.decode(topic, raw, origin=origin, headers=headers)


def facts_of(content: Any, **options: Any) -> list[Fact]:
    """The facts of a message that gives facts and nothing else."""
    outcomes = read(content, **options)
    assert all(isinstance(one, Facts) for one in outcomes), outcomes
    return [fact for one in outcomes if isinstance(one, Facts) for fact in one.facts]


def fact_of(resource: Json, *, feeds: str = "", **changes: Any) -> Any:
    (fact,) = facts_of(changed(resource, **changes), feeds=feeds)
    return fact


def refused(resource: Json, *, feeds: str = "", **changes: Any) -> str:
    (dead,) = read(changed(resource, **changes), feeds=feeds)
    assert isinstance(dead, DeadLetter), dead
    return f"{dead.where}: {dead.problem}"


def is_not_for_us(resource: Json, *, feeds: str = "", **changes: Any) -> bool:
    outcomes = read(changed(resource, **changes), feeds=feeds)
    return all(isinstance(one, NotForUs) for one in outcomes)


def observed(**changes: Any) -> Any:
    """The fact of the Observation with changes."""
    return fact_of(OBSERVATION, **changes)
