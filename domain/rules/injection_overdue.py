"""An injection that the regimen asks for has not been recorded.

Fires at 00:00 ward time of the day after the window's last day, that instant included.
Source: S2, S3, S5, S6 (the regimen's own statement stands on the alert), S20 for individual intervals, section 8.3.
"""

from __future__ import annotations

from datetime import timedelta

from domain.calendar import after_day, age_reached, start_of_day
from domain.case import Case
from domain.doses import Uncounted
from domain.facts import DosesGivenBy, Fact, YesNoUnknown
from domain.judgement import CannotTell, Fires, Judgement, Quiet, Severity
from domain.moment import Moment
from domain.phase import Phase
from domain.policy import Policy
from domain.views import View
from domain.window import DoseWindow, NoDose, Unclear
from domain.words import day_text

RULE_ID, VERSION = "injection-overdue", 1
STATEMENTS = "S2, S3, S5, S6, S20, S22, section 8.3"
READS = View.PLAN | View.DOSES | View.PHASE | View.WINDOW

_CHARTS_SHOWN = 5  # of one dose that many systems chart
_WANTED = "give the injection, or record the dose that was given"


def judge(case: Case, policy: Policy, now: Moment) -> Judgement:
    """Whether the next dose is overdue at this moment."""
    window = case.next_dose
    if isinstance(window, NoDose):
        return Quiet(because=window.because)
    if isinstance(window, Unclear):
        if window.latest is not None and now.reached(after_day(window.latest.overdue_after, case.zone)):
            return _late(case, window.latest, policy, now)
        return _unclear(case, window)
    if not now.reached(after_day(window.overdue_after, case.zone)):
        days = f"due on {day_text(window.due)}, allowed until {day_text(window.overdue_after)}"
        return Quiet(because=f"the next dose is {days}", coming=f"injection {days}")
    return _late(case, window, policy, now)


def _late(case: Case, window: DoseWindow, policy: Policy, now: Moment) -> Judgement:
    """Overdue; or to be confirmed, where doses are given by somebody whom we do not hear."""
    if case.plan is not None and case.plan.doses_given_by is DosesGivenBy.ELSEWHERE:
        return _to_confirm(case, window)
    return _overdue(case, window, policy, now)


def _overdue(case: Case, window: DoseWindow, policy: Policy, now: Moment) -> Fires:
    plan = case.plan
    assert plan is not None
    unknown = plan.neurological_involvement is YesNoUnknown.UNKNOWN
    involvement = "; neurological involvement is unknown" if unknown else ""
    return Fires(
        severity=_severity(case, window, policy, now),
        because=f"{_window_text(window)}; {_last_text(case)}{involvement}",
        since=after_day(window.overdue_after, case.zone),
        episode=case.dose_episode,
        wanted=_WANTED,
        source=f"{window.statement}, section 8.3",
        evidence=_evidence(case),
    )


def _to_confirm(case: Case, window: DoseWindow) -> CannotTell:
    return CannotTell(
        severity=Severity.MEDIUM,
        because="confirm that the dose was given: doses are given elsewhere; "
        f"{_window_text(window)}; {_last_text(case)}",
        missing="a record of the dose that was to be given elsewhere",
        since=after_day(window.overdue_after, case.zone),
        episode=case.dose_episode,
        wanted="confirm with whoever gives the doses, and record the day",
        source=f"{window.statement}, section 8.1",
        evidence=_evidence(case),
    )


def _unclear(case: Case, window: Unclear) -> CannotTell:
    return CannotTell(
        severity=window.severity,
        because=window.because,
        missing=window.missing,
        since=window.since,
        episode=case.dose_episode,
        wanted=f"record what is missing: {window.missing}",
        source="section 8.1, 8.3 and 8.6",
        evidence=_evidence(case),
    )


def _severity(case: Case, window: DoseWindow, policy: Policy, now: Moment) -> Severity:
    """Loading and first doses are high; maintenance is medium, and high with neurological involvement or after days."""
    plan = case.plan
    assert plan is not None
    if case.phase in (Phase.NOT_STARTED, Phase.LOADING) or plan.neurological_involvement is YesNoUnknown.YES:
        return Severity.HIGH
    limits = policy.injection
    if _reached_after(case, window, limits.high_after_days, now):
        return Severity.HIGH
    is_older = plan.birth_date is not None and now.reached(
        start_of_day(age_reached(plan.birth_date, limits.older_from_years), case.zone)
    )
    if is_older and _reached_after(case, window, limits.high_after_days_older, now):
        return Severity.HIGH
    return Severity.MEDIUM


def _reached_after(case: Case, window: DoseWindow, days: int, now: Moment) -> bool:
    return now.reached(after_day(window.overdue_after + timedelta(days=days), case.zone))


def _window_text(window: DoseWindow) -> str:
    return f"the dose was due on {day_text(window.due)} and allowed until {day_text(window.overdue_after)}"


def _last_text(case: Case) -> str:
    last = case.last_dose
    known = "no dose that counts is recorded" if last is None else f"the last dose known is of {day_text(last.day)}"
    charted = _charted_since(case)
    if charted is None:
        return known
    return f"{known}; one charted on {day_text(charted.day)} does not count: {charted.why}"


def _charted_since(case: Case) -> Uncounted | None:
    """The newest administration after the last dose that is charted and does not count."""
    last = case.last_dose
    since = [u for u in case.uncounted if last is None or u.day > last.day]
    return max(since, key=lambda u: (u.day, u.fact.fact_id), default=None)


def _evidence(case: Case) -> tuple[Fact, ...]:
    plan, last = case.plan, case.last_dose
    assert plan is not None
    doses = [] if last is None else [fact for fact in last.facts[:_CHARTS_SHOWN] if fact is not plan]
    charted = _charted_since(case)
    return (*doses, *([] if charted is None else [charted.fact]), plan)
