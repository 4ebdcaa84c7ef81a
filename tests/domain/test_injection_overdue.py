"""`injection-overdue`: sections 2 (R1, R2), 8.1, 8.3, 8.6; S2, S3, S5, S6, S20.  A limit date is allowed in full."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from domain.alerts import Alert
from domain.facts import (
    Cause,
    Fact,
    Finding,
    YesNoUnknown,
)
from domain.judgement import CannotTell, Fires, Judgement, Quiet, Severity
from domain.rules import injection_overdue as rule
from tests.kit import (
    INSTANT,
    Facts,
    alert_of,
    assess_at,
    assessment,
    cannot_tell,
    date_of,
    day,
    ended,
    every,
    evidence_ids,
    fires,
    injection,
    injections,
    judge_at,
    loading,
    midnight,
    on,
    plan,
    quiet,
    record_of,
    severity_of,
    withdrawal,
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


PLATEAU = Finding.NO_FURTHER_IMPROVEMENT


# --- the first dose ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("involvement", "grace_days"),
    [(YesNoUnknown.NO, 3), (YesNoUnknown.YES, 1), (YesNoUnknown.UNKNOWN, 1)],
)
def test_the_first_dose_is_overdue_after_three_days_or_one_where_nerves_may_be_involved(
    involvement: YesNoUnknown, grace_days: int
) -> None:
    fired = fires_exactly_from(midnight(grace_days + 1), plan(0, neurological_involvement=involvement))
    assert fired.severity is Severity.HIGH
    assert "no dose that counts is recorded" in fired.because


def test_the_first_dose_counts_from_the_plans_start_and_not_from_the_order() -> None:
    fires_exactly_from(midnight(14), plan(0, start=plan(10).time))


def test_a_plan_that_starts_on_a_day_without_hour_counts_from_that_day() -> None:
    fires_exactly_from(midnight(4), plan(date_of(0)))


# --- loading -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("regimen", "statement"), [("R1", "S2"), ("R2", "S5")])
def test_a_loading_dose_is_overdue_after_a_gap_of_three_days(regimen: str, statement: str) -> None:
    fired = fires_exactly_from(midnight(4), plan(0, regimen), injection(0))
    assert fired.severity is Severity.HIGH
    assert statement in fired.source
    assert "7 January 2026" in fired.because and "8 January 2026" in fired.because and "5 January 2026" in fired.because


def test_monday_wednesday_friday_is_on_time_over_the_weekend() -> None:
    facts: list[Fact] = [plan(0)]
    for n in range(14):
        if n in (0, 2, 4, 7, 9, 11):
            facts.append(injection(n))
        assert isinstance(judged(midnight(n + 1) - INSTANT, facts), Quiet)


def test_a_late_dose_resolves_and_the_gap_counts_from_it() -> None:
    facts = [plan(0), injection(0), injection(4)]
    assert isinstance(judged(day(4), facts), Quiet)
    fires_exactly_from(midnight(8), facts)


def test_five_doses_are_not_a_loading_and_six_are() -> None:
    five = [plan(0), *injections(0, 2, 4, 7, 9)]
    fires_exactly_from(midnight(13), five)
    assert isinstance(judged(midnight(13), five, injection(11)), Quiet)


def test_neither_time_nor_silence_nor_a_normal_finding_ends_a_loading_with_involvement() -> None:
    facts = [plan(0, "R1"), *injections(*range(0, 30, 2))]
    others = assessment(29, Finding.NEUROLOGY_RESOLVED, Finding.NEUROLOGY_UNCHANGED, Finding.LOADING_COMPLETE)
    fires_exactly_from(midnight(32), facts, others)
    assert isinstance(judged(midnight(32), facts, assessment(29, PLATEAU)), Quiet)


def test_a_plateau_dated_before_any_dose_ends_nothing() -> None:
    facts = [plan(0, "R1"), injection(1)]
    fires_exactly_from(midnight(5), facts, assessment(0, PLATEAU))


# --- maintenance -------------------------------------------------------------------------------------------------


def test_without_involvement_maintenance_is_overdue_after_three_calendar_months() -> None:
    assert date_of(11) == date(2026, 1, 16)
    fired = fires_exactly_from(midnight(on(2026, 4, 17)), plan(0), loading())
    assert fired.severity is Severity.MEDIUM
    assert "16 March 2026" in fired.because and "16 April 2026" in fired.because and "16 January 2026" in fired.because
    assert "S6" in fired.source


def test_with_involvement_maintenance_is_overdue_after_two_months_and_seven_days() -> None:
    fired = fires_exactly_from(
        midnight(on(2026, 4, 2)), plan(0, "R1"), injections(0, 2, on(2026, 1, 25)), assessment(21, PLATEAU)
    )
    assert fired.severity is Severity.HIGH
    assert "S3" in fired.source


def test_months_are_clamped_at_the_end_of_a_shorter_month() -> None:
    last = on(2025, 11, 30)
    start = on(2025, 11, 19)
    doses = injections(start, start + 2, start + 4, start + 6, start + 8, last)
    fires_exactly_from(midnight(on(2026, 3, 1)), plan(start), doses)  # 30 November + 3 months: 28 February in full
    last_of_may = on(2026, 5, 31)
    doses = injections(*(last_of_may - n for n in (10, 8, 6, 4, 2, 0)))
    fires_exactly_from(midnight(on(2026, 9, 1)), plan(last_of_may - 10), doses)


def test_the_limit_is_midnight_of_the_ward_and_not_of_utc() -> None:
    start = on(2026, 4, 27)
    doses = injections(*(start + n for n in (0, 2, 4, 7, 9, 11)))  # the last on 8 May, summer time
    assert midnight(on(2026, 8, 9)).isoformat() == "2026-08-08T23:00:00+00:00"
    fires_exactly_from(midnight(on(2026, 8, 9)), plan(start), doses)


def test_maintenance_becomes_high_when_28_days_have_passed_since_it_was_overdue() -> None:
    overdue = on(2026, 4, 17)
    facts = [plan(0), *loading()]
    assert severity_of(judged(midnight(overdue + 28) - INSTANT, facts)) is Severity.MEDIUM
    assert severity_of(judged(midnight(overdue + 28), facts)) is Severity.HIGH


def test_from_75_it_becomes_high_after_7_days() -> None:
    overdue = on(2026, 4, 17)
    older = [plan(0, birth_date=date(1951, 4, 24)), *loading()]  # 75 on the very day
    younger = [plan(0, birth_date=date(1951, 4, 25)), *loading()]
    assert severity_of(judged(midnight(overdue + 7) - INSTANT, older)) is Severity.MEDIUM
    assert severity_of(judged(midnight(overdue + 7), older)) is Severity.HIGH
    assert severity_of(judged(midnight(overdue + 7), younger)) is Severity.MEDIUM
    assert severity_of(judged(midnight(overdue + 8), younger)) is Severity.HIGH


@pytest.mark.parametrize(("days", "grace"), [(1, 1), (7, 1), (8, 2), (12, 3), (27, 6), (28, 7), (56, 7), (90, 7)])
def test_the_grace_of_an_individual_interval_is_a_quarter_but_one_to_seven_days(days: int, grace: int) -> None:
    fired = fires_exactly_from(midnight(11 + days + grace + 1), plan(0, interval=every(days=days)), loading())
    assert "S20" in fired.source


def test_an_individual_interval_of_a_month_replaces_the_window_of_two_to_three() -> None:
    fires_exactly_from(midnight(on(2026, 2, 24)), plan(0, interval=every(months=1)), loading())


def test_an_individual_interval_does_not_stretch_the_loading() -> None:
    fires_exactly_from(midnight(4), plan(0, interval=every(months=3)), injection(0))


# --- neurological involvement unknown ----------------------------------------------------------------------------


def test_after_dose_six_an_unknown_involvement_cannot_be_told_and_becomes_overdue_after_two_months_and_seven_days() -> (
    None
):
    facts = [plan(0, neurological_involvement=YesNoUnknown.UNKNOWN), *loading()]
    asked = cannot_tell(judged(day(11), facts))
    assert asked.severity is Severity.HIGH
    assert "neurological involvement" in asked.missing
    overdue = midnight(on(2026, 3, 24))  # 16 January + 2 months + 7 days, that day allowed in full
    assert isinstance(judged(overdue - INSTANT, facts), CannotTell)
    assert severity_of(judged(overdue, facts)) is Severity.HIGH
    assert isinstance(judged(overdue, facts), Fires)


def test_what_is_unknown_and_what_is_overdue_about_one_dose_are_one_alert() -> None:
    record = record_of(plan(0, neurological_involvement=YesNoUnknown.UNKNOWN), loading())
    unknown, overdue = (alert_of(rule, record, midnight(n)) for n in (on(2026, 3, 23), on(2026, 3, 24)))
    assert unknown.alert_id == overdue.alert_id
    assert unknown.kind != overdue.kind


def test_before_dose_six_an_unknown_involvement_changes_no_window() -> None:
    fires_exactly_from(midnight(13), plan(0, neurological_involvement=YesNoUnknown.UNKNOWN), injections(0, 2, 4, 7, 9))


def test_with_involvement_on_r2_the_prescribed_schedule_is_still_watched() -> None:
    involved = plan(0, "R2", neurological_involvement=YesNoUnknown.YES)
    assert fires_exactly_from(midnight(on(2026, 4, 17)), involved, loading()).severity is Severity.HIGH


# --- ends, new treatments, refusals ------------------------------------------------------------------------------


def test_nothing_is_scheduled_after_the_end() -> None:
    facts = [plan(0, end=ended(day(5))), injection(0)]
    assert isinstance(judged(day(5) - INSTANT, facts), Fires)
    assert isinstance(judged(day(5), facts), Quiet)


def test_a_new_plan_after_an_end_begins_a_loading_of_its_own() -> None:
    facts = [plan(0, end=ended(day(30))), *loading(), plan(40, fact_id="again")]
    fires_exactly_from(midnight(44), facts)
    fires_exactly_from(midnight(45), facts, injection(41))


def test_a_plan_that_restarts_begins_the_loading_again_and_a_mere_new_plan_does_not() -> None:
    facts = [plan(0), *loading()]
    assert isinstance(judged(day(50), facts, plan(40, fact_id="second")), Quiet)
    fires_exactly_from(midnight(44), facts, plan(40, fact_id="second", restarts=True))


def test_a_long_gap_is_no_new_treatment() -> None:
    far = on(2026, 12, 1)
    facts = [plan(0), *loading(), injection(far)]
    assert "1 March 2027" in quiet(judged(day(far + 3), facts)).because


def test_without_a_plan_nothing_is_guessed() -> None:
    quiet(judged(day(30), injection(0)))


def test_an_adult_regimen_is_not_applied_before_the_sixteenth_birthday() -> None:
    child = [plan(0, birth_date=date(2010, 1, 13))]
    asked = cannot_tell(judged(midnight(8) - INSTANT, child))
    assert "no regimen available" in asked.because
    assert isinstance(judged(midnight(8), child), Fires)


def test_a_regimen_that_is_not_held_is_said() -> None:
    asked = cannot_tell(judged(day(0), plan(0, "R9")))
    assert asked.severity is Severity.MEDIUM
    assert "'R9'" in asked.because


# --- what the alert says -----------------------------------------------------------------------------------------


def test_evidence_names_the_last_dose_with_all_its_charts_and_the_plan() -> None:
    nurse, pharmacy = injection(0, fact_id="nurse"), injection(day(0, 15), fact_id="pharmacy")
    fired = fires(judged(midnight(4), plan(0, fact_id="plan"), nurse, pharmacy))
    assert evidence_ids(fired) == {"nurse", "pharmacy", "plan"}


def test_the_episode_is_named_by_the_ward_day_of_the_last_dose() -> None:
    by_nurse = record_of(plan(0), injection(0, fact_id="nurse"))
    by_both = by_nurse.add(injection(day(0, 5), fact_id="night"), day(0))
    alerts: list[Alert] = [alert_of(rule, record, midnight(4)) for record in (by_nurse, by_both)]
    assert alerts[0].alert_id == alerts[1].alert_id
    assert alerts[0].episode == "after-dose:2026-01-05"


def test_a_withdrawn_dose_brings_the_overdue_dose_back() -> None:
    given = injection(4)
    record = record_of(plan(0), injection(0), given)
    assert isinstance(judge_at(rule, record, day(5)), Quiet)
    assert isinstance(judge_at(rule, record.add(withdrawal(given, 5), day(5)), day(5)), Fires)


def test_the_reason_names_no_age_that_grows() -> None:
    facts = [plan(0), injection(0)]
    assert fires(judged(midnight(4), facts)).because == fires(judged(midnight(60), facts)).because


def test_a_dose_in_the_future_counts_from_its_own_time() -> None:
    record = record_of(plan(0), injection(0)).add(injection(day(6)), known_at=day(1))
    assert isinstance(judge_at(rule, record, day(5)), Fires)
    assert isinstance(judge_at(rule, record, day(6) - INSTANT), Fires)
    assert isinstance(judge_at(rule, record, day(6)), Quiet)


@pytest.mark.parametrize(
    ("ahead", "counts_at_once"), [(timedelta(minutes=5), True), (timedelta(minutes=5, microseconds=1), False)]
)
def test_a_dose_at_most_five_minutes_ahead_of_the_partition_counts_at_once(
    ahead: timedelta, counts_at_once: bool
) -> None:
    record = record_of(plan(0), injection(0)).add(injection(day(5) + ahead), known_at=day(5))
    assert isinstance(judge_at(rule, record, day(5)), Quiet if counts_at_once else Fires)


def test_a_dietary_cause_changes_no_window() -> None:
    fires_exactly_from(midnight(on(2026, 4, 17)), plan(0, cause=Cause.DIETARY), loading())


def test_what_is_coming_names_the_window() -> None:
    (coming,) = (
        text for text in assess_at(record_of(plan(0), injection(0)), day(1)).situation.coming if "injection" in text
    )
    assert coming == "injection due on 7 January 2026, allowed until 8 January 2026"
