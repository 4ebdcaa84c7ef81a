"""The one way in which we write JSON, so that the same content has the same bytes."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Final

import orjson

from topics.schemas.wire_types import Shape, wire_form

_ENCODER: Final = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=wire_form
)
_FAST: Final = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS


def canonical_json(content: dict[str, Any]) -> bytes:
    """UTF-8, keys sorted, no spaces; times, days and quantities in the form in which our shapes read them.

    Raises: ValueError for what JSON cannot say (NaN, an infinity, half of a surrogate pair).
    """
    return _ENCODER.encode(content).encode()


def canonical_json_without_floats(content: dict[str, Any]) -> bytes:
    """The same bytes, several times as fast, for content that holds no float: of NaN this would make a null.

    Raises: ValueError as above.
    """
    try:
        return orjson.dumps(content, wire_form, _FAST)
    except orjson.JSONEncodeError:
        return canonical_json(content)  # integers beyond 64 bits; or it says what is wrong


def shape_json(shape: Shape) -> bytes:
    """A shape as canonical JSON; a Decimal at its top level is a number with the digits that it has."""
    content = shape.model_dump()
    members = (
        f"{_ENCODER.encode(name)}:{value if isinstance(value, Decimal) else _ENCODER.encode(value)}"
        for name, value in sorted(content.items())
    )
    return f"{{{','.join(members)}}}".encode()
