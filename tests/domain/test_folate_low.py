"""`folate-low`: section 8.7, treat only after B12; low is below 3 ug/L, or the laboratory's own limit near it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from domain.facts import AdministrationStatus, Comparator, Drug, EnteredAs, Fact, OrderStatus, ResultStatus
from domain.judgement import CannotTell, Fires, Judgement, Quiet, Severity
from domain.rules import folate_low as rule
from tests.kit import (
    INSTANT,
    Facts,
    cannot_tell,
    date_of,
    day,
    ended,
    evidence_ids,
    fires,
    folate,
    folic_acid,
    injection,
    judge_at,
    midnight,
    order,
    plan,
    quiet,
    record_of,
    severity_of,
    vitamin_b12,
    withdrawal,
)


def judged(at: datetime, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(*facts), at)


def test_a_low_folate_is_a_note_to_treat_only_after_b12() -> None:
    judgement = fires(judged(day(2), plan(0), folate(1, "2.9", fact_id="folate")))
    assert judgement.severity is Severity.INFO
    assert "folate was 2.9 ug/L on 6 January 2026" in judgement.because
    assert "no vitamin B12 is recorded" in judgement.because
    assert "only after vitamin B12" in judgement.wanted
    assert judgement.since == day(1)
    assert evidence_ids(judgement) == {"folate"}


@pytest.mark.parametrize(
    ("value", "told", "answer"),
    [
        ("2.99", {}, Fires),
        ("3", {}, Quiet),
        ("3.0", {}, Quiet),
        ("6.79", {"unit": "nmol/L"}, Fires),
        ("6.8", {"unit": "nmol/L"}, Quiet),
        ("2.9", {"unit": "ng/mL"}, Fires),
        ("3.9", {"low": "4"}, Fires),
        ("4", {"low": "4"}, Quiet),
        ("4.9", {"low": "5"}, Fires),
        ("4.9", {"low": "5.1"}, Quiet),  # too far from ours: it may be a slip
        ("2.5", {"low": "2.4"}, Quiet),
        ("3.9", {"low": "9", "low_unit": "nmol/L"}, Quiet),
        ("3", {"comparator": Comparator.LESS}, Fires),
        ("3", {"comparator": Comparator.AT_MOST}, CannotTell),
        ("4", {"comparator": Comparator.LESS}, CannotTell),
        ("20", {"comparator": Comparator.MORE}, Quiet),
        (None, {"clumped": True}, CannotTell),
    ],
)
def test_the_limit_is_3_or_that_of_the_laboratory(
    value: str | None, told: dict[str, Any], answer: type[Judgement]
) -> None:
    assert isinstance(judged(day(2), plan(0), folate(1, value, **told)), answer)


def test_what_cannot_be_told_is_a_note_that_says_what_is_missing() -> None:
    judgement = cannot_tell(judged(day(2), plan(0), folate(1, 4, comparator=Comparator.LESS)))
    assert judgement.severity is Severity.INFO
    assert judgement.missing == "a folate result that can be judged"
    assert judgement.since == day(1)
    before = cannot_tell(judged(day(2), plan(0), folate(-3, 4, comparator=Comparator.LESS)))
    assert before.since == day(0), "since the question opened"
    assert "<4 ug/L" in judgement.because


def test_the_newest_result_decides_and_of_one_time_the_low_one() -> None:
    assert isinstance(judged(day(4), plan(0), folate(1, 2), folate(3, 5)), Quiet)
    assert isinstance(judged(day(4), plan(0), folate(1, 5), folate(3, 2)), Fires)
    facts = [folate(date_of(3), 5, fact_id="other"), folate(3, 2, fact_id="low")]
    assert "low" in evidence_ids(judged(day(4), plan(0), facts))


def test_after_b12_it_says_that_folate_may_be_treated_and_that_its_lack_hides_the_response() -> None:
    facts = [plan(0), folate(0, 2, fact_id="folate"), injection(day(1, 10), fact_id="b12")]
    before, after = fires(judged(day(1, 10) - INSTANT, facts)), fires(judged(day(1, 10), facts))
    assert before.episode == after.episode
    assert "hides the response" in after.because and "6 January 2026 10:00" in after.because
    assert "now that vitamin B12 was given" in after.wanted
    assert evidence_ids(after) == {"folate", "b12"}
    again = fires(judged(day(2), facts, injection(day(1, 14), fact_id="second")))
    assert again == after, "the first B12 is named"


def test_it_is_told_for_90_days() -> None:
    facts = [plan(0), folate(0, 2)]
    assert isinstance(judged(midnight(91) - INSTANT, facts), Fires)
    assert "too old" in quiet(judged(midnight(91), facts)).because


@pytest.mark.parametrize(
    ("taken", "answer"),
    [
        (folic_acid(0), Quiet),
        (folic_acid(2, drug=Drug.FOLIC_ACID_COMBINATION), Quiet),
        (folic_acid(-1), Fires),
        (folic_acid(2, status=AdministrationStatus.NOT_DONE), Fires),
        (order(-5, Drug.FOLIC_ACID), Quiet),
        (order(1, Drug.FOLIC_ACID, status=OrderStatus.DRAFT), Fires),
        (order(1, Drug.HYDROXOCOBALAMIN), Fires),
    ],
)
def test_folic_acid_given_since_or_ordered_is_another_concern(taken: Fact, answer: type[Judgement]) -> None:
    assert isinstance(judged(day(3), plan(0), folate(0, 2), taken), answer)


@pytest.mark.parametrize(
    "nobody_asks",
    [
        [],
        [plan(0, end=ended(2))],
        [plan(0, entered_as=EnteredAs.LIFELONG)],
        [vitamin_b12(0, 180)],
    ],
)
def test_it_is_asked_where_b12_has_to_come_first_and_nowhere_else(nobody_asks: list[Fact]) -> None:
    assert isinstance(judged(day(3), folate(1, 2), nobody_asks), Quiet)


def test_a_deficient_b12_without_a_plan_is_enough() -> None:
    assert severity_of(judged(day(3), folate(1, 2), vitamin_b12(0, 150))) is Severity.INFO


def test_a_result_that_is_not_final_or_was_withdrawn_is_none() -> None:
    wrong = folate(1, 2)
    assert "no folate" in quiet(judged(day(3), plan(0), folate(1, 2, status=ResultStatus.PRELIMINARY))).because
    assert isinstance(judged(day(3), plan(0), wrong, withdrawal(wrong, 2)), Quiet)
    assert isinstance(judged(day(3), plan(0), wrong, folate(1, 7, fact_id=wrong.fact_id, version=2)), Quiet)
