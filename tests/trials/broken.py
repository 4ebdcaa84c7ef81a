"""Faults in the engine, each by name: a trial that passes on a broken engine shows nothing.

`python -m tests.trials NAME --broken FAULT` must fail.  Each is a way in which such loops are really written wrongly.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import uuid4

from topics.definitions import ALERT_CHANGES
from workers import kafka_io, partition_writer
from workers.partition_writer import PartitionWriter
from workers.records import Stores
from workers.ticks import EventLog
from workers.treatment import Treatment
from workers.treatment_partition import TreatmentPartition

WHOLE = "whole"


def break_engine(name: str) -> None:
    if name != WHOLE:
        BROKEN[name]()


def offset_first() -> None:
    """The offset is committed in a transaction of its own, before what the records give rise to: that can be lost."""

    async def write(self: Any, batches: list[tuple[Any, Any]], next_offset: int) -> None:
        await self._producer.begin_transaction()
        await self._producer.send_offsets_to_transaction({self._where: next_offset}, self._group)
        await self._producer.commit_transaction()
        await _one_transaction(self, batches)

    PartitionWriter._in_transaction = write  # type: ignore[method-assign]


def changes_first() -> None:
    """Alert changes go out in a transaction of their own, before state and offset: they can be said twice."""
    whole = PartitionWriter._in_transaction

    async def write(self: Any, batches: list[tuple[Any, Any]], next_offset: int) -> None:
        changes = [batch for batch in batches if batch[1].topic == ALERT_CHANGES.name]
        if changes:
            await _one_transaction(self, changes)
        await whole(self, [batch for batch in batches if batch not in changes], next_offset)

    PartitionWriter._in_transaction = write  # type: ignore[method-assign]


async def _one_transaction(writer: Any, batches: Sequence[tuple[Any, Any]]) -> None:
    await writer._producer.begin_transaction()
    await asyncio.gather(*await writer._send(batches))
    await writer._producer.commit_transaction()


def reads_uncommitted() -> None:
    """A store is recovered with what was sent and never committed."""
    reader = kafka_io.reader
    kafka_io.reader = lambda settings, isolation_level: reader(settings, "read_uncommitted")


def no_fence() -> None:
    """Each producer has a transactional id of its own: the last owner of a partition is never refused."""
    partition_writer.transactional_id = lambda group, where: f"{group}-{where}-{uuid4().hex}"


def keeps_memory() -> None:
    """Who gets a partition back goes on with the memory that it had, instead of what the store says."""
    kept: dict[int, TreatmentPartition] = {}
    take_over = Treatment.take_over

    def take(self: Treatment, topic: str, partition: int, stored: Stores) -> TreatmentPartition:
        if partition not in kept:
            kept[partition] = take_over(self, topic, partition, stored)
        self.partitions[partition] = kept[partition]
        return kept[partition]

    Treatment.take_over = take  # type: ignore[method-assign]


def own_clock() -> None:
    """Ticks claim the time of the worker's clock, not that of the log."""
    made = EventLog.__init__

    def make(self: EventLog, *arguments: Any, **options: Any) -> None:
        made(self, *arguments, **{**options, "append_time": False})

    EventLog.__init__ = make  # type: ignore[method-assign]


BROKEN: Mapping[str, Callable[[], None]] = {
    broken.__name__.replace("_", "-"): broken
    for broken in (offset_first, changes_first, reads_uncommitted, no_fence, keeps_memory, own_clock)
}
