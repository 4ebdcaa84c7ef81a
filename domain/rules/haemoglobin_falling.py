"""Haemoglobin falls during treatment, or is very low after the first week.

Fires where the newest haemoglobin lies 20 g/L or more below the highest since day 7, or below 70 g/L after day 7 (a
very low value of the first week is the known baseline): critical below 70, medium where it is normal all the same,
else high.  Of a patient who came in mid-course after a start that nobody told, results since then are looked at.
From a value that a transfusion raised a fall cannot be told.  Where the question of the two months is open and the
newest is not normal, the rule about it speaks alone, and says of the fall.  "Another cause accepted" quietens this fall
until haemoglobin is 10 g/L lower.  It is one alert for a treatment: a late result may move the beginning of a fall.
Source: section 3, section 8.5.
"""

from __future__ import annotations

from datetime import datetime

from domain.case import Case
from domain.haemoglobin import Haemoglobin, Reading, told
from domain.haemoglobin_fall import Fall, fall_of, may_have_fallen, readings_of
from domain.judgement import CannotTell, Fires, Judgement, Quiet, Severity
from domain.moment import Moment
from domain.phase import Phase
from domain.policy import Policy
from domain.rules import haemoglobin_not_normal_at_two_months as two_months
from domain.words import Says

RULE_ID, VERSION = "haemoglobin-falling", 2
STATEMENTS = "section 3, section 8.5"
READS = two_months.READS

_LOOK = "look for bleeding and other causes; check iron, folate, and the doses really given"
_REPEAT = "repeat the full blood count"


def judge(case: Case, policy: Policy, now: Moment) -> Judgement:
    """Whether the newest haemoglobin tells of a fall, or is very low."""
    if case.plan is None or case.phase is Phase.ENDED or case.is_under_age:
        return Quiet(because="no treatment is under way")
    readings = readings_of(case, policy)
    if readings is None:
        return Quiet(because="no dose that counts is recorded")
    if not readings:
        return Quiet(because="no haemoglobin is known since the first week, or since the patient came")
    fall = fall_of(readings, case, policy)
    unclear = may_have_fallen(readings, case, policy) if fall is None else None
    if fall is None and unclear is None:
        return Quiet(because="haemoglobin has not fallen far below its highest, and is not very low")
    if two_months.speaks_of_newest(case, policy, now):
        return Quiet(because="that haemoglobin is not normal at two months is said already")
    if fall is None:
        assert unclear is not None, "one of the two is there"
        return _unclear(unclear, case)
    accepted = two_months.other_cause_accepted(fall.newest.result, fall.run, case, policy)
    if accepted is not None:
        return Quiet(because=case.say("another cause was accepted on {}", accepted.day(case.zone)))
    return _fires(fall, case, policy) if fall.is_certain else _cannot_tell(fall, case)


def _fires(fall: Fall, case: Case, policy: Policy) -> Fires:
    rests_on = () if fall.highest is None else (fall.highest.result,)
    return Fires(
        severity=Severity.CRITICAL if fall.is_very_low else _severity(fall),
        because=_because(fall, case, policy),
        since=_since(fall, case),
        episode=case.treatment_episode,
        wanted=_LOOK,
        source=STATEMENTS,
        evidence=(fall.newest.result, *rests_on),
    )


def _severity(fall: Fall) -> Severity:
    return Severity.MEDIUM if fall.newest.reading is Reading.NORMAL else Severity.HIGH


def _since(fall: Fall, case: Case) -> datetime:
    return min(h.time.instant(case.zone) for h in fall.run)


def _because(fall: Fall, case: Case, policy: Policy) -> Says:
    value = told(fall.newest, case.zone) if fall.highest is None else _down(fall.newest, fall.highest, case)
    if not fall.is_very_low:
        return case.say("haemoglobin was {}", value)
    return case.say("haemoglobin was {}: under {} g/L", value, policy.haemoglobin.critical_below_g_per_l)


def _down(newest: Haemoglobin, highest: Haemoglobin, case: Case) -> Says:
    return case.say("{}, down from {}", told(newest, case.zone), told(highest, case.zone))


def _cannot_tell(fall: Fall, case: Case) -> CannotTell:
    """A fall from a value that a transfusion raised."""
    assert fall.highest is not None, "what is very low is certain"
    return CannotTell(
        severity=_severity(fall),
        because=case.say(
            "haemoglobin was {}; whether that is a fall of the patient's own cannot be told: {}",
            _down(fall.newest, fall.highest, case),
            fall.highest.doubt,
        ),
        missing="a haemoglobin from before the fall that no transfusion raised",
        since=_since(fall, case),
        episode=case.treatment_episode,
        wanted=_LOOK,
        source=STATEMENTS,
        evidence=(fall.newest.result, fall.highest.result),
    )


def _unclear(newest: Haemoglobin, case: Case) -> CannotTell:
    return CannotTell(
        severity=Severity.MEDIUM,
        because=case.say("haemoglobin was {}; how far it fell cannot be told", told(newest, case.zone)),
        missing="an exact haemoglobin",
        since=newest.time.instant(case.zone),
        episode=case.treatment_episode,
        wanted=_REPEAT,
        source=STATEMENTS,
        evidence=(newest.result,),
    )
