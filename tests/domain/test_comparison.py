"""Values sent as `<50` or `>=2000`: told where every number that they may mean agrees, and only there."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import pytest

from domain.comparison import is_above, is_below
from domain.facts import Comparator
from tests.kit import platelets

LIMIT = Decimal(50)
FINE = [Decimal(n) / 2 for n in range(401)]
"""0, 0.5, ... 200: what a count may truly be."""


def meant(comparator: Comparator | None, sent: Decimal) -> list[Decimal]:
    """All true values that the sender may mean."""
    return {
        None: [sent],
        Comparator.LESS: [value for value in FINE if value < sent],
        Comparator.AT_MOST: [value for value in FINE if value <= sent],
        Comparator.AT_LEAST: [value for value in FINE if value >= sent],
        Comparator.MORE: [value for value in FINE if value > sent],
    }[comparator]


def agreed(answers: Iterable[bool]) -> bool | None:
    told = set(answers)
    return told.pop() if len(told) == 1 else None


@pytest.mark.parametrize("comparator", [None, *Comparator])
@pytest.mark.parametrize("sent", ["1", "25", "49", "50", "51", "100"])
def test_it_is_told_exactly_where_all_possible_values_agree(comparator: Comparator | None, sent: str) -> None:
    """Half steps stand for all numbers: `<51` may be 50.5, and `>49` may be 49.5."""
    result = platelets(0, sent, comparator=comparator)
    values = meant(comparator, Decimal(sent))
    assert is_below(result, LIMIT) is agreed(value < LIMIT for value in values)
    assert is_above(result, LIMIT) is agreed(value > LIMIT for value in values)


@pytest.mark.parametrize(("sent", "unit"), [("50000", "/uL"), ("50", "10*3/uL")])
def test_the_limit_is_compared_in_the_canonical_unit(sent: str, unit: str) -> None:
    result = platelets(0, sent, unit=unit)
    assert is_below(result, LIMIT) is False and is_above(result, LIMIT) is False
