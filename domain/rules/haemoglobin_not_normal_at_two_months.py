"""Haemoglobin is not normal two months after the start, or nobody has measured it since.

The start is the first dose that counted.  From day 56 the result is on the list of things to come; the alert opens at
00:00 ward time of the day after two calendar months.  Under a prophylaxis no result is waited for, and one that is low
counts.  A low one that is also a fall of 20 g/L is high at least: while this question is open, haemoglobin-falling says
nothing of it.  Source: S12, S18, section 8.5 (section 3 for the fall).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.calendar import ClinicalTime, add_months, after_day, start_of_day
from domain.case import Case
from domain.facts import Finding, LabResult
from domain.haemoglobin import Haemoglobin, Reading, newest_of, told
from domain.haemoglobin_fall import fall_of, readings_of
from domain.judgement import CannotTell, Fires, Judgement, Quiet, Severity
from domain.moment import Moment
from domain.phase import Phase
from domain.policy import Policy
from domain.runs import first_of_run
from domain.views import View

RULE_ID, VERSION = "haemoglobin-not-normal-at-two-months", 3
STATEMENTS = "S18, section 8.5"
READS = View.PLAN | View.START | View.PHASE | View.READINGS | View.FINDINGS

_SOURCE = "S18, section 8.5"
_TAKE = "take a full blood count with reticulocytes"
_PREVENTS = "the treatment is a prophylaxis: nobody waits for haemoglobin to become normal"
_REVIEW = "review the response: doses really given, iron, folate, another cause"


@dataclass(frozen=True, slots=True)
class _Start:
    time: ClinicalTime
    day: date
    opens: datetime

    @property
    def episode(self) -> str:
        return f"start:{self.day.isoformat()}"


def judge(case: Case, policy: Policy, now: Moment) -> Judgement:
    """Whether haemoglobin has become normal since the start."""
    start = _start(case, policy)
    if not isinstance(start, _Start):
        return start
    since_start = _since(start, case)
    if not now.reached(start.opens):
        return _before_alert(start, since_start, case, policy, now)
    if not since_start:
        if case.regimen is not None and case.regimen.is_prophylaxis:
            return Quiet(because=_PREVENTS)
        return _no_result(start, case, policy)
    return _judge_newest(start, since_start, case, policy)


def speaks_of_newest(case: Case, policy: Policy, now: Moment) -> bool:
    """Whether the newest haemoglobin is this rule's to tell of: it is not normal, and the question is open."""
    start = _start(case, policy)
    if not isinstance(start, _Start) or not now.reached(start.opens):
        return False
    since_start = _since(start, case)
    if not since_start or newest_of(since_start, case.zone).reading is Reading.NORMAL:
        return False
    return _settled(start, since_start, case, policy) is None


def _start(case: Case, policy: Policy) -> _Start | Judgement:
    """When the treatment started; or what is to be said where that is not known, or not asked."""
    if case.plan is None or case.phase is Phase.ENDED:
        return Quiet(because="no treatment is under way")
    if case.entered_after_loading:
        return Quiet(because="the patient came to us after the start: its rules do not apply")
    if case.is_under_age:
        return Quiet(because="the patient is too young for the bands that b12watch holds")
    if case.start is None or _began_unseen(case):
        return _no_start(case)
    day = case.start.day(case.zone)
    return _Start(case.start, day, after_day(add_months(day, policy.haemoglobin.alert_months), case.zone))


def _since(start: _Start, case: Case) -> list[Haemoglobin]:
    return [h for h in case.haemoglobins if h.time.is_after(start.time, case.zone)]


def _began_unseen(case: Case) -> bool:
    """Whether doses were given before the patient came to us, and the plan does not say since when."""
    entry = case.entry
    return entry is not None and entry.treatment_started is None


def _no_start(case: Case) -> Judgement:
    if not _began_unseen(case) or case.phase is Phase.NOT_STARTED:  # or only a prophylaxis has begun
        return Quiet(because="no dose that counts is recorded")
    assert case.plan is not None
    return CannotTell(
        severity=Severity.MEDIUM,
        because="nothing says when the treatment started",
        missing="the day on which treatment started",
        since=case.plan.starts.instant(case.zone),
        episode=case.treatment_episode,
        wanted="record when the treatment started",
        source=_SOURCE,
        evidence=(case.plan,),
    )


def _before_alert(start: _Start, since_start: list[Haemoglobin], case: Case, policy: Policy, now: Moment) -> Quiet:
    last_day = add_months(start.day, policy.haemoglobin.alert_months)
    because = case.say("treatment started on {}: haemoglobin is judged after {}", start.day, last_day)
    wanted_from = start_of_day(start.day + timedelta(days=policy.haemoglobin.check_day), case.zone)
    is_normal = bool(since_start) and newest_of(since_start, case.zone).reading is Reading.NORMAL
    prevents = case.regimen is not None and case.regimen.is_prophylaxis
    if is_normal or prevents or not now.reached(wanted_from):
        return Quiet(because=because)
    return Quiet(because=because, coming=case.say("haemoglobin result wanted by {}", last_day))


def _no_result(start: _Start, case: Case, policy: Policy) -> CannotTell:
    """No result since the start: a note where the baseline was normal, else a thing to do."""
    earliest = start.day - timedelta(days=policy.haemoglobin.baseline_days)
    before = [h for h in case.haemoglobins if h.time.day(case.zone) >= earliest]
    baseline = [newest_of(before, case.zone)] if before else []
    is_normal = any(h.reading is Reading.NORMAL for h in baseline)
    known = case.say("; before it was {}", told(baseline[0], case.zone)) if baseline else ", and none shortly before it"
    return CannotTell(
        severity=Severity.INFO if is_normal else Severity.MEDIUM,
        because=case.say("no haemoglobin result is known since the start on {}{}", start.day, known),
        missing="a haemoglobin result since the start",
        since=start.opens,
        episode=start.episode,
        wanted=_TAKE,
        source=_SOURCE,
        evidence=tuple(h.result for h in baseline),
    )


def _judge_newest(start: _Start, since_start: list[Haemoglobin], case: Case, policy: Policy) -> Judgement:
    newest, zone = newest_of(since_start, case.zone), case.zone
    if newest.reading is Reading.NORMAL:
        return Quiet(because=case.say("haemoglobin was {}: normal by {}", told(newest, case.zone), newest.limit))
    settled = _settled(start, since_start, case, policy)
    if settled is not None:
        became = told(settled, case.zone)
        return Quiet(because=case.say("haemoglobin became normal: {}; later lows are another concern", became))
    since = max(start.opens, _not_normal_since(newest, since_start, case))
    severity, value = _severity(newest, start, case, policy), told(newest, zone)
    rests_on: tuple[LabResult, ...] = (newest.result,)
    fell_from = _fell_from(newest, case, policy)
    if fell_from is not None:
        severity = max(severity, Severity.HIGH)
        rests_on = (newest.result, fell_from.result)
        value = case.say("{}, down from {}", value, told(fell_from, zone))
    text = case.say("haemoglobin was {}; treatment started on {}", value, start.day)
    if newest.reading is Reading.CANNOT_TELL:
        return CannotTell(
            severity=severity,
            because=case.say("{}; whether that is normal cannot be told: {}", text, newest.doubt),
            missing=case.say("a haemoglobin result that can be judged ({})", newest.doubt),
            since=since,
            episode=start.episode,
            wanted=_TAKE,
            source=_SOURCE,
            evidence=rests_on,
        )
    accepted = other_cause_accepted(newest.result, since_start, case, policy)
    if accepted is not None:
        return Quiet(because=case.say("another cause was accepted on {}", accepted.day(zone)))
    return Fires(
        severity=severity,
        because=case.say("{}; below {}", text, newest.limit),
        since=since,
        episode=start.episode,
        wanted=_REVIEW,
        source=_SOURCE,
        evidence=rests_on,
    )


def _fell_from(newest: Haemoglobin, case: Case, policy: Policy) -> Haemoglobin | None:
    """The highest since day 7, where the newest result is certainly a fall from it."""
    readings = readings_of(case, policy)
    fall = fall_of(readings, case, policy) if readings and newest.result.has_value else None
    return fall.highest if fall is not None and fall.is_certain and fall.newest is newest else None


def _severity(newest: Haemoglobin, start: _Start, case: Case, policy: Policy) -> Severity:
    """A very low value soon after the start is the known baseline, no news: high, not critical."""
    news_after = start.day + timedelta(days=policy.haemoglobin.critical_after_days)
    if newest.severity is Severity.CRITICAL and newest.result.time.day(case.zone) <= news_after:
        return Severity.HIGH
    return newest.severity


def _settled(start: _Start, since_start: list[Haemoglobin], case: Case, policy: Policy) -> Haemoglobin | None:
    """The normal result that settled the question for good; a low one reopens it only up to so many months."""
    last_day = add_months(start.day, policy.haemoglobin.reopens_months)
    within = [h for h in since_start if h.result.time.day(case.zone) <= last_day]
    after = since_start[len(within) :]
    # a question still open when the months were over stays open until the first normal result, which settles it
    settling = [*within[-1:], *after]
    is_past = bool(after)
    return next((h for h in settling if h.reading is Reading.NORMAL), None) if is_past else None


def _not_normal_since(newest: Haemoglobin, readings: list[Haemoglobin], case: Case) -> datetime:
    """When the present unbroken run of results that are not normal began."""
    began = first_of_run(newest, readings, lambda h: h.reading is Reading.NORMAL, case.zone)
    return began.time.instant(case.zone)


def other_cause_accepted(
    newest: LabResult, since_start: Sequence[Haemoglobin], case: Case, policy: Policy
) -> ClinicalTime | None:
    """When an accepted other cause explains the low value, until it has fallen further."""
    accepted = case.found(Finding.OTHER_CAUSE_ACCEPTED)
    if not accepted:
        return None
    time = accepted[-1].time
    known = [h.result for h in since_start if h.result.has_value and not h.result.time.is_after(time, case.zone)]
    if not known or newest.amount <= known[-1].amount - policy.haemoglobin.other_cause_fall_g_per_l:
        return None
    return time
