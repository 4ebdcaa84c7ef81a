"""Phases at their edges: of several confirmations the earliest, of several findings the first."""

from __future__ import annotations

from datetime import datetime

import pytest

from domain.facts import EnteredAs, Finding
from domain.phase import Phase, PhaseNow
from tests.kit import (
    INSTANT,
    Facts,
    assessment,
    case_at,
    date_of,
    day,
    haemoglobin,
    injection,
    injections,
    loading,
    plan,
    record_of,
)

PLATEAU = Finding.NO_FURTHER_IMPROVEMENT
CONFIRMED = Finding.LIFELONG_CONFIRMED


def phase_now(at: datetime, *facts: Facts) -> PhaseNow:
    return case_at(record_of(*facts), at).phase_now


def because(at: datetime, *facts: Facts) -> str:
    return str(phase_now(at, *facts).because)


def test_of_two_reported_doses_the_newest_is_named() -> None:
    reported = [injection(3, reported=True), injection(7, reported=True)]
    assert "reported on 12 January 2026" in because(day(8), plan(0), reported)


# --- the earliest confirmation -----------------------------------------------------------------------------------


def test_entered_lifelong_counts_from_the_entry_and_not_from_a_later_confirmation() -> None:
    entered = plan(0, entered_as=EnteredAs.LIFELONG, last_dose=date_of(-30))
    now = phase_now(day(40), entered, assessment(30, CONFIRMED))
    assert (now.phase, now.since) == (Phase.LIFELONG, date_of(0))
    assert "the plan says" in str(now.because)


def test_of_two_confirmations_the_first_counts() -> None:
    facts = [plan(0), *loading(), assessment(30, CONFIRMED), assessment(50, CONFIRMED)]
    assert phase_now(day(60), facts).since == date_of(30)


@pytest.mark.parametrize(("confirmed", "since"), [(39, 39), (40, 40), (41, 40)])
def test_a_clinician_and_a_normal_haemoglobin_whichever_was_first(confirmed: int, since: int) -> None:
    now = phase_now(day(60), plan(0), loading(), assessment(confirmed, CONFIRMED), haemoglobin(40, 130))
    assert now.since == date_of(since)
    assert ("a clinician confirmed" in str(now.because)) == (confirmed <= 40)


def test_a_recovery_that_is_complete_only_after_a_confirmation_does_not_move_it() -> None:
    facts = [plan(0, "R1"), *injections(0, 2), assessment(20, PLATEAU), assessment(50, CONFIRMED)]
    assert phase_now(day(60), facts).since == date_of(50)
    assert phase_now(day(60), facts, haemoglobin(45, 130)).since == date_of(45)
    entered = plan(0, "R1", entered_as=EnteredAs.MAINTENANCE, last_dose=date_of(-1), treatment_started=date_of(-90))
    said, improved = assessment(30, CONFIRMED), assessment(40, Finding.NEUROLOGY_IMPROVED)
    assert phase_now(day(60), entered, haemoglobin(10, 130), said, improved).since == date_of(30)


# --- a normal haemoglobin ----------------------------------------------------------------------------------------


def test_entered_without_a_start_a_haemoglobin_counts_from_the_plan() -> None:
    entered = plan(0, entered_as=EnteredAs.MAINTENANCE)
    assert phase_now(day(20), entered, haemoglobin(-1, 130)).phase is Phase.MAINTENANCE
    assert phase_now(day(20), entered, haemoglobin(10, 130)).since == date_of(10)


def test_a_sample_of_the_very_start_does_not_confirm() -> None:
    facts = [plan(0), *loading()]
    assert phase_now(day(20), facts, haemoglobin(day(0), 130)).phase is Phase.MAINTENANCE
    assert phase_now(day(20), facts, haemoglobin(date_of(0), 130)).phase is Phase.MAINTENANCE
    assert phase_now(day(20), facts, haemoglobin(day(0) + INSTANT, 130)).phase is Phase.LIFELONG


def test_with_a_regimen_that_is_not_held_a_normal_haemoglobin_confirms_nothing() -> None:
    entered = plan(0, "R99", entered_as=EnteredAs.MAINTENANCE, treatment_started=date_of(-90))
    assert phase_now(day(20), entered, haemoglobin(10, 130)).phase is Phase.MAINTENANCE


def test_with_involvement_it_counts_from_the_later_of_haemoglobin_and_first_improvement() -> None:
    entered = plan(0, "R1", entered_as=EnteredAs.MAINTENANCE, last_dose=date_of(-1), treatment_started=date_of(-90))
    found = [assessment(20, Finding.NEUROLOGY_IMPROVED), assessment(30, PLATEAU)]
    now = phase_now(day(40), entered, haemoglobin(10, 130), found)
    assert now.since == date_of(20)
    assert "recorded improvement on 25 January 2026" in str(now.because)
    assert phase_now(day(40), entered, haemoglobin(25, 130), found).since == date_of(25)


def test_a_plateau_is_named_as_one() -> None:
    facts = [plan(0, "R1"), injection(0), assessment(20, PLATEAU), haemoglobin(30, 130)]
    assert 'recorded "no further improvement" on 25 January 2026' in because(day(40), facts)


# --- prophylaxis -------------------------------------------------------------------------------------------------


def test_a_prophylaxis_counts_from_its_maintenance_and_one_that_began_before_us_from_the_entry() -> None:
    started = phase_now(day(40), plan(0, "R5"), injection(3))
    assert (started.phase, started.since) == (Phase.LIFELONG, date_of(3))
    entered = phase_now(day(40), plan(0, "R5", entered_as=EnteredAs.LOADING))
    assert (entered.phase, entered.since) == (Phase.LIFELONG, date_of(0))
