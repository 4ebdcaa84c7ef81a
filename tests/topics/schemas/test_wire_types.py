"""Days, instants and clinical times: the forms that are read, and those that are refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import ClinicalTime
from tests.topics.strategies import DAYS, INSTANTS, TIMES
from topics.canonical_json import canonical_json, canonical_json_without_floats
from topics.schemas.wire_types import (
    parse_clinical_time,
    parse_day,
    parse_instant,
    show_clinical_time,
    show_instant,
)


@given(TIMES)
def test_a_clinical_time_comes_back_with_its_precision(time: ClinicalTime) -> None:
    assert parse_clinical_time(show_clinical_time(time)) == time
    assert parse_clinical_time(show_clinical_time(time)).is_day == time.is_day


@given(INSTANTS)
def test_an_instant_is_shown_in_utc_with_a_z(instant: datetime) -> None:
    assert show_instant(instant).endswith("Z")
    assert parse_instant(show_instant(instant)) == instant


@given(DAYS)
def test_a_day_comes_back(day: date) -> None:
    assert parse_day(day.isoformat()) == day


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-01-05T10:30Z", datetime(2026, 1, 5, 10, 30, tzinfo=UTC)),
        ("2026-01-05T10:30:15+01:00", datetime(2026, 1, 5, 9, 30, 15, tzinfo=UTC)),
        ("2026-01-05T10:30:15.5-05:30", datetime(2026, 1, 5, 16, 0, 15, 500000, tzinfo=UTC)),
        ("2026-01-05T10:30:15.123456789Z", datetime(2026, 1, 5, 10, 30, 15, 123456, tzinfo=UTC)),
        ("2024-02-29T23:59:59Z", datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC)),
        ("1900-01-01T00:00:00Z", datetime(1900, 1, 1, tzinfo=UTC)),
        ("2200-12-31T23:59:59Z", datetime(2200, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_date_time_with_offset_is_an_instant(text: str, instant: datetime) -> None:
    assert parse_clinical_time(text) == ClinicalTime(instant)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2026-01-05T10:30:00", "no offset"),
        ("2026-01-05T10:30", "no offset"),
        ("2026-01-05 10:30:00Z", "a date-time is written"),
        ("2026-01-05t10:30:00z", "a date-time is written"),
        ("2026-01-05T10Z", "a date-time is written"),
        ("20260105T103000Z", "a date-time is written"),
        ("2026-W01-1T10:30:00Z", "a date-time is written"),
        ("2026-01-05T10:30:00+0100", "a date-time is written"),
        ("2026-01-05T10:30:00Z\n", "a date-time is written"),
        ("２０２６-01-05T10:30:00Z", "a date-time is written"),
        ("", "a date-time is written"),
        ("2026-01", "a date-time is written"),
        ("2026-13-05T10:30:00Z", "there is no such date-time"),
        ("2026-01-05T24:00:00Z", "there is no such date-time"),
        ("2026-01-05T10:30:60Z", "there is no such date-time"),
        ("2026-01-05T10:30:00+24:00", "there is no such date-time"),
        ("2026/01/05", "a day is written"),
        ("2026-W01-1", "a day is written"),
        ("２０２６-01-05", "a day is written"),
        ("2026-02-29", "no such day"),
        ("0000-01-01", "no such day"),
        ("1899-12-31", "between 1900 and 2200"),
        ("2201-01-01", "between 1900 and 2200"),
        ("0001-01-01T00:00:00+14:00", "between 1900 and 2200"),
        ("9999-12-31T23:59:59-14:00", "between 1900 and 2200"),
        ("1900-01-01T00:00:00+01:00", "between 1900 and 2200"),
        ("2200-12-31T23:59:59-01:00", "between 1900 and 2200"),
        (None, "written as text"),
        (20260105, "written as text"),
        (["2026-01-05"], "written as text"),
    ],
)
def test_everything_else_is_refused_with_the_reason(text: object, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse_clinical_time(text)


@given(st.text())
def test_any_text_is_a_time_or_refused(text: str) -> None:
    try:
        time = parse_clinical_time(text)
    except ValueError:
        return
    assert 1900 <= time.value.year <= 2200


def test_json_has_one_form() -> None:
    content = {"b": ClinicalTime(date(2026, 1, 5)), "a": {"d": "ü", "c": frozenset({"y", "x"})}}
    assert canonical_json(content) == '{"a":{"c":["x","y"],"d":"ü"},"b":"2026-01-05"}'.encode()


@pytest.mark.parametrize("value", [float("inf"), float("nan"), "\ud800"])
def test_json_that_nobody_can_read_is_not_written(value: object) -> None:
    with pytest.raises(ValueError, match=r"JSON compliant|surrogates"):
        canonical_json({"a": value})


_TOLD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | DAYS | INSTANTS | TIMES | st.decimals(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(), _TOLD, max_size=5))
def test_what_holds_no_floats_is_written_the_fast_way_with_the_same_bytes(content: dict[str, object]) -> None:
    assert canonical_json_without_floats(content) == canonical_json(content)


def test_the_fast_way_refuses_what_the_other_refuses() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        canonical_json_without_floats({"a": "\ud800"})
    with pytest.raises(TypeError, match="no form on the wire"):
        canonical_json_without_floats({"a": b"x"})


def test_a_decimal_is_text_with_its_digits() -> None:
    assert canonical_json({"a": Decimal("20.50")}) == b'{"a":"20.50"}'


@pytest.mark.parametrize("value", [b"x", object()])
def test_what_has_no_form_on_the_wire_is_not_written(value: object) -> None:
    with pytest.raises(TypeError, match="no form on the wire"):
        canonical_json({"a": value})
