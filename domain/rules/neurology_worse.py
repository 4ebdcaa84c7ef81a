"""The newest assessment says that neurological symptoms are worse, at any time under treatment.

Critical, also after the plateau, until an assessment of a later day says otherwise; of two of one day, the worse one
stands.  No assessment starts the loading again: only a new plan does.  Source: S19, section 8.6.
"""

from __future__ import annotations

from datetime import datetime

from domain.case import Case
from domain.facts import ClinicalAssessment
from domain.judgement import Fires, Judgement, Quiet, Severity
from domain.moment import Moment
from domain.neurology import worse
from domain.paperwork import asked_since
from domain.phase import Phase
from domain.plans import Plans
from domain.policy import Policy
from domain.views import View

RULE_ID, VERSION = "neurology-worse", 1
STATEMENTS = "S19, section 8.6"
READS = View.PLAN | View.START | View.DOSES | View.PHASE | View.FINDINGS

_EXAMINE = "examine the patient now and ask neurology; do not delay doses for it"
_EXAMINE_LOADED = f"{_EXAMINE}; loading starts again only with a new plan that restarts it"


def judge(case: Case, policy: Policy, now: Moment) -> Judgement:
    """Whether neurological symptoms are worse by what was found last."""
    if case.plan is None or case.plans is None or case.phase is Phase.ENDED:
        return Quiet(because="no treatment is under way")
    if case.is_under_age:
        return Quiet(because="the patient is too young for the rules that b12watch holds")
    run = worse(case)
    if not run:
        return Quiet(because="the newest neurological assessment, if there is one, does not say worse")
    first, newest = run[0], run[-1]
    return Fires(
        severity=Severity.CRITICAL,
        because=case.say("neurological symptoms were found to be worse on {}", newest.time),
        since=_since(first, case.plans, case),
        episode=f"worse:{first.time.day(case.zone).isoformat()}",
        wanted=_EXAMINE if case.phase in (Phase.NOT_STARTED, Phase.LOADING) else _EXAMINE_LOADED,
        source="S19, section 8.6",
        evidence=(newest, case.plan),
    )


def _since(first: ClinicalAssessment, plans: Plans, case: Case) -> datetime:
    """Since it was found; before the plan of a new patient was known nobody here could act on it."""
    found = first.time.instant(case.zone)
    return found if case.entry is not None else max(found, asked_since(plans.first, case))
