"""Treatment by mouth: whether it is absorbed, since when it is given, and how long the tablets last (S11, S14-S17)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from domain.case import Case
from domain.facts import Cause, Condition, ConditionCode, MedicationSupply, Route, SupplyStatus, TreatmentPlan
from domain.paperwork import held_since
from domain.policy import Policy
from domain.regimens import REGIMENS

_MALABSORPTION = (Cause.PERNICIOUS_ANAEMIA, Cause.MALABSORPTION, Cause.GASTRECTOMY)
_MALABSORBING = (ConditionCode.PERNICIOUS_ANAEMIA, ConditionCode.MALABSORPTION, ConditionCode.GASTRECTOMY)
_CUT = (ConditionCode.ILEAL_RESECTION, ConditionCode.BARIATRIC_SURGERY)


def is_unexplained(plan: TreatmentPlan) -> bool:
    """Whether the plan is for treatment by mouth, and does not say why there are no injections."""
    return is_by_mouth(plan) and plan.oral_reason is None


def is_by_mouth(plan: TreatmentPlan) -> bool:
    regimen = REGIMENS.get(plan.regimen)
    return regimen is not None and regimen.is_oral


def malabsorption(case: Case) -> TreatmentPlan | Condition | None:
    """What says that vitamin B12 is not absorbed: the plan by its cause, or a condition on record."""
    if case.plan is not None and case.plan.cause in _MALABSORPTION:
        return case.plan
    if not case.conditions:
        return None
    return next((found for code in _MALABSORBING if (found := case.condition(code)) is not None), None)


def is_absorbed(case: Case) -> bool:
    """Whether absorption is normal: the cause is in the diet, and nothing on record hinders it."""
    assert case.plan is not None, "without a plan no cause is known"
    return case.plan.cause is Cause.DIETARY and not any(case.condition(code) for code in (*_MALABSORBING, *_CUT))


def tablets_since(case: Case) -> date | None:
    """When the present treatment by mouth started: with the treatment, or with the plan that changed it to tablets.

    None where no start is known, or where it was before the patient came to us.
    """
    if case.start is None or case.plans is None:
        return None
    began, started = held_since(case, is_by_mouth), case.start.day(case.zone)
    entry = case.entry
    if case.entered_after_loading and entry is not None and not began.starts.is_after(entry.starts, case.zone):
        return None
    return started if began is case.plans.history[0] else max(started, began.starts.day(case.zone))


@dataclass(frozen=True, slots=True)
class Tablets:
    """What is known of tablets that are taken every day.

    `newest` was handed over last; `until` is the last day for which a supply or a dose is known; `last_day` is the day
    until whose end nothing more need be known.
    """

    newest: MedicationSupply | None
    until: date | None
    last_day: date


def newest_supply(case: Case) -> MedicationSupply | None:
    """The tablets that were handed over last."""
    return next((s for s in reversed(case.supplies) if _is_handed_over(s)), None)


def tablets_of(case: Case, policy: Policy) -> Tablets:
    """The tablets of a patient whose regimen is taken every day."""
    supplies = [s for s in case.supplies if _is_handed_over(s)]
    ends = [s.time.day(case.zone) + timedelta(days=s.days) for s in supplies if s.days is not None]
    if case.last_dose is not None:
        ends.append(case.last_dose.day)
    until = max(ends, default=None)
    starts = held_since(case, _is_daily).starts.day(case.zone)
    last_day = starts + timedelta(days=policy.oral.first_sign_days)
    if until is not None:
        last_day = max(last_day, until + timedelta(days=policy.oral.supply_grace_days))
    return Tablets(supplies[-1] if supplies else None, until, last_day)


def _is_daily(plan: TreatmentPlan) -> bool:
    regimen = REGIMENS.get(plan.regimen)
    return regimen is not None and regimen.is_daily


def _is_handed_over(supply: MedicationSupply) -> bool:
    return supply.status is SupplyStatus.COMPLETED and supply.drug.is_cobalamin and supply.route is Route.ORAL
