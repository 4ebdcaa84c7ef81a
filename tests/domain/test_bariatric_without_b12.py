"""Bariatric surgery on record, and no vitamin B12 (S13)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from domain.facts import (
    AdministrationStatus,
    Cause,
    ConditionCode,
    Drug,
    EndReason,
    Fact,
    OrderStatus,
    Route,
    SupplyStatus,
)
from domain.judgement import Fires, Judgement, Quiet, Severity
from domain.rules import bariatric_without_b12 as rule
from tests.kit import (
    INSTANT,
    Facts,
    alert_of,
    condition,
    day,
    ended,
    evidence_ids,
    fires,
    injection,
    judge_at,
    midnight,
    oral,
    order,
    plan,
    quiet,
    record_of,
    supply,
    when,
    withdrawal,
)

SURGERY = condition(0, ConditionCode.BARIATRIC_SURGERY, fact_id="surgery")


def judged(at: datetime, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(*facts), at)


def test_it_fires_from_24_hours_after_the_operation_on_and_chooses_nothing() -> None:
    assert "6 January 2026 09:00 GMT" in quiet(judged(day(1) - INSTANT, SURGERY)).because
    said = fires(judged(day(1), SURGERY))
    assert (said.severity, said.since, said.episode) == (Severity.MEDIUM, day(1), "bariatric-surgery")
    assert "bariatric surgery is recorded on 5 January 2026" in said.because
    assert "choose a regimen for good: R6a, R6b (injections) or R6c (by mouth)" in said.wanted
    assert evidence_ids(said) == {"surgery"}


@pytest.mark.parametrize("code", ["R6", "R6a", "R6c", "R2"])
def test_a_plan_is_treatment_also_where_the_choice_is_open(code: str) -> None:
    assert "under way" in quiet(judged(day(9), SURGERY, plan(2, code))).because
    assert isinstance(judged(day(9), SURGERY, plan(2, code, start=when(30))), Quiet)


@pytest.mark.parametrize("given", [injection(5), injection(5, reported=True), oral(5, 350), oral(5, None)])
def test_what_was_given_counts_for_99_days(given: Fact) -> None:
    assert "counts as treatment for a while" in quiet(judged(midnight(105) - INSTANT, SURGERY, given)).because
    assert fires(judged(midnight(105), SURGERY, given)).since == midnight(105)


@pytest.mark.parametrize(
    ("product", "until"),
    [
        (order(5), 105),
        (order(2, start=5), 105),
        (order(5, end=20), 21),
        (supply(5, 28), 34),
        (supply(5, None), 105),
        (supply(5, 180), 186),
    ],
)
def test_so_does_what_was_ordered_or_handed_over(product: Fact, until: int) -> None:
    assert isinstance(judged(midnight(until) - INSTANT, SURGERY, product), Quiet)
    assert fires(judged(midnight(until), SURGERY, product)).since == midnight(until)


@pytest.mark.parametrize(
    "product",
    [
        order(5, status=OrderStatus.CANCELLED),
        order(5, Drug.FOLIC_ACID),
        supply(5, status=SupplyStatus.DECLINED),
        supply(5, drug=Drug.FOLIC_ACID),
        injection(5, status=AdministrationStatus.NOT_DONE),
        injection(5, 5_000_000, route=Route.INTRAVENOUS),
        condition(5, ConditionCode.SUPPLEMENTED),
    ],
)
def test_what_is_no_vitamin_b12_for_the_patient_does_not(product: Fact) -> None:
    assert fires(judged(day(9), SURGERY, product)).since == day(1)


def test_the_last_of_several_products_counts() -> None:
    facts = [SURGERY, supply(3, 28), injection(1), order(2)]
    assert isinstance(judged(midnight(102) - INSTANT, facts), Quiet)
    assert fires(judged(midnight(102), facts)).since == midnight(102)


@pytest.mark.parametrize("reason", EndReason)
def test_a_treatment_that_ended_is_missed_again_unless_the_patient_left(reason: EndReason) -> None:
    over = plan(0, "R2", cause=Cause.REVERSIBLE, end=ended(day(50), reason), fact_id="plan")
    said = judged(day(50), SURGERY, over)
    if reason is EndReason.STOPPED:
        assert fires(said).since == day(50)
        assert evidence_ids(said) == {"plan", "surgery"}
    else:
        assert str(reason) in quiet(said).because


def test_where_a_treatment_for_life_was_stopped_another_rule_says_so() -> None:
    over = plan(0, "R6a", cause=Cause.BARIATRIC_SURGERY, end=ended(50))
    assert "lifelong-treatment-stopped" in quiet(judged(day(51), SURGERY, over)).because


def test_it_is_one_alert_and_a_withdrawn_operation_takes_it_away() -> None:
    again = condition(20, ConditionCode.BARIATRIC_SURGERY, fact_id="again")
    alerts = [alert_of(rule, record_of(facts), day(30)) for facts in ([SURGERY], [SURGERY, again])]
    assert len({alert.alert_id for alert in alerts}) == 1
    assert fires(judged(day(30), SURGERY, again)).since == day(1)
    assert isinstance(judged(day(30), SURGERY, withdrawal(SURGERY, 20)), Quiet)


@pytest.mark.parametrize("told", [{"birth_date": date(2015, 1, 1), "cause": Cause.REVERSIBLE, "end": ended(5)}])
def test_it_is_quiet_without_surgery_and_for_a_child(told: dict[str, Any]) -> None:
    assert "no bariatric surgery" in quiet(judged(day(9), condition(0, ConditionCode.ILEAL_RESECTION))).because
    assert "too young" in quiet(judged(day(9), SURGERY, plan(0, **told))).because
    assert isinstance(judged(day(9), SURGERY), Fires)
