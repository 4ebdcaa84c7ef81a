"""The partitions that this worker holds: taken over, at work, given up, or standing still because of a bug."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiokafka.errors import ProducerFenced

from workers.kafka_io import KafkaSettings, TopicPartition, aiokafka_partitions, read_stores
from workers.partition_writer import PartitionWriter
from workers.pump import Batch, HandlerError, Pump, describe
from workers.records import Handler, PartitionWork

log = logging.getLogger(__name__)

FIRST_BACKOFF_S = 0.2
LONGEST_BACKOFF_S = 5.0
FENCED_BACKOFF_S = 1.0
STORES_READ_AT_ONCE = 1  # two at once would be no faster, since Python works on one, and hold twice as much in memory


@dataclass(frozen=True, slots=True)
class Kept:
    """The state of a partition that went, and the committed offset up to which it goes (None: none was)."""

    work: PartitionWork
    committed: int | None


class Holdings:
    """What one membership of the group holds.

    Taking over goes on beside the loop, a task for each partition: while aiokafka calls back on an assignment it
    sends no heartbeats, and a large store takes longer than a session.  `failed`: how often in a row, and why last.

    A rebalance takes all partitions from everybody, and mostly gives them back at once.  So what went with one is kept
    until the next assignment, and used again where nothing was committed in between: then it is what the store says.

    `on_ready`: told of a take-over, and how many seconds it took; `on_committed`: of each batch; `on_refused`: of each
    that was not; `on_change`: that partitions came or went.
    """

    def __init__(
        self,
        handler: Handler,
        settings: KafkaSettings,
        consumer: Any,
        clock: Callable[[], datetime],
        *,
        on_ready: Callable[[TopicPartition, float], Awaitable[None]],
        on_committed: Callable[[Batch], None],
        on_refused: Callable[[], None],
        on_change: Callable[[], None],
    ) -> None:
        self._handler = handler
        self._settings = settings
        self._consumer = consumer
        self._clock = clock
        self._on_ready = on_ready
        self._on_committed = on_committed
        self._on_refused = on_refused
        self._on_change = on_change
        self._reading = asyncio.Semaphore(STORES_READ_AT_ONCE)
        self._turns = asyncio.Lock()
        self._kept: dict[TopicPartition, Kept] = {}
        self._working: dict[Pump, asyncio.Task[None]] = {}
        self.owned: dict[TopicPartition, Pump] = {}
        self.taking: dict[TopicPartition, asyncio.Task[None]] = {}
        self.stopped: dict[TopicPartition, str] = {}
        self.failed: dict[TopicPartition, tuple[int, str]] = {}

    def begin(self, assigned: Iterable[TopicPartition]) -> None:
        """Starts to take these over.  Nothing is read from one before it is ready."""
        places = list(assigned)
        self._kept = {where: kept for where, kept in self._kept.items() if where in places}
        for where in places:
            self._consumer.pause(*aiokafka_partitions([where]))
            self._take(where, None, 0.0)

    def check(self) -> None:
        """Raises what a partition's work ended with that is neither a bug of the handler's nor a refused batch."""
        for task in self._working.values():
            if task.done():
                task.result()

    async def revoke(self, revoked: Iterable[TopicPartition]) -> None:
        """Gives these up when their batches in hand are written, and keeps their states for the next assignment."""
        gone = list(revoked)
        tasks = await self._finish(gone)
        self._kept |= {w: Kept(held.work, held.committed) for w in gone if (held := self.owned.get(w)) is not None}
        await self._drop(gone, tasks)

    async def drop_all(self) -> None:
        """Gives all up, in whatever state they are; of those at work the batches in hand are written."""
        gone = [*self.owned, *self.taking, *self.stopped]
        await self._drop(gone, await self._finish(gone))

    async def _finish(self, gone: Collection[TopicPartition]) -> list[asyncio.Task[None]]:
        """Ends all work on these; gives the tasks that were taking one over, and end now."""
        tasks = self._take_no_more(gone)
        working = {pump: task for pump, task in self._working.items() if pump.where in gone}
        for pump in working:
            pump.finish()
        if working:
            await asyncio.wait(working.values())
        return tasks + self._take_no_more(gone)  # what was refused just now would be taken over anew

    def _take_no_more(self, gone: Iterable[TopicPartition]) -> list[asyncio.Task[None]]:
        tasks = [task for where in gone if (task := self.taking.pop(where, None)) is not None]
        for task in tasks:
            task.cancel()
        return tasks

    async def _drop(self, gone: Iterable[TopicPartition], tasks: Iterable[asyncio.Task[None]]) -> None:
        owned = [held for where in gone if (held := self.owned.get(where)) is not None]
        for held in owned:
            self._forget(held)
        for where in gone:
            self.stopped.pop(where, None)
            self.failed.pop(where, None)
        self._on_change()
        await asyncio.gather(*tasks, *(held.writer.close() for held in owned), return_exceptions=True)

    def _begin_work(self, pump: Pump) -> None:
        self.owned[pump.where] = pump
        self._working[pump] = asyncio.create_task(self._work_on(pump), name=f"work on {pump.where}")

    async def _work_on(self, pump: Pump) -> None:
        try:
            await pump.run()
        except HandlerError as bug:
            await self._stand_still(pump, str(bug))
        except Exception as error:
            self._on_refused()
            log.warning("%s: a batch was refused (%s), taking over anew", pump.where, describe(error))
            self._anew(pump, error)
        del self._working[pump]

    def _anew(self, pump: Pump, error: BaseException) -> None:
        """Its memory is ahead of the log: forget it, and take the partition over again from what was committed.

        Fenced, somebody else has taken it over; perhaps we slept, and will hear so from the group.  Taking it back at
        once would fence the rightful owner.
        """
        self._consumer.pause(*aiokafka_partitions([pump.where]))
        self._forget(pump)
        fenced = isinstance(error, ProducerFenced)
        self._take(pump.where, pump.writer, FENCED_BACKOFF_S if fenced else FIRST_BACKOFF_S)

    async def _stand_still(self, pump: Pump, reason: str) -> None:
        """The handler has a bug: no skip, no spin.  The record is tried again at the next take-over."""
        self._consumer.pause(*aiokafka_partitions([pump.where]))
        self._forget(pump)
        self._stop(pump.where, reason)
        await pump.writer.close()

    def _forget(self, pump: Pump) -> None:
        del self.owned[pump.where]
        self._on_change()
        try:
            self._handler.give_up(*pump.where)
        except Exception as error:
            log.error("%s: the handler failed to give it up: %s", pump.where, describe(error))

    def _stop(self, where: TopicPartition, reason: str) -> None:
        self.stopped[where] = reason
        log.error("%s stands still: %s", where, reason)
        self._on_change()

    def _take(self, where: TopicPartition, before: PartitionWriter | None, wait_s: float) -> None:
        self.taking[where] = asyncio.create_task(self._take_over(where, before, wait_s), name=f"take over {where}")

    async def _take_over(self, where: TopicPartition, before: PartitionWriter | None, wait_s: float) -> None:
        """Tries until the partition is ready, for as long as it is ours and the broker is away."""
        backoff = FIRST_BACKOFF_S
        if before is not None:
            await before.close()
        await asyncio.sleep(wait_s)
        while True:
            try:
                pump = await self._open(where)
            except HandlerError as bug:
                if self._is_wanted(where):
                    del self.taking[where]
                    self._stop(where, f"taking over: {bug}")
                return
            except Exception as error:
                if not self._is_wanted(where):
                    return
                self.failed[where] = self.failed.get(where, (0, ""))[0] + 1, describe(error)
                log.warning("%s could not be taken over (%s), trying again", where, describe(error))
                await asyncio.sleep(backoff)
                backoff = min(backoff * 2, LONGEST_BACKOFF_S)
            else:
                if not self._is_wanted(where):
                    self._handler.give_up(*where)
                    await pump.writer.close()
                    return
                # No await from here on: the loop sees it ready and at its place, or not at all.
                (asked,) = aiokafka_partitions([where])
                self._consumer.seek(asked, pump.done)
                self._consumer.resume(asked)
                del self.taking[where]
                self.failed.pop(where, None)
                self._begin_work(pump)
                self._on_change()
                log.info("%s taken over at %d", where, pump.done)
                return

    def _is_wanted(self, where: TopicPartition) -> bool:
        """Whether the running task still is the one that takes this partition over.

        A task that was cancelled may not notice: aiokafka swallows a cancellation that comes while a client closes.
        """
        return self.taking.get(where) is asyncio.current_task()

    async def _open(self, where: TopicPartition) -> Pump:
        """Fence, ask, read, in this order: state is then the log up to the committed offset, and stays so.

        Raises HandlerError for a bug, and anything of aiokafka's when the broker does not play along.
        """
        began = asyncio.get_running_loop().time()
        writer = PartitionWriter(self._settings, self._handler.group, where, self._consumer, self._clock)
        try:
            await writer.start()
            first, committed = await self._offsets(where)
            work = self._take_back(where, committed)
            if work is None:
                async with self._reading:
                    stored = await read_stores(self._settings, where.partition, self._handler.stores)
                    work = await self._in_thread(where, stored)
            try:
                await self._on_ready(where, asyncio.get_running_loop().time() - began)
            except BaseException:
                self._handler.give_up(*where)
                raise
        except BaseException:
            await writer.close()
            raise
        start = self._start(where, first, committed, work)
        return Pump(
            where,
            writer,
            work,
            start,
            committed,
            turns=self._turns,
            max_records=self._settings.max_records,
            on_committed=self._on_committed,
        )

    def _take_back(self, where: TopicPartition, committed: int | None) -> PartitionWork | None:
        """The state that was kept, where it still is that of the committed offset."""
        kept = self._kept.pop(where, None)
        if kept is None or kept.committed != committed:
            return None
        self._handler.take_back(*where, kept.work)
        return kept.work

    async def _in_thread(self, where: TopicPartition, stored: Any) -> PartitionWork:
        """Heartbeats go on while a large store is decoded.  Cancelled, what the thread still makes is given up."""
        making = asyncio.create_task(asyncio.to_thread(self._work, where, stored))
        try:
            return await asyncio.shield(making)
        except asyncio.CancelledError:
            await asyncio.wait([making])
            if making.exception() is None:
                self._handler.give_up(*where)
            raise

    def _work(self, where: TopicPartition, stored: Any) -> PartitionWork:
        try:
            return self._handler.take_over(where.topic, where.partition, stored)
        except Exception as error:
            raise HandlerError(describe(error)) from None

    async def _offsets(self, where: TopicPartition) -> tuple[int, int | None]:
        """The first offset there is, and the one that was committed."""
        (asked,) = aiokafka_partitions([where])
        async with asyncio.timeout(self._settings.answer_timeout_s):
            committed: int | None = await self._consumer.committed(asked)
            first: int = (await self._consumer.beginning_offsets([asked]))[asked]
        return first, committed

    @staticmethod
    def _start(where: TopicPartition, first: int, committed: int | None, work: PartitionWork) -> int:
        """Where to read on.  A broker forgets the offset of a group that was away for long (a week by default)."""
        if committed is None and work.read_to is not None:
            log.error("%s: the group's offset is gone; reading on at %d, where the state was", where, work.read_to)
        start = committed if committed is not None else work.read_to
        if start is None:
            return first
        if start < first:
            log.error("%s: %d offsets were deleted before they were read", where, first - start)
        return max(start, first)
