"""What all shapes on the wire are made of: identifiers, texts, numbers, days, instants, clinical times.

Each type reads its wire form and writes the same form back.  No message of a refusal here repeats what was sent:
the reasons travel in headers and logs, where patients must not be recognised.
"""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from math import isfinite
from typing import Annotated, Any, Final, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    Strict,
)

from domain.calendar import ClinicalTime
from domain.judgement import Severity
from domain.quantity import Quantity

FIRST_YEAR: Final = 1900  # before it lie the placeholders of other systems, and dates whose conversion overflows
LAST_YEAR: Final = 2200
LAST_INSTANT: Final = datetime(LAST_YEAR, 12, 31, tzinfo=UTC)
MOST_CHARACTERS: Final = 4000  # of a text
LONGEST_WORD: Final = 200
MOST: Final = Decimal(10) ** 12  # more than any measurement or dose, in any unit that we accept
MOST_DIGITS: Final = 30
SHORT_NUMBER: Final = re.compile(r"[0-9]{1,12}(\.[0-9]{1,17})?", re.ASCII)  # within both limits, and not below zero

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?", re.ASCII)


class Shape(BaseModel):
    """The base of every shape on the wire: nothing is added, guessed or converted silently."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


D = TypeVar("D", bound=date)


def _in_range(value: D) -> D:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError(f"the year must lie between {FIRST_YEAR} and {LAST_YEAR}")
    return value


def parse_day(text: object) -> date:
    """The day `text` says, as YYYY-MM-DD.

    Raises: ValueError for everything else, and for a year before 1900 or after 2200.
    """
    if not isinstance(text, str) or not _DAY.fullmatch(text):
        raise ValueError("a day is written YYYY-MM-DD")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError("the calendar has no such day") from None
    return _in_range(day)


def parse_instant(text: object) -> datetime:
    """The instant `text` says, in UTC: a date-time with offset (digits beyond the microsecond are dropped).

    Raises: ValueError for everything else, and for a year before 1900 or after 2200.
    """
    form = _INSTANT.fullmatch(text) if isinstance(text, str) else None
    if form is None:
        raise ValueError("a date-time is written YYYY-MM-DDThh:mm:ss with Z or an offset as +02:00")
    if form[3] is None:
        raise ValueError("the date-time has no offset; the zone of a sender is never guessed")
    try:
        local = datetime.fromisoformat(form[0])
    except ValueError:
        raise ValueError("there is no such date-time") from None
    return _utc(local)


def _utc(instant: datetime) -> datetime:
    """In UTC; both years are checked: the given one, or the conversion overflows, and that in UTC, which is kept."""
    _in_range(instant)
    return instant if instant.tzinfo is UTC else _in_range(instant.astimezone(UTC))


def parse_clinical_time(text: object) -> ClinicalTime:
    """A clinical time: a day where only the day is known, else a date-time with offset.

    Raises: ValueError for everything else, and for a year before 1900 or after 2200.
    """
    if not isinstance(text, str):
        raise ValueError("a time is written as text: YYYY-MM-DD, or a date-time with offset")
    return ClinicalTime(parse_day(text) if len(text) == len("2026-01-05") else parse_instant(text))


def show_instant(instant: datetime) -> str:
    """The wire form of an instant: UTC, with a Z."""
    in_utc = instant if instant.tzinfo is UTC else instant.astimezone(UTC)
    return f"{in_utc.isoformat()[: -len('+00:00')]}Z"


def show_clinical_time(time: ClinicalTime) -> str:
    return show_instant(time.value) if isinstance(time.value, datetime) else time.value.isoformat()


def _clinical_time(value: object) -> ClinicalTime:
    if not isinstance(value, ClinicalTime):
        return parse_clinical_time(value)
    _in_range(value.value)
    return value


def _instant(value: object) -> datetime:
    return _utc(value) if isinstance(value, datetime) and value.tzinfo else parse_instant(value)


def _computed_instant(value: object) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))


def _day(value: object) -> date:
    return _in_range(value) if isinstance(value, date) and not isinstance(value, datetime) else parse_day(value)


def _number(value: object) -> Decimal:
    """A JSON number as it was written.

    Raises: ValueError for text, truth values, numbers below zero, and numbers that nobody can have measured.
    """
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError("a JSON number is wanted; text is never read as a number")
    amount = Decimal(value)
    if SHORT_NUMBER.fullmatch(str(amount)):
        return amount  # nearly all; to take a Decimal apart costs more than all the rest
    if not amount.is_finite() or amount < 0:
        raise ValueError("the number must be finite and not below zero")
    digits, exponent = amount.as_tuple().digits, amount.as_tuple().exponent
    assert isinstance(exponent, int), "a finite number has an exponent"
    if amount > MOST or len(digits) > MOST_DIGITS or abs(exponent) > MOST_DIGITS:
        raise ValueError(f"the number must be at most 10^12 and have at most {MOST_DIGITS} digits")
    return amount


def _quantity(value: Any) -> Quantity:
    """From {"amount": decimal text, "unit": text}: text keeps every digit."""
    if isinstance(value, Quantity):
        return value
    try:
        amount, unit = value["amount"], value["unit"]
        if isinstance(amount, str) and isinstance(unit, str):
            return Quantity(Decimal(amount), unit)
    except (TypeError, KeyError, ArithmeticError):
        pass
    raise ValueError("a quantity is written as an amount (decimal text) and a unit")


def _decimal(value: object) -> Decimal:
    """From decimal text, which keeps every digit."""
    if isinstance(value, Decimal):
        return value
    try:
        if isinstance(value, str) and (number := Decimal(value)).is_finite():
            return number
    except ArithmeticError:
        pass
    raise ValueError("a number is written as decimal text")


def _severity(value: object) -> Severity:
    if isinstance(value, Severity):
        return value
    for severity in Severity:
        if severity.word == value:
            return severity
    raise ValueError(f"a severity is one of: {', '.join(severity.word for severity in Severity)}")


def _without_nan(value: Any) -> Any:
    """JSON within a message as it is.

    Raises: ValueError for NaN and infinities, which the parser reads, no JSON has, and nobody could write back.
    """
    open_ones = [value]
    while open_ones:
        one = open_ones.pop()
        if isinstance(one, float) and not isfinite(one):
            raise ValueError("a number must be finite")
        if isinstance(one, dict | list):
            open_ones += one.values() if isinstance(one, dict) else one
    return value


def _quantity_parts(quantity: Quantity) -> dict[str, str]:
    return {"amount": str(quantity.amount), "unit": quantity.unit}


def wire_form(value: object) -> object:
    """What JSON has no word for, as the types below read it.

    Raises: TypeError for what is none of them.
    """
    if isinstance(value, ClinicalTime):
        return show_clinical_time(value)
    if isinstance(value, Quantity):
        return _quantity_parts(value)
    if isinstance(value, datetime):
        return show_instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, frozenset):
        return sorted(value)
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    raise TypeError(f"{type(value).__name__} has no form on the wire")


LAX: Final = Strict(False)  # strict mode would ask for an enum's member where the wire has its word

Identifier = Annotated[str, Field(max_length=200, pattern=r"^[^\s\p{Cc}]([^\p{Cc}]*[^\s\p{Cc}])?$")]
Word = Annotated[str, Field(min_length=1, max_length=LONGEST_WORD)]
Text = Annotated[str, Field(max_length=MOST_CHARACTERS)]
Unit = Annotated[str, Field(max_length=40)]
Version = Annotated[int, Field(ge=1, le=2**63 - 1)]
Number = Annotated[Decimal, BeforeValidator(_number)]
JsonObject = Annotated[dict[str, Any], AfterValidator(_without_nan)]
Day = Annotated[date, PlainValidator(_day), PlainSerializer(date.isoformat, return_type=str)]
ComputedDay = Annotated[date, Field(strict=False)]  # of our own making: no range is wrong, since nobody sent it
Instant = Annotated[datetime, PlainValidator(_instant), PlainSerializer(show_instant, return_type=str)]
ComputedInstant = Annotated[datetime, PlainValidator(_computed_instant), PlainSerializer(show_instant, return_type=str)]
WireTime = Annotated[ClinicalTime, PlainValidator(_clinical_time), PlainSerializer(show_clinical_time, return_type=str)]
WireQuantity = Annotated[
    Quantity, PlainValidator(_quantity), PlainSerializer(_quantity_parts, return_type=dict[str, str])
]
WireDecimal = Annotated[Decimal, PlainValidator(_decimal), PlainSerializer(str, return_type=str)]
SeverityWord = Annotated[
    Severity, PlainValidator(_severity), PlainSerializer(lambda severity: severity.word, return_type=str)
]
