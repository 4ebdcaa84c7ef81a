"""What operations on the gut ask for: how much of the ileum was removed, and which vitamin B12 there is without a plan
(S12, S13)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from domain.calendar import after_day
from domain.case import Case
from domain.charting import b12_given
from domain.facts import Condition, EndReason, OrderStatus, SupplyStatus
from domain.moment import Moment
from domain.policy import Policy
from domain.words import Text


def removed_cm(resected: Sequence[Condition], case: Case) -> tuple[Decimal, bool]:
    """How much of the ileum was removed in all, and whether the length of every operation is known.

    What was removed on several days adds up; of two records of one day the greater length counts.
    """
    by_day: dict[date, Decimal | None] = {}
    for condition in resected:
        day, length = condition.time.day(case.zone), condition.length_cm
        known = by_day.get(day)
        by_day[day] = length if known is None else max(known, length or known)
    lengths = [length for length in by_day.values() if length is not None]
    return sum(lengths, Decimal(0)), len(lengths) == len(by_day)


def not_asked_again(case: Case) -> Text:
    """Why no treatment is asked for after the one that ended; empty where it is asked for."""
    plan = case.plan
    if plan is None or plan.end is None:
        return ""
    if plan.end.reason is not EndReason.STOPPED:
        return case.say("the treatment has ended: {}, by {}", plan.end.reason, plan.end.actor)
    return "the treatment was stopped: lifelong-treatment-stopped says so" if case.is_meant_for_life else ""


def asked_after(operation: Condition, case: Case, policy: Policy) -> datetime:
    """From when on the paperwork of an operation is asked for."""
    return operation.time.instant(case.zone) + timedelta(hours=policy.paperwork.opens_after_hours)


def wanted_since(operation: Condition, covered: Sequence[datetime], case: Case, policy: Policy) -> datetime:
    """Since when treatment is missing: a day after the operation, and not while there was vitamin B12, or a plan."""
    plan = case.plan
    ended = [plan.end.time.instant(case.zone)] if plan is not None and plan.end is not None else []
    return max([asked_after(operation, case, policy), *covered, *ended])


def doses_hold_until(case: Case, policy: Policy) -> Iterator[datetime]:
    """Until when each vitamin B12 that was given counts as treatment without a plan."""
    for given in b12_given(case, policy):
        yield _after(given.time.day(case.zone), policy.charting.b12_holds_days, case)


def products_hold_until(case: Case, policy: Policy) -> Iterator[datetime]:
    """The same for what was prescribed or handed over."""
    days = policy.charting.b12_holds_days
    for order in case.orders:
        if order.drug.is_cobalamin and order.status is OrderStatus.ACTIVE:
            end = order.end
            yield after_day(end.day(case.zone), case.zone) if end else _after(order.starts.day(case.zone), days, case)
    for supply in case.supplies:
        if supply.drug.is_cobalamin and supply.status is SupplyStatus.COMPLETED:
            yield _after(supply.time.day(case.zone), days if supply.days is None else supply.days, case)


def is_covered(covered: Sequence[datetime], now: Moment) -> bool:
    return bool(covered) and not now.reached(max(covered))


def _after(day: date, days: int, case: Case) -> datetime:
    return after_day(day + timedelta(days=days), case.zone)
