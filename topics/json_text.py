"""Bytes from outside to a JSON object: strictly, digit for digit; whatever they are, nothing but `Refused` leaves."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Final

import msgspec

from topics.decoded import bytes_of
from topics.problems import WHOLE_MESSAGE, Refused

_QUICK: Final = msgspec.json.Decoder(float_hook=Decimal)
_WRITER: Final = msgspec.json.Encoder(decimal_format="number")


def json_object(raw: bytes | None, max_bytes: int) -> dict[str, Any]:
    """The object, its numbers with fractions as Decimals.  Raises: Refused, also where a name stands twice in one."""
    value = bytes_of(raw, max_bytes)
    content = _quickly(value)
    return content if content is not None else _carefully(value)


def _quickly(value: bytes) -> dict[str, Any] | None:
    """What a quick parser makes of it; None where it refuses it, or where a name stands twice.

    Of a name that stands twice one is left out.  So the object, written again, has as many quotation marks as what came
    where none does; but for those that came as numbers (`\\u0022`).
    """
    try:
        content = _QUICK.decode(value)
        written = _WRITER.encode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, ArithmeticError, RecursionError):
        return None
    if b"\\u0022" in value or written.count(b'"') != value.count(b'"'):
        return None
    return content if isinstance(content, dict) else None


def _carefully(value: bytes) -> dict[str, Any]:
    """The same by the parser that says what is wrong and where."""
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused(WHOLE_MESSAGE, f"not UTF-8 from byte {error.start} on") from None
    try:
        content = json.loads(
            text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_without_duplicates
        )
    except json.JSONDecodeError as error:
        raise Refused(WHOLE_MESSAGE, f"not JSON: {error.msg} (character {error.pos})") from None
    except RecursionError:
        raise Refused(WHOLE_MESSAGE, "brackets are nested too deeply") from None
    except (ValueError, ArithmeticError):  # more digits, or a larger exponent, than int and Decimal take
        raise Refused(WHOLE_MESSAGE, "a number is too large to be read") from None
    if not isinstance(content, dict):
        raise Refused(WHOLE_MESSAGE, "a JSON object is wanted")
    return content


def _no_constant(name: str) -> None:
    raise Refused(WHOLE_MESSAGE, f"not JSON: {name} is not a number")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise Refused(WHOLE_MESSAGE, "a name stands twice in one object, and readers differ on which one counts")
    return content
