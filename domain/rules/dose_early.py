"""The last dose was given before the window of its dose opened: perhaps it is a record of an earlier one.

An early dose is no danger, and none is held back: a note, told for four weeks.  Two doses within hours are left to
`dose-doubled`, and what is taken every day is not looked at.  One dose more than a loading asks for, given when its
next would have been, is one more of the loading: six and seven in two weeks are both in use.  Source: section 2,
section 6.2, H9.
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
from domain.phase import Phase
from domain.policy import Policy
from domain.regimens.table import Step
from domain.schedule import maintenance_window
from domain.views import View

RULE_ID, VERSION = "dose-early", 2
STATEMENTS = "section 2, section 6.2"
READS = View.PLAN | View.START | View.DOSES | View.PHASE | View.FINDINGS | View.READINGS


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
        return Quiet(because="the last dose was not early")
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
    assert case.regimen is not None and case.plans is not None
    if case.phase in (Phase.MAINTENANCE, Phase.LIFELONG) and _follows_loading(last, case):
        return None if _goes_on_loading(before, last, case) else maintenance_window(case, before, policy).earliest
    if len(case.plans.history) > 1 or last not in case.doses_since_entry[-1:]:
        return None
    step = _loading_step(case)
    return None if step is None else step.gap.earliest.after(before)


def _goes_on_loading(before: date, last: Dose, case: Case) -> bool:
    """Whether the last dose is one more of a loading by a number of doses: the next, in the time of a loading dose."""
    place, regimen = case.dosing.place, case.regimen
    assert place is not None and regimen is not None
    if place.given != 1 or not place.is_loaded or not regimen.loading or last not in case.doses_since_entry[-1:]:
        return False
    step = regimen.loading[-1]
    if step.doses is None or step.gap.overdue_after is None:
        return False
    return step.gap.earliest.after(before) <= last.day <= step.gap.overdue_after.after(before)


def _follows_loading(last: Dose, case: Case) -> bool:
    """Whether a dose of maintenance is one: the loading was complete before it."""
    since = case.phase_now.since
    if case.phase is Phase.LIFELONG and since is not None and last.day <= since:
        complete = loading_complete(case)
        assert complete is not None, "a treatment for life is one whose loading is complete"
        since = complete.since
    return since is None or last.day > since


def _loading_step(case: Case) -> Step | None:
    """The step of the loading to which the last dose belongs, by its window; None where it belongs to none."""
    place, regimen = case.dosing.place, case.regimen
    assert place is not None and regimen is not None
    if place.given == 0:
        return regimen.steps[place.number - 1]
    if place.is_loaded:
        return None  # loading goes on all the same, and nobody knows by which step
    earlier = regimen.steps[place.number - 1] if place.given == 1 and place.number > 0 else None
    return earlier if earlier is not None and earlier.spare else place.step
