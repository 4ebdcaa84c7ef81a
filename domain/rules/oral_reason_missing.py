"""Treatment is by mouth, and nobody recorded a preference for it, a contraindication to injections or a decision.

Asked from a day after the start of the plan by mouth on, unless absorption is normal: the cause is in the diet, and no
disease or operation on record hinders it.  An unknown cause is not normal absorption.  Quiet where the cause is one for
injections: then `malabsorption-without-injections` asks.  Source: S16, S17, section 8.8.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.by_mouth import is_absorbed, is_unexplained, malabsorption
from domain.case import Case
from domain.facts import Cause, TreatmentPlan
from domain.judgement import CannotTell, Judgement, Quiet, Severity
from domain.moment import Moment
from domain.paperwork import asked_since, held_since
from domain.policy import Policy
from domain.views import View

RULE_ID, VERSION = "oral-reason-missing", 2
STATEMENTS = "S16, S17, section 8.8"
READS = View.PLAN | View.CONDITIONS

_WANTED = "record in the plan why treatment is by mouth: a preference, a contraindication, the prescriber's decision"


def judge(case: Case, policy: Policy, now: Moment) -> Judgement:
    """Whether the plan has yet to say why treatment is by mouth."""
    plan, plans = case.plan, case.plans
    if plan is None or plans is None or plans.ended:
        return Quiet(because="no treatment is under way")
    if case.regimen is None or not case.regimen.is_oral:
        return Quiet(because="the regimen is not one by mouth")
    if plan.oral_reason is not None:
        return Quiet(because=case.say("the plan says why the treatment is by mouth: {}", plan.oral_reason))
    if is_absorbed(case):
        return Quiet(because="the cause is in the diet, and absorption is normal as far as is known")
    if case.is_meant_for_life and malabsorption(case) is not None:
        return Quiet(because="malabsorption is recorded: malabsorption-without-injections asks for the reason")
    began = held_since(case, is_unexplained)
    opens = _opens(began, case, policy)
    if not now.reached(opens):
        return Quiet(because=case.say("the reason for treatment by mouth is asked for from {} on", opens))
    return CannotTell(
        severity=Severity.MEDIUM,
        because=case.say(
            "treatment is by mouth ({}), and neither a preference nor a contraindication to injections is recorded; "
            "cause: {}{}",
            plan.regimen,
            plan.cause,
            ", which is not normal absorption" if plan.cause is Cause.UNKNOWN else "",
        ),
        missing="why the treatment is by mouth",
        since=opens,
        episode=case.treatment_episode,
        wanted=_WANTED,
        source=STATEMENTS,
        evidence=(plan,),
    )


def _opens(began: TreatmentPlan, case: Case, policy: Policy) -> datetime:
    """So many hours after the plan starts; who came to us with tablets had them before the plan said so."""
    asked, entry = asked_since(began, case), case.entry
    if entry is not None and case.entered_after_loading and not began.starts.is_after(entry.starts, case.zone):
        return asked
    return max(began.starts.instant(case.zone) + timedelta(hours=policy.paperwork.opens_after_hours), asked)
