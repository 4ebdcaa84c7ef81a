"""Haemoglobin was low at the start, and reticulocytes did not rise within ten days, or nobody counted them.

Asked from the day after day 10 until haemoglobin is judged two months after the start.  Absolute counts of days 3 to 10
of which none is above 85 ×10⁹/L: high.  No absolute count of these days, one that is not exact, or a haemoglobin at the
start that cannot be told: cannot tell.  A count that is raised later, a haemoglobin that is normal or has risen by
10 g/L, or a confirmed response answers it.  Where a step of the regimen waits for the response, what is not known is
asked for by response-gate-missing alone.  Source: section 3, section 6.2.
"""

from __future__ import annotations

from datetime import timedelta

from domain.calendar import after_day, start_of_day
from domain.case import Case
from domain.facts import Administration, Analyte, Fact, LabResult
from domain.judgement import CannotTell, Fires, Judgement, Quiet, Severity
from domain.moment import Moment
from domain.policy import Policy
from domain.reticulocytes import (
    QUESTION_READS,
    Question,
    cannot_be_told,
    did_not_rise,
    is_over,
    next_step_waits,
    question_of,
)
from domain.views import View
from domain.words import Text

RULE_ID, VERSION = "reticulocyte-response-missing", 1
STATEMENTS = "section 3, section 6.2"
READS = QUESTION_READS | View.PHASE | View.RETICULOCYTE_SHARE | View.RED_CELLS

_REVIEW = "review the response: doses really given, iron, folate, another cause"
_COUNT = "take a full blood count with reticulocytes"
_A_COUNT = "an absolute reticulocyte count"


def judge(case: Case, policy: Policy, now: Moment) -> Judgement:
    """Whether reticulocytes answered the treatment."""
    asked = question_of(case, policy, now)
    if not isinstance(asked, Question):
        return Quiet(because=asked)
    if not is_over(asked, case, now):
        return _before_alert(asked, case, policy, now)
    if did_not_rise(asked, policy):
        return _no_rise(asked, case, policy)
    if next_step_waits(case):
        return Quiet(because="the response is asked for already, before the next step of the regimen")
    if asked.baseline is None and not asked.counts:
        return Quiet(because="no haemoglobin of the start is known to be low, and reticulocytes were not counted")
    return _not_known(asked, case, policy)


def _before_alert(asked: Question, case: Case, policy: Policy, now: Moment) -> Quiet:
    because = case.say("treatment started on {}: reticulocytes are judged after {}", asked.day, asked.last_day)
    if asked.baseline is None or asked.counts:
        return Quiet(because=because)
    if not now.reached(start_of_day(asked.day + timedelta(days=policy.reticulocytes.check_day), case.zone)):
        return Quiet(because=because)
    return Quiet(because=because, coming=case.say("reticulocyte count wanted by {}", asked.last_day))


def _no_rise(asked: Question, case: Case, policy: Policy) -> Fires:
    assert asked.baseline is not None, "a rise is expected where haemoglobin was low"
    highest = max(asked.counts, key=lambda r: (r.amount, r.time.instant(case.zone), r.fact_id))
    transfused = _transfused(asked, case, policy)
    masked: Text = ""
    if transfused:
        masked = case.say("; red cells were transfused on {}, which may hide the response", transfused[0].time)
    return Fires(
        severity=Severity.HIGH,
        because=case.say(
            "reticulocytes did not rise above {} ×10⁹/L by {}: the highest were {} on {}; treatment started on {}; "
            "haemoglobin was {} on {}{}",
            policy.reticulocytes.raised_above,
            asked.last_day,
            highest,
            highest.time,
            asked.day,
            asked.baseline.result,
            asked.baseline.time,
            masked,
        ),
        since=after_day(asked.last_day, case.zone),
        episode=_episode(asked),
        wanted=_REVIEW,
        source=STATEMENTS,
        evidence=(*asked.counts, asked.baseline.result, *transfused),
    )


def _transfused(asked: Question, case: Case, policy: Policy) -> list[Administration]:
    """The last transfusion that may hold the rise back, if there was one."""
    earliest = asked.day - timedelta(days=policy.haemoglobin.transfusion_days)
    return [t for t in case.transfusions if earliest <= t.time.day(case.zone) <= asked.last_day][-1:]


def _not_known(asked: Question, case: Case, policy: Policy) -> CannotTell:
    because, missing, rests_on = _what_is_missing(asked, case, policy)
    return CannotTell(
        severity=Severity.MEDIUM,
        because=case.say("{}; treatment started on {}", because, asked.day),
        missing=missing,
        since=after_day(asked.last_day, case.zone),
        episode=_episode(asked),
        wanted=_COUNT,
        source=STATEMENTS,
        evidence=(*rests_on, *([asked.baseline.result] if asked.baseline else [])),
    )


def _what_is_missing(asked: Question, case: Case, policy: Policy) -> tuple[Text, Text, tuple[Fact, ...]]:
    """Why it cannot be told, what is missing for it, and the facts that it rests on."""
    if not asked.counts:
        shares = _shares(asked, case, policy)
        known = case.say("; only their share is known, {} on {}", shares[0], shares[0].time) if shares else ""
        because = case.say("no absolute reticulocyte count is known until {}{}", asked.last_day, known)
        return because, _A_COUNT, tuple(shares)
    unclear = [count for count in asked.counts if cannot_be_told(count, policy)]
    shown = (unclear if asked.was_low else asked.counts)[-1]
    told = case.say("reticulocytes were {} on {}", shown, shown.time)
    if asked.was_low:
        limit = policy.reticulocytes.raised_above
        because = case.say("{}; whether that is above {} ×10⁹/L cannot be told", told, limit)
        return because, case.say("{} that can be judged", _A_COUNT), asked.counts
    because = case.say("{}; whether haemoglobin was low at the start cannot be told", told)
    return because, "a haemoglobin of the start that can be judged", asked.counts


def _shares(asked: Question, case: Case, policy: Policy) -> list[LabResult]:
    """The newest share of the days in which an absolute count was wanted, if there is one."""
    rises = asked.day + timedelta(days=policy.reticulocytes.from_day)
    shares = case.results(Analyte.RETICULOCYTE_SHARE)
    return [r for r in shares if r.has_value and rises <= r.time.day(case.zone) <= asked.last_day][-1:]


def _episode(asked: Question) -> str:
    return f"start:{asked.day.isoformat()}"
