"""The engine that walks one partition's log in steps, each at an instant.  It knows no medicine and no Kafka.

A partition has a time: the least T over all sources for which the log says "complete to T".  Only ticks move it.  A
step is an event at the partition's time, or a review at its own due instant; as soon as the time reaches reviews they
come in the order of their instants, before the next event.  So neither batch size, lag, crash nor a wrong clock can
change which steps there are: they are a function of the log.  Replay and the live worker both walk with it.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

E = TypeVar("E", contravariant=True)
Event = TypeVar("Event")
W = TypeVar("W")


@dataclass(slots=True)
class Step(Generic[W]):
    """What one step wrote, when its key wants to be reviewed (None: never, unless an event comes), and the keys that
    are to be judged anew because of it, at the same instant."""

    writes: list[W]
    review_at: datetime | None
    then: Sequence[str] = ()


class Walker(Protocol[E, W]):
    """What is walked: the state of one partition, by key."""

    def keys(self) -> Iterable[str]: ...

    def doubted(self) -> Iterable[str]:
        """The keys of which something was said while the time went on blind, and not since."""

    def hold(self, key: str, event: E) -> list[W]:
        """Keep an event that came before the partition had a time; nothing is judged yet."""

    def step(self, key: str, at: datetime, offset: int, event: E | None) -> Step[W]:
        """Take an event in (None: a review) at `at`, and judge; `offset` is that of the record behind the step."""


class Timeline(Generic[Event, W]):
    """The time of one partition, and the reviews that wait for it."""

    def __init__(self, walker: Walker[Event, W]) -> None:
        self._walker = walker
        self._sources: dict[str, datetime | None] = {}
        self._due: dict[str, datetime] = {}
        self._heap: list[tuple[datetime, str]] = []
        self._time: datetime | None = None
        self._blind_since: datetime | None = None

    @property
    def time(self) -> datetime | None:
        """Up to when everything is known; None until every listed source has ticked."""
        return self._time

    @property
    def sources(self) -> Mapping[str, datetime | None]:
        """The listed sources and the T of each."""
        return self._sources

    @property
    def complete_to(self) -> datetime | None:
        """Up to when all listed sources are complete; the time itself, unless it went on blind."""
        known = [time for time in self._sources.values() if time is not None]
        return min(known) if known and len(known) == len(self._sources) else None

    @property
    def blind_since(self) -> datetime | None:
        """Where the time went on without the sources: up to when everything is known; else None."""
        return self._blind_since

    @property
    def next_due(self) -> datetime | None:
        """The instant of the next review."""
        self._drop_stale()
        return self._heap[0][0] if self._heap else None

    def restore(
        self,
        time: datetime | None,
        sources: Mapping[str, datetime | None],
        reviews: Mapping[str, datetime | None],
        blind_since: datetime | None = None,
    ) -> None:
        """Go on from a stored state: the time, the sources, and when each key wants to be reviewed."""
        self._time, self._sources, self._blind_since = time, dict(sources), blind_since
        for key, due in reviews.items():
            self._plan(key, due)

    def event(self, key: str, event: Event, offset: int) -> list[W]:
        """An event: a step at the partition's time, or held while there is none."""
        if self._time is None:
            return self._walker.hold(key, event)
        return self._step(key, self._time, offset, event)

    def tick(self, complete_to: datetime, sources: Iterable[str], offset: int) -> list[W]:
        """The log says that it is complete to `complete_to` as far as `sources` go; unlisted ones move nothing."""
        for source in sources:
            if source in self._sources:
                known = self._sources[source]
                self._sources[source] = complete_to if known is None else max(known, complete_to)
        return self._follow_sources(offset)

    def blind(self, to: datetime, offset: int) -> list[W]:
        """No promise could be had in time: go on to `to` without the sources.  Before the first time there is none."""
        if self._time is None or to <= self._time:
            return []
        if self._blind_since is None:
            self._blind_since = self._time
        return self.advance(to, offset)

    def activate(self, sources: Iterable[str], offset: int) -> list[W]:
        """From here on these sources count, and every key is judged anew at the partition's time.

        One that did not count before is taken as complete to where the others are: nobody waited for it so far, and
        its silence is then as long as theirs.  What is no longer waited for may move the time, after all are judged.
        """
        since = self.complete_to or self._blind_since or self._time
        self._sources = {source: self._sources.get(source) or since for source in sorted(sources)}
        if self._time is None:
            return self._follow_sources(offset)
        if self._is_complete():
            self._blind_since = None  # judging all confirms, or takes back, what was said blind
        return self._judge_all(self._time, offset) + self._follow_sources(offset)

    def advance(self, to: datetime, offset: int) -> list[W]:
        """Move the time to `to`, through every review on the way; the time never goes back."""
        if self._time is None:
            self._time = to
            return self._judge_all(to, offset)
        writes: list[W] = []
        while (due := self.next_due) is not None and due <= to:
            _, key = heapq.heappop(self._heap)
            del self._due[key]
            self._time = max(self._time, due)
            writes += self._step(key, self._time, offset, None)
        self._time = max(self._time, to)
        return writes

    def _follow_sources(self, offset: int) -> list[W]:
        to = self.complete_to
        if to is None:
            return []
        if self._blind_since is None or self._time is None or not self._is_complete():
            return self.advance(to, offset)
        self._blind_since = None  # all is known up to here again, and what was said blind is confirmed or taken back
        now = self._time
        confirmed = [w for key in sorted(self._walker.doubted()) for w in self._step(key, now, offset, None)]
        return confirmed + self.advance(to, offset)

    def _is_complete(self) -> bool:
        """Whether the sources are complete up to the partition's time."""
        to = self.complete_to
        return to is not None and self._time is not None and to >= self._time

    def _judge_all(self, at: datetime, offset: int) -> list[W]:
        return [write for key in sorted(self._walker.keys()) for write in self._step(key, at, offset, None)]

    def _step(self, key: str, at: datetime, offset: int, event: Event | None) -> list[W]:
        step = self._walker.step(key, at, offset, event)
        assert step.review_at is None or step.review_at > at, f"a review at {step.review_at} is not after {at}"
        self._plan(key, step.review_at)
        if not step.then:
            return step.writes
        return step.writes + [write for other in step.then for write in self._step(other, at, offset, None)]

    def _plan(self, key: str, due: datetime | None) -> None:
        if due is None:
            self._due.pop(key, None)
        elif self._due.get(key) != due:
            self._due[key] = due
            heapq.heappush(self._heap, (due, key))

    def _drop_stale(self) -> None:
        """Drop heap entries of reviews that were moved or are no longer wanted."""
        while self._heap and self._due.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
