"""What a regimen table is made of, and the checks made when one is built."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from domain.calendar import add_months
from domain.errors import BrokenTable
from domain.facts import Drug, Finding, Route, YesNoUnknown
from domain.phase import Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A number of calendar months or of days (one of the two)."""

    months: int | None = None
    days: int | None = None

    def __post_init__(self) -> None:
        if (self.months is None) == (self.days is None):
            raise BrokenTable("a span has months or days, one of the two")

    def after(self, day: date) -> date:
        return add_months(day, self.months) if self.months is not None else day + timedelta(days=self.days or 0)

    def __str__(self) -> str:
        count, unit = (self.months, "month") if self.months is not None else (self.days, "day")
        return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """When the next dose may be given, is meant for, and is late, counted from the last.

    Without `overdue_after` the interval is a point, and its grace comes from the policy.
    """

    earliest: Span
    due: Span
    overdue_after: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A stretch of the regimen: so many doses, or until a clinician records `until`, or (maintenance) without end.

    `statement` is the source statement (S1-S24) that it comes from.
    """

    phase: Phase
    statement: str
    gap: Gap
    doses: int | None = None
    until: Finding | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Regimen:
    """Drug, dose, route and steps of one regimen.

    Raises: BrokenTable when the steps leave a dose without a window: loading steps come first and each has an end of
    its own, the last step is maintenance and has none.
    """

    code: str
    name: str
    drug: Drug
    dose_ug: int
    route: Route
    for_involvement: YesNoUnknown
    steps: tuple[Step, ...]
    source: str

    def __post_init__(self) -> None:
        if not self.steps:
            raise BrokenTable(f"{self.code}: a regimen needs at least one step")
        *loading, last = self.steps
        if last.phase is not Phase.MAINTENANCE or last.doses is not None or last.until is not None:
            raise BrokenTable(f"{self.code}: the last step must be maintenance without end")
        for step in loading:
            if step.phase is not Phase.LOADING or (step.doses is None) == (step.until is None):
                raise BrokenTable(f"{self.code}: a loading step ends after a number of doses or with a finding")
            if step.doses is not None and step.doses < 1:
                raise BrokenTable(f"{self.code}: a loading step has at least one dose")
        if self.dose_ug <= 0:
            raise BrokenTable(f"{self.code}: the dose must be above zero")
        for step in self.steps:
            self._check_order(step.gap)

    def _check_order(self, gap: Gap) -> None:
        day = date(2026, 1, 31)
        late = (gap.overdue_after or gap.due).after(day)
        if not day < gap.earliest.after(day) <= gap.due.after(day) <= late:
            raise BrokenTable(f"{self.code}: earliest, due and overdue must follow one another")

    @property
    def loading(self) -> tuple[Step, ...]:
        return self.steps[:-1]

    @property
    def maintenance(self) -> Step:
        return self.steps[-1]

    @property
    def loading_doses(self) -> int | None:
        """How many doses complete the loading; None where only a clinician's finding does."""
        counts = [step.doses for step in self.loading]
        return None if None in counts else sum(count for count in counts if count is not None)

    @property
    def loading_ends_with(self) -> Finding | None:
        """The finding without which the loading goes on, where there is one."""
        return next((step.until for step in self.loading if step.until is not None), None)

    def loading_step(self, doses_given: int) -> Step:
        """The step to which the dose after `doses_given` doses belongs."""
        for step in self.loading:
            if step.doses is None or doses_given < step.doses:
                return step
            doses_given -= step.doses
        return self.loading[-1] if self.loading else self.maintenance
