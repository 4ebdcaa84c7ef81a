"""`b12watch record` and `b12watch publish`: topics into a log that can be replayed, and a log's sources into topics."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError

from topics.definitions import SOURCE_TOPICS
from workers.connection import Connection
from workers.kafka_io import (
    KafkaSettings,
    TopicPartition,
    aiokafka_partitions,
    high_watermarks,
    partition_counts,
    position_of,
    reader,
    to_input,
)
from workers.log_file import write_line
from workers.records import InputRecord

_POLL_MS = 200
_TOO_LARGE = "it is larger than can be sent"
_SOURCES = frozenset(topic.name for topic in SOURCE_TOPICS)


def reading(connection: Connection) -> KafkaSettings:
    """How to read topics outside every group."""
    return KafkaSettings(
        connection=connection,
        transactional=False,
        alone=True,
        client_id="b12watch-record",
        session_timeout_ms=6000,
        heartbeat_interval_ms=2000,
        transaction_timeout_ms=10_000,
        fetch_max_wait_ms=100,
        max_records=4000,
        metadata_max_age_ms=60_000,
    )


async def read_topics(
    connection: Connection, topics: Iterable[str], *, follow: bool = False
) -> AsyncGenerator[InputRecord, None]:
    """The committed records of the topics, in the order of offsets within each partition.

    Ends at the ends that the topics have when it starts; with `follow` it goes on until it is stopped.
    Raises: KafkaError or TimeoutError when the broker does not answer, or shows no such topic.
    """
    settings = reading(connection)
    counts = await partition_counts(settings, topics)
    partitions = [TopicPartition(topic, number) for topic, count in counts.items() for number in range(count)]
    async with reader(settings, "read_committed") as consumer:
        begins = await consumer.beginning_offsets(aiokafka_partitions(partitions))
        ends = await high_watermarks(consumer, partitions, settings.answer_timeout_s)
        consumer.assign(aiokafka_partitions(partitions))
        for where, begin in begins.items():
            consumer.seek(where, begin)
        # positions go past transaction markers, which are no records: the last record's offset would not do
        while follow or any((position_of(consumer, where) or 0) < ends[where] for where in partitions):
            for records in (await consumer.getmany(timeout_ms=_POLL_MS)).values():
                for record in records:
                    yield to_input(record)


async def write_log(path: Path, records: AsyncGenerator[InputRecord, None]) -> int:
    """Write a log of the records; gives how many.

    The file is opened, and so emptied, when the first record or the end has come: a broker that does not answer
    destroys nothing.  Raises: OSError that names the file, and what the records raise.
    """
    count = 0
    async with contextlib.aclosing(records), contextlib.AsyncExitStack() as stack:
        first = await anext(records, None)
        with _named(path):
            file = path.open("w", encoding="utf-8")
        stack.callback(_close, file, path)
        if first is not None:
            count += _write(file, first, path)
        async for record in records:
            count += _write(file, record, path)
    return count


def _write(file: TextIO, record: InputRecord, path: Path) -> int:
    with _named(path):
        file.write(write_line(record))
    return 1


def _close(file: TextIO, path: Path) -> None:
    with _named(path):
        file.close()


@contextlib.contextmanager
def _named(path: Path) -> Iterator[None]:
    """A write that fails does not say by itself in which file."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error


@dataclass(slots=True)
class Published:
    """How many records were sent, by topic, and in words those that could not be."""

    sent: Counter[str] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)

    def refuse(self, record: InputRecord, why: str) -> None:
        self.refused.append(f"{record.topic}/{record.partition}/{record.offset}: {why}")


async def publish(connection: Connection, records: Iterable[InputRecord]) -> Published:
    """Send the records of source topics to a broker, acknowledged by all replicas.

    Records of other topics are left out: they are b12watch's own to write.  One that cannot be sent is left out and
    said; the rest goes on.  Raises: KafkaError.
    """
    published, waiting = Published(), []
    # Not idempotent: a message that the broker refuses would leave a gap in the sequence, and block those behind it.
    async with AIOKafkaProducer(**connection.options, acks="all") as producer:
        for record in records:
            if record.topic not in _SOURCES:
                published.sent["left out"] += 1
            elif record.key is None and record.value is None:
                published.refuse(record, "it has neither a key nor a value")
            else:
                try:
                    waiting.append((record, await _send(producer, record)))
                except MessageSizeTooLargeError:
                    published.refuse(record, _TOO_LARGE)
        await producer.flush()
        for record, acknowledged in waiting:
            if await _is_taken(acknowledged) or await _is_taken(await _send(producer, record)):
                published.sent[record.topic] += 1
            else:
                published.refuse(record, _TOO_LARGE)
    return published


async def _is_taken(acknowledged: Awaitable[object]) -> bool:
    """Whether the broker took it.  A large one takes its batch with it, so each is tried once more, alone."""
    try:
        await acknowledged
    except MessageSizeTooLargeError:
        return False
    return True


async def _send(producer: AIOKafkaProducer, record: InputRecord) -> Any:
    """Hand the record over; what is given back waits for the broker's answer."""
    timestamp = int(record.timestamp.timestamp() * 1000)
    return await producer.send(
        record.topic, record.value, key=record.key, headers=list(record.headers), timestamp_ms=timestamp
    )
