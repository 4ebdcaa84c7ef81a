"""Neurological involvement that nobody recorded (S1)."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from domain.facts import DosesGivenBy, EnteredAs, Finding, YesNoUnknown
from domain.judgement import CannotTell, Judgement, Quiet, Severity
from domain.rules import injection_overdue
from domain.rules import neurological_involvement_unknown as rule
from tests.kit import (
    INSTANT,
    LOADING_DAYS,
    Facts,
    alert_of,
    assessment,
    cannot_tell,
    date_of,
    day,
    ended,
    evidence_ids,
    injection,
    injections,
    judge_at,
    loading,
    plan,
    quiet,
    record_of,
    when,
)

UNKNOWN = YesNoUnknown.UNKNOWN
PLAN = plan(0, fact_id="plan", neurological_involvement=UNKNOWN)


def judged(at: datetime, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(*facts), at)


def test_it_is_asked_for_from_24_hours_after_the_start_on() -> None:
    assert isinstance(judged(day(1, 9) - INSTANT, PLAN), Quiet)
    asked = cannot_tell(judged(day(1, 9), PLAN))
    assert asked.severity is Severity.MEDIUM
    assert asked.since == day(1, 9)
    assert "does not count as no" in asked.because
    assert evidence_ids(asked) == {"plan"}


def test_the_start_is_the_start_of_the_plan_and_not_when_it_was_made() -> None:
    planned = plan(0, start=when(day(10, 0)), neurological_involvement=UNKNOWN)
    assert isinstance(judged(day(11, 0) - INSTANT, planned), Quiet)
    assert isinstance(judged(day(11, 0), planned), CannotTell)


def test_a_dose_before_the_start_of_the_plan_is_the_start() -> None:
    planned = plan(0, start=when(day(10, 0)), neurological_involvement=UNKNOWN)
    assert isinstance(judged(day(3, 8) - INSTANT, planned, injection(day(2, 8))), Quiet)
    assert isinstance(judged(day(3, 8), planned, injection(day(2, 8))), CannotTell)


def test_nothing_is_asked_before_a_plan_was_known() -> None:
    record = record_of(injection(0)).add(plan(5, neurological_involvement=UNKNOWN), day(5, 10))
    assert cannot_tell(judge_at(rule, record, day(5, 10))).since == day(5, 10)
    assert not alert_of(rule, record, day(6)).standing


@pytest.mark.parametrize("told", [YesNoUnknown.YES, YesNoUnknown.NO])
def test_an_answer_ends_it(told: YesNoUnknown) -> None:
    answered = plan(0, fact_id="plan", version=2, neurological_involvement=told)
    assert told in quiet(judged(day(2), PLAN, answered)).because


def test_from_the_sixth_dose_on_the_next_dose_asks_for_it_and_this_rule_does_not() -> None:
    facts = [PLAN, *injections(*LOADING_DAYS)]
    assert isinstance(judged(day(11, 9) - INSTANT, facts), CannotTell)
    assert "injection-overdue asks" in quiet(judged(day(11, 9), facts)).because
    assert cannot_tell(judge_at(injection_overdue, record_of(facts), day(11, 9))).severity is Severity.HIGH
    assert isinstance(judged(day(200), facts), Quiet)


def test_a_next_dose_that_hangs_on_something_else_does_not_ask_for_it() -> None:
    assert isinstance(judged(day(2), plan(0, "R99", neurological_involvement=UNKNOWN)), CannotTell)


def test_a_loading_that_a_clinician_ended_leaves_the_question_open() -> None:
    facts = [PLAN, *loading(), assessment(12, Finding.LOADING_COMPLETE)]
    assert isinstance(judged(day(13), facts), CannotTell)


def test_on_the_open_ended_regimen_it_is_asked_for_too() -> None:
    facts = [plan(0, "R1", neurological_involvement=UNKNOWN), *injections(*range(0, 20, 2))]
    assert isinstance(judged(day(19), facts), CannotTell)


def test_prophylaxis_does_not_depend_on_it() -> None:
    assert "nothing is deficient" in quiet(judged(day(5), plan(0, "R5", neurological_involvement=UNKNOWN))).because


@pytest.mark.parametrize("entered_as", [EnteredAs.MAINTENANCE, EnteredAs.LIFELONG])
def test_a_patient_who_came_after_the_start_is_not_asked_about_it(entered_as: EnteredAs) -> None:
    came = plan(0, neurological_involvement=UNKNOWN, entered_as=entered_as, last_dose=date_of(-9))
    assert isinstance(judged(day(5), came), Quiet)


def test_a_patient_who_came_in_loading_is_asked() -> None:
    came = plan(0, neurological_involvement=UNKNOWN, entered_as=EnteredAs.LOADING, last_dose=date_of(-2))
    assert cannot_tell(judged(day(1), came)).since == day(1)


def test_it_is_quiet_without_a_treatment() -> None:
    assert isinstance(judged(day(5), injection(0)), Quiet)
    assert isinstance(judged(day(5), plan(0, neurological_involvement=UNKNOWN, end=ended(3))), Quiet)
    assert isinstance(judged(day(5), plan(0, neurological_involvement=UNKNOWN, birth_date=date(2015, 1, 1))), Quiet)


def test_a_new_plan_that_does_not_say_it_either_does_not_ask_anew() -> None:
    again = plan(20, fact_id="again", neurological_involvement=UNKNOWN, doses_given_by=DosesGivenBy.ELSEWHERE)
    first, second = judged(day(19), PLAN, again), judged(day(21), PLAN, again)
    assert cannot_tell(first).episode == cannot_tell(second).episode == "treatment:plan"
    assert cannot_tell(first).since == cannot_tell(second).since
