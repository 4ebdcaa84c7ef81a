"""Times: precision is kept, zones are not guessed, and clocks that are put back or forward do no harm."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from domain.calendar import ClinicalTime
from topics.meaning import times
from topics.problems import Refused

LONDON = ZoneInfo("Europe/London")


def instant(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> ClinicalTime:
    return ClinicalTime(datetime(year, month, day, hour, minute, second, tzinfo=UTC))


def test_edge_12_a_date_without_time_stays_a_day() -> None:
    assert times.at("2026-01-05", "t") == ClinicalTime(date(2026, 1, 5))
    assert times.at("2026-01-05", "t", LONDON) == ClinicalTime(date(2026, 1, 5))


@pytest.mark.parametrize("text", ["2026", "2026-01", "2026-13"])
def test_edge_12_a_month_alone_is_refused_where_a_day_is_wanted(text: str) -> None:
    with pytest.raises(Refused, match="a day is wanted"):
        times.at(text, "t")


def test_edge_13_a_local_time_is_refused_without_a_zone_and_read_with_one() -> None:
    with pytest.raises(Refused, match="no offset"):
        times.at("2026-07-05T10:30:00", "t")
    assert times.at("2026-07-05T10:30:00", "t", LONDON) == instant(2026, 7, 5, 9, 30)


def test_edge_13_the_hour_that_clocks_skip_is_refused() -> None:
    assert times.at("2026-03-29T00:59:59", "t", LONDON) == instant(2026, 3, 29, 0, 59, 59)
    with pytest.raises(Refused, match="skipped"):
        times.at("2026-03-29T01:00:00", "t", LONDON)
    assert times.at("2026-03-29T02:00:00", "t", LONDON) == instant(2026, 3, 29, 1)


def test_edge_13_of_the_hour_that_comes_twice_only_the_day_is_kept() -> None:
    assert times.at("2026-10-25T00:59:59", "t", LONDON) == instant(2026, 10, 24, 23, 59, 59)
    assert times.at("2026-10-25T01:30:00", "t", LONDON) == ClinicalTime(date(2026, 10, 25))
    assert times.at("2026-10-25T02:00:00", "t", LONDON) == instant(2026, 10, 25, 2)


def test_edge_14_an_offset_stands_over_the_zone_of_the_feed() -> None:
    assert times.at("2026-01-05T10:30:00+05:30", "t", LONDON) == instant(2026, 1, 5, 5)


@pytest.mark.parametrize("text", ["2026-02-29", "2025-02-29T10:00:00Z", "2026-04-31", "20260105", "yesterday", ""])
def test_edge_34_a_day_that_the_calendar_has_not_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        times.at(text, "t")


def test_edge_34_a_leap_day_is_read() -> None:
    assert times.at("2028-02-29", "t") == ClinicalTime(date(2028, 2, 29))


def test_edge_11_a_future_time_is_kept_for_the_domain_to_judge() -> None:
    assert times.at("2199-12-31", "t") == ClinicalTime(date(2199, 12, 31))
    with pytest.raises(Refused, match="between 1900 and 2200"):
        times.at("9999-12-31", "t")


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2024-02-03", date(2024, 2, 3), date(2024, 2, 3)),
    ],
)
def test_a_state_of_which_only_the_year_is_known_holds_for_all_of_it(text: str, first: date, last: date) -> None:
    assert (times.began(text, "t"), times.ended(text, "t")) == (ClinicalTime(first), ClinicalTime(last))


@pytest.mark.parametrize("text", ["0000", "2024-00", "2024-13"])
def test_a_month_that_the_calendar_has_not_is_refused(text: str) -> None:
    for read in (times.began, times.ended):
        with pytest.raises(Refused):
            read(text, "t")


def test_edge_35_a_partial_birth_date_is_no_birth_date() -> None:
    assert times.birth_date("1950") is None and times.birth_date("1950-05") is None
    assert times.birth_date("1950-05-06") == date(1950, 5, 6)
