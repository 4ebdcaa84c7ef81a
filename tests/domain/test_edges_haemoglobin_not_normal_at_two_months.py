"""`haemoglobin-not-normal-at-two-months` at its edges: reopened and never settled, causes of one day, what it says."""

from __future__ import annotations

import pytest

from domain.facts import Finding, Sex
from domain.judgement import Fires, Quiet, Severity
from domain.rules import haemoglobin_not_normal_at_two_months as rule
from tests.kit import (
    assessment,
    cannot_tell,
    date_of,
    day,
    evidence_ids,
    fires,
    haemoglobin,
    injection,
    judge_at,
    on,
    plan,
    record_of,
    transfusion,
)

STARTED = [plan(0), injection(0)]
SIX_MONTHS = on(2026, 7, 5)


def test_a_question_that_a_low_result_reopened_within_six_months_is_still_open_after_them() -> None:
    settled, reopened, still_low = haemoglobin(60, 125), haemoglobin(100, 100), haemoglobin(SIX_MONTHS + 20, 105)
    record = record_of(STARTED, settled, reopened, still_low)
    assert fires(judge_at(rule, record, day(SIX_MONTHS + 30))).since == day(100)


def test_a_result_of_the_day_on_which_a_cause_was_accepted_was_known_then_where_no_hour_says_otherwise() -> None:
    low = haemoglobin(date_of(65), 100)
    accepted = assessment(date_of(65), Finding.OTHER_CAUSE_ACCEPTED)
    assert isinstance(judge_at(rule, record_of(STARTED, low), day(70)), Fires)
    assert isinstance(judge_at(rule, record_of(STARTED, low, accepted), day(70)), Quiet)


def test_a_value_sent_in_g_per_l_is_said_once() -> None:
    because = str(fires(judge_at(rule, record_of(STARTED, haemoglobin(60, 100)), day(70))).because)
    assert "100 g/L on" in because and because.count("100 g/L") == 1


def test_a_sample_that_clumped_and_has_no_value_is_said_to_be_that() -> None:
    record = record_of(STARTED, haemoglobin(60, None, clumped=True))
    asked = cannot_tell(judge_at(rule, record, day(70)))
    assert "6 March 2026" in asked.because and "clumped" in asked.missing


@pytest.mark.parametrize(("value", "severity"), [("110.1", Severity.MEDIUM), ("110", Severity.HIGH)])
def test_a_low_one_that_is_also_a_fall_of_20_is_high_at_least(value: str, severity: Severity) -> None:
    peak, low = haemoglobin(40, 130, fact_id="peak"), haemoglobin(60, value, fact_id="low")
    answer = fires(judge_at(rule, record_of(STARTED, peak, low), day(70)))
    assert answer.severity is severity
    assert ("down from 130 g/L on 14 February 2026" in answer.because) is (severity is Severity.HIGH)
    assert evidence_ids(answer) == ({"peak", "low"} if severity is Severity.HIGH else {"low"})


def test_a_fall_to_what_cannot_be_told_is_high_too_and_from_what_a_transfusion_made_it_is_none() -> None:
    peak, low = haemoglobin(40, 150), haemoglobin(120, 125)
    unknown_sex = plan(0, sex=Sex.UNKNOWN)
    asked = cannot_tell(judge_at(rule, record_of(unknown_sex, injection(0), peak, low), day(121)))
    assert asked.severity is Severity.HIGH
    transfused = record_of(unknown_sex, injection(0), transfusion(30), peak, haemoglobin(121, 125))
    assert cannot_tell(judge_at(rule, transfused, day(122))).severity is Severity.MEDIUM


def test_a_fall_does_not_make_a_critical_one_less() -> None:
    record = record_of(STARTED, haemoglobin(40, 130), haemoglobin(60, 65))
    assert fires(judge_at(rule, record, day(70))).severity is Severity.CRITICAL
