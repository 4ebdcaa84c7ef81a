"""Where B12 has to come first, and which B12 counts (sections 8.1 and 8.7), asked through folic-acid-before-b12."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from domain.facts import (
    Action,
    AdministrationStatus,
    Comparator,
    Drug,
    EnteredAs,
    Fact,
    Route,
)
from domain.judgement import Fires, Judgement, Quiet, Severity
from domain.rules import folic_acid_before_b12 as rule
from tests.kit import (
    INSTANT,
    Facts,
    action,
    active_b12,
    date_of,
    day,
    ended,
    evidence_ids,
    fires,
    folic_acid,
    injection,
    judge_at,
    midnight,
    oral,
    order,
    plan,
    quiet,
    record_of,
    severity_of,
    vitamin_b12,
    when,
)


def judged(at: datetime, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(*facts), at)


# --- which B12 counts -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "no_b12",
    [
        injection(0, status=AdministrationStatus.NOT_DONE),
        injection(0, "0"),
        injection(0, "5000000", route=Route.INTRAVENOUS),  # the antidote
        order(0, Drug.HYDROXOCOBALAMIN),
        injection(-24),  # before the days that are looked at, which begin 28 days before the B12 of day 5
    ],
)
def test_what_is_no_dose_of_b12_does_not_answer(no_b12: Fact) -> None:
    early = vitamin_b12(5, 150)
    assert severity_of(judged(day(7), no_b12, early, folic_acid(6))) is Severity.CRITICAL


@pytest.mark.parametrize("b12", [oral(1), oral(1, None), injection(1, 100), injection(1, reported=True)])
def test_b12_by_any_route_in_any_amount_is_b12(b12: Fact) -> None:
    assert isinstance(judged(day(3), plan(0), b12, folic_acid(2)), Quiet)


@pytest.mark.parametrize(
    ("b12", "severity"),
    [
        (injection(-28), None),
        (injection(-29), Severity.CRITICAL),
        (injection(-20, "2000"), None),
        (injection(-20, "2001"), Severity.CRITICAL),
        (oral(-20, "0.4"), None),
        (action(0, Action.GIVEN_ELSEWHERE, dose_time=when(date_of(-28))), None),
        (action(0, Action.GIVEN_ELSEWHERE, dose_time=when(date_of(-29))), Severity.CRITICAL),
        (action(0, Action.ACKNOWLEDGED), Severity.CRITICAL),
    ],
)
def test_b12_of_the_days_that_are_looked_at_counts_also_where_somebody_told_of_it(
    b12: Fact, severity: Severity | None
) -> None:
    assert severity_of(judged(day(2), plan(0), b12, folic_acid(1))) is severity


def test_the_one_who_was_told_of_a_dose_is_the_evidence() -> None:
    facts = [plan(0), folic_acid(0), action(2, Action.GIVEN_ELSEWHERE, dose_time=when(1), fact_id="told")]
    assert "told" in evidence_ids(fires(judged(day(3), facts)))


# --- when the question is asked ----------------------------------------------------------------------------------


def test_without_plan_and_without_deficient_b12_nobody_asks() -> None:
    assert "no plan" in quiet(judged(day(1), folic_acid(0))).because
    assert isinstance(judged(day(1), folic_acid(0), vitamin_b12(0, 180)), Quiet)


@pytest.mark.parametrize(
    "deficient",
    [
        vitamin_b12(0, "179.9"),
        vitamin_b12(0, 180, comparator=Comparator.LESS),
        vitamin_b12(0, "132.8", unit="pmol/L"),
        vitamin_b12(0, 190, low=200),
        active_b12(0, "24.9"),
    ],
)
def test_a_deficient_b12_raises_the_question_without_a_plan(deficient: Fact) -> None:
    judgement = fires(judged(day(2), deficient, folic_acid(1, fact_id="folic")))
    assert judgement.severity is Severity.CRITICAL
    assert judgement.since == day(1)
    assert evidence_ids(judgement) == {"folic", deficient.fact_id}


@pytest.mark.parametrize(
    "other",
    [vitamin_b12(0, 180), vitamin_b12(0, 133, unit="pmol/L"), vitamin_b12(0, 150, low=145), active_b12(0, 25)],
)
def test_a_b12_that_is_not_deficient_raises_none(other: Fact) -> None:
    assert isinstance(judged(day(2), other, folic_acid(1)), Quiet)


def test_a_deficient_b12_raises_the_question_for_90_days() -> None:
    facts = [vitamin_b12(0, 150), folic_acid(20)]
    assert isinstance(judged(midnight(91) - INSTANT, facts), Fires)
    assert isinstance(judged(midnight(91), facts), Quiet)
    again = vitamin_b12(60, 160)
    assert isinstance(judged(midnight(91), facts, again), Quiet), "the folic acid is older than 28 days before it"
    assert isinstance(judged(midnight(91), facts, again, folic_acid(32)), Fires)


@pytest.mark.parametrize(("taken", "answer"), [(-29, Quiet), (-28, Fires)])
def test_it_looks_back_28_days_before_the_plan(taken: int, answer: type[Judgement]) -> None:
    assert isinstance(judged(day(1), plan(0), folic_acid(taken)), answer)


@pytest.mark.parametrize(("taken", "answer"), [(-38, Quiet), (-37, Fires)])
def test_it_looks_back_28_days_before_the_earlier_of_plan_and_deficient_b12(
    taken: int, answer: type[Judgement]
) -> None:
    facts = [plan(0), vitamin_b12(-9, 150), folic_acid(taken)]
    assert isinstance(judged(day(1), facts), answer)


@pytest.mark.parametrize(("sampled", "answer"), [(-91, Quiet), (-90, Fires)])
def test_a_deficient_b12_up_to_90_days_before_the_plan_counts(sampled: int, answer: type[Judgement]) -> None:
    assert isinstance(judged(day(1), plan(0), vitamin_b12(sampled, 150), folic_acid(-60)), answer)


@pytest.mark.parametrize(("total", "active"), [(-9, 5), (5, -9)])
def test_of_two_deficient_results_the_earlier_one_asks(total: int, active: int) -> None:
    facts = [vitamin_b12(total, 150), active_b12(active, 20)]
    assert isinstance(judged(day(9), facts, folic_acid(-37)), Fires)
    assert isinstance(judged(day(9), facts, folic_acid(-38)), Quiet)


def test_a_plan_that_is_to_start_later_asks_from_the_time_at_which_it_was_made() -> None:
    facts = [plan(0, start=when(40)), folic_acid(-28)]
    assert isinstance(judged(day(1), facts), Fires)


def test_what_stood_before_the_patient_was_enrolled_is_asked_since_then() -> None:
    record = record_of(folic_acid(-20)).add(plan(0), day(0, 12))
    assert fires(judge_at(rule, record, day(1))).since == day(0, 12)


@pytest.mark.parametrize("entered_as", [EnteredAs.MAINTENANCE, EnteredAs.LIFELONG])
def test_who_came_to_us_after_the_start_is_not_asked(entered_as: EnteredAs) -> None:
    facts = [plan(0, entered_as=entered_as), folic_acid(1)]
    assert "came to us after the start" in quiet(judged(day(2), facts)).because


def test_the_end_of_the_treatment_and_an_age_under_16_are_quiet() -> None:
    assert isinstance(judged(day(3), plan(0, end=ended(2)), folic_acid(1)), Quiet)
    assert isinstance(judged(day(3), plan(0, birth_date=date(2015, 1, 1)), folic_acid(1)), Quiet)


# --- patients in mid-course --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "folic", "severity"),
    [
        ({"treatment_started": date_of(-10)}, day(-9), None),
        ({"treatment_started": date_of(-10)}, day(-10), Severity.MEDIUM),
        ({"treatment_started": date_of(-10)}, day(-11), Severity.INFO),
        ({"loading_doses_given": 2, "last_dose": date_of(-3)}, day(-2), None),
        ({"loading_doses_given": 2, "last_dose": date_of(-3)}, day(-4), Severity.MEDIUM),
        ({"loading_doses_given": 2}, day(0), None),
        ({"loading_doses_given": 2}, day(-2), Severity.MEDIUM),
        ({}, day(-1), Severity.MEDIUM),
    ],
)
def test_a_plan_that_tells_of_doses_before_it_answers_as_far_as_it_goes(
    told: dict[str, Any], folic: datetime, severity: Severity | None
) -> None:
    facts = [plan(0, entered_as=EnteredAs.LOADING, **told), folic_acid(folic), injection(1)]
    assert severity_of(judged(day(2), facts)) is severity


def test_of_one_who_came_in_loading_the_question_stood_since_the_deficient_b12() -> None:
    came = plan(0, entered_as=EnteredAs.LOADING, treatment_started=date_of(-1), last_dose=date_of(-1))
    note = judged(day(1), came, vitamin_b12(-10, 150), folic_acid(-3))
    assert not isinstance(note, Quiet)
    assert (note.severity, note.since) == (Severity.INFO, day(-3))
