"""A vegan or strict vegetarian diet is recorded, and neither a supplement, nor fortified food, nor a treatment.

A note, with or without a plan, since supplements that people buy themselves are in no record.  Quiet under a plan, and
for 90 days after vitamin B12 was given or handed over (or as long as what was handed over lasts).
Source: S23, section 8.8.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from domain.calendar import after_day
from domain.case import Case
from domain.facts import AdministrationStatus, Condition, ConditionCode, EndReason, SupplyStatus
from domain.judgement import Fires, Judgement, Quiet, Severity
from domain.moment import Moment
from domain.policy import Policy
from domain.views import View

RULE_ID, VERSION = "diet-without-supplement", 1
STATEMENTS = "S23, section 8.8"
READS = View.PLAN | View.CONDITIONS | View.COBALAMIN | View.SUPPLIES

_DIETS = {ConditionCode.VEGAN_DIET: "vegan", ConditionCode.STRICT_VEGETARIAN_DIET: "strict vegetarian"}
_GONE = (EndReason.DIED, EndReason.TRANSFERRED)


def judge(case: Case, policy: Policy, now: Moment) -> Judgement:
    """Whether a diet without vitamin B12 is made good for."""
    diet = _diet(case) if case.conditions else None
    if diet is None:
        return Quiet(because="no vegan or strict vegetarian diet is recorded")
    if case.condition(ConditionCode.SUPPLEMENTED) is not None:
        return Quiet(because="a supplement or fortified food is recorded")
    plan = case.plan
    if plan is not None and case.plans is not None and not case.plans.ended:
        return Quiet(because="the patient is treated")
    if case.is_under_age or (plan is not None and plan.end is not None and plan.end.reason in _GONE):
        return Quiet(because="there is nobody here to advise")
    covered_until = max(_covered(case, policy), default=None)
    if covered_until is not None and not now.reached(covered_until):
        return Quiet(because="vitamin B12 was given or handed over, which counts as treatment for a while")
    ended = plan.end.time.instant(case.zone) if plan is not None and plan.end is not None else None
    return Fires(
        severity=Severity.INFO,
        because=case.say(
            "a {} diet is recorded since {}, and no vitamin B12 supplement or fortified food",
            _DIETS[diet.code],
            diet.time,
        ),
        since=max(time for time in (diet.time.instant(case.zone), covered_until, ended) if time is not None),
        episode="diet",
        wanted="advise a vitamin B12 supplement or fortified food, or record that it is taken",
        source=STATEMENTS,
        evidence=(diet,),
    )


def _diet(case: Case) -> Condition | None:
    """The diet that is recorded: the vegan one where there are both."""
    return next((found for code in _DIETS if (found := case.condition(code)) is not None), None)


def _covered(case: Case, policy: Policy) -> Iterator[datetime]:
    """Until when each vitamin B12 that was given or handed over counts as treatment."""
    days = policy.diet.b12_holds_days
    for given in case.cobalamin:
        if given.status is AdministrationStatus.COMPLETED:
            yield after_day(given.time.day(case.zone) + timedelta(days=days), case.zone)
    for supply in case.supplies:
        if supply.drug.is_cobalamin and supply.status is SupplyStatus.COMPLETED:
            lasts = days if supply.days is None else supply.days
            yield after_day(supply.time.day(case.zone) + timedelta(days=lasts), case.zone)
