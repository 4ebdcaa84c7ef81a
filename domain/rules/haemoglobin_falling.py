"""Haemoglobin falls during treatment, or is very low after the first week.

Fires where the newest haemoglobin lies 20 g/L or more below the highest since day 7, or below 70 g/L after day 7 (a
very low value of the first week is the known baseline).  Where haemoglobin is not normal at two months, that is said
there.  Source: section 3, section 8.5.
"""

from __future__ import annotations

from datetime import date, timedelta

from domain.case import Case
from domain.comparison import is_below
from domain.facts import Comparator
from domain.haemoglobin import Haemoglobin, Reading, newest_of
from domain.judgement import Fires, Judgement, Quiet, Severity
from domain.moment import Moment
from domain.phase import Phase
from domain.policy import Policy
from domain.rules import haemoglobin_not_normal_at_two_months as two_months
from domain.words import Text

RULE_ID, VERSION = "haemoglobin-falling", 1
STATEMENTS = "section 3, section 8.5"
READS = two_months.READS

_WANTED = "look for bleeding and other causes; check iron, folate, and the doses really given"
_AT_LEAST = (Comparator.AT_LEAST, Comparator.MORE)


def judge(case: Case, policy: Policy, now: Moment) -> Judgement:
    """Whether the newest haemoglobin tells of a fall, or is very low."""
    if case.plan is None or case.phase is Phase.ENDED or case.is_under_age:
        return Quiet(because="no treatment is under way")
    first_day = _first_day(case, policy)
    if first_day is None:
        return Quiet(because="no dose that counts is recorded")
    since = [h for h in case.haemoglobins if h.result.has_value and h.time.day(case.zone) >= first_day]
    if not since:
        return Quiet(because=case.say("no haemoglobin is known since {}", first_day))
    newest = newest_of(since, case.zone)
    because = _because(newest, since, case, policy)
    if not because:
        return Quiet(because=case.say("haemoglobin was {} on {}, and has not fallen much", newest.result, newest.time))
    if isinstance(two_months.judge(case, policy, now), Fires):
        return Quiet(because="that haemoglobin is not normal at two months is said already")
    if two_months.other_cause_accepted(newest.result, since, case, policy) is not None:
        return Quiet(because="another cause was accepted, and haemoglobin has not fallen much further")
    began = _began(since, case, policy)
    return Fires(
        severity=Severity.CRITICAL if _is_very_low(newest, case, policy) else Severity.HIGH,
        because=because,
        since=began.time.instant(case.zone),
        episode=f"fell:{began.time.day(case.zone).isoformat()}",
        wanted=_WANTED,
        source=STATEMENTS,
        evidence=(newest.result,),
    )


def _first_day(case: Case, policy: Policy) -> date | None:
    """From when on results are looked at: day 7 after the start, or when a patient came to us in mid-course."""
    if case.start is not None:
        return case.start.day(case.zone) + timedelta(days=policy.haemoglobin.highest_from_day)
    return case.plan.starts.day(case.zone) if case.plan is not None and case.entry is not None else None


def _because(newest: Haemoglobin, since: list[Haemoglobin], case: Case, policy: Policy) -> Text:
    """Why the newest result is a concern; empty where it is none."""
    if _is_very_low(newest, case, policy):
        limit = policy.haemoglobin.critical_below_g_per_l
        return case.say("haemoglobin was {} on {}, under {} g/L", newest.result, newest.time, limit)
    highest = _highest(since)
    if highest is None or not _fell(newest, highest, policy):
        return ""
    text = "haemoglobin was {} on {}, and {} on {}"
    return case.say(text, newest.result, newest.time, highest.result, highest.time)


def _is_very_low(haemoglobin: Haemoglobin, case: Case, policy: Policy) -> bool:
    if not is_below(haemoglobin.result, policy.haemoglobin.critical_below_g_per_l):
        return False
    if case.start is None:
        return True
    week = case.start.day(case.zone) + timedelta(days=policy.haemoglobin.critical_after_days)
    return haemoglobin.time.day(case.zone) > week


def _highest(since: list[Haemoglobin]) -> Haemoglobin | None:
    """The highest that can be told; a transfused one is no peak of the patient's own."""
    told = [h for h in since if h.reading is not Reading.CANNOT_TELL and h.result.comparator is None]
    return max(told, key=lambda h: h.result.amount, default=None)


def _fell(haemoglobin: Haemoglobin, highest: Haemoglobin, policy: Policy) -> bool:
    if haemoglobin.result.comparator in _AT_LEAST:
        return False
    return highest.result.amount - haemoglobin.result.amount >= policy.haemoglobin.fall_g_per_l


def _began(since: list[Haemoglobin], case: Case, policy: Policy) -> Haemoglobin:
    """The first of the present unbroken run of results that are a concern."""
    began = since[-1]
    for place in range(len(since) - 1, -1, -1):
        if not _because(since[place], since[: place + 1], case, policy):
            break
        began = since[place]
    return began
