"""A backlog of clinical-events on a real Kafka: made, sent, and read bare."""

from __future__ import annotations

import asyncio
import json
import time
import zlib
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from domain.policy import Policy
from domain.rules import RULE_VERSIONS
from tests.real_kafka import running_kafka
from tests.workers.live import b12watch, committed_offsets, until
from topics.codecs.clinical_event import encode_activation, encode_tick
from topics.definitions import CLINICAL_EVENTS
from workers.records import InputRecord
from workers.treatment import Treatment

PARTITIONS: Final = 4
SOURCE: Final = ("bench/0",)
LONGEST_S: Final = 3600.0
Entry = tuple[int, bytes | None, bytes]
"""Partition, key and value."""


@asynccontextmanager
async def kafka_with(entries: Sequence[Entry]) -> AsyncIterator[str]:
    """A broker of its own with our topics and these records; its address."""
    with running_kafka() as kafka:
        await asyncio.to_thread(
            b12watch, "topics", "create", "--bootstrap", kafka.bootstrap, "--partitions", PARTITIONS
        )
        await send(kafka.bootstrap, entries)
        yield kafka.bootstrap


def activations() -> Iterator[Entry]:
    for partition in range(PARTITIONS):
        yield partition, None, encode_activation(Policy().as_data(), Policy().version, RULE_VERSIONS, SOURCE)


def backlog(events: Sequence[InputRecord]) -> Iterator[Entry]:
    """The events of a cohort; the time is ticked on every partition as each day is over."""
    yield from activations()
    day = events[0].timestamp
    for event in events:
        if event.timestamp >= day + timedelta(days=1):
            day = event.timestamp
            for partition in range(PARTITIONS):
                yield partition, None, encode_tick(day, SOURCE)
        assert event.key is not None and event.value is not None
        yield partition_of(event.key), event.key, event.value


def partition_of(key: bytes) -> int:
    return zlib.crc32(key) % PARTITIONS


async def send(bootstrap: str, entries: Sequence[Entry]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True, linger_ms=20) as producer:
        for start in range(0, len(entries), 2000):
            portion = entries[start : start + 2000]
            await asyncio.gather(
                *[await producer.send(CLINICAL_EVENTS.name, v, key=k, partition=p) for p, k, v in portion]
            )


async def read_bare(bootstrap: str, count: int) -> float:
    """Seconds to read all of it and do no more than `json.loads`."""
    consumer = AIOKafkaConsumer(CLINICAL_EVENTS.name, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    async with consumer:
        began, read = time.monotonic(), 0
        while read < count:
            for records in (await consumer.getmany(timeout_ms=100)).values():
                for record in records:
                    json.loads(record.value)
                read += len(records)
        return time.monotonic() - began


async def wait_until_worked_off(bootstrap: str) -> None:
    """Until treatment has committed all that clinical-events holds now."""
    ends = await _ends(bootstrap)

    async def all_committed() -> bool:
        committed = await committed_offsets(bootstrap, Treatment.group, Treatment.inputs)
        return all(committed.get((CLINICAL_EVENTS.name, p), 0) >= end for p, end in ends.items())

    await until("the backlog is worked off", all_committed, LONGEST_S)


async def _ends(bootstrap: str) -> dict[int, int]:
    consumer = AIOKafkaConsumer(CLINICAL_EVENTS.name, bootstrap_servers=bootstrap)
    async with consumer:
        found = await consumer.end_offsets(list(consumer.assignment()))
    return {where.partition: end for where, end in found.items()}
