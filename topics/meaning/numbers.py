"""Numbers and words that come as text: `<5`, `11,4`, `1 200`, `clumped`.  What can be read in two ways is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final, Literal

from domain.facts import Comparator
from topics.problems import Refused
from topics.schemas.wire_types import MOST, MOST_DIGITS, SHORT_NUMBER

DecimalMark = Literal[".", ","]

_MOST: Final = int(MOST)
_COMPARATORS: Final[Mapping[str, Comparator]] = MappingProxyType(
    {**{word.value: word for word in Comparator}, "≤": Comparator.AT_MOST, "≥": Comparator.AT_LEAST}
)
_FORM: Final = re.compile(r"(<=|>=|<|>|≤|≥)?\s*([+-]?[0-9][0-9., \u00a0\u202f]*)(.*)", re.DOTALL)
_GROUPED: Final = re.compile(r"[0-9]{1,3}( [0-9]{3})+")  # a space is never a decimal mark
_THREE_AFTER: Final = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")  # 1,200 or 150.000: a thousand, or three decimals
_SPACE_LIKE: Final = str.maketrans("\u00a0\u202f", "  ")


@dataclass(frozen=True, slots=True)
class Said:
    """A number that stood in a text, the side on which the true value lies, and what came after it."""

    amount: Decimal
    comparator: Comparator | None
    rest: str


@dataclass(frozen=True, slots=True)
class NoValue:
    """A text that says why there is no number."""

    reason: str
    clumped: bool = False


_CLUMPED, _HAEMOLYSED = NoValue("clumped", clumped=True), NoValue("haemolysed")
_INSUFFICIENT, _COMMENT, _CLOTTED = NoValue("insufficient sample"), NoValue("see comment"), NoValue("clotted")
_NOT_DONE, _PENDING = NoValue("not performed"), NoValue("pending")
WORDS: Final[Mapping[str, NoValue]] = MappingProxyType(
    {
        **dict.fromkeys(("clumped", "clumps", "platelet clumps", "platelets clumped", "clumped platelets"), _CLUMPED),
        **dict.fromkeys(("haem", "haemolysed", "hemolysed", "hemolyzed", "haemolyzed", "haemolysis"), _HAEMOLYSED),
        **dict.fromkeys(("insufficient", "insufficient sample", "qns", "quantity not sufficient"), _INSUFFICIENT),
        **dict.fromkeys(("see comment", "see comments", "see note", "see below", "comment"), _COMMENT),
        **dict.fromkeys(("clotted", "clotted sample", "clotted specimen"), _CLOTTED),
        **dict.fromkeys(("not done", "not performed", "test not performed", "tnp", "cancelled", "canceled"), _NOT_DONE),
        **dict.fromkeys(("pending", "to follow", "in process"), _PENDING),
    }
)
"""What laboratories write in the place of a number, in small letters; a text that is none of these is refused."""


def read_text(text: str, *, mark: DecimalMark | None = None) -> Said | NoValue:
    """What a text in the place of a value says.  `mark` is the feed's decimal mark, where that is known.

    Raises: Refused for a range, for what could be meant in two ways, and for words that are none of `WORDS`.
    """
    plain = text.translate(_SPACE_LIKE).strip()
    known = WORDS.get(plain.casefold().strip(".*! "))
    if known is not None:
        return known
    form = _FORM.fullmatch(plain)
    if form is None:
        raise Refused("value", "the text is no number, and no word that we know for why there is none")
    digits, rest = form[2].strip(), form[3].strip()
    if rest[:1] in {"-", "–", ":", "/", "+"}:
        raise Refused("value", "the text is a range, a ratio or a titre, and no number")
    return Said(_amount(digits, mark), _COMPARATORS.get(form[1] or ""), rest)


def checked(amount: Decimal | int | float, where: str = "value") -> Decimal:
    """A number that somebody can have measured.

    Raises: Refused for one that is not finite, below zero or larger than anything that is measured.
    """
    if isinstance(amount, int) and 0 <= amount <= _MOST:
        return Decimal(amount)
    number = amount if isinstance(amount, Decimal) else Decimal(amount)
    if SHORT_NUMBER.fullmatch(str(number)):  # nearly all; to take a Decimal apart costs more than all the rest
        return number
    if not number.is_finite() or number < 0:
        raise Refused(where, "the number must be finite and not below zero")
    digits, exponent = number.as_tuple().digits, number.as_tuple().exponent
    assert isinstance(exponent, int), "a finite number has an exponent"
    if number > MOST or len(digits) > MOST_DIGITS or abs(exponent) > MOST_DIGITS:
        raise Refused(where, f"the number must be at most 10^12 and have at most {MOST_DIGITS} digits")
    return number.copy_abs()  # minus nothing is nothing


def _amount(digits: str, mark: DecimalMark | None) -> Decimal:
    if _GROUPED.fullmatch(digits):
        digits = digits.replace(" ", "")
    if mark is None and _THREE_AFTER.fullmatch(digits):
        raise Refused("value", "three digits after a point or comma: thousands or decimals, the feed does not say")
    thousands = "," if mark == "." else "."
    if mark is not None and re.fullmatch(rf"[0-9]{{1,3}}(\{thousands}[0-9]{{3}})+(\{mark}[0-9]+)?", digits):
        digits = digits.replace(thousands, "")
    if not re.fullmatch(r"[+-]?[0-9]{1,30}([.,][0-9]{1,30})?", digits):
        raise Refused("value", "the text is no number that can be read in one way only")
    return checked(Decimal(digits.replace(",", ".")))
