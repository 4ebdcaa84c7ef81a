"""What a regimen table is made of, and the checks made when one is built."""

from __future__ import annotations

from dataclasses import dataclass, field
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
    """A stretch of the regimen; the last, maintenance, has no end, and each before it ends in one of four ways.

    After `doses` doses: up to `doses_most` belong to it where each further one comes when this step would have it.
    With the first dose that is `days` days or more after the step's first.  When a clinician records `until` (with
    `doses`: whichever comes first).  Or with a normal haemoglobin (only the last step before maintenance).
    `dose_ug` is the dose where it differs from the regimen's; `gap_if_dietary` the gap where the cause is the diet;
    `asks_response`: the step after it is given where a response to this one is seen.
    `statement` is the source statement (S1-S24), or the section of the clinical reference, that it comes from.
    """

    phase: Phase
    statement: str
    gap: Gap
    dose_ug: int | None = None
    doses: int | None = None
    doses_most: int | None = None
    days: int | None = None
    until: Finding | None = None
    until_normal_haemoglobin: bool = False
    gap_if_dietary: Gap | None = None
    asks_response: bool = False

    @property
    def has_end(self) -> bool:
        return bool(self.doses or self.days or self.until or self.until_normal_haemoglobin)

    @property
    def spare(self) -> int:
        """How many doses may follow those that complete the step and still belong to it."""
        return 0 if self.doses is None or self.doses_most is None else self.doses_most - self.doses

    def fault(self) -> str:
        """What keeps this from being a step before maintenance; empty where nothing does."""
        ends = (self.doses or self.until, self.days, self.until_normal_haemoglobin)
        if self.phase is not Phase.LOADING or sum(map(bool, ends)) != 1:
            return "a loading step ends after a number of doses or of days, with a finding or a normal haemoglobin"
        if any(number is not None and number < 1 for number in (self.doses, self.days)):
            return "a loading step has at least one dose, and one day"
        if self.doses_most is not None and self.doses_most <= (self.doses or self.doses_most):
            return "the most doses of a step are more than its doses"
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Regimen:
    """Drug, dose (the full one), routes and steps of one regimen.

    `drug` is None where the source names none: any cobalamin.  `for_involvement` says for whom it is meant as to
    neurological involvement, None where the source does not ask.  `is_prophylaxis`: nothing is deficient yet.
    `choice_of` is the code under which this is one of several.  `interval_is_limit`: a prescribed interval has no
    grace.  `least_dose_ug` is the smallest dose that a step prescribes.  `loading_doses` complete the loading, None
    where something else than their number does; without the finding `loading_ends_with` it goes on, where there is one,
    and any of `loading_findings` ends it.

    Raises: BrokenTable when the steps leave a dose without a window: loading steps come first and each has an end of
    its own, the last step is maintenance and has none.
    """

    code: str
    name: str
    drug: Drug | None
    dose_ug: int
    routes: tuple[Route, ...]
    steps: tuple[Step, ...]
    source: str
    for_involvement: YesNoUnknown | None = None
    is_prophylaxis: bool = False
    interval_is_limit: bool = False
    choice_of: str = ""
    loading: tuple[Step, ...] = field(init=False)
    maintenance: Step = field(init=False)
    least_dose_ug: int = field(init=False)
    loading_doses: int | None = field(init=False)
    loading_ends_with: Finding | None = field(init=False)
    loading_findings: tuple[Finding, ...] = field(init=False)

    def __post_init__(self) -> None:
        if not self.steps or not self.routes:
            raise BrokenTable(f"{self.code}: a regimen needs at least one step and one route")
        *loading, last = self.steps
        least = min(self.dose_ug if step.dose_ug is None else step.dose_ug for step in self.steps)
        counts = [step.doses for step in loading]
        ends_with = next((step.until for step in loading if step.until is not None and step.doses is None), None)
        findings = tuple(step.until for step in loading if step.until is not None)
        derived = {
            "loading": tuple(loading),
            "maintenance": last,
            "least_dose_ug": least,
            "loading_doses": None if None in counts else sum(count or 0 for count in counts),
            "loading_ends_with": ends_with,
            "loading_findings": findings if ends_with is not None else (Finding.LOADING_COMPLETE, *findings),
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)  # worked out once: they are asked for at every event
        if last.phase is not Phase.MAINTENANCE or last.has_end:
            raise BrokenTable(f"{self.code}: the last step must be maintenance without end")
        if least <= 0:
            raise BrokenTable(f"{self.code}: the dose must be above zero")
        self._check_loading()
        for step in self.steps:
            for gap in (step.gap, step.gap_if_dietary):
                if gap is not None:
                    self._check_order(gap)

    def _check_loading(self) -> None:
        for step in self.loading:
            if fault := step.fault():
                raise BrokenTable(f"{self.code}: {fault}")
        if any(step.until_normal_haemoglobin for step in self.loading[:-1]):
            raise BrokenTable(f"{self.code}: only the last step before maintenance can end with a normal haemoglobin")

    def _check_order(self, gap: Gap) -> None:
        day = date(2026, 1, 31)
        late = (gap.overdue_after or gap.due).after(day)
        if not day < gap.earliest.after(day) <= gap.due.after(day) <= late:
            raise BrokenTable(f"{self.code}: earliest, due and overdue must follow one another")

    @property
    def is_oral(self) -> bool:
        return Route.ORAL in self.routes

    @property
    def is_daily(self) -> bool:
        """Whether it is taken every day for good: its supply can be watched, its doses cannot."""
        return self.maintenance.gap.due.days == 1
