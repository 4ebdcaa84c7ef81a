"""The case that a record makes at a moment: views in a fixed order, each kept while nothing that it reads has changed.

A view has a value and the instant until which it holds.  Given the case of an earlier moment, a view is worked out
again only when the facts or views that it reads changed or that instant came; and where it comes out as it was, those
who read it are not asked again.  So a step costs what changed, and gives what working out everything anew would give:
that is a law, and a test.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar, cast

from domain.case import Case
from domain.doses import dosing_of
from domain.facts import Administration, AdministrationStatus, Analyte, Condition, Fact, LabResult
from domain.haemoglobin import Haemoglobin, read_all
from domain.moment import Moment
from domain.phases import phase_of
from domain.plans import Treatment, treatment_of
from domain.policy import Policy
from domain.record import Group, Record
from domain.schedule import next_dose_of
from domain.sight import in_sight
from domain.views import View

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Viewed:
    """What a view came out as, and until when that holds if no fact comes (None: for ever)."""

    value: Any
    until: datetime | None


_NOTHING: Final = Viewed(None, None)
_READINGS_READ: Final = View.PLAN | View.HAEMOGLOBIN | View.RED_CELLS
_PHASE_READS: Final = View.PLAN | View.DOSES | View.FINDINGS | View.READINGS
_WINDOW_READS: Final = _PHASE_READS | View.PHASE
_DOSES_READ: Final = View.PLAN | View.COBALAMIN | View.SUPPLIES | View.ACTIONS


@dataclass(frozen=True, slots=True)
class Derived:
    """A case, with what is needed to go on from it; `seen` is what can be seen of the record, and `changed` are the
    views that differ from the earlier case."""

    record: Record
    seen: Record
    case: Case
    treatment: Treatment
    viewed: Mapping[int, Viewed]
    until: datetime | None
    changed: int


class _Making:
    """The views of one moment while they are made."""

    def __init__(self, record: Record, policy: Policy, at: datetime, over: bool, earlier: Derived | None) -> None:
        self.sight = Moment(at)
        self.record, self.policy, self.time, self.over = in_sight(record, policy, self.sight), policy, at, over
        self.before: Mapping[int, Viewed] = earlier.viewed if earlier else {}
        self.viewed: dict[int, Viewed] = dict(self.before)
        self.changed = _facts_changed(self.record, earlier.seen) if earlier else ~0

    def view(self, view: int, reads: int, make: Callable[[Moment], T]) -> T:
        """The value of a view, made anew only where it must be."""
        old = self.before.get(view, _NOTHING)
        stale = old is _NOTHING or self.changed & reads or (old.until is not None and self.time >= old.until)
        if not stale:
            self.changed &= ~view
            return cast("T", old.value)
        now = Moment(self.time, days_count_when_over=self.over)
        value = make(now)
        if old is not _NOTHING and value == old.value:
            value = old.value
            self.changed &= ~view
        else:
            self.changed |= view
        self.viewed[view] = Viewed(value, now.next_change)
        return value

    def until(self) -> datetime | None:
        limits = [v.until for v in self.viewed.values() if v.until is not None]
        return min([*limits, *([self.sight.next_change] if self.sight.next_change else [])], default=None)


def derive(
    record: Record, policy: Policy, at: datetime, *, days_count_when_over: bool = False, earlier: Derived | None = None
) -> Derived:
    """The case of `record` at `at`; `earlier` is one of the same policy, at an earlier moment, of fewer facts."""
    making = _Making(record, policy, at, days_count_when_over, earlier)
    treatment = making.view(View.PLAN, View.PLAN, lambda now: treatment_of(making.record, policy, now))
    case = Case(record.patient_id, treatment)
    case._facts = _facts_in(making, treatment)
    case._dosing = making.view(
        View.DOSES,
        _DOSES_READ,
        lambda now: dosing_of(treatment, case.cobalamin, case.supplies, case.actions, policy, now),
    )
    case.haemoglobins = making.view(View.READINGS, _READINGS_READ, lambda now: _readings(making, case))
    case.phase_now = making.view(View.PHASE, _PHASE_READS, lambda now: phase_of(case, policy, now))
    case.next_dose = making.view(View.WINDOW, _WINDOW_READS, lambda now: next_dose_of(case, policy))
    return Derived(record, making.record, case, treatment, making.viewed, making.until(), making.changed)


def _facts_changed(record: Record, earlier: Record) -> int:
    """The views whose facts are others than before."""
    if record is earlier:
        return 0
    changed = 0
    for view, group in record.groups.items():
        if earlier.groups.get(view) is not group:
            changed |= view
    for view in earlier.groups:
        if view not in record.groups:
            changed |= view
    return changed


def _facts_in(making: _Making, treatment: Treatment) -> dict[int, tuple[Fact, ...]]:
    """The facts that count by now, by view."""
    facts: dict[int, tuple[Fact, ...]] = {}
    for view, group in making.record.groups.items():
        if view != View.PLAN:
            facts[view] = making.view(view, view | View.PLAN, _Counting(view, group, treatment, making.policy))
    for view in making.before:
        if view not in making.record.groups and view < View.DOSES and view != View.PLAN:
            del making.viewed[view]  # the last fact of this kind was taken away
    return facts


@dataclass(frozen=True, slots=True)
class _Counting:
    view: int
    group: Group
    treatment: Treatment
    policy: Policy

    def __call__(self, now: Moment) -> tuple[Fact, ...]:
        """The facts of one view that count by now, without those that no rule may use."""
        facts = self.group.counting(self.treatment.zone, self.policy.tolerance, now)
        if self.view >= View.HAEMOGLOBIN:
            return tuple(
                f for f in facts if isinstance(f, LabResult) and f.status.counts and (f.has_value or f.clumped)
            )
        if self.view == View.FINDINGS:
            zone, plans = self.treatment.zone, self.treatment.plans
            return facts if plans is None else tuple(f for f in facts if f.time.day(zone) >= plans.from_day)
        if self.view == View.CONDITIONS:
            return tuple(f for f in facts if isinstance(f, Condition) and not self._has_ended(f, now))
        if self.view == View.RED_CELLS:
            return tuple(f for f in facts if isinstance(f, Administration) and _is_given(f))
        return facts

    def _has_ended(self, condition: Condition, now: Moment) -> bool:
        return condition.end is not None and now.reached(condition.end.instant(self.treatment.zone))


def _is_given(administration: Administration) -> bool:
    return administration.status is AdministrationStatus.COMPLETED


def _is_usable(result: LabResult) -> bool:
    return result.status.counts and (result.has_value or result.clumped)


def _readings(making: _Making, case: Case) -> tuple[Haemoglobin, ...]:
    if case.plan is None:
        return ()  # there is nobody to read them for
    old = making.before.get(View.READINGS, _NOTHING).value or ()
    known = {} if making.changed & (View.PLAN | View.RED_CELLS) else {h.result.fact_id: h for h in old}
    results = case.results(Analyte.HAEMOGLOBIN)
    return read_all(results, case.transfusions, case.plan, making.policy, case.zone, known)
