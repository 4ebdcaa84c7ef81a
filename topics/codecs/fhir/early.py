"""Most of a hospital's feed, dropped by a look at its bytes: a message that names none of our codes is not for us.

The look errs to one side only.  A code of ours can stand in a message as its very letters, or with some of them
escaped; every `"code": "..."` is compared whole, and where an escape could hide one the message is read in full.  What
else may be for us without a code of ours (a medication that is only referred to, a deletion, a merge of patients,
something entered in error whose code is left out) has a word of its own, which is looked for.  That the rest is
well-formed JSON is checked by a parser which keeps nothing of it; so a broken message is never dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Any, Final

import msgspec

from topics.meaning.feeds import Feeds

_CODE: Final = re.compile(rb'"code"\s*:\s*"([^"]*)"')
_WORDS: Final = frozenset({"DELETE", "PATCH", "replaced-by", "entered-in-error"})
_MARKS: Final = (b'"medicationReference"', b"urn:b12watch", *(f'"{word}"'.encode() for word in sorted(_WORDS)))
_ESCAPED: Final = b"\\u00"  # an ASCII letter written as an escape


class Look(Enum):
    NOT_FOR_US = "well-formed, and names nothing of ours"
    NAMED = "names something of ours"
    UNSURE = "only the whole message tells"


class _Peek(msgspec.Struct):
    resourceType: str  # noqa: N815


_PEEK: Final = msgspec.json.Decoder(_Peek)


class EarlyLook:
    """Looks for the codes of all feeds, since whose message it is may stand within it."""

    def __init__(self, feeds: Feeds) -> None:
        self._words = feeds.code_words
        self._bytes = frozenset(word.encode() for word in self._words)

    def look(self, raw: bytes) -> Look:
        if any(mark in raw for mark in _MARKS):
            return Look.NAMED
        if _ESCAPED in raw:
            return Look.UNSURE
        codes = _CODE.findall(raw)
        if not self._bytes.isdisjoint(codes):
            return Look.NAMED
        if any(b"\\" in code for code in codes):
            return Look.UNSURE
        try:
            _PEEK.decode(raw)
            raw.decode("utf-8")
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return Look.UNSURE
        return Look.NOT_FOR_US

    def names_us(self, content: Any) -> bool:
        """The same question to the message as it was parsed."""
        return any(self._is_ours(name, value) for name, value in _members(content))

    def _is_ours(self, name: str, value: object) -> bool:
        if name == "medicationReference":
            return True
        if not isinstance(value, str):
            return False
        if name == "code" and value in self._words:
            return True
        return value in _WORDS or "urn:b12watch" in value


def _members(content: Any) -> Iterator[tuple[str, Any]]:
    """Every member of every object, and every element of a list as a member without a name."""
    open_ones: list[Iterable[tuple[str, Any]]] = [[("", content)]]
    while open_ones:
        for name, value in open_ones.pop():
            yield name, value
            if isinstance(value, dict):
                open_ones.append(value.items())
            elif isinstance(value, list):
                open_ones.append([("", one) for one in value])
