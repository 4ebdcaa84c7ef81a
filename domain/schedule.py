"""The next dose and its window (sections 2, 8.1, 8.3 and 8.6 of the clinical reference).

Days are the ward's local days, months are calendar months from the last actual dose, and a limit day is allowed in
full: a dose is overdue from 00:00 of the day after `overdue_after`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.calendar import start_of_day
from domain.course import Course
from domain.facts import YesNoUnknown
from domain.judgement import Severity
from domain.phase import Phase
from domain.policy import InjectionPolicy, Policy
from domain.regimens import ALL_REGIMENS
from domain.regimens.table import Gap, Regimen, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseWindow:
    """The ward-local days of the next dose: may be given from `earliest`, is meant for `due`, and is allowed up to
    and including `overdue_after`.

    `rests_on` is the ward-local day of the last dose that counted, or None before the first.
    """

    earliest: date
    due: date
    overdue_after: date
    rests_on: date | None
    statement: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoDose:
    """No further dose is scheduled, and why."""

    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """A dose is wanted, but what is `missing` keeps us from saying when.

    `latest` is the window at whose end the dose is overdue whatever the answer turns out to be, where there is one.
    """

    because: str
    missing: str
    severity: Severity
    since: datetime
    latest: DoseWindow | None = None


NextDose = DoseWindow | NoDose | Unclear

# Neurological involvement unknown after the loading doses: the longest that either regimen allows with it (section 8.6)
_UNKNOWN_INVOLVEMENT = Gap(earliest=Span(days=1), due=Span(months=2))


def next_dose(course: Course, phase: Phase, policy: Policy) -> NextDose:
    """The window of the next dose at this moment."""
    if course.plan is None:
        return NoDose(because="no treatment plan is known: nothing is scheduled or guessed")
    if phase is Phase.ENDED:
        return NoDose(because="the treatment has ended")
    refused = _no_regimen(course, policy)
    if refused is not None:
        return refused
    assert course.regimen is not None
    last = course.last_dose
    if last is None:
        return _first_dose(course, phase, policy)
    if phase is Phase.LOADING or phase is Phase.NOT_STARTED:
        return _loading_dose(course, course.regimen, last.day, policy)
    return _maintenance_dose(course, course.regimen, last.day, policy)


def maintenance_window(course: Course, last: date, policy: Policy) -> DoseWindow:
    """The window that follows a dose on `last` in maintenance: the individual interval, or the regimen's."""
    assert course.regimen is not None
    return _maintenance_dose(course, course.regimen, last, policy)


def _no_regimen(course: Course, policy: Policy) -> Unclear | None:
    assert course.plan is not None
    since = course.plan.starts.instant(course.zone)
    if course.is_under_age:
        return Unclear(
            because=f"no regimen available: the patient is under {policy.doses.minimum_age_years}",
            missing="a regimen for this age, which b12watch does not hold",
            severity=Severity.MEDIUM,
            since=since,
        )
    if course.regimen is None:
        held = ", ".join(regimen.code for regimen in ALL_REGIMENS)
        return Unclear(
            because=f"the plan's regimen {course.plan.regimen!r} is not one that b12watch holds ({held})",
            missing="a plan with a regimen that b12watch holds",
            severity=Severity.MEDIUM,
            since=since,
        )
    return None


def _first_dose(course: Course, phase: Phase, policy: Policy) -> NextDose:
    assert course.plan is not None and course.regimen is not None
    starts = course.plan.starts.day(course.zone)
    if phase is not Phase.NOT_STARTED:
        return Unclear(
            because=f"the phase is {phase}, but nothing says when the last dose was given",
            missing="the day of the last dose",
            severity=Severity.MEDIUM,
            since=course.plan.starts.instant(course.zone),
        )
    involved = course.plan.neurological_involvement is not YesNoUnknown.NO
    limits = policy.injection
    grace = limits.first_dose_grace_days_neurological if involved else limits.first_dose_grace_days
    return DoseWindow(
        earliest=starts,
        due=starts,
        overdue_after=starts + timedelta(days=grace),
        rests_on=None,
        statement=course.regimen.steps[0].statement,
    )


def _loading_dose(course: Course, regimen: Regimen, last: date, policy: Policy) -> NextDose:
    complete = regimen.loading_doses
    if complete is not None and course.loading_doses >= complete:
        return Unclear(
            because=f"{complete} loading doses are given, but whether loading goes on or maintenance begins depends on "
            "neurological involvement, which is unknown",
            missing="neurological involvement, yes or no",
            severity=Severity.HIGH,
            since=start_of_day(last, course.zone),
            latest=_window(_UNKNOWN_INVOLVEMENT, last, "S1", policy.injection),
        )
    step = regimen.loading_step(course.loading_doses)
    return _window(step.gap, last, step.statement, policy.injection)


def _maintenance_dose(course: Course, regimen: Regimen, last: date, policy: Policy) -> DoseWindow:
    assert course.plan is not None
    interval = course.plan.interval
    if interval is None:
        return _window(regimen.maintenance.gap, last, regimen.maintenance.statement, policy.injection)
    span = Span(months=interval.months, days=interval.days)
    due = span.after(last)
    grace = _grace((due - last).days, policy.injection)
    return DoseWindow(
        earliest=max(due - grace, last + timedelta(days=1)),
        due=due,
        overdue_after=due + grace,
        rests_on=last,
        statement="S20",
    )


def _window(gap: Gap, last: date, statement: str, limits: InjectionPolicy) -> DoseWindow:
    due = gap.due.after(last)
    late = due + _grace((due - last).days, limits) if gap.overdue_after is None else gap.overdue_after.after(last)
    return DoseWindow(
        earliest=gap.earliest.after(last), due=due, overdue_after=late, rests_on=last, statement=statement
    )


def _grace(interval_days: int, limits: InjectionPolicy) -> timedelta:
    """A share of the interval in whole days, kept between the least and the most that the policy allows."""
    share = int(interval_days * limits.point_grace_share)
    return timedelta(days=min(max(share, limits.point_grace_days_least), limits.point_grace_days_most))
