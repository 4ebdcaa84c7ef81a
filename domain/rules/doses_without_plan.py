"""Vitamin B12 is given here, and no treatment plan is known, so nothing is scheduled and nothing is watched.

Opens 72 hours after the first such dose, and stands while the last may count as treatment.  Doses after the end of a
treatment count, those of one that ended itself do not; what others report, and the antidote to cyanide, do not either.
Nothing is guessed from the doses.  Source: section 8.3.
"""

from __future__ import annotations

from datetime import timedelta

from domain.calendar import after_day
from domain.case import Case
from domain.charting import b12_given
from domain.facts import Administration, EndReason
from domain.judgement import CannotTell, Judgement, Quiet, Severity
from domain.moment import Moment
from domain.policy import Policy
from domain.views import View

RULE_ID, VERSION = "doses-without-plan", 1
STATEMENTS = "section 8.3"
READS = View.PLAN | View.COBALAMIN


def judge(case: Case, policy: Policy, now: Moment) -> Judgement:
    """Whether doses are given that no plan asks for."""
    if case.plans is not None and not case.plans.ended:
        return Quiet(because="a treatment plan is known")
    if case.is_under_age:
        return Quiet(because="the patient is too young for the regimens that b12watch holds")
    end = case.plan.end if case.plan is not None else None
    if end is not None and end.reason is EndReason.DIED:
        return Quiet(because="the patient died")
    if end is not None and end.reason is EndReason.STOPPED and case.is_meant_for_life:
        return Quiet(because="the treatment was stopped: lifelong-treatment-stopped asks for a plan")
    given = [g for g in b12_given(case, policy) if not g.reported]
    if end is not None:
        given = [g for g in given if g.time.day(case.zone) > end.time.day(case.zone)]
    if not given:
        return Quiet(because="no dose without a plan is recorded")
    newest = given[-1]
    holds = timedelta(days=policy.charting.b12_holds_days)
    if now.reached(after_day(newest.time.day(case.zone) + holds, case.zone)):
        return Quiet(because=case.say("the last dose without a plan is of {}, long ago", newest.time))
    first = _first_of_run(given, holds, case)
    opens = first.time.instant(case.zone) + timedelta(hours=policy.charting.without_plan_hours)
    if not now.reached(opens):
        return Quiet(because=case.say("a plan for the dose of {} is waited for until {}", first.time, opens))
    ended = case.say(" (the treatment ended on {}: {})", end.time, end.reason) if end is not None else ""
    return CannotTell(
        severity=Severity.MEDIUM,
        because=case.say("vitamin B12 was given on {}, and no treatment plan is known{}", newest.time, ended),
        missing="a treatment plan",
        since=opens,
        episode="without-plan" if case.plan is None else f"after:{case.plan.fact_id}",
        wanted="record the treatment plan, or that no treatment is meant; nothing is scheduled until then",
        source=STATEMENTS,
        evidence=(newest, *([case.plan] if case.plan is not None else [])),
    )


def _first_of_run(given: list[Administration], holds: timedelta, case: Case) -> Administration:
    """The first of the doses that follow one another without a long break."""
    first = given[-1]
    for earlier in reversed(given):
        if first.time.day(case.zone) - earlier.time.day(case.zone) > holds:
            break
        first = earlier
    return first
