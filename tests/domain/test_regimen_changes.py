"""A later plan asks for another loading: when it begins, and from when its rules count (sections 8.1-8.3, 8.6)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from domain.facts import EnteredAs, Fact, Finding, YesNoUnknown
from domain.judgement import Fires, Judgement, Quiet, Severity
from domain.phase import Phase
from domain.rules import (
    Rule,
    haematology_advice_missing,
    injection_overdue,
    loading_incomplete,
    loading_review,
    neurology_advice_missing,
    neurology_not_better_at_one_month,
)
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
    fires,
    injection,
    injections,
    judge_at,
    loading,
    midnight,
    on,
    oral,
    plan,
    quiet,
    record_of,
    severity_of,
)

PLATEAU, UNCHANGED = Finding.NO_FURTHER_IMPROVEMENT, Finding.NEUROLOGY_UNCHANGED
IMPROVED = Finding.NEUROLOGY_IMPROVED
REFERRALS = [neurology_advice_missing, haematology_advice_missing]
AFTER_LOADING = [EnteredAs.MAINTENANCE, EnteredAs.LIFELONG]


def came(regimen: str = "R2", entered_as: EnteredAs = EnteredAs.LIFELONG, **told: Any) -> Fact:
    told = {"last_dose": date_of(-30), **told}
    return plan(0, regimen, fact_id="came", entered_as=entered_as, **told)


R1 = plan(20, "R1", fact_id="found")


def judged(rule: Rule, at: datetime, *facts: Facts) -> Judgement:
    return judge_at(rule, record_of(*facts), at)


def phase_at(at: datetime, *facts: Facts) -> Phase:
    return case_at(record_of(*facts), at).phase


def window_at(at: datetime, *facts: Facts) -> DoseWindow:
    window = case_at(record_of(*facts), at).next_dose
    assert isinstance(window, DoseWindow), window
    return window


# --- a patient who came after loading ----------------------------------------------------------------------------


@pytest.mark.parametrize("entered_as", AFTER_LOADING)
@pytest.mark.parametrize("regimen", ["R2", "R2-SPC", "R3", "R5", "R7", "an older one"])
def test_a_later_plan_with_r1_loads_until_the_plateau(entered_as: EnteredAs, regimen: str) -> None:
    facts = [came(regimen, entered_as), R1]
    assert phase_at(day(20) - INSTANT, facts) in (Phase.MAINTENANCE, Phase.LIFELONG)
    assert phase_at(day(20), facts) is Phase.LOADING
    loaded = [*facts, *injections(*range(20, 60, 2))]
    assert phase_at(day(60), loaded) is Phase.LOADING
    over = [*loaded, assessment(50, PLATEAU)]
    assert phase_at(day(50), over) in (Phase.MAINTENANCE, Phase.LIFELONG)
    assert case_at(record_of(over), day(50)).phase_now.since == date_of(50)


def test_who_came_after_the_loading_of_r1_is_not_loaded_once_more_by_the_same_regimen() -> None:
    facts = [came("R1"), plan(20, "R1", fact_id="again"), plan(30, "R2"), plan(40, "R1", fact_id="back")]
    assert {phase_at(day(n), facts) for n in (20, 30, 40)} == {Phase.LIFELONG}


def test_a_loading_that_was_over_stays_so_for_one_by_a_number_of_doses() -> None:
    assert phase_at(day(20), came("R2"), plan(20, "R3")) is Phase.LIFELONG
    assert phase_at(day(20), came("R1"), plan(20, "R2")) is Phase.LIFELONG
    assert phase_at(day(20), came("an older one"), plan(20, "R2")) is Phase.LIFELONG


@pytest.mark.parametrize("regimen", ["R5", "R7"])
def test_who_came_on_a_regimen_without_loading_is_loaded_by_one_with_it(regimen: str) -> None:
    facts = [came(regimen), plan(20, "R2")]
    assert phase_at(day(20), facts) is Phase.LOADING
    loaded = [*facts, *injections(*range(20, 32, 2))]
    assert phase_at(day(30) - INSTANT, loaded) is Phase.LOADING
    assert phase_at(day(30), loaded) in (Phase.MAINTENANCE, Phase.LIFELONG)


def test_a_later_plan_that_says_itself_that_the_patient_comes_in_maintenance_loads_nothing() -> None:
    says = plan(20, "R1", entered_as=EnteredAs.MAINTENANCE, last_dose=date_of(10))
    assert phase_at(day(20), came("R2"), says) is Phase.MAINTENANCE


def test_a_plateau_from_before_the_plan_with_r1_does_not_end_its_loading() -> None:
    facts = [came("R2", last_dose=date_of(-3)), injection(15), R1]
    assert phase_at(day(30), facts, assessment(day(20), PLATEAU)) is Phase.LOADING
    assert phase_at(day(30), facts, assessment(day(20) + INSTANT, PLATEAU)) is not Phase.LOADING
    seen_here = [plan(0, "R2-PIL"), *injections(*range(0, 8, 2)), assessment(8, PLATEAU)]
    assert phase_at(day(9), seen_here) is not Phase.LOADING
    assert phase_at(day(21), seen_here, R1) is Phase.LOADING


@pytest.mark.parametrize("before", [[came()], [came("R7", last_dose=None)], [came("an older one", last_dose=None)]])
def test_the_first_dose_of_a_loading_after_maintenance_is_due_with_its_plan(before: list[Fact]) -> None:
    facts = [*before, R1]
    window = window_at(day(20), facts)
    assert (window.earliest, window.due, window.overdue_after) == (date_of(20), date_of(20), date_of(21))
    assert isinstance(judged(injection_overdue, midnight(22) - INSTANT, facts), Quiet)
    overdue = alert_of(injection_overdue, record_of(facts), midnight(22))
    assert (overdue.severity, overdue.standing) == (Severity.HIGH, False)
    assert window_at(day(20, 10), facts, injection(20)).due == date_of(22)


def test_the_first_dose_of_a_loading_after_maintenance_seen_here_is_due_with_its_plan() -> None:
    facts = [plan(0, "R2"), *loading(), plan(40, "R1")]
    assert window_at(day(40), facts).due == date_of(40)
    assert isinstance(judged(injection_overdue, midnight(42) - INSTANT, facts), Quiet)
    assert severity_of(judged(injection_overdue, midnight(42), facts)) is Severity.HIGH


def test_a_loading_dose_that_is_late_stays_late_under_another_plan() -> None:
    facts = [plan(0, "R2"), *injections(0, 2), plan(10, "R1")]
    assert window_at(day(10), facts).due == date_of(4)


def test_a_dose_just_before_the_plan_is_followed_by_the_interval_of_loading() -> None:
    assert window_at(day(20), came(last_dose=date_of(19)), R1).due == date_of(21)
    assert window_at(day(20), came(last_dose=date_of(18)), R1).due == date_of(20)
    assert window_at(day(20), came(last_dose=date_of(17)), R1).due == date_of(20)


def test_the_days_of_a_loading_after_tablets_count_from_its_plan() -> None:
    facts = [plan(0, "R7"), oral(0), plan(60, "R2"), *injections(60, 62, 64, 67, 76)]
    assert isinstance(judged(loading_incomplete, midnight(77) - INSTANT, facts), Quiet)
    assert isinstance(judged(loading_incomplete, midnight(77), facts), Fires)


# --- advice, and the month -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", REFERRALS)
def test_involvement_that_a_later_plan_finds_needs_advice(rule: Rule) -> None:
    assert isinstance(judged(rule, day(19), came(), R1), Quiet)
    asked = alert_of(rule, record_of(came(), R1), day(20))
    assert (asked.severity, asked.standing) == (Severity.MEDIUM, False)
    assert severity_of(judged(rule, day(21), came(), R1)) is Severity.HIGH
    mismatched = plan(20, "R2", fact_id="found", neurological_involvement=YesNoUnknown.YES)
    assert isinstance(judged(rule, day(20), came(), mismatched), Fires)


@pytest.mark.parametrize("rule", REFERRALS)
@pytest.mark.parametrize("told", [{}, {"neurological_involvement": YesNoUnknown.UNKNOWN}])
def test_involvement_with_which_the_patient_came_needs_none(rule: Rule, told: dict[str, Any]) -> None:
    assert "came to us after the start" in quiet(judged(rule, day(30), came("R1", **told), R1)).because


def test_the_month_counts_from_the_plan_that_found_the_involvement() -> None:
    facts = [came(), R1, *injections(*range(20, 90, 2)), assessment(30, UNCHANGED)]
    opens = on(2026, 2, 26)  # a month and a day after 25 January
    rule = neurology_not_better_at_one_month
    assert isinstance(judged(rule, midnight(opens) - INSTANT, facts), Quiet)
    assert fires(judged(rule, midnight(opens), facts)).since == midnight(opens)
    assert "found" in evidence_ids(judged(rule, midnight(opens), facts))
    assert isinstance(judged(rule, midnight(opens), facts, assessment(19, IMPROVED)), Fires)
    assert isinstance(judged(rule, midnight(opens), facts, assessment(21, IMPROVED)), Quiet)


def test_the_month_of_a_patient_seen_here_counts_from_the_plan_too() -> None:
    facts = [plan(0, "R2"), *injections(0, 2, 4, 7, 9), plan(10, "R1"), assessment(15, UNCHANGED)]
    opens = on(2026, 2, 16)
    rule = neurology_not_better_at_one_month
    assert isinstance(judged(rule, midnight(opens) - INSTANT, facts), Quiet)
    assert isinstance(judged(rule, midnight(opens), facts), Fires)


def test_the_month_counts_from_the_involvement_where_only_the_regimen_follows_later() -> None:
    mismatched = plan(0, "R2", neurological_involvement=YesNoUnknown.YES)
    facts = [mismatched, *loading(), plan(20, "R1"), assessment(15, UNCHANGED)]
    assert isinstance(judged(neurology_not_better_at_one_month, midnight(on(2026, 2, 6)), facts), Fires)


@pytest.mark.parametrize("before", [[came()], [plan(0, "R2"), *loading()]])
def test_the_review_of_the_loading_counts_from_the_plan_that_asked_for_it(before: list[Fact]) -> None:
    facts = [*before, R1, *injections(*range(20, 90, 2))]
    assert isinstance(judged(loading_review, midnight(41) - INSTANT, facts), Quiet)
    opened = fires(judged(loading_review, midnight(41), facts))
    assert (opened.severity, opened.since) == (Severity.MEDIUM, midnight(41))
    assert "found" in evidence_ids(opened)
    assert severity_of(judged(loading_review, midnight(62) - INSTANT, facts)) is Severity.MEDIUM
    assert severity_of(judged(loading_review, midnight(62), facts)) is Severity.HIGH


def test_a_loading_with_which_the_patient_came_counts_from_the_start_that_is_told() -> None:
    first = plan(-1, "R2", entered_as=None)
    came_loading = plan(0, "R1", entered_as=EnteredAs.LOADING, treatment_started=date_of(-20), last_dose=date_of(-1))
    assert isinstance(judged(loading_review, midnight(1), first, came_loading), Fires)
    unseen = [first, came_loading, plan(30, "R2", neurological_involvement=YesNoUnknown.YES)]
    assert cannot_tell(judged(neurology_not_better_at_one_month, day(31), unseen)).missing
