"""The regimen is one for patients whose neurological involvement is not what the plan says.

With involvement on a regimen for patients without it: high, loading and intervals are too short of what is needed.
Without involvement on the regimen for patients with it: medium, one of the two is recorded wrongly.  The prescribed
schedule is watched meanwhile.  Source: S1, section 8.6.
"""

from __future__ import annotations

from domain.case import Case
from domain.facts import TreatmentPlan, YesNoUnknown
from domain.judgement import Fires, Judgement, Quiet, Severity
from domain.moment import Moment
from domain.paperwork import asked_since, held_since
from domain.phase import Phase
from domain.policy import Policy
from domain.regimens import REGIMENS
from domain.views import View

RULE_ID, VERSION = "regimen-mismatch", 1
STATEMENTS = "S1, section 8.6"
READS = View.PLAN | View.PHASE

_WANTED = "ask the prescriber: correct the regimen or the neurological involvement in the plan"


def judge(case: Case, policy: Policy, now: Moment) -> Judgement:
    """Whether regimen and neurological involvement contradict each other."""
    plan, regimen = case.plan, case.regimen
    if plan is None or case.phase is Phase.ENDED:
        return Quiet(because="no treatment is under way")
    if regimen is None:
        return Quiet(because="the regimen is none that b12watch watches")
    if not _mismatches(plan):
        return Quiet(
            because=case.say(
                "neurological involvement: {}, on a regimen for: {}",
                plan.neurological_involvement,
                regimen.for_involvement or "any",
            )
        )
    involved = plan.neurological_involvement is YesNoUnknown.YES
    return Fires(
        severity=Severity.HIGH if involved else Severity.MEDIUM,
        because=case.say(
            "neurological involvement is {}, and regimen {} is for patients {} it; the schedule of {} is watched "
            "meanwhile",
            plan.neurological_involvement,
            regimen.code,
            "without" if involved else "with",
            regimen.code,
        ),
        since=asked_since(held_since(case, _mismatches), case),
        episode=case.treatment_episode,
        wanted=_WANTED,
        source="S1, section 8.6",
        evidence=(plan,),
    )


def _mismatches(plan: TreatmentPlan) -> bool:
    regimen, involved = REGIMENS.get(plan.regimen), plan.neurological_involvement
    if regimen is None or regimen.for_involvement is None or involved is YesNoUnknown.UNKNOWN:
        return False
    return regimen.for_involvement is not involved
