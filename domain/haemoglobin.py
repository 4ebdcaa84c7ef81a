"""Whether a haemoglobin is normal for this person: the laboratory's limit, or the band of the WHO guideline.

Source: WHO guideline on haemoglobin cutoffs (2024) for the bands, section 8.5 of the clinical reference for the choice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from zoneinfo import ZoneInfo

from domain.calendar import ClinicalTime
from domain.comparison import is_below
from domain.facts import Administration, LabResult, Pregnancy, Sex, TreatmentPlan
from domain.judgement import Severity
from domain.policies.blood import HaemoglobinPolicy
from domain.policy import Policy
from domain.words import Says, Text

_PREGNANT = frozenset(Pregnancy) - {Pregnancy.NOT_PREGNANT, Pregnancy.UNKNOWN}


class Reading(Enum):
    """What a result says; in the order in which the worse of two stands."""

    LOW = "low"
    CANNOT_TELL = "cannot tell"
    NORMAL = "normal"


_ORDER = {reading: place for place, reading in enumerate(Reading)}


@dataclass(frozen=True, slots=True)
class Haemoglobin:
    """One result, read: `limit` names the limit that decided, `doubt` what keeps us from telling.

    `by_limit` is what the limit alone says: after a transfusion that is no answer, but a low value is low all the same.
    """

    result: LabResult
    reading: Reading
    severity: Severity
    limit: Text
    by_limit: Reading
    doubt: Text = ""
    is_transfused: bool = False

    @property
    def time(self) -> ClinicalTime:
        return self.result.time

    @property
    def how_bad(self) -> tuple[int, int, str]:
        """Of two the one that is worse for the patient has the lesser."""
        return _ORDER[self.reading], -self.severity, self.result.fact_id


def read_all(
    results: Iterable[LabResult],
    transfusions: Iterable[Administration],
    plan: TreatmentPlan,
    policy: Policy,
    zone: ZoneInfo,
    known: Mapping[str, Haemoglobin],
) -> tuple[Haemoglobin, ...]:
    """One reading per sample, the oldest first; of two results of one time, the one that is worse for the patient.

    `known` are readings, by the ids of their results, that were made by the same plan, transfusions and policy.
    """
    days = [t.time.day(zone) for t in transfusions]
    worst: dict[ClinicalTime, Haemoglobin] = {}
    for result in results:
        old = known.get(result.fact_id)
        reading = old if old is not None and old.result is result else read(result, days, plan, policy, zone)
        rival = worst.get(result.time)
        worst[result.time] = reading if rival is None else min(rival, reading, key=lambda h: h.how_bad)
    return tuple(worst.values())


def newest_of(readings: Iterable[Haemoglobin], zone: ZoneInfo) -> Haemoglobin:
    """The newest; of those that may be it (one day, and one of them without an hour) the worst for the patient."""
    newest, *others = reversed(tuple(readings))
    rivals = [h for h in others if not newest.time.is_after(h.time, zone)]
    return min(newest, *rivals, key=lambda h: h.how_bad) if rivals else newest


def told(haemoglobin: Haemoglobin, zone: ZoneInfo) -> Says:
    """The value as sent, in g/L too where that is another unit, and its time."""
    result = haemoglobin.result
    if result.quantity is None or result.quantity.unit == "g/L":
        return Says("{} on {}", (result, result.time), zone)
    return Says("{} ({} g/L) on {}", (result, result.amount, result.time), zone)


def read(
    result: LabResult, transfused_on: Iterable[date], plan: TreatmentPlan, policy: Policy, zone: ZoneInfo
) -> Haemoglobin:
    """Read one final result by the plan in force.

    The severity is that of a low value (mild: medium; moderate and severe: high; under 70 g/L: critical); for a result
    that cannot be told it is medium, or higher where the value is low all the same.
    """
    bands = policy.haemoglobin
    if not result.has_value:
        unknown = Reading.CANNOT_TELL
        return Haemoglobin(result, unknown, Severity.MEDIUM, "", unknown, doubt="the sample was clumped")
    reading, limit, doubt = _compare(result, plan, bands, zone)
    severity = _severity(result, plan, bands) if reading is Reading.LOW else Severity.MEDIUM
    transfused = _transfused(result, transfused_on, policy, zone)
    if transfused:
        return Haemoglobin(result, Reading.CANNOT_TELL, severity, limit, reading, transfused, is_transfused=True)
    return Haemoglobin(result, reading, severity, limit, reading, doubt)


def _compare(
    result: LabResult, plan: TreatmentPlan, bands: HaemoglobinPolicy, zone: ZoneInfo
) -> tuple[Reading, Text, Text]:
    lower, upper, name = _limits(result, plan, bands, zone)
    below_lower = is_below(result, lower)
    if below_lower:
        return Reading.LOW, name, ""
    if (below_lower if lower == upper else is_below(result, upper)) is False:
        return Reading.NORMAL, name, ""
    if lower == upper or result.comparator is not None:
        return Reading.CANNOT_TELL, name, "the value is not exact"
    is_pregnant = plan.pregnancy in _PREGNANT
    return Reading.CANNOT_TELL, name, "the pregnancy may be over" if is_pregnant else "the sex is unknown"


def _limits(
    result: LabResult, plan: TreatmentPlan, bands: HaemoglobinPolicy, zone: ZoneInfo
) -> tuple[Decimal, Decimal, Text]:
    """The limit (twice), or the two between which an unknown sex, or a pregnancy that may be over, leaves us in doubt;
    and its name."""
    if plan.pregnancy in _PREGNANT:
        second = plan.pregnancy is Pregnancy.SECOND_TRIMESTER
        limit = bands.pregnant_second_g_per_l if second else bands.pregnant_g_per_l
        over_after = plan.time.day(zone) + timedelta(days=bands.pregnancy_days)
        if result.time.day(zone) > over_after:
            later = bands.female_g_per_l
            return limit, later, Says("{} g/L in pregnancy and {} g/L after it", (limit, later))
        return limit, limit, Says("{} g/L in pregnancy", (limit,))
    if plan.sex is Sex.UNKNOWN:
        low, high = bands.female_g_per_l, bands.male_g_per_l
        return low, high, Says("{} g/L for women and {} g/L for men", (low, high))
    band = bands.male_g_per_l if plan.sex is Sex.MALE else bands.female_g_per_l
    own = _laboratory_limit(result, band, bands)
    if own is not None:
        return own, own, Says("the laboratory's lower limit of {} g/L", (own,))
    return band, band, Says("{} g/L for {}", (band, "men" if plan.sex is Sex.MALE else "women"))


def _laboratory_limit(result: LabResult, band: Decimal, bands: HaemoglobinPolicy) -> Decimal | None:
    """The laboratory's lower limit, when it has the result's unit and lies near our band: else it may be a slip."""
    low, sent = result.reference_low, result.quantity
    if low is None or sent is None or low.unit != sent.unit:
        return None
    limit = result.analyte.measure.canonical(low)
    return limit if abs(limit - band) <= bands.lab_limit_within_g_per_l else None


def _severity(result: LabResult, plan: TreatmentPlan, bands: HaemoglobinPolicy) -> Severity:
    if is_below(result, bands.critical_below_g_per_l):
        return Severity.CRITICAL
    pregnant = plan.pregnancy in _PREGNANT
    moderate = bands.pregnant_moderate_below_g_per_l if pregnant else bands.moderate_below_g_per_l
    return Severity.HIGH if is_below(result, moderate) else Severity.MEDIUM


def _transfused(result: LabResult, days: Iterable[date], policy: Policy, zone: ZoneInfo) -> Text:
    if not days:
        return ""
    sampled = result.time.day(zone)
    earliest = sampled - timedelta(days=policy.haemoglobin.transfusion_days)
    before = [day for day in days if earliest <= day <= sampled]
    return Says("red cells were transfused on {}", (max(before),)) if before else ""
