"""Symptoms came back after the last injection and before the next is due.

The answer is an individual interval, by the symptoms and never by the level of B12.  It stands until the next dose.
Source: S20, section 6.2.
"""

from __future__ import annotations

from domain.case import Case
from domain.facts import Finding
from domain.judgement import Fires, Judgement, Quiet, Severity
from domain.moment import Moment
from domain.phase import Phase
from domain.policy import Policy
from domain.views import View
from domain.window import DoseWindow

RULE_ID, VERSION = "symptoms-back-early", 1
STATEMENTS = "S20, section 6.2"
READS = View.PLAN | View.DOSES | View.PHASE | View.WINDOW | View.FINDINGS

_WANTED = "ask the prescriber for an individual interval, decided by the symptoms and never by the level of B12"


def judge(case: Case, policy: Policy, now: Moment) -> Judgement:
    """Whether symptoms were back before the next dose is due."""
    if case.plan is None or case.phase not in (Phase.MAINTENANCE, Phase.LIFELONG):
        return Quiet(because="no maintenance treatment is under way")
    returned = case.found(Finding.SYMPTOMS_RETURNED)
    if not returned:
        return Quiet(because="nobody recorded that symptoms returned")
    window, last = case.next_dose, case.last_dose
    if not isinstance(window, DoseWindow) or last is None:
        return Quiet(because="no dose is scheduled before which symptoms could return")
    early = [a for a in returned if a.time.is_after(last.time, case.zone) and a.time.day(case.zone) < window.due]
    if not early:
        return Quiet(because=case.say("no symptoms returned between {} and {}", last.day, window.due))
    newest = early[-1]
    return Fires(
        severity=Severity.MEDIUM,
        because=case.say(
            "symptoms were back on {}; the last dose is of {}, and the next is due on {}",
            newest.time,
            last.day,
            window.due,
        ),
        since=early[0].time.instant(case.zone),
        episode=case.dose_episode,
        wanted=_WANTED,
        source="S20",
        evidence=(newest, *(fact for fact in last.facts[:1] if fact is not case.plan), case.plan),
    )
