"""A laboratory result in any format to a fact: code, unit, size and reference range must agree, or people look at it.

Nothing is guessed from the size of a number.  The size is only asked whether it can be what was said (H7).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Final

import msgspec

from domain.calendar import ClinicalTime
from domain.facts import Analyte, Comparator, LabResult, ResultStatus
from domain.quantity import Quantity
from topics.meaning.codes import LabTest
from topics.meaning.feeds import Feed, HaemoglobinMoles
from topics.meaning.units import Kind, Unit, is_convertible, unit_of
from topics.problems import Refused


@dataclass(frozen=True, slots=True)
class Bound:
    """One end of a reference range, a number as `checked` gives it; without a unit it has the value's."""

    amount: Decimal
    unit: str = ""


class SentResult(
    msgspec.Struct, frozen=True, kw_only=True
):  # made for every result: three times as fast as a dataclass
    """What a message says about one test.

    `amount` is a number as `checked` gives it, None where there is no value; `unit` is "" where none was sent.
    """

    fact_id: str
    version: int
    source: str
    time: ClinicalTime
    test: LabTest
    status: ResultStatus
    amount: Decimal | None
    unit: str = ""
    comparator: Comparator | None = None
    low: Bound | None = None
    high: Bound | None = None
    clumped: bool = False
    absent_reason: str = ""


@dataclass(frozen=True, slots=True)
class Plausible:
    """What somebody can have measured, and between what a laboratory's own limits lie (lower, upper), canonical unit.

    Source: engineering defaults (H7), wide enough for any living patient and for the highest levels after injections.
    """

    least: Decimal
    most: Decimal
    low: tuple[Decimal, Decimal] | None = None
    high: tuple[Decimal, Decimal] | None = None


def _within(least: str, most: str, low: str = "", high: str = "") -> Plausible:
    ranges = [(Decimal(r.split()[0]), Decimal(r.split()[1])) if r else None for r in (low, high)]
    return Plausible(Decimal(least), Decimal(most), *ranges)


PLAUSIBLE: Final[Mapping[Analyte, Plausible]] = MappingProxyType(
    {
        Analyte.HAEMOGLOBIN: _within("20", "260", low="85 185", high="105 245"),
        Analyte.PLATELETS: _within("0", "6000", low="75 220", high="250 700"),
        Analyte.VITAMIN_B12: _within("20", "200000", low="80 500"),
        Analyte.ACTIVE_B12: _within("1", "100000", low="10 100"),
        Analyte.FOLATE: _within("0.2", "1000", low="0.5 10"),
        Analyte.METHYLMALONIC_ACID: _within("20", "1000000"),
        Analyte.HOMOCYSTEINE: _within("1", "1000"),
        Analyte.POTASSIUM: _within("1", "15", low="2.5 4.5", high="4 7"),
        Analyte.RETICULOCYTES: _within("0", "2000"),
        Analyte.RETICULOCYTE_SHARE: _within("0", "100"),
        Analyte.CREATININE: _within("5", "5000"),
        Analyte.EGFR: _within("0", "300"),
    }
)
_FACTORS: Final = {
    (Analyte.HAEMOGLOBIN, "mmol/L"): (Decimal("16.11"), "g/L"),  # per monomer (section 4.2, CONV)
    (Analyte.HOMOCYSTEINE, "mg/L"): (1 / Decimal("0.135"), "umol/L"),  # section 4.2, CONV
    (Analyte.CREATININE, "mmol/L"): (Decimal(1000), "umol/L"),
}
"""What the domain has no factor for, since it would not be safe without the checks of this module."""
_DIGITS: Final = Decimal("0.0001")
_UPPER: Final = (Comparator.LESS, Comparator.AT_MOST)


def lab_result(sent: SentResult, feed: Feed) -> LabResult:
    """Raises: Refused, where code, unit, size and reference range do not agree, or the unit is missing or unknown."""
    analyte = sent.test.analyte
    quantity, low = None, None
    if sent.amount is not None:
        unit = _unit(sent, feed)
        _check_kind(sent, unit, feed)
        quantity = _converted(analyte, sent.amount, unit)
        _check_size(analyte, quantity, sent.comparator)
        low = _lower_limit(analyte, _told(sent.low), _told(sent.high), unit)
    return LabResult(
        fact_id=sent.fact_id,
        version=sent.version,
        time=sent.time,
        source=sent.source,
        analyte=analyte,
        status=sent.status,
        quantity=quantity,
        comparator=sent.comparator if quantity is not None else None,
        reference_low=low,
        clumped=sent.clumped or sent.test.seeks_clumps,
        absent_reason=sent.absent_reason if quantity is None else "",
    )


def _unit(sent: SentResult, feed: Feed) -> Unit:
    text = sent.unit.strip() or feed.units.get(sent.test.analyte, "")
    if not text:
        raise Refused("unit", "the unit is missing; a number alone is never guessed at")
    unit = unit_of(text)
    if unit is None:
        raise Refused("unit", f"the unit is none that we know for {sent.test.analyte}")
    return unit


def _check_kind(sent: SentResult, unit: Unit, feed: Feed) -> None:
    """Of haemoglobin mmol/L is read where the range sent with it, or the feed's file, says that it is per monomer."""
    promised = sent.test.kind
    if promised is not None and unit.kind is not promised:
        raise Refused("unit", f"code and unit disagree: the code means {promised.value}, the unit is {unit.kind.value}")
    if sent.test.analyte is Analyte.HAEMOGLOBIN and unit.kind is Kind.MOLES:
        said = feed.haemoglobin_mmol is HaemoglobinMoles.MONOMER or _bound(Analyte.HAEMOGLOBIN, _told(sent.low), unit)
        if promised is None or not said:
            raise Refused("unit", "moles of haemoglobin: per monomer or per tetramer, nothing says which")


def _converted(analyte: Analyte, amount: Decimal, unit: Unit) -> Quantity:
    """In a unit that the domain has a factor for; as it was sent, wherever that is one."""
    if (analyte, unit.text) in _FACTORS:
        factor, text = _FACTORS[analyte, unit.text]
        return Quantity((amount * factor).quantize(_DIGITS).normalize(), text)
    if not is_convertible(analyte.measure, unit):
        raise Refused("unit", f"{unit.text} is no unit of {analyte}; accepted: {', '.join(analyte.measure.factors)}")
    return Quantity(amount if unit.factor == 1 else amount * unit.factor, unit.text)


def _told(bound: Bound | None) -> tuple[str, str] | None:
    """A limit as text: 12 and 12.0 are one number, and its digits are kept."""
    return (str(bound.amount), bound.unit.strip()) if bound is not None else None


@lru_cache(maxsize=4_000)  # a laboratory sends the same limits with every result of a test
def _lower_limit(
    analyte: Analyte, low: tuple[str, str] | None, high: tuple[str, str] | None, unit: Unit
) -> Quantity | None:
    """The lower end of the laboratory's range.  Raises: Refused where no laboratory has such a range in this unit."""
    lower = _bound(analyte, low, unit)
    _check_ranges(analyte, lower, _bound(analyte, high, unit))
    return lower


def _bound(analyte: Analyte, bound: tuple[str, str] | None, unit: Unit) -> Quantity | None:
    """A limit of the laboratory; one whose unit is of another kind than the value's is left out (section 3)."""
    if bound is None:
        return None
    amount, own_unit = bound
    own = unit_of(own_unit) if own_unit else unit
    if own is None or own.kind is not unit.kind:
        return None
    return _converted(analyte, Decimal(amount), own)


def _check_size(analyte: Analyte, quantity: Quantity, comparator: Comparator | None) -> None:
    size, plausible = analyte.measure.canonical(quantity), PLAUSIBLE[analyte]
    too_little = size < plausible.least and comparator not in _UPPER
    if too_little or size > plausible.most:
        unit = analyte.measure.canonical_unit
        raise Refused(
            "value",
            f"no {analyte} is like that: {'under' if too_little else 'over'} what is possible"
            f" ({plausible.least:f} to {plausible.most:f} {unit}); check the unit",
        )


def _check_ranges(analyte: Analyte, low: Quantity | None, high: Quantity | None) -> None:
    """A range that no laboratory has in this unit says that the unit is another one (the HL7 example f005)."""
    plausible = PLAUSIBLE[analyte]
    for sent, expected in ((low, plausible.low), (high, plausible.high)):
        if sent is None or expected is None or sent.amount == 0:
            continue
        if not expected[0] <= analyte.measure.canonical(sent) <= expected[1]:
            raise Refused("unit", f"the reference range is none of {analyte} in this unit: one of the two is wrong")
