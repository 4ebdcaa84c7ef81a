"""Treatment is by mouth, and the closer check that it needs, one or three months after its start, is missing.

A result of vitamin B12 (total or active) or of haemoglobin answers a check, from two weeks before it is due on; until
then it is on the list of things to come.  It is an alert from 00:00 ward time of the day after the calendar month(s),
one for each check.  Where the rules about two months miss a result too, they speak alone.  Treatment by mouth starts
with the first dose or supply; after a change from injections with the plan that changed it.  Source: S14, S15, S16.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.by_mouth import tablets_since
from domain.calendar import add_months, after_day, start_of_day
from domain.case import Case
from domain.facts import Analyte
from domain.judgement import CannotTell, Judgement, Quiet, Severity
from domain.moment import Moment
from domain.policy import Policy
from domain.rules import b12_not_normal_at_two_months, haemoglobin_not_normal_at_two_months
from domain.views import View

RULE_ID, VERSION = "oral-check-missing", 1
STATEMENTS = "S14, S15, S16, section 2"
READS = b12_not_normal_at_two_months.READS | haemoglobin_not_normal_at_two_months.READS | View.HAEMOGLOBIN

_TWO_MONTHS = (b12_not_normal_at_two_months, haemoglobin_not_normal_at_two_months)


@dataclass(frozen=True, slots=True)
class _Check:
    """A check: its months, the first day whose samples answer it, the last day of its time, and when it is missing."""

    months: int
    earliest: date
    last_day: date
    opens: datetime


def judge(case: Case, policy: Policy, now: Moment) -> Judgement:
    """Whether the last check that was due has been made."""
    if case.plans is None or case.plans.ended:
        return Quiet(because="no treatment is under way")
    if case.regimen is None or not case.regimen.is_oral:
        return Quiet(because="the regimen is not one by mouth")
    start = tablets_since(case)
    if start is None:
        return Quiet(because="no start of treatment by mouth is known, or it was before the patient came to us")
    limits = policy.oral
    checks = [_check(start, months, case, policy) for months in (limits.first_check_months, limits.second_check_months)]
    due = [check for check in checks if now.reached(check.opens)]
    if due and not _is_answered(due[-1], case):
        return _missing(due[-1], start, case, policy, now)
    if len(due) == len(checks):
        return Quiet(because=case.say("treatment by mouth started on {}: its checks are made", start))
    return _before(checks[len(due)], start, case, now)


def _check(start: date, months: int, case: Case, policy: Policy) -> _Check:
    last_day = add_months(start, months)
    earliest = last_day - timedelta(days=policy.oral.check_early_days)
    return _Check(months, earliest, last_day, after_day(last_day, case.zone))


def _is_answered(check: _Check, case: Case) -> bool:
    for analyte in (Analyte.HAEMOGLOBIN, Analyte.VITAMIN_B12, Analyte.ACTIVE_B12):
        if any(r.has_value and r.time.day(case.zone) >= check.earliest for r in reversed(case.results(analyte))):
            return True
    return False


def _before(check: _Check, start: date, case: Case, now: Moment) -> Quiet:
    because = case.say("treatment by mouth started on {}: the next check is due by {}", start, check.last_day)
    if not now.reached(start_of_day(check.earliest, case.zone)) or _is_answered(check, case):
        return Quiet(because=because)
    return Quiet(because=because, coming=case.say("vitamin B12 and haemoglobin wanted by {}", check.last_day))


def _missing(check: _Check, start: date, case: Case, policy: Policy, now: Moment) -> Judgement:
    assert case.plan is not None
    for rule in _TWO_MONTHS:
        asked = rule.judge(case, policy, now)
        if isinstance(asked, CannotTell) and asked.severity >= Severity.MEDIUM:
            return Quiet(because=case.say("{} asks for a result already", rule.RULE_ID))
    return CannotTell(
        severity=Severity.MEDIUM,
        because=case.say(
            "treatment by mouth started on {}, and no vitamin B12 or haemoglobin of {} or later is known: the check "
            "after {} month(s) was due by {}",
            start,
            check.earliest,
            check.months,
            check.last_day,
        ),
        missing="a vitamin B12 or haemoglobin result under treatment by mouth",
        since=check.opens,
        episode=f"check-{check.months}:{start.isoformat()}",
        wanted="measure vitamin B12 and haemoglobin, and ask whether the tablets are taken",
        source=STATEMENTS,
        evidence=(case.plan,),
    )
