"""Bariatric surgery is on record, and no vitamin B12 is: no treatment is under way, none was given, ordered, supplied.

After bariatric surgery vitamin B12 is for good, but the source gives neither dose nor route: a regimen must be chosen
(R6a, R6b or R6c), none is invented.  Asked for from a day after the operation on; what was given, ordered or handed
over without a plan counts for a while.  Source: S13, section 2 (R6).
"""

from __future__ import annotations

from domain.case import Case
from domain.facts import ConditionCode
from domain.judgement import Fires, Judgement, Quiet, Severity
from domain.moment import Moment
from domain.policy import Policy
from domain.surgery import doses_hold_until, is_covered, not_asked_again, products_hold_until, wanted_since
from domain.views import View

RULE_ID, VERSION = "bariatric-without-b12", 1
STATEMENTS = "S13, section 2"
READS = View.PLAN | View.CONDITIONS | View.COBALAMIN | View.ORDERS | View.SUPPLIES


def judge(case: Case, policy: Policy, now: Moment) -> Judgement:
    """Whether a patient after bariatric surgery has no vitamin B12 on record."""
    operations = [c for c in case.conditions if c.code is ConditionCode.BARIATRIC_SURGERY] if case.conditions else []
    if not operations:
        return Quiet(because="no bariatric surgery is recorded")
    if case.plans is not None and not case.plans.ended:
        return Quiet(because="a treatment is under way")
    if case.is_under_age:
        return Quiet(because="the patient is too young for the regimens that b12watch holds")
    if why := not_asked_again(case):
        return Quiet(because=why)
    covered = (*doses_hold_until(case, policy), *products_hold_until(case, policy))
    if is_covered(covered, now):
        return Quiet(because="vitamin B12 was given, ordered or handed over, which counts as treatment for a while")
    since = wanted_since(operations[0], covered, case, policy)
    if not now.reached(since):
        return Quiet(because=case.say("vitamin B12 is asked for from {} on", since))
    return Fires(
        severity=Severity.MEDIUM,
        because=case.say(
            "bariatric surgery is recorded on {}, and no vitamin B12 treatment is under way", operations[0].time
        ),
        since=since,
        episode="bariatric-surgery",
        wanted="choose a regimen for good: R6a, R6b (injections) or R6c (by mouth), or record why there is none",
        source=STATEMENTS,
        evidence=(operations[0], *([case.plan] if case.plan is not None else [])),
    )
