"""Fewer loading doses than the regimen asks for are recorded, and the time in which they were to be given is over.

Fires at 00:00 ward time of the day after the sixteenth day after the first dose, in regimens whose loading is a number
of doses.  Reported doses do not count towards it.  While injection-overdue is open that alert speaks for both, and a
patient who came in after the loading is not asked about it.  Source: S5, section 2 (R2), section 8.3.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.calendar import after_day
from domain.case import Case
from domain.facts import DosesGivenBy, Fact
from domain.judgement import CannotTell, Fires, Judgement, Quiet, Severity
from domain.loading import opened_by
from domain.moment import Moment
from domain.phase import Phase
from domain.policy import Policy
from domain.views import View
from domain.window import DoseWindow
from domain.words import Text

RULE_ID, VERSION = "loading-incomplete", 3
STATEMENTS = "S5, section 8.3"
READS = View.PLAN | View.START | View.DOSES | View.PHASE | View.WINDOW | View.FINDINGS | View.READINGS

_WANTED = 'complete the loading doses, or record "loading complete"'
_CONFIRM = 'confirm the doses with whoever gives them, or record "loading complete"'
_SOURCE = "S5, section 2 and 8.3"


def judge(case: Case, policy: Policy, now: Moment) -> Judgement:
    """Whether the loading doses are too few at this moment."""
    if case.phase is not Phase.LOADING or case.start is None or case.regimen is None:
        return Quiet(because="no loading is going on")
    wanted = case.regimen.loading_doses
    if wanted is None:
        return Quiet(because="the loading of the regimen is not a number of doses")
    if case.loading_doses >= wanted:
        return Quiet(because=case.say("{} loading doses are given", case.loading_doses))
    opened, first_day = opened_by(case), case.start.day(case.zone)
    if opened is not None:
        first_day = max(first_day, opened.starts.day(case.zone))
    last_day = first_day + timedelta(days=policy.loading.complete_by_days)
    since = after_day(last_day, case.zone)
    if not now.reached(since):
        return Quiet(because=case.say("{} loading doses are to be given by {}", wanted, last_day))
    window = case.next_dose
    if not isinstance(window, DoseWindow) or now.reached(after_day(window.overdue_after, case.zone)):
        return Quiet(because="the next loading dose is overdue itself: injection-overdue says so")
    because = case.say(
        "{} of {} loading doses are recorded, which were to be given by {}{}",
        case.loading_doses,
        wanted,
        last_day,
        _reported_text(case),
    )
    return _answer(case, because, since)


def _reported_text(case: Case) -> Text:
    if not case.reported:
        return ""
    return case.say("; a dose reported on {} does not count towards them", case.reported[-1].day)


def _answer(case: Case, because: Text, since: datetime) -> Fires | CannotTell:
    assert case.plan is not None, "there is a regimen, so there is a plan"
    evidence: tuple[Fact, ...] = (*(dose.facts[0] for dose in case.dosing.of_loading), case.plan)
    if case.plan.doses_given_by is DosesGivenBy.ELSEWHERE:
        return CannotTell(
            severity=Severity.MEDIUM,
            because=because,
            missing="records of the loading doses that were to be given elsewhere",
            since=since,
            episode=case.treatment_episode,
            wanted=_CONFIRM,
            source=_SOURCE,
            evidence=evidence,
        )
    return Fires(
        severity=Severity.HIGH,
        because=because,
        since=since,
        episode=case.treatment_episode,
        wanted=_WANTED,
        source=_SOURCE,
        evidence=evidence,
    )
