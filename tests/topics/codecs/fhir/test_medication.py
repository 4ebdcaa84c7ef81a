"""FHIR R4 about medications (section 5.2): only an administration is a dose that was given here."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from domain.calendar import ClinicalTime
from domain.facts import (
    Administration,
    AdministrationStatus,
    Drug,
    MedicationOrder,
    MedicationSupply,
    OrderStatus,
    Route,
    SupplyStatus,
    Withdrawal,
    rank,
)
from domain.quantity import Quantity
from tests.topics.codecs.fhir.resources import (
    ADMINISTRATION,
    DISPENSE,
    DROP,
    OURS,
    REQUEST,
    RXNORM,
    SCT,
    STATEMENT,
    changed,
    coded,
    fact_of,
    facts_of,
    is_not_for_us,
    quantity,
    read,
    refused,
)
from topics.decoded import Facts

FOLIC = coded((RXNORM, "4511"))
ATC = "http://www.whocc.no/atc"


def given(**changes: Any) -> Any:
    return fact_of(ADMINISTRATION, **changes)


def dosed(value: Any, unit: str, **more: Any) -> Any:
    return given(dosage={"dose": {"value": value, "unit": unit}}, **more)


# administrations


def test_a_dose_becomes_a_fact() -> None:
    assert given() == Administration(
        fact_id="MedicationAdministration/hospital/17",
        version=1,
        time=ClinicalTime(date(2026, 1, 5)),
        source="hospital",
        drug=Drug.HYDROXOCOBALAMIN,
        status=AdministrationStatus.COMPLETED,
        dose=Quantity(Decimal(1), "mg"),
        route=Route.INTRAMUSCULAR,
    )


@pytest.mark.parametrize("status", list(AdministrationStatus))
def test_every_status_of_fhir_is_kept(status: AdministrationStatus) -> None:
    assert given(status=status.value).status is status


@pytest.mark.parametrize("status", [DROP, "given", "active"])
def test_a_status_that_is_none_is_refused(status: Any) -> None:
    assert refused(ADMINISTRATION, status=status).startswith("status: ")


def test_edge_23_not_done_and_then_completed_at_the_same_time_is_a_dose() -> None:
    not_done, done = given(status="not-done"), given(status="completed")
    assert not_done.fact_id == done.fact_id and max((done, not_done), key=rank) is done


def test_edge_24_two_charts_of_one_dose_are_two_facts_for_the_domain_to_join() -> None:
    assert given(id="nurse").fact_id != given(id="pharmacy").fact_id


def test_edge_25_a_dose_charted_late_has_the_time_at_which_it_was_given() -> None:
    late = given(effectiveDateTime="2025-12-01T08:00:00Z", meta={"lastUpdated": "2026-01-05T10:00:00Z"})
    assert late.time == ClinicalTime(datetime(2025, 12, 1, 8, tzinfo=UTC))


def test_a_period_counts_from_its_start() -> None:
    period = {"start": "2026-01-05T08:00:00Z", "end": "2026-01-05T08:05:00Z"}
    assert given(effectiveDateTime=DROP, effectivePeriod=period).time.value == datetime(2026, 1, 5, 8, tzinfo=UTC)
    assert given(effectiveDateTime=DROP, effectivePeriod={"end": "2026-01-05"}).time == given().time
    assert refused(ADMINISTRATION, effectiveDateTime=DROP).startswith("effective: ")
    assert refused(ADMINISTRATION, effectiveDateTime=DROP, effectivePeriod={}).startswith("effectivePeriod: ")


def test_a_dose_without_a_dosage_is_a_dose_of_which_nobody_said_how_much() -> None:
    unsaid = given(dosage=DROP)
    assert (unsaid.dose, unsaid.route) == (None, Route.UNKNOWN)


def test_edge_27_a_gram_for_micrograms_goes_on_for_the_domain_to_tell() -> None:
    assert dosed(1000, "mg").dose_ug == 1_000_000 == dosed(1, "g").dose_ug


def test_edge_28_the_antidote_is_told_by_its_dose_and_its_code_alone_is_never_a_dose() -> None:
    antidote = coded((ATC, "V03AB33"))
    assert dosed(5, "g").dose_ug == 5_000_000
    assert dosed(5, "g", medicationCodeableConcept=antidote).dose_ug == 5_000_000
    assert "antidote" in refused(ADMINISTRATION, medicationCodeableConcept=antidote, dosage=DROP)
    assert "antidote" in refused(ADMINISTRATION, medicationCodeableConcept=antidote)


@pytest.mark.parametrize("dose", [{"value": 1}, {"value": 1, "unit": "mg/kg"}, quantity("1", "mg")])
def test_a_dose_that_cannot_be_read_is_kept_for_people(dose: Any) -> None:
    assert "dose" in refused(ADMINISTRATION, dosage={"dose": dose})
    assert "dose" in refused(ADMINISTRATION, dosage={"dose": quantity(1, "mg", comparator=">")})


def test_millilitres_need_a_strength() -> None:
    assert dosed(1, "mL").dose is None
    assert dosed(1, "mL", medicationCodeableConcept=coded((RXNORM, "317106"))).dose == Quantity(Decimal(1000), "ug")


MEDICATION: dict[str, Any] = {
    "resourceType": "Medication",
    "id": "m",
    "ingredient": [
        {
            "itemCodeableConcept": coded((SCT, "409258004")),
            "strength": {"numerator": quantity(1, "mg"), "denominator": quantity(2, "mL")},
        },
    ],
}


def by_reference(medication: dict[str, Any]) -> dict[str, Any]:
    return {"medicationCodeableConcept": DROP, "medicationReference": {"reference": "#m"}, "contained": [medication]}


def test_a_contained_medication_says_what_it_is_and_how_strong() -> None:
    assert dosed(2, "mL", **by_reference(MEDICATION)).dose == Quantity(Decimal(1000), "ug")
    coded_one = {"resourceType": "Medication", "id": "m", "code": coded((RXNORM, "5514"))}
    assert given(**by_reference(coded_one)).drug is Drug.HYDROXOCOBALAMIN
    other = {"resourceType": "Medication", "id": "m", "code": coded((RXNORM, "161"))}
    assert is_not_for_us(ADMINISTRATION, **by_reference(other))


def test_edge_29_a_multivitamin_with_folic_acid_is_a_combination_and_a_mixture_with_b12_alone_is_for_people() -> None:
    b12, folic, b1 = ({"itemCodeableConcept": coded((RXNORM, code))} for code in ("11248", "4511", "10454"))
    mixed = given(**by_reference({"resourceType": "Medication", "id": "m", "ingredient": [b1, b12, folic]}))
    assert mixed.drug is Drug.FOLIC_ACID_COMBINATION
    assert "mixture" in refused(
        ADMINISTRATION, **by_reference({"resourceType": "Medication", "id": "m", "ingredient": [b1, b12]})
    )


def test_a_medication_that_is_not_in_the_message_is_kept_for_people_unless_the_feed_lists_its_own() -> None:
    elsewhere = {"medicationCodeableConcept": DROP, "medicationReference": {"reference": "Medication/b12"}}
    assert refused(ADMINISTRATION, **elsewhere).startswith("medicationReference: ")
    feeds = '[feeds.mar]\ntopics = ["lab-results"]\nmedications = { "Medication/b12" = "cyanocobalamin" }'
    assert fact_of(ADMINISTRATION, feeds=feeds, **elsewhere).drug is Drug.CYANOCOBALAMIN
    elsewhere["medicationReference"] = {"reference": "Medication/aspirin"}
    assert is_not_for_us(ADMINISTRATION, feeds=feeds, **elsewhere)


def test_edge_30_old_and_new_codes_both_match_and_may_stand_together() -> None:
    assert given(medicationCodeableConcept=coded((SCT, "409258004"), (SCT, "1217427007"))).drug is given().drug
    assert refused(ADMINISTRATION, medicationCodeableConcept=coded((RXNORM, "5514"), (RXNORM, "4511"))).startswith(
        "medicationCodeableConcept: "
    )


@pytest.mark.parametrize(
    ("codes", "route"),
    [
        ([(SCT, "34206005")], Route.SUBCUTANEOUS),
        ([(SCT, "37839007")], Route.ORAL),
        ([("http://terminology.hl7.org/CodeSystem/v3-RouteOfAdministration", "IVINJ")], Route.INTRAVENOUS),
        ([(f"{OURS}:route", "intramuscular")], Route.INTRAMUSCULAR),
        ([("local", "IM")], Route.UNKNOWN),
    ],
)
def test_routes_are_told_by_their_codes(codes: list[tuple[str, str]], route: Route) -> None:
    assert given(dosage={"route": coded(*codes)}).route is route


def test_routes_that_disagree_are_refused() -> None:
    both = coded((SCT, "78421000"), (SCT, "26643006"))
    assert refused(ADMINISTRATION, dosage={"route": both}).startswith("route: ")


def test_what_was_charted_in_error_is_withdrawn() -> None:
    gone = given(status="entered-in-error", effectiveDateTime=DROP, dosage={"dose": {"value": 1}})
    assert isinstance(gone, Withdrawal) and gone.fact_id == given().fact_id
    unnamed = refused(ADMINISTRATION, status="entered-in-error", medicationCodeableConcept=DROP)
    assert unnamed.startswith("medication: ")


def test_edge_38_a_dose_as_another_version_of_fhir_has_it_is_kept_for_people() -> None:
    of_r5 = {"concept": coded((RXNORM, "5514"))}
    said = refused(ADMINISTRATION, medicationCodeableConcept=DROP, medication=of_r5, occurenceDateTime="2026-01-05")
    assert said.startswith("medication: ")


def test_other_drugs_are_not_for_us() -> None:
    assert is_not_for_us(ADMINISTRATION, medicationCodeableConcept=coded((RXNORM, "161")))
    assert is_not_for_us(ADMINISTRATION, medicationCodeableConcept={"text": "hydroxocobalamin"})


# orders


def test_a_request_is_an_order_and_no_dose() -> None:
    timing = {"repeat": {"boundsPeriod": {"start": "2026-02-01", "end": "2026-05-01"}}}
    instruction = {**REQUEST["dosageInstruction"][0], "timing": timing}
    assert fact_of(REQUEST, dosageInstruction=[instruction]) == MedicationOrder(
        fact_id="MedicationRequest/hospital/17",
        version=1,
        time=ClinicalTime(datetime(2026, 1, 5, 10, 30, tzinfo=UTC)),
        source="hospital",
        drug=Drug.FOLIC_ACID,
        status=OrderStatus.ACTIVE,
        dose=Quantity(Decimal(5), "mg"),
        route=Route.ORAL,
        start=ClinicalTime(date(2026, 2, 1)),
        end=ClinicalTime(date(2026, 5, 1)),
    )
    undated = fact_of(REQUEST, authoredOn=DROP, dosageInstruction=[instruction])
    assert (undated.time, undated.start) == (ClinicalTime(date(2026, 2, 1)), None)
    assert refused(REQUEST, authoredOn=DROP).startswith("authoredOn: ")


@pytest.mark.parametrize("status", list(OrderStatus))
def test_every_status_of_an_order_is_kept(status: OrderStatus) -> None:
    assert fact_of(REQUEST, status=status.value).status is status


def test_what_nobody_may_act_on_is_no_order() -> None:
    assert all(is_not_for_us(REQUEST, intent=intent) for intent in ("proposal", "plan", "option"))
    assert is_not_for_us(REQUEST, doNotPerform=True)
    assert refused(REQUEST, status="given").startswith("status: ")
    assert isinstance(fact_of(REQUEST, status="entered-in-error"), Withdrawal)


def test_of_a_tapered_dose_none_is_the_dose() -> None:
    instruction = REQUEST["dosageInstruction"][0]
    assert fact_of(REQUEST, dosageInstruction=[instruction, instruction]).dose is None


# supplies


def test_a_dispense_is_a_supply_and_no_dose() -> None:
    assert fact_of(DISPENSE) == MedicationSupply(
        fact_id="MedicationDispense/hospital/17",
        version=1,
        time=ClinicalTime(date(2026, 1, 5)),
        source="hospital",
        drug=Drug.CYANOCOBALAMIN,
        status=SupplyStatus.COMPLETED,
        days=28,
        route=Route.ORAL,
    )


@pytest.mark.parametrize("status", list(SupplyStatus))
def test_every_status_of_a_supply_is_kept(status: SupplyStatus) -> None:
    assert fact_of(DISPENSE, status=status.value).status is status


def test_a_supply_needs_a_time_and_lasts_whole_days_of_a_year_at_most() -> None:
    assert fact_of(DISPENSE, whenHandedOver=DROP, whenPrepared="2026-01-04").time == ClinicalTime(date(2026, 1, 4))
    assert refused(DISPENSE, whenHandedOver=DROP).startswith("whenHandedOver: ")
    assert fact_of(DISPENSE, daysSupply=quantity(4, "wk")).days is None
    assert fact_of(DISPENSE, daysSupply=quantity(366, "d")).days == 366
    for days in (0, 367, 2.5):
        assert refused(DISPENSE, daysSupply=quantity(days, "d")).startswith("daysSupply: ")
    assert refused(DISPENSE, status="given").startswith("status: ")
    assert isinstance(fact_of(DISPENSE, status="entered-in-error"), Withdrawal)


# statements


def test_edge_26_a_dated_statement_of_a_dose_is_a_reported_one() -> None:
    said = fact_of(STATEMENT)
    assert isinstance(said, Administration) and said.reported and said.dose == Quantity(Decimal(1), "mg")
    for changes in ({"status": "active"}, {"status": "not-taken"}, {"effectiveDateTime": DROP}):
        assert is_not_for_us(STATEMENT, **changes)
    assert isinstance(fact_of(STATEMENT, status="entered-in-error"), Withdrawal)
    not_taken = fact_of(STATEMENT, status="not-taken", meta={"versionId": "2"})
    assert isinstance(not_taken, Withdrawal) and not_taken.fact_id == said.fact_id


def test_folic_acid_that_is_said_to_be_taken_counts_as_ordered_and_never_as_given() -> None:
    period = {"start": "2025-06", "end": "2025-07"}
    taken = fact_of(
        STATEMENT,
        status="active",
        medicationCodeableConcept=FOLIC,
        effectiveDateTime=DROP,
        effectivePeriod=period,
        dosage=DROP,
    )
    assert isinstance(taken, MedicationOrder) and taken.status is OrderStatus.ACTIVE
    assert (taken.time, taken.end) == (ClinicalTime(date(2025, 6, 1)), ClinicalTime(date(2025, 7, 31)))
    assert is_not_for_us(STATEMENT, status="not-taken", medicationCodeableConcept=FOLIC)
    said = refused(STATEMENT, medicationCodeableConcept=FOLIC, effectiveDateTime=DROP, status="active")
    assert said.startswith("effective: ")


def test_no_order_supply_or_statement_is_ever_an_administration_that_counts_as_given_here() -> None:
    b12 = coded((RXNORM, "5514"))
    for resource in (REQUEST, DISPENSE, STATEMENT):
        for outcome in read(changed(resource, medicationCodeableConcept=b12)):
            assert isinstance(outcome, Facts)
            for fact in outcome.facts:
                assert not isinstance(fact, Administration) or fact.reported
    assert isinstance(facts_of(ADMINISTRATION)[0], Administration)
