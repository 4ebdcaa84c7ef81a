"""Phases by every regimen but R1 and R2 (those: `test_phases`), and where regimens follow one another; section 8.2."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from domain.facts import Cause, EndReason, EnteredAs, Finding, SupplyStatus, YesNoUnknown
from domain.phase import Phase, PhaseNow
from domain.regimens import ALL_REGIMENS
from tests.domain.courses import SERIES
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
    oral,
    plan,
    record_of,
    supply,
)

CODES = [regimen.code for regimen in ALL_REGIMENS]
WITHOUT_LOADING = [regimen.code for regimen in ALL_REGIMENS if not regimen.loading]
BY_MOUTH = [regimen.code for regimen in ALL_REGIMENS if regimen.is_oral]
CYANOCOBALAMIN = (*range(6), *range(7, 20, 2), 22, 26, 29, 33)
UNKNOWN = YesNoUnknown.UNKNOWN


def now(at: datetime, *facts: Facts) -> PhaseNow:
    return case_at(record_of(*facts), at).phase_now


def phase(at: datetime, *facts: Facts) -> Phase:
    return now(at, *facts).phase


def course(code: str) -> list[Facts]:
    """The first doses of the regimen."""
    series = SERIES[code]
    return [series.give(n, series.ug) for n in series.first]


# --- every regimen -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", CODES)
def test_without_a_dose_nothing_has_started_and_the_first_dose_starts_it(code: str) -> None:
    first = SERIES[code].give(1, SERIES[code].ug)
    assert phase(day(30), plan(0, code)) is Phase.NOT_STARTED
    assert phase(day(1) - INSTANT, plan(0, code), first) is Phase.NOT_STARTED
    assert phase(day(1), plan(0, code), first) is not Phase.NOT_STARTED
    assert now(day(1), plan(0, code), first).since == date_of(1)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("reason", [EndReason.DIED, EndReason.TRANSFERRED, EndReason.OPTED_OUT, EndReason.STOPPED])
def test_an_end_ends_every_regimen_and_names_actor_and_reason(code: str, reason: EndReason) -> None:
    told = [plan(0, code, end=ended(day(60), reason)), *course(code)]
    assert phase(day(60) - INSTANT, told) is not Phase.ENDED
    over = now(day(60), told)
    assert (over.phase, over.since) == (Phase.ENDED, date_of(60))
    assert over.because == f"ended by Dr Ada: {reason}"


@pytest.mark.parametrize("code", CODES)
def test_in_every_regimen_a_patient_may_come_in_maintenance_or_lifelong(code: str) -> None:
    assert phase(day(0), plan(0, code, entered_as=EnteredAs.LIFELONG)) is Phase.LIFELONG
    expected = Phase.LIFELONG if code == "R5" else Phase.MAINTENANCE
    assert phase(day(0), plan(0, code, entered_as=EnteredAs.MAINTENANCE)) is expected


@pytest.mark.parametrize("code", [code for code in CODES if code not in ("R1", "R5")])
def test_a_year_after_the_first_dose_maintenance_is_lifelong_unless_the_cause_can_go_away(code: str) -> None:
    year = midnight(on(2027, 1, 5))
    told = [*course(code), assessment(45, Finding.LOADING_COMPLETE)]
    assert phase(year - INSTANT, plan(0, code), told) is Phase.MAINTENANCE
    assert phase(year, plan(0, code), told) is Phase.LIFELONG
    assert phase(year, plan(0, code, cause=Cause.DIETARY), told) is Phase.MAINTENANCE


@pytest.mark.parametrize("code", CODES)
def test_a_restart_begins_every_regimen_anew(code: str) -> None:
    told = [plan(0, code), *course(code), plan(60, code, fact_id="again", restarts=True)]
    assert phase(day(61), told) is Phase.NOT_STARTED


# --- regimens with a loading -------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["R2", "R2-SPC", "R2-PIL", "R3", "R4"])
def test_a_recorded_complete_loading_ends_all_but_that_with_involvement(code: str) -> None:
    told = [plan(0, code), SERIES[code].give(0, SERIES[code].ug)]
    said = assessment(3, Finding.LOADING_COMPLETE)
    assert phase(day(3) - INSTANT, told, said) is Phase.LOADING
    assert now(day(3), told, said).because == 'a clinician recorded "loading complete" on 8 January 2026'
    assert phase(day(3), told, said) is Phase.MAINTENANCE


def test_by_the_product_texts_a_normal_haemoglobin_ends_it_once_the_first_doses_are_given() -> None:
    told = [plan(0, "R2-SPC"), *(injection(n, 250) for n in (0, 2, 4, 6, 13))]
    assert phase(day(300), told, haemoglobin(10, 119)) is Phase.LOADING
    assert phase(day(300), told, haemoglobin(-1, 140)) is Phase.LOADING
    normal = haemoglobin(10, 120)
    assert phase(day(10) - INSTANT, told, normal) is Phase.LOADING
    reached = now(day(10), plan(0, "R2-SPC", cause=Cause.DIETARY), told[1:], normal)
    assert (reached.phase, reached.since) == (Phase.MAINTENANCE, date_of(10))
    assert "haemoglobin was normal on 15 January 2026" in reached.because


def test_by_the_product_texts_a_haemoglobin_that_is_normal_early_waits_for_the_first_doses() -> None:
    told = [plan(0, "R2-SPC", cause=Cause.DIETARY), *(injection(n, 250) for n in (0, 2, 4)), haemoglobin(3, 120)]
    assert phase(day(5), told) is Phase.LOADING
    assert now(day(6), told, injection(6, 250)).since == date_of(6)


def test_by_the_leaflet_seven_doses_or_the_plateau_end_it() -> None:
    six = [plan(0, "R2-PIL"), *injections(0, 2, 4, 6, 8, 10)]
    assert phase(day(11), six) is Phase.LOADING
    assert phase(day(12), six, injection(12)) is Phase.MAINTENANCE
    assert phase(day(11), six, assessment(11, Finding.NO_FURTHER_IMPROVEMENT)) is Phase.MAINTENANCE


def test_cyanocobalamin_is_loading_until_the_third_step_is_over() -> None:
    told = [plan(0, "R3"), *(injection(n, 100) for n in CYANOCOBALAMIN)]
    assert now(day(33), told).because == "loading doses counted: 17, step 3 of 3"
    complete = now(day(36), told, injection(36, 100))
    assert (complete.phase, complete.since) == (Phase.MAINTENANCE, date_of(36))
    assert complete.because == "the loading doses are complete"


def test_by_the_us_label_of_hydroxocobalamin_five_daily_doses_are_the_loading() -> None:
    told = [plan(0, "R4"), *(injection(n, 30) for n in range(4))]
    assert phase(day(3), told) is Phase.LOADING
    assert phase(day(4), told, injection(4, 30)) is Phase.MAINTENANCE


@pytest.mark.parametrize("code", ["R2", "R2-SPC", "R2-PIL"])
def test_where_involvement_is_unknown_neither_doses_nor_haemoglobin_end_it_but_a_clinician_does(code: str) -> None:
    told = [plan(0, code, neurological_involvement=UNKNOWN), *injections(0, 2, 4, 6, 8, 10, 12), haemoglobin(20, 140)]
    waiting = now(day(30), told)
    assert waiting.phase is Phase.LOADING
    assert "loading goes on until it is known" in waiting.because
    assert phase(day(30), told, assessment(25, Finding.LOADING_COMPLETE)) is not Phase.LOADING


@pytest.mark.parametrize("code", ["R3", "R4"])
def test_regimens_that_do_not_ask_about_involvement_go_on_without_knowing_it(code: str) -> None:
    told = [plan(0, code, neurological_involvement=UNKNOWN), *course(code), injection(45, 100)]
    assert phase(day(45), told) is Phase.MAINTENANCE


# --- regimens without a loading ----------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [code for code in WITHOUT_LOADING if code != "R5"])
def test_where_no_loading_is_prescribed_the_first_dose_begins_the_maintenance(code: str) -> None:
    begun = now(day(1), plan(0, code), SERIES[code].give(1, SERIES[code].ug))
    assert (begun.phase, begun.since) == (Phase.MAINTENANCE, date_of(1))
    assert phase(day(1), plan(0, code, entered_as=EnteredAs.LOADING)) is Phase.MAINTENANCE


def test_prophylaxis_is_lifelong_at_once_unless_its_cause_can_go_away() -> None:
    begun = now(day(0), plan(0, "R5"), injection(0))
    assert (begun.phase, begun.since) == (Phase.LIFELONG, date_of(0))
    assert "prophylaxis" in begun.because
    assert phase(day(0), plan(0, "R5", cause=Cause.REVERSIBLE), injection(0)) is Phase.MAINTENANCE
    assert phase(day(0), plan(0, "R5"), injection(0, reported=True)) is Phase.NOT_STARTED


@pytest.mark.parametrize("code", BY_MOUTH)
def test_a_treatment_by_mouth_begins_with_the_first_supply_which_is_no_dose(code: str) -> None:
    begun = now(day(2), plan(0, code), supply(2))
    assert (begun.phase, begun.since) == (Phase.MAINTENANCE, date_of(2))
    assert begun.because == "tablets were handed over on 7 January 2026; a supply is no dose"
    assert case_at(record_of(plan(0, code), supply(2)), day(2)).doses == ()
    assert phase(day(2), plan(0, code), supply(2, status=SupplyStatus.PREPARATION)) is Phase.NOT_STARTED


@pytest.mark.parametrize("code", [code for code in CODES if code not in BY_MOUTH])
def test_a_supply_begins_no_treatment_by_injection(code: str) -> None:
    assert phase(day(2), plan(0, code), supply(2)) is Phase.NOT_STARTED


# --- one regimen after another -----------------------------------------------------------------------------------


def test_a_complete_loading_stays_complete_under_another_regimen() -> None:
    monthly = plan(30, "R3", fact_id="changed")
    assert phase(day(30), plan(0), loading(), monthly) is Phase.MAINTENANCE
    plateau = [plan(0, "R1"), *injections(0, 2, 4), assessment(20, Finding.NO_FURTHER_IMPROVEMENT)]
    changed = now(day(30), plateau, plan(30, "R2", fact_id="changed"))
    assert (changed.phase, changed.since) == (Phase.MAINTENANCE, date_of(20))


def test_what_was_found_or_given_after_the_change_does_not_complete_the_loading_before_it() -> None:
    told = [plan(0, "R1"), *injections(0, 2, 4), plan(10, "R2", fact_id="changed")]
    late = assessment(day(10), Finding.NO_FURTHER_IMPROVEMENT)
    assert phase(day(20), told, late) is Phase.LOADING
    assert phase(day(20), told, assessment(day(10) - INSTANT, Finding.NO_FURTHER_IMPROVEMENT)) is Phase.MAINTENANCE


def test_only_the_plateau_ends_a_loading_with_involvement_also_after_a_complete_one() -> None:
    assert phase(day(30), plan(0), loading(), plan(30, "R1", fact_id="changed")) is Phase.LOADING


def test_an_incomplete_loading_goes_on_with_the_doses_counted_so_far() -> None:
    told = [plan(0), *injections(0, 2, 4), plan(5, "R2-PIL", fact_id="changed"), *injections(6, 8, 10)]
    assert now(day(11), told).because == "loading doses counted: 6 of 7"
    assert phase(day(12), told, injection(12)) is Phase.MAINTENANCE


def test_treatment_by_mouth_is_no_loading_for_injections_and_has_begun_all_the_same() -> None:
    told = [plan(0, "R7"), oral(0), plan(60, "R2", fact_id="changed")]
    changed = now(day(60), told)
    assert (changed.phase, changed.since) == (Phase.LOADING, date_of(60))
    assert changed.because == "loading doses counted: 0 of 6"


@pytest.mark.parametrize("code", ["R6", "R8", "R9"])
def test_without_a_regimen_nobody_knows_what_a_dose_completes(code: str) -> None:
    waiting = now(day(0), plan(0, code), injection(0))
    assert waiting.phase is Phase.LOADING
    assert waiting.because == "loading doses counted: 1, and which loading is prescribed is not known"


def test_from_mouth_to_monthly_injections_and_back_nothing_starts_again() -> None:
    told = [plan(0, "R7"), supply(0), haemoglobin(60, 130), plan(90, "R6b", fact_id="changed")]
    assert phase(day(80), told) is Phase.LIFELONG
    assert phase(day(90), told) is Phase.LIFELONG
    assert phase(day(120), told, plan(120, "R7", fact_id="back")) is Phase.LIFELONG


def test_lifelong_counts_its_year_from_the_first_supply() -> None:
    told = [plan(0, "R7"), supply(1)]
    assert phase(midnight(on(2027, 1, 6)) - INSTANT, told) is Phase.MAINTENANCE
    assert now(midnight(on(2027, 1, 6)), told).since == date(2027, 1, 6)
