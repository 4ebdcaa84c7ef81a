"""The plan in force at a moment, and what follows from it alone: zone, regimen, how and when the patient came to us."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.calendar import age_reached, start_of_day
from domain.facts import TreatmentPlan
from domain.moment import Moment
from domain.policy import Policy
from domain.record import Known, Record
from domain.regimens import REGIMENS
from domain.regimens.table import Regimen
from domain.views import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Plans:
    """The plan in force and what surrounds it.

    `first` began the present treatment and gives it its name; `entry` is the newest plan of this treatment that says
    how the patient came in mid-course; `from_day` is the first day whose doses belong to this treatment.
    `history` are the plans of this treatment that have begun, the one in force last; `rivals` are those of them with
    another regimen of which nobody can tell that the one in force took their place.
    """

    current: TreatmentPlan
    first: TreatmentPlan
    entry: TreatmentPlan | None
    from_day: date
    ended: bool
    history: tuple[TreatmentPlan, ...]
    rivals: tuple[TreatmentPlan, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """What the plans say.  `waiting` are plans that count only later; `enrolled_at` is when the first plan that still
    stands became known."""

    zone: ZoneInfo
    plans: Plans | None
    regimen: Regimen | None
    is_under_age: bool
    enrolled_at: datetime | None
    waiting: tuple[TreatmentPlan, ...]


def treatment_of(record: Record, policy: Policy, now: Moment) -> Treatment:
    """The treatment that the plans in `record` make at this moment."""
    group = record.groups.get(View.PLAN)
    known = [] if group is None else sorted(group.known, key=lambda k: k.fact.fact_id)
    made, waiting = _made(known, policy, now)
    plans = _plans(made, policy, now) if made else None
    zone = policy.zone_of(plans.current.ward if plans else "")
    under_age = plans is not None and _is_under_age(plans.current, zone, policy, now)
    return Treatment(
        zone=zone,
        plans=plans,
        regimen=REGIMENS.get(plans.current.regimen) if plans and not under_age else None,
        is_under_age=under_age,
        enrolled_at=min((k.first for k in known), default=None),
        waiting=waiting,
    )


def _made(known: Iterable[Known], policy: Policy, now: Moment) -> tuple[list[TreatmentPlan], tuple[TreatmentPlan, ...]]:
    made: list[TreatmentPlan] = []
    waiting: list[TreatmentPlan] = []
    for entry in known:
        plan = entry.fact
        assert isinstance(plan, TreatmentPlan), "this is the group of plans"
        counts = now.reached(entry.counts_from(policy.zone_of(plan.ward), policy.tolerance))
        (made if counts else waiting).append(plan)
    return made, tuple(waiting)


def _plans(made: list[TreatmentPlan], policy: Policy, now: Moment) -> Plans:
    def starts(plan: TreatmentPlan) -> datetime:
        return plan.starts.instant(policy.zone_of(plan.ward))

    begun = [plan for plan in made if now.reached(starts(plan))]
    if begun:
        current = max(begun, key=lambda p: (starts(p), p.time.instant(policy.zone_of(p.ward)), p.fact_id))
    else:
        current = min(made, key=lambda p: (starts(p), p.fact_id))
    zone = policy.zone_of(current.ward)
    boundary = _boundary(current, begun, zone, now)
    since = [p for p in begun if p.starts.day(zone) >= boundary and starts(p) <= starts(current)] or [current]
    first = min(since, key=lambda p: (starts(p), p.fact_id))
    history = tuple(sorted(since, key=lambda p: (p is current, starts(p), p.time.instant(zone), p.fact_id)))
    horizon = first.starts.day(zone) - timedelta(days=policy.doses.before_plan_days)
    return Plans(
        current=current,
        first=first,
        entry=_entry(first, history, zone),
        from_day=max(boundary, horizon),
        ended=_has_ended(current, zone, now),
        history=history,
        rivals=_rivals(history, zone, now),
    )


def _is_under_age(plan: TreatmentPlan, zone: ZoneInfo, policy: Policy, now: Moment) -> bool:
    """Whether the patient is too young for every regimen and band that we hold; an unknown birth date is said."""
    if plan.birth_date is None:
        return False
    return not now.reached(start_of_day(age_reached(plan.birth_date, policy.doses.minimum_age_years), zone))


def _boundary(current: TreatmentPlan, begun: list[TreatmentPlan], zone: ZoneInfo, now: Moment) -> date:
    """The first day that can belong to the present treatment: after the last end, or from a plan that restarts."""
    start = current.starts.day(zone)
    restarts = [p.starts.day(zone) for p in begun if p.restarts]
    ends = [p.end.time.day(zone) for p in begun if p is not current and p.end and _has_ended(p, zone, now)]
    # a plan that begins on the very day on which another ended owns that day
    return max([*restarts, *(min(day + timedelta(days=1), start) for day in ends if day <= start)], default=date.min)


def _rivals(history: tuple[TreatmentPlan, ...], zone: ZoneInfo, now: Moment) -> tuple[TreatmentPlan, ...]:
    """Plans that are in force beside the last of `history`: of another regimen, not ended, and begun on its very day
    or sent by another source.  A later plan of one source takes the place of the earlier ones of that source.
    """
    current = history[-1]
    newest = {plan.source: plan for plan in history}
    return tuple(
        plan
        for plan in history[:-1]
        if plan.regimen != current.regimen
        and (plan.restarts or not current.restarts)  # a restart says itself that what was before is over
        and (plan.starts.day(zone) == current.starts.day(zone) or newest[plan.source] is plan)
        and not _has_ended(plan, zone, now)
    )


def _has_ended(plan: TreatmentPlan, zone: ZoneInfo, now: Moment) -> bool:
    return plan.end is not None and now.reached(plan.end.time.instant(zone))


def _entry(first: TreatmentPlan, history: tuple[TreatmentPlan, ...], zone: ZoneInfo) -> TreatmentPlan | None:
    """The plan that says how the patient came in mid-course; None where the treatment began with us.

    A last dose alone says so in the first plan, or where it was before that plan; else it is a dose that is reported.
    """
    say = [plan for plan in history if _says_how_entered(plan) or (plan is first and plan.last_dose)]
    if not say:
        start = first.starts.day(zone)
        say = [plan for plan in history if plan.last_dose is not None and plan.last_dose < start]
    return say[-1] if say else None


def _says_how_entered(plan: TreatmentPlan) -> bool:
    return bool(plan.entered_as or plan.treatment_started or plan.loading_doses_given)
