"""The doses of the present treatment: one a ward-local day, those that others reported, and when it began."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from domain.calendar import ClinicalTime, start_of_day
from domain.counting import Counting
from domain.facts import (
    Action,
    Administration,
    AdministrationStatus,
    AlertAction,
    MedicationSupply,
    Route,
    SupplyStatus,
    TreatmentPlan,
)
from domain.moment import Moment
from domain.plans import Plans, Treatment
from domain.policy import Policy
from domain.steps import Place, place_of
from domain.words import Says, Text

_UNKNOWN = Route.UNKNOWN


class Dose(NamedTuple):
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
    entering plan says were given, `of_loading` those of them that were not given by a regimen without a loading: the
    monthly injections of a prophylaxis load nobody.  `loading_doses` has those that the entering plan tells too, and
    only such as are enough for the present regimen; `place` is where in it they lead.  `last` is the last dose that
    moves the window.  `by_mouth` is the first sign of treatment by mouth while such a regimen was in force: a dose
    (also one that the present regimen does not count), or a supply, which is no dose.  `start` is the first counted
    dose, the start that the entering plan tells or `by_mouth`, whichever is earliest; of a loading that follows a
    prophylaxis, without what belongs to the prophylaxis.
    """

    counted: tuple[Dose, ...]
    reported: tuple[Dose, ...]
    uncounted: tuple[Uncounted, ...]
    remarks: tuple[Text, ...]
    since_entry: tuple[Dose, ...]
    of_loading: tuple[Dose, ...]
    loading_doses: int
    place: Place | None
    last: Dose | None
    by_mouth: Administration | MedicationSupply | None
    start: ClinicalTime | None
    charted: Charted = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Charted:
    """Administrations of cobalamin sorted out: `taken` are all that were looked at, the oldest first."""

    taken: tuple[Administration, ...] = ()
    counted: tuple[Dose, ...] = ()
    reported: tuple[Dose, ...] = ()
    uncounted: tuple[Uncounted, ...] = ()
    remarks: tuple[Text, ...] = ()


def dosing_of(
    treatment: Treatment,
    cobalamin: tuple[Administration, ...],
    supplies: Sequence[MedicationSupply],
    actions: Sequence[AlertAction],
    policy: Policy,
    now: Moment,
    earlier: Dosing | None = None,
) -> Dosing:
    """The doses among these administrations (the oldest first), and among what people reported in answer to alerts.

    `earlier` is the answer for the same treatment when perhaps fewer of them were known.
    """
    zone, plans, regimen = treatment.zone, treatment.plans, treatment.regimen
    from_day = plans.from_day if plans else date.min
    entry = plans.entry if plans else None
    counting = Counting(treatment, policy)
    charted = _charted(cobalamin, counting, zone, from_day, earlier.charted if earlier else Charted())
    counted, reported = charted.counted, charted.reported
    told = [*_given_elsewhere(actions, zone, now), *_told_by_plans(plans, entry, counted, zone, now)]
    if told:
        told = [dose for dose in told if dose.day >= from_day]
        reported = tuple(sorted((*reported, *told), key=lambda dose: dose.day))
    since_entry = _since_entry(counted, entry, zone)
    of_loading = loading = since_entry
    treating, started = counted, entry.treatment_started if entry else None
    if counting.has_changed:
        of_loading = tuple(dose for dose in since_entry if counting.is_of_loading(dose.day))
        loading = tuple(dose for dose in of_loading if _loads(dose, counting))
        treating = tuple(dose for dose in counted if counting.treats(dose.day))
        started = started if started is None or counting.treats(started) else None
    before, told_last = (entry.loading_doses_given, entry.last_dose) if entry else (0, None)
    by_mouth = _by_mouth(cobalamin, supplies, counting, zone, from_day) if counting.had_oral else None
    return Dosing(
        counted=counted,
        reported=reported,
        uncounted=charted.uncounted,
        remarks=charted.remarks,
        since_entry=since_entry,
        of_loading=of_loading,
        loading_doses=before + len(loading),
        place=None if regimen is None else place_of(regimen, before, told_last, [dose.day for dose in loading]),
        last=_last(counted, reported, entry),
        by_mouth=by_mouth,
        start=_start(treating, started, by_mouth, zone),
        charted=charted,
    )


def _charted(
    cobalamin: tuple[Administration, ...], counting: Counting, zone: ZoneInfo, from_day: date, earlier: Charted
) -> Charted:
    """What was given here, what was reported, what does not count, and what a person should know of all these."""
    if cobalamin[: len(earlier.taken)] != earlier.taken:
        earlier = Charted()
    counted, reported = list(earlier.counted), list(earlier.reported)
    uncounted, remarks = list(earlier.uncounted), list(earlier.remarks)
    for administration in cobalamin[len(earlier.taken) :]:
        day = administration.time.day(zone)
        if day < from_day:
            continue
        if why := counting.why_not(administration, day):
            uncounted.append(Uncounted(day=day, why=why, fact=administration))
        else:
            _chart(administration, day, reported if administration.reported else counted, zone)
        if why or administration.dose is None or administration.route is _UNKNOWN:
            remarks += _remarks_on(administration, why, counting)
    return Charted(cobalamin, tuple(counted), tuple(reported), tuple(uncounted), tuple(remarks))


def _chart(given: Administration, day: date, doses: list[Dose], zone: ZoneInfo) -> None:
    """One dose per ward-local day; a chart with an hour tells the time before one without."""
    if not doses or doses[-1].day != day:
        doses.append(Dose(day=day, time=given.time, facts=(given,)))
        return
    last = doses[-1]
    doses[-1] = Dose(
        day=day,
        time=min(last.time, given.time, key=lambda time: (time.is_day, time.instant(zone))),
        facts=tuple(sorted((*last.facts, given), key=lambda fact: fact.fact_id)),
    )


def _remarks_on(given: Administration, why_not: Text, counting: Counting) -> list[Text]:
    """What a person should know of a dose that does not count, or that counts with a doubt."""
    if why_not:
        if given.status is AdministrationStatus.NOT_DONE or (given.route is Route.ORAL and not counting.is_by_mouth):
            return []
        return [Says("{} is not counted as a dose: {}", (given.fact_id, why_not))]
    if given.dose is None:
        return [Says("{} is counted as a dose, but its amount is not stated", (given.fact_id,))]
    return [Says("{} is counted as an injection, but its route is not stated", (given.fact_id,))]


def _loads(dose: Dose, counting: Counting) -> bool:
    return any(counting.loads(fact) for fact in dose.facts if isinstance(fact, Administration))


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


def _by_mouth(
    cobalamin: Sequence[Administration],
    supplies: Sequence[MedicationSupply],
    counting: Counting,
    zone: ZoneInfo,
    from_day: date,
) -> Administration | MedicationSupply | None:
    """The earliest sign of treatment by mouth while such a regimen was in force: a dose, or tablets handed over."""
    signs: list[Administration | MedicationSupply] = []
    for given in cobalamin:
        day = given.time.day(zone)
        if day >= from_day and counting.was_taken_by_mouth(given, day):
            signs.append(given)
            break
    for supply in supplies:
        day = supply.time.day(zone)
        regimen = counting.prescribed_on(day)
        if day >= from_day and regimen is not None and regimen.is_oral and _is_handed_over(supply):
            signs.append(supply)
            break
    return min(signs, key=lambda sign: (sign.time.day(zone), sign.time.instant(zone)), default=None)


def _is_handed_over(supply: MedicationSupply) -> bool:
    return supply.status is SupplyStatus.COMPLETED and supply.drug.is_cobalamin and supply.route is Route.ORAL


def _start(
    treating: tuple[Dose, ...],
    told: date | None,
    by_mouth: Administration | MedicationSupply | None,
    zone: ZoneInfo,
) -> ClinicalTime | None:
    times = [dose.time for dose in treating[:1]]
    if told is not None:
        times.insert(0, ClinicalTime(told))
    if by_mouth is not None:
        times.append(by_mouth.time)
    return min(times, key=lambda time: (time.day(zone), time.instant(zone)), default=None)


def _told_by_plans(
    plans: Plans | None, entry: TreatmentPlan | None, counted: tuple[Dose, ...], zone: ZoneInfo, now: Moment
) -> list[Dose]:
    """Last doses that plans tell which do not say how the patient came; those that are charted here too are known."""
    return [
        Dose(day=plan.last_dose, time=ClinicalTime(plan.last_dose), facts=(plan,))
        for plan in (plans.history if plans else ())
        if plan.last_dose is not None
        and plan is not entry
        and now.reached(start_of_day(plan.last_dose, zone))
        and all(dose.day != plan.last_dose for dose in reversed(counted))
    ]


def _given_elsewhere(actions: Iterable[AlertAction], zone: ZoneInfo, now: Moment) -> list[Dose]:
    """Doses that somebody reported while answering an alert."""
    return [
        Dose(day=action.dose_time.day(zone), time=action.dose_time, facts=(action,))
        for action in actions
        if action.action is Action.GIVEN_ELSEWHERE
        and action.dose_time is not None
        and now.reached(action.dose_time.instant(zone))
    ]
