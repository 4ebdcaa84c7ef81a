"""Good messages of every source topic, and words for sending them with a change."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from topics.codecs.plain_json import decode
from topics.decoded import DeadLetter, Decoded, Facts, Origin

DROP: Any = object()

LAB = {
    "schema_version": 1,
    "id": "17",
    "patient_id": "p-1",
    "source": "lis",
    "analyte": "haemoglobin",
    "status": "final",
    "value": 118,
    "unit": "g/L",
    "taken_at": "2026-01-05T10:30:00+01:00",
}
DOSE = {
    "schema_version": 1,
    "id": "17",
    "patient_id": "p-1",
    "source": "mar",
    "drug": "hydroxocobalamin",
    "dose": 1,
    "dose_unit": "mg",
    "status": "completed",
    "given_at": "2026-01-05",
}
PLAN = {
    "schema_version": 1,
    "id": "17",
    "patient_id": "p-1",
    "source": "ehr",
    "regimen": "R1",
    "neurological_involvement": "yes",
    "starts_at": "2026-01-05",
}
SEEN = {
    "schema_version": 1,
    "id": "17",
    "patient_id": "p-1",
    "source": "ehr",
    "findings": ["still-improving"],
    "assessed_at": "2026-01-05T10:30:00Z",
}
ORDER = {
    "schema_version": 1,
    "kind": "medication-order",
    "id": "17",
    "patient_id": "p-1",
    "source": "cpoe",
    "drug": "folic-acid",
    "status": "active",
    "dose": 5,
    "dose_unit": "mg",
    "route": "oral",
    "ordered_at": "2026-01-05T10:30:00Z",
}
SUPPLY = {
    "schema_version": 1,
    "kind": "medication-supply",
    "id": "17",
    "patient_id": "p-1",
    "source": "pharmacy",
    "drug": "cyanocobalamin",
    "status": "completed",
    "days": 28,
    "handed_over_at": "2026-01-05",
}
CONDITION = {
    "schema_version": 1,
    "kind": "condition",
    "id": "17",
    "patient_id": "p-1",
    "source": "ehr",
    "code": "ileal-resection",
    "began_at": "2019-06-30",
}
DONE = {
    "schema_version": 1,
    "id": "17",
    "patient_id": "p-1",
    "source": "feed",
    "alert_id": "a-1",
    "action": "acknowledged",
    "actor": "nurse",
    "acted_at": "2026-01-05T10:30:00Z",
}
BASES = {
    "lab-results": LAB,
    "administrations": DOSE,
    "treatment-plans": PLAN,
    "assessments": SEEN,
    "alert-actions": DONE,
    "medication-order": ORDER,
    "medication-supply": SUPPLY,
    "condition": CONDITION,
}
"""By topic; by kind where it is not the topic's own."""
TOPIC_OF = {"medication-order": "administrations", "medication-supply": "administrations", "condition": "assessments"}


def origin(topic: str) -> Origin:
    return Origin(topic=topic, partition=2, offset=40, timestamp=datetime(2026, 1, 5, tzinfo=UTC))


def read(topic: str, raw: bytes | None, **options: Any) -> Decoded:
    return decode(topic, raw, origin=origin(topic), **options)


def sent(base: str, **changes: Any) -> Decoded:
    content = {name: value for name, value in {**BASES[base], **changes}.items() if value is not DROP}
    return read(TOPIC_OF.get(base, base), json.dumps(content).encode())


def fact(base: str, **changes: Any) -> Any:
    decoded = sent(base, **changes)
    assert isinstance(decoded, Facts), decoded
    assert decoded.patient_id == "p-1"
    return decoded.facts[0]


def refused(base: str, **changes: Any) -> tuple[str, str]:
    decoded = sent(base, **changes)
    assert isinstance(decoded, DeadLetter), decoded
    return decoded.where, decoded.problem
