"""Injections for prevention, and then a deficiency that is loaded: what was given before is no part of it (8.1-8.3)."""

from __future__ import annotations

from datetime import datetime

import pytest

from domain.case import Case
from domain.facts import Fact
from domain.judgement import CannotTell, Fires, Quiet
from domain.phase import Phase
from domain.rules import b12_not_normal_at_two_months, baseline_missing, loading_incomplete
from domain.rules import haemoglobin_not_normal_at_two_months as two_months
from domain.window import DoseWindow
from tests.kit import (
    INSTANT,
    cannot_tell,
    case_at,
    date_of,
    day,
    evidence_ids,
    fires,
    haemoglobin,
    injection,
    injections,
    judge_at,
    loading,
    midnight,
    on,
    plan,
    quiet,
    record_of,
    vitamin_b12,
)

MONTHLY = (0, 31, 59, 90, 120, 151)
FOUND = 160
NEW_DOSES = (160, 162, 164, 167, 169, 171)


def prevented(code: str) -> list[Fact]:
    return [plan(0, code, fact_id="prevents"), *injections(*MONTHLY)]


def found(code: str) -> list[Fact]:
    return [*prevented(code), plan(FOUND, "R2", fact_id="found")]


def seen(at: datetime, *facts: list[Fact]) -> Case:
    return case_at(record_of(*facts), at)


@pytest.mark.parametrize("code", ["R5", "R6a", "R6b", "R8b", "R7"])
def test_injections_of_a_regimen_without_loading_load_nobody(code: str) -> None:
    for given in range(6):
        case = seen(day(NEW_DOSES[given]), found(code), injections(*NEW_DOSES[:given]))
        assert (case.phase, case.loading_doses) == (Phase.LOADING, given)
        assert case.phase_now.since == date_of(FOUND)
    loaded = seen(day(171), found(code), injections(*NEW_DOSES))
    assert loaded.phase in (Phase.MAINTENANCE, Phase.LIFELONG)
    assert isinstance(loaded.next_dose, DoseWindow)
    assert loaded.next_dose.due == date_of(on(2026, 8, 25))  # two months after the last of them


def test_they_load_nobody_by_a_third_plan_either() -> None:
    third = [*found("R5"), plan(161, "R3", fact_id="third")]
    assert seen(day(161), third).phase is Phase.LOADING
    unheard_of = [plan(0, "an older one", fact_id="prevents"), *injections(*MONTHLY), plan(FOUND, "R2")]
    assert seen(day(161), unheard_of).phase is Phase.MAINTENANCE, "what an older one had may have been a loading"


def test_the_first_dose_of_the_loading_is_due_with_its_plan() -> None:
    window = seen(day(FOUND), found("R5")).next_dose
    assert isinstance(window, DoseWindow)
    assert (window.earliest, window.overdue_after) == (date_of(FOUND), date_of(FOUND + 3))


def test_a_loading_from_before_the_prophylaxis_stays_complete() -> None:
    before = [plan(-50, "R2", fact_id="first"), *injections(-50, -48, -46, -43, -41, -39)]
    assert seen(day(161), before, found("R5")).phase in (Phase.MAINTENANCE, Phase.LIFELONG)


def test_by_another_prophylaxis_everything_goes_on_as_it_was() -> None:
    case = seen(day(161), prevented("R5"), [plan(FOUND, "R6b", fact_id="changed")])
    assert case.phase is Phase.LIFELONG or case.phase is Phase.MAINTENANCE
    assert case.start is not None
    assert case.start.day(case.zone) == date_of(0)
    assert isinstance(case.next_dose, DoseWindow)
    assert case.next_dose.due == date_of(on(2026, 7, 5))


def test_the_two_months_count_from_the_first_dose_of_the_loading() -> None:
    facts = [*found("R5"), haemoglobin(FOUND - 1, 90, fact_id="before")]
    assert isinstance(judge_at(two_months, record_of(facts), day(FOUND)), Quiet)
    assert "no dose" in quiet(judge_at(two_months, record_of(facts), day(FOUND + 2))).because
    treated = [*facts, *injections(*NEW_DOSES), haemoglobin(200, 100, fact_id="low")]
    opens = midnight(on(2026, 8, 15))  # two months after 14 June, and a day
    assert isinstance(judge_at(two_months, record_of(treated), opens - INSTANT), Quiet)
    low = fires(judge_at(two_months, record_of(treated), opens))
    assert (evidence_ids(low), low.episode) == ({"low"}, "start:2026-06-14")
    for rule in (two_months, b12_not_normal_at_two_months):
        untold = record_of(facts, injections(*NEW_DOSES), vitamin_b12(FOUND - 2, 90))
        assert isinstance(judge_at(rule, untold, opens - INSTANT), Quiet)
        assert isinstance(judge_at(rule, untold, opens), CannotTell)


def test_where_a_plan_told_when_the_prophylaxis_started_the_loading_did_not_start_then() -> None:
    told = plan(0, "R5", fact_id="prevents", treatment_started=date_of(-400))
    case = seen(day(170), [told, *injections(*MONTHLY), plan(FOUND, "R2", fact_id="found"), *injections(162)])
    assert case.start is not None
    assert case.start.day(case.zone) == date_of(162)
    assert seen(day(FOUND) - INSTANT, [told, *injections(*MONTHLY)]).start is not None


def test_the_doses_that_are_missing_are_told_without_those_of_the_prophylaxis() -> None:
    record = record_of(found("R5"), injections(160, 162, 164, 167, 176))
    late = fires(judge_at(loading_incomplete, record, midnight(177)))
    assert "5 of 6 loading doses" in late.because
    assert evidence_ids(late) >= {injection(160).fact_id} and injection(0).fact_id not in evidence_ids(late)


def test_a_loading_that_began_with_the_treatment_is_since_its_first_dose_and_one_after_it_since_its_plan() -> None:
    assert seen(day(5), [plan(0, "R2"), *injections(1, 3)]).phase_now.since == date_of(1)
    loaded = [plan(0, "R2"), *loading(), plan(40, "R1", fact_id="again")]
    assert seen(day(41), loaded).phase_now.since == date_of(40)
    assert seen(day(45), loaded, injections(42, 44)).phase_now.since == date_of(40)
    going_on = [plan(0, "R2"), *injections(0, 2), plan(3, "R1", fact_id="other")]
    assert seen(day(4), going_on).phase_now.since == date_of(0)


def test_results_from_before_the_first_dose_of_the_loading_are_asked_for() -> None:
    record = record_of(found("R5"), injections(160, 162), vitamin_b12(-3, 400))
    asked = cannot_tell(judge_at(baseline_missing, record, day(162)))
    assert asked.episode == "start:2026-06-14"
    assert evidence_ids(asked) == {injection(160).fact_id}


def test_a_start_that_nobody_told_is_asked_for_as_before() -> None:
    untold = record_of(plan(0, "R5", last_dose=date_of(-9)), injections(*MONTHLY), plan(FOUND, "R2", fact_id="found"))
    assert cannot_tell(judge_at(two_months, untold, day(FOUND + 1))).missing == "the day on which treatment started"
    assert not isinstance(judge_at(two_months, record_of(found("R5")), day(FOUND + 1)), Fires)


def test_under_a_plan_with_a_regimen_that_is_not_held_nothing_is_told_apart() -> None:
    case = seen(day(161), [*prevented("R5"), plan(FOUND, "unheard of", fact_id="found")])
    assert case.loading_doses == len(MONTHLY)
    assert case.start is not None and case.start.day(case.zone) == date_of(0)
