"""Values as they stand in the sentences of reasons and remarks: dates, never ages that change by themselves."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from domain.calendar import ClinicalTime
from domain.facts import Administration, AlertAction, ClinicalAssessment, LabResult, TreatmentPlan
from domain.judgement import Evidence

_UNITS = {"10*9/L": "×10⁹/L", "10*3/uL": "×10³/µL", "/uL": "/µL"}  # as people write them: "42 10*9/L" reads like 4210


def day_text(day: date) -> str:
    """As `5 January 2026`."""
    return f"{day.day} {day:%B} {day.year}"


def time_text(time: ClinicalTime, zone: ZoneInfo) -> str:
    """The ward-local day, and the hour with its zone where it is known."""
    return day_text(time.day(zone)) if time.is_day else instant_text(time.instant(zone), zone)


def instant_text(instant: datetime, zone: ZoneInfo) -> str:
    """As `5 January 2026 09:00 GMT`."""
    local = instant.astimezone(zone)
    return f"{day_text(local.date())} {local:%H:%M %Z}"


def number_text(amount: Decimal) -> str:
    return f"{amount.normalize():f}"


def result_text(result: LabResult) -> str:
    """What a result says, for people: comparator, value and unit."""
    sent = _as_sent(result)
    for unit, shown in _UNITS.items():
        sent = sent.replace(f" {unit}", f" {shown}")
    return sent


def _as_sent(result: LabResult) -> str:
    if result.quantity is None:
        return f"no value ({result.absent_reason or 'no reason given'})"
    return f"{result.comparator or ''}{result.quantity}{' (clumped)' if result.clumped else ''}"


Telling = LabResult | Administration | TreatmentPlan | ClinicalAssessment | AlertAction


def evidence_of(fact: Telling) -> Evidence:
    """A fact as evidence."""
    return Evidence(fact_id=fact.fact_id, says=_says(fact), time=fact.time)


def _says(fact: Telling) -> str:
    if isinstance(fact, LabResult):
        return f"{fact.analyte} {_as_sent(fact)}"
    if isinstance(fact, Administration):
        reported = " (reported)" if fact.reported else ""
        return f"{fact.drug} {fact.dose or 'dose not stated'} {fact.route}{reported}"
    if isinstance(fact, TreatmentPlan):
        return f"plan {fact.regimen}, neurological involvement {fact.neurological_involvement}"
    if isinstance(fact, AlertAction):
        given = f" on {fact.dose_time} (reported)" if fact.dose_time else ""
        return f"{fact.action}{given}"
    return ", ".join(sorted(fact.findings))
