"""All facts that are known about one patient: a set in which the newest version of a fact id stands."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Protocol
from zoneinfo import ZoneInfo

from domain.calendar import after_day
from domain.facts import Fact, rank
from domain.moment import Moment
from domain.views import View, view_of

_Place = tuple[datetime, str]  # where a fact stands among those of its kind: by its instant, ids break ties


@dataclass(frozen=True, slots=True, order=True)
class Handed:
    """A fact came by a merge, from the patient `origin`; `taken_at` is the time of the partition that took it."""

    taken_at: datetime
    origin: str


@dataclass(frozen=True, slots=True)
class Known:
    """A fact and when the partition's time stood as it came: this version (`since`), any version (`first`).

    A fact that was handed on (`handed`) keeps the times of the patient from whom it came.
    """

    fact: Fact
    since: datetime
    first: datetime
    handed: Handed | None = None

    def counts_from(self, zone: ZoneInfo, tolerance: timedelta) -> datetime:
        """The instant from which the fact counts.

        Its own time; but a fact that came a little ahead of the partition's time (a source's clock, a tick's
        interval: `tolerance`) counts as soon as any version of it came.
        """
        own = self.fact.time.instant(zone)
        return self.first if self.first < own <= self.first + tolerance else own


@dataclass(slots=True)
class Sorted:
    """The facts of one group in the order of their times, as a zone sees them; `latest` is when the last one counts."""

    zone: ZoneInfo
    tolerance: timedelta
    places: tuple[_Place, ...]
    entries: tuple[Known, ...]
    facts: tuple[Fact, ...]
    latest: datetime


class Group:
    """The facts of one view, and their order, which is worked out once and taken along when a fact is added."""

    __slots__ = ("_sorted", "known")

    def __init__(self, known: tuple[Known, ...], in_order: Sorted | None = None) -> None:
        self.known = known
        self._sorted = in_order

    def changed(self, gone: Known | None, new: Known | None) -> Group:
        """The group without `gone` and with `new`."""
        known = self.known if gone is None else tuple(k for k in self.known if k is not gone)
        if new is None:
            return Group(known)
        if self._sorted is None or gone is not None:
            return Group((*known, new))
        return Group((*known, new), _inserted(self._sorted, new))

    def in_order(self, zone: ZoneInfo, tolerance: timedelta) -> Sorted:
        if self._sorted is None or self._sorted.zone is not zone or self._sorted.tolerance != tolerance:
            self._sorted = _sorted(self.known, zone, tolerance)
        return self._sorted

    def counting(self, zone: ZoneInfo, tolerance: timedelta, now: Moment) -> tuple[Fact, ...]:
        """The facts that count by now, the oldest first."""
        in_order = self.in_order(zone, tolerance)
        if not now.days_count_when_over and now.reached(in_order.latest):
            return in_order.facts
        return tuple(k.fact for k in in_order.entries if now.reached(_counts_from(k, zone, tolerance, now)))

    def waiting(self, zone: ZoneInfo, tolerance: timedelta, now: Moment) -> tuple[Fact, ...]:
        """The facts that count only later."""
        in_order = self.in_order(zone, tolerance)
        if now.reached(in_order.latest):
            return ()
        return tuple(k.fact for k in in_order.entries if not now.reached(_counts_from(k, zone, tolerance, now)))


def _counts_from(known: Known, zone: ZoneInfo, tolerance: timedelta, now: Moment) -> datetime:
    if now.days_count_when_over and known.fact.time.is_day:
        return after_day(known.fact.time.day(zone), zone)
    return known.counts_from(zone, tolerance)


def _sorted(known: Iterable[Known], zone: ZoneInfo, tolerance: timedelta) -> Sorted:
    placed = sorted(((_place(k, zone), k) for k in known), key=lambda entry: entry[0])
    entries = tuple(k for _, k in placed)
    return Sorted(
        zone=zone,
        tolerance=tolerance,
        places=tuple(place for place, _ in placed),
        entries=entries,
        facts=tuple(k.fact for k in entries),
        latest=max(k.counts_from(zone, tolerance) for k in entries),
    )


def _inserted(old: Sorted, new: Known) -> Sorted:
    place, counts = _place(new, old.zone), new.counts_from(old.zone, old.tolerance)
    latest = counts if counts > old.latest else old.latest
    if place > old.places[-1]:  # facts mostly come in the order of their times
        return Sorted(
            old.zone, old.tolerance, (*old.places, place), (*old.entries, new), (*old.facts, new.fact), latest
        )
    at = bisect_left(old.places, place)
    return Sorted(
        zone=old.zone,
        tolerance=old.tolerance,
        places=(*old.places[:at], place, *old.places[at:]),
        entries=(*old.entries[:at], new, *old.entries[at:]),
        facts=(*old.facts[:at], new.fact, *old.facts[at:]),
        latest=latest,
    )


def _place(known: Known, zone: ZoneInfo) -> _Place:
    return known.fact.time.instant(zone), known.fact.fact_id


class Sight(Protocol):
    """What can be seen of a record (`domain.sight`), taken along while facts are added."""

    @property
    def part(self) -> Record | None: ...

    @property
    def last_gone(self) -> int: ...

    def taking(self, new: Known) -> Sight | None: ...


@dataclass(slots=True)  # never changed, but made for every event: frozen, making it would cost twice as much
class Record:
    """What is known about `patient_id`; adding is a set union, so the order of arrival never shows.

    The rest follows from `known`: `groups` has the facts that stand by the view that they belong to; `years` are those
    of facts that may go out of sight, the oldest first, and `earliest` is the time of the oldest such fact.  `parts`:
    the records of one person's ids that it was joined from, its own first; none where there is but one.
    """

    patient_id: str
    known: Mapping[str, Known] = field(default_factory=lambda: MappingProxyType({}))
    groups: Mapping[int, Group] = field(default_factory=lambda: MappingProxyType({}), compare=False, repr=False)
    years: tuple[int, ...] = field(default=(), compare=False, repr=False)
    earliest: datetime | None = field(default=None, compare=False, repr=False)
    sights: dict[int, Sight] = field(default_factory=dict, compare=False, repr=False)
    parts: tuple[Record, ...] = field(default=(), compare=False, repr=False)

    def add(self, fact: Fact, known_at: datetime) -> Record:
        """The record with `fact`, which became known at `known_at`.

        A lower version, and the same fact once more, only help to tell when the id first became known.
        """
        old = self.known.get(fact.fact_id)
        new = merge(old, Known(fact, known_at, known_at))
        return self if new is old else self.with_known(old, new)

    def restore(self, known: Iterable[Known]) -> Record:
        """The record with entries that a store gave back."""
        return _record(self.patient_id, {**self.known, **{k.fact.fact_id: k for k in known}}, {})

    def only(self, known: Iterable[Known]) -> Record:
        """The record with these of its entries alone; itself where they are all."""
        kept = {k.fact.fact_id: k for k in known}
        if len(kept) == len(self.known):
            return self
        if self.parts:
            return joined([part.only(k for k in part if k.fact.fact_id in kept) for part in self.parts])
        return _record(self.patient_id, kept, self.groups)

    def with_known(self, old: Known | None, new: Known) -> Record:
        """The record with `new` in the place of `old`, which it has."""
        if self.parts:
            return joined(_with_known(self.parts, new))
        groups = dict(self.groups)
        before, after = (view_of(old.fact) if old else 0), view_of(new.fact)
        if before and before != after:
            _put(groups, before, groups[before].changed(old, None))
        if after:
            gone = old if before == after else None
            _put(groups, after, groups.get(after, _NOTHING).changed(gone, new))
        known = {**self.known, new.fact.fact_id: new}
        if old is not None:
            return Record(self.patient_id, known, groups, *_ages(known.values()))
        record = Record(self.patient_id, known, groups, *self._ages_with(new))
        for years, sight in self.sights.items():
            taken = sight.taking(new)
            if taken is not None:
                record.sights[years] = taken
        return record

    def _ages_with(self, new: Known) -> tuple[tuple[int, ...], datetime | None]:
        if not _may_leave(new.fact):
            return self.years, self.earliest
        year, time = new.fact.time.utc_day.year, new.fact.time.utc
        years = self.years if year in self.years else tuple(sorted((*self.years, year)))
        return years, time if self.earliest is None else min(self.earliest, time)

    def __iter__(self) -> Iterator[Known]:
        return iter(self.known.values())


def _record(patient_id: str, known: Mapping[str, Known], groups: Mapping[int, Group]) -> Record:
    """A record made anew; of `groups` those that are as they were are taken."""
    members: dict[int, list[Known]] = {}
    for entry in known.values():
        members.setdefault(view_of(entry.fact), []).append(entry)
    members.pop(0, None)
    made = {
        view: old if (old := groups.get(view)) is not None and len(old.known) == len(of_view) else Group(tuple(of_view))
        for view, of_view in members.items()
    }
    return Record(patient_id, known, made, *_ages(known.values()))


def joined(parts: Sequence[Record]) -> Record:
    """One record of these, as if all their facts had always been the first one's."""
    known: dict[str, Known] = {}
    for entry in (entry for part in parts for entry in part):
        known[entry.fact.fact_id] = merge(known.get(entry.fact.fact_id), entry)
    record = _record(parts[0].patient_id, known, {})
    record.parts = tuple(parts)
    return record


def _with_known(parts: Sequence[Record], new: Known) -> list[Record]:
    """The parts with `new` in the place of what they know of it; in the first one where none knows it."""
    fact_id = new.fact.fact_id
    holders = [part for part in parts if fact_id in part.known] or parts[:1]
    return [part.with_known(part.known.get(fact_id), new) if part in holders else part for part in parts]


def _ages(known: Iterable[Known]) -> tuple[tuple[int, ...], datetime | None]:
    times = [k.fact.time for k in known if _may_leave(k.fact)]
    return tuple(sorted({time.utc_day.year for time in times})), min((time.utc for time in times), default=None)


def _may_leave(fact: Fact) -> bool:
    return view_of(fact) not in (0, View.PLAN, View.CONDITIONS)


_NOTHING = Group(())


def _put(groups: dict[int, Group], view: int, group: Group) -> None:
    if group.known:
        groups[view] = group
    else:
        groups.pop(view, None)


def merge(rival: Known | None, new: Known) -> Known:
    """Of two entries with one fact id, the one that stands, with the earliest times at which it was known.

    It is `rival` itself where `new` says nothing new (equal is not enough: 50 == 50.0, yet they are not one content).
    """
    if rival is None:
        return new
    first = min(rival.first, new.first)
    handed = min(rival.handed, new.handed) if rival.handed and new.handed else None
    if rank(rival.fact) == rank(new.fact):
        merged = Known(rival.fact, min(rival.since, new.since), first, handed)
    else:
        merged = replace(max(rival, new, key=lambda known: rank(known.fact)), first=first, handed=handed)
    return rival if merged.fact is rival.fact and merged == rival else merged
