"""Numbers that come as text: read where they can be read in one way, refused where not."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.facts import Comparator
from topics.meaning.numbers import DecimalMark, NoValue, Said, checked, read_text
from topics.problems import Refused


@pytest.mark.parametrize(
    ("text", "amount"),
    [("11,4", "11.4"), ("11.4", "11.4"), ("1 200", "1200"), ("1\u00a0200", "1200"), ("150", "150"), ("007", "7")],
)
def test_edge_16_a_number_in_another_spelling_is_read(text: str, amount: str) -> None:
    assert read_text(text) == Said(Decimal(amount), None, "")


@pytest.mark.parametrize("text", ["150.000", "1,200", "<1,200", "1.200.000", "1,200.5", "1.5.2", "1 20", "1  200"])
def test_edge_16_what_can_be_read_in_two_ways_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        read_text(text)


@pytest.mark.parametrize(
    ("text", "mark", "amount"),
    [
        ("150.000", ".", "150"),
        ("150.000", ",", "150000"),
        ("1,200", ".", "1200"),
        ("1,200", ",", "1.2"),
        ("1.234.567,5", ",", "1234567.5"),
    ],
)
def test_edge_16_a_feed_that_says_its_decimal_mark_is_believed(text: str, mark: DecimalMark, amount: str) -> None:
    said = read_text(text, mark=mark)
    assert isinstance(said, Said) and said.amount == Decimal(amount)


@pytest.mark.parametrize(
    ("text", "comparator", "amount"),
    [("<5", "<", 5), (">1500", ">", 1500), ("<= 5", "<=", 5), (">=5", ">=", 5), ("≤5", "<=", 5), ("≥ 5", ">=", 5)],
)
def test_edge_17_a_comparator_is_kept(text: str, comparator: str, amount: int) -> None:
    assert read_text(text) == Said(Decimal(amount), Comparator(comparator), "")


@pytest.mark.parametrize("text", ["12-14", "12 – 14", "1:40", "1/40", "2+", "red", "", "<", "= 5", "-1", "NaN"])
def test_edge_17_a_range_a_ratio_or_a_word_that_we_do_not_know_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        read_text(text)


@pytest.mark.parametrize(
    ("text", "reason", "clumped"),
    [
        ("see comment", "see comment", False),
        ("HAEM", "haemolysed", False),
        ("Clumped", "clumped", True),
        ("*INSUFFICIENT*", "insufficient sample", False),
        ("QNS.", "insufficient sample", False),
    ],
)
def test_edge_17_words_say_why_there_is_no_number(text: str, reason: str, clumped: bool) -> None:
    assert read_text(text) == NoValue(reason, clumped)


def test_what_follows_a_number_is_given_back() -> None:
    assert read_text("118 g/L") == Said(Decimal(118), None, "g/L")


@pytest.mark.parametrize("amount", [Decimal("NaN"), Decimal("Infinity"), Decimal(-1), Decimal("1e999999"), 10**400])
def test_edge_18_a_number_that_nobody_measured_is_refused(amount: Decimal | int) -> None:
    with pytest.raises(Refused):
        checked(amount)


def test_edge_18_minus_nothing_is_nothing() -> None:
    assert not checked(Decimal("-0.0")).is_signed()


@given(st.text(max_size=30))
def test_no_text_makes_reading_raise_anything_else(text: str) -> None:
    try:
        read_text(text)
    except Refused as refused:
        assert refused.where == "value"
