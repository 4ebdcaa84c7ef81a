"""Whether a haemoglobin is normal for this person: the laboratory's limit, or the band of the WHO guideline.

Source: WHO guideline on haemoglobin cutoffs (2024) for the bands, section 8.5 of the clinical reference for the choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import Enum

from domain.case import Case
from domain.comparison import is_below
from domain.facts import LabResult, Pregnancy, Sex, TreatmentPlan
from domain.judgement import Severity
from domain.policies.blood import HaemoglobinPolicy
from domain.policy import Policy
from domain.words import day_text, number_text

_PREGNANT = frozenset(Pregnancy) - {Pregnancy.NOT_PREGNANT, Pregnancy.UNKNOWN}


class Reading(Enum):
    NORMAL = "normal"
    LOW = "low"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class Haemoglobin:
    """One result, read: `limit` names the limit that decided, `doubt` what keeps us from telling."""

    result: LabResult
    reading: Reading
    severity: Severity
    limit: str
    doubt: str = ""


def read(result: LabResult, case: Case, policy: Policy) -> Haemoglobin:
    """Read one final result by the plan in force.

    The severity is that of a low value (mild: medium; moderate and severe: high; under 70 g/L: critical); for a result
    that cannot be told it is medium, or higher where the value is low all the same.
    """
    assert case.plan is not None, "without a plan there is nobody to read it for"
    bands = policy.haemoglobin
    if not result.has_value:
        return Haemoglobin(result, Reading.CANNOT_TELL, Severity.MEDIUM, "", doubt="the sample was clumped")
    reading, limit, doubt = _compare(result, case.plan, bands)
    severity = _severity(result, case.plan, bands) if reading is Reading.LOW else Severity.MEDIUM
    transfused = _transfused(result, case, policy)
    if transfused:
        return Haemoglobin(result, Reading.CANNOT_TELL, severity, limit, doubt=transfused)
    return Haemoglobin(result, reading, severity, limit, doubt)


def _compare(result: LabResult, plan: TreatmentPlan, bands: HaemoglobinPolicy) -> tuple[Reading, str, str]:
    lower, upper, name = _limits(result, plan, bands)
    below_lower, below_upper = is_below(result, lower), is_below(result, upper)
    if below_lower:
        return Reading.LOW, name, ""
    if below_upper is False:
        return Reading.NORMAL, name, ""
    doubt = "the sex is unknown" if lower != upper and result.comparator is None else "the value is not exact"
    return Reading.CANNOT_TELL, name, doubt


def _limits(result: LabResult, plan: TreatmentPlan, bands: HaemoglobinPolicy) -> tuple[Decimal, Decimal, str]:
    """The limit (twice), or the two between which an unknown sex leaves us in doubt; and its name."""
    if plan.pregnancy in _PREGNANT:
        second = plan.pregnancy is Pregnancy.SECOND_TRIMESTER
        limit = bands.pregnant_second_g_per_l if second else bands.pregnant_g_per_l
        return limit, limit, f"{number_text(limit)} g/L in pregnancy"
    if plan.sex is Sex.UNKNOWN:
        low, high = bands.female_g_per_l, bands.male_g_per_l
        return low, high, f"{number_text(low)} g/L for women and {number_text(high)} g/L for men"
    band = bands.male_g_per_l if plan.sex is Sex.MALE else bands.female_g_per_l
    own = _laboratory_limit(result, band, bands)
    if own is not None:
        return own, own, f"the laboratory's lower limit of {number_text(own)} g/L"
    return band, band, f"{number_text(band)} g/L for {'men' if plan.sex is Sex.MALE else 'women'}"


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


def _transfused(result: LabResult, case: Case, policy: Policy) -> str:
    sampled = result.time.day(case.zone)
    earliest = sampled - timedelta(days=policy.haemoglobin.transfusion_days)
    days = (t.time.day(case.zone) for t in case.transfusions)
    before = [day for day in days if earliest <= day <= sampled]
    return f"red cells were transfused on {day_text(max(before))}" if before else ""
