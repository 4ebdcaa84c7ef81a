"""Most of a hospital's feed, dropped by a look at its bytes: by the kind of message, and by the codes in it.

The look errs to one side only: where anything is unusual (other signs, several messages, a line break within a
segment's first fields, an escape in a code, a character set in which bytes could be other letters), the message is read
in full.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from topics.codecs.hl7v2.er7 import BLANK, CHARSETS
from topics.codecs.hl7v2.kinds import Kind, kind_of
from topics.meaning.feeds import Feeds
from topics.meaning.systems import System

_START: Final = b"MSH|^~\\&|"
_BEFORE: Final = b"\xef\xbb\xbf\x0b\r\n\t "
_BLANK: Final = BLANK.encode()
_OURS: Final = str(System.OURS).encode()
_HEADER: Final = re.compile(rb"[^\r\n\x0b\x1c]*")  # the last two are MLLP's frame
_RESULT: Final = re.compile(rb"OBX\|[^|\r\n]*\|[^|\r\n]*\|([^|\r\n]*)")
_DOSE: Final = re.compile(rb"RXA\|(?:[^|\r\n]*\|){4}([^|\r\n]*)")
_CODES: Final = {
    "ORU": (b"OBX|", _RESULT),
    "RAS": (b"RXA|", _DOSE),
    "RDE": (b"RXE|", re.compile(rb"RXE\|[^|\r\n]*\|([^|\r\n]*)")),
    "OMP": (b"RXO|", re.compile(rb"RXO\|([^|\r\n]*)")),
}
"""What begins the segments in which a kind of message has its codes, and where in them the codes stand."""
_SIGNS: Final = re.compile(rb"[\^~&]")
_MEMORY: Final = 20_000  # codes as they were sent; a laboratory has some thousands


class EarlyLook:
    """Looks for the codes of all feeds, since whose message it is stands within it."""

    def __init__(self, feeds: Feeds) -> None:
        self._words = frozenset(_without_blanks(word.encode()) for word in feeds.code_words)
        self._is_ascii = all(word.isascii() for word in feeds.code_words)
        self._unread: set[bytes] = set()

    def look(self, raw: bytes) -> Kind | None:
        """What kind of message it is where that, or its codes, make it none for us; None: it is to be read in full."""
        content = raw.lstrip(_BEFORE)
        if not content.startswith(_START) or content.count(b"MSH") != 1:
            return None
        found = _HEADER.match(content)
        header = found[0].split(b"|", 18) if found is not None else []
        kind = _kind(header[8]) if len(header) > 8 else None
        if kind is None or kind.is_merge:
            return None
        if not kind.holds_facts:
            return kind
        if len(header) > 17 and not _keeps_ascii(header[17]):
            return None
        name, code = _CODES[kind.message]
        codes = code.findall(content)
        return kind if len(codes) == content.count(name) and self._names_nothing(codes) else None

    def _names_nothing(self, codes: list[bytes]) -> bool:
        unread = self._unread
        return all(code in unread or self._is_unread(code) for code in codes)

    def _is_unread(self, code: bytes) -> bool:
        if b"\\" in code or _OURS in code or b"\x0b" in code or b"\x1c" in code:
            return False
        if not self._is_ascii and not code.isascii():
            return False
        if not self._words.isdisjoint(_SIGNS.split(_without_blanks(code))):
            return False
        if len(self._unread) >= _MEMORY:
            self._unread.clear()
        self._unread.add(code)
        return True


def _without_blanks(text: bytes) -> bytes:
    return text.translate(None, _BLANK)


@lru_cache(maxsize=1_000)
def _kind(said: bytes) -> Kind | None:
    """MSH-9 as it was sent; None where only the full way can tell."""
    if b"\\" in said or b'"' in said or not said.isascii():
        return None
    parts = said.decode("ascii").split("~")[0].split("^")
    names = [part.split("&")[0].strip(BLANK) for part in (*parts, "")]
    return kind_of(names[0], names[1])


@lru_cache(maxsize=100)
def _keeps_ascii(charset: bytes) -> bool:
    return charset.split(b"~")[0].strip(_BLANK).upper().decode("latin-1") in CHARSETS
