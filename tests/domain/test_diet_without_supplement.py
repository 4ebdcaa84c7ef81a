"""`diet-without-supplement`: S23 and section 8.8.  A note about a diet, with or without a plan, quiet while treated."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from domain.facts import (
    AdministrationStatus,
    ConditionCode,
    Drug,
    EndReason,
    Fact,
    SupplyStatus,
)
from domain.judgement import Fires, Judgement, Quiet, Severity
from domain.rules import diet_without_supplement as rule
from tests.kit import (
    INSTANT,
    Facts,
    condition,
    day,
    ended,
    evidence_ids,
    fires,
    injection,
    judge_at,
    midnight,
    oral,
    plan,
    record_of,
    supply,
    withdrawal,
)

VEGAN = condition(0, ConditionCode.VEGAN_DIET, fact_id="vegan")


def judged(at: datetime, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(*facts), at)


@pytest.mark.parametrize(
    ("code", "word"),
    [(ConditionCode.VEGAN_DIET, "a vegan diet"), (ConditionCode.STRICT_VEGETARIAN_DIET, "a strict vegetarian diet")],
)
def test_a_diet_without_supplement_is_a_note_without_a_plan_too(code: ConditionCode, word: str) -> None:
    judgement = fires(judged(day(0), condition(0, code, fact_id="diet")))
    assert judgement.severity is Severity.INFO
    assert f"{word} is recorded since 5 January 2026" in judgement.because
    assert (judgement.since, judgement.episode) == (day(0), "diet")
    assert evidence_ids(judgement) == {"diet"}


def test_another_condition_is_no_diet() -> None:
    assert isinstance(judged(day(1), condition(0, ConditionCode.PERNICIOUS_ANAEMIA)), Quiet)
    assert isinstance(judged(day(1)), Quiet)


def test_of_both_diets_the_vegan_one_is_told_and_the_episode_is_one() -> None:
    strict = condition(-5, ConditionCode.STRICT_VEGETARIAN_DIET)
    both, alone = fires(judged(day(1), VEGAN, strict)), fires(judged(day(1), strict))
    assert "vegan diet" in both.because
    assert both.episode == alone.episode


def test_a_supplement_or_fortified_food_answers_until_it_ends() -> None:
    taken = condition(2, ConditionCode.SUPPLEMENTED, end=10)
    assert isinstance(judged(day(2) - INSTANT, VEGAN, taken), Fires)
    assert isinstance(judged(day(2), VEGAN, taken), Quiet)
    assert isinstance(judged(day(10) - INSTANT, VEGAN, taken), Quiet)
    assert isinstance(judged(day(10), VEGAN, taken), Fires)


def test_a_diet_that_has_ended_is_none() -> None:
    assert isinstance(judged(day(9), condition(0, ConditionCode.VEGAN_DIET, end=9)), Quiet)


@pytest.mark.parametrize("regimen", ["R2", "R7", "R8", "unheard-of"])
def test_it_is_quiet_under_any_plan(regimen: str) -> None:
    assert isinstance(judged(day(1), VEGAN, plan(0, regimen)), Quiet)


def test_when_the_treatment_ends_it_is_told_since_then() -> None:
    facts = [VEGAN, plan(0, end=ended(20))]
    assert isinstance(judged(day(20) - INSTANT, facts), Quiet)
    assert fires(judged(day(20), facts)).since == day(20)


@pytest.mark.parametrize("reason", [EndReason.DIED, EndReason.TRANSFERRED])
def test_who_is_gone_is_not_advised(reason: EndReason) -> None:
    assert isinstance(judged(day(30), VEGAN, plan(0, end=ended(20, reason))), Quiet)
    assert isinstance(judged(day(30), VEGAN, plan(0, end=ended(20), birth_date=date(2015, 1, 1))), Quiet)


@pytest.mark.parametrize(
    ("b12", "last_day"),
    [
        (injection(1), 91),
        (oral(1, 50), 91),
        (supply(1, 28), 29),
        (supply(1, None), 91),
        (supply(1, 200), 201),
    ],
)
def test_b12_that_was_given_or_handed_over_is_treatment_for_a_while(b12: Fact, last_day: int) -> None:
    assert isinstance(judged(midnight(last_day + 1) - INSTANT, VEGAN, b12), Quiet)
    assert fires(judged(midnight(last_day + 1), VEGAN, b12)).since == midnight(last_day + 1)


@pytest.mark.parametrize(
    "no_b12",
    [
        injection(1, status=AdministrationStatus.NOT_DONE),
        supply(1, status=SupplyStatus.PREPARATION),
        supply(1, drug=Drug.FOLIC_ACID),
    ],
)
def test_what_was_not_given_or_handed_over_is_no_treatment(no_b12: Fact) -> None:
    assert isinstance(judged(day(2), VEGAN, no_b12), Fires)


def test_the_longest_lasting_counts() -> None:
    assert isinstance(judged(day(95), VEGAN, injection(20), supply(30, 28)), Quiet)
    assert isinstance(judged(day(95), VEGAN, supply(0, 120), injection(1)), Quiet)


def test_a_diet_that_was_recorded_in_error_leaves_no_note() -> None:
    assert isinstance(judged(day(2), VEGAN, withdrawal(VEGAN, 1)), Quiet)
