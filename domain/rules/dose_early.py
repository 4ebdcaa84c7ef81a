"""The last dose was given before the window of its dose opened: perhaps it is a record of an earlier one.

An early dose is no danger, and none is held back: a note, told for four weeks.  Two doses within hours are left to
`dose-doubled`, and what is taken every day is not looked at.  Source: section 2, section 6.2, H9.
"""

from __future__ import annotations

from datetime import date

from domain.calendar import ClinicalTime
from domain.case import Case
from domain.charting import is_told, is_watched, may_be_one
from domain.doses import Dose
from domain.judgement import Fires, Judgement, Quiet, Severity
from domain.loading import loading_complete
from domain.moment import Moment
from domain.policy import Policy
from domain.schedule import maintenance_window
from domain.steps import place_of
from domain.views import View

RULE_ID, VERSION = "dose-early", 1
STATEMENTS = "section 2, section 6.2"
READS = View.PLAN | View.START | View.DOSES | View.FINDINGS | View.READINGS


def judge(case: Case, policy: Policy, now: Moment) -> Judgement:
    """Whether the last dose came before its window."""
    regimen, plan = case.regimen, case.plan
    if not is_watched(case) or regimen is None or plan is None or regimen.is_daily:
        return Quiet(because="no doses with windows are watched")
    if not case.doses or not is_told(case.doses[-1].time, case, policy, now):
        return Quiet(because="no dose of late is known")
    last = case.doses[-1]
    before = _before(last, case)
    if before is None or plan.starts.is_after(last.time, case.zone):
        return Quiet(because="no dose before the last is known from which its window could be counted")
    if may_be_one(before, last, policy):
        return Quiet(because="the last two doses may be one: dose-doubled says so")
    opened = _opened(before.day, last, case, policy)
    if opened is None or last.day >= opened:
        return Quiet(because=case.say("the last dose, of {}, was not early", last.day))
    return Fires(
        severity=Severity.INFO,
        because=case.say(
            "a dose was given on {}, after one of {}: its window opened on {}", last.time, before.day, opened
        ),
        since=last.time.instant(case.zone),
        episode=f"dose:{last.day.isoformat()}",
        wanted="check for a duplicate record; an early dose is no danger",
        source=STATEMENTS,
        evidence=(last.facts[0], plan),
    )


def _before(last: Dose, case: Case) -> Dose | None:
    """The dose before the last; those that were reported, and the last that the entering plan tells, among them."""
    known = [*case.doses[-2:-1], *case.reported]
    if case.entry is not None and case.entry.last_dose is not None:
        known.append(Dose(day=case.entry.last_dose, time=ClinicalTime(case.entry.last_dose), facts=(case.entry,)))
    return max((dose for dose in known if dose.day < last.day), key=lambda dose: dose.day, default=None)


def _opened(before: date, last: Dose, case: Case, policy: Policy) -> date | None:
    """The first day of the window that followed the dose before the last; None where none can be told."""
    complete, regimen, entry = loading_complete(case), case.regimen, case.entry
    assert regimen is not None and case.plans is not None
    if complete is not None and (complete.since is None or last.day > complete.since):
        return maintenance_window(case, before, policy).earliest
    loading = [dose.day for dose in case.doses_since_entry]
    if len(case.plans.history) > 1 or last.day not in loading[-1:]:
        return None
    told, told_last = (entry.loading_doses_given, entry.last_dose) if entry is not None else (0, None)
    place = place_of(regimen, told, told_last, loading[:-1])
    return None if place.is_loaded else (place.goes_on or place.step).gap.earliest.after(before)
