"""Platelets are low, or not known, before an intramuscular dose that is due or near.

The limit is 50 ×10⁹/L: intramuscular injection is safe above it (S24), and 50 itself is not above.  The rule asks for
a decision; it never holds a dose back.  The dose is the next of the plan, or one that is ordered beside a plan without
such doses.  Where the plan leaves open whether into the muscle or under the skin, an open order tells, else the last
dose, and where neither does it is taken to be into the muscle.  A low count stands until a later one can be read: a
repeat that was clumped takes nothing from it.

That there never was a count is a note.  Where a loading dose is next, or one is ordered, it opens at once: it has to be
known before a dose that may be given today.  Of a patient who came after loading it waits for a day after the plan
became known: the doses before were given without us, and what was counted meanwhile mostly comes within hours of the
plan.  What is low is never waited for.  Source: S24, section 8.4, H16.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.calendar import after_day, local_day, start_of_day
from domain.case import Case
from domain.comparison import is_above, is_below
from domain.facts import (
    Administration,
    AdministrationStatus,
    Analyte,
    Fact,
    LabResult,
    MedicationOrder,
    OrderStatus,
    Route,
    TreatmentPlan,
)
from domain.judgement import CannotTell, Fires, Judgement, Quiet, Severity
from domain.moment import Moment
from domain.paperwork import asked_since
from domain.phase import Phase
from domain.policy import Policy
from domain.runs import first_of_run
from domain.schedule import maintenance_window
from domain.views import View
from domain.window import DoseWindow, Unclear
from domain.words import Text

RULE_ID, VERSION = "platelets-low-before-im", 3
STATEMENTS = "S24, section 8.4"
READS = View.PLAN | View.DOSES | View.PHASE | View.WINDOW | View.PLATELETS | View.ORDERS | View.COBALAMIN

_SOURCE = "S24, section 8.4"
_DECIDE = "decide route and precautions; do not withhold by default"
_COUNT = "ask for a platelet count before the dose; do not withhold by default"
_IN_CITRATE = "repeat the count in a citrate tube"
_CITRATE = f"{_IN_CITRATE} before the dose; do not withhold by default"
_INJECTED = (Route.INTRAMUSCULAR, Route.SUBCUTANEOUS)
_IN_LOADING = (Phase.NOT_STARTED, Phase.LOADING)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The question about one dose: since when it is open, the order that asks for it beside the plan, its episode."""

    opens: datetime
    episode: str
    order: MedicationOrder | None = None
    assumed: str = ""


def judge(case: Case, policy: Policy, now: Moment) -> Judgement:
    """What the newest platelet count says about the next intramuscular dose."""
    if case.plan is None or case.phase is Phase.ENDED:
        return Quiet(because="no intramuscular dose is scheduled")
    if case.is_under_age:
        return Quiet(because="the patient is too young for the regimens that b12watch holds")
    asked = _question(case, policy, now)
    if not isinstance(asked, _Asked):
        return Quiet(because=asked)
    counts = case.results(Analyte.PLATELETS)
    if not counts:
        return _never_counted(asked, case, policy, now)
    if not now.reached(asked.opens):
        return Quiet(because=_not_near(asked.opens, case))
    return _judge_count(_newest(counts, case), counts, asked, case, policy, now)


def _question(case: Case, policy: Policy, now: Moment) -> _Asked | str:
    """The dose that is asked about; why there is none, where there is none."""
    routes = case.regimen.routes if case.regimen is not None else ()
    if Route.INTRAMUSCULAR not in routes:
        ordered = [o for o in _open_orders(case, policy, now) if o.route is Route.INTRAMUSCULAR]
        if not ordered:
            return "neither the regimen nor an order asks for an intramuscular dose"
        first = min(ordered, key=lambda o: (o.time.instant(case.zone), o.fact_id))
        return _Asked(_ordered(first, case), f"order:{first.fact_id}", first)
    assumed = ""
    if Route.SUBCUTANEOUS in routes:
        if _said_routes(case, policy, now) == {Route.SUBCUTANEOUS}:
            return "the next dose goes under the skin: that is what was ordered, or what was done last"
        assumed = "; into the muscle is assumed unless an order or the last dose says under the skin"
    episode = case.treatment_episode if case.phase in _IN_LOADING else case.dose_episode
    return _Asked(_opens(case, policy), episode, assumed=assumed)


def _open_orders(case: Case, policy: Policy, now: Moment) -> list[MedicationOrder]:
    """Orders of cobalamin that wait for a dose: an order without an end is answered by its first injection."""
    return [
        order
        for order in case.orders
        if order.drug.is_cobalamin
        and order.status is OrderStatus.ACTIVE
        and not now.reached(_over(order, case, policy))
        and (order.end is not None or not _was_given(order, case))
    ]


def _over(order: MedicationOrder, case: Case, policy: Policy) -> datetime:
    last_day = order.starts.day(case.zone) + timedelta(days=policy.platelets.order_holds_days)
    if order.end is not None:
        last_day = min(last_day, order.end.day(case.zone))
    return after_day(last_day, case.zone)


def _was_given(order: MedicationOrder, case: Case) -> bool:
    return any(
        given.status is AdministrationStatus.COMPLETED
        and given.route in _INJECTED
        and not order.starts.is_after(given.time, case.zone)
        for given in case.cobalamin
    )


def _said_routes(case: Case, policy: Policy, now: Moment) -> set[Route]:
    """The routes that the open orders tell; where they tell none, those by which the last dose is charted."""
    ordered = {order.route for order in _open_orders(case, policy, now) if order.route in _INJECTED}
    if ordered or not case.doses:
        return ordered
    return {fact.route for fact in case.doses[-1].facts if isinstance(fact, Administration)}


def _ordered(order: MedicationOrder, case: Case) -> datetime:
    """When the order opened the question; before a new patient is known there is no question."""
    made = order.time.instant(case.zone)
    return made if case.entry is not None or case.enrolled_at is None else max(made, case.enrolled_at)


def _not_near(opens: datetime, case: Case) -> Text:
    return case.say("no intramuscular dose is near: the question opens on {}", _day(opens, case))


def _day(instant: datetime, case: Case) -> date:
    return local_day(instant, case.zone)


def _opens(case: Case, policy: Policy) -> datetime:
    """When the question opened: with the order, or so many days before the window; in loading it is always open."""
    window = case.next_dose
    assert case.plan is not None
    if case.phase not in _IN_LOADING and isinstance(window, DoseWindow):
        return _before(window, case, policy)
    return _with_plan(case.plan, case)


def _with_plan(plan: TreatmentPlan, case: Case) -> datetime:
    if case.entry is not None or case.enrolled_at is None:
        return asked_since(plan, case)
    return case.enrolled_at  # before an order is known there is no question, so none stood before


def _before(window: DoseWindow, case: Case, policy: Policy) -> datetime:
    return start_of_day(window.earliest - timedelta(days=policy.platelets.opens_days_before), case.zone)


def _never_counted(asked: _Asked, case: Case, policy: Policy, now: Moment) -> Judgement:
    """A note, once per treatment: it stands from the first question of the treatment until there is a count."""
    opens = asked.opens if asked.order is not None else _first_opens(case, policy)
    if not now.reached(opens):
        return Quiet(because=_not_near(opens, case))
    if asked.order is None and case.entered_after_loading and case.phase not in _IN_LOADING:
        assert case.enrolled_at is not None, "there is a plan"
        awaited_until = case.enrolled_at + timedelta(days=policy.platelets.first_count_awaited_days)
        if not now.reached(awaited_until):
            return Quiet(
                because=case.say("what was counted before the plan came is waited for until {}", awaited_until)
            )
    return CannotTell(
        severity=Severity.INFO,
        because=case.say(
            "no platelet count is known; an intramuscular dose is safe above {} ×10⁹/L{}",
            policy.platelets.limit,
            asked.assumed,
        ),
        missing="a platelet count",
        since=opens,
        episode=case.treatment_episode,
        wanted=_COUNT,
        source=_SOURCE,
    )


def _first_opens(case: Case, policy: Policy) -> datetime:
    """When the first question of the treatment opened."""
    assert case.plans is not None
    if case.entered_after_loading and case.phase not in _IN_LOADING and not isinstance(case.next_dose, Unclear):
        assert case.entry is not None
        first = case.entry.last_dose or min(dose.day for dose in (*case.doses, *case.reported))
        return _before(maintenance_window(case, first, policy), case, policy)
    return _with_plan(case.plans.first, case)


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
    count: LabResult, counts: tuple[LabResult, ...], asked: _Asked, case: Case, policy: Policy, now: Moment
) -> Judgement:
    is_safe = _is_safe(count, policy)
    if is_safe is None:
        known = _last_told(counts, case, policy)
        if known is not None and not _is_safe(known, policy):
            return _low(known, counts, asked, case, policy, repeat=count)
        return _unreadable(count, asked, case, policy)
    if not is_safe:
        return _low(count, counts, asked, case, policy)
    expires = _expires(count, case, policy)
    if expires is not None and now.reached(expires):
        why = case.say("it holds no longer since {}", _day(expires, case))
        return _not_known(count, why, _COUNT, expires, asked, case)
    return Quiet(because=case.say("platelets were {} on {}", count, count.time))


def _is_safe(count: LabResult, policy: Policy) -> bool | None:
    """Whether the count is above the limit; None where it does not tell."""
    return is_above(count, policy.platelets.limit) if _is_usable(count) else None


def _last_told(counts: tuple[LabResult, ...], case: Case, policy: Policy) -> LabResult | None:
    """The newest of the counts that tell; a later one that does not tell takes nothing from it."""
    told = tuple(count for count in counts if _is_safe(count, policy) is not None)
    return _newest(told, case) if told else None


def _unreadable(count: LabResult, asked: _Asked, case: Case, policy: Policy) -> CannotTell:
    sampled = count.time.instant(case.zone)
    if not _is_usable(count):
        return _not_known(
            count, "the sample was clumped, which makes a count falsely low", _CITRATE, sampled, asked, case
        )
    why = case.say("it does not tell whether it is above {}", policy.platelets.limit)
    return _not_known(count, why, _COUNT, sampled, asked, case)


def _expires(count: LabResult, case: Case, policy: Policy) -> datetime | None:
    """When a count above the limit stops to hold; None: never.  A count that is not exact holds as its worst value."""
    limits = policy.platelets
    if is_below(count, limits.normal_from) is False:
        return None
    days = limits.reduced_holds_days if is_below(count, limits.low_below) is False else limits.low_holds_days
    return after_day(count.time.day(case.zone) + timedelta(days=days), case.zone)


def _low(
    count: LabResult,
    counts: tuple[LabResult, ...],
    asked: _Asked,
    case: Case,
    policy: Policy,
    repeat: LabResult | None = None,
) -> Fires:
    """A low count, which `repeat`, taken later, did not answer."""
    limits, zone = policy.platelets, case.zone
    assert case.plan is not None
    is_at_limit = count.comparator is None and count.amount == limits.limit
    began = first_of_run(count, counts, lambda c: bool(_is_safe(c, policy)), zone)
    is_clumped = repeat is not None and not _is_usable(repeat)
    return Fires(
        severity=Severity.CRITICAL if is_below(count, limits.critical_below) else Severity.HIGH,
        because=case.say(
            "platelets were {} on {}, {} of {} ×10⁹/L for an intramuscular dose{}; "
            "for a dose after {} a newer count is wanted{}; neurological involvement: {}",
            count,
            count.time,
            "at the limit" if is_at_limit else "under the limit",
            limits.limit,
            case.say(", ordered on {}", asked.order.time) if asked.order is not None else asked.assumed,
            count.time.instant(zone) + timedelta(hours=limits.at_limit_holds_hours),
            "" if repeat is None else _repeated(repeat, case),
            case.plan.neurological_involvement,
        ),
        since=max(asked.opens, began.time.instant(zone)),
        episode=asked.episode,
        wanted=f"{_DECIDE}; {_IN_CITRATE}" if is_clumped else _DECIDE,
        source=_SOURCE,
        evidence=_evidence(asked, case, count, repeat),
    )


def _repeated(repeat: LabResult, case: Case) -> Text:
    why = case.say("was {} and does not tell", repeat) if _is_usable(repeat) else "was clumped"
    return case.say("; the repeat of {} {}", repeat.time, why)


def _evidence(asked: _Asked, case: Case, *counts: LabResult | None) -> tuple[Fact, ...]:
    return tuple(fact for fact in (*counts, asked.order, case.plan) if fact is not None)


def _not_known(count: LabResult, why: Text, wanted: str, since: datetime, asked: _Asked, case: Case) -> CannotTell:
    assert case.plan is not None
    return CannotTell(
        severity=Severity.MEDIUM,
        because=case.say(
            "platelets are not known: the newest count is {} of {}, and {}{}; neurological involvement: {}",
            count,
            count.time,
            why,
            asked.assumed,
            case.plan.neurological_involvement,
        ),
        missing="a platelet count that holds",
        since=max(asked.opens, since),
        episode=asked.episode,
        wanted=wanted,
        source=_SOURCE,
        evidence=_evidence(asked, case, count),
    )
