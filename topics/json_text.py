"""Bytes from outside to a JSON object: strictly, digit for digit; whatever they are, nothing but `Refused` leaves."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from topics.decoded import bytes_of
from topics.problems import WHOLE_MESSAGE, Refused


def text_of(raw: bytes | None, max_bytes: int) -> str:
    """Raises: Refused."""
    try:
        return bytes_of(raw, max_bytes).decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused(WHOLE_MESSAGE, f"not UTF-8 from byte {error.start} on") from None


def json_object(text: str) -> dict[str, Any]:
    """The object, its numbers with fractions as Decimals.  Raises: Refused, also where a name stands twice in one."""
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
