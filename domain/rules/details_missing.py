"""The plan leaves unsaid what other rules need: the cause, the sex, the birth date.

Asked from a day after the start on, in one alert.  Neurological involvement and the length of a resection have rules of
their own.  Source: S22, section 8.8.
"""

from __future__ import annotations

from domain.case import Case
from domain.facts import Cause, Sex, TreatmentPlan
from domain.judgement import CannotTell, Judgement, Quiet, Severity
from domain.moment import Moment
from domain.paperwork import paperwork_opens
from domain.phase import Phase
from domain.policy import Policy
from domain.views import View

RULE_ID, VERSION = "details-missing", 2
STATEMENTS = "S22, section 8.8"
READS = View.PLAN | View.START | View.PHASE


def judge(case: Case, policy: Policy, now: Moment) -> Judgement:
    """Whether the plan has yet to say something about the patient."""
    plan = case.plan
    if plan is None or case.phase is Phase.ENDED:
        return Quiet(because="no treatment is under way")
    if case.is_under_age:
        return Quiet(because="the patient is too young for the rules that b12watch holds")
    unsaid = _unsaid(plan)
    if not unsaid:
        return Quiet(because="the plan says cause, sex and birth date")
    opens = paperwork_opens(case, policy)
    if not now.reached(opens):
        return Quiet(because=case.say("what the plan leaves unsaid is asked for from {} on", opens))
    return CannotTell(
        severity=Severity.MEDIUM,
        because=case.say("the plan does not say: {}", unsaid),
        missing=unsaid,
        since=opens,
        episode=case.treatment_episode,
        wanted=case.say("record in the plan: {}", unsaid),
        source=STATEMENTS,
        evidence=(plan,),
    )


def _unsaid(plan: TreatmentPlan) -> str:
    """The names of what is missing, as a list for people; empty where nothing is."""
    names = []
    if plan.cause is Cause.UNKNOWN:
        names.append("cause")
    if plan.sex is Sex.UNKNOWN:
        names.append("sex")
    if plan.birth_date is None:
        names.append("birth date")
    return ", ".join(names)
