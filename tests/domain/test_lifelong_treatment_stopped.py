"""A treatment that is meant for life was stopped (S6, S11, section 8.2)."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from domain.facts import Cause, EndReason, EnteredAs, Finding
from domain.judgement import Fires, Judgement, Quiet, Severity
from domain.phase import Phase
from domain.rules import lifelong_treatment_stopped as rule
from tests.kit import (
    INSTANT,
    Facts,
    alert_of,
    assess_at,
    assessment,
    date_of,
    day,
    ended,
    evidence_ids,
    fires,
    injections,
    judge_at,
    loading,
    plan,
    quiet,
    record_of,
    when,
    withdrawal,
)

STOPPED = plan(0, fact_id="plan", end=ended(day(100)))


def judged(at: datetime, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(*facts), at)


def test_it_fires_from_the_end_and_says_who_stopped_it_and_when() -> None:
    assert "has not ended" in quiet(judged(day(100) - INSTANT, STOPPED, loading())).because
    said = fires(judged(day(100), STOPPED, loading()))
    assert (said.severity, said.since, said.episode) == (Severity.HIGH, day(100), "treatment:plan")
    assert "treatment by R2 was stopped on 15 April 2026 by Dr Ada" in said.because
    assert "the cause is pernicious-anaemia" in said.because
    assert evidence_ids(said) == {"plan"}


@pytest.mark.parametrize("reason", EndReason)
def test_only_stopping_is_meant(reason: EndReason) -> None:
    said = judged(day(101), plan(0, end=ended(100, reason)))
    assert isinstance(said, Fires) is (reason is EndReason.STOPPED)
    if isinstance(said, Quiet):
        assert f"{reason}, by Dr Ada" in said.because


@pytest.mark.parametrize("cause", Cause)
def test_a_treatment_is_for_life_unless_its_cause_can_go_away(cause: Cause) -> None:
    said = judged(day(101), plan(0, cause=cause, end=ended(100)))
    assert isinstance(said, Quiet) is (cause in (Cause.DIETARY, Cause.REVERSIBLE))


@pytest.mark.parametrize(
    ("facts", "phase"),
    [
        ([], Phase.NOT_STARTED),
        (injections(0), Phase.LOADING),
        (loading(), Phase.MAINTENANCE),
        ([*loading(), assessment(12, Finding.LIFELONG_CONFIRMED)], Phase.LIFELONG),
    ],
)
def test_the_intent_counts_in_every_phase(facts: list[Facts], phase: Phase) -> None:
    record = record_of(plan(0, end=ended(day(20))), *facts)
    assert assess_at(record, day(20) - INSTANT).situation.phase is phase
    assert isinstance(judge_at(rule, record, day(20)), Fires)


def test_an_entered_treatment_of_which_only_the_end_is_known_fires_too() -> None:
    came = plan(0, entered_as=EnteredAs.LIFELONG, last_dose=date_of(-30), end=ended(when(date_of(-9))))
    assert fires(judged(day(1), came)).since == day(-9, 0)


def test_it_stands_until_a_new_plan_begins() -> None:
    new = plan(110, fact_id="new", start=when(120))
    assert isinstance(judged(day(120) - INSTANT, STOPPED, new), Fires)
    assert isinstance(judged(day(120), STOPPED, new), Quiet)
    again = [STOPPED, plan(120, fact_id="new", end=ended(130))]
    assert fires(judged(day(131), again)).episode == "treatment:new"


def test_doses_after_it_change_nothing() -> None:
    assert isinstance(judged(day(131), STOPPED, loading(), injections(130)), Fires)


def test_a_correction_takes_it_away_and_the_severity_stays() -> None:
    opted_out = plan(0, fact_id="plan", version=2, end=ended(day(100), EndReason.OPTED_OUT))
    gone = plan(0, fact_id="plan", version=2, cause=Cause.REVERSIBLE, end=ended(day(100)))
    for corrected in (opted_out, gone, withdrawal(STOPPED, 101)):
        assert isinstance(judged(day(102), STOPPED, corrected), Quiet)
    assert alert_of(rule, record_of(STOPPED), day(900)).severity is Severity.HIGH


def test_it_is_quiet_without_a_plan_and_for_a_child() -> None:
    assert "no treatment plan is known" in quiet(judged(day(5), loading())).because
    assert isinstance(judged(day(101), plan(0, birth_date=date(2015, 1, 1), end=ended(100))), Quiet)
