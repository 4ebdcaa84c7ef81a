"""Neurological symptoms that are worse under treatment (S19)."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from domain.facts import EnteredAs, Fact, Finding, YesNoUnknown
from domain.judgement import Fires, Judgement, Quiet, Severity
from domain.rules import neurology_worse as rule
from tests.kit import (
    INSTANT,
    Facts,
    alert_of,
    assessment,
    date_of,
    day,
    ended,
    evidence_ids,
    fires,
    injections,
    judge_at,
    loading,
    midnight,
    plan,
    quiet,
    record_of,
    severity_of,
    when,
    withdrawal,
)

WORSE, UNCHANGED, IMPROVED = Finding.NEUROLOGY_WORSE, Finding.NEUROLOGY_UNCHANGED, Finding.NEUROLOGY_IMPROVED
PLATEAU = Finding.NO_FURTHER_IMPROVEMENT
TREATED: list[Fact] = [plan(0, "R1", fact_id="plan"), *injections(*range(0, 30, 2))]


def judged(at: datetime, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(*facts), at)


def test_worse_is_critical_from_the_assessment_on() -> None:
    facts = [*TREATED, assessment(5, WORSE, fact_id="seen")]
    assert isinstance(judged(day(5) - INSTANT, facts), Quiet)
    fired = fires(judged(day(5), facts))
    assert (fired.severity, fired.since, fired.episode) == (Severity.CRITICAL, day(5), "worse:2026-01-10")
    assert evidence_ids(fired) == {"seen", "plan"}
    assert "do not delay doses" in fired.wanted and "new plan" not in fired.wanted


def test_worse_after_the_plateau_says_that_only_a_new_plan_starts_loading_again() -> None:
    fired = fires(judged(day(80), TREATED, assessment(30, PLATEAU), assessment(75, WORSE)))
    assert fired.severity is Severity.CRITICAL
    assert "loading starts again only with a new plan" in fired.wanted


@pytest.mark.parametrize(
    "otherwise", [IMPROVED, UNCHANGED, PLATEAU, Finding.STILL_IMPROVING, Finding.NEUROLOGY_RESOLVED]
)
def test_it_stands_until_an_assessment_of_a_later_day_says_otherwise(otherwise: Finding) -> None:
    facts = [*TREATED, assessment(5, WORSE), assessment(day(9, 0), otherwise)]
    assert isinstance(judged(day(9, 0) - INSTANT, facts), Fires)
    assert isinstance(judged(day(9, 0), facts), Quiet)


def test_of_two_assessments_of_one_day_the_worse_stands() -> None:
    for hours in ((9, 15), (15, 9)):
        facts = [*TREATED, assessment(day(5, hours[0]), WORSE), assessment(day(5, hours[1]), IMPROVED)]
        assert isinstance(judged(day(6), facts), Fires)
    both = [*TREATED, assessment(date_of(5), IMPROVED), assessment(date_of(5), WORSE, fact_id="worse")]
    assert isinstance(judged(day(6), both), Fires)
    assert isinstance(judged(day(6), TREATED, assessment(5, WORSE, IMPROVED)), Fires)


def test_a_finding_about_something_else_does_not_end_it() -> None:
    later = assessment(9, Finding.REFERRED_TO_NEUROLOGY, Finding.SYMPTOMS_RETURNED)
    assert isinstance(judged(day(10), TREATED, assessment(5, WORSE), later), Fires)


def test_worse_again_and_again_is_one_alert_and_the_newest_is_the_evidence() -> None:
    facts = [*TREATED, assessment(5, WORSE), assessment(8, WORSE, fact_id="newest")]
    fired = fires(judged(day(9), facts))
    assert (fired.since, fired.episode) == (day(5), "worse:2026-01-10")
    assert "13 January 2026" in fired.because
    assert "newest" in evidence_ids(fired)


def test_worse_after_it_was_not_is_another_alert() -> None:
    facts = [*TREATED, assessment(5, WORSE), assessment(8, UNCHANGED), assessment(20, WORSE)]
    fired = fires(judged(day(21), facts))
    assert (fired.since, fired.episode) == (day(20), "worse:2026-01-25")


def test_a_finding_that_was_entered_in_error_is_none() -> None:
    wrong = assessment(5, WORSE)
    assert isinstance(judged(day(7), TREATED, wrong, withdrawal(wrong, 6)), Quiet)


@pytest.mark.parametrize("involvement", YesNoUnknown)
def test_it_does_not_depend_on_what_the_plan_says_of_involvement(involvement: YesNoUnknown) -> None:
    facts = [plan(0, "R2", neurological_involvement=involvement), *loading(), assessment(90, WORSE)]
    assert severity_of(judged(day(91), facts)) is Severity.CRITICAL


def test_worse_before_the_first_dose_is_worse_under_our_care() -> None:
    assert isinstance(judged(day(2), plan(0, "R1"), assessment(1, WORSE)), Fires)


def test_what_was_worse_before_the_plan_and_the_first_dose_is_why_there_is_a_plan() -> None:
    assert isinstance(judged(day(2), plan(0, "R1"), assessment(-1, WORSE)), Quiet)
    assert isinstance(judged(day(2), plan(0, "R1"), assessment(-1, WORSE), injections(-2, 0)), Fires)
    planned = plan(0, "R1", start=when(5))
    assert isinstance(judged(day(6), planned, assessment(date_of(0), WORSE)), Fires)


@pytest.mark.parametrize("entered_as", EnteredAs)
def test_a_patient_who_came_in_mid_course_was_treated_before(entered_as: EnteredAs) -> None:
    came = plan(0, "R1", entered_as=entered_as, last_dose=date_of(-9))
    record = record_of(came, assessment(-5, WORSE))
    assert severity_of(judge_at(rule, record, day(0))) is Severity.CRITICAL
    assert alert_of(rule, record, day(0)).standing
    assert not alert_of(rule, record_of(came, assessment(1, WORSE)), day(1)).standing


def test_what_was_found_on_the_day_of_a_new_plan_is_no_old_concern() -> None:
    record = record_of(assessment(day(0, 8), WORSE), plan(day(0, 9), "R1"))
    alert = alert_of(rule, record, day(0, 9))
    assert not alert.standing


def test_it_is_quiet_without_a_treatment() -> None:
    assert isinstance(judged(day(5), assessment(3, WORSE)), Quiet)
    assert isinstance(judged(day(5), plan(0, "R1", end=ended(4)), assessment(3, WORSE)), Quiet)
    assert isinstance(judged(day(5), plan(0, "R1", birth_date=date(2015, 1, 1)), assessment(3, WORSE)), Quiet)


def test_without_such_an_assessment_it_says_so() -> None:
    assert "does not say worse" in quiet(judged(midnight(20), TREATED)).because
