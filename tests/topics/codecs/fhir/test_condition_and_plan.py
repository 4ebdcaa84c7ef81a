"""FHIR R4 Condition, Procedure and CarePlan."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from domain.calendar import ClinicalTime
from domain.facts import (
    Cause,
    Condition,
    ConditionCode,
    EndReason,
    PlanEnd,
    Pregnancy,
    Sex,
    TreatmentPlan,
    Withdrawal,
    YesNoUnknown,
)
from tests.topics.codecs.fhir.resources import (
    CARE_PLAN,
    CONDITION,
    DROP,
    OURS,
    PROCEDURE,
    SCT,
    bundle,
    changed,
    coded,
    fact_of,
    is_not_for_us,
    read,
    refused,
)
from topics.decoded import Facts

VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"


def test_a_condition_becomes_a_fact() -> None:
    assert fact_of(CONDITION) == Condition(
        fact_id="Condition/hospital/17",
        version=1,
        time=ClinicalTime(date(2019, 6, 30)),
        source="hospital",
        code=ConditionCode.PERNICIOUS_ANAEMIA,
    )


@pytest.mark.parametrize(
    ("onset", "first"),
    [("2015", date(2015, 1, 1)), ("2015-03", date(2015, 3, 1)), ("2015-03-09", date(2015, 3, 9))],
)
def test_a_condition_of_which_only_the_year_is_known_holds_from_its_first_day(onset: str, first: date) -> None:
    assert fact_of(CONDITION, onsetDateTime=onset).time == ClinicalTime(first)
    assert fact_of(CONDITION, onsetDateTime=DROP, onsetPeriod={"start": onset}).time == ClinicalTime(first)


def test_without_an_onset_it_is_there_when_it_was_recorded() -> None:
    assert fact_of(CONDITION, onsetDateTime=DROP, recordedDate="2020-05").time == ClinicalTime(date(2020, 5, 1))
    assert refused(CONDITION, onsetDateTime=DROP).startswith("onset: ")


def test_a_condition_that_is_over_has_an_end() -> None:
    assert fact_of(CONDITION, abatementDateTime="2021").end == ClinicalTime(date(2021, 12, 31))
    resolved = coded((CLINICAL, "resolved"))
    told = fact_of(CONDITION, clinicalStatus=resolved, meta={"lastUpdated": "2021-05-06T10:00:00Z"})
    assert told.end == ClinicalTime(datetime(2021, 5, 6, 10, tzinfo=UTC))
    assert refused(CONDITION, clinicalStatus=resolved).startswith("abatement: ")
    assert fact_of(CONDITION, clinicalStatus=coded((CLINICAL, "active"))).end is None


@pytest.mark.parametrize("word", ["unconfirmed", "provisional", "differential", "refuted"])
def test_what_is_not_confirmed_takes_itself_back_where_versions_tell_which_is_newer(word: str) -> None:
    doubt = coded((VERIFICATION, word))
    assert isinstance(fact_of(CONDITION, verificationStatus=doubt, meta={"versionId": "2"}), Withdrawal)
    assert is_not_for_us(CONDITION, verificationStatus=doubt)
    assert fact_of(CONDITION, verificationStatus=coded((VERIFICATION, "confirmed"))).version == 1


def test_a_condition_entered_in_error_is_withdrawn() -> None:
    error = coded((VERIFICATION, "entered-in-error"))
    assert fact_of(CONDITION, verificationStatus=error).fact_id == fact_of(CONDITION).fact_id
    assert isinstance(fact_of(CONDITION, verificationStatus=error), Withdrawal)
    assert refused(CONDITION, verificationStatus=error, code=DROP).startswith("code: ")
    assert is_not_for_us(CONDITION, verificationStatus=error, code=coded((SCT, "38341003")))


def test_conditions_of_two_kinds_in_one_are_refused_and_others_not_for_us() -> None:
    assert refused(CONDITION, code=coded((SCT, "84027009"), (SCT, "430715008"))).startswith("code: ")
    assert is_not_for_us(CONDITION, code=coded((SCT, "38341003")))


def test_an_operation_that_was_done_is_a_condition_and_one_that_was_not_is_none() -> None:
    assert fact_of(PROCEDURE).code is ConditionCode.BARIATRIC_SURGERY
    period = {"start": "2019-06-30", "end": "2019-07-01"}
    later = fact_of(PROCEDURE, performedDateTime=DROP, performedPeriod=period)
    assert later.time == ClinicalTime(date(2019, 7, 1))
    assert all(is_not_for_us(PROCEDURE, status=status) for status in ("preparation", "not-done", "stopped", "unknown"))
    assert isinstance(fact_of(PROCEDURE, status="entered-in-error"), Withdrawal)
    assert refused(PROCEDURE, performedDateTime=DROP).startswith("performed: ")
    assert refused(PROCEDURE, status="entered-in-error", code=DROP).startswith("code: ")


def test_an_ileal_resection_is_told_by_the_feeds_own_code() -> None:
    feeds = """[feeds.theatre]
topics = ["lab-results"]
conditions = [{ system = "opcs", code = "G69.3", condition = "ileal-resection" }]"""
    assert fact_of(PROCEDURE, feeds=feeds, code=coded(("opcs", "G69.3"))).code is ConditionCode.ILEAL_RESECTION


# plans


def test_a_care_plan_with_a_regimen_of_ours_is_a_plan() -> None:
    assert fact_of(CARE_PLAN, created="2026-01-04") == TreatmentPlan(
        fact_id="CarePlan/hospital/17",
        version=1,
        time=ClinicalTime(date(2026, 1, 4)),
        start=ClinicalTime(date(2026, 1, 5)),
        source="hospital",
        regimen="R2",
        neurological_involvement=YesNoUnknown.NO,
    )


def test_a_plan_says_its_cause_and_the_patients_sex_and_birth_date_where_the_message_has_them() -> None:
    cause = coded((f"{OURS}:cause", "pernicious-anaemia"))
    patient = {"resourceType": "Patient", "id": "p-1", "gender": "female", "birthDate": "1950-05-06"}
    facts, _ = read(bundle(changed(CARE_PLAN, category=[*CARE_PLAN["category"], cause]), patient))
    assert isinstance(facts, Facts) and isinstance(facts.facts[0], TreatmentPlan)
    plan = facts.facts[0]
    assert (plan.cause, plan.sex, plan.birth_date) == (Cause.PERNICIOUS_ANAEMIA, Sex.FEMALE, date(1950, 5, 6))


@pytest.mark.parametrize(("gender", "birth"), [("other", "1950"), ("unknown", "1950-05"), ("", "")])
def test_edge_35_36_what_is_partly_known_or_another_word_is_unknown(gender: str, birth: str) -> None:
    patient = {"resourceType": "Patient", "id": "p-1", "gender": gender, "birthDate": birth}
    facts, _ = read(bundle(CARE_PLAN, patient))
    assert isinstance(facts, Facts) and isinstance(facts.facts[0], TreatmentPlan)
    assert (facts.facts[0].sex, facts.facts[0].birth_date) == (Sex.UNKNOWN, None)


def test_without_a_word_on_the_nerves_their_involvement_is_unknown() -> None:
    plan = fact_of(CARE_PLAN, category=CARE_PLAN["category"][:1])
    assert plan.neurological_involvement is YesNoUnknown.UNKNOWN


def test_edge_31_two_regimens_in_one_plan_are_refused_and_in_two_plans_go_to_the_domain() -> None:
    other = coded((f"{OURS}:regimen", "R1"))
    assert refused(CARE_PLAN, category=[*CARE_PLAN["category"], other]).startswith("category: ")
    assert fact_of(CARE_PLAN, id="18", category=[other]).fact_id != fact_of(CARE_PLAN).fact_id


def test_edge_32_a_changed_regimen_is_a_newer_version_of_the_plan() -> None:
    newer = fact_of(CARE_PLAN, meta={"versionId": "2"}, category=[coded((f"{OURS}:regimen", "R1"))])
    assert (newer.fact_id, newer.version, newer.regimen) == (fact_of(CARE_PLAN).fact_id, 2, "R1")


def test_edge_33_a_plan_that_ended_says_when_and_by_whom_or_is_kept_for_people() -> None:
    period = {"start": "2026-01-05", "end": "2026-03-01"}
    author: dict[str, Any] = {"reference": "Practitioner/7"}
    for status in ("revoked", "completed"):
        ended = fact_of(CARE_PLAN, status=status, period=period, author=author)
        assert ended.end == PlanEnd(
            time=ClinicalTime(date(2026, 3, 1)), reason=EndReason.STOPPED, actor="Practitioner/7"
        )
        assert refused(CARE_PLAN, status=status, author=author).startswith("period: ")
        assert refused(CARE_PLAN, status=status, period=period).startswith("author: ")


def _over(*categories: Any, patient: Any = None) -> Any:
    over = changed(
        CARE_PLAN,
        status="revoked",
        period={"start": "2026-01-05", "end": "2026-03-01"},
        author={"reference": "Practitioner/7"},
        category=[*CARE_PLAN["category"], *categories],
    )
    facts, *_ = read(bundle(over, *([patient] if patient else [])))
    assert isinstance(facts, Facts) and isinstance(facts.facts[0], TreatmentPlan)
    end = facts.facts[0].end
    assert end is not None
    return end.reason


@pytest.mark.parametrize("reason", list(EndReason))
def test_edge_33_death_transfer_and_opting_out_are_told_by_our_own_words(reason: EndReason) -> None:
    assert _over(coded((f"{OURS}:end-reason", reason.value))) is reason


@pytest.mark.parametrize(
    ("death", "reason"),
    [
        ({"deceasedBoolean": True}, EndReason.DIED),
        ({"deceasedDateTime": "2026-03-01"}, EndReason.DIED),
        ({"deceasedBoolean": False}, EndReason.STOPPED),
        ({}, EndReason.STOPPED),
    ],
)
def test_edge_33_a_plan_that_ended_with_the_patients_death_was_not_stopped(death: Any, reason: EndReason) -> None:
    assert _over(patient={"resourceType": "Patient", "id": "p-1", **death}) is reason


def test_edge_33_a_death_or_a_discharge_ends_no_plan_by_itself() -> None:
    """Who is sent home is treated on; and what ends a treatment for life is a plan with a day and an actor."""
    for kind, more in (("Patient", {"deceasedDateTime": "2026-03-01"}), ("Encounter", {"status": "finished"})):
        assert is_not_for_us({"resourceType": kind, "id": "p-1", **more})
    facts, _ = read(bundle(CARE_PLAN, {"resourceType": "Patient", "id": "p-1", "deceasedBoolean": True}))
    assert isinstance(facts, Facts) and isinstance(facts.facts[0], TreatmentPlan) and facts.facts[0].end is None


@pytest.mark.parametrize("year", [1900, 2027, 2100])
def test_edge_34_a_leap_day_that_is_none_is_refused(year: int) -> None:
    assert fact_of(CARE_PLAN, period={"start": "2028-02-29"}).time == ClinicalTime(date(2028, 2, 29))
    assert refused(CARE_PLAN, period={"start": f"{year}-02-29"}).startswith("period.start: ")
    assert refused(CARE_PLAN, period={"start": f"{year}-04-31"}).startswith("period.start: ")


@pytest.mark.parametrize("word", list(Pregnancy))
def test_edge_37_a_pregnancy_is_what_the_plan_says_and_else_unknown(word: Pregnancy) -> None:
    said = coded((f"{OURS}:pregnancy", word.value))
    assert fact_of(CARE_PLAN, category=[*CARE_PLAN["category"], said]).pregnancy is word
    assert fact_of(CARE_PLAN).pregnancy is Pregnancy.UNKNOWN


def test_edge_37_two_words_for_one_pregnancy_are_refused_and_a_condition_of_it_is_not_for_us() -> None:
    """Since when, and until when, a Condition seldom says: the plan says how it is now."""
    words = [coded((f"{OURS}:pregnancy", word)) for word in ("first-trimester", "not-pregnant")]
    assert refused(CARE_PLAN, category=[*CARE_PLAN["category"], *words]).startswith("category: ")
    assert is_not_for_us(CONDITION, code=coded((SCT, "77386006")), onsetDateTime=DROP)


def test_drafts_and_plans_without_a_regimen_are_not_for_us() -> None:
    assert is_not_for_us(CARE_PLAN, status="draft")
    assert is_not_for_us(CARE_PLAN, intent="proposal")
    assert is_not_for_us(CARE_PLAN, category=[coded((SCT, "734163000"))])
    assert isinstance(fact_of(CARE_PLAN, status="entered-in-error"), Withdrawal)
    assert refused(CARE_PLAN, status="entered-in-error", category=DROP).startswith("category: ")
    assert refused(CARE_PLAN, period=DROP).startswith("period: ")
