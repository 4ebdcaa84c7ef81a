"""The replayable log: one record a line, as JSON.

    {"topic", "partition", "offset", "timestamp", "key", "headers", "value"}

| member | form | left out |
| --- | --- | --- |
| topic | text | refused |
| partition | integer | 0 |
| offset | integer | one more than the last of its topic and partition, from 0 |
| timestamp | log time: ISO 8601 with offset, or integer milliseconds since 1970 | refused |
| key | text or null; `key_base64` instead for bytes that are not UTF-8 | null |
| headers | object, or list of [name, value]; a value is text, or {"base64": ...} | none |
| value | object or array (its text without the spaces between its parts), text (the message as it is), or null for a \
tombstone; `value_base64` instead for bytes that are not UTF-8 | refused |

A line that cannot be read is a `BadLine`, and the reading goes on.  What is wrong is told without repeating what
stands in the line: it may be a patient's.
"""

from __future__ import annotations

import binascii
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from topics.schemas.wire_types import FIRST_YEAR, LAST_YEAR, show_instant
from workers.log_json import RawJson, Refused, comes_back, members_of
from workers.records import Headers, InputRecord

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BOM: Final = "\ufeff"


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no record; the first line has number 1."""

    line_number: int
    problem: str


def read_log(lines: Iterable[bytes | str]) -> Iterator[InputRecord | BadLine]:
    """The records of a log, in the order of its lines, one at a time; blank lines are skipped.

    Give lines as bytes (a file opened with "rb") where they may not be UTF-8: text that fails to decode ends a file
    that was opened as text, while here it is one bad line.
    """
    next_offsets: dict[tuple[str, int], int] = {}
    for number, line in enumerate(lines, start=1):
        try:
            text = _text(line, is_first=number == 1)
            if not text:
                continue
            record = _record(text, next_offsets)
        except Refused as refused:
            yield BadLine(number, str(refused))
            continue
        next_offsets[record.topic, record.partition] = record.offset + 1
        yield record


def write_line(record: InputRecord) -> str:
    """One line, its line end included; reading it gives the same record, byte for byte.

    The value is written as an object only where that brings back its very bytes, else as text or in Base64.
    """
    assert record.timestamp.tzinfo is not None, "a log time has an offset"
    members = {
        "topic": _shown(record.topic),
        "partition": str(record.partition),
        "offset": str(record.offset),
        "timestamp": _shown(show_instant(record.timestamp)),
        **_bytes_member("key", record.key),
    }
    if record.headers:
        members["headers"] = _shown([[name, _header_form(value)] for name, value in record.headers])
    members |= _value_member(record.value)
    return "{" + ",".join(f'"{name}":{form}' for name, form in members.items()) + "}\n"


def _shown(content: object) -> str:
    return json.dumps(content, separators=(",", ":"))


def _value_member(value: bytes | None) -> dict[str, str]:
    if value is not None and value[:1] in (b"{", b"["):
        try:
            text = value.decode()
        except UnicodeDecodeError:
            return _bytes_member("value", value)
        if comes_back(text):
            return {"value": text}
    return _bytes_member("value", value)


def _bytes_member(name: str, content: bytes | None) -> dict[str, str]:
    if content is None:
        return {name: "null"}
    try:
        return {name: _shown(content.decode())}
    except UnicodeDecodeError:
        return {f"{name}_base64": _shown(b64encode(content).decode())}


def _header_form(value: bytes) -> str | dict[str, str]:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"base64": b64encode(value).decode()}


def _text(line: bytes | str, *, is_first: bool) -> str:
    if isinstance(line, bytes):
        try:
            line = line.decode()
        except UnicodeDecodeError as error:
            raise Refused(f"not UTF-8 from byte {error.start} on") from None
    return (line.removeprefix(_BOM) if is_first else line).strip(" \t\r\n")


def _record(text: str, next_offsets: Mapping[tuple[str, int], int]) -> InputRecord:
    members = members_of(text)
    unknown = members.keys() - _READERS.keys()
    if unknown:
        raise Refused(f"a log line has no member {sorted(unknown)[0][:40]!r}; known: {', '.join(_READERS)}")
    said = {name: _member(name, members[name]) for name in _READERS if name in members}
    for name in ("topic", "timestamp"):
        if name not in said:
            raise Refused(f"{name}: missing")
    topic, partition = said["topic"], said.get("partition", 0)
    return InputRecord(
        topic=topic,
        partition=partition,
        offset=said.get("offset", next_offsets.get((topic, partition), 0)),
        timestamp=said["timestamp"],
        key=_one_of(said, "key", left_out=None),
        value=_one_of(said, "value"),
        headers=said.get("headers", ()),
    )


def _member(name: str, content: Any) -> Any:
    try:
        return _READERS[name](content)
    except Refused as refused:
        raise Refused(f"{name}: {refused}") from None


def _one_of(said: Mapping[str, Any], name: str, **default: bytes | None) -> bytes | None:
    """What `name` or `name`_base64 says: one of them, or the default where there is one."""
    found = [said[form] for form in (name, f"{name}_base64") if form in said]
    if len(found) == 2:
        raise Refused(f"{name}: said twice, as {name} and as {name}_base64")
    if not found and not default:
        raise Refused(f"{name}: missing; a tombstone says null")
    content: bytes | None = found[0] if found else default["left_out"]
    return content


def _topic(content: Any) -> str:
    if content == "":
        raise Refused("it is empty")
    return _name(content)


def _name(content: Any) -> str:
    if not isinstance(content, str):
        raise Refused("text is wanted")
    _bytes(content)
    return content


def _number(most: int) -> Callable[[Any], int]:
    def read(content: Any) -> int:
        if type(content) is not int or not 0 <= content <= most:
            raise Refused(f"an integer from 0 to {most} is wanted")
        return content

    return read


def _timestamp(content: Any) -> datetime:
    try:
        if type(content) is int:
            return _possible(_EPOCH + timedelta(milliseconds=content))
        if isinstance(content, str):
            instant = datetime.fromisoformat(content)
            if instant.tzinfo is None:
                raise Refused("it has no offset; the zone of a log is never guessed")
            return _possible(instant.astimezone(UTC))
    except (ValueError, OverflowError):
        pass
    raise Refused("ISO 8601 with an offset is wanted, or integer milliseconds since 1970")


def _possible(instant: datetime) -> datetime:
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise Refused(f"its year lies before {FIRST_YEAR} or after {LAST_YEAR}")
    return instant


def _bytes(content: Any) -> bytes | None:
    if content is None:
        return None
    if not isinstance(content, str):
        raise Refused("text or null is wanted")
    try:
        return content.encode()
    except UnicodeEncodeError:
        raise Refused("half of a surrogate pair has no bytes") from None


def _base64(content: Any) -> bytes:
    try:
        if isinstance(content, str):
            return b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        pass
    raise Refused("Base64 is wanted")


def _value(content: Any) -> bytes | None:
    if isinstance(content, RawJson):
        return _bytes(content.compact)
    if content is not None and not isinstance(content, str):
        raise Refused("an object, an array, text or null is wanted")
    return _bytes(content)


def _headers(content: Any) -> Headers:
    pairs = list(content.items()) if isinstance(content, dict) else content
    if not isinstance(pairs, list) or not all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs):
        raise Refused("an object or a list of [name, value] is wanted")
    return tuple((_name(name), _header_value(value)) for name, value in pairs)


def _header_value(content: Any) -> bytes:
    if isinstance(content, dict) and content.keys() == {"base64"}:
        return _base64(content["base64"])
    value = _bytes(content)
    if value is None:
        raise Refused('text or {"base64": ...} is wanted')
    return value


_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    "topic": _topic,
    "partition": _number(2**31 - 1),
    "offset": _number(2**63 - 1),
    "timestamp": _timestamp,
    "key": _bytes,
    "key_base64": _base64,
    "headers": _headers,
    "value": _value,
    "value_base64": _base64,
}
