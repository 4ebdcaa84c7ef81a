"""How fast intake reads messages, for us or not, beside `json.loads` of their bytes (HL7 v2: of its fields as JSON)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from benchmarks.timing import Clock, Times, time_each
from topics.codecs.source_message import SourceReader
from topics.definitions import ADMINISTRATIONS, LAB_RESULTS
from workers.intake import IntakePartition
from workers.records import InputRecord

TARGETS_PER_SECOND: Final = {True: 10_000, False: 100_000}
"""Messages for us, and messages not for us, on an ordinary core."""
_AT: Final = datetime(2026, 1, 5, tzinfo=UTC)
_LOINC, _UCUM = "http://loinc.org", "http://unitsofmeasure.org"


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One kind of message, and what it took; `json_us` is what `json.loads` took for the same bytes."""

    what: str
    size: int
    is_ours: bool
    times: Times
    json_us: float

    @property
    def per_second(self) -> float:
        return 1e6 / self.times.mean


def _observation(code: str, unit: str) -> dict[str, Any]:
    """A laboratory's Observation, with what one has beside what we read."""
    return {
        "resourceType": "Observation",
        "id": "4711",
        "meta": {"versionId": "2", "lastUpdated": "2026-01-05T10:35:00Z", "profile": ["http://example.org/lab"]},
        "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml"><p>Result</p></div>'},
        "identifier": [{"system": "http://lis.example.org/results", "value": "26-004711-3"}],
        "status": "final",
        "category": [{"coding": [{"system": "http://example.org/category", "code": "laboratory"}]}],
        "code": {"coding": [{"system": _LOINC, "code": code}, {"system": "http://lis.example.org", "code": "X1"}]},
        "subject": {"reference": "Patient/p-1"},
        "effectiveDateTime": "2026-01-05T08:10:00+01:00",
        "issued": "2026-01-05T10:30:00Z",
        "performer": [{"reference": "Organization/laboratory"}],
        "valueQuantity": {"value": 11.8, "unit": unit, "system": _UCUM, "code": unit},
        "referenceRange": [{"low": {"value": 12.0, "unit": unit}, "high": {"value": 16.0, "unit": unit}}],
    }


_DOSE: Final = {
    "resourceType": "MedicationAdministration",
    "id": "4711",
    "status": "completed",
    "medicationCodeableConcept": {"coding": [{"system": "http://snomed.info/sct", "code": "1217427007"}]},
    "subject": {"reference": "Patient/p-1"},
    "effectiveDateTime": "2026-01-05T08:10:00+01:00",
    "dosage": {
        "route": {"coding": [{"system": "http://snomed.info/sct", "code": "78421000"}]},
        "dose": {"value": 1, "unit": "mg", "system": _UCUM, "code": "mg"},
    },
}
_CANONICAL: Final = {
    "schema_version": 1,
    "id": "4711",
    "patient_id": "p-1",
    "source": "lis",
    "analyte": "haemoglobin",
    "status": "final",
    "value": 118,
    "unit": "g/L",
    "taken_at": "2026-01-05T10:30:00+01:00",
}


def _er7(code: str, unit: str) -> str:
    """A laboratory's ORU of three results, as one comes from an interface engine."""
    obx = f"NM|{code}^Result^LN^X1^Result^99LAB||11.8|{unit}|12.0-16.0|L|||F|||20260105081000+0100"
    return "\r".join((
        r"MSH|^~\&|LIS|LAB|B12|HOSP|20260105103500+0100||ORU^R01^ORU_R01|MSG4711|P|2.5.1||||||UNICODE UTF-8",
        "PID|1||4711^^^HOSP&1.2.3.4&ISO^MR||DOE^JANE||19450101|F|||1 STREET^^CITY^^12345",
        "ORC|RE|P4711^WARD|F4711^LIS",
        "OBR|1|P4711^WARD|F4711^LIS|58410-2^CBC^LN|||20260105081000+0100||||||||||||||20260105103000+0100|||F",
        f"OBX|1|{obx}",
        "OBX|2|NM|787-2^MCV^LN^X2^MCV^99LAB||104|fL|80-100|H|||F|||20260105081000+0100",
        "OBX|3|NM|2951-2^Sodium^LN^X3^Sodium^99LAB||140|mmol/L|135-145|N|||F|||20260105081000+0100",
        "",
    ))  # fmt: skip


_RAS: Final = "\r".join((
    r"MSH|^~\&|MAR|WARD|B12|HOSP|20260105103500+0100||RAS^O17^RAS_O17|MSG4712|P|2.5.1||||||UNICODE UTF-8",
    "PID|1||4711^^^HOSP&1.2.3.4&ISO^MR||DOE^JANE||19450101|F",
    "ORC|RE|P4712^WARD|F4712^MAR",
    "RXA|3|1|20260105081000+0100|20260105081000+0100|1217427007^Hydroxocobalamin^SCT|1|mg^^UCUM||||||||||||||CP|A",
    "RXR|IM^Intramuscular^HL70162|LA^Left arm^HL70163",
    "",
))  # fmt: skip
MESSAGES: Final = (
    ("FHIR Observation of haemoglobin", LAB_RESULTS, _observation("718-7", "g/dL"), True),
    ("FHIR MedicationAdministration", ADMINISTRATIONS, _DOSE, True),
    ("canonical haemoglobin", LAB_RESULTS, _CANONICAL, True),
    ("FHIR Observation of sodium", LAB_RESULTS, _observation("2951-2", "mmol/L"), False),
    ("FHIR Bundle of 20 of sodium", LAB_RESULTS, {
        "resourceType": "Bundle",
        "type": "message",
        "entry": [{"resource": _observation("2951-2", "mmol/L")}] * 20,
    }, False),
    ("HL7 v2 ORU, haemoglobin of 3", LAB_RESULTS, _er7("718-7", "g/dL"), True),
    ("HL7 v2 RAS", ADMINISTRATIONS, _RAS, True),
    ("HL7 v2 ORU of others", LAB_RESULTS, _er7("2885-2", "g/dL"), False),
    ("canonical sodium", LAB_RESULTS, {**_CANONICAL, "analyte": "sodium"}, False),
)  # fmt: skip


def reading(calls: int, clock: Clock) -> Iterator[Read]:
    """Each kind of message through intake, all that it writes included.

    No two messages are of one patient, or have one number, time or value: what is remembered of one helps no other,
    but for what all messages of a hospital have, its codes and units.
    """
    for what, topic, content, is_ours in MESSAGES:
        fields = [line.split("|") for line in content.split("\r")] if isinstance(content, str) else content
        as_json = [_varied(json.dumps(fields), number) for number in range(calls)]
        raws = [_varied(content, number) for number in range(calls)] if isinstance(content, str) else as_json
        intake = IntakePartition(Counter(), lambda: _AT, SourceReader())
        records = [InputRecord(topic.name, 0, 0, _AT, None, raw) for raw in raws]
        assert bool(intake.process(records[0])) is is_ours, what
        times = time_each(intake.process, records, clock)
        parsed = time_each(json.loads, as_json, clock)
        yield Read(what=what, size=len(raws[0]), is_ours=is_ours, times=times, json_us=parsed.mean)


def _varied(message: str, number: int) -> bytes:
    """The same message of another patient, under another number, at another second and with another value."""
    hour, minute, second = 8 + number // 3600 % 12, number // 60 % 60, number % 60
    return (
        message.replace("4711", f"{47_000_000 + number}")
        .replace("4712", f"{48_000_000 + number}")
        .replace('"p-1"', f'"p-{number}"')
        .replace("Patient/p-1", f"Patient/p-{number}")
        .replace("0810", f"{hour:02}{minute:02}")
        .replace("08:10:00", f"{hour:02}:{minute:02}:{second:02}")
        .replace("10:30:00", f"{hour:02}:{minute:02}:{second:02}")
        .replace("11.8", f"{8 + number % 80 / 10:.1f}")
        .encode()
    )
