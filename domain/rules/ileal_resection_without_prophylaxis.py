"""More than 20 cm of the ileum were removed, or nobody says how much, and there is no vitamin B12 treatment.

Exactly 20 cm is not more; what several operations removed adds up.  An unknown length counts as more, and is asked for
from a day after the start of the treatment, or after the operation, on: with or without a plan it is one alert.
Vitamin B12 that was given without a plan counts as treatment for a while (`doses-without-plan` speaks of it).
Source: S12, section 8.8.
"""

from __future__ import annotations

from collections.abc import Sequence

from domain.case import Case
from domain.facts import Cause, Condition, ConditionCode, Fact
from domain.judgement import CannotTell, Fires, Judgement, Quiet, Severity
from domain.moment import Moment
from domain.paperwork import paperwork_opens
from domain.policy import Policy
from domain.surgery import asked_after, doses_hold_until, is_covered, not_asked_again, removed_cm, wanted_since
from domain.views import View

RULE_ID, VERSION = "ileal-resection-without-prophylaxis", 2
STATEMENTS = "S12, section 8.8"
READS = View.PLAN | View.START | View.CONDITIONS | View.COBALAMIN

_LENGTH = "how much of the ileum was removed"
_RECORD = "record how much of the ileum was removed; until then it counts as enough for prophylaxis"
_TREAT = "ask for vitamin B12 prophylaxis for life (R5: an injection every month), or record why there is none"
_EPISODE = "ileal-resection"


def judge(case: Case, policy: Policy, now: Moment) -> Judgement:
    """Whether a patient without enough ileum has no vitamin B12, or whether that cannot be told."""
    plan = case.plan
    resected = [c for c in case.conditions if c.code is ConditionCode.ILEAL_RESECTION] if case.conditions else []
    if not resected and (plan is None or plan.cause is not Cause.ILEAL_RESECTION):
        return Quiet(because="no resection of the ileum is recorded")
    if case.is_under_age:
        return Quiet(because="the patient is too young for the regimens that b12watch holds")
    decisive = _decisive(resected, case, policy)
    if resected and decisive is None:
        removed, _ = removed_cm(resected, case)
        return Quiet(because=case.say("{} cm of the ileum were removed: not enough to ask for prophylaxis", removed))
    if case.plans is not None and not case.plans.ended:
        return _treated(decisive, resected, case, policy, now)
    return _untreated(decisive, resected, case, policy, now)


def _decisive(resected: Sequence[Condition], case: Case, policy: Policy) -> Condition | None:
    """The operation with which more was removed than the limit, or with which nobody can tell any more."""
    for number, operation in enumerate(resected, 1):
        removed, is_known = removed_cm(resected[:number], case)
        if removed > policy.surgery.ileum_above_cm or not is_known:
            return operation
    return None


def _is_long(resected: Sequence[Condition], case: Case, policy: Policy) -> bool:
    return removed_cm(resected, case)[0] > policy.surgery.ileum_above_cm


def _treated(
    decisive: Condition | None, resected: Sequence[Condition], case: Case, policy: Policy, now: Moment
) -> Judgement:
    """A treatment is under way: only the length may be missing."""
    plan = case.plan
    assert plan is not None
    if _is_long(resected, case, policy):
        return Quiet(because="a treatment is under way")
    opens = paperwork_opens(case, policy)
    if decisive is not None and plan.cause is not Cause.ILEAL_RESECTION:
        opens = max(opens, asked_after(decisive, case, policy))
    if not now.reached(opens):
        return Quiet(because=case.say("how much of the ileum was removed is asked for from {} on", opens))
    return CannotTell(
        severity=Severity.MEDIUM,
        because="how much of the ileum was removed is not recorded; it counts as enough for prophylaxis",
        missing=_LENGTH,
        since=opens,
        episode=_EPISODE,
        wanted=_RECORD,
        source=STATEMENTS,
        evidence=(*resected, plan),
    )


def _untreated(
    decisive: Condition | None, resected: Sequence[Condition], case: Case, policy: Policy, now: Moment
) -> Judgement:
    """No treatment is under way: prophylaxis is missing, or perhaps is."""
    if why := not_asked_again(case):
        return Quiet(because=why)
    assert decisive is not None, "a treatment with the resection as its cause was for life"
    covered = tuple(doses_hold_until(case, policy))
    if is_covered(covered, now):
        return Quiet(because="vitamin B12 was given without a plan, which counts as treatment for a while")
    since = wanted_since(decisive, covered, case, policy)
    if not now.reached(since):
        return Quiet(because=case.say("prophylaxis is asked for from {} on", since))
    evidence: tuple[Fact, ...] = (*resected, *([case.plan] if case.plan is not None else []))
    if _is_long(resected, case, policy):
        return Fires(
            severity=Severity.MEDIUM,
            because=case.say(
                "{} cm of the ileum were removed by {}, more than {} cm, and no vitamin B12 treatment is under way",
                removed_cm(resected, case)[0],
                resected[-1].time,
                policy.surgery.ileum_above_cm,
            ),
            since=since,
            episode=_EPISODE,
            wanted=_TREAT,
            source=STATEMENTS,
            evidence=evidence,
        )
    return CannotTell(
        severity=Severity.MEDIUM,
        because=case.say(
            "how much of the ileum was removed on {} is not recorded, and no vitamin B12 treatment is under way",
            decisive.time,
        ),
        missing=_LENGTH,
        since=since,
        episode=_EPISODE,
        wanted=case.say("{}; {}", _RECORD, _TREAT),
        source=STATEMENTS,
        evidence=evidence,
    )
