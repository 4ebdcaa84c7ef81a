"""Platelets are low, or not known, before an intramuscular dose that is due or near.

The limit is 50 ×10⁹/L: intramuscular injection is safe above it (S24), and 50 itself is not above.  The rule asks for
a decision; it never holds a dose back.  Source: S24, section 8.4.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from domain.calendar import after_day, local_day, start_of_day
from domain.case import Case
from domain.comparison import is_above, is_below
from domain.facts import Analyte, LabResult, Route
from domain.judgement import CannotTell, Fires, Judgement, Quiet, Severity
from domain.moment import Moment
from domain.phase import Phase
from domain.policy import Policy
from domain.schedule import maintenance_window
from domain.views import View
from domain.window import DoseWindow, Unclear
from domain.words import Text

RULE_ID, VERSION = "platelets-low-before-im", 2
STATEMENTS = "S24, section 8.4"
READS = View.PLAN | View.DOSES | View.PHASE | View.WINDOW | View.PLATELETS

_SOURCE = "S24, section 8.4"
_DECIDE = "decide route and precautions; do not withhold by default"
_COUNT = "ask for a platelet count before the dose; do not withhold by default"
_IN_LOADING = (Phase.NOT_STARTED, Phase.LOADING)


def judge(case: Case, policy: Policy, now: Moment) -> Judgement:
    """What the newest platelet count says about the next intramuscular dose."""
    if case.plan is None or case.phase is Phase.ENDED:
        return Quiet(because="no intramuscular dose is scheduled")
    if case.regimen is None or Route.INTRAMUSCULAR not in case.regimen.routes:
        return Quiet(because="the regimen asks for no intramuscular dose")
    counts = case.results(Analyte.PLATELETS)
    if not counts:
        return _never_counted(case, policy, now)
    opens = _opens(case, policy)
    if not now.reached(opens):
        return Quiet(because=case.say("no intramuscular dose is near: the question opens on {}", _day(opens, case)))
    return _judge_count(_newest(counts, case), counts, opens, case, policy, now)


def _day(instant: datetime, case: Case) -> date:
    return local_day(instant, case.zone)


def _opens(case: Case, policy: Policy) -> datetime:
    """When the question opened: with the order, or so many days before the window; in loading it is always open."""
    window = case.next_dose
    assert case.plan is not None
    if case.phase not in _IN_LOADING and isinstance(window, DoseWindow):
        return _before(window, case, policy)
    if case.entry is not None or case.enrolled_at is None:
        return case.plan.time.instant(case.zone)
    return case.enrolled_at  # before an order is known there is no question, so none stood before


def _before(window: DoseWindow, case: Case, policy: Policy) -> datetime:
    return start_of_day(window.earliest - timedelta(days=policy.platelets.opens_days_before), case.zone)


def _never_counted(case: Case, policy: Policy, now: Moment) -> Judgement:
    """A note, once per treatment: it stands from the first question of the treatment until there is a count."""
    opens = _opens(case, policy)
    is_maintained = case.phase not in _IN_LOADING and not isinstance(case.next_dose, Unclear)
    if case.entered_after_loading and is_maintained:
        assert case.entry is not None
        first = case.entry.last_dose or min(dose.day for dose in (*case.doses, *case.reported))
        opens = _before(maintenance_window(case, first, policy), case, policy)
        if not now.reached(opens):
            return Quiet(because=case.say("no intramuscular dose is near: the question opens on {}", _day(opens, case)))
    return CannotTell(
        severity=Severity.INFO,
        because=case.say(
            "no platelet count is known; an intramuscular dose is safe above {} ×10⁹/L", policy.platelets.limit
        ),
        missing="a platelet count",
        since=opens,
        episode=case.treatment_episode,
        wanted=_COUNT,
        source=_SOURCE,
    )


def _newest(counts: tuple[LabResult, ...], case: Case) -> LabResult:
    """The newest count; of those that may be the newest (one time, or one day and no hour) the lowest.

    One with a value goes before one that only says clumped.
    """
    newest = counts[-1].time
    return min(
        (count for count in counts if not newest.is_after(count.time, case.zone)),
        key=lambda count: (not _is_usable(count), count.amount if _is_usable(count) else 0, count.fact_id),
    )


def _is_usable(count: LabResult) -> bool:
    return count.has_value and not count.clumped


def _judge_count(
    count: LabResult, counts: tuple[LabResult, ...], opens: datetime, case: Case, policy: Policy, now: Moment
) -> Judgement:
    sampled = count.time.instant(case.zone)
    if not _is_usable(count):
        return _not_known(count, "the sample was clumped", max(opens, sampled), case)
    is_safe = is_above(count, policy.platelets.limit)
    if is_safe is None:
        why = case.say("it does not tell whether it is above {}", policy.platelets.limit)
        return _not_known(count, why, max(opens, sampled), case)
    if not is_safe:
        return _low(count, counts, opens, case, policy)
    expires = _expires(count, case, policy)
    if expires is None:
        return Quiet(because=case.say("platelets were {} on {}", count, count.time))
    if now.reached(expires):
        return _not_known(
            count, case.say("it holds no longer since {}", _day(expires, case)), max(opens, expires), case
        )
    return Quiet(because=case.say("platelets were {} on {}", count, count.time))


def _expires(count: LabResult, case: Case, policy: Policy) -> datetime | None:
    """When a count above the limit stops to hold; None: never.  A count that is not exact holds as its worst value."""
    limits = policy.platelets
    if is_below(count, limits.normal_from) is False:
        return None
    days = limits.reduced_holds_days if is_below(count, limits.low_below) is False else limits.low_holds_days
    return after_day(count.time.day(case.zone) + timedelta(days=days), case.zone)


def _low(count: LabResult, counts: tuple[LabResult, ...], opens: datetime, case: Case, policy: Policy) -> Fires:
    limits, zone = policy.platelets, case.zone
    assert case.plan is not None
    is_at_limit = count.comparator is None and count.amount == limits.limit
    place = "at the limit" if is_at_limit else "under the limit"
    holds = count.time.instant(zone) + timedelta(hours=limits.at_limit_holds_hours)
    return Fires(
        severity=Severity.CRITICAL if is_below(count, limits.critical_below) else Severity.HIGH,
        because=case.say(
            "platelets were {} on {}, {} of {} ×10⁹/L for an intramuscular dose; this count holds until {}; "
            "neurological involvement: {}",
            count,
            count.time,
            place,
            limits.limit,
            holds,
            case.plan.neurological_involvement,
        ),
        since=max(opens, _low_since(counts, case, policy)),
        episode=_episode(case),
        wanted=_DECIDE,
        source=_SOURCE,
        evidence=(count, case.plan),
    )


def _low_since(counts: tuple[LabResult, ...], case: Case, policy: Policy) -> datetime:
    """When the present unbroken run of counts that are not certainly above the limit began."""
    began = counts[-1].time.instant(case.zone)
    for count in reversed(counts):
        if _is_usable(count) and is_above(count, policy.platelets.limit):
            break
        began = count.time.instant(case.zone)
    return began


def _not_known(count: LabResult, why: Text, since: datetime, case: Case) -> CannotTell:
    assert case.plan is not None
    return CannotTell(
        severity=Severity.MEDIUM,
        because=case.say(
            "platelets are not known: the newest count is {} of {}, and {}; neurological involvement: {}",
            count,
            count.time,
            why,
            case.plan.neurological_involvement,
        ),
        missing="a platelet count that holds",
        since=since,
        episode=_episode(case),
        wanted=_COUNT,
        source=_SOURCE,
        evidence=(count, case.plan),
    )


def _episode(case: Case) -> str:
    """One episode through loading; later one for each dose."""
    return case.treatment_episode if case.phase in _IN_LOADING else case.dose_episode
