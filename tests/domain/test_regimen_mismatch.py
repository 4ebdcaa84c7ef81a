"""A regimen that is not meant for what the plan says of neurological involvement (section 8.6)."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from domain.facts import EnteredAs, YesNoUnknown
from domain.judgement import Fires, Judgement, Quiet, Severity
from domain.rules import injection_overdue
from domain.rules import regimen_mismatch as rule
from tests.kit import (
    INSTANT,
    Facts,
    alert_of,
    date_of,
    day,
    ended,
    evidence_ids,
    fires,
    injection,
    judge_at,
    loading,
    plan,
    quiet,
    record_of,
    severity_of,
)

YES, NO, UNKNOWN = YesNoUnknown.YES, YesNoUnknown.NO, YesNoUnknown.UNKNOWN


def judged(at: datetime, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(*facts), at)


@pytest.mark.parametrize(
    ("regimen", "involvement", "severity"),
    [
        ("R2", YES, Severity.HIGH),
        ("R2-PIL", YES, Severity.HIGH),
        ("R2", NO, None),
        ("R2", UNKNOWN, None),
        ("R1", NO, Severity.MEDIUM),
        ("R1", YES, None),
        ("R1", UNKNOWN, None),
        ("R7", YES, None),
        ("R7", NO, None),
        ("R99", YES, None),
    ],
)
def test_each_regimen_is_for_its_involvement(
    regimen: str, involvement: YesNoUnknown, severity: Severity | None
) -> None:
    judgement = judged(day(0), plan(0, regimen, neurological_involvement=involvement))
    assert severity_of(judgement) is severity


def test_it_names_both_and_says_which_schedule_is_watched() -> None:
    fired = fires(judged(day(0), plan(0, "R2", fact_id="plan", neurological_involvement=YES)))
    assert (
        "involvement is yes, and regimen R2 is for patients without it; the schedule of R2 is watched" in fired.because
    )
    assert (fired.since, fired.episode) == (day(0), "treatment:plan")
    assert evidence_ids(fired) == {"plan"}
    denied = fires(judged(day(0), plan(0, "R1", neurological_involvement=NO)))
    assert "involvement is no, and regimen R1 is for patients with it" in denied.because


def test_the_prescribed_schedule_is_still_watched() -> None:
    facts = record_of(plan(0, "R2", neurological_involvement=YES), injection(0))
    assert isinstance(judge_at(injection_overdue, facts, day(4)), Fires)


def test_it_stands_through_maintenance_until_the_plan_is_corrected() -> None:
    wrong = plan(0, "R2", fact_id="wrong", neurological_involvement=YES)
    facts = [wrong, *loading(), plan(60, "R1", fact_id="right")]
    assert isinstance(judged(day(60) - INSTANT, facts), Fires)
    assert "yes, on a regimen for: yes" in quiet(judged(day(60), facts)).because


def test_it_stands_since_the_first_of_the_plans_that_contradict_themselves() -> None:
    first, second = plan(0, "R1", fact_id="first"), plan(5, "R2", fact_id="second", neurological_involvement=YES)
    third = plan(9, "R2", fact_id="third", neurological_involvement=YES)
    fired = fires(judged(day(10), first, second, third))
    assert (fired.since, fired.episode) == (day(5), "treatment:first")


@pytest.mark.parametrize("entered_as", EnteredAs)
def test_it_is_no_question_about_the_start(entered_as: EnteredAs) -> None:
    came = plan(0, "R2", neurological_involvement=YES, entered_as=entered_as, last_dose=date_of(-9))
    alert = alert_of(rule, record_of(came, known_at=day(1)), day(1))
    assert (alert.severity, alert.standing) == (Severity.HIGH, True)


def test_a_plan_sent_in_the_moment_in_which_it_was_made_tells_of_what_stood_before() -> None:
    """Thousands of patients who are treated already come on a hospital's first day: nobody is paged about them."""
    came = plan(0, "R2", neurological_involvement=YES, entered_as=EnteredAs.LIFELONG, last_dose=date_of(-9))
    alert = alert_of(rule, record_of(came), day(0))
    assert alert.standing
    fine = plan(0, "R2", entered_as=EnteredAs.LIFELONG, last_dose=date_of(-9))
    changed = plan(5, "R2", neurological_involvement=YES)
    alert = alert_of(rule, record_of(fine, changed), day(5))
    assert not alert.standing


def test_it_is_quiet_without_a_treatment_that_is_watched() -> None:
    assert isinstance(judged(day(5), injection(0)), Quiet)
    assert isinstance(judged(day(5), plan(0, "R2", neurological_involvement=YES, end=ended(3))), Quiet)
    young = plan(0, "R2", neurological_involvement=YES, birth_date=date(2015, 1, 1))
    assert isinstance(judged(day(5), young), Quiet)
