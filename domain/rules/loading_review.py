"""A loading that has no end of its own waits for a clinician's review.

Opens on day 21 after the first dose, or after the later plan that asked for such a loading; "still improving" answers
it for 7 days each time.  High from day 42.  While it is open, `neurology-not-better-at-one-month` does not ask for an
assessment once more.  Source: S2, section 8.6.
"""

from __future__ import annotations

from datetime import timedelta

from domain.calendar import start_of_day
from domain.case import Case
from domain.facts import ClinicalAssessment
from domain.judgement import Fires, Judgement, Quiet, Severity
from domain.moment import Moment
from domain.neurology import NEUROLOGICAL, Begun, begun_open_loading, review_due, worse
from domain.policy import Policy
from domain.views import View
from domain.words import Text, fact_says

RULE_ID, VERSION = "loading-review", 2
STATEMENTS = "S2, section 8.6"
READS = View.PLAN | View.START | View.DOSES | View.PHASE | View.FINDINGS

_WANTED = 'examine the patient, and record "still improving" or "no further improvement"'


def judge(case: Case, policy: Policy, now: Moment) -> Judgement:
    """Whether an open-ended loading is to be reviewed at this moment."""
    due, start = review_due(case, policy), begun_open_loading(case)
    if due is None or start is None:
        return Quiet(because="no loading is known to go on that only a clinician can end")
    if not now.reached(due):
        return Quiet(because=case.say("the review of the loading is due from {} on", due))
    if worse(case):
        return Quiet(because="neurological symptoms are worse: neurology-worse asks for the review")
    high_from = start_of_day(start.day + timedelta(days=policy.neurology.review_high_day), case.zone)
    newest = case.found(*NEUROLOGICAL)[-1:]
    assert case.plan is not None, "there is a regimen, so there is a plan"
    return Fires(
        severity=Severity.HIGH if now.reached(high_from) else Severity.MEDIUM,
        because=_because(start, newest, case),
        since=due,
        episode=case.treatment_episode,
        wanted=_WANTED,
        source="S2, section 8.6",
        evidence=(*newest, *start.evidence(case.plan)),
    )


def _because(start: Begun, newest: tuple[ClinicalAssessment, ...], case: Case) -> Text:
    going_on = 'loading goes on until "no further improvement" is recorded; it is known since {}'
    if not newest:
        return case.say(f"{going_on}, and no neurological assessment is recorded", start.day)
    says = fact_says(newest[0])
    return case.say(f"{going_on}; the newest assessment, of {{}}, says: {{}}", start.day, newest[0].time, says)
