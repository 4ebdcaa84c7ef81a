"""The next dose and its window (sections 2, 8.1, 8.3, 8.6 and 8.8 of the clinical reference).

Days are the ward's local days, months are calendar months from the last actual dose, and a limit day is allowed in
full: a dose is overdue from 00:00 of the day after `overdue_after`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from domain.calendar import start_of_day
from domain.case import Case
from domain.doses import Dose
from domain.facts import Cause, TreatmentPlan, YesNoUnknown
from domain.judgement import Severity
from domain.loading import entered_begun, involvement_decides, opened_by
from domain.paperwork import asked_since
from domain.phase import Phase
from domain.policies.doses import InjectionPolicy
from domain.policy import Policy
from domain.regimens import ALL_REGIMENS, CHOICES
from domain.regimens.table import Gap, Regimen, Span, Step
from domain.window import INVOLVEMENT, DoseWindow, NextDose, NoDose, Unclear

# Neurological involvement unknown after the loading doses: the longest that either regimen allows with it (section 8.6)
_UNKNOWN_INVOLVEMENT = Gap(earliest=Span(days=1), due=Span(months=2))


def next_dose_of(case: Case, policy: Policy) -> NextDose:
    """The window of the next dose at this moment."""
    if case.plan is None:
        return NoDose(because="no treatment plan is known: nothing is scheduled or guessed")
    if case.phase is Phase.ENDED:
        return NoDose(because="the treatment has ended")
    regimen = case.regimen
    if regimen is None:
        return _no_regimen(case, policy)
    if regimen.is_daily:
        return NoDose(because="taken by mouth every day: its supply is watched")
    last, opened = case.last_dose, opened_by(case)
    if opened is not None and (last is None or _is_before(opened, last, regimen, case)):
        return _opening_dose(opened, regimen, last, case, policy)
    if last is None:
        return _first_dose(case, regimen, policy)
    if case.phase not in (Phase.NOT_STARTED, Phase.LOADING):
        return _maintenance_dose(case, regimen, last.day, policy)
    if case.phase is Phase.LOADING and involvement_decides(case):
        return _undecided_dose(case, regimen, last.day, policy)
    return _loading_dose(case, regimen, last.day, policy)


def maintenance_window(case: Case, last: date, policy: Policy) -> DoseWindow:
    """The window that follows a dose on `last` in maintenance: the individual interval, or the regimen's."""
    assert case.regimen is not None
    return _maintenance_dose(case, case.regimen, last, policy)


def _no_regimen(case: Case, policy: Policy) -> Unclear:
    assert case.plan is not None
    code = case.plan.regimen
    if case.is_under_age:
        because = case.say("no regimen available: the patient is under {}", policy.doses.minimum_age_years)
        missing = "a regimen for this age, which b12watch does not hold"
    elif code in CHOICES:
        choice = " or ".join(CHOICES[code])
        because = case.say("the plan's regimen {} is one of several: choose {}", code, choice)
        missing = f"a plan with {choice}"
    else:
        held = ", ".join(regimen.code for regimen in ALL_REGIMENS)
        because = case.say("the plan's regimen {} is not one that b12watch holds ({})", repr(code), held)
        missing = "a plan with a regimen that b12watch holds"
    return Unclear(because=because, missing=missing, severity=Severity.MEDIUM, since=_unclear_since(case.plan, case))


def _unclear_since(plan: TreatmentPlan, case: Case) -> datetime:
    """Since the plan starts; of a patient who came in mid-course it was unclear before the plan said so."""
    return plan.starts.instant(case.zone) if case.entry is None else asked_since(plan, case)


def _first_dose(case: Case, regimen: Regimen, policy: Policy) -> NextDose:
    """The first dose by this plan: due when it starts, unless the patient came to us with doses of which none is told.

    A treatment by mouth that began with a supply counts from it: nobody charts what is taken at home.
    """
    assert case.plan is not None
    if regimen.is_oral and case.dosing.by_mouth is not None:
        since = case.dosing.by_mouth.time.day(case.zone)
        return replace(_maintenance_dose(case, regimen, since, policy), rests_on=None)
    if entered_begun(case):
        return Unclear(
            because=case.say("the phase is {}, but nothing says when the last dose was given", case.phase),
            missing="the day of the last dose",
            severity=Severity.MEDIUM,
            since=_unclear_since(case.plan, case),
        )
    starts = case.plan.starts.day(case.zone)
    return DoseWindow(
        earliest=starts,
        due=starts,
        overdue_after=starts + timedelta(days=_first_dose_grace(case.plan, policy)),
        rests_on=None,
        statement=regimen.steps[0].statement,
    )


def _is_before(opened: TreatmentPlan, last: Dose, regimen: Regimen, case: Case) -> bool:
    """Whether the last dose was one of the maintenance before a loading, which began only after its time."""
    return regimen.steps[0].gap.due.after(last.day) < opened.starts.day(case.zone)


def _opening_dose(opened: TreatmentPlan, regimen: Regimen, last: Dose | None, case: Case, policy: Policy) -> DoseWindow:
    """The first dose of a loading after maintenance: due, as the first of a treatment, when the plan starts."""
    starts = opened.starts.day(case.zone)
    return DoseWindow(
        earliest=starts,
        due=starts,
        overdue_after=starts + timedelta(days=_first_dose_grace(opened, policy)),
        rests_on=last.day if last is not None else None,
        statement=regimen.steps[0].statement,
    )


def _first_dose_grace(plan: TreatmentPlan, policy: Policy) -> int:
    involved = plan.neurological_involvement is not YesNoUnknown.NO
    limits = policy.injection
    return limits.first_dose_grace_days_neurological if involved else limits.first_dose_grace_days


def _loading_dose(case: Case, regimen: Regimen, last: date, policy: Policy) -> DoseWindow:
    place = case.dosing.place
    assert place is not None, "a regimen has a place for its next dose"
    if place.step is regimen.maintenance:
        return _maintenance_dose(case, regimen, last, policy)
    return _window(place.step.gap, last, place.step.statement, policy.injection, place.goes_on)


def _undecided_dose(case: Case, regimen: Regimen, last: date, policy: Policy) -> Unclear:
    """The doses are given after which neurological involvement decides how to go on, and it is not known."""
    longest = _window(_UNKNOWN_INVOLVEMENT, last, "S1", policy.injection)
    latest = min(_loading_dose(case, regimen, last, policy), longest, key=lambda window: window.overdue_after)
    return Unclear(
        because=case.say(
            "{} loading doses are given, but whether loading goes on or maintenance begins depends on neurological "
            "involvement, which is unknown",
            case.loading_doses,
        ),
        missing=INVOLVEMENT,
        severity=Severity.HIGH,
        since=start_of_day(last, case.zone),
        latest=latest,
    )


def _maintenance_dose(case: Case, regimen: Regimen, last: date, policy: Policy) -> DoseWindow:
    assert case.plan is not None
    interval = case.plan.interval
    if interval is None:
        step, place = regimen.maintenance, case.dosing.place
        gap = (step.gap_if_dietary if case.plan.cause is Cause.DIETARY else None) or step.gap
        goes_on = place.goes_on if place is not None and place.step is step else None
        return _window(gap, last, step.statement, policy.injection, goes_on)
    span = Span(months=interval.months, days=interval.days)
    due = span.after(last)
    grace = _grace((due - last).days, policy.injection)
    return DoseWindow(
        earliest=max(due - grace, last + timedelta(days=1)),
        due=due,
        overdue_after=due if regimen.interval_is_limit else due + grace,
        rests_on=last,
        statement="S20",
    )


def _window(gap: Gap, last: date, statement: str, limits: InjectionPolicy, goes_on: Step | None = None) -> DoseWindow:
    """The window by this gap; it opens with the step before where one more dose may belong to that."""
    due = gap.due.after(last)
    late = due + _grace((due - last).days, limits) if gap.overdue_after is None else gap.overdue_after.after(last)
    opens = gap.earliest if goes_on is None else goes_on.gap.earliest
    return DoseWindow(earliest=opens.after(last), due=due, overdue_after=late, rests_on=last, statement=statement)


def _grace(interval_days: int, limits: InjectionPolicy) -> timedelta:
    """A share of the interval in whole days, kept between the least and the most that the policy allows."""
    share = int(interval_days * limits.point_grace_share)
    return timedelta(days=min(max(share, limits.point_grace_days_least), limits.point_grace_days_most))
