"""Days and months in the ward's time zone, and clinical times that know how precise they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from domain.errors import NaiveTime

_KEPT = 1 << 16  # answers that are kept: the same days and instants are asked for again at every event


@dataclass(frozen=True, slots=True)
class ClinicalTime:
    """When something happened: an instant (date-time with offset, kept in UTC), or a day of which no hour is known.

    Raises: NaiveTime when a date-time has no offset.
    """

    value: datetime | date

    def __post_init__(self) -> None:
        if isinstance(self.value, datetime):
            if self.value.tzinfo is None:
                raise NaiveTime(f"{self.value.isoformat()} has no offset")
            in_utc = self.value if self.value.tzinfo is UTC else self.value.astimezone(UTC)
            # fold means nothing in UTC, and would make two texts of one instant
            object.__setattr__(self, "value", in_utc.replace(fold=0) if in_utc.fold else in_utc)

    @property
    def is_day(self) -> bool:
        """Whether only the day is known."""
        return not isinstance(self.value, datetime)

    def day(self, zone: ZoneInfo) -> date:
        """The ward-local calendar day; a time of day precision is that day, whatever the zone."""
        return local_day(self.value, zone) if isinstance(self.value, datetime) else self.value

    def instant(self, zone: ZoneInfo) -> datetime:
        """The instant, or the first instant of the day where only the day is known."""
        return self.value if isinstance(self.value, datetime) else start_of_day(self.value, zone)

    @property
    def utc(self) -> datetime:
        """The instant, or the first instant in UTC of the day where only the day is known: an order without a zone."""
        value = self.value
        return value if isinstance(value, datetime) else datetime.combine(value, time.min, tzinfo=UTC)

    @property
    def utc_day(self) -> date:
        """The day in UTC, or the day itself where only that is known."""
        return self.value.date() if isinstance(self.value, datetime) else self.value

    def is_after(self, other: ClinicalTime, zone: ZoneInfo) -> bool:
        """Whether this is certainly later: by the instants when both have one, else by the days."""
        if isinstance(self.value, datetime) and isinstance(other.value, datetime):
            return self.value > other.value
        return self.day(zone) > other.day(zone)

    def __str__(self) -> str:
        return f"{self.value:%Y-%m-%d %H:%M} UTC" if isinstance(self.value, datetime) else self.value.isoformat()


@lru_cache(_KEPT)
def local_day(instant: datetime, zone: ZoneInfo) -> date:
    """The calendar day on which the ward's clocks show `instant`."""
    return instant.astimezone(zone).date()


@lru_cache(_KEPT)
def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of the ward's `day`, in UTC; where clocks skip midnight, the first instant after the gap."""
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


@lru_cache(_KEPT)
def after_day(day: date, zone: ZoneInfo) -> datetime:
    """The first instant after `day`: a limit date is allowed in full."""
    return start_of_day(day + timedelta(days=1), zone)


@lru_cache(_KEPT)
def add_months(day: date, months: int) -> date:
    """`day` plus calendar months, clamped at the end of a shorter month (31 January + 1 month is 28 or 29 February)."""
    return day + relativedelta(months=months)


@lru_cache(_KEPT)
def age_reached(birth_date: date, years: int) -> date:
    """The day on which a person born on `birth_date` turns `years`; born on 29 February, 1 March in common years."""
    try:
        return birth_date.replace(year=birth_date.year + years)
    except ValueError:
        return date(birth_date.year + years, 3, 1)
