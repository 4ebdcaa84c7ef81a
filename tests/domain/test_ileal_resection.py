"""Prophylaxis after a resection of more than 20 cm of the ileum, and how much was removed (S12)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from domain.facts import AdministrationStatus, Cause, Condition, ConditionCode, EndReason, Route
from domain.judgement import CannotTell, Fires, Judgement, Quiet, Severity
from domain.policy import Policy
from domain.rules import ileal_resection_without_prophylaxis as rule
from tests.kit import (
    INSTANT,
    Facts,
    When,
    alert_of,
    cannot_tell,
    condition,
    date_of,
    day,
    ended,
    evidence_ids,
    fires,
    injection,
    judge_at,
    midnight,
    plan,
    quiet,
    record_of,
    withdrawal,
)


def resection(time: When, length_cm: int | str | None = None, **told: Any) -> Condition:
    return condition(time, ConditionCode.ILEAL_RESECTION, length_cm=length_cm, **told)


def judged(at: datetime, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(*facts), at)


# --- no treatment is under way -----------------------------------------------------------------------------------


def test_without_a_plan_prophylaxis_is_missing_from_24_hours_after_the_operation_on() -> None:
    long = resection(0, 30, fact_id="operation")
    assert "6 January 2026 09:00 GMT" in quiet(judged(day(1) - INSTANT, long)).because
    said = fires(judged(day(1), long))
    assert (said.severity, said.since, said.episode) == (Severity.MEDIUM, day(1), "ileal-resection")
    assert "30 cm of the ileum were removed by 5 January 2026" in said.because
    assert evidence_ids(said) == {"operation"}


@pytest.mark.parametrize(("length", "is_long"), [("19.9", False), ("20", False), ("20.0", False), ("20.1", True)])
def test_exactly_the_limit_is_not_more(length: str, is_long: bool) -> None:
    said = judged(day(9), resection(0, length))
    assert isinstance(said, Fires if is_long else Quiet)
    if not is_long:
        assert f"{float(length):g} cm of the ileum were removed: not enough" in quiet(said).because


def test_the_limit_is_the_hospitals() -> None:
    local = Policy.model_validate({"surgery": {"ileum_above_cm": 30}})
    assert isinstance(judge_at(rule, record_of(resection(0, 30)), day(9), local), Quiet)
    assert isinstance(judge_at(rule, record_of(resection(0, 31)), day(9), local), Fires)


def test_what_several_operations_removed_adds_up_and_two_records_of_one_day_do_not() -> None:
    assert "15 cm" in quiet(judged(day(9), resection(0, 12), resection(date_of(0), 15))).because
    said = fires(judged(day(9), resection(-500, 12), resection(0, 15), resection(0, 5, fact_id="again")))
    assert "27 cm of the ileum were removed" in said.because
    assert said.since == day(1)


def test_an_unknown_length_counts_as_more() -> None:
    unknown = resection(0, fact_id="operation")
    assert isinstance(judged(day(1) - INSTANT, unknown), Quiet)
    asked = cannot_tell(judged(day(1), unknown))
    assert (asked.severity, asked.since, asked.episode) == (Severity.MEDIUM, day(1), "ileal-resection")
    assert asked.missing == "how much of the ileum was removed"
    assert "no vitamin B12 treatment is under way" in asked.because
    assert "prophylaxis for life" in asked.wanted


def test_one_unknown_length_of_several_leaves_it_open_unless_the_others_suffice() -> None:
    assert cannot_tell(judged(day(9), resection(-500, 12), resection(2))).since == day(3)
    assert isinstance(judged(day(9), resection(-500, 21), resection(0)), Fires)
    assert isinstance(judged(day(9), resection(0), resection(date_of(0), 15)), Quiet)
    assert isinstance(judged(day(9), resection(date_of(0), 15), resection(0)), Quiet)


def test_the_answer_turns_the_same_alert_into_a_finding_or_ends_it() -> None:
    asked = alert_of(rule, record_of(resection(0, fact_id="operation")), day(9))
    long = alert_of(rule, record_of(resection(0, 40, fact_id="operation", version=2)), day(9))
    assert asked.alert_id == long.alert_id
    assert isinstance(judged(day(9), resection(0, 40), withdrawal(resection(0, 40), 5)), Quiet)


@pytest.mark.parametrize("reported", [False, True])
def test_vitamin_b12_without_a_plan_counts_as_treatment_for_99_days(reported: bool) -> None:
    facts = [resection(0, 30), injection(5, reported=reported)]
    assert "counts as treatment for a while" in quiet(judged(midnight(105) - INSTANT, facts)).because
    assert fires(judged(midnight(105), facts)).since == midnight(105)


def test_what_was_not_given_and_the_antidote_do_not() -> None:
    refused = injection(5, status=AdministrationStatus.NOT_DONE)
    antidote = injection(5, 5_000_000, route=Route.INTRAVENOUS)
    for facts in ([refused], [antidote]):
        assert isinstance(judged(day(9), resection(0, 30), facts), Fires)


# --- a treatment is under way, or has ended ----------------------------------------------------------------------


def test_under_a_plan_only_the_length_is_asked_for() -> None:
    treated = plan(0, "R5", cause=Cause.ILEAL_RESECTION, fact_id="plan")
    assert "a treatment is under way" in quiet(judged(day(9), treated, resection(-20, 30))).because
    assert isinstance(judged(day(1) - INSTANT, treated, resection(-20)), Quiet)
    asked = cannot_tell(judged(day(1), treated, resection(-20, fact_id="operation")))
    assert (asked.since, asked.episode) == (day(1), "ileal-resection")
    assert "it counts as enough for prophylaxis" in asked.because
    assert evidence_ids(asked) == {"plan", "operation"}
    assert isinstance(judged(day(1), treated, resection(-20, 20)), Quiet)


def test_the_cause_in_the_plan_asks_too_and_a_later_record_without_length_asks_nothing_anew() -> None:
    treated = plan(0, "R5", cause=Cause.ILEAL_RESECTION)
    for facts in ([treated], [treated, resection(5)]):
        assert isinstance(judged(day(1) - INSTANT, facts), Quiet)
        assert cannot_tell(judged(day(9), facts)).since == day(1)


def test_an_operation_under_another_plan_is_asked_about_a_day_later() -> None:
    facts = [plan(0), resection(5)]
    assert isinstance(judged(day(6) - INSTANT, facts), Quiet)
    assert cannot_tell(judged(day(6), facts)).since == day(6)


def test_a_plan_that_starts_later_is_treatment() -> None:
    planned = plan(0, "R5", cause=Cause.ILEAL_RESECTION, start=condition(40, ConditionCode.GASTRECTOMY).time)
    assert isinstance(judged(day(9), planned, resection(-1, 30)), Quiet)


@pytest.mark.parametrize("reason", EndReason)
def test_after_the_end_nothing_is_asked_of_those_who_left(reason: EndReason) -> None:
    over = plan(0, "R2", cause=Cause.DIETARY, end=ended(day(50), reason), fact_id="plan")
    said = judged(day(50), over, resection(-20, 30, fact_id="operation"))
    if reason is EndReason.STOPPED:
        assert fires(said).since == day(50)
        assert evidence_ids(said) == {"plan", "operation"}
    else:
        assert str(reason) in quiet(said).because


def test_where_a_treatment_for_life_was_stopped_another_rule_says_so() -> None:
    over = plan(0, "R5", cause=Cause.ILEAL_RESECTION, end=ended(50))
    assert "lifelong-treatment-stopped" in quiet(judged(day(51), over, resection(-20))).because
    assert "lifelong-treatment-stopped" in quiet(judged(day(51), over)).because


def test_it_is_quiet_without_a_resection_and_for_a_child() -> None:
    assert "no resection" in quiet(judged(day(9), plan(0), condition(0, ConditionCode.BARIATRIC_SURGERY))).because
    assert isinstance(judged(day(9), plan(0, birth_date=date(2015, 1, 1)), resection(-20)), Quiet)
    assert isinstance(judged(day(9), plan(0), condition(0, ConditionCode.ILEAL_RESECTION, end=5)), Quiet)
    assert isinstance(judged(day(9), plan(0), resection(5)), CannotTell)
