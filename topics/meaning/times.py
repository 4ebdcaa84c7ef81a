"""Times as sources send them, with the precision that they have.  A zone is never guessed: only a feed can say it."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from domain.calendar import ClinicalTime
from topics.problems import Refused
from topics.schemas.wire_types import parse_clinical_time, parse_day

_PARTIAL: Final = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?", re.ASCII)
_NO_OFFSET: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?", re.ASCII)


def at(text: str, where: str, zone: ZoneInfo | None = None) -> ClinicalTime:
    """When something happened: an instant, or a day of which no hour is known.

    Raises: Refused for a month or a year alone (no window of a dose could be reckoned from it), for a date-time without
    an offset where the feed names no zone, and for what no calendar has.
    """
    try:
        if zone is not None and _NO_OFFSET.fullmatch(text):
            return local(datetime.fromisoformat(text), zone, where)
        return parse_clinical_time(text)
    except ValueError as error:
        if _PARTIAL.fullmatch(text):
            raise Refused(where, "only the month or the year is said; a day is wanted") from None
        raise Refused(where, str(error)) from None


def local(naive: datetime, zone: ZoneInfo, where: str) -> ClinicalTime:
    """What the clocks of `zone` showed, as an instant.

    Of the hour that comes twice in autumn only the day is kept: which of the two was meant nobody said.
    Raises: Refused for the hour that clocks skip in spring.
    """
    first, second = (naive.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return ClinicalTime(first)
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != naive:
        raise Refused(where, "the clocks of the feed's zone skipped this hour")
    return ClinicalTime(naive.date())


def began(text: str, where: str, zone: ZoneInfo | None = None) -> ClinicalTime:
    """The earliest that can be meant: a state that began "in 2015" holds from its first day on, and is never missed."""
    partial = _PARTIAL.fullmatch(text)
    return at(text, where, zone) if partial is None else _day(int(partial[1]), int(partial[2] or 1), 1, where)


def ended(text: str, where: str, zone: ZoneInfo | None = None) -> ClinicalTime:
    """The latest that can be meant."""
    partial = _PARTIAL.fullmatch(text)
    if partial is None:
        return at(text, where, zone)
    year, month = int(partial[1]), int(partial[2] or 12)
    last = calendar.monthrange(year, month)[1] if 1 <= month <= 12 and year else 1
    return _day(year, month, last, where)


def birth_date(text: str) -> date | None:
    """The day of birth; None where only the year or the month is known, since an age is never guessed (5.6, 35)."""
    try:
        return parse_day(text[:10])
    except ValueError:
        return None


def _day(year: int, month: int, day: int, where: str) -> ClinicalTime:
    return at(f"{year:04}-{month:02}-{day:02}", where)
