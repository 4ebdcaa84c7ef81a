"""The window of the next dose: earliest, due, allowed until; sections 2 and 8.3."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from domain.facts import EnteredAs, Finding, YesNoUnknown
from domain.judgement import Severity
from domain.window import DoseWindow, NoDose, Unclear
from tests.kit import (
    Facts,
    assessment,
    case_at,
    date_of,
    day,
    ended,
    every,
    injection,
    injections,
    loading,
    on,
    plan,
    record_of,
)

PLATEAU = assessment(20, Finding.NO_FURTHER_IMPROVEMENT)


def window(at: datetime, *facts: Facts) -> tuple[date, date, date]:
    found = case_at(record_of(*facts), at).next_dose
    assert isinstance(found, DoseWindow), found
    return found.earliest, found.due, found.overdue_after


def test_the_first_dose_is_due_on_the_day_the_plan_starts() -> None:
    assert window(day(0), plan(0)) == (date_of(0), date_of(0), date_of(3))
    assert window(day(0), plan(0, "R1")) == (date_of(0), date_of(0), date_of(1))


@pytest.mark.parametrize("regimen", ["R1", "R2"])
def test_a_loading_dose_may_be_given_next_day_is_due_after_two_and_allowed_until_three(regimen: str) -> None:
    assert window(day(0), plan(0, regimen), injection(0)) == (date_of(1), date_of(2), date_of(3))


def test_without_involvement_maintenance_opens_and_is_due_at_two_months_and_allowed_until_three() -> None:
    expected = (date(2026, 3, 16), date(2026, 3, 16), date(2026, 4, 16))
    assert window(day(12), plan(0), loading()) == expected


def test_with_involvement_maintenance_opens_at_six_weeks_is_due_at_two_months_and_allowed_seven_days_more() -> None:
    facts = [plan(0, "R1"), *injections(0, 2, 19), PLATEAU]
    assert window(day(21), facts) == (date(2026, 3, 7), date(2026, 3, 24), date(2026, 3, 31))


@pytest.mark.parametrize(
    ("last", "due", "until"),
    [
        (date(2025, 12, 31), date(2026, 2, 28), date(2026, 3, 31)),
        (date(2025, 11, 30), date(2026, 1, 30), date(2026, 2, 28)),
        (date(2023, 12, 31), date(2024, 2, 29), date(2024, 3, 31)),
    ],
)
def test_months_clamp_each_from_the_last_dose_and_never_from_a_clamped_day(last: date, due: date, until: date) -> None:
    n = on(last.year, last.month, last.day)
    doses = injections(*(n - k for k in (10, 8, 6, 4, 2, 0)))
    assert window(day(n + 1), plan(n - 10), doses) == (due, due, until)


def test_an_individual_interval_opens_as_long_before_as_its_grace_is_after() -> None:
    assert window(day(12), plan(0, interval=every(days=28)), loading()) == (date_of(32), date_of(39), date_of(46))
    assert window(day(12), plan(0, interval=every(days=1)), loading()) == (date_of(12), date_of(12), date_of(13))
    expected = (date(2026, 2, 9), date(2026, 2, 16), date(2026, 2, 23))
    assert window(day(12), plan(0, interval=every(months=1)), loading()) == expected


def test_months_count_from_the_last_actual_dose_however_early_or_late() -> None:
    assert window(day(60), plan(0), loading(), injection(60))[1] == date(2026, 5, 6)


def test_after_dose_six_an_unknown_involvement_leaves_the_window_open_to_the_longest() -> None:
    found = case_at(record_of(plan(0, neurological_involvement=YesNoUnknown.UNKNOWN), loading()), day(12)).next_dose
    assert isinstance(found, Unclear) and found.latest is not None
    assert found.severity is Severity.HIGH
    assert (found.latest.due, found.latest.overdue_after) == (date(2026, 3, 16), date(2026, 3, 23))


def test_entered_in_loading_with_a_last_dose_the_next_follows_it() -> None:
    entered = plan(0, entered_as=EnteredAs.LOADING, loading_doses_given=3, last_dose=date_of(-1))
    assert window(day(0), entered) == (date_of(0), date_of(1), date_of(2))


def test_no_plan_and_an_end_leave_nothing_to_schedule() -> None:
    assert isinstance(case_at(record_of(injection(0)), day(1)).next_dose, NoDose)
    assert isinstance(case_at(record_of(plan(0, end=ended(day(1)))), day(1)).next_dose, NoDose)


def test_a_later_plan_with_another_interval_moves_the_window_at_once() -> None:
    changed = plan(30, fact_id="changed", interval=every(months=1))
    assert window(day(30), plan(0), loading(), changed)[1] == date(2026, 2, 16)
