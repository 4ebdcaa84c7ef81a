"""What an assessment looks at, and what may therefore be forgotten.

A patient may be treated for forty years, and every fact costs memory and time.  So an assessment looks at the facts of
the present year and of `full_years` before it, and of older ones only at those which a rule can still need: plans,
conditions and withdrawals, how each treatment began, the last doses, the newest results.  Which these are follows from
the facts alone, never from what was forgotten: so whoever forgot the others gives the same answer, whatever comes
later.  That is a law (design: prune-safe), and rests on three choices:

* a fact that came when its year was already out of sight is history, and is not looked at;
* a plan tells nothing of the time that was out of sight when it came;
* before a patient is enrolled, facts wait for `not_enrolled_days`, and no longer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Final

from domain.calendar import add_months
from domain.facts import Administration, AdministrationStatus, Fact, TreatmentPlan
from domain.moment import Moment
from domain.policy import Policy
from domain.record import Known, Record, joined
from domain.views import View, view_of

_ALWAYS: Final = View.PLAN | View.CONDITIONS
_FIRST_DOSES: Final = 30  # more than the longest loading has (20, R3)
_FIRST_RESULTS: Final = 60
_LAST_DOSES: Final = 5
_LAST_OF_A_KIND: Final = 3
_LAST_ACTIONS: Final = 50
_BEFORE_START: Final = timedelta(days=400)  # baselines
_MONTHS_AFTER_START: Final = 7  # the two months, and reopening until the sixth


@dataclass(frozen=True, slots=True)
class Sight:
    """A record as it is seen when the years up to `last_gone` are out of sight.

    `part`: what is seen of it; None, all.  The record itself, which keeps its sights, would be kept by itself, and so
    until a search for cycles finds it.  `settled`: no dose after this day is the first of a treatment; None where one
    still may be.
    """

    part: Record | None
    last_gone: int
    settled: date | None

    def taking(self, new: Known) -> Sight | None:
        """The same when the record took a fact more; None where it is to be made anew."""
        fact, view = new.fact, view_of(new.fact)
        if not view or view & _ALWAYS or fact.time.utc_day.year <= self.last_gone:
            return None
        if view == View.COBALAMIN and (self.settled is None or fact.time.utc_day <= self.settled):
            return None
        part = None if self.part is None else self.part.with_known(None, new)
        return Sight(part, self.last_gone, self.settled)


def in_sight(record: Record, policy: Policy, now: Moment) -> Record:
    """The record as an assessment sees it at this moment."""
    return _in_sight(record, policy, now, policy.facts.full_years)


def remembered(record: Record, policy: Policy, now: Moment) -> Record:
    """The record without the facts at which no later assessment will look.

    A year more than is in sight is kept: a dose of the first visible day makes what came before it a baseline.
    """
    return _in_sight(record, policy, now, policy.facts.full_years + 1)


def _in_sight(record: Record, policy: Policy, now: Moment, kept_years: int) -> Record:
    """Of the ids of one person each is looked at as if it were alone: so each may forget before it knows of others."""
    full_years = policy.facts.full_years
    if not record.parts:
        return _of_recent_years(_since_waiting(record, policy, now), now, kept_years, full_years)
    seen = [
        _of_recent_years(_since_waiting(part, policy, now, record.parts), now, kept_years, full_years)
        for part in record.parts
    ]
    is_all = all(some is part for some, part in zip(seen, record.parts, strict=True))
    return record if is_all else joined(seen)


def _of_recent_years(record: Record, now: Moment, kept_years: int, full_years: int) -> Record:
    last_gone = None
    for year in record.years:
        if not now.reached(_leaves(year, kept_years)):
            break
        last_gone = year
    if last_gone is None:
        return record
    sight = record.sights.get(kept_years)
    if sight is None or sight.last_gone != last_gone:
        sight = _sight(record, last_gone, full_years)
        record.sights[kept_years] = sight
    return record if sight.part is None else sight.part


def _leaves(year: int, full_years: int) -> datetime:
    """When the facts of a year go out of sight."""
    return datetime(year + full_years + 1, 1, 1, tzinfo=UTC)


def _sight(record: Record, last_gone: int, full_years: int) -> Sight:
    seen = [k for k in record if view_of(k.fact) and not _came_late(k, full_years)]
    seen.sort(key=lambda k: _place(k.fact))
    boundaries = sorted({day for k in seen for day in _boundaries(k, full_years)})
    begun = [first for day in boundaries if (first := _first_dose(seen, day)) is not None]
    old = [k for k in seen if k.fact.time.utc_day.year <= last_gone]
    needed = {k.fact.fact_id for k in _needed(old, sorted({*boundaries, *begun}))}
    part = record.only(
        k for k in record if not view_of(k.fact) or k.fact.time.utc_day.year > last_gone or k.fact.fact_id in needed
    )
    return Sight(
        part=None if part is record else part,
        last_gone=last_gone,
        settled=max(begun) if begun and len(begun) == len(boundaries) else None,
    )


def _came_late(known: Known, full_years: int) -> bool:
    is_history = known.first >= _leaves(known.fact.time.utc_day.year, full_years)
    return is_history and not view_of(known.fact) & _ALWAYS


def _place(fact: Fact) -> tuple[datetime, str]:
    return fact.time.utc, fact.fact_id


def _boundaries(known: Known, full_years: int) -> Iterator[date]:
    """The days with which a plan may let a treatment begin; none that was out of sight when the plan came."""
    plan = known.fact
    if not isinstance(plan, TreatmentPlan):
        return
    start = plan.starts.utc_day
    visible = date(known.first.year - full_years, 1, 1)
    yield max(visible, start - timedelta(days=91))  # doses before the plan count: at most 90 days, as the policy allows
    yield max(visible, start - timedelta(days=1))  # a day for the ward's zone
    if plan.end is not None:
        yield max(visible, plan.end.time.utc_day)


def _first_dose(seen: Iterable[Known], day: date) -> date | None:
    return next((k.fact.time.utc_day for k in seen if _is_given(k.fact) and k.fact.time.utc_day >= day), None)


def _is_given(fact: Fact) -> bool:
    return view_of(fact) == View.COBALAMIN and _is_completed(fact)


def _is_completed(fact: Fact) -> bool:
    return isinstance(fact, Administration) and fact.status is AdministrationStatus.COMPLETED


def _needed(old: list[Known], anchors: list[date]) -> Iterator[Known]:
    """Of facts that are out of sight, in the order of their times, those that a rule can still need."""
    kinds = sorted(old, key=lambda k: (_kind(k.fact), _place(k.fact)))
    for (view, _), group in groupby(kinds, key=lambda k: _kind(k.fact)):
        known = list(group)
        if view & _ALWAYS:
            yield from known
        elif view == View.ACTIONS:
            yield from known[-_LAST_ACTIONS:]
        elif view >= View.HAEMOGLOBIN:
            yield from known[-_LAST_OF_A_KIND:]
            for anchor in anchors:
                yield from _around(known, anchor)
        else:
            yield from known[-_LAST_DOSES:]
            for anchor in anchors:
                yield from [k for k in known if k.fact.time.utc_day >= anchor][:_FIRST_DOSES]


def _kind(fact: Fact) -> tuple[int, str]:
    """What is counted apart: completed doses from the others, each finding, each drug that was ordered or supplied."""
    view = view_of(fact)
    if isinstance(fact, Administration):
        return view, "completed" if _is_completed(fact) else "other"
    if view == View.FINDINGS:
        return view, ",".join(sorted(getattr(fact, "findings", ())))
    return view, str(getattr(fact, "drug", ""))


def _around(results: list[Known], anchor: date) -> Iterator[Known]:
    """The results before a treatment may have begun, as a baseline, and those of the months after it."""
    until = add_months(anchor, _MONTHS_AFTER_START)
    before = [k for k in results if anchor - _BEFORE_START <= k.fact.time.utc_day <= anchor]
    after = [k for k in results if anchor <= k.fact.time.utc_day <= until]
    yield from before[-_FIRST_RESULTS:]
    yield from after[:_FIRST_RESULTS]
    yield from after[-_LAST_OF_A_KIND:]


def _since_waiting(record: Record, policy: Policy, now: Moment, family: tuple[Record, ...] = ()) -> Record:
    """Without what lay waiting for longer than the policy says before the patient was enrolled."""
    earliest = record.earliest
    if earliest is None:
        return record
    wait = timedelta(days=policy.facts.not_enrolled_days)
    enrolled = _enrolled(record, family)
    if enrolled is not None:
        if earliest + wait > enrolled:
            return record
        return record.only(k for k in record if _stays(k.fact) or k.fact.time.utc + wait > enrolled)
    if not now.reached(earliest + wait):
        return record
    return record.only(k for k in record if _stays(k.fact) or not now.reached(k.fact.time.utc + wait))


def _enrolled(record: Record, family: tuple[Record, ...]) -> datetime | None:
    """When the first plan of the person came, as these facts of the person see it."""
    if not family:
        plans = record.groups.get(View.PLAN)
        return None if plans is None else min([k.first for k in plans.known])
    of_all = [plans.known for part in family if (plans := part.groups.get(View.PLAN)) is not None]
    return min((_came(k, record) for known in of_all for k in known), default=None)


def _came(plan: Known, waiting: Record) -> datetime:
    """When the plan ended the wait of these facts: one that another patient handed on, when it was handed on."""
    is_of_another = plan.handed is not None and plan.handed.origin != waiting.patient_id
    return plan.handed.taken_at if plan.handed is not None and is_of_another else plan.first


def _stays(fact: Fact) -> bool:
    view = view_of(fact)
    return not view or bool(view & _ALWAYS)
