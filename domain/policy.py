"""Every number a hospital may set: its default, its limits and where it comes from.

A policy is versioned by content: two hospitals with the same numbers have the same version, and no number can change
without the version changing.  Sources name sections of the clinical reference that the README points to (S1-S24 are its
statements; section 8 decides what they leave open).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

_LONGEST_MONTH = 31


def _number(default: float | str, source: str, text: str, *, least: float, most: float) -> Any:
    return Field(default=default, ge=least, le=most, description=text, json_schema_extra={"source": source})


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is not a time zone of the IANA database, as Europe/London is") from error
    return name


def _no_bool(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("must be a number")
    return value


def _plain(number: Decimal) -> Decimal:
    return Decimal(f"{number.normalize():f}")  # 50, 50.0 and "50" are one content, so one version


Amount = Annotated[Decimal, BeforeValidator(_no_bool), AfterValidator(_plain), Field(strict=False)]
Zone = Annotated[str, AfterValidator(_known_zone)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, validate_default=True)


class CalendarPolicy(_Section):
    time_zone: Zone = Field(
        default="Europe/London",
        description="time zone in which days and months are counted where a ward has none of its own",
        json_schema_extra={"source": "section 2"},
    )
    ward_time_zones: dict[str, Zone] = Field(
        default_factory=dict,
        description="time zone of a ward, by the name that plans give it",
        json_schema_extra={"source": "section 2"},
    )


class FactsPolicy(_Section):
    clock_tolerance_minutes: int = _number(
        5, "design: Time", "a fact that is ahead of the partition's time by no more counts at once", least=0, most=60
    )


class DosesPolicy(_Section):
    share_of_prescribed_at_least: float = _number(
        0.5, "section 8.3", "share of the prescribed dose from which an injection counts", least=0.1, most=1
    )
    plausible_ug_at_most: int = _number(
        2000,
        "section 4.2",
        "a single dose above this is not counted, and the patient's status says so, ug",
        least=1000,
        most=10000,
    )
    before_plan_days: int = _number(
        28,
        "section 8.3",
        "doses up to so many days before the plan's start count; older ones are history",
        least=0,
        most=90,
    )
    minimum_age_years: int = _number(
        16, "section 0 (NG239: age 16 and over)", "younger patients have no regimen here", least=16, most=21
    )


class InjectionPolicy(_Section):
    first_dose_grace_days: int = _number(
        3, "section 8.3", "days after the plan's start on which the first dose is still on time", least=0, most=14
    )
    first_dose_grace_days_neurological: int = _number(
        1, "section 8.3", "the same where neurological involvement is present or unknown", least=0, most=7
    )
    point_grace_share: float = _number(
        0.25, "section 8.3", "grace of a point interval, as a share of the interval", least=0, most=0.5
    )
    point_grace_days_least: int = _number(1, "section 8.3", "grace of a point interval, at least", least=0, most=7)
    point_grace_days_most: int = _number(7, "section 8.3", "grace of a point interval, at most", least=0, most=28)
    high_after_days: int = _number(
        28, "section 8.3", "maintenance overdue becomes high after so many days", least=0, most=90
    )
    high_after_days_older: int = _number(7, "section 8.3", "the same for older patients", least=0, most=90)
    older_from_years: int = _number(75, "S22", "age from which a patient counts as older", least=60, most=90)

    @model_validator(mode="after")
    def _ordered(self) -> InjectionPolicy:
        if self.point_grace_days_least > self.point_grace_days_most:
            raise ValueError("point_grace_days_least must not be above point_grace_days_most")
        return self


class HaemoglobinPolicy(_Section):
    check_day: int = _number(56, "section 8.5", "day after the start on which a result is wanted", least=28, most=84)
    alert_months: int = _number(2, "S18, section 8.5", "calendar months after which the alert opens", least=1, most=6)
    baseline_days: int = _number(
        90, "section 8.5", "a result up to so many days before the start is its baseline", least=7, most=365
    )
    reopens_months: int = _number(
        6, "section 8.5", "an abnormal result reopens the alert until so many months after the start", least=2, most=24
    )
    male_g_per_l: Amount = _number("130", "section 3 (WHO 2024)", "men: anaemia below, g/L", least=100, most=160)
    female_g_per_l: Amount = _number("120", "section 3 (WHO 2024)", "women: anaemia below, g/L", least=100, most=150)
    pregnant_g_per_l: Amount = _number(
        "110", "section 3 (WHO 2024)", "pregnancy: anaemia below, g/L", least=90, most=130
    )
    pregnant_second_g_per_l: Amount = _number(
        "105", "section 3 (WHO 2024)", "second trimester: anaemia below, g/L", least=90, most=130
    )
    moderate_below_g_per_l: Amount = _number(
        "110", "section 3 (WHO)", "moderate anaemia below, g/L", least=80, most=120
    )
    pregnant_moderate_below_g_per_l: Amount = _number(
        "100", "section 3 (WHO)", "pregnancy: moderate anaemia below, g/L", least=80, most=110
    )
    critical_below_g_per_l: Amount = _number("70", "section 8.5", "critical below, g/L", least=40, most=90)
    critical_after_days: int = _number(
        7, "section 8.5", "a critical value counts as one from so many days after the start on", least=0, most=28
    )
    lab_limit_within_g_per_l: Amount = _number(
        "10",
        "section 8.5",
        "the laboratory's own lower limit is used when it is this close to the band, g/L",
        least=0,
        most=20,
    )
    transfusion_days: int = _number(
        90, "section 8.5", "days after a transfusion on which haemoglobin proves nothing", least=0, most=180
    )
    other_cause_fall_g_per_l: Amount = _number(
        "10",
        "section 8.5",
        "an accepted other cause no longer quietens the alert after this fall, g/L",
        least=1,
        most=50,
    )

    @model_validator(mode="after")
    def _ordered(self) -> HaemoglobinPolicy:
        if self.alert_months > self.reopens_months:
            raise ValueError("alert_months must not be above reopens_months")
        if self.check_day > _LONGEST_MONTH * self.alert_months:
            raise ValueError(f"check_day must not be after {_LONGEST_MONTH} days for each of alert_months")
        if not self.critical_below_g_per_l <= self.moderate_below_g_per_l <= self.female_g_per_l <= self.male_g_per_l:
            raise ValueError(
                "must rise: critical_below_g_per_l <= moderate_below_g_per_l <= female_g_per_l <= male_g_per_l"
            )
        pregnant = (self.pregnant_moderate_below_g_per_l, self.pregnant_second_g_per_l, self.pregnant_g_per_l)
        if [self.critical_below_g_per_l, *pregnant] != sorted([self.critical_below_g_per_l, *pregnant]):
            raise ValueError(
                "must rise: critical_below_g_per_l <= pregnant_moderate_below_g_per_l"
                " <= pregnant_second_g_per_l <= pregnant_g_per_l"
            )
        return self


class PlateletsPolicy(_Section):
    limit: Amount = _number("50", "S24", "intramuscular injection is safe above, 10*9/L", least=20, most=100)
    critical_below: Amount = _number("25", "section 8.4", "critical below, 10*9/L", least=10, most=50)
    opens_days_before: int = _number(
        7, "section 8.4", "the question opens so many days before the window of an injection", least=1, most=30
    )
    low_below: Amount = _number(
        "100", "section 8.4", "counts above the limit and below this hold briefly", least=50, most=150
    )
    normal_from: Amount = _number("150", "section 8.4", "counts from here on hold without expiry", least=100, most=200)
    at_limit_holds_hours: int = _number(
        48, "section 8.4", "a count at or under the limit holds, hours", least=1, most=168
    )
    low_holds_days: int = _number(7, "section 8.4", "a count above the limit holds, days", least=1, most=30)
    reduced_holds_days: int = _number(90, "section 8.4", "a count from low_below up holds, days", least=7, most=365)

    @model_validator(mode="after")
    def _ordered(self) -> PlateletsPolicy:
        if not self.critical_below <= self.limit <= self.low_below <= self.normal_from:
            raise ValueError("must rise: critical_below <= limit <= low_below <= normal_from")
        return self


class PhasesPolicy(_Section):
    lifelong_after_months: int = _number(
        12, "section 8.2", "maintenance becomes lifelong so many months after the first dose", least=3, most=36
    )


class AlertsPolicy(_Section):
    closed_kept_days: int = _number(
        7, "design: Data flow", "a closed alert leaves the topic of present alerts after so many days", least=1, most=90
    )


class Policy(_Section):
    """All sections; every key has a default, so that a file holds only what a hospital changes."""

    calendar: CalendarPolicy = CalendarPolicy()
    facts: FactsPolicy = FactsPolicy()
    doses: DosesPolicy = DosesPolicy()
    injection: InjectionPolicy = InjectionPolicy()
    haemoglobin: HaemoglobinPolicy = HaemoglobinPolicy()
    platelets: PlateletsPolicy = PlateletsPolicy()
    phases: PhasesPolicy = PhasesPolicy()
    alerts: AlertsPolicy = AlertsPolicy()

    @cached_property
    def version(self) -> str:
        """Twelve hexadecimal digits of the digest of everything in the policy."""
        text = json.dumps(self.as_data(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def as_data(self) -> dict[str, Any]:
        """The whole policy as JSON data; `Policy.model_validate` reads it back."""
        return self.model_dump(mode="json")

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Policy:
        """A copy made anew: one made of the old parts would keep the version of the old numbers."""
        sections = {name: getattr(self, name) for name in Policy.model_fields}
        return Policy.model_validate({**sections, **(update or {})})

    def zone_of(self, ward: str) -> ZoneInfo:
        return ZoneInfo(self.calendar.ward_time_zones.get(ward, self.calendar.time_zone))

    @cached_property
    def tolerance(self) -> timedelta:
        return timedelta(minutes=self.facts.clock_tolerance_minutes)
