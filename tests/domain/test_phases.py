"""Phases: sections 8.1, 8.2 and 8.6 of the clinical reference."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from domain.facts import Cause, EnteredAs, Finding, YesNoUnknown
from domain.phase import Phase
from tests.kit import (
    INSTANT,
    Facts,
    assessment,
    case_at,
    date_of,
    day,
    ended,
    haemoglobin,
    injection,
    injections,
    loading,
    midnight,
    on,
    plan,
    record_of,
    transfusion,
    withdrawal,
)

PLATEAU = Finding.NO_FURTHER_IMPROVEMENT


def phase_at(at: datetime, *facts: Facts) -> Phase:
    return case_at(record_of(*facts), at).phase


def since(at: datetime, *facts: Facts) -> date | None:
    return case_at(record_of(*facts), at).phase_now.since


# --- not started, loading ----------------------------------------------------------------------------------------


def test_no_counted_dose_is_not_started() -> None:
    assert phase_at(day(30), injection(0)) is Phase.NOT_STARTED
    assert phase_at(day(30), plan(0)) is Phase.NOT_STARTED
    assert phase_at(day(30), plan(0), injection(1, 499)) is Phase.NOT_STARTED
    assert phase_at(day(30), plan(0), injection(1, reported=True)) is Phase.NOT_STARTED


def test_loading_begins_with_the_first_dose_and_ends_with_the_sixth() -> None:
    facts = [plan(0), *loading()]
    assert phase_at(day(0) - INSTANT, plan(-1), loading()) is Phase.NOT_STARTED
    assert phase_at(day(0), facts) is Phase.LOADING
    assert phase_at(day(11) - INSTANT, facts) is Phase.LOADING
    assert phase_at(day(11), facts) is Phase.MAINTENANCE
    assert since(day(40), facts) == date_of(11)


def test_loading_may_be_declared_complete_before_the_sixth_dose() -> None:
    facts = [plan(0), *injections(0, 2, 4), assessment(6, Finding.LOADING_COMPLETE)]
    assert phase_at(day(6), facts) is Phase.MAINTENANCE


@pytest.mark.parametrize("finding", [finding for finding in Finding if finding is not PLATEAU])
def test_with_involvement_nothing_but_the_plateau_ends_the_loading(finding: Finding) -> None:
    facts = [plan(0, "R1"), *injections(*range(0, 60, 2)), assessment(50, finding)]
    assert phase_at(day(400), facts) is Phase.LOADING
    assert phase_at(day(400), facts, assessment(51, PLATEAU)) is not Phase.LOADING


def test_the_plateau_is_dated_after_a_dose() -> None:
    facts = [plan(0, "R1"), injection(0)]
    assert phase_at(day(1), facts, assessment(day(0), PLATEAU)) is Phase.LOADING
    assert phase_at(day(1), facts, assessment(day(0) + INSTANT, PLATEAU)) is Phase.MAINTENANCE
    assert phase_at(day(1), facts, assessment(date_of(0), PLATEAU)) is Phase.LOADING
    assert phase_at(day(1), facts, assessment(date_of(1), PLATEAU)) is Phase.MAINTENANCE


def test_worse_after_the_plateau_does_not_bring_the_loading_back() -> None:
    facts = [plan(0, "R1"), injection(0), assessment(20, PLATEAU), assessment(30, Finding.NEUROLOGY_WORSE)]
    assert phase_at(day(31), facts) is Phase.MAINTENANCE
    assert phase_at(day(41), facts, plan(40, "R1", fact_id="again", restarts=True)) is Phase.NOT_STARTED


def test_with_involvement_unknown_the_patient_stays_in_loading_after_dose_six() -> None:
    unknown = plan(0, neurological_involvement=YesNoUnknown.UNKNOWN, fact_id="plan")
    assert phase_at(day(500), unknown, loading()) is Phase.LOADING
    known = plan(0, neurological_involvement=YesNoUnknown.NO, fact_id="plan", version=2)
    assert phase_at(day(20), unknown, loading(), known) is Phase.MAINTENANCE


# --- lifelong ----------------------------------------------------------------------------------------------------


def test_a_normal_haemoglobin_since_the_start_confirms_what_is_meant_for_life() -> None:
    facts = [plan(0), *loading()]
    assert phase_at(day(60), facts, haemoglobin(-1, 140)) is Phase.MAINTENANCE
    assert phase_at(day(60), facts, haemoglobin(40, 119)) is Phase.MAINTENANCE
    assert phase_at(day(60), facts, haemoglobin(40, 120)) is Phase.LIFELONG
    assert since(day(60), facts, haemoglobin(40, 120)) == date_of(40)
    assert phase_at(day(60), facts, haemoglobin(40, 120), haemoglobin(50, 90)) is Phase.LIFELONG
    assert phase_at(day(60), facts, haemoglobin(40, 140), transfusion(20)) is Phase.MAINTENANCE


@pytest.mark.parametrize(
    ("finding", "confirms"),
    [
        (Finding.NEUROLOGY_IMPROVED, True),
        (Finding.NEUROLOGY_RESOLVED, True),
        (Finding.STILL_IMPROVING, True),
        (Finding.NEUROLOGY_UNCHANGED, False),
        (Finding.NEUROLOGY_WORSE, False),
    ],
)
def test_entered_with_involvement_it_needs_improvement_or_plateau_besides(finding: Finding, confirms: bool) -> None:
    entered = plan(0, "R1", entered_as=EnteredAs.MAINTENANCE, last_dose=date_of(-1), treatment_started=date_of(-90))
    facts = [entered, haemoglobin(10, 140)]
    assert phase_at(day(20), facts) is Phase.MAINTENANCE
    assert phase_at(day(20), facts, assessment(15, finding)) is (Phase.LIFELONG if confirms else Phase.MAINTENANCE)


def test_with_involvement_the_plateau_and_a_normal_haemoglobin_are_enough() -> None:
    facts = [plan(0, "R1"), injection(0), assessment(20, PLATEAU)]
    assert phase_at(day(40), facts) is Phase.MAINTENANCE
    assert phase_at(day(40), facts, haemoglobin(30, 120)) is Phase.LIFELONG


def test_twelve_months_since_the_first_dose_confirm_it_too() -> None:
    facts = [plan(0), *loading()]
    year = midnight(on(2027, 1, 5))
    assert phase_at(year - INSTANT, facts) is Phase.MAINTENANCE
    assert phase_at(year, facts) is Phase.LIFELONG
    assert since(day(500), facts) == date(2027, 1, 5)


def test_twelve_months_from_a_leap_day_are_28_february() -> None:
    leap = on(2024, 2, 29)
    facts = [plan(leap), *injections(*(leap + n for n in (0, 2, 4, 7, 9, 11)))]
    year = midnight(on(2025, 2, 28))
    assert phase_at(year - INSTANT, facts) is Phase.MAINTENANCE
    assert phase_at(year, facts) is Phase.LIFELONG


@pytest.mark.parametrize("cause", list(Cause))
def test_only_a_dietary_or_reversible_cause_keeps_treatment_out_of_lifelong(cause: Cause) -> None:
    facts = [plan(0, cause=cause), *loading(), assessment(20, Finding.LIFELONG_CONFIRMED), haemoglobin(30, 140)]
    can_end = cause in (Cause.DIETARY, Cause.REVERSIBLE)
    assert phase_at(day(500), facts) is (Phase.MAINTENANCE if can_end else Phase.LIFELONG)


def test_a_clinician_may_confirm_it_but_not_before_the_loading_is_complete() -> None:
    said = assessment(5, Finding.LIFELONG_CONFIRMED)
    assert phase_at(day(10), plan(0), loading(), said) is Phase.LOADING
    assert phase_at(day(11), plan(0), loading(), said) is Phase.LIFELONG
    assert since(day(11), plan(0), loading(), said) == date_of(11)


def test_lifelong_is_left_by_a_correction_of_what_it_rested_on() -> None:
    normal = haemoglobin(40, 130)
    record = record_of(plan(0), loading(), normal)
    assert case_at(record, day(60)).phase is Phase.LIFELONG
    assert case_at(record.add(withdrawal(normal, 60), day(60)), day(60)).phase is Phase.MAINTENANCE


# --- entered in mid-course ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entered_as", "phase"),
    [
        (EnteredAs.LOADING, Phase.LOADING),
        (EnteredAs.MAINTENANCE, Phase.MAINTENANCE),
        (EnteredAs.LIFELONG, Phase.LIFELONG),
    ],
)
def test_a_patient_is_in_the_phase_in_which_the_plan_says_they_came(entered_as: EnteredAs, phase: Phase) -> None:
    assert phase_at(day(0), plan(0, entered_as=entered_as)) is phase


@pytest.mark.parametrize(("given", "phase"), [(4, Phase.LOADING), (5, Phase.MAINTENANCE), (6, Phase.MAINTENANCE)])
def test_loading_doses_that_the_plan_tells_count_with_those_given_here(given: int, phase: Phase) -> None:
    entered = plan(0, entered_as=EnteredAs.LOADING, loading_doses_given=given, last_dose=date_of(-1))
    assert phase_at(day(1), entered, injection(1)) is phase


def test_a_dose_that_is_charted_and_told_by_the_plan_counts_once() -> None:
    told: dict[str, Any] = {"entered_as": EnteredAs.LOADING, "loading_doses_given": 4, "last_dose": date_of(-1)}
    assert phase_at(day(1), plan(0, **told), injections(-3, -1, 1)) is Phase.LOADING
    assert phase_at(day(1), plan(0, **told), injections(-3, -1, 0, 1)) is Phase.MAINTENANCE


def test_with_involvement_the_plateau_after_a_dose_that_the_plan_tells_ends_the_loading() -> None:
    entered = plan(0, "R1", entered_as=EnteredAs.LOADING, loading_doses_given=9, last_dose=date_of(-1))
    assert phase_at(day(3), entered, assessment(3, PLATEAU)) is Phase.MAINTENANCE


# --- ended, new treatment ----------------------------------------------------------------------------------------


def test_the_end_holds_from_its_instant() -> None:
    facts = [plan(0, end=ended(day(20))), *loading()]
    assert phase_at(day(20) - INSTANT, facts) is Phase.MAINTENANCE
    assert phase_at(day(20), facts) is Phase.ENDED
    assert phase_at(day(25), facts, injection(24)) is Phase.ENDED


def test_a_plan_after_the_end_begins_anew_and_old_doses_do_not_count() -> None:
    facts = [plan(0, end=ended(day(12))), *loading(), plan(14, fact_id="again")]
    assert phase_at(day(14), facts) is Phase.NOT_STARTED
    assert phase_at(day(15), facts, injection(15)) is Phase.LOADING


def test_a_plan_of_the_day_of_the_end_owns_the_doses_of_that_day() -> None:
    facts = [plan(0, end=ended(day(12))), *loading(), plan(day(12, 10), fact_id="again")]
    assert phase_at(day(12, 11), facts, injection(day(12, 10.5))) is Phase.LOADING


def test_a_restart_forgets_the_doses_and_the_plateau_before_it() -> None:
    facts = [plan(0, "R1"), *injections(0, 2), assessment(20, PLATEAU)]
    again = plan(30, "R1", fact_id="again", restarts=True)
    assert phase_at(day(30), facts, again) is Phase.NOT_STARTED
    assert phase_at(day(31), facts, again, injection(31)) is Phase.LOADING


def test_a_change_of_regimen_in_mid_loading_keeps_the_doses() -> None:
    facts = [plan(0), *injections(0, 2, 4, 7, 9), plan(10, "R1", fact_id="change"), injection(11)]
    assert phase_at(day(30), facts) is Phase.LOADING
    back = plan(12, "R2", fact_id="back")
    assert phase_at(day(30), facts, back) is Phase.MAINTENANCE


def test_a_plan_in_the_future_does_not_yet_replace_the_present_one() -> None:
    facts = [plan(0), *loading(), plan(14, "R1", fact_id="next", start=plan(20).time)]
    assert phase_at(day(20) - INSTANT, facts) is Phase.MAINTENANCE
    assert phase_at(day(20), facts) is Phase.LOADING
