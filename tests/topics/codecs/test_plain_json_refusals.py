"""Each refusal names the field and the reason, and not the patient."""

from __future__ import annotations

from typing import Any

import pytest

from tests.topics.messages import DROP, refused

LAB_REFUSALS: list[tuple[dict[str, Any], str, str]] = [
    ({"schema_version": DROP}, "schema_version", "the field is missing"),
    ({"patient_id": DROP}, "patient_id", "the field is missing"),
    ({"patient_id": ""}, "patient_id", "not empty"),
    ({"patient_id": " "}, "patient_id", "white space"),
    ({"patient_id": "1 "}, "patient_id", "white space"),
    ({"patient_id": "1\n"}, "patient_id", "white space"),
    ({"patient_id": "1\x002"}, "patient_id", "control characters"),
    ({"patient_id": "x" * 201}, "patient_id", "at most 200"),
    ({"patient_id": 1}, "patient_id", "valid string"),
    ({"patient_id": "\ud800"}, "patient_id", "Unicode"),
    ({"id": DROP, "source": DROP}, "id", "missing; 1 more field is wrong"),
    ({"id": DROP, "source": DROP, "analyte": DROP}, "id", "missing; 2 more fields are wrong"),
    ({"version": 0}, "version", "greater than or equal to 1"),
    ({"version": 1.0}, "version", "valid integer"),
    ({"version": True}, "version", "valid integer"),
    ({"version": 2**63}, "version", "less than or equal"),
    ({"analyte": DROP}, "analyte", "missing"),
    ({"analyte": 7}, "analyte", "Input should be 'haemoglobin', 'platelets',"),
    ({"kind": "administration"}, "kind", "this kind of message is not known on this topic; known: lab-result"),
    ({"kind": None}, "kind", "this kind of message is not known"),
    ({"kind": ["lab-result"]}, "kind", "this kind of message is not known"),
    ({"analyte": "vitamin-b12", "unit": "ng/mL"}, "unit", "accepted: ng/L, pg/mL, pmol/L"),
    ({"analyte": "active-b12", "unit": "pg/mL"}, "unit", "accepted: pmol/L"),
    ({"analyte": "homocysteine", "unit": "mg/L"}, "unit", "accepted: umol/L"),
    ({"analyte": "reticulocytes", "unit": "%"}, "unit", "accepted: 10*9/L"),
    ({"analyte": "reticulocyte-share", "unit": "10*9/L"}, "unit", "accepted: %"),
    ({"analyte": "egfr", "unit": "mL/min"}, "unit", "accepted: mL/min/{1.73_m2}"),
    ({"status": "done"}, "status", "entered-in-error"),
    ({"value": DROP}, "value", "missing"),
    ({"value": "118"}, "value", "text is never read as a number"),
    ({"value": "11,8"}, "value", "text is never read as a number"),
    ({"value": True}, "value", "a JSON number is wanted"),
    ({"value": [1]}, "value", "a JSON number is wanted"),
    ({"value": -1}, "value", "not below zero"),
    ({"value": 1e13}, "value", "at most 10^12"),
    ({"value": 1e-31}, "value", "at most 30 digits"),
    ({"value": 10**12 + 1}, "value", "at most 10^12"),
    ({"unit": DROP}, "unit", "the unit is missing"),
    ({"unit": None}, "unit", "the unit is missing"),
    ({"unit": ""}, "unit", "the unit is missing"),
    ({"unit": " "}, "unit", "the unit is missing"),
    ({"unit": "mmol/L"}, "unit", "unit 'mmol/L' has no conversion; accepted: g/L, g/dL"),
    ({"unit": "G/L"}, "unit", "unit 'G/L' has no conversion"),
    ({"unit": "10*9/L"}, "unit", "has no conversion"),
    ({"unit": "x" * 41}, "unit", "at most 40"),
    ({"value": None, "reference_low": 120, "unit": DROP}, "unit", "the unit is missing"),
    ({"reference_low": "130"}, "reference_low", "text is never read as a number"),
    ({"comparator": "~"}, "comparator", "'<', '<=', '>=' or '>'"),
    ({"comparator": "<", "value": None}, "comparator", "there is no value to compare"),
    ({"clumped": "yes"}, "clumped", "boolean"),
    ({"clumped": 1}, "clumped", "boolean"),
    ({"taken_at": "2026-01-05T10:30:00"}, "taken_at", "no offset"),
    ({"taken_at": "yesterday"}, "taken_at", "a date-time is written"),
    ({"taken_at": "0001-01-01T00:00:00+14:00"}, "taken_at", "between 1900 and 2200"),
    ({"taken_at": 1767600000}, "taken_at", "written as text"),
    ({"absent_reason": "x" * 4001}, "absent_reason", "at most 4000"),
    ({"colour": "red"}, "(message)", "a field that this shape does not have"),
]


@pytest.mark.parametrize(("changes", "where", "says"), LAB_REFUSALS)
def test_a_lab_result_is_refused_with_the_field_and_the_reason(changes: dict[str, Any], where: str, says: str) -> None:
    at, problem = refused("lab-results", **changes)
    assert at == where
    assert says in problem


INTERVAL = {"months": 2, "author": "dr", "reason": "", "decided_on": "2026-01-05"}
REFUSALS: list[tuple[str, dict[str, Any], str, str]] = [
    ("administrations", {"dose_unit": DROP}, "dose_unit", "the unit is missing"),
    ("administrations", {"dose_unit": "IU"}, "dose_unit", "accepted: ug, mcg, mg"),
    ("administrations", {"dose_unit": "g/L"}, "dose_unit", "has no conversion"),
    ("administrations", {"dose": DROP}, "dose", "missing"),
    ("administrations", {"dose": "1 mg"}, "dose", "text is never read as a number"),
    ("administrations", {"route": "im"}, "route", "'intramuscular'"),
    ("administrations", {"drug": "Hydroxocobalamin"}, "drug", "'hydroxocobalamin'"),
    (
        "administrations",
        {"kind": "condition"},
        "kind",
        "known: administration, medication-order, medication-supply",
    ),
    ("assessments", {"kind": "medication-order"}, "kind", "known: assessment, condition"),
    ("medication-order", {"schema_version": 2}, "schema_version", "known: 1"),
    ("medication-order", {"drug": DROP}, "drug", "missing"),
    ("medication-order", {"status": "not-done"}, "status", "entered-in-error"),
    ("medication-order", {"dose_unit": DROP}, "dose_unit", "the unit is missing"),
    ("medication-order", {"dose_unit": "g"}, "dose_unit", "accepted: ug, mcg, mg"),
    ("medication-order", {"ordered_at": DROP}, "ordered_at", "missing"),
    ("medication-order", {"given_at": "2026-01-05"}, "(message)", "a field that this shape does not have"),
    ("medication-supply", {"status": "active"}, "status", "entered-in-error"),
    ("medication-supply", {"days": 0}, "days", "greater than or equal to 1"),
    ("medication-supply", {"days": 367}, "days", "less than or equal to 366"),
    ("medication-supply", {"days": "28"}, "days", "valid integer"),
    ("medication-supply", {"dose": 1}, "dose_unit", "the unit is missing"),
    ("medication-supply", {"handed_over_at": DROP}, "handed_over_at", "missing"),
    ("condition", {"code": DROP}, "code", "missing"),
    ("condition", {"began_at": DROP}, "began_at", "missing"),
    ("condition", {"length_cm": 0}, "length_cm", "greater than 0"),
    ("condition", {"length_cm": 1000.1}, "length_cm", "less than or equal to 1000"),
    ("condition", {"length_cm": "30"}, "length_cm", "text is never read as a number"),
    ("condition", {"findings": []}, "(message)", "a field that this shape does not have"),
    ("treatment-plans", {"oral_reason": "cheaper"}, "oral_reason", "'patient-preference'"),
    ("treatment-plans", {"interval": {**INTERVAL, "months": 2.5}}, "interval.months", "valid integer"),
    ("treatment-plans", {"interval": {**INTERVAL, "months": 0}}, "interval.months", "greater than or equal to 1"),
    ("treatment-plans", {"interval": {**INTERVAL, "months": 61}}, "interval.months", "less than or equal to 60"),
    ("treatment-plans", {"interval": {**INTERVAL, "days": 7}}, "interval.days", "exactly one"),
    ("treatment-plans", {"interval": {**INTERVAL, "months": None}}, "interval.days", "exactly one"),
    ("treatment-plans", {"interval": {**INTERVAL, "colour": 1}}, "interval", "a field that this shape"),
    ("treatment-plans", {"end": {"at": "2026-01-05", "reason": "bored", "actor": "x"}}, "end.reason", "'died'"),
    ("treatment-plans", {"loading_doses_given": 51}, "loading_doses_given", "less than or equal to 50"),
    ("treatment-plans", {"loading_doses_given": -1}, "loading_doses_given", "greater than or equal to 0"),
    ("treatment-plans", {"birth_date": "1950-02-30"}, "birth_date", "no such day"),
    ("treatment-plans", {"birth_date": "1950"}, "birth_date", "YYYY-MM-DD"),
    ("treatment-plans", {"regimen": ""}, "regimen", "at least 1"),
    ("assessments", {"findings": ["fine"]}, "findings.0", "Input should be"),
    ("assessments", {"findings": "still-improving"}, "findings", "valid list"),
    ("alert-actions", {"action": "snoozed"}, "until", "a snooze must say when it ends"),
    ("alert-actions", {"action": "given-elsewhere"}, "dose_given_at", "must say when it was given"),
    ("alert-actions", {"action": "ignored"}, "action", "'acknowledged'"),
]


@pytest.mark.parametrize(("base", "changes", "where", "says"), REFUSALS)
def test_every_other_message_is_refused_with_the_field_and_the_reason(
    base: str, changes: dict[str, Any], where: str, says: str
) -> None:
    at, problem = refused(base, **changes)
    assert at == where
    assert says in problem


@pytest.mark.parametrize(
    "changes",
    [
        {"patient_id": ["Jane Doe"]},
        {"patient_id": "Jane Doe\n"},
        {"id": {"Jane Doe": 1}},
        {"Jane Doe": 1},
        {"absent_reason": {"Jane Doe": 1}},
        {"value": "Jane Doe"},
        {"status": "Jane Doe"},
        {"taken_at": "Jane Doe"},
    ],
)
def test_a_dead_letter_does_not_say_whose_it_is_outside_its_bytes(changes: dict[str, Any]) -> None:
    assert "Jane" not in "".join(refused("lab-results", **changes))
