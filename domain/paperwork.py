"""Since when a plan asks for something: since it was made, or from a day after the start on (sections 8.1 and 8.8)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from domain.calendar import start_of_day
from domain.case import Case
from domain.facts import TreatmentPlan
from domain.policy import Policy


def asked_since(plan: TreatmentPlan, case: Case) -> datetime:
    """Since when this plan asks: since it was made; but before a plan is known there is no question.

    Of a patient who came to us in mid-course the question stood before the plan that says so was made: it is asked
    since the beginning of that day, so that a plan sent in the moment in which it was made opens no new question.
    """
    made, entry, known = plan.time.instant(case.zone), case.entry, case.enrolled_at
    if entry is not None:
        is_news = made > entry.time.instant(case.zone)
        return made if is_news else start_of_day(plan.time.day(case.zone), case.zone)
    return made if known is None else max(made, known)


def paperwork_opens(case: Case, policy: Policy) -> datetime:
    """When what the plan leaves unsaid is asked for: so many hours after its start, or the first dose if that came
    earlier.  Of a patient who came after loading the start was before the plan, also where nobody told when."""
    assert case.plans is not None, "without a plan nothing is left unsaid"
    first, entry = case.plans.first, case.entry
    if case.entered_after_loading and entry is not None and entry.treatment_started is None:
        return asked_since(first, case)
    starts = first.starts.instant(case.zone)
    if case.start is not None:
        starts = min(starts, case.start.instant(case.zone))
    return max(starts + timedelta(hours=policy.paperwork.opens_after_hours), asked_since(first, case))


def held_since(case: Case, holds: Callable[[TreatmentPlan], bool]) -> TreatmentPlan:
    """The plan since which what holds of the plan in force has held of every plan."""
    assert case.plans is not None, "without a plan nothing holds"
    held = case.plans.current
    for plan in reversed(case.plans.history):
        if not holds(plan):
            break
        held = plan
    return held
