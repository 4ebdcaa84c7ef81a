"""Advice from neurology and haematology that a patient with neurological involvement needs (S4)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from domain.facts import EnteredAs, Finding, YesNoUnknown
from domain.judgement import Fires, Judgement, Quiet, Severity
from domain.policies.neurology import NeurologyPolicy
from domain.policy import Policy
from domain.rules import Rule, haematology_advice_missing, neurology_advice_missing
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
    judge_at,
    plan,
    quiet,
    record_of,
    severity_of,
    withdrawal,
)

BOTH = [
    pytest.param(neurology_advice_missing, Finding.REFERRED_TO_NEUROLOGY, id="neurology"),
    pytest.param(haematology_advice_missing, Finding.REFERRED_TO_HAEMATOLOGY, id="haematology"),
]
INVOLVED = plan(0, "R1", fact_id="plan")
RULE = neurology_advice_missing


def judged(at: datetime, *facts: Facts, rule: Rule = RULE) -> Judgement:
    return judge_at(rule, record_of(*facts), at)


@pytest.mark.parametrize(("rule", "referred"), BOTH)
def test_it_fires_at_once_and_becomes_high_after_24_hours(rule: Rule, referred: Finding) -> None:
    at_once = fires(judged(day(0), INVOLVED, rule=rule))
    assert at_once.severity is Severity.MEDIUM
    assert at_once.since == day(0)
    assert "do not delay treatment" in at_once.wanted
    assert evidence_ids(at_once) == {"plan"}
    assert severity_of(judged(day(1) - INSTANT, INVOLVED, rule=rule)) is Severity.MEDIUM
    assert severity_of(judged(day(1), INVOLVED, rule=rule)) is Severity.HIGH


@pytest.mark.parametrize(("rule", "referred"), BOTH)
def test_each_advice_needs_its_own_referral(rule: Rule, referred: Finding) -> None:
    other = {Finding.REFERRED_TO_NEUROLOGY, Finding.REFERRED_TO_HAEMATOLOGY} - {referred}
    assert isinstance(judged(day(5), INVOLVED, assessment(3, *other), rule=rule), Fires)
    referrals = [assessment(3, referred), assessment(4, referred)]
    assert "8 January 2026" in quiet(judged(day(5), INVOLVED, referrals, rule=rule)).because


def test_the_two_are_two_alerts_that_each_name_their_advisers() -> None:
    said = {a.rule: str(a.wanted_action) for a in assess_at(record_of(INVOLVED), day(2)).alerts}
    assert "ask neurology" in said["neurology-advice-missing"]
    assert "ask haematology" in said["haematology-advice-missing"]


def test_a_referral_that_was_entered_in_error_is_none() -> None:
    wrong = assessment(0, Finding.REFERRED_TO_NEUROLOGY)
    assert isinstance(judged(day(3), INVOLVED, wrong, withdrawal(wrong, 2)), Fires)


@pytest.mark.parametrize("involvement", [YesNoUnknown.NO, YesNoUnknown.UNKNOWN])
def test_without_involvement_no_advice_is_missing(involvement: YesNoUnknown) -> None:
    assert isinstance(judged(day(3), plan(0, "R2", neurological_involvement=involvement)), Quiet)


def test_involvement_that_a_later_plan_says_counts_from_that_plan() -> None:
    facts = [plan(0, "R2", fact_id="before"), plan(10, "R1", fact_id="involved")]
    assert isinstance(judged(day(10) - INSTANT, facts), Quiet)
    assert fires(judged(day(10), facts)).since == day(10)
    assert severity_of(judged(day(11) - INSTANT, facts)) is Severity.MEDIUM
    assert severity_of(judged(day(11), facts)) is Severity.HIGH


def test_a_further_plan_with_involvement_does_not_start_the_day_anew() -> None:
    fired = fires(judged(day(10), INVOLVED, plan(10, "R1", fact_id="further")))
    assert (fired.severity, fired.since) == (Severity.HIGH, day(0))
    assert fired.episode == "treatment:plan"
    assert evidence_ids(fired) == {"plan", "further"}


def test_involvement_that_was_once_denied_counts_from_the_plan_that_says_it_again() -> None:
    facts = [INVOLVED, plan(5, "R2", fact_id="denied"), plan(10, "R1", fact_id="again")]
    assert severity_of(judged(day(10, 12), facts)) is Severity.MEDIUM


def test_a_plan_that_became_known_late_is_no_old_concern() -> None:
    record = record_of(plan(0, "R1"), known_at=day(3))
    assert fires(judge_at(RULE, record, day(3))).since == day(3)
    alert = alert_of(RULE, record, day(3))
    assert (alert.severity, alert.standing) == (Severity.HIGH, False)


def test_what_a_patient_in_mid_course_lacks_is_an_old_concern() -> None:
    record = record_of(plan(0, "R1", entered_as=EnteredAs.LOADING, last_dose=date_of(-2)), known_at=day(3))
    assert alert_of(RULE, record, day(3)).standing


@pytest.mark.parametrize("entered_as", [EnteredAs.MAINTENANCE, EnteredAs.LIFELONG])
def test_a_patient_who_came_after_the_start_is_not_asked_about_it(entered_as: EnteredAs) -> None:
    assert isinstance(judged(day(5), plan(0, "R1", entered_as=entered_as, last_dose=date_of(-9))), Quiet)


def test_it_is_quiet_without_a_treatment() -> None:
    assert isinstance(judged(day(5), assessment(0)), Quiet)
    assert isinstance(judged(day(5), plan(0, "R1", end=ended(3))), Quiet)
    assert isinstance(judged(day(5), plan(0, "R1", birth_date=date(2015, 1, 1))), Quiet)


def test_the_hours_until_it_is_high_are_the_hospitals() -> None:
    policy = Policy(neurology=NeurologyPolicy(referral_high_after_hours=6))
    at = day(0) + timedelta(hours=6)
    assert severity_of(judge_at(RULE, record_of(INVOLVED), at - INSTANT, policy)) is Severity.MEDIUM
    assert severity_of(judge_at(RULE, record_of(INVOLVED), at, policy)) is Severity.HIGH
