"""`haemoglobin-not-normal-at-two-months` at its edges: reopened and never settled, causes of one day, what it says."""

from __future__ import annotations

from domain.facts import Finding
from domain.judgement import Fires, Quiet
from domain.rules import haemoglobin_not_normal_at_two_months as rule
from tests.kit import (
    assessment,
    cannot_tell,
    date_of,
    day,
    fires,
    haemoglobin,
    injection,
    judge_at,
    on,
    plan,
    record_of,
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
