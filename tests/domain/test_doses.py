"""Which doses count, and what they do to the clock: sections 8.1 and 8.3, seen through `injection-overdue`."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from domain.facts import (
    Action,
    AdministrationStatus,
    DosesGivenBy,
    Drug,
    EnteredAs,
    Fact,
    Route,
)
from domain.judgement import Fires, Judgement, Quiet, Severity
from domain.record import Record
from domain.rules import injection_overdue as rule
from domain.words import fact_text
from tests.kit import (
    INSTANT,
    Facts,
    action,
    alert_of,
    assess_at,
    cannot_tell,
    case_at,
    date_of,
    day,
    evidence_ids,
    fires,
    injection,
    injections,
    judge_at,
    loading,
    midnight,
    on,
    oral,
    plan,
    quiet,
    record_of,
    severity_of,
    when,
)


def judged(at: datetime, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(*facts), at)


def fires_exactly_from(instant: datetime, *facts: Facts) -> Fires:
    """Quiet one instant before, firing at it; what it says a moment after."""
    assert isinstance(judged(instant - INSTANT, *facts), Quiet)
    fired = fires(judged(instant, *facts))
    assert fired.since == instant
    assert isinstance(judged(instant + INSTANT, *facts), Fires)
    return fired


# --- what counts as a dose ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "counts"),
    [
        ({"ug": 500}, True),
        ({"ug": "499.9"}, False),
        ({"ug": 2000}, True),
        ({"ug": 2001}, False),
        ({"ug": None}, True),
        ({"drug": Drug.CYANOCOBALAMIN}, True),
        ({"drug": Drug.METHYLCOBALAMIN, "route": Route.SUBCUTANEOUS}, True),
        ({"drug": Drug.RED_CELLS}, False),
        ({"route": Route.SUBCUTANEOUS}, True),
        ({"route": Route.ORAL}, False),
        ({"route": Route.INTRAVENOUS, "ug": 5_000_000}, False),
        ({"status": AdministrationStatus.NOT_DONE}, False),
        ({"status": AdministrationStatus.STOPPED}, False),
        ({"status": AdministrationStatus.IN_PROGRESS}, False),
        ({"status": AdministrationStatus.UNKNOWN}, False),
    ],
)
def test_only_a_completed_parenteral_cobalamin_of_half_the_dose_up_to_two_milligrams_moves_the_clock(
    told: dict[str, Any], counts: bool
) -> None:
    facts: list[Fact] = [plan(0), injection(0), injection(2, **told)]
    assert isinstance(judged(midnight(4), facts), Quiet if counts else Fires)


def test_two_charts_of_one_ward_day_are_one_dose() -> None:
    twice = [plan(0), *loading()[:5], injection(day(9, 18))]
    fires_exactly_from(midnight(13), twice)
    assert isinstance(judged(midnight(13), twice, injection(11)), Quiet)


def test_the_two_sides_of_a_ward_midnight_are_two_doses() -> None:
    facts = [plan(0), *injections(0, 2, 4, 7), injection(midnight(10) - INSTANT), injection(midnight(10))]
    assert "15 April 2026" in quiet(judged(day(11), facts)).because  # six doses: maintenance from 15 January


def test_doses_from_28_days_before_the_plan_count_and_older_ones_are_history() -> None:
    assert "due on 5 January 2026" in quiet(judged(day(0), plan(0), injection(-29))).because
    assert "last dose known is of 8 December 2025" in fires(judged(day(0), plan(0), injection(-28))).because


# --- reported doses, given elsewhere -----------------------------------------------------------------------------


def test_a_reported_dose_moves_the_window_and_never_counts_towards_loading() -> None:
    facts = [plan(0), *injections(0, 2, 4, 7, 9), injection(11, reported=True)]
    fired = fires_exactly_from(midnight(15), facts)
    assert fired.severity is Severity.HIGH
    assert any("(reported)" in fact_text(evidence) for evidence in fired.evidence)


def test_given_elsewhere_moves_the_window_from_the_day_it_names() -> None:
    facts = [plan(0), *loading()]
    told = action(on(2026, 4, 20), Action.GIVEN_ELSEWHERE, dose_time=plan(on(2026, 3, 20)).time)
    fired = fires_exactly_from(midnight(on(2026, 6, 21)), facts, told)
    assert "20 March 2026" in fired.because
    assert told.fact_id in evidence_ids(fired)


def test_given_elsewhere_without_a_day_moves_nothing() -> None:
    fires_exactly_from(midnight(on(2026, 4, 17)), plan(0), loading(), action(90, Action.GIVEN_ELSEWHERE))


def test_where_doses_are_given_elsewhere_it_asks_for_confirmation_and_does_not_say_overdue() -> None:
    facts = [plan(0, doses_given_by=DosesGivenBy.ELSEWHERE), *loading()]
    limit = midnight(on(2026, 4, 17))
    assert isinstance(judged(limit - INSTANT, facts), Quiet)
    asked = cannot_tell(judged(limit, facts))
    assert asked.severity is Severity.MEDIUM
    assert "confirm" in asked.because and "overdue" not in asked.because
    assert severity_of(judged(limit + timedelta(days=200), facts)) is Severity.MEDIUM


# --- entered in mid-course ---------------------------------------------------------------------------------------


def test_entered_in_maintenance_the_window_counts_from_the_last_dose_that_the_plan_tells() -> None:
    entered = plan(0, entered_as=EnteredAs.MAINTENANCE, last_dose=date(2025, 12, 1))
    fired = fires_exactly_from(midnight(on(2026, 3, 2)), entered)
    assert evidence_ids(fired) == {entered.fact_id}


@pytest.mark.parametrize("entered_as", list(EnteredAs))
def test_entered_without_a_last_dose_it_cannot_tell(entered_as: EnteredAs) -> None:
    asked = cannot_tell(judged(day(0), plan(0, entered_as=entered_as)))
    assert asked.severity is Severity.MEDIUM
    assert asked.missing == "the day of the last dose"


def test_a_concern_that_was_due_before_the_enrolment_is_standing() -> None:
    overdue = record_of(plan(0, entered_as=EnteredAs.MAINTENANCE, last_dose=date(2025, 10, 4)))
    assert alert_of(rule, overdue, day(0)).standing  # allowed until 4 January
    on_time = record_of(plan(0, entered_as=EnteredAs.MAINTENANCE, last_dose=date(2025, 10, 5)))
    assert not alert_of(rule, on_time, midnight(1)).standing


def test_the_enrolment_is_when_the_first_plan_became_known_and_not_its_date() -> None:
    late = Record("patient-1").add(plan(0), known_at=midnight(4) + INSTANT)
    in_time = Record("patient-1").add(plan(0), known_at=midnight(4))
    assert alert_of(rule, late, day(5)).standing
    assert not alert_of(rule, in_time, day(5)).standing


def test_loading_doses_that_the_plan_tells_count() -> None:
    entered = plan(7, entered_as=EnteredAs.LOADING, loading_doses_given=4, last_dose=date_of(6))
    assert isinstance(judged(day(9), entered, injections(8)), Quiet)
    fires_exactly_from(midnight(12), entered, injections(8))
    assert isinstance(judged(midnight(12), entered, injections(8, 10)), Quiet)


# --- remarks -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"ug": 2001}, "more than 2000 ug"),
        ({"ug": 499}, "less than 500 ug"),
        ({"ug": None}, "its amount is not stated"),
        ({"route": Route.INTRAVENOUS}, "its route is intravenous"),
        ({"route": Route.UNKNOWN}, "its route is not stated"),
        ({"route": Route.UNKNOWN, "drug": Drug.CYANOCOBALAMIN}, "its route is unknown"),
        ({"status": AdministrationStatus.STOPPED}, "its status is stopped"),
    ],
)
def test_a_dose_that_counts_with_a_doubt_or_not_at_all_is_said(told: dict[str, Any], words: str) -> None:
    record = record_of(plan(0), injection(0, fact_id="doubtful", **told))
    (remark,) = assess_at(record, day(1)).situation.remarks
    assert "doubtful" in remark and words in remark


@pytest.mark.parametrize("told", [{}, {"route": Route.ORAL}, {"status": AdministrationStatus.NOT_DONE}])
def test_a_plain_dose_an_oral_one_and_a_refused_one_need_no_remark(told: dict[str, Any]) -> None:
    assert assess_at(record_of(plan(0), injection(0, **told)), day(1)).situation.remarks == ()


def test_a_fact_far_ahead_is_said_until_its_time_comes() -> None:
    record = record_of(plan(0)).add(injection(30, fact_id="early"), known_at=day(0))
    (remark,) = assess_at(record, day(30) - INSTANT).situation.remarks
    assert "early" in remark and "future" in remark
    assert assess_at(record, day(30) - INSTANT).next_review_at == day(30)
    assert assess_at(record, day(30)).situation.remarks == ()


def test_an_amended_plan_keeps_the_time_at_which_the_patient_was_enrolled() -> None:
    overdue = record_of(plan(0, fact_id="plan"))
    amended = overdue.add(plan(0, fact_id="plan", version=2), known_at=day(30))
    assert not alert_of(rule, amended, day(31)).standing


# --- at the edges ------------------------------------------------------------------------------------------------


def test_a_second_chart_of_a_later_day_belongs_to_the_dose_of_that_day() -> None:
    given = [injection(0, fact_id="first"), injection(2, fact_id="nurse"), injection(day(2, 11), fact_id="pharmacy")]
    doses = case_at(record_of(plan(0), given), day(3)).doses
    assert [(dose.day, [fact.fact_id for fact in dose.facts]) for dose in doses] == [
        (date_of(0), ["first"]),
        (date_of(2), ["nurse", "pharmacy"]),
    ]


def test_of_two_charts_of_a_day_one_that_is_enough_for_the_new_regimen_loads() -> None:
    small = injection(0, 100, drug=Drug.CYANOCOBALAMIN, fact_id="small")
    changed = [plan(0, "R3"), small, plan(1, "R2", fact_id="changed")]
    assert case_at(record_of(changed), day(1)).loading_doses == 0
    assert case_at(record_of(changed, injection(day(0, 11), fact_id="large")), day(1)).loading_doses == 1


@pytest.mark.parametrize(("given", "count"), [(-2, 2), (-1, 2), (0, 3), (1, 3)])
def test_where_no_last_dose_is_told_doses_from_the_day_of_the_plan_on_come_on_top(given: int, count: int) -> None:
    entered = plan(0, entered_as=EnteredAs.LOADING, loading_doses_given=2)
    assert case_at(record_of(entered, injection(given)), day(2)).loading_doses == count


def test_a_dose_given_elsewhere_counts_from_its_very_instant() -> None:
    said = action(1, Action.GIVEN_ELSEWHERE, "some", dose_time=when(day(1)))
    record = record_of(plan(0), said)
    assert [dose.day for dose in case_at(record, day(1)).reported] == [date_of(1)]


@pytest.mark.parametrize(("taken", "begins"), [(-28, True), (-29, False)])
def test_a_dose_by_mouth_of_the_first_day_that_belongs_to_the_treatment_begins_it(taken: int, begins: bool) -> None:
    case = case_at(record_of(plan(0, "R7"), oral(taken)), day(1))
    assert (case.dosing.by_mouth is not None) is begins
