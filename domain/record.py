"""All facts that are known about one patient: a set in which the newest version of a fact id stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TypeVar
from zoneinfo import ZoneInfo

from domain.facts import Fact, rank

F = TypeVar("F", bound=Fact)


@dataclass(frozen=True, slots=True)
class Known:
    """A fact and when the partition's time stood as it came: this version (`since`), any version (`first`)."""

    fact: Fact
    since: datetime
    first: datetime

    def counts_from(self, zone: ZoneInfo, tolerance: timedelta) -> datetime:
        """The instant from which the fact counts.

        Its own time; but a fact that came a little ahead of the partition's time (a source's clock, a tick's
        interval: `tolerance`) counts as soon as any version of it came.
        """
        own = self.fact.time.instant(zone)
        return self.first if self.first < own <= self.first + tolerance else own


@dataclass(frozen=True, slots=True)
class Record:
    """What is known about `patient_id`; adding is a set union, so the order of arrival never shows."""

    patient_id: str
    known: Mapping[str, Known] = field(default_factory=lambda: MappingProxyType({}))

    def add(self, fact: Fact, known_at: datetime) -> Record:
        """The record with `fact`, which became known at `known_at`.

        A lower version, and the same fact once more, only help to tell when the id first became known.
        """
        rival = self.known.get(fact.fact_id)
        return self._with(merge(rival, Known(fact, known_at, known_at)))

    def restore(self, known: Iterable[Known]) -> Record:
        """The record with entries that a store gave back."""
        return replace(self, known=MappingProxyType({**self.known, **{k.fact.fact_id: k for k in known}}))

    def _with(self, known: Known) -> Record:
        if self.known.get(known.fact.fact_id) is known:
            return self
        return replace(self, known=MappingProxyType({**self.known, known.fact.fact_id: known}))

    def __iter__(self) -> Iterator[Known]:
        return iter(self.known.values())


def merge(rival: Known | None, new: Known) -> Known:
    """Of two entries with one fact id, the one that stands, with the earliest times at which it was known.

    It is `rival` itself where `new` says nothing new (equal is not enough: 50 == 50.0, yet they are not one content).
    """
    if rival is None:
        return new
    first = min(rival.first, new.first)
    if rank(rival.fact) == rank(new.fact):
        merged = Known(rival.fact, min(rival.since, new.since), first)
    else:
        merged = replace(max(rival, new, key=lambda known: rank(known.fact)), first=first)
    return rival if merged.fact is rival.fact and merged == rival else merged
