"""Which administrations count as doses: any parenteral cobalamin of at least half the prescribed dose, one a day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
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
from domain.plans import Treatment
from domain.policy import Policy
from domain.regimens.table import Regimen
from domain.words import Says, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Dose:
    """The dose of one ward-local day; two charts of one day are one dose, and `facts` holds them all."""

    day: date
    time: ClinicalTime
    facts: tuple[Administration | AlertAction | TreatmentPlan, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncounted:
    """A cobalamin administration that is charted and does not count, and why not."""

    day: date
    why: Text
    fact: Administration


@dataclass(frozen=True, slots=True, kw_only=True)
class Dosing:
    """The doses of the present treatment.

    `counted` and `reported` (statements of doses that nobody here gave: they move the window, and never count towards
    loading) have one dose a day, the oldest first.  `since_entry` are counted doses that are not among those which the
    entering plan says were given; `loading_doses` has those too.  `last` is the last dose that moves the window, and
    `start` the first counted dose, or the start that the entering plan tells, whichever is earlier.
    """

    counted: tuple[Dose, ...]
    reported: tuple[Dose, ...]
    uncounted: tuple[Uncounted, ...]
    remarks: tuple[Text, ...]
    since_entry: tuple[Dose, ...]
    loading_doses: int
    last: Dose | None
    start: ClinicalTime | None


def dosing_of(
    treatment: Treatment,
    cobalamin: Sequence[Administration],
    actions: Sequence[AlertAction],
    policy: Policy,
    now: Moment,
) -> Dosing:
    """The doses among these administrations, and among what people reported while answering alerts."""
    zone, regimen, plans = treatment.zone, treatment.regimen, treatment.plans
    from_day = plans.from_day if plans else date.min
    entry = plans.entry if plans else None
    given = [(a, _why_not(a, regimen, policy)) for a in cobalamin if a.time.day(zone) >= from_day]
    counted = _by_day([a for a, why_not in given if not a.reported and not why_not], zone)
    elsewhere = (dose for dose in _given_elsewhere(actions, zone, now) if dose.day >= from_day)
    reported = (*_by_day([a for a, why_not in given if a.reported and not why_not], zone), *elsewhere)
    since_entry = _since_entry(counted, entry, zone)
    return Dosing(
        counted=counted,
        reported=reported,
        uncounted=tuple(Uncounted(day=a.time.day(zone), why=why, fact=a) for a, why in given if why),
        remarks=tuple(remark for a, why in given if (remark := _remark_on(a, why))),
        since_entry=since_entry,
        loading_doses=(entry.loading_doses_given if entry else 0) + len(since_entry),
        last=_last(counted, reported, entry),
        start=_start(counted, entry, zone),
    )


def _since_entry(counted: tuple[Dose, ...], entry: TreatmentPlan | None, zone: ZoneInfo) -> tuple[Dose, ...]:
    if entry is None or not entry.loading_doses_given:
        return counted
    included = entry.last_dose or entry.starts.day(zone) - timedelta(days=1)
    return tuple(dose for dose in counted if dose.day > included)


def _last(counted: tuple[Dose, ...], reported: tuple[Dose, ...], entry: TreatmentPlan | None) -> Dose | None:
    known = [*counted[-1:], *reported]
    if entry is not None and entry.last_dose is not None:
        known.append(Dose(day=entry.last_dose, time=ClinicalTime(entry.last_dose), facts=(entry,)))
    return max(known, key=lambda dose: dose.day, default=None)


def _start(counted: tuple[Dose, ...], entry: TreatmentPlan | None, zone: ZoneInfo) -> ClinicalTime | None:
    times = [dose.time for dose in counted[:1]]
    if entry is not None and entry.treatment_started is not None:
        times.insert(0, ClinicalTime(entry.treatment_started))
    return min(times, key=lambda time: (time.day(zone), time.instant(zone)), default=None)


def _given_elsewhere(actions: Iterable[AlertAction], zone: ZoneInfo, now: Moment) -> list[Dose]:
    """Doses that somebody reported while answering an alert."""
    return [
        Dose(day=action.dose_time.day(zone), time=action.dose_time, facts=(action,))
        for action in actions
        if action.action is Action.GIVEN_ELSEWHERE
        and action.dose_time is not None
        and now.reached(action.dose_time.instant(zone))
    ]


def _by_day(given: Iterable[Administration], zone: ZoneInfo) -> tuple[Dose, ...]:
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


def _remark_on(given: Administration, why_not: Text) -> Text:
    """What a person should know about a cobalamin administration that counts only with a doubt, or not at all."""
    if given.route is Route.ORAL or given.status is AdministrationStatus.NOT_DONE:
        return ""
    if why_not:
        return Says("{} is not counted as a dose: {}", (given.fact_id, why_not))
    if given.dose is None:
        return Says("{} is counted as a dose, but its amount is not stated", (given.fact_id,))
    if given.route is Route.UNKNOWN:
        return Says("{} is counted as an injection, but its route is not stated", (given.fact_id,))
    return ""


def _why_not(given: Administration, regimen: Regimen | None, policy: Policy) -> Text:
    """Why this is no injection that counts; empty when it is one."""
    if given.status is not AdministrationStatus.COMPLETED:
        return Says("its status is {}", (given.status,))
    # hydroxocobalamin is made for injection alone; the route of another cobalamin is never guessed
    is_injection = given.route in (Route.INTRAMUSCULAR, Route.SUBCUTANEOUS)
    if not is_injection and not (given.route is Route.UNKNOWN and given.drug is Drug.HYDROXOCOBALAMIN):
        return Says("its route is {}", (given.route,))
    return _why_not_amount(given.dose_ug, regimen, policy)


def _why_not_amount(dose_ug: Decimal | None, regimen: Regimen | None, policy: Policy) -> Text:
    if dose_ug is None:
        return ""
    if dose_ug > policy.doses.plausible_ug_at_most:
        return Says(
            "more than {} ug is not a dose of vitamin B12; check the unit", (policy.doses.plausible_ug_at_most,)
        )
    least = Decimal(str(policy.doses.share_of_prescribed_at_least)) * (regimen.dose_ug if regimen else 0)
    if dose_ug < least:
        code = regimen.code if regimen else "the regimen"
        return Says("less than {} ug is too little for {}", (least, code))
    return ""
