"""Whether a worker gets on: looked at every few seconds, told by `/healthz`, `/readyz` and the log."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from aiokafka.errors import KafkaError

from workers.kafka_io import TopicPartition

log = logging.getLogger(__name__)

LOOK_S: Final = 5.0
FAILED_TAKEOVERS: Final = 5  # in a row, with growing pauses: some 10 s; a long take-over that goes on is none
PATIENCE_S: Final = 20.0  # with a look on top, what stands still is said within 30 s


class Watched(Protocol):
    """What is asked of a batch loop."""

    @property
    def is_member(self) -> bool: ...

    @property
    def a_partition(self) -> TopicPartition: ...

    @property
    def takes_over(self) -> int: ...

    @property
    def failed_takeovers(self) -> Mapping[TopicPartition, tuple[int, str]]: ...

    @property
    def stopped_partitions(self) -> Mapping[TopicPartition, str]: ...

    def done(self) -> dict[TopicPartition, int]: ...

    async def end_offsets(self, partitions: frozenset[TopicPartition]) -> Mapping[TopicPartition, int]: ...


@dataclass(slots=True)
class _Progress:
    """Up to where a partition was processed when it last moved, when that was seen, and whether there was more."""

    done: int
    since: float
    is_behind: bool


class Watch:
    """Watches one loop; `now` is a clock in seconds that only goes forward (a worker's wrong clock changes nothing)."""

    def __init__(self, name: str, loop: Watched, now: Callable[[], float]) -> None:
        self.name = name
        self._loop = loop
        self._now = now
        self._answered = now()
        self._member_since_or_asked = now()
        self._progress: dict[TopicPartition, _Progress] = {}
        self._said: tuple[str, ...] = ()
        self.lags: dict[TopicPartition, int] = {}

    async def look(self) -> None:
        """Ask the broker for the ends, and note who got on."""
        if self._loop.is_member:
            self._member_since_or_asked = self._now()
        done = self._loop.done()
        asked = frozenset(done) or frozenset({self._loop.a_partition})  # one in waiting needs the broker too
        try:
            async with asyncio.timeout(PATIENCE_S):
                ends = await self._loop.end_offsets(asked)
        except (KafkaError, TimeoutError, OSError):
            pass  # `problems` tells for how long there has been no answer
        else:
            self._answered = self._now()
            self._note(done, ends)

    def _note(self, before: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]) -> None:
        now, held = self._now(), self._loop.done()
        self.lags = {where: max(0, end - held[where]) for where, end in ends.items() if where in held}
        kept: dict[TopicPartition, _Progress] = {}
        for where, lag in self.lags.items():
            known = self._progress.get(where)
            if known is not None and known.is_behind and lag > 0 and known.done == held[where]:
                kept[where] = known
            else:
                kept[where] = _Progress(held[where], now, lag > 0)
        self._progress = kept

    async def tell(self) -> None:
        """Say in the log what changed; a look may have to wait for the broker, this does not.

        A coroutine, so that it runs in the event loop: a scheduler gives other functions to a thread.
        """
        problems = self.problems()
        kinds = tuple(problem.partition(":")[0] for problem in problems)
        if kinds == self._said:
            return
        if problems:
            log.error("%s does not get on: %s", self.name, "; ".join(problems))
        else:
            log.info("%s gets on again", self.name)
        self._said = kinds

    def problems(self) -> list[str]:
        """Why it does not get on; nothing while it does.  Each begins with what, then says since when."""
        found = []
        silent = self._now() - self._answered
        if silent > PATIENCE_S:
            found.append(f"no answer from the broker: for {silent:.0f} s")
        outside = self._now() - self._member_since_or_asked
        if not self._loop.is_member and outside > PATIENCE_S:
            found.append(f"not in its group: for {outside:.0f} s")
        for where, progress in sorted(self._progress.items()):
            waited = self._now() - progress.since
            if progress.is_behind and waited > PATIENCE_S:
                found.append(f"{where} stands at {progress.done}: {self.lags[where]} behind, for {waited:.0f} s")
        for where, (times, why) in sorted(self._loop.failed_takeovers.items()):
            if times >= FAILED_TAKEOVERS:
                found.append(f"{where} cannot be taken over: {times} times, {why}")
        found += [f"{where} was stopped: {reason}" for where, reason in sorted(self._loop.stopped_partitions.items())]
        return found

    def unready(self) -> list[str]:
        """Why it is not ready; nothing where all that it was given is taken over and being read."""
        found = []
        if not self._loop.is_member:
            found.append("not in its group yet")
        if self._loop.takes_over:
            found.append(f"taking over {self._loop.takes_over} partitions")
        found += [f"{where} was stopped: {reason}" for where, reason in sorted(self._loop.stopped_partitions.items())]
        return found
