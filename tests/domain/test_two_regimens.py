"""Two plans with different regimens at once (which plans those are: test_plans_in_force)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from domain.facts import TreatmentPlan
from domain.judgement import CannotTell, Judgement, Quiet, Severity
from domain.rules import two_regimens as rule
from tests.kit import (
    INSTANT,
    Facts,
    cannot_tell,
    case_at,
    date_of,
    day,
    ended,
    evidence_ids,
    injection,
    judge_at,
    plan,
    quiet,
    record_of,
    when,
)


def by_practice(sent: TreatmentPlan) -> TreatmentPlan:
    return replace(sent, source="practice")


OURS, THEIRS = plan(10, "R1", fact_id="ours"), by_practice(plan(0, "R2", fact_id="theirs"))


def judged(at: datetime, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(*facts), at)


def test_plans_of_two_sources_leave_open_which_holds_and_the_later_is_watched() -> None:
    assert isinstance(judged(day(10) - INSTANT, THEIRS, OURS), Quiet)
    asked = cannot_tell(judged(day(10), THEIRS, OURS))
    assert (asked.severity, asked.since, asked.episode) == (Severity.MEDIUM, day(10), "treatment:theirs")
    assert "the plan R1 of 15 January 2026 09:00 GMT, from plans, which is watched" in asked.because
    assert "in force: R2 of 5 January 2026 09:00 GMT, from practice" in asked.because
    assert "which of the regimens holds" in asked.missing
    assert evidence_ids(asked) == {"ours", "theirs"}
    watched = case_at(record_of(THEIRS, OURS), day(10)).regimen
    assert watched is not None and watched.code == "R1"


def test_plans_of_one_day_leave_open_which_holds() -> None:
    asked = cannot_tell(judged(day(0, 12), plan(0, "R2"), plan(day(0, 11), "R1")))
    assert asked.since == day(0, 11)
    assert isinstance(judged(day(2), plan(date_of(0), "R2"), plan(day(0, 11), "R1")), CannotTell)


def test_three_plans_are_one_alert_that_names_them_all() -> None:
    clinic = replace(plan(12, "R7", fact_id="clinic"), source="clinic")
    asked = cannot_tell(judged(day(12), THEIRS, OURS, clinic))
    assert "R2 of 5 January 2026 09:00 GMT, from practice, R1 of 15 January" in asked.because
    assert evidence_ids(asked) == {"ours", "theirs", "clinic"}
    assert asked.episode == cannot_tell(judged(day(11), THEIRS, OURS, clinic)).episode


def test_a_plan_that_was_made_before_it_starts_is_in_force_from_its_start() -> None:
    planned = plan(1, "R1", fact_id="planned", start=when(20))
    assert isinstance(judged(day(20) - INSTANT, THEIRS, planned), Quiet)
    assert cannot_tell(judged(day(20), THEIRS, planned)).since == day(20)


def test_the_end_of_either_plan_answers_it() -> None:
    theirs_over = replace(THEIRS, version=2, end=ended(15))
    assert isinstance(judged(day(15) - INSTANT, theirs_over, OURS), CannotTell)
    assert "one regimen" in quiet(judged(day(15), theirs_over, OURS)).because
    ours_over = replace(OURS, version=2, end=ended(15))
    assert isinstance(judged(day(15), THEIRS, ours_over), Quiet)


def test_a_regimen_that_was_changed_by_its_own_source_leaves_nothing_open() -> None:
    assert isinstance(judged(day(15), plan(0, "R2"), plan(10, "R1")), Quiet)


def test_it_is_quiet_without_a_treatment() -> None:
    assert isinstance(judged(day(5), injection(0)), Quiet)
    young = replace(OURS, birth_date=date(2015, 1, 1))
    assert isinstance(judged(day(15), THEIRS, young), Quiet)
