"""The edge to aiokafka, which carries no types: what is `Any` here is typed for everyone else.

Three of its habits shape this file.  Assigned partitions find a position by themselves, and `seek_to_beginning` can
lose to that (the answer to an earlier question is taken for its own): positions are set with `seek`, to a number.
A request is tried again for ever while the broker is away: whoever waits sets the limit.  And its debug log holds
whole requests, keys and values: `workers/hosting.py` keeps that level off.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypedDict

from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as AiokafkaTopicPartition
from aiokafka.errors import KafkaError, KafkaTimeoutError

from workers.connection import Connection
from workers.records import InputRecord, take_newest

CLOSE_TIMEOUT_S = 3.0
_PORTION = 500  # fewer objects than make Python look for cycles, which took a tenth of the time of reading a store
STORE_TIMEOUT_S = 30.0  # without a step forward in reading a store; then it is read anew


class TopicPartition(NamedTuple):
    """Compares equal to aiokafka's own."""

    topic: str
    partition: int

    def __str__(self) -> str:
        return f"{self.topic}-{self.partition}"


class StartRefusedError(Exception):
    """A worker must not start on what it finds; the text is a sentence for whoever started it."""


class WrongPartitionsError(StartRefusedError):
    """Topics that must have the same number of partitions do not; the text says which have how many."""


class LoopOptions(TypedDict, total=False):
    """What of `KafkaSettings` a hospital may set."""

    group_instance_id: str | None
    session_timeout_ms: int
    heartbeat_interval_ms: int
    transaction_timeout_ms: int
    max_records: int


@dataclass(frozen=True, slots=True)
class KafkaSettings:
    """How to talk to the broker.  What each is for is said in `BatchLoop`."""

    connection: Connection
    transactional: bool
    alone: bool
    client_id: str
    session_timeout_ms: int
    heartbeat_interval_ms: int
    transaction_timeout_ms: int
    fetch_max_wait_ms: int
    max_records: int
    metadata_max_age_ms: int
    group_instance_id: str | None = None

    @property
    def request_timeout_ms(self) -> int:
        """How long one request may take: as long as the broker would keep a transaction open."""
        return self.transaction_timeout_ms

    @property
    def answer_timeout_s(self) -> float:
        """How long a batch may take to be written, or any short exchange with the broker."""
        return self.transaction_timeout_ms / 1000

    @property
    def start_timeout_s(self) -> float:
        """How long a client may take to start.  Longer than its requests: cut off in between, it leaves a socket."""
        return 2.5 * self.answer_timeout_s


def aiokafka_partitions(partitions: Iterable[TopicPartition]) -> list[Any]:
    return [AiokafkaTopicPartition(*partition) for partition in partitions]


def group_consumer(settings: KafkaSettings, group: str) -> Any:
    """Reads the inputs; not started, subscribed to nothing."""
    # Handing over waits for the batch in hand; the others wait for us that long before they go on without us.
    rebalance_timeout_ms = settings.session_timeout_ms + settings.transaction_timeout_ms
    return AIOKafkaConsumer(
        **settings.connection.options,
        client_id=settings.client_id,
        group_id=group,
        group_instance_id=settings.group_instance_id,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        session_timeout_ms=settings.session_timeout_ms,
        heartbeat_interval_ms=settings.heartbeat_interval_ms,
        metadata_max_age_ms=settings.metadata_max_age_ms,
        rebalance_timeout_ms=rebalance_timeout_ms,
        request_timeout_ms=max(40_000, rebalance_timeout_ms + 10_000),  # joining is one request: it waits for all
        fetch_max_wait_ms=settings.fetch_max_wait_ms,
        retry_backoff_ms=50,
    )


@contextlib.asynccontextmanager
async def reader(settings: KafkaSettings, isolation_level: str) -> AsyncIterator[Any]:
    """A started consumer outside every group."""
    consumer = AIOKafkaConsumer(
        **settings.connection.options,
        client_id=f"{settings.client_id}-reader",
        auto_offset_reset="earliest",
        isolation_level=isolation_level,
        request_timeout_ms=settings.request_timeout_ms,
        fetch_max_wait_ms=settings.fetch_max_wait_ms,
        max_partition_fetch_bytes=8 * 1024 * 1024,
    )
    try:
        async with asyncio.timeout(settings.start_timeout_s):
            await consumer.start()
        yield consumer
    finally:
        await close_consumer(consumer)


async def cancel_tasks_of(*owners: object) -> None:
    """Ends the tasks that run a method of one of these.

    Closing waits for them, and they wait for the broker: one that is given up on would go on looking for it for ever.
    """
    found = []
    for task in asyncio.all_tasks():
        frame = getattr(task.get_coro(), "cr_frame", None)
        runs_for = frame.f_locals.get("self") if frame is not None else None
        if runs_for is not None and any(runs_for is owner for owner in owners):
            task.cancel()
            found.append(task)
    if found:
        await asyncio.wait(found, timeout=CLOSE_TIMEOUT_S)


async def close_consumer(consumer: Any) -> None:
    """Leaves the group if the broker answers, and closes in any case."""
    with heard_cancellation():
        try:
            with contextlib.suppress(TimeoutError, KafkaError):
                async with asyncio.timeout(CLOSE_TIMEOUT_S):
                    await consumer.stop()
        finally:
            await cancel_tasks_of(consumer._coordinator, consumer._fetcher)
            await consumer._client.close()


@contextlib.contextmanager
def heard_cancellation() -> Iterator[None]:
    """Raises CancelledError at the end when one that came within was swallowed, as aiokafka does while it closes.

    Whoever was told to stop, by Ctrl-C for instance, would otherwise go on as if nothing had been said.
    """
    task = asyncio.current_task()
    before = task.cancelling() if task is not None else 0
    yield
    if task is not None and task.cancelling() > before:
        raise asyncio.CancelledError


async def partition_counts(settings: KafkaSettings, topics: Iterable[str]) -> dict[str, int]:
    """How many partitions each topic has.  Raises KafkaTimeoutError naming a topic that the broker does not show."""
    counts: dict[str, int] = {}
    async with reader(settings, "read_committed") as consumer:
        for topic in sorted(set(topics)):
            try:
                async with asyncio.timeout(settings.answer_timeout_s):
                    counts[topic] = len(await consumer._client._wait_on_metadata(topic))
            except TimeoutError:
                raise KafkaTimeoutError(f"topic {topic} is not there") from None
    return counts


def check_same_partitions(counts: Mapping[str, int], inputs: Sequence[str], same: Sequence[str]) -> None:
    """Raises WrongPartitionsError unless, when any are asked for, all inputs and `same` have one number."""
    if not same:
        return
    asked = {topic: counts[topic] for topic in (*inputs, *same)}
    if len(set(asked.values())) > 1:
        said = ", ".join(f"{topic} has {count}" for topic, count in asked.items())
        raise WrongPartitionsError(f"these topics must have the same number of partitions: {said}. Nothing was read.")


def position_of(consumer: Any, where: TopicPartition) -> int | None:
    """The offset of the next record to be read; past markers and aborted records, which are never delivered.

    Not `consumer.position`, which waits when there is none: here the answer is None.
    """
    subscription = consumer._subscription.subscription
    if subscription is None or subscription.assignment is None:
        return None
    state = subscription.assignment.state_value(where)
    return int(state.position) if state is not None and state.has_valid_position else None


async def high_watermarks(consumer: Any, partitions: Iterable[TopicPartition], timeout_s: float) -> dict[Any, int]:
    async with asyncio.timeout(timeout_s):
        found: dict[Any, int] = await consumer.end_offsets(aiokafka_partitions(partitions))
    return found


async def read_to_end(settings: KafkaSettings, where: TopicPartition) -> Iterator[InputRecord]:
    """All records of one partition, up to the end that it has now.

    Raises KafkaError or TimeoutError when the broker does not give them.
    """
    async with reader(settings, "read_committed") as consumer:
        found = [record async for portion in _portions(settings, consumer, where) for record in portion]
    found.reverse()
    # Each record is let go as it is turned: a large topic is not held twice.
    return (to_input(found.pop()) for _ in range(len(found)))


async def read_stores(settings: KafkaSettings, partition: int, topics: Sequence[str]) -> dict[str, dict[bytes, bytes]]:
    """What the partition of that number holds of each topic: the newest value of each key.  Raises as above.

    Of a record nothing else is made than its key and value: a store may have millions.
    """
    stored: dict[str, dict[bytes, bytes]] = {topic: {} for topic in topics}
    if topics:
        async with reader(settings, "read_committed") as consumer:
            for topic, kept in stored.items():
                async for portion in _portions(settings, consumer, TopicPartition(topic, partition)):
                    take_newest(kept, ((record.key, record.value) for record in portion))
    return stored


async def _portions(settings: KafkaSettings, consumer: Any, where: TopicPartition) -> AsyncIterator[Iterable[Any]]:
    """The records up to the present end, which is reached by position, never by the last record: what comes last may
    be a transaction's marker."""
    (asked,) = aiokafka_partitions([where])
    async with asyncio.timeout(settings.answer_timeout_s):
        begin = (await consumer.beginning_offsets([asked]))[asked]
        end = (await consumer.end_offsets([asked]))[asked]
    consumer.assign([asked])
    consumer.seek(asked, begin)
    clock = asyncio.get_running_loop().time
    position, last_step = begin, clock()
    while position < end:
        for records in (await consumer.getmany(timeout_ms=200, max_records=_PORTION)).values():
            yield records if records[-1].offset < end else [record for record in records if record.offset < end]
        now_at = position_of(consumer, where)
        if now_at is not None and now_at > position:
            position, last_step = now_at, clock()
        elif clock() - last_step > STORE_TIMEOUT_S:
            raise KafkaTimeoutError(f"{where} could not be read from {position} to its end {end}")


def to_input(record: Any) -> InputRecord:
    return InputRecord(
        record.topic,
        record.partition,
        record.offset,
        datetime.fromtimestamp(max(record.timestamp, 0) / 1000, UTC),
        record.key,
        record.value,
        record.headers,
    )
