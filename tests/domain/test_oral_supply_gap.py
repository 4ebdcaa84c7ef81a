"""Tablets that have run out by what is known, and those of which no sign ever came (S14)."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from domain.facts import Action, AdministrationStatus, Drug, EnteredAs, Fact, Route, SupplyStatus
from domain.judgement import CannotTell, Judgement, Quiet, Severity
from domain.rules import oral_supply_gap as rule
from tests.kit import (
    INSTANT,
    Facts,
    action,
    alert_of,
    cannot_tell,
    date_of,
    day,
    ended,
    evidence_ids,
    folic_acid,
    injection,
    judge_at,
    loading,
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

PLAN = plan(0, "R7", fact_id="plan")


def judged(at: datetime, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(*facts), at)


def test_a_week_after_the_end_of_the_supply_it_cannot_be_told_whether_tablets_are_taken() -> None:
    facts = [PLAN, supply(0, 28, fact_id="pack")]
    assert quiet(judged(midnight(29) - INSTANT, facts)).coming == ""
    assert quiet(judged(midnight(29), facts)).coming
    before = quiet(judged(midnight(36) - INSTANT, facts))
    assert before.coming == "a supply of tablets wanted by 9 February 2026"
    assert "tablets or doses are known until 2 February 2026" in before.because
    asked = cannot_tell(judged(midnight(36), facts))
    assert (asked.severity, asked.since) == (Severity.MEDIUM, midnight(36))
    assert asked.episode == "tablets-until:2026-02-09"
    assert "whether the tablets are taken cannot be told" in asked.because
    assert evidence_ids(asked) == {"pack", "plan"}


def test_without_any_sign_it_opens_a_week_after_the_start() -> None:
    assert "no supply of tablets and no dose" in quiet(judged(midnight(8) - INSTANT, PLAN)).because
    asked = cannot_tell(judged(midnight(8), PLAN))
    assert (asked.since, asked.episode) == (midnight(8), "treatment:plan")
    assert asked.severity is Severity.LOW
    assert evidence_ids(asked) == {"plan"}


def test_where_no_pharmacy_ever_told_of_tablets_it_is_low_and_one_alert() -> None:
    charted = [PLAN, oral(0), oral(30)]
    asked = [cannot_tell(judged(at, charted)) for at in (midnight(8), midnight(38))]
    assert {(a.severity, a.episode) for a in asked} == {(Severity.LOW, "treatment:plan")}
    assert cannot_tell(judged(midnight(38), charted, supply(0, 7))).severity is Severity.MEDIUM


def test_a_plan_that_starts_later_waits_from_its_start_on() -> None:
    planned = plan(0, "R7", start=when(5))
    assert isinstance(judged(midnight(13) - INSTANT, planned), Quiet)
    assert isinstance(judged(midnight(13), planned), CannotTell)


@pytest.mark.parametrize(
    ("sign", "opens"),
    [
        (supply(-10, 84), 82),
        (supply(3, 1), 12),
        (oral(9), 17),
        (oral(9, reported=True), 17),
        (injection(9), 17),
        (oral(0), 8),
    ],
)
def test_what_is_known_last_counts(sign: Fact, opens: int) -> None:
    assert isinstance(judged(midnight(opens) - INSTANT, PLAN, sign), Quiet)
    assert cannot_tell(judged(midnight(opens), PLAN, sign)).since == midnight(opens)


def test_the_supply_that_lasts_longest_counts_and_the_next_one_ends_the_alert() -> None:
    facts = [PLAN, supply(0, 84), supply(20, 28), oral(50)]
    assert isinstance(judged(midnight(92) - INSTANT, facts), Quiet)
    assert isinstance(judged(midnight(92), facts), CannotTell)
    assert isinstance(judged(day(95), facts, supply(95, 28)), Quiet)


def test_a_dose_that_was_given_elsewhere_counts() -> None:
    told = action(20, Action.GIVEN_ELSEWHERE, dose_time=when(19))
    assert isinstance(judged(midnight(27) - INSTANT, PLAN, told), Quiet)
    assert isinstance(judged(midnight(27), PLAN, told), CannotTell)


@pytest.mark.parametrize(
    "no_sign",
    [
        supply(0, 84, status=SupplyStatus.DECLINED),
        supply(0, 84, Drug.FOLIC_ACID),
        supply(0, 84, route=Route.INTRAMUSCULAR),
        oral(9, status=AdministrationStatus.NOT_DONE),
        folic_acid(9),
        order(9, Drug.CYANOCOBALAMIN),
    ],
)
def test_what_was_not_handed_over_or_taken_does_not(no_sign: Fact) -> None:
    assert cannot_tell(judged(midnight(10), PLAN, no_sign)).since == midnight(8)


def test_after_injections_the_tablets_are_waited_for_from_the_change_on() -> None:
    facts = [plan(0, "R2"), *loading(), plan(100, "R7")]
    assert isinstance(judged(midnight(108) - INSTANT, facts), Quiet)
    assert cannot_tell(judged(midnight(108), facts)).since == midnight(108)
    assert cannot_tell(judged(midnight(112), facts, plan(104, "R6c"))).since == midnight(108)


def test_a_patient_who_came_in_mid_course_is_asked_about_too() -> None:
    came = plan(0, "R7", entered_as=EnteredAs.LIFELONG, last_dose=date_of(-1), fact_id="plan")
    assert isinstance(judged(midnight(8) - INSTANT, came), Quiet)
    assert cannot_tell(judged(midnight(8), came)).evidence == (came,)


def test_supply_plan_and_one_chart_of_the_last_dose_are_shown() -> None:
    facts = [PLAN, supply(0, 1, fact_id="pack"), oral(9, fact_id="a"), oral(day(9, 21), fact_id="b")]
    assert [fact.fact_id for fact in cannot_tell(judged(midnight(17), facts)).evidence] == ["pack", "a", "plan"]


def test_a_supply_of_unstated_length_is_left_to_another_rule() -> None:
    assert "no-next-due-date" in quiet(judged(midnight(8), PLAN, supply(0, None))).because
    assert isinstance(judged(midnight(36), PLAN, supply(0, 28), supply(20, None)), Quiet)
    assert isinstance(judged(midnight(36), PLAN, supply(0, None), supply(0, 28, fact_id="z-pack")), CannotTell)


def test_a_corrected_supply_moves_the_day_and_a_withdrawn_one_is_none() -> None:
    facts = [PLAN, supply(0, 28, fact_id="pack")]
    assert isinstance(judged(midnight(36), facts, supply(0, 84, fact_id="pack", version=2)), Quiet)
    assert cannot_tell(judged(midnight(36), facts, withdrawal("pack", 9))).since == midnight(8)


def test_it_is_one_alert_while_older_facts_come() -> None:
    facts = [PLAN, supply(0, 28)]
    alerts = [alert_of(rule, record_of(facts, late), day(40)) for late in ([], [supply(-20, 28), oral(3)])]
    assert len({alert.alert_id for alert in alerts}) == 1


@pytest.mark.parametrize("code", ["R6c", "R7", "R8a"])
def test_every_daily_regimen_is_watched(code: str) -> None:
    assert isinstance(judged(midnight(8), plan(0, code)), CannotTell)


@pytest.mark.parametrize("code", ["R7b", "R2", "R99", "R6"])
def test_others_are_not(code: str) -> None:
    assert "nothing that is taken every day" in quiet(judged(day(30), plan(0, code))).because


def test_it_is_quiet_without_a_plan_after_the_end_and_for_a_child() -> None:
    assert isinstance(judged(day(60), supply(0, 28)), Quiet)
    over = plan(0, "R7", end=ended(day(9)))
    assert isinstance(judged(day(9) - INSTANT, over), CannotTell)
    assert isinstance(judged(day(9), over), Quiet)
    assert isinstance(judged(day(30), plan(0, "R7", birth_date=date(2015, 1, 1))), Quiet)
