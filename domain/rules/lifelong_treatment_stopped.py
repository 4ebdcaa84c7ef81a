"""A treatment that is meant for life was stopped.

It follows the intent in every phase: for life is every treatment whose cause is not recorded as dietary or reversible.
Death, transfer and opting out end a treatment without this alert.  It stands until a new plan begins.
Source: S6, S11, section 8.2.
"""

from __future__ import annotations

from domain.case import Case
from domain.facts import EndReason
from domain.judgement import Fires, Judgement, Quiet, Severity
from domain.moment import Moment
from domain.policy import Policy
from domain.views import View

RULE_ID, VERSION = "lifelong-treatment-stopped", 1
STATEMENTS = "S6, S11, section 8.2"
READS = View.PLAN

_WANTED = "ask the prescriber: a new plan, or record why the treatment may end (opted out, a cause that has gone)"


def judge(case: Case, policy: Policy, now: Moment) -> Judgement:
    """Whether treatment for life has stopped."""
    if case.plans is None:
        return Quiet(because="no treatment plan is known")
    plan = case.plans.current
    if not case.plans.ended or plan.end is None:
        return Quiet(because="the treatment has not ended")
    if plan.end.reason is not EndReason.STOPPED:
        return Quiet(because=case.say("the treatment has ended: {}, by {}", plan.end.reason, plan.end.actor))
    if not case.is_meant_for_life:
        return Quiet(because=case.say("the cause is {}: the treatment was not for life", plan.cause))
    if case.is_under_age:
        return Quiet(because="the patient is too young for the regimens that b12watch holds")
    return Fires(
        severity=Severity.HIGH,
        because=case.say(
            "treatment by {} was stopped on {} by {}; it is meant for life, since the cause is {}",
            plan.regimen,
            plan.end.time.day(case.zone),
            plan.end.actor,
            plan.cause,
        ),
        since=plan.end.time.instant(case.zone),
        episode=case.treatment_episode,
        wanted=_WANTED,
        source=STATEMENTS,
        evidence=(plan,),
    )
