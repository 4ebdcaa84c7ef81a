"""The results of the picture: one series for each analyte that was measured, with the limits of the policy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from domain.facts import Analyte, LabResult, Pregnancy, Sex, TreatmentPlan
from domain.policy import Policy
from domain.record import Record
from domain.words import number_text

_UNITS = {"10*9/L": "×10⁹/L", "mL/min/{1.73_m2}": "mL/min/1.73 m²", "ug/L": "µg/L", "umol/L": "µmol/L"}
_NAMES = {Analyte.VITAMIN_B12: "vitamin B12", Analyte.ACTIVE_B12: "active B12", Analyte.EGFR: "eGFR"}
_NOT_PREGNANT = (Pregnancy.NOT_PREGNANT, Pregnancy.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Point:
    """One result in the analyte's unit, and the laboratory's own lower limit where it sent one.

    `value` is None where there is none; `says` has the comparator, if there is one.
    """

    name: str
    at: datetime
    value: float | None
    says: str
    is_final: bool
    low: float | None


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit of the policy; what lies under one that `is_low` is shaded."""

    name: str
    value: float
    says: str
    is_low: bool


@dataclass(frozen=True, slots=True)
class Series:
    """The results of one analyte, the oldest first."""

    name: str
    unit: str
    points: list[Point]
    limits: list[Limit]


def all_series(
    record: Record, plan: TreatmentPlan | None, policy: Policy, zone: ZoneInfo, known_to: datetime
) -> list[Series]:
    """Every analyte that has a result by then, in the order in which the domain lists them."""
    found: dict[Analyte, list[LabResult]] = {}
    for known in record:
        if isinstance(known.fact, LabResult) and known.fact.time.instant(zone) <= known_to:
            found.setdefault(known.fact.analyte, []).append(known.fact)
    return [
        Series(
            _NAMES.get(analyte, analyte.replace("-", " ")),
            unit_text(analyte.measure.canonical_unit),
            [_point(r, zone) for r in sorted(found[analyte], key=lambda r: (r.time.instant(zone), r.fact_id))],
            [
                Limit(f"limit:{analyte}:{number_text(value)}", float(value), f"{says} {number_text(value)}", is_low)
                for value, says, is_low in _limits(analyte, plan, policy)
            ],
        )
        for analyte in Analyte
        if analyte in found
    ]


def unit_text(unit: str) -> str:
    """A unit as people write it."""
    return _UNITS.get(unit, unit)


def _point(result: LabResult, zone: ZoneInfo) -> Point:
    at = result.time.instant(zone)
    if result.time.is_day:
        at = datetime.combine(result.time.day(zone), time(12), tzinfo=zone)
    value = float(result.amount) if result.has_value else None
    says = "no value" if value is None else f"{result.comparator or ''}{_rounded(value)}"
    says += " (clumped)" if result.clumped else ""
    return Point(f"result:{result.fact_id}", at, value, says, result.status.counts, _own_low(result))


def _rounded(value: float) -> str:
    """To three digits: the picture is no table, and a converted value has more than were measured."""
    return f"{value:.0f}" if value >= 100 else f"{float(f'{value:.3g}'):g}"


def _own_low(result: LabResult) -> float | None:
    """Only one that has the result's unit: else it may be a slip."""
    low, sent = result.reference_low, result.quantity
    if low is None or sent is None or low.unit != sent.unit:
        return None
    return float(result.analyte.measure.canonical(low))


_SetLimit = tuple[Decimal, str, bool]  # a value, what it means, and whether what lies under it is low


def _limits(analyte: Analyte, plan: TreatmentPlan | None, policy: Policy) -> list[_SetLimit]:
    """The limits that the policy sets; an analyte without any has none."""
    b12, platelets, potassium = policy.b12, policy.platelets, policy.potassium
    match analyte:
        case Analyte.HAEMOGLOBIN:
            return _haemoglobin(plan, policy)
        case Analyte.PLATELETS:
            return [(platelets.limit, "IM safe above", True), (platelets.critical_below, "critical below", False)]
        case Analyte.VITAMIN_B12:
            low, high = b12.deficient_below_ng_per_l, b12.unlikely_above_ng_per_l
            return [(low, "deficient below", True), (high, "unlikely above", False)]
        case Analyte.ACTIVE_B12:
            low, high = b12.active_deficient_below_pmol_per_l, b12.active_unlikely_above_pmol_per_l
            return [(low, "deficient below", True), (high, "unlikely above", False)]
        case Analyte.FOLATE:
            return [(policy.folate.low_below_ug_per_l, "low below", True)]
        case Analyte.POTASSIUM:
            low, critical = potassium.low_below_mmol_per_l, potassium.critical_below_mmol_per_l
            return [(low, "low below", True), (critical, "critical below", False)]
        case Analyte.RETICULOCYTES:
            return [(policy.reticulocytes.raised_above, "raised above", False)]
        case _:
            return []


def _haemoglobin(plan: TreatmentPlan | None, policy: Policy) -> list[_SetLimit]:
    bands = policy.haemoglobin
    if plan is not None and plan.pregnancy not in _NOT_PREGNANT:
        is_second = plan.pregnancy is Pregnancy.SECOND_TRIMESTER
        limit = bands.pregnant_second_g_per_l if is_second else bands.pregnant_g_per_l
        return [(limit, "pregnancy: low below", True)]
    is_unknown = plan is None or plan.sex is Sex.UNKNOWN
    women = (bands.female_g_per_l, "women: low below", True)
    men = (bands.male_g_per_l, "men: low below", not is_unknown)
    if plan is None or is_unknown:
        return [women, men]
    return [men if plan.sex is Sex.MALE else women]
