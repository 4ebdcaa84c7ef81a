"""Whether reticulocytes rose after the first doses, and whether that is asked at all.

They rise from day 3 on and have their height about days 5 to 7; by the end of day 10 they are above the normal range,
or did not rise.  That is asked where haemoglobin was low at the start, until haemoglobin itself is judged two months
after it, or has risen.  Source: section 3 of the clinical reference.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from domain.calendar import ClinicalTime, add_months, after_day
from domain.case import Case
from domain.comparison import is_above, least_of, most_of
from domain.facts import Analyte, Finding, LabResult
from domain.haemoglobin import Haemoglobin, Reading, newest_of
from domain.moment import Moment
from domain.phase import Phase
from domain.policy import Policy
from domain.views import View
from domain.words import Text

QUESTION_READS = View.PLAN | View.START | View.DOSES | View.READINGS | View.FINDINGS | View.RETICULOCYTES


@dataclass(frozen=True, slots=True)
class Question:
    """What is known of a response that nobody saw yet.

    `day` is that of the first dose, `last_day` that by whose end they have risen; `baseline` the haemoglobin of the
    start, where one is known; `counts` the absolute counts of the days between, of which none is certainly raised.
    """

    day: date
    last_day: date
    baseline: Haemoglobin | None
    counts: tuple[LabResult, ...]

    @property
    def was_low(self) -> bool:
        return self.baseline is not None and self.baseline.by_limit is Reading.LOW


def question_of(case: Case, policy: Policy, now: Moment) -> Question | Text:
    """The question; or why it is not asked, or answered."""
    why_not = _why_not(case)
    if why_not or case.start is None:
        return why_not or "no dose that counts is recorded"
    start, day, zone = case.start, case.start.day(case.zone), case.zone
    judged = add_months(day, policy.haemoglobin.alert_months)
    if now.reached(after_day(judged, zone)):
        return case.say("treatment started on {}: after {} haemoglobin itself tells", day, judged)
    if case.found(Finding.RESPONSE_CONFIRMED):
        return "a clinician confirmed the response"
    limits = policy.reticulocytes
    rises, last_day = day + timedelta(days=limits.from_day), day + timedelta(days=limits.until_day)
    counts = [r for r in case.results(Analyte.RETICULOCYTES) if r.has_value and r.time.day(zone) >= rises]
    risen = next((r for r in counts if is_above(r, limits.raised_above)), None)
    if risen is not None:
        return case.say("reticulocytes were {} on {}", risen, risen.time)
    baseline = _baseline(start, rises, case, policy)
    better = _better(start, baseline, case, policy)
    if better is not None:
        return case.say("haemoglobin was {} on {}, which shows the response", better.result, better.time)
    if baseline is not None and baseline.reading is Reading.NORMAL:
        return case.say("haemoglobin was {} at the start, on {}: normal", baseline.result, baseline.time)
    return Question(day, last_day, baseline, tuple(r for r in counts if r.time.day(zone) <= last_day))


def _why_not(case: Case) -> Text:
    """Why there is no response to wait for; empty where there is."""
    if case.plans is None or case.plans.ended:
        return "no treatment is under way"
    if case.entered_after_loading:
        return "the patient came to us after the start: its rules do not apply"
    if case.is_under_age:
        return "the patient is too young for the bands that b12watch holds"
    if case.regimen is not None and case.regimen.is_prophylaxis:
        return "the treatment is a prophylaxis: there is no response to wait for"
    if case.entry is not None and case.entry.treatment_started is None:
        return "nothing says when the treatment started: that is asked elsewhere"
    return ""


def _baseline(start: ClinicalTime, rises: date, case: Case, policy: Policy) -> Haemoglobin | None:
    """The last haemoglobin before the first dose; where there is none, the first after it, before anything can rise."""
    earliest = start.day(case.zone) - timedelta(days=policy.haemoglobin.baseline_days)
    known = [h for h in case.haemoglobins if h.result.has_value and earliest <= h.time.day(case.zone) < rises]
    before = [h for h in known if not h.time.is_after(start, case.zone)]
    return newest_of(before, case.zone) if before else next(iter(known), None)


def _better(start: ClinicalTime, baseline: Haemoglobin | None, case: Case, policy: Policy) -> Haemoglobin | None:
    """The newest haemoglobin since the start where it shows the response: it is normal, or has risen."""
    since = [h for h in case.haemoglobins if h.result.has_value and h.time.is_after(start, case.zone)]
    if not since:
        return None
    newest = newest_of(since, case.zone)
    if newest.reading is Reading.NORMAL:
        return newest
    if baseline is None or newest.is_transfused:
        return None
    now, then = least_of(newest.result), most_of(baseline.result)
    has_risen = now is not None and then is not None and now - then >= policy.reticulocytes.haemoglobin_rise_g_per_l
    return newest if has_risen else None


def did_not_rise(asked: Question, policy: Policy) -> bool:
    """Whether what was counted shows that there was no rise, where one had to be seen."""
    raised = policy.reticulocytes.raised_above
    return asked.was_low and bool(asked.counts) and all(is_above(r, raised) is False for r in asked.counts)


def cannot_be_told(count: LabResult, policy: Policy) -> bool:
    """Whether the count is not exact, and does not tell whether reticulocytes rose."""
    return is_above(count, policy.reticulocytes.raised_above) is None


def is_over(asked: Question, case: Case, now: Moment) -> bool:
    """Whether the days are over in which they rise."""
    return now.reached(after_day(asked.last_day, case.zone))


def next_step_waits(case: Case) -> bool:
    """Whether a step of the regimen has begun that is given where a response to the one before it is seen."""
    place = case.dosing.place
    if case.phase is not Phase.LOADING or case.regimen is None or place is None:
        return False
    return any(step.asks_response for step in case.regimen.loading[: place.number])
