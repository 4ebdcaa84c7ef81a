"""The first step of cyanocobalamin is complete, and nobody recorded the response that the next step waits for.

R3 goes from daily doses to alternate days where the patient is better and reticulocytes have risen.  Cannot tell from
the dose that completes the first step until "response confirmed" is recorded, a reticulocyte count shows the rise, or
the loading is complete; where low haemoglobin shows that a rise had to be seen, reticulocyte-response-missing says from
day 11 on that there was none.  It never holds a dose back.  Source: S7, section 8.8.
"""

from __future__ import annotations

from datetime import date, datetime

from domain.calendar import start_of_day
from domain.case import Case
from domain.comparison import is_above
from domain.facts import Analyte, Finding, LabResult
from domain.judgement import CannotTell, Judgement, Quiet, Severity
from domain.moment import Moment
from domain.phase import Phase
from domain.policy import Policy
from domain.reticulocytes import QUESTION_READS, Question, did_not_rise, is_over, question_of
from domain.views import View

RULE_ID, VERSION = "response-gate-missing", 1
STATEMENTS = "S7, section 8.8"
READS = QUESTION_READS | View.PHASE

_WANTED = 'ask for reticulocytes and see the patient, then record "response confirmed"; do not hold the dose back'


def judge(case: Case, policy: Policy, now: Moment) -> Judgement:
    """Whether the response that the regimen waits for is missing."""
    place = case.dosing.place
    if case.phase is not Phase.LOADING or case.regimen is None or place is None:
        return Quiet(because="no loading is going on")
    gates = [n for n, step in enumerate(case.regimen.loading) if step.asks_response]
    if not gates:
        return Quiet(because="the regimen does not wait for a response")
    if place.number <= gates[0]:
        return Quiet(because="the step after which a response is asked for is not complete")
    if case.found(Finding.RESPONSE_CONFIRMED):
        return Quiet(because="a clinician confirmed the response")
    counts = [r for r in case.results(Analyte.RETICULOCYTES) if r.has_value and _is_after_start(r, case)]
    risen = next((r for r in counts if is_above(r, policy.reticulocytes.raised_above)), None)
    if risen is not None:
        return Quiet(because=case.say("reticulocytes were {} on {}", risen, risen.time))
    asked = question_of(case, policy, now)
    if isinstance(asked, Question) and did_not_rise(asked, policy) and is_over(asked, case, now):
        return Quiet(because="that reticulocytes did not rise is said already")
    return _missing(case, policy, counts[-1:], place.done[gates[0]])


def _is_after_start(count: LabResult, case: Case) -> bool:
    return case.start is not None and count.time.is_after(case.start, case.zone)


def _missing(case: Case, policy: Policy, newest: list[LabResult], done: date | None) -> CannotTell:
    assert case.plan is not None, "there is a regimen, so there is a plan"
    told = "no response is recorded: neither that a clinician confirmed it nor reticulocytes above {} ×10⁹/L"
    because = case.say(f"the daily doses are given, and {told}", policy.reticulocytes.raised_above)
    if newest:
        template = f"the daily doses are given, and {told}; they were {{}} on {{}}"
        because = case.say(template, policy.reticulocytes.raised_above, newest[0], newest[0].time)
    return CannotTell(
        severity=Severity.MEDIUM,
        because=because,
        missing="the response to the first doses",
        since=_since(case, done),
        episode=case.treatment_episode,
        wanted=_WANTED,
        source="S7, section 8.8",
        evidence=(*newest, case.plan),
    )


def _since(case: Case, done: date | None) -> datetime:
    """From the day of the dose that completed the step; where nobody told it, from the plan that says it was given."""
    assert case.plan is not None, "there is a regimen, so there is a plan"
    if done is not None:
        return start_of_day(done, case.zone)
    return (case.entry or case.plan).starts.instant(case.zone)
