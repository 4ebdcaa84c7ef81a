"""Which administrations count by every regimen, by mouth and by injection, and after a change; section 8.3."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from domain.calendar import ClinicalTime
from domain.doses import Dosing
from domain.facts import AdministrationStatus, Drug, Route, SupplyStatus
from domain.regimens import ALL_REGIMENS
from tests.kit import (
    Facts,
    assess_at,
    case_at,
    date_of,
    day,
    injection,
    injections,
    on,
    oral,
    plan,
    record_of,
    supply,
)

BY_MOUTH = [regimen.code for regimen in ALL_REGIMENS if regimen.is_oral]
HALVES = {"R2-SPC": 125, "R3": 50, "R4": 15, "R6c": 175, "R8a": 25}
"""Half the least dose that a step prescribes, where it is not half a milligram, ug."""


def dosing(at: datetime, *facts: Facts) -> Dosing:
    return case_at(record_of(*facts), at).dosing


def counted(at: datetime, *facts: Facts) -> list[int]:
    """The numbers of the days of the doses that count."""
    return [on(dose.day.year, dose.day.month, dose.day.day) for dose in dosing(at, *facts).counted]


@pytest.mark.parametrize("code", [regimen.code for regimen in ALL_REGIMENS])
def test_half_the_least_dose_of_the_regimen_counts_and_less_does_not(code: str) -> None:
    half = HALVES.get(code, 500)
    given = [injection(0, half), injection(1, f"{half - 0.1:.1f}"), injection(2, None)]
    assert counted(day(2), plan(0, code), given) == [0, 2]


@pytest.mark.parametrize("code", BY_MOUTH)
def test_by_mouth_count_doses_by_mouth_and_injections_too(code: str) -> None:
    given = [oral(0), injection(1), oral(2, status=AdministrationStatus.NOT_DONE), oral(3, HALVES.get(code, 500))]
    assert counted(day(3), plan(0, code), given) == [0, 1, 3]


@pytest.mark.parametrize("code", BY_MOUTH)
@pytest.mark.parametrize(
    "told",
    [
        {"ug": 24},
        {"ug": 2001},
        {"route": Route.INTRAVENOUS},
        {"route": Route.UNKNOWN},
        {"status": AdministrationStatus.STOPPED},
    ],
)
def test_by_mouth_too_little_too_much_or_a_doubtful_dose_does_not_count_and_is_said(
    code: str, told: dict[str, Any]
) -> None:
    record = record_of(plan(0, code), oral(0, **told))
    assert case_at(record, day(0)).doses == ()
    (remark,) = assess_at(record, day(0)).situation.remarks
    assert "is not counted as a dose" in remark


@pytest.mark.parametrize("code", [regimen.code for regimen in ALL_REGIMENS if not regimen.is_oral])
def test_a_dose_by_mouth_never_counts_where_injections_are_prescribed(code: str) -> None:
    assert counted(day(1), plan(0, code), oral(0), injection(1)) == [1]


@pytest.mark.parametrize("code", [regimen.code for regimen in ALL_REGIMENS])
def test_the_antidote_never_counts(code: str) -> None:
    antidote = injection(0, 5_000_000, route=Route.INTRAVENOUS)
    assert counted(day(1), plan(0, code), antidote, injection(0, 5_000_000, fact_id="into-a-muscle")) == []


# --- where the regimen changed -----------------------------------------------------------------------------------


def test_a_dose_counts_by_what_was_prescribed_on_its_day() -> None:
    told = [plan(0, "R3"), plan(10, "R2", fact_id="changed")]
    small = [injection(n, 100, drug=Drug.CYANOCOBALAMIN) for n in (1, 9, 10)]
    found = dosing(day(12), told, small, injection(11))
    assert counted(day(12), told, small, injection(11)) == [1, 9, 11]
    assert found.loading_doses == 1  # what was enough by the old regimen is too little for the new one's loading
    assert found.place is not None and found.place.given == 1


def test_a_dose_before_the_first_plan_counts_by_that_plan() -> None:
    told = [plan(0, "R3"), plan(10, "R2", fact_id="changed")]
    assert counted(day(10), told, injection(-5, 100)) == [-5]


def test_after_a_change_to_injections_the_doses_by_mouth_do_not_move_the_clock_but_treatment_has_begun() -> None:
    told = [plan(0, "R7"), oral(3), oral(4), plan(10, "R6b", fact_id="changed"), oral(12)]
    found = dosing(day(20), told)
    assert (found.counted, found.last) == ((), None)
    assert found.by_mouth == oral(3)
    assert found.start == ClinicalTime(day(3))


def test_a_dose_by_mouth_after_the_change_to_injections_begins_nothing() -> None:
    told = [plan(0, "R7"), plan(10, "R6b", fact_id="changed"), oral(10), supply(11)]
    assert dosing(day(20), told).start is None


def test_after_a_change_to_tablets_the_injections_go_on_counting() -> None:
    told = [plan(0), *injections(0, 2, 4), plan(10, "R7b", fact_id="changed"), oral(12)]
    assert counted(day(20), told) == [0, 2, 4, 12]
    assert dosing(day(20), told).start == ClinicalTime(day(0))


# --- supplies as a start -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", BY_MOUTH)
def test_a_treatment_by_mouth_starts_with_the_first_dose_or_supply_whichever_is_earlier(code: str) -> None:
    assert dosing(day(9), plan(0, code), supply(2), oral(5)).start == ClinicalTime(day(2))
    assert dosing(day(9), plan(0, code), supply(5), oral(2)).start == ClinicalTime(day(2))
    found = dosing(day(9), plan(0, code), supply(2), supply(5))
    assert (found.start, found.counted, found.by_mouth) == (ClinicalTime(day(2)), (), supply(2))


@pytest.mark.parametrize(
    "told",
    [
        {"status": SupplyStatus.DECLINED},
        {"status": SupplyStatus.IN_PROGRESS},
        {"drug": Drug.FOLIC_ACID},
        {"route": Route.INTRAMUSCULAR},
    ],
)
def test_only_tablets_that_the_patient_has_begin_it(told: dict[str, Any]) -> None:
    assert dosing(day(9), plan(0, "R7"), supply(2, **told)).start is None


def test_a_supply_of_the_month_before_the_plan_begins_it_and_an_older_one_is_history() -> None:
    assert dosing(day(0), plan(0, "R7"), supply(-28)).start == ClinicalTime(day(-28))
    assert dosing(day(0), plan(0, "R7"), supply(-29)).start is None


def test_a_reported_dose_by_mouth_moves_the_window_and_begins_nothing() -> None:
    found = dosing(day(9), plan(0, "R7b"), oral(2, reported=True))
    assert (found.counted, found.start) == ((), None)
    assert found.last is not None and found.last.day == date_of(2)
