"""Vitamin B12 that is given without a plan (section 8.3)."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from domain.facts import AdministrationStatus, Cause, ConditionCode, EndReason, Fact, Route
from domain.judgement import CannotTell, Judgement, Quiet, Severity
from domain.rules import doses_without_plan as rule
from tests.kit import (
    INSTANT,
    Facts,
    alert_of,
    cannot_tell,
    condition,
    day,
    ended,
    evidence_ids,
    folic_acid,
    injection,
    injections,
    judge_at,
    midnight,
    oral,
    plan,
    quiet,
    record_of,
    supply,
    when,
    withdrawal,
)


def judged(at: datetime, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(*facts), at)


def test_it_opens_72_hours_after_the_first_dose() -> None:
    first = injection(0, fact_id="first")
    assert "waited for until 8 January 2026 09:00 GMT" in quiet(judged(day(3) - INSTANT, first)).because
    asked = cannot_tell(judged(day(3), first))
    assert (asked.severity, asked.since, asked.episode) == (Severity.MEDIUM, day(3), "without-plan")
    assert "vitamin B12 was given on 5 January 2026" in asked.because
    assert asked.missing == "a treatment plan"
    assert evidence_ids(asked) == {"first"}


def test_later_doses_change_neither_its_day_nor_its_name_and_the_newest_is_shown() -> None:
    record = record_of(injections(0, 2, 4))
    assert alert_of(rule, record, day(5)).alert_id == alert_of(rule, record_of(injection(0)), day(5)).alert_id
    asked = cannot_tell(judge_at(rule, record, day(5)))
    assert (asked.since, evidence_ids(asked)) == (day(3), {injection(4).fact_id})


def test_it_stands_until_the_last_dose_no_longer_counts() -> None:
    assert isinstance(judged(midnight(102) - INSTANT, injections(0, 2)), CannotTell)
    assert "long ago" in quiet(judged(midnight(102), injections(0, 2))).because


def test_a_dose_after_a_long_break_begins_anew() -> None:
    assert cannot_tell(judged(day(103), injections(0, 99))).since == day(3)
    assert isinstance(judged(day(103) - INSTANT, injections(0, 100)), Quiet)
    assert cannot_tell(judged(day(103), injections(0, 100))).since == day(103)


@pytest.mark.parametrize(
    "given", [injection(0, None), injection(0, 2001), oral(0, 50), injection(0, route=Route.UNKNOWN)]
)
def test_nothing_is_guessed_about_the_dose(given: Fact) -> None:
    assert isinstance(judged(day(5), given), CannotTell)


@pytest.mark.parametrize(
    "no_dose",
    [
        injection(0, status=AdministrationStatus.NOT_DONE),
        injection(0, reported=True),
        injection(0, 1_000_000, route=Route.INTRAVENOUS),
        folic_acid(0),
        supply(0),
    ],
)
def test_what_was_not_given_here_or_is_no_b12_is_not_asked_about(no_dose: Fact) -> None:
    assert "no dose without a plan" in quiet(judged(day(5), no_dose)).because


def test_a_plan_answers_it_also_one_that_starts_later_or_holds_no_regimen() -> None:
    for planned in (plan(4), plan(4, start=when(30)), plan(4, "R99")):
        assert isinstance(judged(day(5), injections(0, 2), planned), Quiet)
    assert isinstance(judged(day(5), injections(0, 2), plan(4), withdrawal(plan(4), 5)), CannotTell)


def test_after_the_end_of_a_treatment_only_later_doses_are_asked_about() -> None:
    over = plan(0, end=ended(day(20), EndReason.TRANSFERRED), fact_id="plan")
    assert isinstance(judged(day(40), over, injections(0, 20)), Quiet)
    asked = cannot_tell(judged(day(40), over, injections(0, 21)))
    assert (asked.since, asked.episode) == (day(24), "after:plan")
    assert "(the treatment ended on 25 January 2026 09:00 GMT: transferred)" in asked.because
    assert evidence_ids(asked) == {"plan", injection(21).fact_id}


@pytest.mark.parametrize("reason", EndReason)
def test_it_leaves_the_dead_and_what_was_stopped_for_life_alone(reason: EndReason) -> None:
    said = judged(day(40), plan(0, end=ended(20, reason)), injection(25))
    assert isinstance(said, CannotTell) is (reason in (EndReason.TRANSFERRED, EndReason.OPTED_OUT))
    dietary = judged(day(40), plan(0, cause=Cause.DIETARY, end=ended(20, reason)), injection(25))
    assert isinstance(dietary, CannotTell) is (reason is not EndReason.DIED)


def test_a_dose_that_was_charted_in_error_takes_it_away() -> None:
    assert isinstance(judged(day(5), injection(0), withdrawal(injection(0), 4)), Quiet)


def test_it_is_quiet_under_a_plan_without_doses_and_for_a_child() -> None:
    assert isinstance(judged(day(5), plan(0), injections(0)), Quiet)
    assert isinstance(judged(day(5), condition(0, ConditionCode.PERNICIOUS_ANAEMIA)), Quiet)
    child = plan(0, birth_date=date(2015, 1, 1), end=ended(1, EndReason.TRANSFERRED))
    assert "too young" in quiet(judged(day(9), child, injection(3))).because
