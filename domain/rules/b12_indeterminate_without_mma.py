"""Vitamin B12 lies in the grey zone, and nobody has measured methylmalonic acid (MMA) or homocysteine.

A note, until six months after the start, about the newest total and active B12 of the 90 days up to the first dose:
later samples tell of the injections.  Quiet where one of the two shows deficiency.  The acid is often measured in the
same sample and comes days later, and treatment waits for neither: so for a week after the sample it stands on the list
of things to come, and the note opens at 00:00 ward time of the day after.  A newer sample that is indeterminate too
begins no other week.  The kidneys are told, since MMA rises when they fail.  Source: S10, section 3 for the zones.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from domain.b12 import B12, newest_of, read
from domain.calendar import add_months, after_day
from domain.case import Case
from domain.facts import Analyte, LabResult
from domain.judgement import CannotTell, Fires, Judgement, Quiet, Severity
from domain.moment import Moment
from domain.paperwork import asked_since
from domain.policy import Policy
from domain.runs import first_of_run
from domain.views import View
from domain.words import Text

RULE_ID, VERSION = "b12-indeterminate-without-mma", 2
STATEMENTS = "S10, section 3"
READS = (
    View.PLAN
    | View.START
    | View.VITAMIN_B12
    | View.ACTIVE_B12
    | View.METHYLMALONIC_ACID
    | View.HOMOCYSTEINE
    | View.CREATININE
    | View.EGFR
)

_WANTED = "consider methylmalonic acid; treatment does not wait for it"
_ACIDS = (Analyte.METHYLMALONIC_ACID, Analyte.HOMOCYSTEINE)
_KIDNEYS = {Analyte.EGFR: "eGFR", Analyte.CREATININE: "creatinine"}


class _Baseline(NamedTuple):
    """What one analyte said before the first dose: its newest result, read, and all of them, the oldest first."""

    newest: B12
    results: Sequence[LabResult]


def judge(case: Case, policy: Policy, now: Moment) -> Judgement:
    """Whether vitamin B12 before the first dose was indeterminate, and nothing else tells."""
    if case.plans is None or case.plans.ended:
        return Quiet(because="no treatment is under way")
    if case.entered_after_loading:
        return Quiet(because="the patient came to us after the start: its rules do not apply")
    if case.is_under_age:
        return Quiet(because="the patient is too young for the limits that b12watch holds")
    if case.start is not None:
        asked_until = add_months(case.start.day(case.zone), policy.b12.asked_months)
        if now.reached(after_day(asked_until, case.zone)):
            return Quiet(because=case.say("what was indeterminate is not asked about after {}", asked_until))
    known = _before_first_dose(case, policy)
    if not known:
        return Quiet(because="no vitamin B12 is known from before the first dose")
    for baseline in known:
        if baseline.newest.is_low:
            return Quiet(because=case.say("{}: deficient", baseline.newest))
    open_question = next((b for grey in (True, None) for b in known if b.newest.is_grey is grey), None)
    if open_question is None:
        return Quiet(because=case.say("{}: deficiency is unlikely", known[0].newest))
    return _judge_open(open_question, case, policy, now)


def _before_first_dose(case: Case, policy: Policy) -> list[_Baseline]:
    """The newest total and the newest active B12 up to the first dose; or by now where there was none yet."""
    assert case.plans is not None
    zone, first_dose = case.zone, case.start
    day = (first_dose or case.plans.first.starts).day(zone)
    earliest = day - timedelta(days=policy.b12.baseline_days)
    known = []
    for analyte in (Analyte.VITAMIN_B12, Analyte.ACTIVE_B12):
        baseline = [
            result
            for result in case.results(analyte)
            if result.time.day(zone) >= earliest and (first_dose is None or not result.time.is_after(first_dose, zone))
        ]
        if baseline:
            known.append(_Baseline(newest_of(baseline, policy.b12, zone), baseline))
    return known


def _judge_open(baseline: _Baseline, case: Case, policy: Policy, now: Moment) -> Judgement:
    b12 = baseline.newest
    sampled = b12.result.time.day(case.zone)
    acid = _acid_since(sampled - timedelta(days=policy.b12.acid_days_before), case)
    if acid is not None:
        return Quiet(because=case.say("{} was {} on {}", acid.analyte, acid, acid.time))
    last_day = _open_since(baseline, case, policy) + timedelta(days=policy.b12.acid_awaited_days)
    opens = after_day(last_day, case.zone)
    if not now.reached(opens):
        return Quiet(
            because=case.say("{}: methylmalonic acid or homocysteine may still come until {}", b12, last_day),
            coming=case.say("methylmalonic acid to be considered: {}", b12),
        )
    return _note(b12, opens, case)


def _open_since(baseline: _Baseline, case: Case, policy: Policy) -> date:
    """The day of the first of the unbroken run of results that leave the question open."""

    def tells(result: LabResult) -> bool:
        return read(result, policy.b12, case.zone).is_grey is False

    return first_of_run(baseline.newest.result, baseline.results, tells, case.zone).time.day(case.zone)


def _acid_since(day: date, case: Case) -> LabResult | None:
    """A methylmalonic acid or homocysteine from about the time of the B12, or later."""
    return next(
        (
            result
            for analyte in _ACIDS
            for result in reversed(case.results(analyte))
            if result.has_value and result.time.day(case.zone) >= day
        ),
        None,
    )


def _note(b12: B12, opens: datetime, case: Case) -> Fires | CannotTell:
    assert case.plans is not None
    since = opens if case.entry is not None else max(opens, asked_since(case.plans.first, case))
    newest = (next((r for r in reversed(case.results(analyte)) if r.has_value), None) for analyte in _KIDNEYS)
    kidneys = [result for result in newest if result is not None]
    if b12.is_grey is None:
        return CannotTell(
            severity=Severity.INFO,
            because=case.say("{}; whether that is indeterminate cannot be told", b12),
            missing="a vitamin B12 from before the first dose that can be judged",
            since=since,
            episode=case.treatment_episode,
            wanted=_WANTED,
            source=STATEMENTS,
            evidence=(b12.result,),
        )
    return Fires(
        severity=Severity.INFO,
        because=case.say(
            "{}: indeterminate, and neither methylmalonic acid nor homocysteine is known; {}",
            b12,
            _kidneys_text(kidneys, case),
        ),
        since=since,
        episode=case.treatment_episode,
        wanted=_WANTED,
        source=STATEMENTS,
        evidence=(b12.result, *kidneys),
    )


def _kidneys_text(kidneys: list[LabResult], case: Case) -> Text:
    """What is known of the kidneys, without which a raised methylmalonic acid cannot be read."""
    if not kidneys:
        return "how the kidneys work is not known, and methylmalonic acid rises when they fail"
    told = [case.say("{} {} on {}", _KIDNEYS[result.analyte], result, result.time) for result in kidneys]
    values = told[0] if len(told) == 1 else case.say("{}, {}", *told)
    return case.say("methylmalonic acid rises when the kidneys fail: {}", values)
