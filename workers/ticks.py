"""Intake's part in time: the ticks that say up to when clinical-events is complete."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from aiokafka import AIOKafkaProducer

from topics.codecs.clinical_event import encode_tick
from topics.definitions import CLINICAL_EVENTS, SOURCE_TOPICS
from workers.clock import Clock
from workers.connection import Connection
from workers.kafka_io import StartRefusedError, TopicPartition
from workers.listening import Listening

_LOG_APPEND_TIME = 1  # Kafka's code for "the broker stamped this record"


class NoAppendTimeError(StartRefusedError):
    """The broker does not stamp clinical-events itself: a worker's wrong clock would then move time."""


class Forwarding(Protocol):
    """What the ticker asks of intake's batch loop."""

    def assigned(self) -> frozenset[TopicPartition]:
        """The source partitions that are being worked on."""

    async def end_offsets(self, partitions: frozenset[TopicPartition]) -> Mapping[TopicPartition, int]:
        """The offsets behind the last records."""

    async def forwarded(self, ends: Mapping[TopicPartition, int]) -> bool:
        """Wait until all below `ends` is committed; False when one of the partitions was lost meanwhile."""


class EventLog:
    """Appends ticks and activations to clinical-events; an idempotent producer, acknowledged by all replicas.

    `append_time` is off for a broker that has none (the embedded one): the log's time is then the clock's.
    """

    def __init__(self, connection: Connection, clock: Clock, *, append_time: bool = True) -> None:
        self._connection = connection
        self._clock = clock
        self._append_time = append_time
        self._producer: Any = None

    async def start(self) -> None:
        self._producer = AIOKafkaProducer(**self._connection.options, enable_idempotence=True)
        await self._producer.start()

    async def stop(self) -> None:
        if self._producer is not None:
            await self._producer.stop()

    async def partitions(self, topic: str) -> list[int]:
        return sorted(await self._producer.partitions_for(topic))

    async def source_partitions(self) -> list[str]:
        """All source partitions there are, as `topic/partition`."""
        return [f"{topic.name}/{n}" for topic in SOURCE_TOPICS for n in await self.partitions(topic.name)]

    async def append(self, value: bytes, partitions: Iterable[int]) -> datetime:
        """Append `value` to each partition; give the earliest of the times at which the log says that it was."""
        return min(await asyncio.gather(*(self._append(value, partition) for partition in partitions)))

    async def _append(self, value: bytes, partition: int) -> datetime:
        sent = self._clock()
        written = await self._producer.send_and_wait(
            CLINICAL_EVENTS.name, value, partition=partition, timestamp_ms=int(sent.timestamp() * 1000)
        )
        if not self._append_time:
            return sent
        if written.timestamp_type != _LOG_APPEND_TIME:
            raise NoAppendTimeError(f"{CLINICAL_EVENTS.name} must have message.timestamp.type=LogAppendTime")
        return datetime.fromtimestamp(written.timestamp / 1000, UTC)


class Ticker:
    """Says, every few seconds, that clinical-events is complete to a time.

    T is the log time of the previous tick (at first, of a record that claims nothing).  *Then* the source partitions
    are asked for their ends; when all below is forwarded and acknowledged, the tick says "complete to T" for them.
    While records lie unread upstream no tick comes, and time stands still.  What came of each feed it says, too: of
    all below the ends it is known by then.
    """

    def __init__(self, loop: Forwarding, event_log: EventLog, listening: Listening) -> None:
        self._loop = loop
        self._event_log = event_log
        self.listening = listening
        self._last: datetime | None = None

    async def begin(self) -> None:
        """Append a record that claims nothing: its log time is what the first tick will claim."""
        self._last = await self._event_log.append(encode_tick(LONG_AGO, heard={}), await self._partitions())

    async def tick(self) -> datetime | None:
        """One tick; gives the T that was claimed, or None when nothing could be."""
        assigned = self._loop.assigned()
        if not assigned:
            await self._say_what_came()
            return None
        if self._last is None:
            await self.begin()
            return None
        complete_to = self._last
        ends = await self._loop.end_offsets(assigned)
        if not await self._loop.forwarded(ends):
            return None  # a partition went to another worker, which will tick for it
        sources = [f"{source.topic}/{source.partition}" for source in assigned]
        self._last = await self._append(complete_to, sources)
        return complete_to

    async def _say_what_came(self) -> None:
        """Before other workers took all partitions over, whose ticks do not tell of it."""
        if not self.listening.is_empty:
            await self._append(LONG_AGO, ())

    async def _append(self, complete_to: datetime, sources: Iterable[str]) -> datetime:
        heard = self.listening.take()
        try:
            tick = encode_tick(complete_to, sources, heard=heard)
            return await self._event_log.append(tick, await self._partitions())
        except BaseException:
            self.listening.give_back(heard)
            raise

    async def _partitions(self) -> list[int]:
        return await self._event_log.partitions(CLINICAL_EVENTS.name)


LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
