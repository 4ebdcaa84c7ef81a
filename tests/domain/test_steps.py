"""Which step of its regimen the next dose belongs to, by the doses alone: sections 2 and 8.8."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.regimens import ALL_REGIMENS, REGIMENS
from domain.regimens.table import Regimen
from domain.steps import Place, place_of
from tests.kit import date_of

R1, R2, R3, R4 = (REGIMENS[code] for code in ("R1", "R2", "R3", "R4"))
DAILY = (0, 1, 2, 3, 4, 5)
ALTERNATE = (7, 9, 11, 13, 15, 17, 19)


def place(regimen: Regimen, *days: int, told: int = 0, told_last: int | None = None) -> Place:
    last = None if told_last is None else date_of(told_last)
    return place_of(regimen, told, last, [date_of(n) for n in days])


@pytest.mark.parametrize("regimen", ALL_REGIMENS, ids=lambda regimen: regimen.code)
def test_before_any_dose_the_first_step_is_next(regimen: Regimen) -> None:
    first = place(regimen)
    assert (first.step, first.given, first.done, first.goes_on) == (regimen.steps[0], 0, (), None)
    assert first.is_loaded is not bool(regimen.loading)


def test_six_doses_complete_the_loading_whatever_their_days() -> None:
    assert not place(R2, 0, 1, 2, 3, 4).is_loaded
    loaded = place(R2, 0, 1, 2, 3, 40, 90)
    assert loaded.is_loaded and loaded.done == (date_of(90),)
    assert place(R2, 0, 1, 2, 3, 40, 90, 150).done == (date_of(90),)


def test_no_number_of_doses_ends_a_loading_that_waits_for_a_finding() -> None:
    assert place(R1, *range(0, 200, 2)).step is R1.steps[0]


# --- a step that may have one dose more --------------------------------------------------------------------------


def test_the_sixth_daily_dose_completes_the_first_step_and_a_seventh_the_day_after_still_belongs_to_it() -> None:
    assert place(R3, *DAILY[:5]).number == 0
    six = place(R3, *DAILY)
    assert (six.number, six.given, six.goes_on, six.done) == (1, 0, R3.steps[0], (date_of(5),))
    seven = place(R3, *DAILY, 6)
    assert (seven.number, seven.given, seven.goes_on, seven.done) == (1, 0, None, (date_of(5),))


def test_a_seventh_dose_two_days_after_the_sixth_is_the_first_of_the_next_step() -> None:
    assert place(R3, *DAILY, 7).given == 1
    assert place(R3, *DAILY, 6, 7).given == 1  # an eighth on the next day is one too many for the first


def test_up_to_ten_daily_doses_belong_to_the_loading_of_the_us_label() -> None:
    assert not place(R4, 0, 1, 2, 3).is_loaded
    assert place(R4, 0, 1, 2, 3, 4).goes_on is R4.steps[0]
    assert place(R4, *range(9)).goes_on is R4.steps[0]
    assert place(R4, *range(10)).goes_on is None
    assert place(R4, 0, 1, 2, 3, 4, 35).goes_on is None  # the monthly dose: no daily one follows
    assert place(R4, *range(10)).done == (date_of(4),)


def test_alternate_days_may_go_on_for_a_second_week_before_the_weekly_doses() -> None:
    product = REGIMENS["R2-SPC"]
    assert place(product, 0, 2, 4).number == 0
    assert place(product, 0, 2, 4, 6).goes_on is product.steps[0]
    assert place(product, 0, 2, 4, 6, 8, 10, 12).goes_on is None
    weekly = place(product, 0, 2, 4, 6, 13, 20, 27)
    assert (weekly.step, weekly.goes_on, weekly.is_loaded) == (product.steps[1], None, False)


# --- a step of days ----------------------------------------------------------------------------------------------


def test_seven_doses_on_alternate_days_complete_the_second_step() -> None:
    assert place(R3, *DAILY, *ALTERNATE[:6]).number == 1
    third = place(R3, *DAILY, *ALTERNATE)
    assert (third.number, third.given, third.done) == (2, 0, (date_of(5), date_of(19)))


@pytest.mark.parametrize(("last", "is_loaded"), [(35, False), (36, True), (40, True)])
def test_the_third_step_ends_with_the_first_dose_fourteen_days_or_more_after_its_own_first(
    last: int, is_loaded: bool
) -> None:
    found = place(R3, *DAILY, *ALTERNATE, 22, 26, 29, 33, last)
    assert found.is_loaded is is_loaded
    assert found.done[2:] == ((date_of(last),) if is_loaded else ())


# --- doses that the entering plan tells --------------------------------------------------------------------------


def test_told_doses_come_first_and_only_the_last_of_them_has_a_day() -> None:
    assert place(R2, 0, told=4, told_last=-1).given == 5
    assert place(R2, 0, told=5, told_last=-1).done == (date_of(0),)
    assert place(R2, told=6, told_last=-1).done == (date_of(-1),)
    assert place(R2, told=6).done == (None,)
    assert place(R2, told=9, told_last=-1).done == (None,)


def test_of_told_doses_nobody_knows_whether_a_seventh_was_of_the_first_step() -> None:
    assert place(R3, told=7).given == 1


def test_a_step_of_days_counts_from_the_first_dose_with_a_day() -> None:
    assert not place(R3, 13, told=16, told_last=0).is_loaded
    assert place(R3, 14, told=16, told_last=0).is_loaded


# --- for all series of doses -------------------------------------------------------------------------------------

_regimens = st.sampled_from(ALL_REGIMENS)
_days = st.lists(st.integers(0, 120), unique=True, max_size=30).map(sorted)


@given(_regimens, _days)
def test_a_further_dose_never_moves_the_place_back(regimen: Regimen, days: list[int]) -> None:
    places = [place(regimen, *days[:n]) for n in range(len(days) + 1)]
    for earlier, later in pairwise(places):
        assert later.done[: earlier.number] == earlier.done
        assert later.number - earlier.number in (0, 1)


@given(_regimens, _days)
def test_every_dose_belongs_to_a_step(regimen: Regimen, days: list[int]) -> None:
    found = place(regimen, *days)
    in_steps_before = [step.doses or 1 for step in regimen.loading[: found.number]]
    spare = sum(step.spare for step in regimen.loading[: found.number])
    assert found.given + sum(in_steps_before) <= len(days)
    if all(step.doses is not None for step in regimen.loading[: found.number]):
        assert len(days) - found.given - sum(in_steps_before) <= spare
