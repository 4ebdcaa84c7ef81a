"""The plans of one treatment: which came before the one in force, and which may be in force beside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from domain.facts import TreatmentPlan
from domain.plans import Plans
from tests.kit import INSTANT, Facts, case_at, day, ended, plan, record_of, when


def plans_of(at: datetime, *facts: Facts) -> Plans:
    plans = case_at(record_of(*facts), at).plans
    assert plans is not None
    return plans


def ids(plans: tuple[TreatmentPlan, ...]) -> list[str]:
    return [plan.fact_id for plan in plans]


def by_gp(sent: TreatmentPlan) -> TreatmentPlan:
    return replace(sent, source="practice")


FIRST, SECOND = plan(0, "R2", fact_id="first"), plan(10, "R1", fact_id="second")


def test_the_plan_in_force_is_the_last_of_the_history() -> None:
    late = plan(3, fact_id="late", start=when(20))
    assert ids(plans_of(day(10) - INSTANT, FIRST, SECOND, late).history) == ["first"]
    assert ids(plans_of(day(10), FIRST, SECOND, late).history) == ["first", "second"]
    assert ids(plans_of(day(20), FIRST, SECOND, late).history) == ["first", "second", "late"]


def test_a_plan_that_has_not_begun_is_a_history_of_its_own() -> None:
    assert ids(plans_of(day(1), plan(0, fact_id="to come", start=when(5))).history) == ["to come"]


def test_the_history_begins_anew_after_an_end_and_with_a_restart() -> None:
    over = plan(0, fact_id="over", end=ended(day(5)))
    assert ids(plans_of(day(11), over, SECOND).history) == ["second"]
    assert ids(plans_of(day(11), FIRST, replace(SECOND, restarts=True)).history) == ["second"]


def test_a_later_plan_of_the_same_source_takes_the_place_of_the_earlier() -> None:
    assert plans_of(day(11), FIRST, SECOND).rivals == ()


@pytest.mark.parametrize("hours", [0, 3, 14])
def test_plans_that_begin_on_one_day_are_rivals_whatever_their_hours(hours: float) -> None:
    other = plan(day(10, 9 + hours), "R2", fact_id="zother")
    assert ids(plans_of(day(12), SECOND, other).rivals) == ["second"]


def test_a_plan_of_the_next_day_is_no_rival() -> None:
    assert plans_of(day(12), SECOND, plan(day(11, 0), "R2", fact_id="other")).rivals == ()


def test_the_plan_of_another_source_stays_a_rival_until_it_is_ended() -> None:
    practice = by_gp(FIRST)
    assert ids(plans_of(day(11), practice, SECOND).rivals) == ["first"]
    ends = replace(practice, end=ended(day(12)))
    assert ids(plans_of(day(12) - INSTANT, ends, SECOND).rivals) == ["first"]
    assert plans_of(day(12), ends, SECOND).rivals == ()


def test_only_the_newest_plan_of_another_source_is_a_rival() -> None:
    before, now = by_gp(FIRST), by_gp(plan(5, "R9", fact_id="newer"))
    assert ids(plans_of(day(11), before, now, SECOND).rivals) == ["newer"]
    agreed = by_gp(plan(5, "R1", fact_id="newer"))
    assert plans_of(day(11), before, agreed, SECOND).rivals == ()


def test_plans_of_one_regimen_agree() -> None:
    assert plans_of(day(1), FIRST, by_gp(plan(0, "R2", fact_id="same"))).rivals == ()


def test_a_restart_says_that_what_was_before_it_is_over() -> None:
    again = plan(day(0, 12), "R1", fact_id="again", restarts=True)
    assert plans_of(day(1), FIRST, again).rivals == ()
    assert ids(plans_of(day(1), replace(FIRST, restarts=True), again).rivals) == ["first"]
