"""Most of a hospital's feed, dropped by a look at its bytes: a message that names none of our codes is not for us.

The look errs to one side only.  Between two quotation marks of the bytes lies every text of the message, whole, unless
it has an escape in it: so a code of ours stands there as its very letters, or an escape hides it, and where one could
the message is read in full.  What else may be for us without a code of ours (a medication that is only referred to, a
deletion, a merge of patients, something entered in error whose code is left out) has a word of its own, which is looked
for with the codes.  That the rest is well-formed JSON is checked by a parser which keeps nothing of it; so a broken
message is never dropped.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any, Final

import msgspec

from topics.meaning.codes import OUR_SYSTEMS
from topics.meaning.feeds import Feeds

_WORDS: Final = frozenset(
    {"DELETE", "PATCH", "replaced-by", "replaces", "entered-in-error", "medicationReference", *OUR_SYSTEMS}
)


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
        self._words = _WORDS | feeds.code_words
        self._bytes = frozenset(word.encode() for word in self._words)
        self._escape = b"\\u00" if all(word.isascii() for word in self._words) else b"\\u"
        self._has_slash = any("/" in word for word in self._words)

    def look(self, raw: bytes) -> Look:
        if not self._bytes.isdisjoint(raw.split(b'"')):
            return Look.NAMED
        if b"\\" in raw and (self._escape in raw or (self._has_slash and b"\\/" in raw)):
            return Look.UNSURE
        try:
            _PEEK.decode(raw)
            if not raw.isascii():
                raw.decode("utf-8")  # the parser does not look into what it skips
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return Look.UNSURE
        return Look.NOT_FOR_US

    def names_us(self, content: Any) -> bool:
        """The same question to the message as it was parsed."""
        return any(text in self._words for text in _texts(content))


def _texts(content: Any) -> Iterator[str]:
    """Every name and every text of a message."""
    open_ones: list[Any] = [content]
    while open_ones:
        value = open_ones.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            yield from value
            open_ones += value.values()
        elif isinstance(value, list):
            open_ones += value
