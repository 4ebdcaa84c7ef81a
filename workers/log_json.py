"""The JSON of one log line: its members, and the value with its text as it stands there."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_STRING_OR_SPACE: Final = re.compile(r'("[^"\\]*(?:\\.[^"\\]*)*")|[ \t\r\n]+')
_MOST_BRACKETS: Final = 200  # far from any limit of the stack: what is written here is read everywhere
_TWICE: Final = "a name stands twice in one object, and readers differ on which one counts"


class Refused(Exception):
    """The way out of any depth of reading; `read_log` makes a bad line of it."""


@dataclass(frozen=True, slots=True)
class RawJson:
    """The value as it stands in the line, known to be well formed."""

    text: str

    @property
    def compact(self) -> str:
        """Without the spaces between its parts; numbers and strings stay as they were written."""
        return _STRING_OR_SPACE.sub(r"\1", self.text)


def members_of(text: str) -> dict[str, Any]:
    """The members of the object that the line is; `value` keeps its own text where it is an object or array.

    Walked by hand, since a parsed number no longer says whether it was 12.5 or 12.50.
    """
    if not text.startswith("{"):
        raise Refused("not a JSON object")
    members: dict[str, Any] = {}
    at = _skip(text, 1)
    while members or not text.startswith("}", at):
        name, at = _decoded(_READER, text, at)
        if not isinstance(name, str):
            raise Refused("not JSON: a name is wanted")
        if name in members:
            raise Refused(_TWICE)
        start = _skip(text, _expect(text, at, ":"))
        members[name], at = _decoded(_CHECKER if name == "value" else _READER, text, start)
        if name == "value" and isinstance(members[name], dict | list):
            members[name] = RawJson(text[start:at])
        at = _skip(text, at)
        if text.startswith("}", at):
            break
        at = _skip(text, _expect(text, at, ","))
    if at + 1 != len(text):
        raise Refused("not JSON: something follows the object")
    return members


def comes_back(text: str) -> bool:
    """Whether an object or array gives its very text again when it is read as a part of a line."""
    if len(text.splitlines()) != 1 or text.count("[") + text.count("{") > _MOST_BRACKETS:
        return False
    try:
        _, end = _decoded(_CHECKER, text, 0)
    except Refused:
        return False
    return end == len(text) and RawJson(text).compact == text


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    assert space is not None, "it matches nothing, too"
    return space.end()


def _expect(text: str, at: int, mark: str) -> int:
    at = _skip(text, at)
    if not text.startswith(mark, at):
        raise Refused(f"not JSON: {mark!r} is wanted at character {at}")
    return at + 1


def _decoded(decoder: json.JSONDecoder, text: str, at: int) -> tuple[Any, int]:
    try:
        return decoder.raw_decode(text, at)
    except json.JSONDecodeError as error:
        raise Refused(f"not JSON: {error.msg} (character {error.pos})") from None
    except RecursionError:
        raise Refused("brackets are nested too deeply") from None
    except ValueError:  # more digits than int takes
        raise Refused("a number is too large to be read") from None


def _no_constant(name: str) -> None:
    raise Refused(f"not JSON: {name} is not a number")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise Refused(_TWICE)
    return content


_HOOKS: Final[dict[str, Any]] = {"parse_constant": _no_constant, "object_pairs_hook": _without_duplicates}
_READER: Final = json.JSONDecoder(**_HOOKS)
_CHECKER: Final = json.JSONDecoder(parse_int=len, parse_float=len, **_HOOKS)  # asks only whether it is well formed
