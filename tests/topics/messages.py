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
}


def origin(topic: str) -> Origin:
    return Origin(topic=topic, partition=2, offset=40, timestamp=datetime(2026, 1, 5, tzinfo=UTC))


def read(topic: str, raw: bytes | None, **options: Any) -> Decoded:
    return decode(topic, raw, origin=origin(topic), **options)


def sent(topic: str, **changes: Any) -> Decoded:
    content = {name: value for name, value in {**BASES[topic], **changes}.items() if value is not DROP}
    return read(topic, json.dumps(content).encode())


def fact(topic: str, **changes: Any) -> Any:
    decoded = sent(topic, **changes)
    assert isinstance(decoded, Facts), decoded
    assert decoded.patient_id == "p-1"
    return decoded.facts[0]


def refused(topic: str, **changes: Any) -> tuple[str, str]:
    decoded = sent(topic, **changes)
    assert isinstance(decoded, DeadLetter), decoded
    return decoded.where, decoded.problem
