"""A partition at work, without a broker: what is processed while a transaction is under way, and what becomes of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.kafka_io import TopicPartition
from workers.partition_writer import UnwritableOutputError
from workers.pump import Batch, HandlerError, Pump
from workers.records import InputRecord, Output


def record(offset: int) -> Any:
    return SimpleNamespace(topic="in", partition=0, offset=offset, timestamp=offset, key=b"k", value=b"v", headers=())


def records(start: int, stop: int) -> list[Any]:
    return [record(offset) for offset in range(start, stop)]


@dataclass
class Work:
    """Gives for each record an output with its offset."""

    on_process: Callable[[InputRecord], None] = lambda _: None
    seen: list[int] = field(default_factory=list)
    read_to: int | None = None

    def process(self, one: InputRecord) -> list[Output]:
        self.on_process(one)
        self.seen.append(one.offset)
        return [Output("out", b"k", b"%d" % one.offset)]


@dataclass
class Writer:
    """Holds each transaction until `let` is set, and then refuses with `error`, if there is one."""

    let: asyncio.Event = field(default_factory=asyncio.Event)
    begun: list[int] = field(default_factory=list)
    written: list[int] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    error: Exception | None = None

    async def write(self, outputs: list[Output], next_offset: int) -> None:
        self.begun.append(next_offset)
        await self.let.wait()
        if self.error is not None:
            raise self.error
        self.written += [int(output.value or b"") for output in outputs]
        self.batches.append(len(outputs))


def pump_of(writer: Any, work: Work, turns: asyncio.Lock | None = None, max_records: int = 100) -> Pump:
    return Pump(
        TopicPartition("in", 0),
        writer,
        work,
        0,
        0,
        turns=turns or asyncio.Lock(),
        max_records=max_records,
        on_committed=lambda _batch: None,
    )


@asynccontextmanager
async def at_work(*pumps: Pump) -> AsyncIterator[list[asyncio.Task[None]]]:
    tasks = [asyncio.create_task(pump.run()) for pump in pumps]
    try:
        async with asyncio.timeout(10):
            yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - it is the outside of the pump that is looked at
        await asyncio.sleep(0.001)


async def until_done(pump: Pump, offset: int) -> None:
    await until(lambda: pump.done == offset)


def slow_at(offset: int) -> tuple[Work, asyncio.Event]:
    """Work that takes its time over this record, and tells when it comes to it."""
    here, in_work = asyncio.get_running_loop(), asyncio.Event()

    def slow(one: InputRecord) -> None:
        if one.offset == offset:
            here.call_soon_threadsafe(in_work.set)
            time.sleep(0.1)

    return Work(slow), in_work


async def test_a_transaction_that_hangs_holds_up_no_other_partition() -> None:
    hanging, other, turns = Writer(), Writer(), asyncio.Lock()
    other.let.set()
    first, second = pump_of(hanging, Work(), turns), pump_of(other, Work(), turns)
    async with at_work(first, second):
        first.put(records(0, 2), 2)
        await until(lambda: hanging.begun == [2])
        for n in range(5):
            second.put(records(n, n + 1), n + 1)
            await until_done(second, n + 1)
        assert first.done == 0


async def test_while_a_batch_is_committed_the_next_is_processed_and_written_after_it() -> None:
    writer, work = Writer(), Work()
    pump = pump_of(writer, work)
    async with at_work(pump):
        pump.put(records(0, 1), 1)
        await until(lambda: writer.begun == [1])
        pump.put(records(1, 3), 3)
        pump.put(records(3, 4), 4)
        await until(lambda: work.seen == [0, 1, 2, 3])
        await asyncio.sleep(0.02)
        assert writer.begun == [1], "one transaction at a time"
        assert pump.done == pump.committed == 0
        writer.let.set()
        await until(lambda: pump.done == 4)
    assert writer.written == [0, 1, 2, 3]
    assert writer.batches == [1, 3], "a transaction takes all that was processed meanwhile"


async def test_a_refused_batch_takes_the_next_with_it() -> None:
    writer, work = Writer(error=ConnectionError("refused")), Work()
    pump = pump_of(writer, work)
    async with at_work(pump) as (task,):
        pump.put(records(0, 1), 1)
        await until(lambda: writer.begun == [1])
        pump.put(records(1, 2), 2)
        await until(lambda: work.seen == [0, 1])
        writer.let.set()
        with pytest.raises(ConnectionError):
            await task
    assert writer.begun == [1], "what was processed after it is never written"
    assert pump.done == pump.committed == 0
    assert not pump.put(records(2, 3), 3)


async def test_who_gives_up_waits_for_both_batches_and_leaves_what_only_waits() -> None:
    writer = Writer()
    work, in_work = slow_at(2)
    pump = pump_of(writer, work)
    async with at_work(pump) as (task,):
        pump.put(records(0, 1), 1)
        await until(lambda: writer.begun == [1])
        pump.put(records(1, 9), 9)
        await in_work.wait()
        pump.finish()
        await asyncio.sleep(0.15)
        assert not task.done(), "the transaction under way is waited for"
        writer.let.set()
        await task
    assert work.seen == [0, 1, 2], "the slice in hand was finished"
    assert writer.written == work.seen, "the state is that of the committed offset"
    assert pump.committed == pump.done == 3


async def test_what_came_before_a_failure_is_written_and_nothing_after_it() -> None:
    def fails(one: InputRecord) -> None:
        if one.offset == 2:
            raise ValueError("patient-7")

    writer = Writer()
    writer.let.set()
    pump = pump_of(writer, Work(fails))
    async with at_work(pump) as (task,):
        pump.put(records(0, 5), 5)
        with pytest.raises(HandlerError, match=r"^offset 2: ValueError at test_pump\.py:\d+$"):
            await task
    assert writer.written == [0, 1]
    assert pump.done == pump.committed == 2


async def test_an_output_that_cannot_be_written_is_the_handlers_failure() -> None:
    writer = Writer(error=UnwritableOutputError("too large"))
    writer.let.set()
    pump = pump_of(writer, Work())
    async with at_work(pump) as (task,):
        pump.put(records(4, 6), 6)
        with pytest.raises(HandlerError, match=r"^offsets 4 to 5: too large$"):
            await task
    assert pump.done == 0


async def test_nobody_works_on_the_state_when_a_pump_was_cut_off() -> None:
    """It is given up then, and the handler may be asked to take the partition over anew."""
    writer = Writer(error=ConnectionError())
    work, in_work = slow_at(1)
    pump = pump_of(writer, work)
    async with at_work(pump) as (task,):
        pump.put(records(0, 1), 1)
        await until(lambda: writer.begun == [1])
        pump.put(records(1, 9), 9)
        await in_work.wait()
        writer.let.set()
        with pytest.raises(ConnectionError):
            await task
        assert work.seen == [0, 1], "the record in work came to its end before the pump did"


async def test_a_long_batch_lets_other_partitions_have_their_turn() -> None:
    writer, turns = Writer(), asyncio.Lock()
    writer.let.set()
    long, short = Work(lambda _: time.sleep(0.005)), Work()
    first, second = pump_of(writer, long, turns), pump_of(writer, short, turns)
    async with at_work(first, second):
        first.put(records(0, 100), 100)
        await until(lambda: len(long.seen) > 0)
        second.put(records(0, 1), 1)
        await until(lambda: second.done == 1)
        assert len(long.seen) < 50


async def test_markers_are_passed_when_all_before_them_is_committed() -> None:
    writer = Writer()
    pump = pump_of(writer, Work())
    async with at_work(pump):
        pump.put((), 3)
        assert pump.done == 3, "nothing but markers"
        pump.put(records(3, 4), 6)
        await until(lambda: writer.begun == [4])
        pump.put((), 7)
        assert pump.done == 3
        writer.let.set()
        await until(lambda: pump.committed == 4)
        assert pump.done == 7


async def test_transactions_grow_with_the_backlog_up_to_a_limit() -> None:
    writer = Writer()
    pump = pump_of(writer, Work(), max_records=100)
    async with at_work(pump):
        pump.put(records(0, 1), 1)
        await until(lambda: writer.begun == [1])
        pump.put(records(1, 1000), 1000)
        assert not pump.has_room
        writer.let.set()
        await until(lambda: pump.done == 1000)
        assert pump.has_room
    assert writer.written == list(range(1000))
    assert writer.batches == [1] + [100] * 9 + [99]


async def test_a_transaction_waits_for_what_waits_to_be_processed() -> None:
    """Slice by slice, a backlog would be worked off in many small ones."""
    writer = Writer()
    writer.let.set()
    pump = pump_of(writer, Work(lambda _: time.sleep(0.002)))
    async with at_work(pump):
        pump.put(records(0, 40), 40)
        await until(lambda: pump.done == 40)
    assert len(writer.batches) <= 3


@given(
    sizes=st.lists(st.integers(0, 7), max_size=12),
    pauses=st.lists(st.integers(0, 3), min_size=12, max_size=12),
    commits=st.lists(st.integers(0, 4), min_size=1, max_size=4),
    end=st.sampled_from(["finish", "refuse"]),
)
def test_what_is_written_is_what_was_processed_in_order_up_to_the_committed_offset(
    sizes: list[int], pauses: list[int], commits: list[int], end: str
) -> None:
    """Whatever comes when, and however long each transaction takes."""

    async def play() -> None:
        written, offset, told = list[int](), 0, list[Batch]()

        class Slowly:
            async def write(self, outputs: list[Output], next_offset: int) -> None:
                for _ in range(commits[len(told) % len(commits)]):
                    await asyncio.sleep(0)
                if end == "refuse" and next_offset > 20:
                    raise ConnectionError
                written.extend(int(output.value or b"") for output in outputs)
                assert written == list(range(next_offset))

        work = Work()
        pump = pump_of(Slowly(), work, max_records=5)
        pump._on_committed = told.append
        task = asyncio.create_task(pump.run())
        for size, pause in zip(sizes, pauses, strict=False):
            if pump.put(records(offset, offset + size), offset + size):
                offset += size
            for _ in range(pause):
                await asyncio.sleep(0.0005)
        pump.finish()
        try:
            await task
        except ConnectionError:
            assert end == "refuse"
        else:
            assert written == work.seen, "nothing that was processed is left unwritten"
        assert work.seen == list(range(len(work.seen)))
        assert pump.committed == len(written) <= len(work.seen)
        assert sum(batch.records for batch in told) == len(written)
        assert pump.done == (offset if pump.is_at_rest else len(written))

    asyncio.run(play())
