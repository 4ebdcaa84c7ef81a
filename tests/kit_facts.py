"""Words for the facts of a patient's story; `tests/kit.py` gives them too, and tells how they are used."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from domain.calendar import ClinicalTime, start_of_day
from domain.facts import (
    Action,
    Administration,
    AdministrationStatus,
    AlertAction,
    Analyte,
    Cause,
    ClinicalAssessment,
    Condition,
    ConditionCode,
    Drug,
    EndReason,
    Fact,
    Finding,
    IntervalOverride,
    LabResult,
    MedicationOrder,
    MedicationSupply,
    OrderStatus,
    PlanEnd,
    ResultStatus,
    Route,
    Sex,
    SupplyStatus,
    TreatmentPlan,
    Withdrawal,
    YesNoUnknown,
)
from domain.quantity import Quantity

LONDON = ZoneInfo("Europe/London")
DAY_ZERO = date(2026, 1, 5)


# --- days and instants -------------------------------------------------------------------------------------------


def date_of(n: int) -> date:
    """The ward's calendar day `n`."""
    return DAY_ZERO + timedelta(days=n)


def on(year: int, month: int, day_of_month: int) -> int:
    """The number of a calendar day: `on(2026, 3, 6)` is 60."""
    return (date(year, month, day_of_month) - DAY_ZERO).days


def midnight(n: int) -> datetime:
    """00:00 ward time of day `n`."""
    return start_of_day(date_of(n), LONDON)


def day(n: int, hour: float = 9) -> datetime:
    """Day `n` at `hour` after its first instant, 9 o'clock unless told."""
    return midnight(n) + timedelta(hours=hour)


When = int | datetime | date | ClinicalTime
"""A day number (9 o'clock), an instant, or a date without an hour."""

INSTANT = timedelta(microseconds=1)


def when(time: When) -> ClinicalTime:
    if isinstance(time, ClinicalTime):
        return time
    return ClinicalTime(day(time) if isinstance(time, int) else time)


def _id(kind: str, time: ClinicalTime, given: str | None) -> str:
    return given if given is not None else f"{kind}-{time.value:%Y%m%dT%H%M%S}"


# --- facts -------------------------------------------------------------------------------------------------------


def plan(
    time: When = 0, regimen: str = "R2", *, fact_id: str | None = None, version: int = 1, **told: Any
) -> TreatmentPlan:
    """A plan made (and starting) at `time`; neurological involvement is `no` for R2 and `yes` for R1 unless told.

    `told` are fields of `TreatmentPlan`; a woman with pernicious anaemia born in 1960 unless told otherwise.
    """
    moment = when(time)
    involved = YesNoUnknown.YES if regimen == "R1" else YesNoUnknown.NO
    known = {"cause": Cause.PERNICIOUS_ANAEMIA, "sex": Sex.FEMALE, "birth_date": date(1960, 6, 1)}
    told = {"neurological_involvement": involved, **known, **told}
    return TreatmentPlan(
        fact_id=_id("plan", moment, fact_id), version=version, time=moment, source="plans", regimen=regimen, **told
    )


def every(*, months: int | None = None, days: int | None = None) -> IntervalOverride:
    return IntervalOverride(months=months, days=days, author="Dr Ada", reason="symptoms return", decided_on=DAY_ZERO)


def ended(time: When, reason: EndReason = EndReason.STOPPED) -> PlanEnd:
    return PlanEnd(time=when(time), reason=reason, actor="Dr Ada")


def injection(time: When, ug: int | str | None = 1000, *, fact_id: str | None = None, **told: Any) -> Administration:
    """Hydroxocobalamin 1 mg into a muscle, completed, unless told otherwise; `ug=None`: amount not stated."""
    moment = when(time)
    told = {
        "version": 1,
        "drug": Drug.HYDROXOCOBALAMIN,
        "status": AdministrationStatus.COMPLETED,
        "route": Route.INTRAMUSCULAR,
        "dose": None if ug is None else Quantity(Decimal(ug), "ug"),
        **told,
    }
    return Administration(fact_id=_id("injection", moment, fact_id), time=moment, source="charts", **told)


def injections(*times: When) -> list[Fact]:
    return [injection(time) for time in times]


LOADING_DAYS = (0, 2, 4, 7, 9, 11)
"""Six injections in two weeks: Monday, Wednesday, Friday."""


def loading() -> list[Fact]:
    return injections(*LOADING_DAYS)


def transfusion(time: When, **told: Any) -> Administration:
    return injection(time, None, drug=Drug.RED_CELLS, route=Route.INTRAVENOUS, **told)


def oral(time: When, ug: int | str | None = 1000, *, fact_id: str | None = None, **told: Any) -> Administration:
    """Cyanocobalamin by mouth unless told otherwise."""
    told = {"drug": Drug.CYANOCOBALAMIN, "route": Route.ORAL, **told}
    return injection(time, ug, fact_id=_id("oral", when(time), fact_id), **told)


def folic_acid(time: When, mg: int | str | None = 5, *, fact_id: str | None = None, **told: Any) -> Administration:
    """Folic acid alone, by mouth, unless told otherwise."""
    dose = None if mg is None else Quantity(Decimal(mg), "mg")
    told = {"drug": Drug.FOLIC_ACID, "route": Route.ORAL, "dose": dose, **told}
    return injection(time, fact_id=_id("folic-acid", when(time), fact_id), **told)


def order(
    time: When,
    drug: Drug = Drug.HYDROXOCOBALAMIN,
    ug: int | str | None = None,
    *,
    start: When | None = None,
    end: When | None = None,
    fact_id: str | None = None,
    **told: Any,
) -> MedicationOrder:
    """An active order made at `time`, of an unstated dose and route unless told; never a dose."""
    moment = when(time)
    told = {"version": 1, "status": OrderStatus.ACTIVE, **told}
    return MedicationOrder(
        fact_id=_id(f"order-{drug.value}", moment, fact_id),
        time=moment,
        source="prescriptions",
        drug=drug,
        dose=None if ug is None else Quantity(Decimal(ug), "ug"),
        start=None if start is None else when(start),
        end=None if end is None else when(end),
        **told,
    )


def supply(
    time: When,
    days: int | None = 28,
    drug: Drug = Drug.CYANOCOBALAMIN,
    *,
    ug: int | str | None = 1000,
    fact_id: str | None = None,
    **told: Any,
) -> MedicationSupply:
    """Tablets handed over at `time`, lasting `days` days; never a dose."""
    moment = when(time)
    told = {"version": 1, "status": SupplyStatus.COMPLETED, **told}
    return MedicationSupply(
        fact_id=_id(f"supply-{drug.value}", moment, fact_id),
        time=moment,
        source="pharmacy",
        drug=drug,
        days=days,
        dose=None if ug is None else Quantity(Decimal(ug), "ug"),
        **told,
    )


def condition(
    time: When,
    code: ConditionCode,
    *,
    length_cm: int | str | None = None,
    end: When | None = None,
    fact_id: str | None = None,
    version: int = 1,
) -> Condition:
    """A disease, an operation or a diet since `time`."""
    moment = when(time)
    return Condition(
        fact_id=_id(code.value, moment, fact_id),
        version=version,
        time=moment,
        source="problem list",
        code=code,
        end=None if end is None else when(end),
        length_cm=None if length_cm is None else Decimal(length_cm),
    )


def result(
    analyte: Analyte,
    time: When,
    value: int | str | None,
    unit: str | None = None,
    *,
    fact_id: str | None = None,
    low: int | str | None = None,
    low_unit: str | None = None,
    **told: Any,
) -> LabResult:
    """A final result in the analyte's canonical unit unless told.

    `low` is the laboratory's own lower limit, in the result's unit unless told.
    """
    moment, unit = when(time), unit or analyte.measure.canonical_unit
    told = {"version": 1, "status": ResultStatus.FINAL, **told}
    return LabResult(
        fact_id=_id(analyte.value, moment, fact_id),
        time=moment,
        source="laboratory",
        analyte=analyte,
        quantity=None if value is None else Quantity(Decimal(value), unit),
        reference_low=None if low is None else Quantity(Decimal(low), low_unit or unit),
        **told,
    )


def haemoglobin(time: When, g_per_l: int | str | None, **told: Any) -> LabResult:
    return result(Analyte.HAEMOGLOBIN, time, g_per_l, **told)


def platelets(time: When, count: int | str | None, **told: Any) -> LabResult:
    return result(Analyte.PLATELETS, time, count, **told)


def vitamin_b12(time: When, ng_per_l: int | str | None, **told: Any) -> LabResult:
    return result(Analyte.VITAMIN_B12, time, ng_per_l, **told)


def active_b12(time: When, pmol_per_l: int | str | None, **told: Any) -> LabResult:
    return result(Analyte.ACTIVE_B12, time, pmol_per_l, **told)


def folate(time: When, ug_per_l: int | str | None, **told: Any) -> LabResult:
    return result(Analyte.FOLATE, time, ug_per_l, **told)


def methylmalonic_acid(time: When, nmol_per_l: int | str | None, **told: Any) -> LabResult:
    return result(Analyte.METHYLMALONIC_ACID, time, nmol_per_l, **told)


def homocysteine(time: When, umol_per_l: int | str | None, **told: Any) -> LabResult:
    return result(Analyte.HOMOCYSTEINE, time, umol_per_l, **told)


def potassium(time: When, mmol_per_l: int | str | None, **told: Any) -> LabResult:
    return result(Analyte.POTASSIUM, time, mmol_per_l, **told)


def reticulocytes(time: When, count: int | str | None, **told: Any) -> LabResult:
    return result(Analyte.RETICULOCYTES, time, count, **told)


def reticulocyte_share(time: When, percent: int | str | None, **told: Any) -> LabResult:
    return result(Analyte.RETICULOCYTE_SHARE, time, percent, **told)


def creatinine(time: When, umol_per_l: int | str | None, **told: Any) -> LabResult:
    return result(Analyte.CREATININE, time, umol_per_l, **told)


def egfr(time: When, ml_per_min: int | str | None, **told: Any) -> LabResult:
    return result(Analyte.EGFR, time, ml_per_min, **told)


def assessment(time: When, *findings: Finding, fact_id: str | None = None, version: int = 1) -> ClinicalAssessment:
    moment = when(time)
    return ClinicalAssessment(
        fact_id=_id("assessment", moment, fact_id),
        version=version,
        time=moment,
        source="clinic",
        findings=frozenset(findings),
        author="Dr Ada",
    )


def action(time: When, what: Action, alert_id: str = "", **told: Any) -> AlertAction:
    moment = when(time)
    fact_id = _id(what.value, moment, told.pop("fact_id", None))
    told = {"version": 1, "actor": "Sister Bea", **told}
    return AlertAction(fact_id=fact_id, time=moment, source="feed", alert_id=alert_id, action=what, **told)


def withdrawal(of: Fact | str, time: When, *, version: int | None = None) -> Withdrawal:
    """`of` was entered in error; the version after its own unless told."""
    fact_id, known = (of, 1) if isinstance(of, str) else (of.fact_id, of.version)
    return Withdrawal(
        fact_id=fact_id,
        version=known + 1 if version is None else version,
        time=when(time),
        source="charts",
        reason="entered in error",
    )
