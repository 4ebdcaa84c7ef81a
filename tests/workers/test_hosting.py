"""Workers as processes of their own: how they end, and what is left when they are killed or sleep too long."""

from __future__ import annotations

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.real_kafka import RealKafka
from tests.workers.toy import ToyHandler, assert_exactly_once, committed, feed, new_name, running, system_clock
from workers.batch_loop import BatchLoop
from workers.connection import Connection
from workers.embedded_broker import EmbeddedBroker
from workers.hosting import LoopService, faust_app

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
async def handler(real_kafka: RealKafka) -> ToyHandler:
    """With topics of one partition each."""
    handler = ToyHandler(new_name())
    await real_kafka.create_topics(*handler.topics, partitions=1)
    return handler


@asynccontextmanager
async def worker(kafka: RealKafka, *handlers: ToyHandler) -> AsyncIterator[Process]:
    """The toy worker; killed at the end if it still is there."""
    names = [handler.group.removeprefix("group-") for handler in handlers]
    command = [sys.executable, "-u", "-m", "tests.workers.toy_worker", kafka.bootstrap, *names]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=PIPE, stderr=STDOUT)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGCONT)
            process.kill()
        await process.communicate()


async def says(process: Process, text: str) -> str:
    """Waits for a line with this text.  Gives all up to there."""
    assert process.stdout is not None
    heard = []
    async with asyncio.timeout(30):
        async for line in process.stdout:
            heard.append(line.decode())
            if text in heard[-1]:
                return "".join(heard)
    raise AssertionError(f"ended without saying {text!r}:\n{''.join(heard)}")


@pytest.mark.kafka
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_two_loops_in_one_process_in_order(
    real_kafka: RealKafka, handler: ToyHandler, end: signal.Signals
) -> None:
    """What is in work is finished, the group is left at once, the exit code is 0; print stays on stdout."""
    second = ToyHandler(new_name())
    await real_kafka.create_topics(*second.topics, partitions=1)
    async with worker(real_kafka, handler, second) as process:
        await says(process, "ready\n")
        await says(process, "ready\n")
        await feed(real_kafka.bootstrap, handler.source, [(0, b"k", b"slow"), (0, b"k", b"v")])
        await says(process, "in hand\n")
        process.send_signal(end)
        async with asyncio.timeout(20):
            assert await process.wait() == 0
    assert await committed(real_kafka.bootstrap, handler.group, handler.source) == 1, "what only waits is left"
    async with asyncio.timeout(4), running(next_loop(handler, real_kafka)) as loop:  # sooner than the session ends
        await loop.idle()
        assert loop.assigned()
    assert await assert_exactly_once(real_kafka.bootstrap, handler) == 2


def next_loop(handler: ToyHandler, kafka: RealKafka) -> BatchLoop:
    return BatchLoop(handler, connection=Connection(kafka.bootstrap), clock=system_clock)


@pytest.mark.kafka
async def test_a_killed_workers_batch_is_done_once_by_the_next(real_kafka: RealKafka, handler: ToyHandler) -> None:
    async with worker(real_kafka, handler) as process:
        await says(process, "ready\n")
        await feed(real_kafka.bootstrap, handler.source, [(0, b"k", b"v"), (0, b"k", b"slow"), (0, b"k", b"v")])
        await says(process, "in hand\n")
        process.kill()
        await process.wait()
    async with running(next_loop(handler, real_kafka)) as loop:
        await loop.idle()
        assert loop.counters.records_read >= 2
    assert await assert_exactly_once(real_kafka.bootstrap, handler) == 3


@pytest.mark.kafka
async def test_a_worker_that_slept_past_its_session_is_fenced_with_its_batch_in_hand(
    real_kafka: RealKafka, handler: ToyHandler
) -> None:
    async with worker(real_kafka, handler) as sleeper:
        await says(sleeper, "ready\n")
        await feed(real_kafka.bootstrap, handler.source, [(0, b"k", b"slow")])
        await says(sleeper, "in hand\n")
        sleeper.send_signal(signal.SIGSTOP)
        async with running(next_loop(handler, real_kafka)) as loop:
            await loop.idle()
            await feed(real_kafka.bootstrap, handler.source, [(0, b"k", b"v")])
            await loop.idle()
            assert await assert_exactly_once(real_kafka.bootstrap, handler) == 2
            sleeper.send_signal(signal.SIGCONT)
            heard = await says(sleeper, "a batch was refused")
            assert "ProducerFenced" in heard
            await feed(real_kafka.bootstrap, handler.source, [(0, b"k", b"v")] * 100)
            await loop.idle()
    assert await assert_exactly_once(real_kafka.bootstrap, handler) == 102


@pytest.mark.kafka
async def test_topics_that_do_not_fit_end_the_worker_with_an_error(real_kafka: RealKafka) -> None:
    handler = ToyHandler(new_name())
    await real_kafka.create_topics(handler.source, handler.store, partitions=1)
    await real_kafka.create_topics(handler.out, partitions=2)
    async with worker(real_kafka, handler) as process:
        await says(process, f"these topics must have the same number of partitions: {handler.source} has 1")
        assert process.stdout is not None
        await process.stdout.read()
        assert await process.wait() == 1


@pytest.fixture
def embedded() -> Iterator[str]:
    with EmbeddedBroker() as broker:
        yield broker.bootstrap


async def test_two_apps_run_in_one_event_loop_on_the_embedded_broker(embedded: str) -> None:
    """The second reads what the first writes, as treatment reads what intake writes."""
    first, second = ToyHandler(new_name()), ToyHandler(new_name())
    second.source = first.out
    second.inputs = (second.source,)
    embedded_to = Connection(embedded)
    loops = [
        BatchLoop(h, connection=embedded_to, clock=system_clock, transactional=False, alone=True)
        for h in (first, second)
    ]
    apps = [faust_app(f"app-{loop.handler.group}", embedded, LoopService(loop)) for loop in loops]
    for app in apps:
        await app.start()
    try:
        await feed(embedded, first.source, [(0, b"k", b"v"), (1, b"k", b"v")])
        for loop in loops:
            await loop.idle()
        assert second.works[0].counts == second.works[1].counts == {b"k": 1}
    finally:
        for app in reversed(apps):
            await app.stop()
    assert second.works == {}
