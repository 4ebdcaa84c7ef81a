"""Which administrations count as doses: cobalamin of at least half the dose that was prescribed on its day.

By injection, and under a regimen by mouth also by mouth: an injection treats whatever was prescribed, and a dose by
mouth never moves an injection's clock.  Source: section 8.3 of the clinical reference.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise

from domain.facts import Administration, AdministrationStatus, Drug, Route
from domain.plans import Treatment
from domain.policy import Policy
from domain.regimens import REGIMENS
from domain.regimens.table import Regimen
from domain.words import Says, Text

_INJECTED = (Route.INTRAMUSCULAR, Route.SUBCUTANEOUS)
_COMPLETED = AdministrationStatus.COMPLETED


class Counting:
    """How the administrations of one treatment count.

    `has_changed`: the regimen has changed in it; `had_oral`: one of its regimens is by mouth; `is_by_mouth`: the
    present one is.
    """

    __slots__ = ("_changes", "_most", "_regimen", "_routes", "_share", "had_oral", "has_changed", "is_by_mouth")

    def __init__(self, treatment: Treatment, policy: Policy) -> None:
        self._share = Decimal(str(policy.doses.share_of_prescribed_at_least))
        self._most = Decimal(policy.doses.plausible_ug_at_most)
        self._regimen = treatment.regimen
        self._changes = _changes(treatment)
        self.has_changed = len(self._changes) > 1
        self.is_by_mouth = self._regimen is not None and self._regimen.is_oral
        self.had_oral = any(regimen is not None and regimen.is_oral for _, regimen in self._changes)
        self._routes = (*_INJECTED, Route.ORAL) if self.is_by_mouth else _INJECTED

    def prescribed_on(self, day: date) -> Regimen | None:
        """The regimen by which the patient was treated on this day; before the first plan, that of the first."""
        found = self._regimen
        for starts, regimen in self._changes:
            if starts > day:
                break
            found = regimen
        return found

    def why_not(self, given: Administration, day: date) -> Text:
        """Why this is no dose of the present regimen; empty when it is one."""
        if given.status is not _COMPLETED:
            return Says("its status is {}", (given.status,))
        # hydroxocobalamin is made for injection alone; the route of another cobalamin is never guessed
        if given.route not in self._routes and not (
            given.route is Route.UNKNOWN and given.drug is Drug.HYDROXOCOBALAMIN
        ):
            return Says("its route is {}", (given.route,))
        return self._why_not_amount(given.dose_ug, self.prescribed_on(day) if self.has_changed else self._regimen)

    def was_taken_by_mouth(self, given: Administration, day: date) -> bool:
        """Whether it was a dose of a regimen by mouth that was in force on this day."""
        regimen = self.prescribed_on(day)
        return (
            regimen is not None
            and regimen.is_oral
            and given.route is Route.ORAL
            and given.status is _COMPLETED
            and not given.reported
            and not self._why_not_amount(given.dose_ug, regimen)
        )

    def loads(self, given: Administration) -> bool:
        """Whether a dose that counts is also enough for the present regimen, which may prescribe more."""
        return not self._why_not_amount(given.dose_ug, self._regimen)

    def is_of_loading(self, day: date) -> bool:
        """Whether a dose of this day may be one of a loading: not where a regimen without one was prescribed then.

        What a regimen that we do not hold had is not known.  Without a loading in the present one nobody asks.
        """
        if self._regimen is None or not self._regimen.loading:
            return True
        regimen = self.prescribed_on(day)
        return regimen is None or bool(regimen.loading)

    def treats(self, day: date) -> bool:
        """Whether a dose of this day is one of the present treatment: before a loading, prophylaxis treated nothing."""
        if self._regimen is None or not self._regimen.loading:
            return True
        regimen = self.prescribed_on(day)
        return regimen is None or not regimen.is_prophylaxis

    def _why_not_amount(self, dose_ug: Decimal | None, regimen: Regimen | None) -> Text:
        if dose_ug is None:
            return ""
        if dose_ug > self._most:
            return Says("more than {} ug is not a dose of vitamin B12; check the unit", (self._most,))
        if regimen is None:
            return ""
        least = self._share * regimen.least_dose_ug
        return Says("less than {} ug is too little for {}", (least, regimen.code)) if dose_ug < least else ""


def _changes(treatment: Treatment) -> tuple[tuple[date, Regimen | None], ...]:
    """From which day on which regimen was prescribed in this treatment; from the beginning of time the first."""
    plans = treatment.plans
    if plans is None or len(plans.history) == 1 or treatment.is_under_age:
        return ((date.min, treatment.regimen),)
    first, *later = plans.history
    regimens = [(date.min, REGIMENS.get(first.regimen))]
    regimens += [(plan.starts.day(treatment.zone), REGIMENS.get(plan.regimen)) for plan in later]
    changed = [after for before, after in pairwise(regimens) if after[1] is not before[1]]
    return (regimens[0], *changed)
