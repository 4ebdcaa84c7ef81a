"""Malabsorption, for life, treated by mouth without a word why (S11)."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from domain.facts import Cause, ConditionCode, EndReason, EnteredAs, OralReason
from domain.judgement import Fires, Judgement, Quiet, Severity
from domain.rules import malabsorption_without_injections as rule
from tests.kit import (
    INSTANT,
    Facts,
    alert_of,
    condition,
    date_of,
    day,
    ended,
    evidence_ids,
    fires,
    judge_at,
    loading,
    plan,
    quiet,
    record_of,
    when,
)

BY_MOUTH = plan(0, "R7", fact_id="plan")


def judged(at: datetime, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(*facts), at)


def test_it_fires_as_soon_as_the_plan_is_known() -> None:
    said = fires(judged(day(0), BY_MOUTH))
    assert (said.severity, said.since, said.episode) == (Severity.HIGH, day(0), "treatment:plan")
    assert "pernicious-anaemia is recorded, and treatment is by mouth (R7)" in said.because
    assert evidence_ids(said) == {"plan"}


@pytest.mark.parametrize("cause", Cause)
def test_three_causes_are_malabsorption(cause: Cause) -> None:
    needs = {Cause.PERNICIOUS_ANAEMIA, Cause.MALABSORPTION, Cause.GASTRECTOMY}
    assert isinstance(judged(day(0), plan(0, "R7", cause=cause)), Fires) is (cause in needs)


@pytest.mark.parametrize("code", ConditionCode)
def test_so_are_three_conditions_on_record(code: ConditionCode) -> None:
    facts = [plan(0, "R7", cause=Cause.OTHER, fact_id="plan"), condition(-400, code, fact_id="known")]
    said = judged(day(0), facts)
    if code in (ConditionCode.PERNICIOUS_ANAEMIA, ConditionCode.MALABSORPTION, ConditionCode.GASTRECTOMY):
        assert evidence_ids(said) == {"plan", "known"}
        assert fires(said).since == day(0) and f"{code} is recorded" in fires(said).because
    else:
        assert "no malabsorption is recorded" in quiet(said).because


def test_a_condition_that_is_found_later_counts_from_then_and_one_that_is_over_does_not() -> None:
    treated = plan(0, "R7", cause=Cause.UNKNOWN)
    found = [treated, condition(9, ConditionCode.GASTRECTOMY)]
    assert isinstance(judged(day(9) - INSTANT, found), Quiet)
    assert fires(judged(day(9), found)).since == day(9)
    assert isinstance(judged(day(9), treated, condition(0, ConditionCode.MALABSORPTION, end=8)), Quiet)


@pytest.mark.parametrize("reason", OralReason)
def test_any_reason_in_the_plan_is_a_decision(reason: OralReason) -> None:
    assert str(reason) in quiet(judged(day(0), plan(0, "R7", oral_reason=reason))).because


@pytest.mark.parametrize("code", ["R6c", "R7", "R7b", "R8a"])
def test_every_regimen_by_mouth_is_meant(code: str) -> None:
    assert isinstance(judged(day(0), plan(0, code)), Fires)


@pytest.mark.parametrize("code", ["R1", "R2", "R5", "R6a", "R8b", "R6", "R99"])
def test_injections_and_regimens_that_are_not_held_are_not(code: str) -> None:
    assert "not one by mouth" in quiet(judged(day(0), plan(0, code))).because


@pytest.mark.parametrize("cause", [Cause.DIETARY, Cause.REVERSIBLE])
def test_a_treatment_that_is_not_for_life_is_left_to_another_rule(cause: Cause) -> None:
    facts = [plan(0, "R7", cause=cause), condition(-9, ConditionCode.MALABSORPTION)]
    assert "not for life" in quiet(judged(day(0), facts)).because


def test_a_change_to_tablets_counts_from_the_plan_that_changed_it() -> None:
    changed = [plan(0, "R2", fact_id="plan"), *loading(), plan(100, "R7", fact_id="tablets")]
    assert isinstance(judged(day(100) - INSTANT, changed), Quiet)
    said = fires(judged(day(100), changed))
    assert (said.since, said.episode) == (day(100), "treatment:plan")
    assert isinstance(judged(day(120), changed, plan(110, "R2")), Quiet)


def test_it_stands_since_the_first_plan_that_was_wrong_in_this_way() -> None:
    unknown, known = plan(0, "R7", fact_id="plan", cause=Cause.UNKNOWN), plan(5, "R7", fact_id="later")
    assert fires(judged(day(9), unknown, known)).since == day(5)
    assert fires(judged(day(9), BY_MOUTH, plan(5, "R6c"))).since == day(0)
    explained = plan(3, "R7", oral_reason=OralReason.PATIENT_PREFERENCE)
    assert fires(judged(day(9), BY_MOUTH, explained, plan(5, "R6c"))).since == day(5)


def test_it_is_one_alert_until_the_reason_is_recorded() -> None:
    before = alert_of(rule, record_of(BY_MOUTH), day(1))
    after = alert_of(rule, record_of(BY_MOUTH, plan(5, "R6c", fact_id="other")), day(6))
    assert before.alert_id == after.alert_id
    corrected = plan(0, "R7", fact_id="plan", version=2, oral_reason=OralReason.PRESCRIBER_DECISION)
    assert isinstance(judged(day(1), BY_MOUTH, corrected), Quiet)


@pytest.mark.parametrize("entered_as", EnteredAs)
def test_it_is_no_question_about_the_start(entered_as: EnteredAs) -> None:
    entered = plan(0, "R7", entered_as=entered_as, treatment_started=date_of(-900))
    assert isinstance(judged(day(0), entered), Fires)


def test_it_is_quiet_without_a_plan_after_the_end_and_for_a_child() -> None:
    assert isinstance(judged(day(0), condition(-9, ConditionCode.PERNICIOUS_ANAEMIA)), Quiet)
    over = plan(0, "R7", end=ended(day(5), EndReason.OPTED_OUT))
    assert isinstance(judged(day(5) - INSTANT, over), Fires)
    assert isinstance(judged(day(5), over), Quiet)
    assert isinstance(judged(day(0), plan(0, "R7", birth_date=date(2015, 1, 1))), Quiet)


def test_a_plan_that_starts_later_is_judged_when_it_is_in_force() -> None:
    facts = [plan(0, "R2"), plan(1, "R7", start=when(5))]
    assert isinstance(judged(day(5) - INSTANT, facts), Quiet)
    assert isinstance(judged(day(5), facts), Fires)
