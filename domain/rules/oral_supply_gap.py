"""Tablets that are to be taken every day have run out by what is known, or no sign of them ever came.

No data is not "not taken": it cannot be told, and somebody should ask.  A supply lasts its days, a charted dose its own
day; a week after the last of them, or after the start, nothing more need be known.  A supply of unstated length is left
to `no-next-due-date`, and what is taken every few months to `injection-overdue`.  Where no pharmacy
ever told of tablets for this patient, perhaps none tells us anything: that is low, and one alert for the treatment.
Source: S14, section 2 (R7), H11.
"""

from __future__ import annotations

from domain.by_mouth import Tablets, tablets_of
from domain.calendar import after_day
from domain.case import Case
from domain.facts import Fact
from domain.judgement import CannotTell, Judgement, Quiet, Severity
from domain.moment import Moment
from domain.policy import Policy
from domain.views import View
from domain.words import Text

RULE_ID, VERSION = "oral-supply-gap", 2
STATEMENTS = "S14, S16, section 2"
READS = View.PLAN | View.DOSES | View.SUPPLIES


def judge(case: Case, policy: Policy, now: Moment) -> Judgement:
    """Whether tablets are still there, as far as is known."""
    if case.plans is None or case.plans.ended:
        return Quiet(because="no treatment is under way")
    if case.regimen is None or not case.regimen.is_daily:
        return Quiet(because="the regimen asks for nothing that is taken every day")
    tablets = tablets_of(case, policy)
    opens = after_day(tablets.last_day, case.zone)
    if not now.reached(opens):
        return _in_time(tablets, case, now)
    if tablets.newest is not None and tablets.newest.days is None:
        return Quiet(because="nobody said how long the tablets last: no-next-due-date asks")
    assert case.plan is not None
    return CannotTell(
        severity=Severity.MEDIUM if tablets.newest is not None else Severity.LOW,
        because=case.say(
            "{}, and nothing was known by {}; whether the tablets are taken cannot be told",
            _known(tablets, case),
            tablets.last_day,
        ),
        missing="a supply of tablets, or a record that they are taken",
        since=opens,
        episode=f"tablets-until:{tablets.last_day.isoformat()}" if tablets.newest else case.treatment_episode,
        wanted="ask the patient and the pharmacy whether the tablets are taken, and record the supply",
        source="S14, section 2 (R7)",
        evidence=_evidence(tablets, case),
    )


def _in_time(tablets: Tablets, case: Case, now: Moment) -> Quiet:
    """Nothing is missing yet; once no more tablets are known, the next are coming."""
    because = case.say("{}; the next sign of them is wanted by {}", _known(tablets, case), tablets.last_day)
    if tablets.until is not None and not now.reached(after_day(tablets.until, case.zone)):
        return Quiet(because=because)
    return Quiet(because=because, coming=case.say("a supply of tablets wanted by {}", tablets.last_day))


def _known(tablets: Tablets, case: Case) -> Text:
    if tablets.until is None:
        return "no supply of tablets and no dose by mouth is known"
    return case.say("tablets or doses are known until {}", tablets.until)


def _evidence(tablets: Tablets, case: Case) -> tuple[Fact, ...]:
    plan, last = case.plan, case.last_dose
    assert plan is not None
    supplied = [tablets.newest] if tablets.newest is not None else []
    taken = [fact for fact in last.facts[:1] if fact is not plan] if last is not None else []
    return (*supplied, *taken, plan)
