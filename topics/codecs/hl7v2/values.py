"""The value of an OBX: OBX-2 the type, OBX-5 the value, OBX-6 the unit, OBX-7 the reference range (section 5.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final

from domain.facts import Comparator
from topics.codecs.hl7v2.er7 import DELETED, Segment
from topics.meaning.feeds import Feed
from topics.meaning.notes import tells_clumps
from topics.meaning.numbers import DecimalMark, NoValue, checked, read_text
from topics.meaning.results import Bound
from topics.meaning.units import UNITS, Kind, is_same, unit_of
from topics.problems import Refused

TYPE, CODE, SUB_ID, VALUE, UNIT, RANGE = 2, 3, 4, 5, 6, 7

_NUMERIC: Final = re.compile(r"[+-]?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})", re.ASCII)
_THREE_DECIMALS: Final = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}", re.ASCII)
_COMPARATORS: Final = {"": None, "=": None, **{word.value: word for word in Comparator}}
_TEXTS: Final = frozenset({"", "ST", "TX", "FT"})
_CODED: Final = frozenset({"CE", "CWE", "CNE", "CF"})
_FLAGS: Final = frozenset({"", "*", "L", "H", "LL", "HH", "N", "A", "AA"})  # written behind the number by some
_NO_VALUE: Final = NoValue("no value was sent")
_CLUMPED: Final = NoValue("clumped", clumped=True)
_BETWEEN: Final = re.compile(r"\s*([0-9][0-9.,]*)\s*(?:-|–|to)\s*([0-9][0-9.,]*)\s*(.*)", re.DOTALL)
_FROM: Final = re.compile(r"\s*(?:>=|>|≥)\s*([0-9][0-9.,]*)\s*(.*)", re.DOTALL)
_UP_TO: Final = re.compile(r"\s*(?:<=|<|≤)\s*([0-9][0-9.,]*)\s*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Value:
    """`amount` is None where there is none, and `none` then says why."""

    amount: Decimal | None
    unit: str = ""
    comparator: Comparator | None = None
    none: NoValue | None = None


def value_of(obx: Segment, feed: Feed) -> Value:
    """Raises: Refused for what is no number, and none of the words that say why there is none."""
    unit = unit_text(obx, UNIT)
    given = [one for one in obx.sent(VALUE).split(obx.delimiters.repetition) if one.strip()]
    if not given or given == [DELETED]:
        return Value(None, none=_NO_VALUE)
    values = [_one(obx, one, unit, feed) for one in given]
    if len(values) == 1:
        return values[0]
    reasons = [value.none for value in values]
    if not all(reasons):
        raise Refused("value", "several values stand in the place of one")
    return next((value for value in values if value.none and value.none.clumped), values[0])


def _one(obx: Segment, sent: str, unit: str, feed: Feed) -> Value:
    kind = obx.text(TYPE).upper()
    if kind == "NM":
        return _number(obx, sent, unit, feed)
    if kind == "SN":
        return _structured(obx, sent, unit)
    if kind in _TEXTS:
        return _text(obx.plain(sent), unit, feed)
    if kind in _CODED:
        return _coded(obx, sent, feed)
    raise Refused("type", "a value of this type is no number")


def _number(obx: Segment, sent: str, unit: str, feed: Feed) -> Value:
    """NM has a decimal point by definition, so three digits after it are decimals.

    Of cells counted in a microlitre there are no decimals: there they may be thousands.
    """
    text = obx.plain(sent).strip()
    if feed.decimal_mark == "," or not _NUMERIC.fullmatch(text):
        return _text(text, unit, feed)
    known = unit_of(unit)
    if feed.decimal_mark is None and known is not None and known.text == "/uL" and _THREE_DECIMALS.fullmatch(text):
        raise Refused("value", "three digits after a point or comma: thousands or decimals, the feed does not say")
    return Value(checked(Decimal(text)), unit)


def _structured(obx: Segment, sent: str, unit: str) -> Value:
    """SN: comparator, number, separator, second number."""
    comparator, first, separator, second = (obx.component(sent, number) for number in (1, 2, 3, 4))
    if comparator not in _COMPARATORS:
        raise Refused("value", "the comparator is none of <, <=, >=, >, =")
    if separator or second:
        raise Refused("value", "a range, a ratio or a titre, and no number")
    if not _NUMERIC.fullmatch(first):
        raise Refused("value", "no number stands in the second component")
    return Value(checked(Decimal(first)), unit, _COMPARATORS[comparator])


def _text(text: str, unit: str, feed: Feed) -> Value:
    """A number in a text, as `<5`, or a word; the unit may stand behind the number instead of in its field."""
    try:
        said = read_text(text, mark=feed.decimal_mark)
    except Refused:
        if tells_clumps(text, of_platelets=False):
            return Value(None, none=_CLUMPED)
        raise
    if isinstance(said, NoValue):
        return Value(None, none=said)
    if said.rest not in _FLAGS:
        if not unit and unit_of(said.rest) is not None:
            unit = said.rest
        elif not _is_same_unit(said.rest, unit):
            raise Refused("value", "there is more text after the number")
    return Value(said.amount, unit, said.comparator)


def _is_same_unit(text: str, unit: str) -> bool:
    one, other = unit_of(text), unit_of(unit)
    return one is not None and other is not None and is_same(one, other)


def _coded(obx: Segment, sent: str, feed: Feed) -> Value:
    """A code in the place of a number: its text, or the original one (CWE.9), may be a word for why there is none."""
    for place in (2, 9, 1):
        text = obx.component(sent, place)
        if text:
            said = read_text(text, mark=feed.decimal_mark)
            if isinstance(said, NoValue):
                return Value(None, none=said)
            break
    raise Refused("value", "a code stands where a number is wanted")


def unit_text(segment: Segment, field: int) -> str:
    """A unit: the code, else its text; and `10^9/L` also where nobody escaped the component separator in it."""
    raw = segment.raw(field)
    if not raw or raw in UNITS:
        return raw
    repetition = next(iter(segment.repetitions(field)), "")
    code, text = segment.component(repetition, 1), segment.component(repetition, 2)
    if unit_of(code) is None and code and text:
        joined = f"{code}^{text}"
        if unit_of(joined) is not None:
            return joined
    return code or text


def range_of(obx: Segment, feed: Feed) -> tuple[Bound | None, Bound | None]:
    """The ends of OBX-7, as `120-160` or `>=130`; what cannot be read in one way is left out."""
    text = obx.plain(obx.raw(RANGE))
    return _range(text, feed.decimal_mark) if text else (None, None)


@lru_cache(maxsize=4_000)
def _range(text: str, mark: DecimalMark | None) -> tuple[Bound | None, Bound | None]:
    between = _BETWEEN.fullmatch(text)
    if between is not None:
        return _bound(between[1], between[3], mark), _bound(between[2], between[3], mark)
    least = _FROM.fullmatch(text)
    if least is not None:
        return _bound(least[1], least[2], mark), None
    most = _UP_TO.fullmatch(text)
    return None, _bound(most[1], most[2], mark) if most is not None else None


def _bound(number: str, unit: str, mark: DecimalMark | None) -> Bound | None:
    try:
        said = read_text(number, mark=mark)
    except Refused:
        return None
    known = unit_of(unit.strip())
    if isinstance(said, NoValue) or (unit.strip() and (known is None or known.kind is Kind.PIECES)):
        return None
    return Bound(said.amount, unit.strip())
