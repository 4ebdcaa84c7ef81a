"""Values as they stand in the sentences of reasons and remarks: dates, never ages that change by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from domain.calendar import ClinicalTime
from domain.facts import (
    Administration,
    AlertAction,
    ClinicalAssessment,
    Condition,
    Fact,
    Identity,
    LabResult,
    MedicationOrder,
    MedicationSupply,
    Merge,
    TreatmentPlan,
    Withdrawal,
)

_UNITS = {"10*9/L": "×10⁹/L", "10*3/uL": "×10³/µL", "/uL": "/µL"}  # as people write them: "42 10*9/L" reads like 4210


@dataclass(slots=True, eq=False)  # never changed, but made for every event, as `Derived` is
class Says:
    """A sentence that is written only when somebody reads it: most answers change nothing, and nobody reads them.

    Equal to another, and to a text, that reads the same.
    """

    template: str
    args: tuple[object, ...] = ()
    zone: ZoneInfo | None = None

    def __str__(self) -> str:
        return self.template.format(*(shown(arg, self.zone) for arg in self.args))

    def __contains__(self, part: str) -> bool:
        return part in str(self)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Says):
            mine = self.template, self.args, self.zone
            return mine == (other.template, other.args, other.zone) or str(self) == str(other)
        return str(self) == other if isinstance(other, str) else NotImplemented

    def __hash__(self) -> int:
        return hash(str(self))


Text = str | Says


def shown(value: object, zone: ZoneInfo | None) -> str:
    """A value in a sentence; times are told in the ward's `zone`."""
    if isinstance(value, LabResult):
        return result_text(value)
    if isinstance(value, ClinicalTime | datetime):
        assert zone is not None, "a time is told in the zone of a ward"
        return time_text(value, zone) if isinstance(value, ClinicalTime) else instant_text(value, zone)
    if isinstance(value, date):
        return day_text(value)
    return number_text(value) if isinstance(value, Decimal) else str(value)


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
    for unit, shown_as in _UNITS.items():
        sent = sent.replace(f" {unit}", f" {shown_as}")
    return sent


def _as_sent(result: LabResult) -> str:
    if result.quantity is None:
        return f"no value ({result.absent_reason or 'no reason given'})"
    return f"{result.comparator or ''}{result.quantity}{' (clumped)' if result.clumped else ''}"


@dataclass(frozen=True, slots=True)
class _Told:
    fact: Fact

    def __str__(self) -> str:
        return fact_text(self.fact)


def fact_says(fact: Fact) -> Says:
    """What a fact says, where it is shown as evidence; written when it is read."""
    return Says("{}", (_Told(fact),))


def fact_text(fact: Fact) -> str:
    """What a fact says, where it is shown as evidence."""
    match fact:
        case LabResult():
            return f"{fact.analyte} {_as_sent(fact)}"
        case Administration():
            reported = " (reported)" if fact.reported else ""
            return f"{fact.drug} {fact.dose or 'dose not stated'} {fact.route}{reported}"
        case TreatmentPlan():
            return f"plan {fact.regimen}, neurological involvement {fact.neurological_involvement}"
        case MedicationOrder():
            return f"order {fact.status}: {fact.drug} {fact.dose or 'dose not stated'} {fact.route}"
        case MedicationSupply():
            lasts = f"for {fact.days} days" if fact.days is not None else "for an unstated time"
            return f"supply {fact.status}: {fact.drug} {lasts}"
        case Condition():
            return f"{fact.code}{'' if fact.length_cm is None else f', {number_text(fact.length_cm)} cm'}"
        case AlertAction():
            given = f" on {fact.dose_time} (reported)" if fact.dose_time else ""
            return f"{fact.action}{given}"
        case ClinicalAssessment():
            return ", ".join(sorted(fact.findings))
        case _:
            return _of_no_view(fact)


def _of_no_view(fact: Withdrawal | Merge | Identity) -> str:
    if isinstance(fact, Withdrawal):
        return f"withdrawn: {fact.reason}"
    if isinstance(fact, Merge):
        return "patients parted" if fact.parted else "patients merged"
    return f"sex {fact.sex}, birth date {fact.birth_date or 'unknown'}"
