"""The next dose and its window (sections 2, 8.1, 8.3 and 8.6 of the clinical reference).

Days are the ward's local days, months are calendar months from the last actual dose, and a limit day is allowed in
full: a dose is overdue from 00:00 of the day after `overdue_after`.
"""

from __future__ import annotations

from datetime import date, timedelta

from domain.calendar import start_of_day
from domain.case import Case
from domain.facts import YesNoUnknown
from domain.judgement import Severity
from domain.phase import Phase
from domain.policies.doses import InjectionPolicy
from domain.policy import Policy
from domain.regimens import ALL_REGIMENS, CHOICES
from domain.regimens.table import Gap, Regimen, Span
from domain.window import INVOLVEMENT, DoseWindow, NextDose, NoDose, Unclear

# Neurological involvement unknown after the loading doses: the longest that either regimen allows with it (section 8.6)
_UNKNOWN_INVOLVEMENT = Gap(earliest=Span(days=1), due=Span(months=2))


def next_dose_of(case: Case, policy: Policy) -> NextDose:
    """The window of the next dose at this moment."""
    phase = case.phase
    if case.plan is None:
        return NoDose(because="no treatment plan is known: nothing is scheduled or guessed")
    if phase is Phase.ENDED:
        return NoDose(because="the treatment has ended")
    refused = _no_regimen(case, policy)
    if refused is not None:
        return refused
    assert case.regimen is not None
    if case.regimen.is_daily:
        return NoDose(because="taken by mouth every day: its supply is watched")
    last = case.last_dose
    if last is None:
        return _first_dose(case, phase, policy)
    if phase is Phase.LOADING or phase is Phase.NOT_STARTED:
        return _loading_dose(case, case.regimen, last.day, policy)
    return _maintenance_dose(case, case.regimen, last.day, policy)


def maintenance_window(case: Case, last: date, policy: Policy) -> DoseWindow:
    """The window that follows a dose on `last` in maintenance: the individual interval, or the regimen's."""
    assert case.regimen is not None
    return _maintenance_dose(case, case.regimen, last, policy)


def _no_regimen(case: Case, policy: Policy) -> Unclear | None:
    assert case.plan is not None
    since = case.plan.starts.instant(case.zone)
    if case.is_under_age:
        return Unclear(
            because=f"no regimen available: the patient is under {policy.doses.minimum_age_years}",
            missing="a regimen for this age, which b12watch does not hold",
            severity=Severity.MEDIUM,
            since=since,
        )
    if case.plan.regimen in CHOICES:
        choice = " or ".join(CHOICES[case.plan.regimen])
        return Unclear(
            because=f"the plan's regimen {case.plan.regimen} is one of several: choose {choice}",
            missing=f"a plan with {choice}",
            severity=Severity.MEDIUM,
            since=since,
        )
    if case.regimen is None:
        held = ", ".join(regimen.code for regimen in ALL_REGIMENS)
        return Unclear(
            because=f"the plan's regimen {case.plan.regimen!r} is not one that b12watch holds ({held})",
            missing="a plan with a regimen that b12watch holds",
            severity=Severity.MEDIUM,
            since=since,
        )
    return None


def _first_dose(case: Case, phase: Phase, policy: Policy) -> NextDose:
    assert case.plan is not None and case.regimen is not None
    starts = case.plan.starts.day(case.zone)
    if phase is not Phase.NOT_STARTED:
        return Unclear(
            because=f"the phase is {phase}, but nothing says when the last dose was given",
            missing="the day of the last dose",
            severity=Severity.MEDIUM,
            since=case.plan.starts.instant(case.zone),
        )
    involved = case.plan.neurological_involvement is not YesNoUnknown.NO
    limits = policy.injection
    grace = limits.first_dose_grace_days_neurological if involved else limits.first_dose_grace_days
    return DoseWindow(
        earliest=starts,
        due=starts,
        overdue_after=starts + timedelta(days=grace),
        rests_on=None,
        statement=case.regimen.steps[0].statement,
    )


def _loading_dose(case: Case, regimen: Regimen, last: date, policy: Policy) -> NextDose:
    complete = regimen.loading_doses
    if complete is not None and case.loading_doses >= complete:
        return Unclear(
            because=f"{complete} loading doses are given, but whether loading goes on or maintenance begins depends on "
            "neurological involvement, which is unknown",
            missing=INVOLVEMENT,
            severity=Severity.HIGH,
            since=start_of_day(last, case.zone),
            latest=_window(_UNKNOWN_INVOLVEMENT, last, "S1", policy.injection),
        )
    step = regimen.loading_step(case.loading_doses)
    return _window(step.gap, last, step.statement, policy.injection)


def _maintenance_dose(case: Case, regimen: Regimen, last: date, policy: Policy) -> DoseWindow:
    assert case.plan is not None
    interval = case.plan.interval
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
