"""A handler without medicine, and hands to feed it: counts the records of each key."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from workers.batch_loop import BatchLoop
from workers.records import InputRecord, Output, PartitionWork, Stores


def system_clock() -> datetime:
    return datetime.now(UTC)


class ToyWork:
    """Writes "offset count" for each record.  The count is memory: after a loss it must come from the store."""

    read_to = None

    def __init__(self, handler: ToyHandler, partition: int, stored: Stores) -> None:
        self.handler = handler
        self.partition = partition
        self.counts: dict[bytes, int] = defaultdict(int)
        self.counts.update({key: int(value) for key, value in stored.get(handler.store, {}).items()})

    def process(self, record: InputRecord) -> list[Output]:
        assert record.key is not None
        if record.value == b"poison":
            raise ValueError(f"cannot take {record.key!r} {record.value!r}")
        if record.value == b"nowhere":
            return [Output(self.handler.out, record.key, b"", partition=99)]
        if record.value is not None and record.value.startswith(b"bytes "):
            return [Output(self.handler.out, record.key, b"x" * int(record.value[6:]), partition=record.partition)]
        if self.handler.on_process is not None:
            self.handler.on_process(record)
        self.counts[record.key] += 1
        count = self.counts[record.key]
        return [
            Output(self.handler.store, record.key, b"%d" % count, partition=record.partition),
            Output(self.handler.out, record.key, b"%d %d" % (record.offset, count), partition=record.partition),
        ]


class ToyHandler:
    def __init__(self, name: str, on_process: Callable[[InputRecord], None] | None = None) -> None:
        self.group = f"group-{name}"
        self.source, self.store, self.out = f"in-{name}", f"counts-{name}", f"out-{name}"
        self.inputs = (self.source,)
        self.same_partitions = (self.store, self.out)
        self.stores = (self.store,)
        self.on_process = on_process
        self.works: dict[int, ToyWork] = {}
        self.taken_over: list[int] = []
        self.taken_back: list[int] = []

    @property
    def topics(self) -> tuple[str, str, str]:
        return self.source, self.store, self.out

    def take_over(self, topic: str, partition: int, stored: Stores) -> ToyWork:
        self.taken_over.append(partition)
        work = self.works[partition] = ToyWork(self, partition, stored)
        return work

    def take_back(self, topic: str, partition: int, work: PartitionWork) -> None:
        assert isinstance(work, ToyWork)
        self.taken_back.append(partition)
        self.works[partition] = work

    def give_up(self, topic: str, partition: int) -> None:
        del self.works[partition]


def new_name() -> str:
    return uuid4().hex[:10]


@asynccontextmanager
async def running(loop: BatchLoop) -> AsyncIterator[BatchLoop]:
    await loop.start()
    try:
        yield loop
    finally:
        await loop.stop()


async def feed(bootstrap: str, topic: str, values: Sequence[tuple[int, bytes, bytes]]) -> None:
    """Writes (partition, key, value) in order."""
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True) as producer:
        sent = [await producer.send(topic, value, key, partition) for partition, key, value in values]
        await asyncio.gather(*sent)


async def read_all(bootstrap: str, topic: str, isolation_level: str = "read_committed") -> dict[int, list[Any]]:
    """All records by partition, up to the present end."""
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest", isolation_level=isolation_level
    )
    async with consumer:
        ends = await consumer.end_offsets(list(consumer.assignment()))
        found: dict[int, list[Any]] = {where.partition: [] for where in ends}
        while any([await consumer.position(where) < end for where, end in ends.items()]):
            for where, records in (await consumer.getmany(timeout_ms=100)).items():
                found[where.partition].extend(records)
    return found


async def assert_exactly_once(bootstrap: str, handler: ToyHandler) -> int:
    """Each input record has one committed output, in order, with the count that it must have.  How many there are."""
    read, written = await read_all(bootstrap, handler.source), await read_all(bootstrap, handler.out)
    total = 0
    for partition, records in read.items():
        counts: dict[bytes, int] = defaultdict(int)
        expected = []
        for record in records:
            counts[record.key] += 1
            expected.append((record.key, b"%d %d" % (record.offset, counts[record.key])))
        assert [(r.key, r.value) for r in written[partition]] == expected
        total += len(expected)
    return total


async def committed(bootstrap: str, group: str, topic: str, partition: int = 0) -> int | None:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False)
    async with consumer:
        consumer.assign([TopicPartition(topic, partition)])
        offset: int | None = await consumer.committed(TopicPartition(topic, partition))
    return offset
