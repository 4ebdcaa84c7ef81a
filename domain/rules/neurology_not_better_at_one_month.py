"""Neurological symptoms have not begun to improve one month after the start, or nobody has looked.

Any improvement suffices, and one month is a prompt to review, no proof of failure.  From day 28 the assessment is on
the list of things to come; the alert opens at 00:00 ward time of the day after one calendar month.  That nobody has
looked is left to `loading-review` while that is open.  "No further improvement", found after the month and on a later
day than the last "unchanged", answers the prompt: somebody reviewed a patient who had not improved, and decided.  What
was worse last is not answered by it.  Source: S19, section 8.6.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.calendar import add_months, after_day, start_of_day
from domain.case import Case
from domain.facts import ClinicalAssessment, Finding, YesNoUnknown
from domain.judgement import CannotTell, Fires, Judgement, Quiet, Severity
from domain.moment import Moment
from domain.neurology import (
    BETTER,
    NEUROLOGICAL,
    NOT_BETTER,
    Begun,
    begun_with_involvement,
    came_after_its_start,
    review_due,
    worse,
)
from domain.phase import Phase
from domain.policy import Policy
from domain.views import View

RULE_ID, VERSION = "neurology-not-better-at-one-month", 2
STATEMENTS = "S19, section 8.6"
READS = View.PLAN | View.START | View.DOSES | View.PHASE | View.FINDINGS

_SOURCE = "S19, section 8.6"
_REVIEW = "review the patient: doses really given, the diagnosis, advice from neurology; improvement may take longer"
_ASSESS = "examine the patient, and record whether neurological symptoms have improved"


def judge(case: Case, policy: Policy, now: Moment) -> Judgement:
    """Whether neurological symptoms have begun to improve."""
    plan = case.plan
    if plan is None or case.phase is Phase.ENDED:
        return Quiet(because="no treatment is under way")
    if plan.neurological_involvement is not YesNoUnknown.YES:
        return Quiet(because=case.say("neurological involvement: {}", plan.neurological_involvement))
    if came_after_its_start(case):
        return Quiet(because="the patient came to us after the start: its rules do not apply")
    if case.is_under_age:
        return Quiet(because="the patient is too young for the rules that b12watch holds")
    start = begun_with_involvement(case)
    if start is None:
        return Quiet(because="no dose is known from which a month could be counted")
    told = [a for a in case.found(*NEUROLOGICAL) if a.time.is_after(start.time, case.zone)]
    better = [a for a in told if a.findings.intersection(BETTER)]
    if better:
        return Quiet(because=case.say("improvement was recorded on {}", better[0].time))
    return _not_better(start, told, case, policy, now)


def _not_better(start: Begun, told: list[ClinicalAssessment], case: Case, policy: Policy, now: Moment) -> Judgement:
    """No improvement is recorded: before the month is over that is no concern."""
    last_day = add_months(start.day, policy.neurology.improvement_months)
    opens = after_day(last_day, case.zone)
    if not now.reached(opens):
        wanted_from = start_of_day(start.day + timedelta(days=policy.neurology.check_day), case.zone)
        coming = case.say("neurological assessment wanted by {}", last_day) if now.reached(wanted_from) else ""
        return Quiet(because=case.say("improvement should have begun by {}", last_day), coming=coming)
    if worse(case):
        return Quiet(because="neurological symptoms are worse: neurology-worse asks for the review")
    not_better = [a for a in told if a.findings.intersection(NOT_BETTER)]
    if not not_better:
        return _unknown(start, opens, told, case, policy, now)
    newest = not_better[-1]
    reviewed = _reviewed(newest, opens, told, case)
    if reviewed is not None:
        return Quiet(because=case.say("symptoms had not improved, and were reviewed on {}: a plateau", reviewed.time))
    assert case.plan is not None
    return Fires(
        severity=Severity.HIGH,
        because=case.say(
            "no improvement of neurological symptoms is recorded, and they had not improved on {}; treatment is known "
            "since {}",
            newest.time,
            start.day,
        ),
        since=max(opens, not_better[0].time.instant(case.zone)),
        episode=case.treatment_episode,
        wanted=_REVIEW,
        source=_SOURCE,
        evidence=(newest, *start.evidence(case.plan)),
    )


def _reviewed(
    newest: ClinicalAssessment, opens: datetime, told: list[ClinicalAssessment], case: Case
) -> ClinicalAssessment | None:
    """The plateau that was found after the month in a patient who had been unchanged on a day before."""
    if Finding.NEUROLOGY_WORSE in newest.findings:
        return None
    zone = case.zone
    return next(
        (
            a
            for a in told
            if Finding.NO_FURTHER_IMPROVEMENT in a.findings
            and a.time.instant(zone) >= opens
            and a.time.day(zone) > newest.time.day(zone)
        ),
        None,
    )


def _unknown(
    start: Begun, opens: datetime, told: list[ClinicalAssessment], case: Case, policy: Policy, now: Moment
) -> Judgement:
    """Nobody said whether symptoms improved, be it that only the plateau was recorded."""
    review = review_due(case, policy)
    if review is not None and now.reached(review):
        return Quiet(because="no neurological assessment is recorded: loading-review asks for one")
    assert case.plan is not None
    return CannotTell(
        severity=Severity.MEDIUM,
        because=case.say(
            "no assessment says whether neurological symptoms improved; treatment is known since {}", start.day
        ),
        missing="whether neurological symptoms have improved since the start",
        since=opens,
        episode=case.treatment_episode,
        wanted=_ASSESS,
        source=_SOURCE,
        evidence=(*told[-1:], *start.evidence(case.plan)),
    )
