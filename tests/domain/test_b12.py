"""How a vitamin B12 is read: the edges of the zones are grey, and a limit of the laboratory stands where it is near."""

from __future__ import annotations

from typing import Any

import pytest

from domain.b12 import newest_of, read
from domain.facts import Comparator, LabResult
from tests.kit import LONDON, POLICY, active_b12, date_of, vitamin_b12


@pytest.mark.parametrize(
    ("result", "low", "grey"),
    [
        (vitamin_b12(0, "179.9"), True, False),
        (vitamin_b12(0, "180"), False, True),
        (vitamin_b12(0, "350.0"), False, True),
        (vitamin_b12(0, "350.1"), False, False),
        (vitamin_b12(0, "179.9", unit="pg/mL"), True, False),
        (vitamin_b12(0, "132.8", unit="pmol/L"), True, False),
        (vitamin_b12(0, "133", unit="pmol/L"), False, True),
        (vitamin_b12(0, "258", unit="pmol/L"), False, True),
        (vitamin_b12(0, "259", unit="pmol/L"), False, False),
        (vitamin_b12(0, "200", unit="pmol/L"), False, True),  # which in ng/L would be another number
        (active_b12(0, "24.9"), True, False),
        (active_b12(0, "25"), False, True),
        (active_b12(0, "70"), False, True),
        (active_b12(0, "70.1"), False, False),
    ],
)
def test_the_edges_belong_to_the_grey_zone(result: LabResult, low: bool, grey: bool) -> None:
    reading = read(result, POLICY.b12, LONDON)
    assert (reading.is_low, reading.is_grey) == (low, grey)


@pytest.mark.parametrize(
    ("comparator", "value", "low", "grey"),
    [
        (Comparator.LESS, 180, True, False),
        (Comparator.AT_MOST, 180, None, None),
        (Comparator.LESS, 200, None, None),
        (Comparator.LESS, 400, None, None),
        (Comparator.MORE, 150, None, None),
        (Comparator.AT_LEAST, 180, False, None),
        (Comparator.MORE, 200, False, None),
        (Comparator.MORE, 350, False, False),
        (Comparator.AT_LEAST, 350, False, None),
        (Comparator.MORE, 2000, False, False),
    ],
)
def test_a_value_that_is_not_exact_tells_only_what_it_must(
    comparator: Comparator, value: int, low: bool | None, grey: bool | None
) -> None:
    reading = read(vitamin_b12(0, value, comparator=comparator), POLICY.b12, LONDON)
    assert (reading.is_low, reading.is_grey) == (low, grey)


def test_a_result_without_value_tells_nothing() -> None:
    reading = read(vitamin_b12(0, None, clumped=True), POLICY.b12, LONDON)
    assert (reading.is_low, reading.is_grey) == (None, None)


@pytest.mark.parametrize(
    ("told", "low"),
    [
        ({"low": 145}, False),
        ({"low": 160}, False),
        ({"low": 161}, True),
        ({"low": 120}, False),
        ({"low": 119}, True),  # too far from 180: ours stands
        ({"low": 133, "low_unit": "pmol/L"}, True),  # not in the unit of the result
    ],
)
def test_the_laboratorys_own_limit_stands_where_it_has_the_unit_and_is_near(told: dict[str, Any], low: bool) -> None:
    assert read(vitamin_b12(0, 160, **told), POLICY.b12, LONDON).is_low is low


@pytest.mark.parametrize(("low", "expected"), [(240, True), (241, False)])
def test_a_higher_limit_of_the_laboratory_stands_too(low: int, expected: bool) -> None:
    assert read(vitamin_b12(0, 230, low=low), POLICY.b12, LONDON).is_low is expected


@pytest.mark.parametrize(("low", "expected"), [(50, True), ("50.1", False)])
def test_active_b12_has_limits_of_its_own(low: int | str, expected: bool) -> None:
    assert read(active_b12(0, 40, low=low), POLICY.b12, LONDON).is_low is expected


def test_it_says_which_limit_was_taken() -> None:
    assert str(read(vitamin_b12(0, 160), POLICY.b12, LONDON).lower_text) == "the limit of 180 ng/L"
    own = read(active_b12(0, 40, low=35), POLICY.b12, LONDON)
    assert str(own.lower_text) == "the laboratory's lower limit of 35 pmol/L"


def test_it_says_the_value_as_sent_and_in_our_unit() -> None:
    sent = read(vitamin_b12(0, 133, unit="pmol/L"), POLICY.b12, LONDON)
    assert str(sent) == "vitamin B12 was 133 pmol/L (180.215 ng/L) on 5 January 2026 09:00 GMT"
    assert str(read(active_b12(0, 30), POLICY.b12, LONDON)) == "active B12 was 30 pmol/L on 5 January 2026 09:00 GMT"


@pytest.mark.parametrize(
    ("results", "newest"),
    [
        ([vitamin_b12(0, 150), vitamin_b12(1, 400)], "400"),
        ([vitamin_b12(date_of(1), 400), vitamin_b12(1, 150)], "150"),
        ([vitamin_b12(date_of(1), 150), vitamin_b12(1, 400)], "150"),
        ([vitamin_b12(1, 300, fact_id="a"), vitamin_b12(1, 250, fact_id="b")], "250"),
        ([vitamin_b12(1, 190, fact_id="a"), vitamin_b12(1, 200, comparator=Comparator.LESS, fact_id="b")], "200"),
        ([vitamin_b12(1, 170, fact_id="a"), vitamin_b12(1, 100, comparator=Comparator.MORE, fact_id="b")], "170"),
    ],
)
def test_the_newest_is_read_and_of_one_time_the_worst(results: list[LabResult], newest: str) -> None:
    assert str(newest_of(results, POLICY.b12, LONDON).result.amount) == newest
