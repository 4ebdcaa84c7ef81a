"""Vitamin B12 is not absorbed, the treatment is for life, and it is given by mouth without a word why.

Malabsorption is the cause in the plan, or a condition on record: pernicious anaemia, malabsorption, gastrectomy.  High
doses by mouth may work all the same, so the prescriber's decision is accepted: any reason that the plan gives for them,
a preference and a contraindication among them.  That such a treatment stops is said by `lifelong-treatment-stopped`.
Source: S11, S14, S16.
"""

from __future__ import annotations

from domain.by_mouth import is_unexplained, malabsorption
from domain.case import Case
from domain.facts import Condition, Fact
from domain.judgement import Fires, Judgement, Quiet, Severity
from domain.moment import Moment
from domain.paperwork import asked_since, held_since
from domain.policy import Policy
from domain.views import View

RULE_ID, VERSION = "malabsorption-without-injections", 1
STATEMENTS = "S11, S14, S16"
READS = View.PLAN | View.CONDITIONS

_WANTED = "ask the prescriber: injections, or record in the plan why the treatment is by mouth"


def judge(case: Case, policy: Policy, now: Moment) -> Judgement:
    """Whether a patient who needs injections is treated by mouth."""
    plan, plans = case.plan, case.plans
    if plan is None or plans is None or plans.ended:
        return Quiet(because="no treatment is under way")
    if case.regimen is None or not case.regimen.is_oral:
        return Quiet(because="the regimen is not one by mouth")
    if plan.oral_reason is not None:
        return Quiet(because=case.say("the plan says why the treatment is by mouth: {}", plan.oral_reason))
    if not case.is_meant_for_life:
        return Quiet(because=case.say("the cause is {}: the treatment is not for life", plan.cause))
    found = malabsorption(case)
    if found is None:
        return Quiet(because="no malabsorption is recorded")
    since = asked_since(held_since(case, lambda p: is_unexplained(p) and p.cause is plan.cause), case)
    evidence: tuple[Fact, ...] = (plan,)
    word: str = plan.cause
    if isinstance(found, Condition):
        since, word, evidence = max(since, found.time.instant(case.zone)), found.code, (found, plan)
    return Fires(
        severity=Severity.HIGH,
        because=case.say(
            "{} is recorded, and treatment is by mouth ({}) since the plan of {}, which does not say why",
            word,
            plan.regimen,
            plan.time,
        ),
        since=since,
        episode=case.treatment_episode,
        wanted=_WANTED,
        source=STATEMENTS,
        evidence=evidence,
    )
