"""FHIR R4 Observation: values, units, codes, panels and findings (section 5.1)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain.calendar import ClinicalTime
from domain.facts import (
    ClinicalAssessment,
    Comparator,
    Finding,
    LabResult,
    Withdrawal,
)
from domain.quantity import Quantity
from tests.topics.codecs.fhir.resources import (
    DROP,
    LOINC,
    OBSERVATION,
    PLATELETS,
    SCT,
    UCUM,
    bundle,
    changed,
    coded,
    fact_of,
    facts_of,
    is_not_for_us,
    observed,
    quantity,
    read,
    refused,
)
from topics.decoded import DeadLetter, Facts

# values (15-18)


@pytest.mark.parametrize(
    ("value", "where"),
    [
        ({"value": 118}, "unit"),
        ({"value": 118, "unit": "bushels"}, "unit"),
        ({"value": 118, "code": "G/L", "system": UCUM}, "unit"),
        (quantity(118, "10*9/L"), "unit"),
        ({"value": 118, "unit": "g/dL", "code": "g/L", "system": UCUM}, "unit"),
        (quantity("118", "g/L"), "valueQuantity.value"),
        (quantity(True, "g/L"), "valueQuantity.value"),
        (quantity(118, "g/L", comparator="~"), "valueQuantity.comparator"),
        ([118], "valueQuantity"),
    ],
)
def test_edge_15_a_value_that_does_not_agree_with_itself_is_kept_for_people(value: Any, where: str) -> None:
    assert refused(OBSERVATION, valueQuantity=value).startswith(f"{where}: ")


@pytest.mark.parametrize(
    "value",
    [
        {"value": 11.8, "unit": "g/dl", "system": "http://unitsofmeasure.org", "code": "g/dL"},
        {"value": 11.8, "unit": "g/dl"},
        {"value": 11.8, "unit": "g/dL", "system": "http://snomed.info/sct", "code": "258795003"},
        {"value": 11.8, "unit": "grams per decilitre", "code": "g/dL"},
    ],
)
def test_edge_15_the_unit_is_the_ucum_code_else_the_text(value: Any) -> None:
    assert observed(valueQuantity=value).quantity == Quantity(Decimal("11.8"), "g/dL")


def test_edge_15_a_code_and_a_text_of_the_same_size_do_not_contradict_each_other() -> None:
    count = quantity(240, "10*3/uL", unit="10^9/L")
    assert observed(code=PLATELETS, valueQuantity=count).quantity == Quantity(Decimal(240), "10*3/uL")


def test_edge_15_the_hl7_example_whose_unit_is_wrong_is_kept_for_people() -> None:
    low, high = quantity(7.5, "g/dL"), quantity(10, "g/dL")
    said = refused(OBSERVATION, valueQuantity=quantity(7.2, "g/dL"), referenceRange=[{"low": low, "high": high}])
    assert said.startswith("unit: the reference range")


@pytest.mark.parametrize("text", ["11,8 g/dL", "11.8 g/dl"])
def test_edge_16_a_number_as_text_is_read_with_the_unit_beside_it(text: str) -> None:
    assert observed(valueQuantity=DROP, valueString=text).amount == 118


@pytest.mark.parametrize("text", ["118", "150.000 g/L", "11,800 g/L"])
def test_edge_16_text_that_leaves_it_open_is_refused(text: str) -> None:
    assert ": " in refused(OBSERVATION, valueQuantity=DROP, valueString=text)


def test_edge_17_a_comparator_is_kept() -> None:
    low = observed(code=coded((LOINC, "2132-9")), valueQuantity=quantity(150, "ng/L", comparator="<"))
    assert (low.comparator, low.quantity) == (Comparator.LESS, Quantity(Decimal(150), "ng/L"))
    assert observed(valueQuantity=DROP, valueString="<118 g/L").comparator is Comparator.LESS


def test_edge_17_clumped_platelets_are_told_as_clumped() -> None:
    assert observed(code=PLATELETS, valueQuantity=DROP, valueString="Clumped").clumped
    noted = observed(code=PLATELETS, valueQuantity=quantity(40, "10*9/L"), note=[{"text": "Platelet clumps."}])
    assert noted.clumped and noted.amount == 40
    assert not observed(code=PLATELETS, valueQuantity=quantity(40, "10*9/L"), note=[{"text": "no clumps"}]).clumped


@pytest.mark.parametrize(("text", "reason"), [("see comment", "see comment"), ("HAEM", "haemolysed")])
def test_edge_17_words_in_the_place_of_a_number_say_why_there_is_none(text: str, reason: str) -> None:
    none = observed(valueQuantity=DROP, valueString=text)
    assert (none.has_value, none.absent_reason) == (False, reason)


@pytest.mark.parametrize("text", ["12-14", "red", ""])
def test_edge_17_a_range_or_a_word_that_we_do_not_know_is_refused(text: str) -> None:
    assert refused(OBSERVATION, valueQuantity=DROP, valueString=text).startswith("value: ")


@pytest.mark.parametrize("value", [-1, 0, 10**13, 1e300])
def test_edge_18_what_nobody_can_have_measured_is_refused(value: Any) -> None:
    assert "value" in refused(OBSERVATION, valueQuantity=quantity(value, "g/L"))


def test_edge_18_nan_is_no_json() -> None:
    assert refused(OBSERVATION, valueQuantity=quantity(float("nan"), "g/L")).startswith("(message): not JSON")


@pytest.mark.parametrize("name", ["valueRange", "valueRatio", "valueSampledData", "valueTime", "valuePeriod"])
def test_other_kinds_of_value_are_refused(name: str) -> None:
    other: dict[str, Any] = {"valueQuantity": DROP, name: {}}
    assert refused(OBSERVATION, **other).startswith("value: ")
    assert refused(OBSERVATION, valueQuantity=DROP, valueBoolean=True).startswith("value: ")
    assert refused(OBSERVATION, valueQuantity=DROP, valueInteger=118).startswith("unit: ")


def test_a_reason_explains_why_there_is_no_value_and_contradicts_one() -> None:
    system = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
    none = observed(valueQuantity=DROP, dataAbsentReason=coded((system, "not-performed")))
    assert (none.has_value, none.absent_reason) == (False, "not-performed")
    assert observed(valueQuantity=DROP, dataAbsentReason=coded(("local", "x"))).absent_reason == "unknown"
    assert refused(OBSERVATION, dataAbsentReason=coded((system, "error"))).startswith("dataAbsentReason: ")


def test_a_value_that_was_suppressed_says_so() -> None:
    url = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
    assert observed(valueQuantity={"extension": [{"url": url, "valueCode": "masked"}]}).absent_reason == "masked"


# codes


def test_local_codes_beside_ours_do_no_harm_and_codes_that_disagree_are_refused() -> None:
    assert observed(code=coded(("local", "HB"), (LOINC, "718-7"), (LOINC, "20509-6"))).amount == 118
    for other in ("777-3", "4548-4", "59260-0"):
        assert refused(OBSERVATION, code=coded((LOINC, "718-7"), (LOINC, other))).startswith("code: ")


def test_display_text_is_never_read() -> None:
    assert is_not_for_us(OBSERVATION, code={"text": "Haemoglobin", "coding": [{"display": "Haemoglobin"}]})
    assert is_not_for_us(OBSERVATION, code=coded((LOINC, "4548-4")))
    assert is_not_for_us(OBSERVATION, code=coded((SCT, "718-7")))
    assert refused(OBSERVATION, code={"coding": [{"code": "718-7"}]}).startswith("code: ")


def test_a_local_code_of_the_feeds_file_is_read() -> None:
    feeds = """[feeds.lab]
topics = ["lab-results"]
tests = [{ system = "https://lis.example", code = "HB", analyte = "haemoglobin", unit = "g/L" }]"""
    assert fact_of(OBSERVATION, feeds=feeds, code=coded(("https://lis.example", "HB"))).amount == 118
    assert is_not_for_us(OBSERVATION, code=coded(("https://lis.example", "HB")))


# panels (20-22)

PANEL = changed(
    OBSERVATION,
    id="fbc",
    code=coded((LOINC, "58410-2")),
    valueQuantity=DROP,
    component=[
        {"code": coded((LOINC, "718-7")), "valueQuantity": quantity(118, "g/L")},
        {"code": coded((LOINC, "777-3")), "valueQuantity": quantity(240, "10*9/L")},
        {"code": coded((LOINC, "787-2")), "valueQuantity": quantity(101, "fL")},
    ],
)


def test_the_components_of_a_panel_are_facts_of_their_own() -> None:
    first, second = facts_of(PANEL)
    assert first.fact_id == "Observation/hospital/fbc#haemoglobin"
    assert second.fact_id == "Observation/hospital/fbc#platelets"
    assert first.time == second.time == observed().time


def test_edge_20_a_member_without_a_value_leaves_the_others() -> None:
    without = {"code": coded((LOINC, "718-7")), "dataAbsentReason": coded(("x", "error"))}
    first, second = facts_of(changed(PANEL, component=[without, PANEL["component"][1]]))
    assert isinstance(first, LabResult) and not first.has_value
    assert isinstance(second, LabResult) and second.amount == 240


def test_edge_20_a_member_that_cannot_be_read_leaves_the_others() -> None:
    bad = {"code": coded((LOINC, "718-7")), "valueQuantity": {"value": 118}}
    facts, dead = read(changed(PANEL, component=[bad, PANEL["component"][1]]))
    assert isinstance(facts, Facts) and len(facts.facts) == 1
    assert isinstance(dead, DeadLetter) and dead.where == "component.0.unit" and dead.raw is not None
    assert "the rest of the message was read" in dead.done


def test_a_panel_taken_back_takes_its_components_back() -> None:
    gone = facts_of(changed(PANEL, status="entered-in-error"))
    assert [fact.fact_id for fact in gone] == [fact.fact_id for fact in facts_of(PANEL)]
    assert all(isinstance(fact, Withdrawal) for fact in gone)


def test_a_result_told_as_component_and_as_member_is_told_once() -> None:
    member = changed(OBSERVATION, id="hb")
    both = facts_of(bundle(changed(PANEL, hasMember=[{"reference": "Observation/hb"}]), member))
    assert sorted(fact.fact_id for fact in both) == [
        "Observation/hospital/fbc#platelets",
        "Observation/hospital/hb",
    ]


def test_edge_22_two_values_of_one_minute_are_for_the_domain_to_judge() -> None:
    bedside = changed(OBSERVATION, id="poc", valueQuantity=quantity(117, "g/L"))
    assert len(facts_of(bundle(PANEL, bedside))) == 3


def test_edge_21_two_haemoglobins_of_one_minute_are_two_facts() -> None:
    gas = changed(OBSERVATION, id="gas", code=coded((LOINC, "30313-1")), valueQuantity=quantity(12.4, "g/dL"))
    lab, other = facts_of(bundle(OBSERVATION, gas))
    assert lab.fact_id != other.fact_id and lab.time == other.time


def test_contained_results_are_read_with_their_containers_patient_time_and_version() -> None:
    inner = changed(OBSERVATION, id="hb", subject=DROP, effectiveDateTime=DROP, meta=DROP)
    report = {
        "resourceType": "DiagnosticReport",
        "id": "r",
        "meta": {"versionId": "3"},
        "status": "final",
        "subject": {"reference": "Patient/p-1"},
        "effectiveDateTime": "2026-01-05",
        "contained": [inner],
        "result": [{"reference": "#hb"}],
    }
    (fact,) = facts_of(report)
    assert (fact.fact_id, fact.version) == ("DiagnosticReport/hospital/r#hb", 3)
    assert fact.time == ClinicalTime(date(2026, 1, 5))
    (gone,) = facts_of(changed(report, status="entered-in-error"))
    assert isinstance(gone, Withdrawal) and gone.fact_id == fact.fact_id


# findings


def test_a_finding_by_a_code_of_ours_becomes_an_assessment() -> None:
    ours = coded(("urn:b12watch:finding", "no-further-improvement"))
    found = observed(code=ours, valueQuantity=DROP)
    assert isinstance(found, ClinicalAssessment) and found.findings == {Finding.NO_FURTHER_IMPROVEMENT}
    as_value = observed(code=coded(("local", "neuro")), valueQuantity=DROP, valueCodeableConcept=ours)
    assert as_value.findings == found.findings
    assert is_not_for_us(OBSERVATION, code=ours, valueQuantity=DROP, valueBoolean=False)
    assert is_not_for_us(OBSERVATION, code=ours, valueQuantity=DROP, status="preliminary")
