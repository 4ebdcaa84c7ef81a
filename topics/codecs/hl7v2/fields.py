"""Data types of HL7 v2 fields: times, coded elements, entity identifiers, patients' numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Final

from domain.calendar import ClinicalTime
from topics.codecs.hl7v2.er7 import Delimiters, Segment
from topics.meaning import times
from topics.meaning.codes import LabTest, Meaning
from topics.meaning.feeds import Feed
from topics.meaning.patients import Identifier, patient_id_of
from topics.meaning.systems import System
from topics.problems import Refused

_TIME: Final = re.compile(
    r"([0-9]{4})([0-9]{2})?([0-9]{2})?([0-9]{2})?([0-9]{2})?([0-9]{2})?(\.[0-9]{1,9})?([+-][0-9]{4})?", re.ASCII
)
_DIGITS_OF_PRECISION: Final = {"Y": 4, "L": 6, "D": 8, "H": 8}  # of the hour alone the day is kept
_TO_THE_MINUTE: Final = 12
LOCAL: Final = "L"  # HL7 table 0396: a code of the sender's own; so is one whose system is not said
_RECORD_NUMBER: Final = "MR"
_UNIVERSAL: Final = {"ISO": "urn:oid:", "UUID": "urn:uuid:", "GUID": "urn:uuid:"}


@dataclass(frozen=True, slots=True)
class Clock:
    """How times without an offset are meant: by the feed's zone, else by the offset of MSH-7 (HL7 v2.5, 2.A.22)."""

    feed: Feed
    offset: str = ""
    _read_before: dict[tuple[str, str], ClinicalTime] = field(
        default_factory=dict
    )  # all OBX of one sample say one time

    def at(self, segment: Segment, number: int, component: int = 1) -> ClinicalTime | None:
        """When; None where the field is empty.

        Raises: Refused for what is no time, for a month or a year alone, and for a time of which no zone is known.
        """
        text = segment.text(number, component)
        if not text:
            return None
        precision = segment.text(number, 2) if component == 1 else ""
        known = self._read_before.get((text, precision))
        if known is None:
            known = self._read_before[text, precision] = self._read(text, segment.where(number), precision)
        return known

    def _read(self, text: str, where: str, precision: str) -> ClinicalTime:
        found = _TIME.fullmatch(text)
        if found is None:
            raise Refused(where, "no time as HL7 v2 writes it (YYYYMMDDHHMMSS+ZZZZ)")
        year, month, day, hour, minute, second, fraction, offset = found.groups()
        known = _DIGITS_OF_PRECISION.get(precision, 14)
        date = "-".join(part for part in (year, month, day)[: known // 2 - 1] if part)
        if day is None or minute is None or known < _TO_THE_MINUTE:
            return times.at(date, where)
        zone = offset or ("" if self.feed.zone is not None else self.offset)
        shown = f"{zone[:3]}:{zone[3:]}" if zone else ""
        return times.at(f"{date}T{hour}:{minute}:{second or '00'}{fraction or ''}{shown}", where, self.feed.zone)

    def version(self, text: str) -> int | None:
        """Milliseconds, by which versions of one thing are in order; None for what is no time.

        The order counts alone, so a missing zone is UTC's where nothing says it, and of the hour that comes twice the
        first is meant.
        """
        found = _TIME.fullmatch(text)
        if found is None:
            return None
        year, month, day, hour, minute, second = (int(part) if part else None for part in found.groups()[:6])
        zone = found[8] or ("" if self.feed.zone is not None else self.offset)
        tz = _fixed(zone) if zone else self.feed.zone or UTC
        try:
            local = datetime(year or 1, month or 1, day or 1, hour or 0, minute or 0, second or 0, tzinfo=tz)
        except ValueError:
            return None
        return max(1, int(local.timestamp() * 1000) + int(float(found[7] or 0) * 1000))


def _fixed(offset: str) -> timezone:
    shift = timedelta(hours=int(offset[1:3]), minutes=int(offset[3:5]))
    limit = timedelta(hours=23, minutes=59)
    return timezone(min(shift, limit) * (-1 if offset[0] == "-" else 1))


def clock_of(header: Segment, feed: Feed) -> Clock:
    """The clock of a message by its MSH-7."""
    found = _TIME.fullmatch(header.text(7))
    return Clock(feed, found[8] or "" if found is not None else "")


@dataclass(frozen=True, slots=True)
class Coding:
    system: str
    code: str


def codings(segment: Segment, field: int) -> Iterator[Coding]:
    """The codes of a coded element (CE, CWE): its own, the alternate one, and the second alternate of v2.7."""
    repetition = next(iter(segment.repetitions(field)), "")
    length = len(segment.components(repetition))
    for code_at, system_at in ((1, 3), (4, 6), (10, 12)):
        if code_at > length:
            return
        code = segment.component(repetition, code_at)
        if code:
            yield Coding(segment.component(repetition, system_at), code)


def meanings(segment: Segment, field: int, feed: Feed) -> tuple[tuple[Coding, Meaning], ...]:
    """The codes of a field that mean something to us.

    Raises: Refused for a code that can only be ours, and whose system is not said or is named as nobody does.
    """
    return _meanings(segment.raw(field), segment.delimiters, feed)


@lru_cache(maxsize=20_000)  # a laboratory has some thousands of tests
def _meanings(raw: str, delimiters: Delimiters, feed: Feed) -> tuple[tuple[Coding, Meaning], ...]:
    found = []
    for one in codings(Segment("", 0, ["", raw], delimiters), 1):
        meaning = feed.meaning(one.system, one.code)
        if meaning is None and not one.system:
            meaning = feed.meaning(LOCAL, one.code)
        if meaning is not None:
            found.append((one, meaning))
        elif _is_surely_ours(one, feed):
            raise Refused(
                "code",
                "the code is one of ours, and the name of its system is missing or unknown: the feed's file may say it",
            )
    return tuple(found)


def _is_surely_ours(one: Coding, feed: Feed) -> bool:
    """A number alone may be anybody's; LOINC's and the ATC's codes have a form of their own."""
    if feed.systems.get(one.system, one.system) in set(System):
        return False
    loinc = feed.codes.get((System.LOINC, one.code))
    return isinstance(loinc, LabTest) or (System.ATC, one.code) in feed.codes


def entity(segment: Segment, field: int) -> str:
    """An entity identifier (EI) as one text: number, namespace, universal id; "" where there is no number."""
    repetition = next(iter(segment.repetitions(field)), "")
    if not repetition:
        return ""
    parts = [segment.component(repetition, number) for number in (1, 2, 3)]
    return "^".join(parts).rstrip("^") if parts[0] else ""


def patient_of(pid: Segment, feed: Feed, field: int = 3) -> str:
    """The patient whom PID-3 (or another field) names, by assigner and number.  Raises: Refused."""
    return patient_id_of(_identifiers(pid, feed, field), feed, pid.where(field))


def _identifiers(pid: Segment, feed: Feed, field: int) -> Iterator[Identifier]:
    """Each number under every name of its assigner: the universal one, as FHIR has it, and the sender's own."""
    for repetition in pid.repetitions(field):
        value = pid.component(repetition, 1)
        is_record_number = pid.component(repetition, 5) == _RECORD_NUMBER
        authority = [*pid.subcomponents(repetition, 4), "", "", ""][:3]
        names = [f"{_UNIVERSAL.get(authority[2], '')}{authority[1]}" if authority[1] else "", authority[0]]
        if not any(names):
            names = [feed.assigner]
        for name in names:
            yield Identifier(name, value, is_record_number=is_record_number)
