"""A patient is under treatment, and nothing says when something is next due: nobody would notice its end.

Every patient under treatment has one voice: the window of the next dose, `injection-overdue` where that cannot be told,
the end of a supply where tablets are taken every day.  What is left are tablets for an unstated time, once a week has
passed in which they were no concern.  Source: section 8.3 (census), H14.
"""

from __future__ import annotations

from domain.by_mouth import newest_supply, tablets_of
from domain.calendar import after_day
from domain.case import Case
from domain.judgement import CannotTell, Judgement, Quiet, Severity
from domain.moment import Moment
from domain.policy import Policy
from domain.views import View
from domain.window import DoseWindow, Unclear

RULE_ID, VERSION = "no-next-due-date", 1
STATEMENTS = "section 8.3"
READS = View.PLAN | View.DOSES | View.WINDOW | View.SUPPLIES


def judge(case: Case, policy: Policy, now: Moment) -> Judgement:
    """Whether a patient under treatment has no day on which something is next due."""
    if case.plans is None or case.plans.ended:
        return Quiet(because="no treatment is under way")
    window = case.next_dose
    if isinstance(window, DoseWindow):
        return Quiet(because=case.say("the next dose is due on {}", window.due))
    if isinstance(window, Unclear):
        return Quiet(because=case.say("injection-overdue asks for what is missing: {}", window.missing))
    newest = newest_supply(case)
    if newest is None or newest.days is not None:
        return Quiet(because="tablets are taken every day: oral-supply-gap watches them")
    last_day = tablets_of(case, policy).last_day
    opens = after_day(last_day, case.zone)
    if not now.reached(opens):
        return Quiet(because=case.say("how long the tablets last is asked for after {}", last_day))
    assert case.plan is not None
    return CannotTell(
        severity=Severity.MEDIUM,
        because=case.say(
            "tablets were handed over on {}, and nobody said for how many days: nothing says when the next are due",
            newest.time,
        ),
        missing="for how many days the tablets last",
        since=opens,
        episode=case.treatment_episode,
        wanted="record for how many days the tablets last",
        source="section 8.3",
        evidence=(newest, case.plan),
    )
