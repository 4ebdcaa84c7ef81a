"""Symptoms that return before the next dose is due (S20)."""

from __future__ import annotations

from datetime import datetime

import pytest

from domain.facts import EnteredAs, Fact, Finding
from domain.judgement import Fires, Judgement, Quiet, Severity
from domain.rules import symptoms_back_early as rule
from tests.kit import (
    INSTANT,
    Facts,
    assessment,
    date_of,
    day,
    ended,
    every,
    evidence_ids,
    fires,
    haemoglobin,
    injection,
    judge_at,
    loading,
    midnight,
    on,
    plan,
    quiet,
    record_of,
)

BACK = Finding.SYMPTOMS_RETURNED
LOADED: list[Fact] = [plan(0, fact_id="plan"), *loading()]
LAST, DUE = 11, on(2026, 3, 16)
"""The sixth loading dose, and two months after it."""


def judged(at: datetime, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(*facts), at)


def test_it_fires_with_the_finding_and_asks_for_an_interval_by_symptoms() -> None:
    facts = [*LOADED, assessment(50, BACK, fact_id="back")]
    assert isinstance(judged(day(50) - INSTANT, facts), Quiet)
    fired = fires(judged(day(50), facts))
    assert (fired.severity, fired.since, fired.episode) == (Severity.MEDIUM, day(50), "after-dose:2026-01-16")
    assert "the last dose is of 16 January 2026, and the next is due on 16 March 2026" in fired.because
    assert "never by the level of B12" in fired.wanted
    assert evidence_ids(fired) == {"back", "injection-20260116T090000", "plan"}


def test_only_what_returned_before_the_day_on_which_the_dose_is_due_is_early() -> None:
    assert isinstance(judged(day(DUE), LOADED, assessment(midnight(DUE) - INSTANT, BACK)), Fires)
    late = quiet(judged(day(DUE), LOADED, assessment(midnight(DUE), BACK)))
    assert "between 16 January 2026 and 16 March 2026" in late.because


@pytest.mark.parametrize(
    ("hour", "answer"), [(8.99, Quiet), (9, Quiet), (9.01, Fires)], ids=["before", "with", "after"]
)
def test_only_what_returned_after_the_last_dose_is_early(hour: float, answer: type[Judgement]) -> None:
    assert isinstance(judged(day(20), LOADED, assessment(day(LAST, hour), BACK)), answer)


def test_on_the_day_of_the_dose_a_finding_without_an_hour_is_why_the_dose_was_given() -> None:
    assert isinstance(judged(day(20), LOADED, assessment(date_of(LAST), BACK)), Quiet)
    assert isinstance(judged(day(20), LOADED, assessment(date_of(LAST + 1), BACK)), Fires)


def test_it_stands_until_the_next_dose() -> None:
    facts = [*LOADED, assessment(50, BACK)]
    assert isinstance(judged(day(DUE + 20), facts), Fires)
    assert isinstance(judged(day(51), facts, injection(51)), Quiet)
    again = fires(judged(day(80), facts, injection(51), assessment(80, BACK)))
    assert again.episode == "after-dose:2026-02-25"


def test_the_newest_finding_is_told_and_the_first_says_since_when() -> None:
    fired = fires(judged(day(60), LOADED, assessment(50, BACK), assessment(55, BACK, fact_id="newest")))
    assert fired.since == day(50)
    assert "1 March 2026" in fired.because and "newest" in evidence_ids(fired)


def test_an_individual_interval_moves_the_day_and_silences_nothing() -> None:
    monthly = [plan(0, interval=every(months=1)), *loading()]
    assert isinstance(judged(day(42), monthly, assessment(30, BACK)), Fires)
    assert isinstance(judged(day(42), monthly, assessment(on(2026, 2, 16), BACK)), Quiet)


def test_it_is_about_maintenance_and_lifelong_treatment_alone() -> None:
    assert isinstance(judged(day(10), plan(0), loading()[:5], assessment(10, BACK)), Quiet)
    lifelong = [*LOADED, haemoglobin(40, 130), assessment(50, BACK)]
    assert isinstance(judged(day(50), lifelong), Fires)
    assert isinstance(judged(day(50), plan(0, end=ended(49)), loading(), assessment(48, BACK)), Quiet)
    assert isinstance(judged(day(50), assessment(48, BACK)), Quiet)


def test_a_patient_who_came_in_lifelong_treatment_has_it_too() -> None:
    came = plan(0, fact_id="came", entered_as=EnteredAs.LIFELONG, last_dose=date_of(-30))
    assert evidence_ids(judged(day(3), came, assessment(2, BACK, fact_id="back"))) == {"back", "came"}


def test_where_no_day_is_due_there_is_nothing_to_be_early_for() -> None:
    came = plan(0, entered_as=EnteredAs.LIFELONG)
    assert isinstance(judged(day(3), came, assessment(2, BACK)), Quiet)


def test_of_two_charts_of_the_last_dose_one_is_shown() -> None:
    twice = [injection(100, fact_id="a-nurse"), injection(day(100, 11), fact_id="b-pharmacy")]
    back = assessment(120, Finding.SYMPTOMS_RETURNED, fact_id="back")
    told = fires(judged(day(121), plan(0, fact_id="plan"), loading(), twice, back))
    assert evidence_ids(told) == {"a-nurse", "back", "plan"}


def test_where_no_next_dose_is_scheduled_none_can_be_early() -> None:
    daily = [plan(0, "R7"), injection(0), assessment(5, Finding.SYMPTOMS_RETURNED)]
    assert "no dose is scheduled" in quiet(judged(day(6), daily)).because
