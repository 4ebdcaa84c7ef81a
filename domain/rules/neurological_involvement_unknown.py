"""The plan does not say whether there is neurological involvement, on which the regimen depends.

Asked from a day after the start on (the plan's, or the first dose if that came earlier).  Once the loading doses are
given the next dose cannot be told without it: then `injection-overdue` asks.  Source: S1, section 8.6, section 8.8.
"""

from __future__ import annotations

from domain.case import Case
from domain.facts import YesNoUnknown
from domain.judgement import CannotTell, Judgement, Quiet, Severity
from domain.moment import Moment
from domain.paperwork import paperwork_opens
from domain.phase import Phase
from domain.policy import Policy
from domain.views import View
from domain.window import INVOLVEMENT, Unclear

RULE_ID, VERSION = "neurological-involvement-unknown", 1
STATEMENTS = "S1, section 8.6, section 8.8"
READS = View.PLAN | View.START | View.PHASE | View.WINDOW


def judge(case: Case, policy: Policy, now: Moment) -> Judgement:
    """Whether neurological involvement has yet to be recorded."""
    plan = case.plan
    if plan is None or case.phase is Phase.ENDED:
        return Quiet(because="no treatment is under way")
    if plan.neurological_involvement is not YesNoUnknown.UNKNOWN:
        return Quiet(because=case.say("neurological involvement: {}", plan.neurological_involvement))
    if case.entered_after_loading:
        return Quiet(because="the patient came to us after the start: its rules do not apply")
    if case.is_under_age:
        return Quiet(because="the patient is too young for the regimens that b12watch holds")
    if case.regimen is not None and case.regimen.is_prophylaxis:
        return Quiet(because="nothing is deficient yet: the regimen does not depend on it")
    window = case.next_dose
    if isinstance(window, Unclear) and window.missing == INVOLVEMENT:
        return Quiet(because="the next dose hangs on it: injection-overdue asks for it")
    opens = paperwork_opens(case, policy)
    if not now.reached(opens):
        return Quiet(because=case.say("it is asked for from {} on", opens))
    return CannotTell(
        severity=Severity.MEDIUM,
        because="the plan does not say whether there is neurological involvement; unknown does not count as no",
        missing=INVOLVEMENT,
        since=opens,
        episode=case.treatment_episode,
        wanted="find out whether there is neurological involvement, and record it in the plan",
        source="S1, section 8.8",
        evidence=(plan,),
    )
