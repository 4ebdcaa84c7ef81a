"""`response-gate-missing`: S7, section 8.8: after step 1 of R3 the response is asked for, and it blocks nothing."""

from __future__ import annotations

from datetime import datetime

import pytest

from domain.facts import Comparator, EnteredAs, Finding, ResultStatus
from domain.judgement import CannotTell, Fires, Judgement, Quiet, Severity
from domain.rules import response_gate_missing as rule
from domain.rules import reticulocyte_response_missing
from domain.window import DoseWindow
from tests.kit import (
    INSTANT,
    Facts,
    alert_of,
    assessment,
    cannot_tell,
    case_at,
    date_of,
    day,
    evidence_ids,
    haemoglobin,
    injection,
    judge_at,
    midnight,
    plan,
    quiet,
    record_of,
    reticulocytes,
)

PLAN = plan(0, "R3", fact_id="plan")
SIX = [injection(n, 100) for n in range(6)]
ALTERNATE = [injection(n, 100) for n in range(7, 20, 2)]


def judged(at: datetime, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(*facts), at)


def test_it_asks_from_the_sixth_dose_on() -> None:
    assert "not complete" in quiet(judged(day(5) - INSTANT, PLAN, SIX)).because
    asked = cannot_tell(judged(day(5), PLAN, SIX))
    assert (asked.severity, asked.since) == (Severity.MEDIUM, midnight(5))
    assert asked.because == (
        "the daily doses are given, and no response is recorded: neither that a clinician confirmed it nor "
        "reticulocytes above 85 ×10⁹/L"
    )
    assert "do not hold the dose back" in asked.wanted


def test_it_holds_back_no_dose() -> None:
    assert isinstance(case_at(record_of(PLAN, SIX), day(6)).next_dose, DoseWindow)


@pytest.mark.parametrize(
    ("count", "told", "is_quiet"),
    [
        ("85", {}, False),
        ("85.1", {}, True),
        ("85", {"comparator": Comparator.MORE}, True),
        ("300", {"comparator": Comparator.LESS}, False),
        ("300", {"status": ResultStatus.PRELIMINARY}, False),
        (None, {}, False),
    ],
)
def test_reticulocytes_above_the_normal_range_show_the_response(
    count: str | None, told: dict[str, object], is_quiet: bool
) -> None:
    answer = judged(day(7), PLAN, SIX, reticulocytes(6, count, **told))
    assert isinstance(answer, Quiet if is_quiet else CannotTell)


def test_a_count_from_before_the_first_dose_shows_nothing() -> None:
    assert isinstance(judged(day(7), PLAN, SIX, reticulocytes(day(0), 200)), CannotTell)
    assert isinstance(judged(day(7), PLAN, SIX, reticulocytes(day(0) + INSTANT, 200)), Quiet)


def test_one_count_that_rose_is_enough_and_the_newest_that_did_not_is_told() -> None:
    low = reticulocytes(6, 80, fact_id="low")
    asked = cannot_tell(judged(day(7), PLAN, SIX, reticulocytes(4, 40), low))
    assert "; they were 80 ×10⁹/L on 11 January 2026 09:00 GMT" in asked.because
    assert evidence_ids(asked) == {"low", "plan"}
    assert isinstance(judged(day(7), PLAN, SIX, reticulocytes(4, 120), low), Quiet)


def test_a_confirmed_response_answers_it_and_other_findings_do_not() -> None:
    assert isinstance(judged(day(7), PLAN, SIX, assessment(6, Finding.RESPONSE_CONFIRMED)), Quiet)
    assert isinstance(judged(day(7), PLAN, SIX, assessment(6, Finding.NEUROLOGY_IMPROVED)), CannotTell)


def test_from_day_11_on_that_there_was_no_rise_is_said_once() -> None:
    facts = [PLAN, *SIX, haemoglobin(-1, 95), reticulocytes(7, 40)]
    assert isinstance(judged(midnight(11) - INSTANT, facts), CannotTell)
    assert "is said already" in quiet(judged(midnight(11), facts)).because
    assert isinstance(judge_at(reticulocyte_response_missing, record_of(facts), midnight(11)), Fires)
    assert isinstance(judged(midnight(11), PLAN, SIX, haemoglobin(-1, 95)), CannotTell)
    assert isinstance(judged(midnight(11), PLAN, SIX, haemoglobin(-1, 125), reticulocytes(7, 40)), CannotTell)


def test_it_is_one_alert_through_the_loading_and_ends_with_it() -> None:
    early, late = record_of(PLAN, SIX), record_of(PLAN, SIX, ALTERNATE)
    assert alert_of(rule, early, day(6)).alert_id == alert_of(rule, late, day(20)).alert_id
    monthly = [injection(n, 100) for n in (22, 26, 29, 33, 36)]
    assert isinstance(judged(day(36) - INSTANT, PLAN, SIX, ALTERNATE, monthly), CannotTell)
    assert "no loading is going on" in quiet(judged(day(36), PLAN, SIX, ALTERNATE, monthly)).because


@pytest.mark.parametrize("code", ["R1", "R2", "R2-SPC", "R4"])
def test_other_regimens_wait_for_no_response(code: str) -> None:
    assert "does not wait" in quiet(judged(day(3), plan(0, code), injection(0))).because


def test_a_patient_who_came_with_the_first_step_done_is_asked_from_the_plan_on() -> None:
    told = plan(10, "R3", entered_as=EnteredAs.LOADING, loading_doses_given=8, last_dose=date_of(9))
    assert cannot_tell(judged(day(10), told)).since == day(10)
    after = plan(10, "R3", entered_as=EnteredAs.MAINTENANCE, last_dose=date_of(9))
    assert isinstance(judged(day(10), after), Quiet)


def test_where_a_later_plan_follows_it_is_asked_since_the_plan_that_told_of_the_doses() -> None:
    told = plan(10, "R3", entered_as=EnteredAs.LOADING, loading_doses_given=8)
    later = plan(12, "R3", fact_id="later")
    assert cannot_tell(judged(day(12), told, later)).since == day(10)
