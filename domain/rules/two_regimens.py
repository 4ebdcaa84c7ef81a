"""Two plans with different regimens are in force at once, and nothing tells which of them holds.

They began on one day, or different sources sent them, and neither is ended.  The one that began last is watched
meanwhile.  Source: section 5.6.
"""

from __future__ import annotations

from domain.case import Case
from domain.judgement import CannotTell, Judgement, Quiet, Severity
from domain.moment import Moment
from domain.paperwork import asked_since
from domain.phase import Phase
from domain.policy import Policy
from domain.views import View

RULE_ID, VERSION = "two-regimens", 1
STATEMENTS = "section 5.6"
READS = View.PLAN | View.PHASE


def judge(case: Case, policy: Policy, now: Moment) -> Judgement:
    """Whether another plan is in force beside the one that is watched."""
    plan, plans = case.plan, case.plans
    if plan is None or plans is None or case.phase is Phase.ENDED:
        return Quiet(because="no treatment is under way")
    if case.is_under_age:
        return Quiet(because="the patient is too young for the regimens that b12watch holds")
    if not plans.rivals:
        return Quiet(because="one regimen is in force")
    others = plans.rivals
    listed = ", ".join(["{} of {}, from {}"] * len(others))
    return CannotTell(
        severity=Severity.MEDIUM,
        because=case.say(
            f"beside the plan {{}} of {{}}, from {{}}, which is watched, others are in force: {listed}",
            *(value for p in (plan, *others) for value in (p.regimen, p.starts, p.source)),
        ),
        missing="which of the regimens holds",
        since=max(max(asked_since(p, case), p.starts.instant(case.zone)) for p in (plan, *others)),
        episode=case.treatment_episode,
        wanted="ask the prescribers which plan holds, and end the others",
        source=STATEMENTS,
        evidence=(plan, *others),
    )
