"""The loop under all workers: it owns the consumer, and the producers, the state and the offsets of its partitions.

It polls and hands out; each partition goes on for itself (`workers.pump`): process, write with the offset.  A batch of
one partition is one transaction.  Nothing here knows what a record means; a `Handler` does.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from workers.connection import Connection, why_refused
from workers.holdings import FIRST_BACKOFF_S, LONGEST_BACKOFF_S, Holdings
from workers.kafka_io import (
    KafkaSettings,
    TopicPartition,
    WrongPartitionsError,
    aiokafka_partitions,
    check_same_partitions,
    close_consumer,
    group_consumer,
    high_watermarks,
    partition_counts,
    position_of,
    reader,
)
from workers.membership import Membership
from workers.pump import Batch, Pump, describe
from workers.records import Handler

log = logging.getLogger(__name__)

GROUP_START_TIMEOUT_S = 60.0  # more than a request of aiokafka's own, which joining a group needs
POLL_MS = 100  # a poll returns as soon as there is a record; this is how late a marker at the end is noticed
FULL_POLL_MS = 5  # while some have no room for more: they are polled again as soon as they have
PAUSE_S: Final = 0.003  # between polls while batches are in work: else a steady stream is fetched record by record


class OutgrownError(Exception):
    """A topic was given more partitions while it was read: all topics have to be looked at again."""


@dataclass(slots=True)
class LoopCounters:
    records_read: int = 0
    batches_committed: int = 0
    transactions_refused: int = 0
    takeovers: int = 0
    takeover_seconds: float = 0.0


class BatchLoop:
    """Runs a handler.

    `transactional`     one transaction per batch; off (embedded broker): write, then commit, at least once
    `alone`             no group: all partitions are ours.  For the demo, where nobody else can come, and forming a
                        group on the embedded broker takes seconds
    `clock`             gives the time of outputs that say none
    `max_records`       of one poll, and of a batch; both grow with the load up to here.  A partition of which that many
                        wait in memory is not polled
    `metadata_max_age_ms`  how late it is noticed that a topic was given more partitions; the loop then ends
    `group_instance_id` static membership: back within its session, the member has its partitions as before
    `before_first_poll` awaited once per start, when the broker has answered and the topics are right
    `on_ready`          awaited at each take-over, when the state is there and before the first record is read;
                        an exception means that the take-over is tried again
    `on_written`        told how many seconds after its log time the oldest record of a batch had its outputs committed
    """

    def __init__(
        self,
        handler: Handler,
        *,
        connection: Connection,
        clock: Callable[[], datetime],
        transactional: bool = True,
        alone: bool = False,
        client_id: str = "b12watch",
        max_records: int = 4000,
        session_timeout_ms: int = 6000,
        heartbeat_interval_ms: int = 2000,
        transaction_timeout_ms: int = 10_000,
        metadata_max_age_ms: int = 60_000,
        group_instance_id: str | None = None,
        before_first_poll: Callable[[], Awaitable[None]] | None = None,
        on_ready: Callable[[TopicPartition], Awaitable[None]] | None = None,
        on_written: Callable[[float], object] | None = None,
    ) -> None:
        self.handler = handler
        self.counters = LoopCounters()
        self._settings = KafkaSettings(
            connection=connection,
            transactional=transactional,
            alone=alone,
            client_id=client_id,
            session_timeout_ms=session_timeout_ms,
            heartbeat_interval_ms=heartbeat_interval_ms,
            transaction_timeout_ms=transaction_timeout_ms,
            # The embedded broker answers a waiting fetch only when its time is up.
            fetch_max_wait_ms=100 if transactional else 5,
            max_records=max_records,
            metadata_max_age_ms=metadata_max_age_ms,
            group_instance_id=group_instance_id,
        )
        self._clock = clock
        self._before_first_poll = before_first_poll
        self._on_ready = on_ready
        self._on_written = on_written
        self._changed = asyncio.Event()
        self._membership: Membership | None = None
        self._run_task: asyncio.Task[None] | None = None
        self._stopping = False
        self._askers = contextlib.AsyncExitStack()
        self._asker: Any = None
        self._asking = asyncio.Lock()

    # -- life -----------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Waits for the broker, checks the topics, begins to read.  Raises WrongPartitionsError."""
        counts = await self._checked_counts()
        if self._before_first_poll is not None:
            await self._before_first_poll()
        if not self._stopping:
            self._run_task = asyncio.create_task(self._run(counts), name=f"batch loop {self.handler.group}")

    async def stop(self) -> None:
        """Finishes the batches in hand, gives up all partitions, leaves the group.  Bounded, broker or no broker."""
        self._stopping = True
        if self._run_task is not None:
            self._run_task.cancel()
            with contextlib.suppress(asyncio.CancelledError, WrongPartitionsError):
                await self._run_task
        await self._askers.aclose()
        self._asker = None

    async def join(self) -> None:
        """Waits until the loop ends.  Raises what ended it: topics whose partitions were changed, or a bug of ours."""
        if self._run_task is not None:
            await asyncio.wait([self._run_task])
            if not self._run_task.cancelled():
                self._run_task.result()

    async def _checked_counts(self) -> dict[str, int]:
        handler, backoff = self.handler, FIRST_BACKOFF_S
        topics = {*handler.inputs, *handler.same_partitions, *handler.stores}
        while True:
            try:
                counts = await partition_counts(self._settings, topics)
            except Exception as error:
                why = await why_refused(self._settings.connection) or str(error) or describe(error)
                log.warning("%s waits for its broker and topics: %s", handler.group, why)
                await asyncio.sleep(backoff)
                backoff = min(backoff * 2, LONGEST_BACKOFF_S)
            else:
                check_same_partitions(counts, handler.inputs, handler.same_partitions)
                return counts

    async def _run(self, counts: dict[str, int]) -> None:
        """One membership after another: an error that the consumer cannot get over ends it, never the worker."""
        while True:
            try:
                await self._read_as_member(counts)
            except Exception as error:
                log.warning("%s: reading failed (%s), joining anew", self.handler.group, describe(error))
            await asyncio.sleep(1.0)
            counts = await self._checked_counts()

    async def _read_as_member(self, counts: dict[str, int]) -> None:
        consumer = group_consumer(self._settings, self.handler.group)
        holdings = Holdings(
            self.handler,
            self._settings,
            consumer,
            self._clock,
            on_ready=self._taken_over,
            on_committed=self._committed,
            on_refused=self._refused,
            on_change=self._notify,
        )
        member = self._membership = Membership(consumer, holdings, counts)
        try:
            async with asyncio.timeout(GROUP_START_TIMEOUT_S):
                await consumer.start()
            await self._join_group(member, counts)
            while True:
                await self._poll_once(member)
        finally:
            member.ended = True
            self._membership = None
            await holdings.drop_all()
            await close_consumer(consumer)

    async def _join_group(self, member: Membership, counts: dict[str, int]) -> None:
        if self._settings.alone:
            all_of_them = [TopicPartition(topic, n) for topic in self.handler.inputs for n in range(counts[topic])]
            member.consumer.assign(aiokafka_partitions(all_of_them))
            await member.on_partitions_assigned(all_of_them)
        else:
            member.consumer.subscribe(list(self.handler.inputs), listener=member)

    async def _taken_over(self, where: TopicPartition, seconds: float) -> None:
        self.counters.takeovers += 1
        self.counters.takeover_seconds += seconds
        if self._on_ready is not None:
            await self._on_ready(where)

    # -- the loop -------------------------------------------------------------------------------------------------

    async def _poll_once(self, member: Membership) -> None:
        owned = member.holdings.owned
        full = [where for where, pump in owned.items() if not pump.has_room]
        if not full:
            polled = await self._poll(member, POLL_MS)
        elif with_room := owned.keys() - full:
            polled = await self._poll(member, FULL_POLL_MS, *aiokafka_partitions(with_room))
        else:
            polled = {}
        if member.outgrown:
            raise OutgrownError("there are more partitions than at the start")
        member.holdings.check()
        # No await between the two: what was polled belongs to those who own the partitions at this moment.
        for where, pump in owned.items():
            records = polled.get(where, ())
            if pump.put(records, position_of(member.consumer, where)):
                self.counters.records_read += len(records)
        self._notify()
        is_busy = any(not pump.is_at_rest for pump in owned.values())
        await asyncio.sleep(PAUSE_S if is_busy else 0)

    async def _poll(self, member: Membership, timeout_ms: int, *partitions: Any) -> Mapping[Any, Any]:
        """Records of these partitions, or of all."""
        polled: Mapping[Any, Any] = await member.consumer.getmany(
            *partitions, timeout_ms=timeout_ms, max_records=self._settings.max_records
        )
        return polled

    def _committed(self, batch: Batch) -> None:
        self.counters.batches_committed += 1
        if batch.outputs and self._on_written is not None:
            self._on_written(self._clock().timestamp() - batch.first_at_ms / 1000)
        self._notify()

    def _refused(self) -> None:
        self.counters.transactions_refused += 1

    def _notify(self) -> None:
        """Wakes all who wait for something to change."""
        self._changed.set()
        self._changed = asyncio.Event()

    # -- for ticks and for those who wait -------------------------------------------------------------------------

    @property
    def stopped_partitions(self) -> Mapping[TopicPartition, str]:
        """Partitions that stand still because of a handler's bug, with the reason."""
        return MappingProxyType(self._membership.holdings.stopped if self._membership else {})

    @property
    def takes_over(self) -> int:
        """How many partitions are being taken over."""
        return len(self._membership.holdings.taking) if self._membership else 0

    @property
    def failed_takeovers(self) -> Mapping[TopicPartition, tuple[int, str]]:
        """Partitions that could not be taken over so far: how often that was tried in a row, and why it failed last."""
        return MappingProxyType(self._membership.holdings.failed if self._membership else {})

    @property
    def is_member(self) -> bool:
        """Whether the group has given us our partitions, perhaps none."""
        return self._membership is not None and self._membership.joined

    @property
    def a_partition(self) -> TopicPartition:
        """One that there is, whoever has it: something to ask the broker about."""
        return TopicPartition(self.handler.inputs[0], 0)

    def done(self) -> dict[TopicPartition, int]:
        """The partitions that are ready, and the offset below which everything has been processed and committed."""
        return {where: owned.done for where, owned in self._owned_now().items()}

    def assigned(self) -> frozenset[TopicPartition]:
        """The partitions that are ready: taken over and being read."""
        return frozenset(self._membership.holdings.owned if self._membership else ())

    async def end_offsets(self, partitions: frozenset[TopicPartition]) -> dict[TopicPartition, int]:
        """Where each ends now, records of transactions still open included: they too were written before now.

        Raises KafkaError or TimeoutError when the broker does not answer.
        """
        if not partitions:
            return {}
        async with self._asking:
            if self._asker is None:
                self._asker = await self._askers.enter_async_context(reader(self._settings, "read_uncommitted"))
        found = await high_watermarks(self._asker, partitions, self._settings.answer_timeout_s)
        return {where: found[where] for where in partitions}

    async def forwarded(self, ends: Mapping[TopicPartition, int]) -> bool:
        """Waits until everything below these offsets has been processed and committed.

        False, at once, when one of the partitions is not ready, or is lost, taken over anew or stopped meanwhile.
        """
        owned_at_first = self._owned_now()
        watched = {where: owned_at_first.get(where) for where in ends}
        while True:
            changed, owned_now = self._changed, self._owned_now()
            behind = False
            for where, owned in watched.items():
                if owned is None or owned_now.get(where) is not owned:
                    return False
                behind = behind or owned.done < ends[where]
            if not behind:
                return True
            await changed.wait()

    async def idle(self) -> None:
        """Waits until all partitions that we were given are ready (or stand still) and forwarded to their ends."""
        while True:
            changed, member = self._changed, self._membership
            if member is None or not member.joined or member.holdings.taking:
                await changed.wait()
            elif await self.forwarded(await self.end_offsets(self.assigned())):
                return

    def _owned_now(self) -> Mapping[TopicPartition, Pump]:
        return self._membership.holdings.owned if self._membership else {}
