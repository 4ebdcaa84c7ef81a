"""A dose that came before its window opened (section 2)."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from domain.facts import Drug, EnteredAs, Finding, YesNoUnknown
from domain.judgement import Fires, Judgement, Quiet, Severity
from domain.rules import dose_early as rule
from tests.kit import (
    INSTANT,
    Facts,
    alert_of,
    assessment,
    date_of,
    day,
    ended,
    every,
    evidence_ids,
    fires,
    haemoglobin,
    injection,
    injections,
    judge_at,
    loading,
    midnight,
    oral,
    plan,
    quiet,
    record_of,
    withdrawal,
)

PLAN = plan(0, fact_id="plan")
OPENS = 70  # two months after the sixth dose, which is of 16 January


def judged(at: datetime, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(*facts), at)


def test_a_maintenance_dose_before_its_window_is_a_note() -> None:
    said = fires(judged(day(OPENS), PLAN, loading(), injection(OPENS - 1, fact_id="early")))
    assert (said.severity, said.since, said.episode) == (Severity.INFO, day(OPENS - 1), "dose:2026-03-15")
    assert "after one of 16 January 2026: its window opened on 16 March 2026" in said.because
    assert "an early dose is no danger" in said.wanted
    assert evidence_ids(said) == {"plan", "early"}
    on_time = quiet(judged(day(OPENS), PLAN, loading(), injection(OPENS)))
    assert "the last dose was not early" in on_time.because


def test_it_is_told_for_four_weeks_and_until_the_next_dose() -> None:
    facts = [PLAN, *loading(), injection(40)]
    assert isinstance(judged(midnight(69) - INSTANT, facts), Fires)
    assert "no dose of late" in quiet(judged(midnight(69), facts)).because
    assert isinstance(judged(midnight(12), PLAN, loading()), Quiet)


def test_the_dose_that_completes_the_loading_is_not_one_of_maintenance() -> None:
    assert isinstance(judged(day(11), PLAN, loading()), Quiet)
    assert isinstance(judged(day(15), PLAN, loading(), injection(15)), Fires)


def test_an_individual_interval_has_its_own_window() -> None:
    planned = plan(0, interval=every(days=28))
    assert isinstance(judged(day(40), planned, loading(), injection(32)), Quiet)
    assert isinstance(judged(day(40), planned, loading(), injection(31)), Fires)


def test_loading_doses_are_measured_by_their_own_step() -> None:
    weekly = plan(0, "R2-SPC")
    first = injections(0, 2, 4, 6, 8, 10, 12, 14)
    assert isinstance(judged(day(20), weekly, first, injection(19)), Quiet)
    assert isinstance(judged(day(20), weekly, first, injection(18)), Fires)
    assert isinstance(judged(day(20), weekly, injections(0, 1, 2)), Quiet)


def test_where_one_more_dose_might_have_belonged_to_the_step_before_its_window_had_opened() -> None:
    weekly, complete = plan(0, "R2-SPC"), injections(0, 2, 4, 6)
    assert isinstance(judged(day(10), weekly, complete, injection(9)), Quiet)
    assert isinstance(judged(day(14), weekly, complete, injection(9), injection(13)), Fires)
    assert isinstance(judged(day(14), weekly, complete, injection(9), injection(14)), Quiet)


def test_the_third_step_of_cyanocobalamin_opens_after_three_days_where_the_second_is_complete() -> None:
    days = [*range(6), *range(7, 20, 2)]
    doses = [injection(n, 100, drug=Drug.CYANOCOBALAMIN) for n in (*days, 22)]
    treated = plan(0, "R3")
    assert isinstance(judged(day(25), treated, doses, injection(24, 100, drug=Drug.CYANOCOBALAMIN)), Fires)
    assert isinstance(judged(day(25), treated, doses, injection(25, 100, drug=Drug.CYANOCOBALAMIN)), Quiet)


def test_a_normal_haemoglobin_that_makes_a_treatment_lifelong_changes_no_window() -> None:
    facts = [PLAN, *loading(), haemoglobin(75, 140)]
    assert isinstance(judged(day(76), facts, injection(OPENS - 1)), Fires)
    assert isinstance(judged(day(76), facts, injection(OPENS)), Quiet)


def test_a_plateau_ends_the_short_intervals() -> None:
    facts = [plan(0, "R1"), *injections(*range(0, 21, 2)), assessment(21, Finding.NO_FURTHER_IMPROVEMENT)]
    assert isinstance(judged(day(21), facts), Quiet)
    assert "after one of 25 January 2026" in fires(judged(day(22), facts, injection(22))).because


def test_while_involvement_is_unknown_more_loading_doses_are_not_early() -> None:
    unknown = plan(0, neurological_involvement=YesNoUnknown.UNKNOWN)
    assert isinstance(judged(day(14), unknown, loading(), injection(13)), Quiet)


def test_the_dose_before_may_be_reported_or_told_by_the_entering_plan() -> None:
    came = plan(0, entered_as=EnteredAs.MAINTENANCE, last_dose=date_of(-20), fact_id="plan")
    assert "after one of 16 December 2025" in fires(judged(day(9), came, injection(5))).because
    reported = injection(-2, reported=True)
    assert "after one of 3 January 2026" in fires(judged(day(9), came, reported, injection(5))).because
    assert isinstance(judged(day(9), plan(0, entered_as=EnteredAs.MAINTENANCE), injection(5)), Quiet)
    on_time = [PLAN, *loading(), injection(OPENS, fact_id="dose"), injection(OPENS, reported=True, fact_id="told")]
    assert isinstance(judged(day(OPENS), on_time), Quiet)
    later = [came, injection(5), injection(8, reported=True)]
    assert "after one of 16 December 2025" in fires(judged(day(9), later)).because


def test_loading_doses_that_the_entering_plan_tells_count() -> None:
    came = plan(0, "R3", entered_as=EnteredAs.LOADING, loading_doses_given=19, last_dose=date_of(-1))
    cyanocobalamin = injection(0, 100, drug=Drug.CYANOCOBALAMIN)
    assert isinstance(judged(day(1), came, cyanocobalamin), Fires)


def test_a_dose_under_an_earlier_plan_and_a_loading_by_two_regimens_are_not_judged() -> None:
    changed = plan(45, "R6a", fact_id="changed")
    assert isinstance(judged(day(50), PLAN, loading(), injection(40), changed), Quiet)
    assert isinstance(judged(day(50), PLAN, loading(), changed, injection(46)), Fires)
    weekly = plan(14, "R2-SPC")
    assert isinstance(
        judged(day(18), plan(0, "R1"), injections(0, 2, 4, 6, 8, 10, 12, 14), weekly, injection(16)), Quiet
    )


def test_two_doses_within_hours_are_left_to_another_rule() -> None:
    facts = [PLAN, *loading(), injection(day(OPENS, 23.5)), injection(day(OPENS + 1, 0.5))]
    assert "dose-doubled" in quiet(judged(day(OPENS + 2), facts)).because


@pytest.mark.parametrize(("code", "is_told"), [("R7", False), ("R7b", True)])
def test_of_tablets_only_those_with_windows_are_looked_at(code: str, is_told: bool) -> None:
    assert isinstance(judged(day(21), plan(0, code), oral(0), oral(20)), Fires) is is_told


def test_it_is_one_note_while_older_facts_come_and_none_after_a_withdrawal() -> None:
    facts = [PLAN, *loading(), injection(40, fact_id="early")]
    alerts = [alert_of(rule, record_of(facts, late), day(41)) for late in ([], injections(13))]
    assert len({alert.alert_id for alert in alerts}) == 1
    assert isinstance(judged(day(41), facts, withdrawal("early", 41)), Quiet)


def test_it_is_quiet_without_a_plan_after_the_end_and_for_a_child() -> None:
    assert isinstance(judged(day(41), loading(), injection(40)), Quiet)
    for over in (plan(0, end=ended(41)), plan(0, birth_date=date(2015, 1, 1)), plan(0, "R99")):
        assert isinstance(judged(day(41), over, loading(), injection(40)), Quiet)


@pytest.mark.parametrize(("given_on", "is_early"), [(12, False), (14, False), (15, True)])
def test_one_dose_more_in_the_rhythm_of_the_loading_is_one_of_the_loading(given_on: int, is_early: bool) -> None:
    facts = [PLAN, *loading(), injection(given_on)]
    assert isinstance(judged(day(given_on), facts), Fires if is_early else Quiet)


def test_a_second_dose_more_is_early() -> None:
    assert isinstance(judged(day(16), PLAN, loading(), injections(14, 16)), Fires)
