"""What charts tell by themselves: which cobalamin is the antidote to cyanide, and what is recent enough to be told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from domain.calendar import ClinicalTime, after_day
from domain.case import Case
from domain.doses import Dose
from domain.facts import Administration, AdministrationStatus, Drug, Route
from domain.moment import Moment
from domain.policy import Policy

_UG_PER_MG = 1000


def is_antidote(given: Administration, policy: Policy) -> bool:
    """Whether this is the antidote to cyanide, which is no dose of vitamin B12."""
    return (
        given.drug is Drug.HYDROXOCOBALAMIN
        and given.route is Route.INTRAVENOUS
        and given.dose_ug is not None
        and given.dose_ug >= policy.charting.antidote_mg_at_least * _UG_PER_MG
    )


def b12_given(case: Case, policy: Policy) -> Iterator[Administration]:
    """Completed administrations of vitamin B12, the oldest first."""
    for given in case.cobalamin:
        if given.status is AdministrationStatus.COMPLETED and not is_antidote(given, policy):
            yield given


def is_told(time: ClinicalTime, case: Case, policy: Policy, now: Moment) -> bool:
    """Whether what was charted for this time is recent enough to be told."""
    return not now.reached(after_day(time.day(case.zone) + timedelta(days=policy.charting.told_days), case.zone))


def is_watched(case: Case) -> bool:
    """Whether there is a treatment under way whose charts matter."""
    return case.plans is not None and not case.plans.ended and not case.is_under_age


def same_minute(one: ClinicalTime, other: ClinicalTime, zone: ZoneInfo) -> bool:
    """Whether both name the same minute, or the same day where one has no hour."""
    if isinstance(one.value, datetime) and isinstance(other.value, datetime):
        return _minute(one.value) == _minute(other.value)
    return one.day(zone) == other.day(zone)


def _minute(instant: datetime) -> datetime:
    return instant.replace(second=0, microsecond=0)


def may_be_one(before: Dose, after: Dose, policy: Policy) -> bool:
    """Whether two doses of two days are so near each other that one may have been charted on both sides of midnight."""
    if (after.day - before.day).days > 1 or before.time.is_day or after.time.is_day:
        return False
    return after.time.utc - before.time.utc < timedelta(hours=policy.charting.double_within_hours)
