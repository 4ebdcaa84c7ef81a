"""ER7, the text form of HL7 v2: bytes to messages, segments, fields, components; escapes; character sets.

Line ends are told by what follows them: a segment begins with its name and the field separator, and every other line is
the continuation of the one before (text that ran over, a remark that somebody wrote into the file).  So CR, LF, CRLF,
MLLP's frame, batches and text with line feeds in it are read alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from topics.problems import WHOLE_MESSAGE, Refused

READ: Final = frozenset({"MRG", "PID", "ORC", "OBR", "OBX", "NTE", "SPM", "RXA", "RXR"})
"""The segments that we read; the others are left out of a message."""
DELETED: Final = '""'
BLANK: Final = " \t"
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_FRAME: Final = bytes.maketrans(b"\x0b\x1c", b"\r\r")
_BEGINS: Final = re.compile(r"(?:MSH|FHS|BHS)[!-/:-@\[-`{-~]")
_NEXT: Final = re.compile(r"[\r\n][ \t]*(?=(?:MSH|FHS|BHS|BTS|FTS)[!-/:-@\[-`{-~])")
_LINE_BREAK: Final = re.compile(r"[\r\n]")
_DELIMITER: Final = re.compile(r"[!-/:-@\[-`{-~]")  # ASCII that is neither letter, digit nor white space
_STANDARD: Final = "^~\\&"
_HEX: Final = re.compile(r"(?:[0-9A-Fa-f]{2})+")
CHARSETS: Final = {
    "": "utf-8",
    "ASCII": "utf-8",
    "UNICODE": "utf-8",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    **{f"8859/{number}": f"iso8859-{number}" for number in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15)},
}
"""What MSH-18 may say (HL7 table 0211); all of them have ASCII's bytes for ASCII's characters."""
_UNDECLARED: Final = frozenset({"", "ASCII"})


@dataclass(frozen=True, slots=True, eq=False)
class Delimiters:
    """The signs of a message and its character set; there is one object of each, so that it can be a key."""

    field: str
    component: str
    repetition: str
    escape: str
    subcomponent: str
    charset: str = "utf-8"


class Segment:
    """One segment.  Fields and components are numbered from 1, as HL7 does; what is not there is ""."""

    __slots__ = ("_delimiters", "_fields", "name", "number")

    def __init__(self, name: str, number: int, fields: list[str], delimiters: Delimiters) -> None:
        self.name = name
        self.number = number
        self._fields = fields
        self._delimiters = delimiters

    @property
    def delimiters(self) -> Delimiters:
        return self._delimiters

    def where(self, field: int) -> str:
        """The place of a field, in which no value stands: OBX[3]-5 is OBX-5 of the third OBX."""
        return f"{self.name}[{self.number}]-{field}"

    def sent(self, field: int) -> str:
        """A field as it was sent, all its repetitions, escapes and line breaks included."""
        return self._fields[field] if field < len(self._fields) else ""

    def raw(self, field: int) -> str:
        """A field as it was sent, up to the end of the line: what is a code or a time never runs over."""
        text = self.sent(field)
        return _LINE_BREAK.split(text, maxsplit=1)[0] if "\r" in text or "\n" in text else text

    def repetitions(self, field: int) -> list[str]:
        """Those that are not empty."""
        text = self.raw(field)
        if not text:
            return []
        return [one for one in text.split(self._delimiters.repetition) if one]

    def text(self, field: int, component: int = 1) -> str:
        """A component of the first repetition, escapes undone and white space around it taken off."""
        raw = self.raw(field)
        if not raw:
            return ""
        if raw.isalnum():  # most fields: there is no sign in it
            return raw if component == 1 else ""
        return self.component(raw.split(self._delimiters.repetition, 1)[0], component)

    def component(self, repetition: str, component: int) -> str:
        """A component; of its subcomponents the first.  What a sender deletes (`""`) is as if it were not there."""
        parts = self.components(repetition)
        if component > len(parts):
            return ""
        text = self.plain(parts[component - 1].split(self._delimiters.subcomponent, 1)[0]).strip(BLANK)
        return "" if text == DELETED else text

    def components(self, repetition: str) -> list[str]:
        return repetition.split(self._delimiters.component)

    def subcomponents(self, repetition: str, component: int) -> list[str]:
        parts = self.components(repetition)
        if component > len(parts):
            return []
        return [self.plain(one).strip(BLANK) for one in parts[component - 1].split(self._delimiters.subcomponent)]

    def plain(self, text: str) -> str:
        return unescaped(text, self._delimiters) if self._delimiters.escape in text else text


@dataclass(frozen=True, slots=True)
class Message:
    """One message.  `broken` says why nothing of it may be believed: its bytes are none of its character set."""

    header: Segment
    segments: tuple[Segment, ...]
    broken: str = ""


@dataclass(frozen=True, slots=True)
class BadMessage:
    """What begins as a message and is none."""

    refused: Refused


def messages_of(raw: bytes) -> Iterator[Message | BadMessage]:
    """The messages of a record: one, a batch of them (FHS, BHS), or several frames of MLLP.

    Raises: Refused where there is neither a message nor a batch.
    """
    content = raw.removeprefix(_BYTE_ORDER_MARK).translate(_FRAME).lstrip(b"\r\n\t " + _BYTE_ORDER_MARK)
    text = content.decode("latin-1")  # byte for byte: the character set stands in the message
    if not _BEGINS.match(text):
        raise Refused(WHOLE_MESSAGE, "no HL7 v2: it does not begin with a segment MSH, FHS or BHS")
    starts = [0, *(found.end() for found in _NEXT.finditer(text))]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        if text.startswith("MSH", start):
            try:
                yield _message(text[start:end])
            except Refused as refused:
                yield BadMessage(refused)


def _message(text: str) -> Message:
    separator = text[3]
    first = _LINE_BREAK.split(text, maxsplit=1)[0].split(separator)
    signs = first[1] if len(first) > 1 else ""
    delimiters = _delimiters(separator, signs, "utf-8")
    told = first[17].split(delimiters.repetition)[0].strip(BLANK).upper() if len(first) > 17 else ""
    text, charset, broken = _in_charset(text, told)
    delimiters = _delimiters(separator, signs, charset)
    head, *lines = _segment_start(separator).split(text)
    header = Segment("MSH", 1, ["MSH", separator, *head.split(separator)[1:]], delimiters)
    counts: dict[str, int] = {}
    segments = []
    for line in lines:
        name = line[:3]
        if name not in READ:
            continue
        counts[name] = number = counts.get(name, 0) + 1
        segments.append(Segment(name, number, line.rstrip("\r\n").split(separator), delimiters))
    return Message(header, tuple(segments), broken)


def _in_charset(text: str, told: str) -> tuple[str, str, str]:
    """The text by its character set, that set, and what is wrong with it.

    What is not declared is UTF-8, or, where it cannot be that, ISO 8859-1.
    """
    name = CHARSETS.get(told)
    if name is None:
        return text, "latin-1", "its character set (MSH-18) is none that we read"
    if text.isascii():
        return text, name, ""
    try:
        return text.encode("latin-1").decode(name), name, ""
    except UnicodeDecodeError:
        if told in _UNDECLARED:
            return text, "latin-1", ""
        return text, "latin-1", "its bytes are none of its character set (MSH-18)"


@lru_cache(maxsize=64)
def _segment_start(separator: str) -> re.Pattern[str]:
    return re.compile(rf"[\r\n][ \t]*(?=[A-Z][A-Z0-9]{{2}}{re.escape(separator)})")


@lru_cache(maxsize=64)
def _delimiters(separator: str, said: str, charset: str) -> Delimiters:
    """What MSH-1 and MSH-2 say; a backslash that was doubled on its way is one, and what is left out is as usual."""
    characters = list(said.strip().replace("\\\\", "\\"))
    if not characters:
        raise Refused("MSH-2", "the encoding characters are missing")
    characters += [one for one in _STANDARD[len(characters) :] if one not in characters]
    used = (separator, *characters[:4])
    if len(used) < 5 or len(set(used)) < 5 or not all(_DELIMITER.fullmatch(one) for one in used):
        raise Refused("MSH-2", "the encoding characters are not five different signs")
    component, repetition, escape, subcomponent = characters[:4]
    return Delimiters(separator, component, repetition, escape, subcomponent, charset)


def unescaped(text: str, delimiters: Delimiters) -> str:
    r"""Escape sequences undone: \F\ \S\ \T\ \R\ \E\, \X0D0A\ and the formatting commands, as \.br\.

    A sequence that we do not know stays as it was sent.
    """
    parts = text.split(delimiters.escape)
    plain = [parts[0]]
    inside = True
    for place, part in enumerate(parts[1:], 1):
        if not inside:
            plain.append(part)
            inside = True
            continue
        known = _meaning(part, delimiters) if place < len(parts) - 1 else None
        if known is None:
            plain.append(f"{delimiters.escape}{part}")
        else:
            plain.append(known)
            inside = False
    return "".join(plain)


def _meaning(code: str, delimiters: Delimiters) -> str | None:
    match code:
        case "F":
            return delimiters.field
        case "S":
            return delimiters.component
        case "T":
            return delimiters.subcomponent
        case "R":
            return delimiters.repetition
        case "E":
            return delimiters.escape
        case "P":
            return "#"
        case "H" | "N":
            return ""
    if code.startswith("."):
        return "\n" if code[1:3] in ("br", "sp", "ce") else ""
    if code.startswith("X") and _HEX.fullmatch(code[1:]):
        return bytes.fromhex(code[1:]).decode(delimiters.charset, "replace")
    return None
