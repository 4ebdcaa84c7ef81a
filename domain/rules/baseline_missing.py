"""No vitamin B12, or no folate, is known from before the first dose.

Asked 24 hours after the start of the treatment, for six months; one alert names what is missing.  A sample that was
certainly taken after the first dose is no baseline, nor is one more than 90 days older.  Total and active B12 are both
B12.  Treatment never waits for the results.  Source: S9, section 8.8.
"""

from __future__ import annotations

from datetime import date, timedelta

from domain.calendar import ClinicalTime, add_months, after_day
from domain.case import Case
from domain.facts import Analyte, Fact
from domain.judgement import CannotTell, Judgement, Quiet, Severity
from domain.moment import Moment
from domain.paperwork import asked_since
from domain.policy import Policy
from domain.views import View

RULE_ID, VERSION = "baseline-missing", 2
STATEMENTS = "S9, section 8.8"
READS = View.PLAN | View.START | View.DOSES | View.VITAMIN_B12 | View.ACTIVE_B12 | View.FOLATE

_MISSING = {
    (True, True): ("vitamin B12 and no folate", "vitamin B12 and folate results from before the first dose"),
    (True, False): ("vitamin B12", "a vitamin B12 result from before the first dose"),
    (False, True): ("folate", "a folate result from before the first dose"),
}


def judge(case: Case, policy: Policy, now: Moment) -> Judgement:
    """Whether vitamin B12 and folate are known from before the first dose."""
    plans = case.plans
    if why := _not_asked(case):
        return Quiet(because=why)
    assert plans is not None, "without a plan nobody asks"
    start = case.start
    if start is None:
        return _not_started(case, policy)
    if case.entry is not None and case.entry.treatment_started is None:
        return Quiet(because="nothing says when the treatment started: that is asked elsewhere")
    day = start.day(case.zone)
    asked_until = add_months(day, policy.b12.asked_months)
    if now.reached(after_day(asked_until, case.zone)):
        return Quiet(because=case.say("results from before the first dose are not asked for after {}", asked_until))
    missing = _missing(day, start, case, policy)
    if missing is None:
        return Quiet(because="vitamin B12 and folate are known from before the first dose")
    opens = start.instant(case.zone) + timedelta(hours=policy.paperwork.opens_after_hours)
    if case.entry is None:
        opens = max(opens, asked_since(plans.first, case))
    if not now.reached(opens):
        return Quiet(because=case.say("results from before the first dose are asked for on {}", opens))
    none, results = missing
    return CannotTell(
        severity=Severity.MEDIUM,
        because=case.say("no {} is known from before the first dose on {}", none, day),
        missing=results,
        since=opens,
        episode=f"start:{day.isoformat()}",
        wanted="find the results from before the first dose; treatment does not wait for them",
        source=STATEMENTS,
        evidence=(_told_by(start, case),),
    )


def _not_asked(case: Case) -> str:
    """Why this patient's treatment asks for no baseline; empty where it does."""
    if case.plans is None or case.plans.ended:
        return "no treatment is under way"
    if case.entered_after_loading:
        return "the patient came to us after the start: its rules do not apply"
    if case.is_under_age:
        return "the patient is too young for the regimens that b12watch holds"
    if case.regimen is not None and case.regimen.is_prophylaxis:
        return "the treatment is a prophylaxis: nothing is deficient yet"
    return ""


def _not_started(case: Case, policy: Policy) -> Quiet:
    assert case.plans is not None
    because = "no dose that counts is recorded"
    if _missing(case.plans.first.starts.day(case.zone), None, case, policy) is None:
        return Quiet(because=because)
    return Quiet(because=because, coming="vitamin B12 and folate are wanted before the first dose")


def _missing(day: date, first_dose: ClinicalTime | None, case: Case, policy: Policy) -> tuple[str, str] | None:
    """What is not known from the time up to the first dose: words for the reason, and for what is missing."""
    earliest = day - timedelta(days=policy.b12.baseline_days)

    def is_known(analyte: Analyte) -> bool:
        for result in case.results(analyte):
            if result.quantity is None or result.time.day(case.zone) < earliest:
                continue
            if first_dose is None or not result.time.is_after(first_dose, case.zone):
                return True
        return False

    b12 = is_known(Analyte.VITAMIN_B12) or is_known(Analyte.ACTIVE_B12)
    folate = is_known(Analyte.FOLATE)
    return None if b12 and folate else _MISSING[not b12, not folate]


def _told_by(start: ClinicalTime, case: Case) -> Fact:
    """The fact that says when treatment started: the first dose, tablets handed over, or the plan."""
    first = next((dose for dose in case.doses if dose.time == start), None)
    if first is not None:
        return first.facts[0]
    by_mouth = case.dosing.by_mouth
    if by_mouth is not None and by_mouth.time == start:
        return by_mouth
    assert case.entry is not None, "what else would have told it"
    return case.entry
