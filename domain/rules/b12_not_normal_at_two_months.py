"""Vitamin B12 is not normal two months after the start, or nobody has measured it since.

By mouth the level tells whether the treatment works: low is high, no result is medium.  On injections it is nearly
always high and proves nothing; a low one is a strong signal (no dose was given, another patient, another unit), and
that there is none is a note for six months.  The newest result decides, also later: no other rule reads the level.
Samples of the first week may be the baseline and are not read.  The alert opens as that for haemoglobin: at 00:00 ward
time of the day after two calendar months.  After a change from injections to tablets the months count from the plan
that changed it: only a level from then on tells of the tablets; a low one stays a concern until a newer one is not low.
Source: S18, section 3 for injections, section 8.5 for the days.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import NamedTuple

from domain.b12 import B12, in_order, newest_of, read
from domain.by_mouth import tablets_since
from domain.calendar import add_months, after_day, start_of_day
from domain.case import Case
from domain.facts import Analyte, LabResult
from domain.judgement import CannotTell, Fires, Judgement, Quiet, Severity
from domain.moment import Moment
from domain.policy import Policy
from domain.runs import first_of_run
from domain.views import View

RULE_ID, VERSION = "b12-not-normal-at-two-months", 3
STATEMENTS = "S18, section 3, section 8.5"
READS = View.PLAN | View.START | View.VITAMIN_B12 | View.ACTIVE_B12

_SOURCE = "S18, section 8.5"
_PROVES_NOTHING = "a normal vitamin B12 on injections proves nothing: haemoglobin, reticulocytes and symptoms tell"
_MEASURE = "measure vitamin B12"
_NEED_NOT = "measure vitamin B12 only where it is doubted that the doses were given"
_REVIEW_ORAL = "review the treatment by mouth: whether it is taken and absorbed, and injections instead"
_REVIEW_INJECTIONS = "check that the doses were given, that the sample is of this patient, and the unit"


class _Treatment(NamedTuple):
    """When the whole of it started, since when it is as it is, until which day the alert waits, and whether B12 is
    taken by mouth."""

    started: date
    day: date
    last_day: date
    opens: datetime
    is_oral: bool

    @property
    def episode(self) -> str:
        return f"start:{self.started.isoformat()}"

    def tells_from(self, policy: Policy) -> date:
        """The first day whose samples tell of the treatment."""
        return self.day + timedelta(days=policy.b12.response_days)


def judge(case: Case, policy: Policy, now: Moment) -> Judgement:
    """Whether vitamin B12 has become normal since the start."""
    if case.plans is None or case.plans.ended:
        return Quiet(because="no treatment is under way")
    if case.entered_after_loading:
        return Quiet(because="the patient came to us after the start: its rules do not apply")
    if case.is_under_age:
        return Quiet(because="the patient is too young for the limits that b12watch holds")
    if case.start is None:
        return Quiet(because="no dose that counts is recorded")
    if case.entry is not None and case.entry.treatment_started is None:
        return Quiet(because="nothing says when the treatment started: that is asked elsewhere")
    treatment = _treatment(case, policy, now)
    if not now.reached(treatment.opens):
        return _before_alert(treatment, case, policy, now)
    newest = _newest(treatment, case, policy)
    if newest is None:
        return _no_result(treatment, case, policy, now)
    return _judge_newest(treatment, newest, case, policy)


def _treatment(case: Case, policy: Policy, now: Moment) -> _Treatment:
    """The whole treatment, or that by mouth which took its place; a low level is not forgotten with the change."""
    assert case.start is not None, "without a start nothing is counted from it"
    started, is_oral = case.start.day(case.zone), case.regimen is not None and case.regimen.is_oral
    whole = _counted(started, started, is_oral, case, policy)
    changed = tablets_since(case) if is_oral else None
    if changed is None or changed == started:
        return whole
    newest = _newest(whole, case, policy) if now.reached(whole.opens) else None
    return whole if newest is not None and newest.is_low else _counted(started, changed, is_oral, case, policy)


def _counted(started: date, day: date, is_oral: bool, case: Case, policy: Policy) -> _Treatment:
    last_day = add_months(day, policy.b12.alert_months)
    return _Treatment(started, day, last_day, after_day(last_day, case.zone), is_oral)


def _newest(treatment: _Treatment, case: Case, policy: Policy) -> B12 | None:
    """The newest total or active B12, where it can tell of the treatment."""
    total, active = case.results(Analyte.VITAMIN_B12), case.results(Analyte.ACTIVE_B12)
    results = in_order((*total, *active), case.zone) if total and active else total or active
    if not results or results[-1].time.day(case.zone) < treatment.tells_from(policy):
        return None
    return newest_of(results, policy.b12, case.zone)


def _before_alert(treatment: _Treatment, case: Case, policy: Policy, now: Moment) -> Quiet:
    because = case.say("treatment started on {}: vitamin B12 is judged after {}", treatment.day, treatment.last_day)
    if not treatment.is_oral:
        return Quiet(because=because)
    wanted_from = start_of_day(treatment.day + timedelta(days=policy.b12.check_day), case.zone)
    if not now.reached(wanted_from):
        return Quiet(because=because)
    newest = _newest(treatment, case, policy)
    if newest is not None and newest.is_low is False:
        return Quiet(because=because)
    return Quiet(because=because, coming=case.say("vitamin B12 result wanted by {}", treatment.last_day))


def _no_result(treatment: _Treatment, case: Case, policy: Policy, now: Moment) -> Judgement:
    """By mouth a thing to do; on injections a note, for some months."""
    if not treatment.is_oral:
        asked_until = add_months(treatment.day, policy.b12.asked_months)
        if now.reached(after_day(asked_until, case.zone)):
            return Quiet(because=case.say("on injections vitamin B12 is not asked about after {}", asked_until))
    return CannotTell(
        severity=Severity.MEDIUM if treatment.is_oral else Severity.INFO,
        because=case.say(
            "no vitamin B12 result tells of the treatment that started on {}{}",
            treatment.day,
            "" if treatment.is_oral else "; on injections it need not be measured",
        ),
        missing="a vitamin B12 result since the start",
        since=treatment.opens,
        episode=treatment.episode,
        wanted=_MEASURE if treatment.is_oral else _NEED_NOT,
        source=_SOURCE,
    )


def _judge_newest(treatment: _Treatment, newest: B12, case: Case, policy: Policy) -> Judgement:
    if newest.is_low is False:
        if not treatment.is_oral:
            return Quiet(because=case.say("{}; {}", newest, _PROVES_NOTHING))
        return Quiet(because=case.say("{}: not below {}", newest, newest.lower_text))
    since = max(treatment.opens, _not_normal_since(newest, case, policy))
    text = case.say("{}; treatment started on {}", newest, treatment.day)
    if newest.is_low is None:
        return CannotTell(
            severity=Severity.MEDIUM,
            because=case.say("{}; whether that is below {} cannot be told", text, newest.lower_text),
            missing="a vitamin B12 result that can be judged",
            since=since,
            episode=treatment.episode,
            wanted=_MEASURE,
            source=_SOURCE,
            evidence=(newest.result,),
        )
    assert case.plan is not None
    signal = "" if treatment.is_oral else "; on injections that is not expected"
    return Fires(
        severity=Severity.HIGH,
        because=case.say("{}; below {}{}", text, newest.lower_text, signal),
        since=since,
        episode=treatment.episode,
        wanted=_REVIEW_ORAL if treatment.is_oral else _REVIEW_INJECTIONS,
        source=_SOURCE,
        evidence=(newest.result, case.plan),
    )


def _not_normal_since(newest: B12, case: Case, policy: Policy) -> datetime:
    """When the present unbroken run of results that are not normal began; it may reach back to before the start."""
    results = in_order((*case.results(Analyte.VITAMIN_B12), *case.results(Analyte.ACTIVE_B12)), case.zone)

    def is_fine(result: LabResult) -> bool:
        return read(result, policy.b12, case.zone).is_low is False

    return first_of_run(newest.result, results, is_fine, case.zone).time.instant(case.zone)
