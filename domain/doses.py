"""Which administrations count as doses: any parenteral cobalamin of at least half the prescribed dose, one a day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from domain.calendar import ClinicalTime
from domain.facts import (
    Action,
    Administration,
    AdministrationStatus,
    AlertAction,
    Drug,
    Route,
    TreatmentPlan,
)
from domain.moment import Moment
from domain.policy import Policy
from domain.regimens.table import Regimen


@dataclass(frozen=True, slots=True, kw_only=True)
class Dose:
    """The dose of one ward-local day; two charts of one day are one dose, and `facts` holds them all."""

    day: date
    time: ClinicalTime
    facts: tuple[Administration | AlertAction | TreatmentPlan, ...]


def counted(given: Iterable[Administration], regimen: Regimen | None, policy: Policy) -> list[Administration]:
    return [a for a in given if not a.reported and not _why_not(a, regimen, policy)]


def reported(given: Iterable[Administration], regimen: Regimen | None, policy: Policy) -> list[Administration]:
    """Dated statements of doses that nobody here gave: they move the window, and never count towards loading."""
    return [a for a in given if a.reported and not _why_not(a, regimen, policy)]


def given_elsewhere(actions: Iterable[AlertAction], zone: ZoneInfo, now: Moment) -> list[Dose]:
    """Doses that somebody reported while answering an alert."""
    return [
        Dose(day=action.dose_time.day(zone), time=action.dose_time, facts=(action,))
        for action in actions
        if action.action is Action.GIVEN_ELSEWHERE
        and action.dose_time is not None
        and now.reached(action.dose_time.instant(zone))
    ]


def by_day(given: Iterable[Administration], zone: ZoneInfo) -> tuple[Dose, ...]:
    """One dose per ward-local day, the oldest first; a chart with an hour tells the time before one without."""
    days: dict[date, list[Administration]] = {}
    for administration in given:
        days.setdefault(administration.time.day(zone), []).append(administration)
    return tuple(
        Dose(
            day=day,
            time=min((a.time for a in charts), key=lambda time: (time.is_day, time.instant(zone))),
            facts=tuple(sorted(charts, key=lambda a: a.fact_id)),
        )
        for day, charts in sorted(days.items())
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncounted:
    """A cobalamin administration that is charted and does not count, and why not."""

    day: date
    why: str
    fact: Administration


def uncounted(given: Administration, regimen: Regimen | None, policy: Policy, zone: ZoneInfo) -> Uncounted | None:
    """What a person who looks for the dose should hear of; None for a dose that counts."""
    why = _why_not(given, regimen, policy) if given.drug.is_cobalamin else ""
    return Uncounted(day=given.time.day(zone), why=why, fact=given) if why else None


def remark_on(given: Administration, regimen: Regimen | None, policy: Policy) -> str:
    """What a person should know about a cobalamin administration that counts only with a doubt, or not at all."""
    if not given.drug.is_cobalamin or given.route is Route.ORAL or given.status is AdministrationStatus.NOT_DONE:
        return ""
    why_not = _why_not(given, regimen, policy)
    if why_not:
        return f"{given.fact_id} is not counted as a dose: {why_not}"
    if given.dose is None:
        return f"{given.fact_id} is counted as a dose, but its amount is not stated"
    if given.route is Route.UNKNOWN:
        return f"{given.fact_id} is counted as an injection, but its route is not stated"
    return ""


def _why_not(given: Administration, regimen: Regimen | None, policy: Policy) -> str:
    """Why this is no injection that counts; empty when it is one."""
    if not given.drug.is_cobalamin:
        return f"{given.drug} is no cobalamin"
    if given.status is not AdministrationStatus.COMPLETED:
        return f"its status is {given.status}"
    # hydroxocobalamin is made for injection alone; the route of another cobalamin is never guessed
    is_injection = given.route in (Route.INTRAMUSCULAR, Route.SUBCUTANEOUS)
    if not is_injection and not (given.route is Route.UNKNOWN and given.drug is Drug.HYDROXOCOBALAMIN):
        return f"its route is {given.route}"
    return _why_not_amount(given.dose_ug, regimen, policy)


def _why_not_amount(dose_ug: Decimal | None, regimen: Regimen | None, policy: Policy) -> str:
    if dose_ug is None:
        return ""
    if dose_ug > policy.doses.plausible_ug_at_most:
        return f"more than {policy.doses.plausible_ug_at_most} ug is not a dose of vitamin B12; check the unit"
    least = Decimal(str(policy.doses.share_of_prescribed_at_least)) * (regimen.dose_ug if regimen else 0)
    if dose_ug < least:
        return f"less than {least.normalize():f} ug is too little for {regimen.code if regimen else 'the regimen'}"
    return ""
