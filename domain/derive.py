"""The case that a record makes at a moment: views in a fixed order, each kept while nothing that it reads has changed.

A view has a value and the instant until which it holds.  Given the case of an earlier moment, a view is worked out
again only when the facts or views that it reads changed or that instant came; and where it comes out as it was, those
who read it are not asked again.  So a step costs what changed, and gives what working out everything anew would give:
that is a law, and a test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from domain.calendar import ClinicalTime
from domain.case import Case
from domain.doses import Dosing, dosing_of
from domain.facts import Administration, AdministrationStatus, Analyte, Condition, Fact, LabResult
from domain.haemoglobin import Haemoglobin, read_all
from domain.moment import FAR, Moment
from domain.phases import phase_of
from domain.plans import Treatment, treatment_of
from domain.policy import Policy
from domain.record import Group, Record
from domain.schedule import next_dose_of
from domain.sight import in_sight
from domain.views import View
from domain.window import NextDose


class Viewed(NamedTuple):
    """What a view came out as, and until when that holds if no fact comes."""

    value: Any
    until: datetime


class Facts(NamedTuple):
    """The facts of one kind that count by now and that rules may use; `newest` is the time of the last that counts,
    `waiting` are those that count only later."""

    value: tuple[Fact, ...]
    until: datetime
    newest: ClinicalTime | None
    waiting: tuple[Fact, ...]


_READINGS_READ: Final = View.PLAN | View.HAEMOGLOBIN | View.RED_CELLS
_DOSES_READ: Final = View.PLAN | View.COBALAMIN | View.SUPPLIES | View.ACTIONS
_PHASE_READS: Final = View.PLAN | View.DOSES | View.FINDINGS | View.READINGS
_WINDOW_READS: Final = _PHASE_READS | View.PHASE
_EVERYTHING: Final = ~0
_NOT_OF_PATIENT: Final = View.ACTIONS  # what we were told about alerts is no data of the patient


@dataclass(slots=True)  # not frozen, as nothing of what is made for every event: that would cost half of the making
class Derived:
    """A case, with what is needed to go on from it.

    `seen` is what can be seen of the record; `changed` are the views that differ from the earlier case; `until` is the
    first instant at which a view may differ.
    """

    record: Record
    seen: Record
    case: Case
    treatment: Treatment
    facts: Mapping[int, Facts]
    viewed: Mapping[int, Viewed]
    until: datetime
    changed: int

    @property
    def newest(self) -> ClinicalTime | None:
        """The time of the newest fact about the patient that counts by now."""
        newest, best = None, None
        for view, facts in self.facts.items():
            if facts.newest is not None and view != _NOT_OF_PATIENT:
                instant = facts.newest.instant(self.treatment.zone)
                if best is None or instant > best:
                    newest, best = facts.newest, instant
        return newest

    @property
    def waiting(self) -> list[Fact]:
        """The facts that count only later."""
        later = [fact for facts in self.facts.values() if facts.waiting for fact in facts.waiting]
        return [*self.treatment.waiting, *later]


class _Views:
    """The derived views of one moment while they are made."""

    __slots__ = ("_before", "_now", "changed", "made", "until")

    def __init__(self, before: Mapping[int, Viewed], changed: int, now: Moment, until: datetime) -> None:
        self._before, self._now = before, now
        self.changed, self.until = changed, until
        self.made: dict[int, Viewed] = {}

    def kept(self, view: int, reads: int) -> Viewed | None:
        """The view as it was, where it still holds."""
        old = self._before.get(view)
        if old is None or self.changed & reads or self._now.is_at_or_after(old.until):
            return None
        self.changed &= ~view
        self._take(view, old)
        return old

    def is_over(self, until: datetime) -> bool:
        return self._now.is_at_or_after(until)

    def compared(self, view: int, new: Facts, old: Facts | None) -> Facts:
        """The new facts of a view, and a note whether they are others than before."""
        if old is not None and new.value == old.value:
            self.changed &= ~view
            return new._replace(value=old.value)
        self.changed |= view
        return new

    def moment(self) -> Moment:
        """A moment that notes the limits of one view alone."""
        self._now.next_change = None
        return self._now

    def put(self, view: int, value: Any) -> Any:
        """The value of a view that was made anew: the old one where it is the same."""
        old = self._before.get(view)
        if old is not None and value == old.value:
            value = old.value
            self.changed &= ~view
        else:
            self.changed |= view
        self._take(view, Viewed(value, self._now.next_change or FAR))
        return value

    def _take(self, view: int, viewed: Viewed) -> None:
        self.made[view] = viewed
        if viewed.until is not FAR:
            self.until = min(self.until, viewed.until)


def derive(
    record: Record, policy: Policy, at: datetime, *, days_count_when_over: bool = False, earlier: Derived | None = None
) -> Derived:
    """The case of `record` at `at`; `earlier` is one of the same policy, at an earlier moment, of fewer facts."""
    now = Moment(at, days_count_when_over=days_count_when_over)
    seen = in_sight(record, policy, now)
    changed = _EVERYTHING if earlier is None else _facts_changed(seen, earlier.seen)
    views = _Views({} if earlier is None else earlier.viewed, changed, now, now.next_change or FAR)

    kept = views.kept(View.PLAN, View.PLAN)
    treatment = kept.value if kept else views.put(View.PLAN, treatment_of(seen, policy, views.moment()))
    case = Case(record.patient_id, treatment)
    facts = _facts_in(seen, treatment, policy, views, {} if earlier is None else earlier.facts)
    case._facts = {view: of_view.value for view, of_view in facts.items()}

    kept = views.kept(View.DOSES, _DOSES_READ)
    case._dosing = kept.value if kept else views.put(View.DOSES, _dosing(case, treatment, policy, views, earlier))
    if earlier is not None and case.start != earlier.case.start:
        views.changed |= View.START
    kept = views.kept(View.READINGS, _READINGS_READ)
    case.haemoglobins = (
        kept.value
        if kept
        else views.put(
            View.READINGS, _readings(case, policy, views, () if earlier is None else earlier.case.haemoglobins)
        )
    )
    kept = views.kept(View.PHASE, _PHASE_READS)
    case.phase_now = kept.value if kept else views.put(View.PHASE, phase_of(case, policy, views.moment()))
    kept = views.kept(View.WINDOW, _WINDOW_READS)
    case.next_dose = kept.value if kept else views.put(View.WINDOW, _window(case, policy, views))
    return Derived(record, seen, case, treatment, facts, views.made, views.until, views.changed)


def _facts_changed(record: Record, earlier: Record) -> int:
    """The views whose facts are others than before."""
    if record is earlier:
        return 0
    changed = 0
    groups, old = record.groups, earlier.groups
    for view, group in groups.items():
        if old.get(view) is not group:
            changed |= view
    for view in old:
        if view not in groups:
            changed |= view
    return changed


def _facts_in(
    seen: Record, treatment: Treatment, policy: Policy, views: _Views, before: Mapping[int, Facts]
) -> dict[int, Facts]:
    """The facts that count by now, by view; the plans have been looked at."""
    facts: dict[int, Facts] = {}
    of_treatment = views.changed & View.PLAN
    for view, group in seen.groups.items():
        if view == View.PLAN:
            continue
        made = before.get(view)
        if made is None or of_treatment or views.changed & view or views.is_over(made.until):
            made = views.compared(view, _counting(view, group, treatment, policy, views.moment()), made)
        facts[view] = made
        if made.until is not FAR:
            views.until = min(views.until, made.until)
    return facts


def _counting(view: int, group: Group, treatment: Treatment, policy: Policy, now: Moment) -> Facts:
    """The facts of one view, without those that no rule may use."""
    zone = treatment.zone
    counting = group.counting(zone, policy.tolerance, now)
    waiting = () if len(counting) == len(group.known) else group.waiting(zone, policy.tolerance, now)
    used = counting
    if view >= View.HAEMOGLOBIN:
        used = tuple(f for f in counting if isinstance(f, LabResult) and f.status.counts and (f.has_value or f.clumped))
    elif view == View.FINDINGS and treatment.plans is not None:
        from_day = treatment.plans.from_day
        used = tuple(f for f in counting if f.time.day(zone) >= from_day)
    elif view == View.CONDITIONS:
        used = tuple(f for f in counting if isinstance(f, Condition) and not _has_ended(f, treatment, now))
    elif view == View.RED_CELLS:
        used = tuple(f for f in counting if isinstance(f, Administration) and _is_given(f))
    return Facts(used, now.next_change or FAR, counting[-1].time if counting else None, waiting)


def _has_ended(condition: Condition, treatment: Treatment, now: Moment) -> bool:
    return condition.end is not None and now.reached(condition.end.instant(treatment.zone))


def _is_given(administration: Administration) -> bool:
    return administration.status is AdministrationStatus.COMPLETED


def _dosing(case: Case, treatment: Treatment, policy: Policy, views: _Views, earlier: Derived | None) -> Dosing:
    """The doses; those that were looked at stay as they are while the plans are the same."""
    known = None if earlier is None or views.changed & View.PLAN else earlier.case.dosing
    return dosing_of(treatment, case.cobalamin, case.supplies, case.actions, policy, views.moment(), known)


def _window(case: Case, policy: Policy, views: _Views) -> NextDose:
    views.moment()  # a window follows from the phase and the doses; it has no limits of its own
    return next_dose_of(case, policy)


def _readings(case: Case, policy: Policy, views: _Views, before: tuple[Haemoglobin, ...]) -> tuple[Haemoglobin, ...]:
    """Haemoglobins, read; a reading holds while plan, transfusions and policy are the same."""
    views.moment()
    if case.plan is None:
        return ()  # there is nobody to read them for
    known = {} if views.changed & (View.PLAN | View.RED_CELLS) else {h.result.fact_id: h for h in before}
    return read_all(case.results(Analyte.HAEMOGLOBIN), case.transfusions, case.plan, policy, case.zone, known)
