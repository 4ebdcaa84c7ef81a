"""Haemoglobin that falls, or is very low, during treatment."""

from __future__ import annotations

import pytest

from domain.facts import Comparator, EnteredAs, Finding
from domain.judgement import Judgement, Severity
from domain.rules import haemoglobin_falling as rule
from tests.kit import (
    Facts,
    assessment,
    day,
    ended,
    evidence_ids,
    fires,
    haemoglobin,
    injection,
    judge_at,
    loading,
    plan,
    quiet,
    record_of,
    severity_of,
    transfusion,
    withdrawal,
)

STARTED = [plan(0), *loading()]


def judged(at: int, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(*facts), day(at))


@pytest.mark.parametrize(("value", "severity"), [("110.1", None), (110, Severity.HIGH), (90, Severity.HIGH)])
def test_a_fall_of_twenty_below_the_highest_is_high(value: int | str, severity: Severity | None) -> None:
    peak = haemoglobin(100, 130)
    assert severity_of(judged(401, STARTED, peak, haemoglobin(400, value))) is severity


@pytest.mark.parametrize(("first", "severity"), [(6, None), (7, Severity.HIGH)])
def test_the_highest_is_looked_for_from_day_seven_on(first: int, severity: Severity | None) -> None:
    assert severity_of(judged(31, STARTED, haemoglobin(first, 120), haemoglobin(30, 95))) is severity


@pytest.mark.parametrize(
    ("on", "value", "severity"),
    [
        (7, 69, None),
        (8, 69, Severity.CRITICAL),
        (8, 70, None),
        (30, 60, Severity.CRITICAL),
        (8, "69.9", Severity.CRITICAL),
    ],
)
def test_a_very_low_haemoglobin_after_the_first_week_is_critical(
    on: int, value: int | str, severity: Severity | None
) -> None:
    """Without any peak: a patient who never rose is no less in danger."""
    assert severity_of(judged(31, STARTED, haemoglobin(-1, 66), haemoglobin(on, value))) is severity


def test_a_lifelong_patient_who_came_in_mid_course_is_watched_from_then_on() -> None:
    entered = plan(0, entered_as=EnteredAs.LIFELONG)
    assert severity_of(judged(40, entered, haemoglobin(-5, 140), haemoglobin(30, 100))) is None
    assert severity_of(judged(40, entered, haemoglobin(5, 140), haemoglobin(30, 100))) is Severity.HIGH
    assert severity_of(judged(40, entered, haemoglobin(30, 62))) is Severity.CRITICAL


def test_where_haemoglobin_is_not_normal_at_two_months_that_is_said_there() -> None:
    told = [*STARTED, haemoglobin(40, 125), haemoglobin(70, 100)]
    assert "two months" in quiet(judged(71, told)).because
    assert severity_of(judged(58, told[:-1], haemoglobin(57, 100))) is Severity.HIGH


def test_an_accepted_cause_quietens_it_until_haemoglobin_falls_further() -> None:
    told = [*STARTED, haemoglobin(100, 130), haemoglobin(400, 105), assessment(401, Finding.OTHER_CAUSE_ACCEPTED)]
    assert "another cause" in quiet(judged(402, told)).because
    assert "another cause" in quiet(judged(411, told, haemoglobin(410, 96))).because
    assert severity_of(judged(411, told, haemoglobin(410, 95))) is Severity.HIGH


def test_a_transfused_haemoglobin_is_no_peak() -> None:
    told = [*STARTED, transfusion(90), haemoglobin(100, 130), haemoglobin(400, 105)]
    assert severity_of(judged(401, told)) is None


def test_a_comparator_tells_of_a_fall_only_as_far_as_it_is_certain() -> None:
    told = [*STARTED, haemoglobin(100, 130)]
    assert severity_of(judged(401, told, haemoglobin(400, 105, comparator=Comparator.LESS))) is Severity.HIGH
    assert severity_of(judged(401, told, haemoglobin(400, 105, comparator=Comparator.MORE))) is None


def test_it_is_one_concern_from_the_first_low_value_on_and_ends_with_a_rise() -> None:
    told = [*STARTED, haemoglobin(100, 130), haemoglobin(400, 108)]
    first, later = fires(judged(401, told)), fires(judged(421, told, haemoglobin(420, 104)))
    assert first.episode == later.episode and first.since == later.since == day(400)
    assert evidence_ids(later) == {haemoglobin(420, 104).fact_id}
    assert severity_of(judged(441, told, haemoglobin(420, 104), haemoglobin(440, 118))) is None


def test_a_corrected_peak_takes_the_alert_with_it() -> None:
    peak = haemoglobin(100, 130)
    told = [*STARTED, haemoglobin(90, 118), peak, haemoglobin(400, 105)]
    assert severity_of(judged(402, told)) is Severity.HIGH
    assert severity_of(judged(402, told, withdrawal(peak, 401))) is None


def test_it_is_quiet_before_the_first_dose_and_after_the_end() -> None:
    assert severity_of(judged(20, plan(0), haemoglobin(9, 130), haemoglobin(15, 60))) is None
    over = plan(0, end=ended(day(30)))
    assert severity_of(judged(41, over, injection(0), haemoglobin(10, 130), haemoglobin(40, 60))) is None
