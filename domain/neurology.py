"""What clinicians recorded about neurological symptoms, read once for the rules about them (S2, S19, section 8.6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from domain.calendar import ClinicalTime, after_day, start_of_day
from domain.case import Case
from domain.facts import ClinicalAssessment, Fact, Finding, TreatmentPlan, YesNoUnknown
from domain.paperwork import held_since
from domain.phase import Phase
from domain.policy import Policy
from domain.regimens import REGIMENS

BETTER: Final = (Finding.NEUROLOGY_IMPROVED, Finding.NEUROLOGY_RESOLVED, Finding.STILL_IMPROVING)
"""Any of them says that improvement has begun."""
NOT_BETTER: Final = (Finding.NEUROLOGY_UNCHANGED, Finding.NEUROLOGY_WORSE)
NEUROLOGICAL: Final = (*BETTER, *NOT_BETTER, Finding.NO_FURTHER_IMPROVEMENT)


@dataclass(frozen=True, slots=True)
class Begun:
    """The earliest day on which the patient is known to have been treated, and the fact that says so."""

    day: date
    time: ClinicalTime
    fact: Fact

    def evidence(self, plan: TreatmentPlan) -> tuple[Fact, ...]:
        return (plan,) if self.fact is plan else (self.fact, plan)


def begun(case: Case) -> Begun | None:
    """When treatment began, or by when it had begun.

    Of a patient who came in mid-course perhaps only the last dose is told: then it began on that day or before.
    """
    known = [Begun(dose.day, dose.time, dose.facts[0]) for dose in case.doses[:1]]
    entry = case.entry
    if entry is not None:
        told = (entry.treatment_started, entry.last_dose)
        known += [Begun(day, ClinicalTime(day), entry) for day in told if day is not None]
    return min(known, key=lambda begun: begun.day, default=None)


def is_neurological(plan: TreatmentPlan) -> bool:
    """Whether the plan says that there is neurological involvement, be it by its regimen."""
    if plan.neurological_involvement is YesNoUnknown.YES:
        return True
    regimen = REGIMENS.get(plan.regimen)
    return regimen is not None and regimen.for_involvement is YesNoUnknown.YES


def came_after_its_start(case: Case) -> bool:
    """Whether the rules about the start of a neurological treatment are for others: the patient came after loading, and
    the involvement was known then.  Where a later plan says it, it is news."""
    if not case.entered_after_loading:
        return False
    assert case.plans is not None and case.entry is not None, "somebody came by a plan"
    history = case.plans.history
    return history.index(held_since(case, is_neurological)) <= history.index(case.entry)


def begun_with_involvement(case: Case) -> Begun | None:
    """When treatment of a patient with known neurological involvement began."""
    return _begun_under(case, is_neurological)


def begun_open_loading(case: Case) -> Begun | None:
    """When a loading began that only "no further improvement" ends."""
    return _begun_under(case, _loads_until_plateau)


def _loads_until_plateau(plan: TreatmentPlan) -> bool:
    regimen = REGIMENS.get(plan.regimen)
    return regimen is not None and regimen.loading_ends_with is Finding.NO_FURTHER_IMPROVEMENT


def _begun_under(case: Case, holds: Callable[[TreatmentPlan], bool]) -> Begun | None:
    """When treatment began under plans of which this holds: with the first dose, or with the later plan that changed
    it."""
    start = begun(case)
    if start is None or case.plans is None:
        return None
    held = held_since(case, holds)
    if held in (case.plans.history[0], case.entry):
        return start
    day = held.starts.day(case.zone)
    return start if start.day >= day else Begun(day, held.starts, held)


def review_due(case: Case, policy: Policy) -> datetime | None:
    """From when the review of an open-ended loading is due; None while no such loading is known to go on.

    "Still improving" answers it for some days, the last of which is answered in full.
    """
    regimen = case.regimen
    if regimen is None or case.phase is not Phase.LOADING:
        return None
    if regimen.loading_ends_with is not Finding.NO_FURTHER_IMPROVEMENT:
        return None
    start = begun_open_loading(case)
    if start is None:
        return None
    due = start_of_day(start.day + timedelta(days=policy.neurology.review_day), case.zone)
    improving = case.found(Finding.STILL_IMPROVING)
    if not improving:
        return due
    holds = timedelta(days=policy.neurology.review_holds_days)
    return max(due, after_day(improving[-1].time.day(case.zone) + holds, case.zone))


def worse(case: Case) -> tuple[ClinicalAssessment, ...]:
    """The assessments since which neurological symptoms have been worse, the oldest first; none where they are not.

    What an assessment of a later day says stands; of those of one day, the worse one.  What was worse before the
    treatment is why there is one.
    """
    if not case.found(Finding.NEUROLOGY_WORSE):
        return ()
    zone, from_day = case.zone, _treated_from(case)
    told = [(a, a.time.day(zone)) for a in case.found(*NEUROLOGICAL)]
    worse_days = {day for a, day in told if Finding.NEUROLOGY_WORSE in a.findings and day >= from_day}
    run: list[ClinicalAssessment] = []
    for assessment, day in reversed(told):
        if day not in worse_days:
            break
        if Finding.NEUROLOGY_WORSE in assessment.findings:
            run.append(assessment)
    return tuple(reversed(run))


def _treated_from(case: Case) -> date:
    """The first day of which a worsening is one under treatment; a patient who came in mid-course was treated before.

    From the day on which the plan was made: who waits for the first dose is in our care.
    """
    assert case.plans is not None, "without a plan nobody is treated"
    if case.entry is not None:
        return case.plans.from_day
    first, start = case.plans.first, begun(case)
    days = (first.time.day(case.zone), first.starts.day(case.zone))
    return min(days) if start is None else min(*days, start.day)
