"""What the batch loop promises and only a real broker can show: each record once, whatever happens in between."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka import TopicPartition as AiokafkaTopicPartition

from tests.real_kafka import RealKafka
from tests.workers.toy import (
    ToyHandler,
    assert_exactly_once,
    committed,
    feed,
    new_name,
    read_all,
    running,
    system_clock,
)
from workers.batch_loop import BatchLoop
from workers.connection import Connection
from workers.kafka_io import TopicPartition, WrongPartitionsError
from workers.membership import Membership
from workers.partition_writer import PartitionWriter
from workers.records import InputRecord
from workers.watch import Watch

pytestmark = pytest.mark.kafka

Feeding = Callable[[], Awaitable[None]]  # stops it


@pytest.fixture
async def handler(real_kafka: RealKafka) -> ToyHandler:
    """With topics of two partitions each."""
    handler = ToyHandler(new_name())
    await real_kafka.create_topics(*handler.topics, partitions=2)
    return handler


def make_loop(
    handler: ToyHandler, kafka: RealKafka, *, max_records: int = 4000, metadata_max_age_ms: int = 60_000
) -> BatchLoop:
    return BatchLoop(
        handler,
        connection=Connection(kafka.bootstrap),
        clock=system_clock,
        max_records=max_records,
        transaction_timeout_ms=5000,
        metadata_max_age_ms=metadata_max_age_ms,
    )


async def until(condition: Callable[[], bool], timeout_s: float = 30.0) -> None:
    async with asyncio.timeout(timeout_s):
        while not condition():  # noqa: ASYNC110 - it is the outside of the loop that is looked at
            await asyncio.sleep(0.01)


def numbered(count: int, start: int = 0) -> list[tuple[int, bytes, bytes]]:
    return [(n % 2, b"key-%d" % (n % 7), b"%d" % n) for n in range(start, start + count)]


@pytest.fixture
async def feeding(real_kafka: RealKafka, handler: ToyHandler) -> AsyncIterator[Feeding]:
    """Writes to the input all the time, through everything that happens to the broker, until this is called."""
    enough = asyncio.Event()

    async def feed_on() -> None:
        async with AIOKafkaProducer(bootstrap_servers=real_kafka.bootstrap, enable_idempotence=True) as producer:
            for n in itertools.count():
                await producer.send(handler.source, b"%d" % n, b"key-%d" % (n % 7), n % 2)
                await asyncio.sleep(0.001)
                if enough.is_set():
                    break

    task = asyncio.create_task(feed_on())

    async def stop() -> None:
        enough.set()
        await task

    yield stop
    await stop()


async def test_each_record_once_and_a_restart_goes_on_where_it_was(real_kafka: RealKafka, handler: ToyHandler) -> None:
    await feed(real_kafka.bootstrap, handler.source, numbered(5000))
    async with running(make_loop(handler, real_kafka, max_records=300)) as loop:
        await loop.idle()
        assert loop.counters.records_read == 5000
    await feed(real_kafka.bootstrap, handler.source, numbered(100))
    async with running(make_loop(handler, real_kafka)) as loop:
        await loop.idle()
        assert loop.counters.records_read == 100
    assert await assert_exactly_once(real_kafka.bootstrap, handler) == 5100
    # the offset travelled in the transaction, not beside it
    assert await committed(real_kafka.bootstrap, handler.group, handler.source) == 2550


async def test_a_refused_transaction_is_taken_over_anew(real_kafka: RealKafka, handler: ToyHandler) -> None:
    bootstrap = real_kafka.bootstrap
    async with running(make_loop(handler, real_kafka)) as loop:
        await feed(bootstrap, handler.source, numbered(10))
        await loop.idle()
        thief = AIOKafkaProducer(bootstrap_servers=bootstrap, transactional_id=f"{handler.group}-{handler.source}-0")
        await thief.start()  # fences partition 0, as another owner would
        await thief.stop()
        lost = asyncio.create_task(loop.forwarded({TopicPartition(handler.source, 0): 6}))
        await feed(bootstrap, handler.source, numbered(10))
        assert not await lost, "the batch was refused: nothing was forwarded"
        await loop.idle()
        assert loop.counters.transactions_refused == 1
        assert sorted(handler.taken_over) == [0, 0, 1]
        assert sum(handler.works[0].counts.values()) == 10
    assert await assert_exactly_once(bootstrap, handler) == 20


async def test_what_the_last_owner_commits_before_it_is_fenced_counts(
    real_kafka: RealKafka, handler: ToyHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked before the fence, the committed offset could be older than the store."""
    await feed(real_kafka.bootstrap, handler.source, [(0, b"k", b"v")] * 10)
    group, topic = handler.group, handler.source
    last = AIOKafkaProducer(bootstrap_servers=real_kafka.bootstrap, transactional_id=f"{group}-{topic}-0")
    await last.start()
    await last.begin_transaction()
    for n in range(4):
        await last.send(handler.store, b"%d" % (n + 1), b"k", 0)
        await last.send(handler.out, b"%d %d" % (n, n + 1), b"k", 0)
    await last.send_offsets_to_transaction({AiokafkaTopicPartition(topic, 0): 4}, group)
    fence = PartitionWriter.start

    async def commit_then_fence(writer: PartitionWriter) -> None:
        if not last._closed:
            await last.commit_transaction()
            await last.stop()
        await fence(writer)

    monkeypatch.setattr(PartitionWriter, "start", commit_then_fence)
    async with running(make_loop(handler, real_kafka)) as loop:
        await loop.idle()
        assert loop.counters.records_read == 6
    assert await assert_exactly_once(real_kafka.bootstrap, handler) == 10


async def test_topics_that_grow_while_they_are_read_end_the_loop(real_kafka: RealKafka, handler: ToyHandler) -> None:
    loop = make_loop(handler, real_kafka, metadata_max_age_ms=500)
    async with running(loop):
        await loop.idle()
        await real_kafka.grow_topic(handler.source, 3)
        with pytest.raises(WrongPartitionsError, match="has 3"):
            async with asyncio.timeout(20):
                await loop.join()
        assert handler.works == {}


async def test_a_process_error_stops_one_partition_and_commits_what_came_before(
    real_kafka: RealKafka, handler: ToyHandler
) -> None:
    bootstrap = real_kafka.bootstrap
    await feed(bootstrap, handler.source, [*numbered(10), (0, b"k", b"poison"), (0, b"k", b"v"), (1, b"k", b"v")])
    async with running(make_loop(handler, real_kafka)) as loop:
        await loop.idle()
        assert loop.stopped_partitions.keys() == {TopicPartition(handler.source, 0)}
        assert loop.assigned() == {TopicPartition(handler.source, 1)}
    written = await read_all(bootstrap, handler.out)
    assert (len(written[0]), len(written[1])) == (5, 6)
    assert await committed(bootstrap, handler.group, handler.source, 0) == 5


async def test_an_output_larger_than_the_broker_takes_stops_its_partition_and_is_said(
    real_kafka: RealKafka, handler: ToyHandler
) -> None:
    """Larger than a batch of ours is well.  Seen to fail where `PartitionWriter.write` lets the error through: the
    batch is then done anew without end."""
    bootstrap = real_kafka.bootstrap
    await feed(bootstrap, handler.source, [(0, b"k", b"bytes 900000"), (1, b"k", b"v")])
    async with running(make_loop(handler, real_kafka)) as loop:
        await loop.idle()
        await feed(bootstrap, handler.source, [(0, b"k", b"bytes 1100000"), (0, b"k", b"v"), (1, b"k", b"v")])
        async with asyncio.timeout(20):
            await loop.idle()
        stopped = TopicPartition(handler.source, 0)
        assert loop.stopped_partitions == {stopped: "offsets 1 to 2: an output is larger than the broker takes"}
        watch = Watch("toy", loop, time.monotonic)
        assert watch.problems() == [f"{stopped} was stopped: {loop.stopped_partitions[stopped]}"]
    written = await read_all(bootstrap, handler.out)
    assert [len(record.value) for record in written[0]] == [900_000]
    assert len(written[1]) == 2
    assert await committed(bootstrap, handler.group, handler.source, 0) == 1


async def test_topics_with_other_partition_counts_are_refused(real_kafka: RealKafka) -> None:
    handler = ToyHandler(new_name())
    await real_kafka.create_topics(handler.source, handler.store, partitions=2)
    await real_kafka.create_topics(handler.out, partitions=3)
    loop = make_loop(handler, real_kafka)
    with pytest.raises(WrongPartitionsError, match=f"{handler.out} has 3"):
        await loop.start()
    await loop.stop()
    assert handler.taken_over == []


async def test_markers_and_aborted_records_at_the_end_do_not_hold_up_forwarded(
    real_kafka: RealKafka, handler: ToyHandler
) -> None:
    where = TopicPartition(handler.source, 0)
    async with (
        AIOKafkaProducer(bootstrap_servers=real_kafka.bootstrap, transactional_id=new_name()) as producer,
        running(make_loop(handler, real_kafka)) as loop,
    ):
        async with producer.transaction():
            await producer.send(where.topic, b"v", b"k", 0)
        with pytest.raises(ZeroDivisionError):
            async with producer.transaction():
                await producer.send_and_wait(where.topic, b"aborted", b"k", 0)
                raise ZeroDivisionError
        await until(lambda: where in loop.assigned())
        ends = await loop.end_offsets(frozenset([where]))
        assert ends == {where: 4}, "a record, its marker, an aborted record, its marker"
        async with asyncio.timeout(5):
            assert await loop.forwarded(ends)
        assert handler.works[0].counts == {b"k": 1}
    async with running(make_loop(handler, real_kafka)) as loop:  # committed is before the markers
        await until(lambda: where in loop.assigned())
        async with asyncio.timeout(5):
            assert await loop.forwarded(ends)


async def test_a_transaction_still_open_holds_up_forwarded(real_kafka: RealKafka, handler: ToyHandler) -> None:
    """Its records were appended before the end was asked for: nobody may claim to have seen all up to now."""
    where = TopicPartition(handler.source, 0)
    async with (
        AIOKafkaProducer(bootstrap_servers=real_kafka.bootstrap, transactional_id=new_name()) as producer,
        running(make_loop(handler, real_kafka)) as loop,
    ):
        await loop.idle()
        async with producer.transaction():
            await producer.send_and_wait(where.topic, b"v", b"k", 0)
            waiting = asyncio.create_task(loop.forwarded(await loop.end_offsets(frozenset([where]))))
            await asyncio.sleep(0.5)
            assert not waiting.done()
        assert await waiting
        assert handler.works[0].counts == {b"k": 1}


async def test_members_that_come_and_go_lose_and_double_nothing(
    real_kafka: RealKafka, handler: ToyHandler, feeding: Feeding
) -> None:
    second = ToyHandler(handler.group.removeprefix("group-"))
    async with running(make_loop(handler, real_kafka)) as loop:
        await until(lambda: len(loop.assigned()) == 2)
        for _ in range(2):
            async with running(make_loop(second, real_kafka)) as other:
                await until(lambda: len(loop.assigned()) == len(other.assigned()) == 1)
                await until(lambda: other.counters.records_read > 50)
                assert not loop.assigned() & other.assigned()
            await until(lambda: len(loop.assigned()) == 2)
        await feeding()
        await loop.idle()
        assert loop.counters.transactions_refused == 0
    assert await assert_exactly_once(real_kafka.bootstrap, handler) > 100


async def test_what_stays_with_a_member_through_a_rebalance_is_not_read_again(
    real_kafka: RealKafka, handler: ToyHandler
) -> None:
    second = ToyHandler(handler.group.removeprefix("group-"))
    await feed(real_kafka.bootstrap, handler.source, numbered(20))
    async with running(make_loop(handler, real_kafka)) as loop:
        await loop.idle()
        async with running(make_loop(second, real_kafka)) as other:
            await until(lambda: len(loop.assigned()) == len(other.assigned()) == 1)
            (stayed,) = loop.assigned()
            assert handler.taken_back == [stayed.partition]
            await feed(real_kafka.bootstrap, handler.source, numbered(20, start=20))
            await loop.idle()
            await other.idle()
        await until(lambda: len(loop.assigned()) == 2)
        assert handler.taken_back == [stayed.partition] * 2
        assert sorted(handler.taken_over) == sorted([0, 1, 1 - stayed.partition]), "what another had is read"
        await feed(real_kafka.bootstrap, handler.source, numbered(20, start=40))
        await loop.idle()
    assert await assert_exactly_once(real_kafka.bootstrap, handler) == 60


async def test_what_somebody_else_committed_meanwhile_is_not_forgotten(
    real_kafka: RealKafka, handler: ToyHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that slept past its session is told of the loss when it wakes, and may be given the same again."""
    second = ToyHandler(handler.group.removeprefix("group-"))
    begin, group, topic = Membership.on_partitions_assigned, handler.group, handler.source
    lost: list[int] = []
    async with running(make_loop(handler, real_kafka)) as loop:
        await feed(real_kafka.bootstrap, topic, [(0, b"k", b"v")] * 3 + [(1, b"k", b"v")] * 3)
        await loop.idle()

        async def after_another_had_it(member: Membership, assigned: Any) -> None:
            if member.holdings is held and not lost:
                (stays,) = assigned
                lost.append(stays.partition)
                await process_one(stays.partition)
            await begin(member, assigned)

        async def process_one(partition: int) -> None:
            await feed(real_kafka.bootstrap, topic, [(partition, b"k", b"v")])
            name = f"{group}-{topic}-{partition}"
            async with (
                AIOKafkaProducer(bootstrap_servers=real_kafka.bootstrap, transactional_id=name) as another,
                another.transaction(),
            ):
                await another.send(handler.store, b"4", b"k", partition)
                await another.send(handler.out, b"3 4", b"k", partition)
                await another.send_offsets_to_transaction({AiokafkaTopicPartition(topic, partition): 4}, group)

        assert loop._membership is not None
        held = loop._membership.holdings
        monkeypatch.setattr(Membership, "on_partitions_assigned", after_another_had_it)
        async with running(make_loop(second, real_kafka)) as other:
            await until(lambda: len(loop.assigned()) == len(other.assigned()) == 1)
            assert handler.taken_back == []
            await feed(real_kafka.bootstrap, topic, [(0, b"k", b"v"), (1, b"k", b"v")])
            await loop.idle()
            await other.idle()
    assert await assert_exactly_once(real_kafka.bootstrap, handler) == 9


async def test_a_broker_killed_under_load_is_got_over(
    real_kafka: RealKafka, handler: ToyHandler, feeding: Feeding
) -> None:
    async with running(make_loop(handler, real_kafka)) as loop:
        await until(lambda: loop.counters.records_read > 200)
        await asyncio.to_thread(real_kafka.restart, gently=False)
        read = loop.counters.records_read
        await until(lambda: loop.counters.records_read > read + 2000 and len(loop.assigned()) == 2, 60)
        await feeding()
        await loop.idle()
    await assert_exactly_once(real_kafka.bootstrap, handler)


async def test_a_broker_that_does_not_answer_for_longer_than_a_transaction_is_got_over(
    real_kafka: RealKafka, handler: ToyHandler, feeding: Feeding
) -> None:
    async with running(make_loop(handler, real_kafka)) as loop:
        await until(lambda: loop.counters.records_read > 200)
        real_kafka.pause()
        try:
            await asyncio.sleep(8)
        finally:
            real_kafka.resume()
        read = loop.counters.records_read
        await until(lambda: loop.counters.records_read > read + 500 and len(loop.assigned()) == 2, 60)
        await feeding()
        await loop.idle()
    await assert_exactly_once(real_kafka.bootstrap, handler)


async def test_a_loop_started_before_its_broker_waits_and_stops_when_asked() -> None:
    handler = ToyHandler(new_name())
    loop = BatchLoop(handler, connection=Connection("localhost:1"), clock=system_clock)
    starting = asyncio.create_task(loop.start())
    await asyncio.sleep(0.5)
    assert not starting.done()
    starting.cancel()
    async with asyncio.timeout(5):
        await asyncio.gather(starting, return_exceptions=True)
        await loop.stop()


async def test_the_batch_in_hand_is_finished_on_stop(real_kafka: RealKafka, handler: ToyHandler) -> None:
    in_hand = asyncio.Event()

    def tell(record: InputRecord) -> None:
        in_hand.set()

    handler.on_process = tell
    async with running(make_loop(handler, real_kafka)) as loop:
        await loop.idle()
        await feed(real_kafka.bootstrap, handler.source, [(0, b"k", b"v")])
        await in_hand.wait()
    assert await assert_exactly_once(real_kafka.bootstrap, handler) == 1
    assert await committed(real_kafka.bootstrap, handler.group, handler.source) == 1
