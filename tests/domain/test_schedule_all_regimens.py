"""The window of the next dose by every regimen but R1 and R2 (those: `test_schedule`); sections 2, 8.3 and 8.8."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from domain.facts import Cause, EnteredAs, Fact, Finding, Route, YesNoUnknown
from domain.judgement import Severity
from domain.regimens import ALL_REGIMENS
from domain.window import DoseWindow, NextDose, NoDose, Unclear
from tests.kit import (
    Facts,
    assessment,
    case_at,
    date_of,
    day,
    every,
    haemoglobin,
    injection,
    injections,
    on,
    oral,
    plan,
    record_of,
    supply,
)

DAILY_BY_MOUTH = ("R6c", "R7", "R8a")
DAILY = (0, 1, 2, 3, 4, 5)
ALTERNATE = (7, 9, 11, 13, 15, 17, 19)


def next_dose(at: datetime, *facts: Facts) -> NextDose:
    return case_at(record_of(*facts), at).next_dose


def window(at: datetime, *facts: Facts) -> DoseWindow:
    found = next_dose(at, *facts)
    assert isinstance(found, DoseWindow), found
    return found


def days(at: datetime, *facts: Facts) -> tuple[date, date, date]:
    found = window(at, *facts)
    return found.earliest, found.due, found.overdue_after


def given(*numbers: int, ug: int = 1000) -> list[Fact]:
    return [injection(n, ug) for n in numbers]


@pytest.mark.parametrize("code", [r.code for r in ALL_REGIMENS if r.code not in DAILY_BY_MOUTH])
def test_the_first_dose_is_due_when_the_plan_starts_and_overdue_after_three_days(code: str) -> None:
    told = plan(0, code, neurological_involvement=YesNoUnknown.NO)
    assert days(day(0), told) == (date_of(0), date_of(0), date_of(3))
    unknown = plan(0, code, neurological_involvement=YesNoUnknown.UNKNOWN)
    assert days(day(0), unknown) == (date_of(0), date_of(0), date_of(1))


# --- the product texts and the leaflet ---------------------------------------------------------------------------


def test_product_texts_alternate_days_then_weekly_then_every_two_to_three_months() -> None:
    told = plan(0, "R2-SPC")
    assert days(day(4), told, given(0, 2, 4, ug=250)) == (date_of(5), date_of(6), date_of(7))
    # after a week the next dose may be that of a second week of alternate days, and is late by the weekly gap alone
    assert days(day(6), told, given(0, 2, 4, 6, ug=250)) == (date_of(7), date_of(13), date_of(16))
    weekly = given(0, 2, 4, 6, 13, ug=250)
    assert days(day(13), told, weekly) == (date_of(18), date_of(20), date_of(23))
    normal = haemoglobin(15, 120)
    assert days(day(15), told, weekly, normal) == (date(2026, 3, 18), date(2026, 3, 18), date(2026, 4, 18))


def test_leaflet_alternate_days_then_every_three_months_or_twice_a_year_where_the_diet_is_the_cause() -> None:
    doses = injections(0, 2, 4, 7, 9, 11, 14)
    assert days(day(12), plan(0, "R2-PIL"), doses[:6]) == (date_of(12), date_of(13), date_of(14))
    assert days(day(14), plan(0, "R2-PIL"), doses) == (date(2026, 3, 19), date(2026, 4, 19), date(2026, 4, 26))
    dietary = plan(0, "R2-PIL", cause=Cause.DIETARY)
    assert days(day(14), dietary, doses) == (date(2026, 6, 19), date(2026, 7, 19), date(2026, 7, 26))
    assert days(day(14), plan(0, "R2-PIL", cause=Cause.REVERSIBLE), doses)[1] == date(2026, 4, 19)


@pytest.mark.parametrize("code", ["R2-SPC", "R2-PIL"])
def test_with_involvement_unknown_the_dose_after_the_first_step_cannot_be_told(code: str) -> None:
    doses = injections(0, 2, 4, 6, 8, 10, 12)
    found = next_dose(day(12), plan(0, code, neurological_involvement=YesNoUnknown.UNKNOWN), doses)
    assert isinstance(found, Unclear) and found.latest is not None
    assert found.severity is Severity.HIGH
    assert found.latest.overdue_after == (date_of(22) if code == "R2-SPC" else date(2026, 3, 24))


# --- the US labels -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("doses", "expected"),
    [
        (DAILY[:3], (3, 3, 4)),
        (DAILY, (6, 7, 8)),
        ((*DAILY, 6), (7, 8, 9)),
        ((*DAILY, *ALTERNATE[:3]), (12, 13, 14)),
        ((*DAILY, *ALTERNATE), (22, 22, 24)),
        ((*DAILY, *ALTERNATE, 22), (25, 25, 27)),
    ],
)
def test_cyanocobalamin_daily_alternate_days_then_every_three_to_four_days(
    doses: tuple[int, ...], expected: tuple[int, int, int]
) -> None:
    found = days(day(doses[-1]), plan(0, "R3"), given(*doses, ug=100))
    assert found == tuple(map(date_of, expected))


def test_cyanocobalamin_then_monthly_for_life() -> None:
    doses = given(*DAILY, *ALTERNATE, 22, 26, 29, 33, 36, ug=100)
    assert date_of(36) == date(2026, 2, 10)
    assert days(day(36), plan(0, "R3"), doses) == (date(2026, 3, 3), date(2026, 3, 10), date(2026, 3, 17))


def test_hydroxocobalamin_by_its_us_label_daily_then_monthly_and_daily_doses_may_go_on() -> None:
    told = plan(0, "R4")
    assert days(day(2), told, given(0, 1, 2, ug=30)) == (date_of(3), date_of(3), date_of(4))
    assert days(day(4), told, given(0, 1, 2, 3, 4, ug=30)) == (date_of(5), date(2026, 2, 9), date(2026, 2, 16))
    ten = given(*range(10), ug=30)
    assert days(day(9), told, ten) == (date(2026, 2, 4), date(2026, 2, 14), date(2026, 2, 21))


# --- no loading --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("R5", (date(2026, 1, 26), date(2026, 2, 5), date(2026, 2, 12))),
        ("R6a", (date(2026, 3, 5), date(2026, 3, 5), date(2026, 4, 5))),
        ("R6b", (date(2026, 1, 26), date(2026, 2, 5), date(2026, 2, 12))),
        ("R8b", (date(2026, 6, 5), date(2026, 7, 5), date(2026, 7, 12))),
    ],
)
def test_the_first_injection_begins_the_maintenance(code: str, expected: tuple[date, date, date]) -> None:
    assert days(day(0), plan(0, code), injection(0)) == expected
    assert window(day(0), plan(0, code), injection(0)).rests_on == date_of(0)


@pytest.mark.parametrize("code", ["R5", "R6a", "R6b", "R8b"])
def test_a_reported_dose_alone_has_the_window_of_the_maintenance_too(code: str) -> None:
    assert days(day(0), plan(0, code), injection(0, reported=True)) == days(day(0), plan(0, code), injection(0))


def test_months_clamp_at_the_end_of_february_and_the_next_counts_from_the_dose_itself() -> None:
    start = on(2024, 1, 31)
    assert days(day(start), plan(start, "R5"), injection(start))[1:] == (date(2024, 2, 29), date(2024, 3, 7))
    again = on(2024, 2, 29)
    assert days(day(again), plan(start, "R5"), injections(start, again))[1] == date(2024, 3, 29)


@pytest.mark.parametrize("code", ["R2", "R2-SPC", "R2-PIL", "R3", "R4", "R5", "R6a", "R6b", "R8b"])
def test_an_individual_interval_replaces_the_window_of_the_maintenance_of_every_regimen(code: str) -> None:
    entered = plan(0, code, entered_as=EnteredAs.MAINTENANCE, last_dose=date_of(0), interval=every(days=40))
    found = window(day(0), entered)
    assert (found.earliest, found.due, found.overdue_after) == (date_of(33), date_of(40), date_of(47))
    assert found.statement == "S20"


# --- by mouth ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", DAILY_BY_MOUTH)
def test_what_is_taken_every_day_has_no_windows(code: str) -> None:
    for facts in ([], [oral(0)], [supply(0)], [injection(0)]):
        found = next_dose(day(5), plan(0, code), facts)
        assert isinstance(found, NoDose)
        assert found.because == "taken by mouth every day: its supply is watched"


def test_intermittent_by_mouth_is_overdue_after_three_months_or_the_prescribed_interval_without_grace() -> None:
    assert days(day(0), plan(0, "R7b"), oral(0)) == (date(2026, 2, 5), date(2026, 4, 5), date(2026, 4, 5))
    monthly = plan(0, "R7b", interval=every(months=1))
    assert days(day(0), monthly, oral(0)) == (date(2026, 1, 29), date(2026, 2, 5), date(2026, 2, 5))


def test_intermittent_by_mouth_counts_from_the_supply_where_no_dose_is_charted() -> None:
    found = window(day(3), plan(0, "R7b"), supply(2))
    assert (found.due, found.rests_on) == (date(2026, 4, 7), None)
    assert window(day(5), plan(0, "R7b"), supply(2), oral(4)).rests_on == date_of(4)


# --- which regimen -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "choices"), [("R6", "R6a or R6b or R6c"), ("R8", "R8a or R8b")])
def test_a_code_of_several_regimens_asks_for_a_choice(code: str, choices: str) -> None:
    found = next_dose(day(1), plan(0, code), injection(0))
    assert isinstance(found, Unclear)
    assert f"choose {choices}" in found.because
    assert (found.severity, found.latest, found.since) == (Severity.MEDIUM, None, day(0))


def test_an_unheard_of_regimen_says_which_are_held() -> None:
    found = next_dose(day(1), plan(0, "R9"))
    assert isinstance(found, Unclear)
    assert "'R9'" in found.because and "R2-SPC" in found.because and "R8b" in found.because


def test_after_a_change_to_injections_the_first_is_due_when_that_plan_starts() -> None:
    by_mouth = [plan(0, "R7"), oral(0), oral(1)]
    changed = plan(60, "R6b", fact_id="changed")
    assert days(day(60), by_mouth, changed) == (date_of(60), date_of(60), date_of(63))
    assert window(day(60), by_mouth, changed, injection(60)).rests_on == date_of(60)


def test_maintenance_under_another_regimen_keeps_its_windows_after_a_change() -> None:
    loaded = injections(0, 2, 4, 7, 9, 11)
    changed = plan(20, "R3", fact_id="changed")
    assert days(day(20), plan(0), loaded, changed) == (date_of(32), date(2026, 2, 16), date(2026, 2, 23))


def test_subcutaneous_doses_move_the_window_of_every_injection_regimen() -> None:
    doses = [injection(n, 100, route=Route.SUBCUTANEOUS) for n in DAILY]
    assert days(day(5), plan(0, "R3"), doses)[1] == date_of(7)


def test_loading_declared_complete_opens_the_maintenance_at_once() -> None:
    said = assessment(8, Finding.LOADING_COMPLETE)
    assert days(day(8), plan(0, "R3"), given(*DAILY, ug=100), said)[1] == date(2026, 2, 10)
