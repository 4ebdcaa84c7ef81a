"""Potassium is low in the first days after the first dose, or not known after two days in severe anaemia.

New red cells take potassium up: in the first 48 hours, and at the height of their making about days 5 to 7.  A low
sample from 48 hours before the first dose to the end of day 7 fires (below 2.5 mmol/L critical, below 3 high, below 3.5
medium) until a later one is not low, however late; a low one that comes only after these days has another cause.  In
severe anaemia (haemoglobin below 80 g/L) a potassium that is not known 48 hours after the first dose is asked for.
Source: section 3, section 6.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.calendar import ClinicalTime, after_day
from domain.case import Case
from domain.comparison import is_below
from domain.facts import Analyte, LabResult
from domain.haemoglobin import newest_of
from domain.judgement import CannotTell, Fires, Judgement, Quiet, Severity
from domain.moment import Moment
from domain.policies.response import PotassiumPolicy
from domain.policy import Policy
from domain.runs import first_of_run
from domain.views import View
from domain.words import Says

RULE_ID, VERSION = "potassium-low", 2
STATEMENTS = "section 3, section 6.2"
READS = View.PLAN | View.START | View.POTASSIUM | View.READINGS

_REPLACE = "replace potassium, watch the heart, and measure potassium again"
_MEASURE = "measure potassium"
_WORST_FIRST = {True: 0, None: 1, False: 2}


@dataclass(frozen=True, slots=True)
class _Start:
    """When the treatment started, and the last day on which potassium is watched."""

    time: ClinicalTime
    day: date
    last_day: date

    @property
    def episode(self) -> str:
        return f"start:{self.day.isoformat()}"


def judge(case: Case, policy: Policy, now: Moment) -> Judgement:
    """Whether potassium fell after the first dose."""
    if case.plans is None or case.plans.ended:
        return Quiet(because="no treatment is under way")
    if case.entered_after_loading:
        return Quiet(because="the patient came to us after the start: its rules do not apply")
    if case.is_under_age:
        return Quiet(because="the patient is too young for the regimens that b12watch holds")
    if case.start is None:
        return Quiet(because="no dose that counts is recorded")
    day = case.start.day(case.zone)
    start = _Start(case.start, day, day + timedelta(days=policy.potassium.watch_days))
    earliest = start.time.instant(case.zone) - timedelta(hours=policy.potassium.before_hours)
    results = [r for r in case.results(Analyte.POTASSIUM) if r.has_value and _may_be_from(r.time, earliest, case)]
    watched = [r for r in results if r.time.day(case.zone) <= start.last_day]
    if not watched:
        return _not_known(start, case, policy, now)
    newest = _newest(watched, case, policy.potassium)
    if _is_low(newest, policy.potassium) is False:
        if any(r.time.is_after(start.time, case.zone) for r in watched):
            return Quiet(because=_not_low(newest, case))
        return _not_known(start, case, policy, now)  # it may be from before the first dose
    recovered = next((r for r in results[len(watched) :] if _is_low(r, policy.potassium) is False), None)
    if recovered is not None:
        return Quiet(because=_not_low(recovered, case))
    return _low(results, start, case, policy)


def _may_be_from(time: ClinicalTime, earliest: datetime, case: Case) -> bool:
    """Whether a sample may have been taken at `earliest` or later; of a day alone, at any hour of it."""
    if time.is_day:
        return after_day(time.day(case.zone), case.zone) > earliest
    return time.instant(case.zone) >= earliest


def _is_low(result: LabResult, limits: PotassiumPolicy) -> bool | None:
    return is_below(result, limits.low_below_mmol_per_l)


def _newest(results: list[LabResult], case: Case, limits: PotassiumPolicy) -> LabResult:
    """The newest; of those that may be it (one time, or one day and no hour) the worst for the patient."""
    newest = results[-1].time
    return min(
        (r for r in results if not newest.is_after(r.time, case.zone)),
        key=lambda r: (_WORST_FIRST[_is_low(r, limits)], r.amount, r.fact_id),
    )


def _not_low(result: LabResult, case: Case) -> Says:
    return case.say("potassium was {} on {}, which is not low", result, result.time)


def _low(results: list[LabResult], start: _Start, case: Case, policy: Policy) -> Judgement:
    limits = policy.potassium
    newest = _newest(results, case, limits)
    text = case.say("potassium was {} on {}; treatment started on {}", newest, newest.time, start.day)
    since = _news_since(_low_since(newest, results, case, limits), start, case)
    if _is_low(newest, limits) is None:
        return CannotTell(
            severity=Severity.MEDIUM,
            because=case.say("{}; whether that is below {} mmol/L cannot be told", text, limits.low_below_mmol_per_l),
            missing="a potassium result that can be judged",
            since=since,
            episode=start.episode,
            wanted=_MEASURE,
            source=STATEMENTS,
            evidence=(newest,),
        )
    return Fires(
        severity=_severity(newest, limits),
        because=case.say("{}; low below {} mmol/L", text, limits.low_below_mmol_per_l),
        since=since,
        episode=start.episode,
        wanted=_REPLACE,
        source=STATEMENTS,
        evidence=(newest,),
    )


def _severity(result: LabResult, limits: PotassiumPolicy) -> Severity:
    if is_below(result, limits.critical_below_mmol_per_l):
        return Severity.CRITICAL
    return Severity.HIGH if is_below(result, limits.severe_below_mmol_per_l) else Severity.MEDIUM


def _low_since(newest: LabResult, results: list[LabResult], case: Case, limits: PotassiumPolicy) -> datetime:
    """When the present unbroken run of results that are not certainly above the limit began."""
    began = first_of_run(newest, results, lambda r: _is_low(r, limits) is False, case.zone)
    return began.time.instant(case.zone)


def _news_since(low_since: datetime, start: _Start, case: Case) -> datetime:
    """Since it was low; where the plan came while potassium was watched, since then: a dose may be given before it."""
    known = case.enrolled_at
    if case.entry is not None or known is None or known >= after_day(start.last_day, case.zone):
        return low_since
    return max(low_since, known)


# --- severe anaemia, and potassium is not known -------------------------------------------------------------------


def _not_known(start: _Start, case: Case, policy: Policy, now: Moment) -> Judgement:
    """No sample was certainly taken after the first dose: asked for in severe anaemia, while it can still fall."""
    if now.reached(after_day(start.last_day, case.zone)):
        return Quiet(because=case.say("potassium is watched until {}", start.last_day))
    due = start.time.instant(case.zone) + timedelta(hours=policy.potassium.known_by_hours)
    severe = _severe_anaemia(start, due, case, policy)
    if severe is None:
        return Quiet(because="no potassium was measured since the first dose, and no severe anaemia is known")
    if not now.reached(due):
        because = case.say("in severe anaemia potassium is to be known by {}", due)
        return Quiet(because=because, coming=case.say("potassium result wanted by {}", due))
    limit = policy.potassium.severe_anaemia_below_g_per_l
    return CannotTell(
        severity=Severity.MEDIUM,
        because=case.say(
            "haemoglobin was {} on {}: severe anaemia is below {} g/L; no potassium is known since the start on {}",
            severe,
            severe.time,
            limit,
            start.day,
        ),
        missing="a potassium result since the first dose",
        since=due,
        episode=start.episode,
        wanted=_MEASURE,
        source=STATEMENTS,
        evidence=(severe,),
    )


def _severe_anaemia(start: _Start, due: datetime, case: Case, policy: Policy) -> LabResult | None:
    """The haemoglobin that shows that anaemia was, or may have been, severe: the last before the first dose, or one
    until potassium is due."""
    earliest = start.day - timedelta(days=policy.haemoglobin.baseline_days)
    known = [
        h
        for h in case.haemoglobins
        if h.result.has_value and h.time.day(case.zone) >= earliest and h.time.instant(case.zone) < due
    ]
    before = [h for h in known if start.time.is_after(h.time, case.zone)]
    telling = [newest_of(before, case.zone), *known[len(before) :]] if before else known
    limit = policy.potassium.severe_anaemia_below_g_per_l
    return next((h.result for h in telling if is_below(h.result, limit) is not False), None)
