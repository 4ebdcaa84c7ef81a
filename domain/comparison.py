"""Whether a laboratory result lies below or above a limit, when it may have been sent as `<50` or `>2000`."""

from __future__ import annotations

from decimal import Decimal

from domain.facts import Comparator, LabResult

_UPPER = (Comparator.LESS, Comparator.AT_MOST)


def is_below(result: LabResult, limit: Decimal) -> bool | None:
    """Whether the result is certainly below (True) or not below (False) `limit`; None: cannot be told."""
    amount, comparator = result.amount, result.comparator
    if comparator is None:
        return amount < limit
    if comparator in _UPPER:
        below = amount < limit or (amount == limit and comparator is Comparator.LESS)
        return True if below else None
    return False if amount >= limit else None


def is_above(result: LabResult, limit: Decimal) -> bool | None:
    """Whether the result is certainly above (True) or not above (False) `limit`; None: cannot be told."""
    amount, comparator = result.amount, result.comparator
    if comparator is None:
        return amount > limit
    if comparator in _UPPER:
        return False if amount <= limit else None
    above = amount > limit or (amount == limit and comparator is Comparator.MORE)
    return True if above else None


def least_of(result: LabResult) -> Decimal | None:
    """The amount that the result is certainly not below; None where there is none (`<50`)."""
    return None if result.comparator in _UPPER else result.amount


def most_of(result: LabResult) -> Decimal | None:
    """The amount that the result is certainly not above; None where there is none (`>50`)."""
    return result.amount if result.comparator is None or result.comparator in _UPPER else None
