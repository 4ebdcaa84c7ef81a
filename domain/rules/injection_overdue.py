"""A dose that the regimen asks for has not been recorded: an injection, or tablets taken every 1-3 months.

Fires at 00:00 ward time of the day after the window's last day, that instant included.  What is taken every day has no
windows: its supply is watched.  Source: S2, S3, S5-S7, S12, S13 and S21 (the regimen's own statement stands on the
alert), S20 for individual intervals, section 8.3.
"""

from __future__ import annotations

from datetime import timedelta

from domain.calendar import after_day, age_reached, start_of_day
from domain.case import Case
from domain.doses import Uncounted
from domain.facts import DosesGivenBy, Fact, Route, YesNoUnknown
from domain.judgement import CannotTell, Fires, Judgement, Quiet, Severity
from domain.moment import Moment
from domain.phase import Phase
from domain.policy import Policy
from domain.views import View
from domain.window import DoseWindow, NoDose, Unclear
from domain.words import Text

RULE_ID, VERSION = "injection-overdue", 3
STATEMENTS = "S2, S3, S5, S6, S7, S12, S13, S20, S21, S22, section 8.3"
READS = View.PLAN | View.DOSES | View.PHASE | View.WINDOW

_CHARTS_SHOWN = 5  # of one dose that many systems chart
_DOSE = {  # what is to be given, by the routes that the regimen allows
    (Route.INTRAMUSCULAR,): "injection",
    (Route.INTRAMUSCULAR, Route.SUBCUTANEOUS): "injection (intramuscular or deep subcutaneous)",
    (Route.ORAL,): "dose by mouth",
}


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
        days = (window.due, window.overdue_after)
        return Quiet(
            because=case.say("the next dose is due on {}, allowed until {}", *days),
            coming=case.say("{} due on {}, allowed until {}", _dose(case), *days),
        )
    return _late(case, window, policy, now)


def _dose(case: Case) -> str:
    assert case.regimen is not None, "without a regimen there is no window"
    return _DOSE[case.regimen.routes]


def _late(case: Case, window: DoseWindow, policy: Policy, now: Moment) -> Judgement:
    """Overdue; or to be confirmed, where doses are given or taken without anybody telling us."""
    assert case.plan is not None
    if case.plan.doses_given_by is DosesGivenBy.ELSEWHERE:
        return _to_confirm(case, window, "confirm that the dose was given: doses are given elsewhere")
    if case.last_dose is None and case.regimen is not None and case.regimen.is_oral and case.dosing.by_mouth:
        return _to_confirm(case, window, "confirm that the dose was taken: tablets were handed over, which is no dose")
    return _overdue(case, window, policy, now)


def _overdue(case: Case, window: DoseWindow, policy: Policy, now: Moment) -> Fires:
    plan = case.plan
    assert plan is not None
    unknown = plan.neurological_involvement is YesNoUnknown.UNKNOWN
    involvement = "; neurological involvement is unknown" if unknown else ""
    return Fires(
        severity=_severity(case, window, policy, now),
        because=case.say("{}; {}{}", _window_text(case, window), _last_text(case), involvement),
        since=after_day(window.overdue_after, case.zone),
        episode=case.dose_episode,
        wanted=case.say("give the {}, or record the dose that was given", _dose(case)),
        source=f"{window.statement}, section 8.3",
        evidence=_evidence(case),
    )


def _to_confirm(case: Case, window: DoseWindow, why: str) -> CannotTell:
    return CannotTell(
        severity=Severity.MEDIUM,
        because=case.say("{}; {}; {}", why, _window_text(case, window), _last_text(case)),
        missing="a record of the dose that nobody here gives",
        since=after_day(window.overdue_after, case.zone),
        episode=case.dose_episode,
        wanted="confirm with whoever gives or takes the doses, and record the day",
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
        wanted=case.say("record what is missing: {}", window.missing),
        source="section 8.1, 8.3 and 8.6",
        evidence=_evidence(case),
    )


def _severity(case: Case, window: DoseWindow, policy: Policy, now: Moment) -> Severity:
    """Loading and first doses are high; maintenance is medium, and high with neurological involvement or after days."""
    plan = case.plan
    assert plan is not None
    is_first_or_loading = window.rests_on is None or case.phase in (Phase.NOT_STARTED, Phase.LOADING)
    if is_first_or_loading or plan.neurological_involvement is YesNoUnknown.YES:
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


def _window_text(case: Case, window: DoseWindow) -> Text:
    return case.say("the dose was due on {} and allowed until {}", window.due, window.overdue_after)


def _last_text(case: Case) -> Text:
    last = case.last_dose
    known: Text = "no dose that counts is recorded"
    if last is not None:
        known = case.say("the last dose known is of {}", last.day)
    charted = _charted_since(case)
    if charted is None:
        return known
    return case.say("{}; one charted on {} does not count: {}", known, charted.day, charted.why)


def _charted_since(case: Case) -> Uncounted | None:
    """The newest administration after the last dose that is charted and does not count."""
    last = case.last_dose
    since = [u for u in case.uncounted if last is None or u.day > last.day]
    return max(since, key=lambda u: (u.day, u.fact.fact_id), default=None)


def _evidence(case: Case) -> tuple[Fact, ...]:
    plan, last, by_mouth = case.plan, case.last_dose, case.dosing.by_mouth
    assert plan is not None
    doses = [] if last is None else [fact for fact in last.facts[:_CHARTS_SHOWN] if fact is not plan]
    signs = [by_mouth] if last is None and by_mouth is not None else []
    charted = _charted_since(case)
    shown = [] if charted is None or charted.fact in signs else [charted.fact]
    return (*doses, *signs, *shown, plan)
