"""Workers killed at random and started again, one of them paused past its session: the history has no trace of it."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import pytest

from tests.real_kafka import RealKafka
from tests.trials.load import news
from tests.trials.stage import QUICK_TIMERS, SESSION_S, at_work
from tests.workers.live import (
    FACTS,
    Message,
    Sources,
    WorkerProcess,
    patients_of,
    shifted_ward,
    sources_of,
    topics_of_our_own,
    wait_until_time_has_passed_all,
    wait_until_treatment_read_all,
    worker,
)
from tests.workers.oracle import (
    assert_every_source_record_became_what_it_should,
    assert_newest_status_of_each_patient,
    assert_same_history,
    assert_stores_hold_what_the_log_says,
    assert_time_never_ran_ahead,
    changes_by_rule,
    published,
    recorded,
    replayed,
)

pytestmark = pytest.mark.kafka

SEED = 20260105
PATIENTS = 60
PORTION_S = 0.25
PAUSE = None


def portions(chance: random.Random) -> Iterator[list[Message]]:
    """The ward's story in small pieces with news between them; when the story is told, news go on."""
    story = shifted_ward(PATIENTS, SEED)
    number = 0
    while True:
        told, story = story[:6], story[6:]
        number += 3
        yield [*told, *(news(chance, number + n, PATIENTS) for n in range(3))]


@asynccontextmanager
async def messages_without_end(sources: Sources, chance: random.Random) -> AsyncIterator[asyncio.Condition]:
    """Says a portion every moment until left; who waits on the condition is woken when one was acknowledged."""
    enough, said = asyncio.Event(), asyncio.Condition()

    async def say() -> None:
        for portion in portions(chance):
            await sources.say(*portion)
            async with said:
                said.notify_all()
            await asyncio.sleep(PORTION_S)
            if enough.is_set():
                return

    task = asyncio.create_task(say())
    try:
        yield said
    finally:
        enough.set()
        await task


async def kill_and_start_again(process: WorkerProcess, chance: random.Random, said: asyncio.Condition) -> None:
    """SIGKILL just after a portion was said, so that it is likely in hand; at once another process begins."""
    async with said:
        await said.wait()
    await asyncio.sleep(chance.uniform(0, 0.08))
    process.kill()
    process.start()


async def torment(bootstrap: str, workers: list[WorkerProcess], chance: random.Random, said: asyncio.Condition) -> int:
    """Kills in mid-work, kills in start-up and take-over, and one pause past the session.  How many kills."""
    kills = 0
    for again_within in (0, 2.5, 7, PAUSE, 5, 0):
        await at_work(bootstrap)
        await asyncio.sleep(chance.uniform(0, 1))
        victim = chance.choice(workers)
        if again_within is PAUSE:
            await pause_past_the_session(victim, said)
            continue
        await kill_and_start_again(victim, chance, said)
        kills += 1
        if again_within:
            await asyncio.sleep(chance.uniform(0, again_within))
            await kill_and_start_again(chance.choice(workers), chance, said)
            kills += 1
    return kills


async def pause_past_the_session(process: WorkerProcess, said: asyncio.Condition) -> None:
    """Likely with a batch in hand; woken when the other has taken over, it is a zombie that still writes."""
    async with said:
        await said.wait()
    process.send(signal.SIGSTOP)
    await asyncio.sleep(SESSION_S + 3)
    process.send(signal.SIGCONT)


async def test_workers_killed_at_random_leave_no_trace_in_the_history(real_kafka: RealKafka, tmp_path: Path) -> None:
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    policy = tmp_path / "policy.toml"
    policy.write_text(QUICK_TIMERS)
    async with topics_of_our_own(real_kafka) as bootstrap, sources_of(bootstrap) as sources:
        options = ("--bootstrap", bootstrap, "--tick-seconds", 0.3)
        with ExitStack() as stack:
            workers = [
                stack.enter_context(worker(tmp_path / f"{name}.log", "all", *options, "--policy", policy))
                for name in ("one", "other")
            ]
            async with messages_without_end(sources, random.Random(SEED + 1)) as said:
                kills = await torment(bootstrap, workers, chance, said)
            await wait_until_time_has_passed_all(bootstrap)
            assert [process.stop() for process in workers] == [0, 0]
        with worker(tmp_path / "treatment.log", "treatment", "--bootstrap", bootstrap) as treatment:
            await treatment.has_taken_over(4)
            await wait_until_treatment_read_all(bootstrap)  # the last ticks, which nobody may have read
            assert treatment.stop() == 0

        live, (walked, _) = await published(bootstrap), replayed(await recorded(bootstrap, tmp_path))
        assert_same_history(live, walked)
        kinds = await assert_every_source_record_became_what_it_should(bootstrap, sources.sent)
        assert await assert_time_never_ran_ahead(bootstrap) == kinds[FACTS]
        standing = await assert_stores_hold_what_the_log_says(bootstrap)
        assert_newest_status_of_each_patient(live, walked, patients_of(sources.sent.values()))
        changes = changes_by_rule(live)
        print(f"{kills} kills, {len(sources.sent)} source records {dict(kinds)}, {standing} standing facts")
        print(f"{changes.total()} alert changes {dict(changes)}")
