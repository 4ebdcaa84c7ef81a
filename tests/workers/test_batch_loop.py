"""The batch loop on the embedded broker: quick, and without what only a real broker can show."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.workers.toy import ToyHandler, ToyWork, committed, feed, new_name, read_all, running, system_clock
from workers.batch_loop import BatchLoop
from workers.connection import Connection
from workers.embedded_broker import EmbeddedBroker
from workers.kafka_io import TopicPartition, WrongPartitionsError, check_same_partitions, heard_cancellation
from workers.partition_writer import PartitionWriter
from workers.pump import Pump
from workers.records import InputRecord, Output, Stores


@pytest.fixture(scope="module")
def bootstrap() -> Iterator[str]:
    with EmbeddedBroker() as broker:
        yield broker.bootstrap


@pytest.fixture
def handler() -> ToyHandler:
    return ToyHandler(new_name())


def embedded_loop(handler: ToyHandler, bootstrap: str) -> BatchLoop:
    return BatchLoop(handler, connection=Connection(bootstrap), clock=system_clock, transactional=False, alone=True)


async def test_records_are_counted_and_a_restart_goes_on_where_it_was(bootstrap: str, handler: ToyHandler) -> None:
    await feed(bootstrap, handler.source, [(n % 2, b"k", b"v") for n in range(10)])
    async with running(embedded_loop(handler, bootstrap)) as loop:
        await loop.idle()
        assert loop.counters.records_read == 10
        assert handler.works[0].counts == {b"k": 5}
    assert handler.works == {}, "stop gives all up"
    assert await committed(bootstrap, handler.group, handler.source, 1) == 5

    await feed(bootstrap, handler.source, [(1, b"k", b"v")])
    async with running(embedded_loop(handler, bootstrap)) as loop:
        await loop.idle()
        assert loop.counters.records_read == 1, "the state came from the store, not from the input again"
        assert handler.works[1].counts == {b"k": 6}
    assert [r.value for r in (await read_all(bootstrap, handler.out))[1]][-1] == b"5 6"


async def test_a_take_over_that_did_not_hear_its_end_leaves_nothing_behind(
    bootstrap: str, handler: ToyHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """aiokafka swallows a cancellation that comes while a client closes: the take-over then comes to its end."""
    is_reading = asyncio.Event()

    async def deaf(*_: object) -> Stores:
        is_reading.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        return {}

    monkeypatch.setattr("workers.holdings.read_stores", deaf)
    loop = embedded_loop(handler, bootstrap)
    await loop.start()
    await asyncio.wait_for(is_reading.wait(), 20)
    await loop.stop()
    assert loop.assigned() == frozenset()
    assert handler.works == {}


async def test_a_handlers_bug_stops_its_partition_and_no_other(
    bootstrap: str, handler: ToyHandler, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="workers")
    good = [(0, b"patient-7", b"v"), (0, b"patient-7", b"v")]
    await feed(bootstrap, handler.source, [*good, (0, b"patient-7", b"poison"), (0, b"x", b"v"), (1, b"y", b"v")])
    async with running(embedded_loop(handler, bootstrap)) as loop:
        await loop.idle()
        where = TopicPartition(handler.source, 0)
        assert loop.stopped_partitions.keys() == {where}
        assert "offset 2: ValueError at toy.py:" in loop.stopped_partitions[where]
        assert where not in loop.assigned()
        assert not await loop.forwarded({where: 1}), "a partition that stands still forwards nothing"
        await feed(bootstrap, handler.source, [(1, b"y", b"v"), (0, b"x", b"v")])
        await loop.idle()
        assert handler.works[1].counts == {b"y": 2}
        assert loop.counters.records_read == 4 + 2, "neither skipped nor tried again and again"
    written = await read_all(bootstrap, handler.out)
    assert [r.value for r in written[0]] == [b"0 1", b"1 2"], "what came before it is out"
    assert await committed(bootstrap, handler.group, handler.source, 0) == 2
    assert "patient-7" not in caplog.text
    assert "poison" not in caplog.text


async def test_a_failing_take_over_stops_the_partition(bootstrap: str, handler: ToyHandler) -> None:
    await feed(bootstrap, handler.store, [(2, b"k", b"not a number")])
    async with running(embedded_loop(handler, bootstrap)) as loop:
        await loop.idle()
        assert loop.stopped_partitions.keys() == {TopicPartition(handler.source, 2)}
        assert len(loop.assigned()) == 3


async def test_an_output_that_cannot_be_written_stops_the_partition(bootstrap: str, handler: ToyHandler) -> None:
    await feed(bootstrap, handler.source, [(0, b"k", b"nowhere")])
    async with running(embedded_loop(handler, bootstrap)) as loop:
        await loop.idle()
        reason = loop.stopped_partitions[TopicPartition(handler.source, 0)]
        assert reason == f"offsets 0 to 0: {handler.out} has no partition 99"


class Gate:
    """Holds the writing of partition 0 until it is let through; it is refused then, if so told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.came, self.let, self.refuses = 0, asyncio.Event(), False
        write = PartitionWriter.write

        async def at_the_gate(writer: PartitionWriter, outputs: Sequence[Output], next_offset: int) -> None:
            if writer._where.partition == 0:
                self.came += 1
                await self.let.wait()
                if self.refuses:
                    raise ConnectionError("for instance")
            await write(writer, outputs, next_offset)

        monkeypatch.setattr(PartitionWriter, "write", at_the_gate)

    async def until_it_came(self) -> None:
        while not self.came:  # noqa: ASYNC110 - it is the outside of the loop that is looked at
            await asyncio.sleep(0.01)


async def test_what_hangs_in_one_partition_holds_up_no_other_and_is_waited_for_when_it_is_given_up(
    bootstrap: str, handler: ToyHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(monkeypatch)
    async with running(embedded_loop(handler, bootstrap)) as loop:
        await loop.idle()
        await feed(bootstrap, handler.source, [(0, b"k", b"v")])
        await gate.until_it_came()
        await feed(bootstrap, handler.source, [(0, b"k", b"v"), *[(1, b"k", b"v")] * 3])
        assert await loop.forwarded({TopicPartition(handler.source, 1): 3})
        assert handler.works[0].counts == {b"k": 2}, "the next is processed meanwhile"
        assert loop._membership is not None
        giving_up = asyncio.create_task(loop._membership.on_partitions_revoked(loop.assigned()))
        await asyncio.sleep(0.1)
        assert not giving_up.done()
        assert 0 in handler.works
        gate.let.set()
        await giving_up
        assert handler.works == {}
    assert gate.came == 2
    assert await committed(bootstrap, handler.group, handler.source, 0) == 2
    assert [r.value for r in (await read_all(bootstrap, handler.out))[0]] == [b"0 1", b"1 2"]


async def test_what_is_refused_while_it_is_given_up_is_neither_kept_nor_taken_over_anew(
    bootstrap: str, handler: ToyHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(monkeypatch)
    async with running(embedded_loop(handler, bootstrap)) as loop:
        await loop.idle()
        taken_over = list(handler.taken_over)
        await feed(bootstrap, handler.source, [(0, b"k", b"v")])
        await gate.until_it_came()
        assert loop._membership is not None
        member, everywhere = loop._membership, loop.assigned()
        giving_up = asyncio.create_task(member.on_partitions_revoked(everywhere))
        await asyncio.sleep(0.05)
        gate.refuses = True
        gate.let.set()
        await giving_up
        assert loop.takes_over == 0
        gate.refuses = False
        await member.on_partitions_assigned(everywhere)
        await loop.idle()
        assert handler.taken_over == [*taken_over, 0], "the others were kept"
        assert handler.works[0].counts == {b"k": 1}
        assert loop.counters.transactions_refused == 1


async def test_a_flood_waits_at_the_broker(
    bootstrap: str, handler: ToyHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    await feed(bootstrap, handler.source, [(0, b"k", b"v")] * 2000)
    most, put = [0], Pump.put

    def watched(pump: Pump, records: Sequence[Any], read_to: int | None) -> bool:
        taken = put(pump, records, read_to)
        most[0] = max(most[0], len(pump._waiting))
        return taken

    monkeypatch.setattr(Pump, "put", watched)
    handler.on_process = lambda _: time.sleep(0.0005)
    loop = BatchLoop(
        handler, connection=Connection(bootstrap), clock=system_clock, transactional=False, alone=True, max_records=50
    )
    async with running(loop):
        await loop.idle()
        assert loop.counters.records_read == 2000
        assert handler.works[0].counts == {b"k": 2000}
    assert most[0] < 100


async def test_forwarded_waits_for_what_is_below_and_not_for_what_is_done(bootstrap: str, handler: ToyHandler) -> None:
    where = TopicPartition(handler.source, 3)
    async with running(embedded_loop(handler, bootstrap)) as loop:
        await loop.idle()
        ends = await loop.end_offsets(loop.assigned())
        assert await loop.forwarded(ends), "nothing there, nothing to wait for"
        ahead = asyncio.create_task(loop.forwarded({where: 2}))
        await feed(bootstrap, handler.source, [(3, b"k", b"v")])
        await loop.idle()
        await asyncio.sleep(0.15)
        assert not ahead.done()
        await feed(bootstrap, handler.source, [(3, b"k", b"v")])
        assert await ahead
        assert handler.works[3].counts == {b"k": 2}
        lost = asyncio.create_task(loop.forwarded({where: 100}))
        await asyncio.sleep(0)
    assert not await lost, "given up meanwhile"


@asynccontextmanager
async def longest_silence() -> AsyncIterator[list[float]]:
    """For how long the event loop did nothing: heartbeats, signals and health are answered on it."""
    longest, clock = [0.0], asyncio.get_running_loop().time

    async def beat() -> None:
        last = clock()
        while True:
            await asyncio.sleep(0.01)
            longest[0] = max(longest[0], clock() - last)
            last = clock()

    task = asyncio.create_task(beat())
    try:
        yield longest
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_heartbeats_go_on_while_a_batch_takes_long(bootstrap: str, handler: ToyHandler) -> None:
    await feed(bootstrap, handler.source, [(0, b"k", b"v"), (1, b"k", b"v")])
    at_once: list[int] = [0, 0]

    def slow(_record: InputRecord) -> None:
        at_once[0] += 1
        at_once[1] = max(at_once)
        time.sleep(1.5)
        at_once[0] -= 1

    handler.on_process = slow
    async with longest_silence() as silence, running(embedded_loop(handler, bootstrap)) as loop:
        await loop.idle()
        assert loop.counters.records_read == 2
    assert silence[0] < 1.0
    assert at_once[1] == 1, "a handler knows no threads: one batch at a time"


async def test_heartbeats_go_on_while_a_large_store_is_taken_in(
    bootstrap: str, handler: ToyHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = handler.take_over

    def slow(topic: str, partition: int, stored: Stores) -> ToyWork:
        time.sleep(1.5)
        return plain(topic, partition, stored)

    monkeypatch.setattr(handler, "take_over", slow)
    async with longest_silence() as silence, running(embedded_loop(handler, bootstrap)) as loop:
        await loop.idle()
    assert silence[0] < 1.0


async def test_a_take_over_that_is_cut_off_in_its_work_is_given_up(
    bootstrap: str, handler: ToyHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, plain = asyncio.Event(), handler.take_over
    main = asyncio.get_running_loop()

    def slow(topic: str, partition: int, stored: Stores) -> ToyWork:
        main.call_soon_threadsafe(begun.set)
        time.sleep(0.5)
        return plain(topic, partition, stored)

    monkeypatch.setattr(handler, "take_over", slow)
    async with running(embedded_loop(handler, bootstrap)):
        await begun.wait()
    assert handler.taken_over, "the thread came to its end"
    assert handler.works == {}


async def test_a_cancellation_that_is_swallowed_while_a_client_closes_is_heard_afterwards() -> None:
    is_closing = asyncio.Event()

    async def swallowing() -> None:
        with heard_cancellation():
            is_closing.set()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(60)

    async def closes_in_vain() -> str:
        await swallowing()
        return "went on"

    task = asyncio.create_task(closes_in_vain())
    await is_closing.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with heard_cancellation():
        await asyncio.sleep(0)  # nobody cancelled: nothing is raised


async def test_the_hooks_come_before_the_first_record(bootstrap: str, handler: ToyHandler) -> None:
    await feed(bootstrap, handler.source, [(0, b"k", b"v")])
    told: list[str] = []
    handler.on_process = lambda record: told.append("record")

    async def before_first_poll() -> None:
        told.append("before")

    async def on_ready(where: TopicPartition) -> None:
        if where.partition == 0:
            told.append("ready")
            if told.count("ready") == 1:
                raise ConnectionError("for instance")

    loop = BatchLoop(
        handler,
        connection=Connection(bootstrap),
        clock=system_clock,
        transactional=False,
        alone=True,
        before_first_poll=before_first_poll,
        on_ready=on_ready,
    )
    async with running(loop):
        await loop.idle()
        assert not loop.failed_takeovers, "it came to its end the second time"
    assert told == ["before", "ready", "ready", "record"]


async def test_outputs_without_a_time_carry_the_clocks(bootstrap: str, handler: ToyHandler) -> None:
    at = system_clock().replace(year=2020, microsecond=123_000)
    await feed(bootstrap, handler.source, [(0, b"k", b"v")])
    loop = BatchLoop(handler, connection=Connection(bootstrap), clock=lambda: at, transactional=False, alone=True)
    async with running(loop):
        await loop.idle()
    assert (await read_all(bootstrap, handler.out))[0][0].timestamp == round(at.timestamp() * 1000)


def test_other_partition_counts_are_refused_with_all_names() -> None:
    counts = {"in": 4, "store": 3, "out": 4}
    check_same_partitions(counts, ["in"], [])
    check_same_partitions(counts, ["in"], ["out"])
    with pytest.raises(WrongPartitionsError, match="in has 4, store has 3, out has 4"):
        check_same_partitions(counts, ["in"], ["store", "out"])
