"""Urgent advice that a patient with neurological involvement needs: from neurology and from haematology (S4)."""

from __future__ import annotations

from datetime import timedelta

from domain.case import Case
from domain.facts import Finding, TreatmentPlan, YesNoUnknown
from domain.judgement import Fires, Judgement, Quiet, Severity
from domain.moment import Moment
from domain.neurology import came_after_its_start
from domain.paperwork import asked_since, held_since
from domain.phase import Phase
from domain.policy import Policy
from domain.views import View

READS = View.PLAN | View.PHASE | View.FINDINGS
_SOURCE = "S4, section 8.8"


def judge_referral(case: Case, policy: Policy, now: Moment, referred: Finding, advisers: str) -> Judgement:
    """Whether the referral to these advisers, which the finding records, is missing."""
    plan = case.plan
    if plan is None or case.phase is Phase.ENDED:
        return Quiet(because="no treatment is under way")
    if case.is_under_age:
        return Quiet(because="the patient is too young for the rules that b12watch holds")
    if not _is_involved(plan):
        return Quiet(because=case.say("neurological involvement: {}", plan.neurological_involvement))
    if came_after_its_start(case):
        return Quiet(because="the patient came to us after the start: its rules do not apply")
    referrals = case.found(referred)
    if referrals:
        return Quiet(because=case.say("a referral to {} was recorded on {}", advisers, referrals[0].time))
    involved = held_since(case, _is_involved)
    urgent_from = involved.time.instant(case.zone) + timedelta(hours=policy.neurology.referral_high_after_hours)
    return Fires(
        severity=Severity.HIGH if now.reached(urgent_from) else Severity.MEDIUM,
        because=case.say(
            "neurological involvement is recorded since the plan of {}, and no referral to {} is",
            involved.time,
            advisers,
        ),
        since=asked_since(involved, case),
        episode=case.treatment_episode,
        wanted=case.say("ask {} for urgent advice and record the referral; do not delay treatment for it", advisers),
        source=_SOURCE,
        evidence=(plan,) if involved is plan else (plan, involved),
    )


def _is_involved(plan: TreatmentPlan) -> bool:
    return plan.neurological_involvement is YesNoUnknown.YES
