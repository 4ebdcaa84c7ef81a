"""The closer checks of treatment by mouth, one and three months after its start (S16)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pytest

from domain.facts import Cause, Comparator, EnteredAs, Fact
from domain.judgement import CannotTell, Judgement, Quiet, Severity
from domain.rules import oral_check_missing as rule
from tests.kit import (
    INSTANT,
    Facts,
    active_b12,
    alert_of,
    cannot_tell,
    date_of,
    day,
    ended,
    evidence_ids,
    folate,
    haemoglobin,
    injections,
    judge_at,
    loading,
    midnight,
    on,
    oral,
    plan,
    platelets,
    quiet,
    record_of,
    supply,
    vitamin_b12,
    when,
)

PLAN = plan(0, "R7", fact_id="plan")
BEGUN = [PLAN, supply(0, 84)]
ONE_MONTH, THREE_MONTHS = on(2026, 2, 5), on(2026, 4, 5)
AT_TWO_MONTHS = [haemoglobin(62, 140), vitamin_b12(62, 400)]  # what S18 wants, too early for the second check


def judged(at: datetime, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(*facts), at)


# --- the first check ---------------------------------------------------------------------------------------------


def test_the_first_is_missing_from_the_day_after_a_calendar_month_on() -> None:
    before = quiet(judged(midnight(ONE_MONTH + 1) - INSTANT, BEGUN))
    assert before.coming == "vitamin B12 and haemoglobin wanted by 5 February 2026"
    asked = cannot_tell(judged(midnight(ONE_MONTH + 1), BEGUN))
    assert (asked.severity, asked.since) == (Severity.MEDIUM, midnight(ONE_MONTH + 1))
    assert asked.episode == "check-1:2026-01-05"
    assert "no vitamin B12 or haemoglobin of 22 January 2026 or later is known" in asked.because
    assert "the check after 1 month(s) was due by 5 February 2026" in asked.because
    assert evidence_ids(asked) == {"plan"}


def test_it_is_on_the_due_list_for_the_last_two_weeks() -> None:
    assert quiet(judged(midnight(ONE_MONTH - 14) - INSTANT, BEGUN)).coming == ""
    assert "5 February 2026" in quiet(judged(midnight(ONE_MONTH - 14), BEGUN)).coming
    assert quiet(judged(midnight(ONE_MONTH), BEGUN, haemoglobin(ONE_MONTH - 14, 90))).coming == ""


@pytest.mark.parametrize("made", [haemoglobin, vitamin_b12, active_b12])
def test_a_sample_of_the_two_weeks_before_it_or_later_answers_it(made: Callable[..., Fact]) -> None:
    at = midnight(ONE_MONTH + 1)
    assert isinstance(judged(at, BEGUN, made(ONE_MONTH - 15, 90)), CannotTell)
    assert isinstance(judged(at, BEGUN, made(ONE_MONTH - 14, 90)), Quiet)
    late = made(ONE_MONTH + 9, 90)
    assert isinstance(judged(day(ONE_MONTH + 9) - INSTANT, BEGUN, late), CannotTell)
    assert isinstance(judged(day(ONE_MONTH + 9), BEGUN, late), Quiet)


@pytest.mark.parametrize(
    ("made", "answers"),
    [
        (vitamin_b12(20, 90, comparator=Comparator.LESS), True),
        (haemoglobin(20, None, clumped=True), False),
        (folate(20, 9), False),
        (platelets(20, 200), False),
    ],
)
def test_only_a_value_of_vitamin_b12_or_haemoglobin_answers_it(made: Fact, answers: bool) -> None:
    assert isinstance(judged(midnight(ONE_MONTH + 1), BEGUN, made), Quiet) is answers


# --- the second check, and the rules about two months ------------------------------------------------------------


def test_the_second_is_another_alert_after_three_months() -> None:
    facts = [*BEGUN, haemoglobin(30, 90), *AT_TWO_MONTHS]
    before = quiet(judged(midnight(THREE_MONTHS + 1) - INSTANT, facts))
    assert "wanted by 5 April 2026" in before.coming
    asked = cannot_tell(judged(midnight(THREE_MONTHS + 1), facts))
    assert (asked.since, asked.episode) == (midnight(THREE_MONTHS + 1), "check-3:2026-01-05")
    done = quiet(judged(midnight(THREE_MONTHS + 1), facts, vitamin_b12(THREE_MONTHS - 14, 400)))
    assert "its checks are made" in done.because
    assert isinstance(judged(midnight(THREE_MONTHS + 1), facts, vitamin_b12(THREE_MONTHS - 15, 400)), CannotTell)


def test_a_first_check_that_was_answered_late_leaves_the_second_coming() -> None:
    facts = [*BEGUN, haemoglobin(40, 90)]
    assert "5 April 2026" in quiet(judged(midnight(THREE_MONTHS - 14), facts)).coming
    assert quiet(judged(midnight(THREE_MONTHS - 14) - INSTANT, facts)).coming == ""


def test_where_the_rules_about_two_months_miss_a_result_they_speak_alone() -> None:
    assert isinstance(judged(midnight(60) - INSTANT, BEGUN), CannotTell)
    for at in (midnight(60), midnight(THREE_MONTHS + 1)):
        assert "b12-not-normal-at-two-months asks" in quiet(judged(at, BEGUN)).because
    only_b12 = [*BEGUN, vitamin_b12(10, 400)]
    for at in (midnight(60), midnight(THREE_MONTHS + 1)):
        assert "haemoglobin-not-normal-at-two-months asks" in quiet(judged(at, only_b12)).because


def test_a_note_of_theirs_is_no_question() -> None:
    facts = [*BEGUN, haemoglobin(-1, 140), vitamin_b12(10, 400)]  # a normal baseline: a missing haemoglobin is a note
    assert cannot_tell(judged(midnight(60), facts)).episode == "check-1:2026-01-05"


# --- the start ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sign", [supply(9, 84), oral(9), injections(9)])
def test_the_months_count_from_the_first_sign_of_treatment(sign: Facts) -> None:
    assert isinstance(judged(day(on(2026, 2, 14), 23), PLAN, sign), Quiet)
    assert cannot_tell(judged(midnight(on(2026, 2, 15)), PLAN, sign)).episode == "check-1:2026-01-14"


def test_without_a_sign_nothing_counts() -> None:
    assert "no start of treatment by mouth" in quiet(judged(day(50), PLAN)).because


def test_after_injections_they_count_from_the_plan_that_changed_to_tablets() -> None:
    normal = [haemoglobin(62, 140), vitamin_b12(62, 900)]
    facts = [plan(0, "R2"), *loading(), *normal, plan(on(2026, 4, 10), "R7", start=when(date_of(100)))]
    assert isinstance(judged(midnight(on(2026, 5, 16)) - INSTANT, facts), Quiet)
    asked = cannot_tell(judged(midnight(on(2026, 5, 16)), facts))
    assert asked.episode == "check-1:2026-04-15"
    again = [*facts, plan(110, "R6c")]
    assert cannot_tell(judged(midnight(on(2026, 5, 16)), again)).episode == asked.episode


def test_tablets_after_the_plan_that_changed_to_them_count_from_that_plan() -> None:
    facts = [plan(0, "R2", fact_id="plan"), plan(20, "R7", fact_id="tablets"), supply(25, 84)]
    assert cannot_tell(judged(midnight(on(2026, 3, 1)), facts)).episode == "check-1:2026-01-30"


@pytest.mark.parametrize("entered_as", [EnteredAs.MAINTENANCE, EnteredAs.LIFELONG])
def test_a_treatment_by_mouth_that_came_to_us_has_no_start_here_and_a_change_later_has(entered_as: EnteredAs) -> None:
    came = plan(0, "R7", entered_as=entered_as, treatment_started=date_of(-20), last_dose=date_of(-1))
    assert isinstance(judged(day(60), came), Quiet)
    injected = plan(0, "R2", entered_as=entered_as, last_dose=date_of(-1), treatment_started=date_of(-900))
    assert cannot_tell(judged(day(60), injected, plan(10, "R7"))).episode == "check-1:2026-01-15"


def test_entered_in_loading_it_counts_from_the_start_that_was_told() -> None:
    came = plan(0, "R7", entered_as=EnteredAs.LOADING, treatment_started=date_of(-20))
    assert cannot_tell(judged(midnight(on(2026, 1, 17)), came)).episode == "check-1:2025-12-16"


# --- identity, quiet ---------------------------------------------------------------------------------------------


def test_it_is_one_alert_while_results_of_other_times_come() -> None:
    alerts = [alert_of(rule, record_of(BEGUN, facts), day(40)) for facts in ([], [haemoglobin(2, 90)])]
    assert len({alert.alert_id for alert in alerts}) == 1


@pytest.mark.parametrize("code", ["R6c", "R7b", "R8a"])
def test_every_regimen_by_mouth_is_checked(code: str) -> None:
    assert isinstance(judged(day(40), plan(0, code, cause=Cause.DIETARY), supply(0, 84)), CannotTell)


def test_it_is_quiet_on_injections_without_a_plan_after_the_end_and_for_a_child() -> None:
    assert "not one by mouth" in quiet(judged(day(40), plan(0, "R2"), loading())).because
    assert isinstance(judged(day(40), supply(0, 84)), Quiet)
    over = plan(0, "R7", end=ended(day(39)))
    assert isinstance(judged(day(39) - INSTANT, over, supply(0, 84)), CannotTell)
    assert isinstance(judged(day(39), over, supply(0, 84)), Quiet)
    assert isinstance(judged(day(40), plan(0, "R7", birth_date=date(2015, 1, 1)), supply(0, 84)), Quiet)
