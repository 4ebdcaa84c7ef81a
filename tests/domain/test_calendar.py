"""Days and months of the ward: the 31st, leap days, and nights on which clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain.calendar import ClinicalTime, add_months, after_day, age_reached, local_day, start_of_day
from domain.errors import NaiveTime
from tests.kit import INSTANT, LONDON, utc

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
HAVANA = ZoneInfo("America/Havana")
ZONES = [LONDON, SAO_PAULO, LORD_HOWE, HAVANA, ZoneInfo("Asia/Kathmandu"), ZoneInfo("UTC")]


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2025, 12, 31), 2, date(2026, 2, 28)),
        (date(2026, 8, 31), 3, date(2026, 11, 30)),
        (date(2026, 2, 28), 2, date(2026, 4, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
    ],
)
def test_months_clamp_at_the_end_of_a_shorter_month(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


@pytest.mark.parametrize(
    ("birth", "years", "reached"),
    [
        (date(1951, 4, 24), 75, date(2026, 4, 24)),
        (date(1952, 2, 29), 75, date(2027, 3, 1)),
        (date(1952, 2, 29), 76, date(2028, 2, 29)),
    ],
)
def test_an_age_is_reached_on_the_birthday_and_after_29_february_on_1_march(
    birth: date, years: int, reached: date
) -> None:
    assert age_reached(birth, years) == reached


@pytest.mark.parametrize(
    ("day", "zone", "start"),
    [
        (date(2026, 3, 29), LONDON, utc(2026, 3, 29)),
        (date(2026, 3, 30), LONDON, utc(2026, 3, 29, 23)),
        (date(2026, 10, 25), LONDON, utc(2026, 10, 24, 23)),
        (date(2026, 10, 26), LONDON, utc(2026, 10, 26)),
        (date(2018, 11, 4), SAO_PAULO, utc(2018, 11, 4, 3)),  # 00:00 is skipped: the day begins at 01:00
        (date(2018, 2, 18), SAO_PAULO, utc(2018, 2, 18, 3)),  # 23:00 to 24:00 of the 17th is shown twice
        (date(2025, 11, 2), HAVANA, utc(2025, 11, 2, 4)),  # 00:00 to 01:00 is shown twice: the first one
        (date(2026, 4, 6), LORD_HOWE, utc(2026, 4, 5, 13, 30)),
        (date(2026, 4, 5), LORD_HOWE, utc(2026, 4, 4, 13)),
    ],
)
def test_the_first_instant_of_a_day_where_clocks_change(day: date, zone: ZoneInfo, start: datetime) -> None:
    assert start_of_day(day, zone) == start
    assert local_day(start, zone) == day
    assert local_day(start - INSTANT, zone) == day - timedelta(days=1)


@settings(max_examples=150, deadline=None)
@given(st.dates(date(1990, 1, 1), date(2037, 12, 30)), st.sampled_from(ZONES))
@example(date(2018, 11, 3), SAO_PAULO)
def test_a_day_lasts_from_its_first_instant_to_the_next_days(day: date, zone: ZoneInfo) -> None:
    assert after_day(day, zone) == start_of_day(day + timedelta(days=1), zone)
    assert local_day(start_of_day(day, zone), zone) == day
    assert local_day(after_day(day, zone) - INSTANT, zone) == day


@settings(max_examples=100, deadline=None)
@given(st.dates(date(1990, 1, 1), date(2037, 12, 31)), st.integers(1, 12))
def test_months_never_run_into_the_month_after(day: date, months: int) -> None:
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day <= day.day


# --- clinical times ----------------------------------------------------------------------------------------------


def test_a_time_without_offset_is_refused() -> None:
    with pytest.raises(NaiveTime):
        ClinicalTime(datetime.fromisoformat("2026-01-05T09:00"))


def test_two_spellings_of_one_instant_are_one_time() -> None:
    there = datetime(2026, 1, 5, 6, tzinfo=SAO_PAULO)
    assert ClinicalTime(there) == ClinicalTime(utc(2026, 1, 5, 9))
    assert hash(ClinicalTime(there)) == hash(ClinicalTime(utc(2026, 1, 5, 9)))


def test_an_instant_falls_on_the_wards_day_and_a_day_on_itself() -> None:
    late = ClinicalTime(utc(2026, 7, 1, 23, 30))
    assert late.day(LONDON) == date(2026, 7, 2)
    assert late.day(SAO_PAULO) == date(2026, 7, 1)
    assert {ClinicalTime(date(2026, 7, 1)).day(zone) for zone in ZONES} == {date(2026, 7, 1)}


def test_a_day_without_hour_stands_at_its_first_instant() -> None:
    day = ClinicalTime(date(2026, 7, 1))
    assert day.is_day
    assert day.instant(LONDON) == utc(2026, 6, 30, 23)


def test_after_is_said_only_when_it_is_certain() -> None:
    nine, ten = ClinicalTime(utc(2026, 1, 5, 9)), ClinicalTime(utc(2026, 1, 5, 10))
    that_day, next_day = ClinicalTime(date(2026, 1, 5)), ClinicalTime(date(2026, 1, 6))
    assert ten.is_after(nine, LONDON) and not nine.is_after(nine, LONDON)
    assert not ten.is_after(that_day, LONDON) and not that_day.is_after(nine, LONDON)
    assert next_day.is_after(ten, LONDON) and not ten.is_after(next_day, LONDON)


def test_a_time_shows_as_an_instant_in_utc_or_as_a_day() -> None:
    assert str(ClinicalTime(datetime(2026, 7, 1, 0, 30, tzinfo=LONDON))) == "2026-06-30 23:30 UTC"
    assert str(ClinicalTime(date(2026, 7, 1))) == "2026-07-01"
    assert ClinicalTime(datetime(2026, 7, 1, tzinfo=LONDON)).instant(LONDON).tzinfo is UTC
