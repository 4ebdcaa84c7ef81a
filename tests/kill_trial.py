"""The long kill trial: workers killed, paused and stopped at random while a cohort's messages come, then the oracle.

    python -m tests.kill_trial                                 300 000 events, 100 faults
    python -m tests.kill_trial --events 20000 --faults 20 --seed 7

Two workers of each kind on a real broker of its own.  Faults: SIGKILL (started again at once), SIGSTOP past the session
and SIGCONT (a zombie), SIGTERM (started again).  Afterwards `alert-changes` must equal a replay of the recorded log, id
for id and in order; changelog and memory must hold every fact, and every source record must be read.  Prints faults by
kind, batches refused, the longest pause of treatment, and how long it took.  The short form is a test:
`tests/workers/test_killed_workers.py`.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import signal
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager
from itertools import islice
from pathlib import Path

from aiokafka import AIOKafkaProducer

from tests.real_kafka import RealKafka, running_kafka
from tests.workers.live import (
    WorkerProcess,
    committed_offsets,
    source_records,
    topics_of_our_own,
    unread,
    wait_until_time_has_passed_all,
    wait_until_treatment_read_all,
    worker,
)
from tests.workers.oracle import (
    assert_same_history,
    assert_stores_hold_what_the_log_says,
    changes_by_rule,
    published,
    recorded,
    replayed,
)
from workers.cohort import cohort
from workers.intake import Intake
from workers.records import InputRecord
from workers.source_messages import records_of
from workers.treatment import Treatment

EVENTS_OF_A_PATIENT = 20  # about so many in two years; fewer would only end the trial early
KINDS = ("killed", "killed", "paused", "stopped")
LONGEST_TRIAL_S = 7200.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.kill_trial", description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=300_000, help="messages of the source systems")
    parser.add_argument("--faults", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with running_kafka() as kafka, tempfile.TemporaryDirectory(prefix="kill-trial-") as folder:
        asyncio.run(_trial(kafka, Path(folder), asked))


async def _trial(kafka: RealKafka, folder: Path, asked: argparse.Namespace) -> None:
    chance, began = random.Random(asked.seed), time.monotonic()
    async with topics_of_our_own(kafka) as bootstrap:
        options = ("--bootstrap", bootstrap, "--tick-seconds", 0.5)
        with ExitStack() as stack:
            workers = [
                stack.enter_context(worker(folder / f"{kind}-{number}.log", kind, *options))
                for kind in ("intake", "treatment")
                for number in (1, 2)
            ]
            async with _pauses(bootstrap) as longest:
                sending = asyncio.create_task(_send(bootstrap, asked.events, asked.seed))
                faults = await _torment(workers, asked.faults, chance, lambda: sending.done())
                sent = await sending
                await wait_until_time_has_passed_all(bootstrap, LONGEST_TRIAL_S)
            codes = [process.stop() for process in workers]
            assert codes == [0] * len(workers), f"exit codes {codes}"
            said = "".join(process.said for process in workers)
        with worker(folder / "rest.log", "treatment", "--bootstrap", bootstrap) as rest:
            await rest.has_taken_over(4)
            await wait_until_treatment_read_all(bootstrap)
            assert rest.stop() == 0
        print(f"seed {asked.seed}: {sent} messages, faults {dict(sorted(faults.items()))}")
        refused = len(re.findall(r"a batch was refused", said))
        print(f"batches refused and done anew {refused}, longest pause of treatment {longest[0]:.1f} s")
        await _judge(bootstrap, folder, sent)
    print(f"all is as the log says; {time.monotonic() - began:.0f} s")


async def _send(bootstrap: str, events: int, seed: int) -> int:
    """The cohort's messages, in the order of their times, as fast as the broker takes them."""
    count = 0
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True, linger_ms=20) as producer:
        for portion in _portions(records_of(cohort(max(1, events // EVENTS_OF_A_PATIENT), 2.0, seed)), 500):
            acknowledged = [await producer.send(record.topic, record.value, key=record.key) for record in portion]
            await asyncio.gather(*acknowledged)
            count += len(portion)
            if count >= events:
                break
    return count


def _portions(records: Iterator[InputRecord], size: int) -> Iterator[list[InputRecord]]:
    while portion := list(islice(records, size)):
        yield portion


async def _torment(
    workers: list[WorkerProcess], faults: int, chance: random.Random, has_sent_all: Callable[[], bool]
) -> Counter[str]:
    """So many faults, at random instants, of random workers; what was done."""
    done: Counter[str] = Counter()
    await asyncio.sleep(8)
    while done.total() < faults:
        await asyncio.sleep(chance.uniform(0.2, 4))
        victim, kind = chance.choice(workers), chance.choice(KINDS)
        if not victim.is_running():
            raise AssertionError(f"a worker ended by itself:\n{victim.said[-2000:]}")
        if kind == "paused":
            victim.send(signal.SIGSTOP)
            await asyncio.sleep(chance.uniform(7, 10))
            victim.send(signal.SIGCONT)
        elif kind == "stopped" and " taken over at " in victim.said:
            code = await asyncio.to_thread(victim.stop)
            assert code in (0, -signal.SIGTERM), f"exit code {code}"  # before its own handler stands, Python's
            victim.start()
        else:
            kind = "killed"
            victim.kill()
            victim.start()
        done[kind] += 1
        if done.total() % 20 == 0:
            print(f"  {done.total()} faults, {'all' if has_sent_all() else 'not all'} messages are sent", flush=True)
    return done


@asynccontextmanager
async def _pauses(bootstrap: str) -> AsyncIterator[list[float]]:
    """The longest time for which treatment committed nothing on any partition."""
    longest = [0.0]

    async def look() -> None:
        before, since = 0, time.monotonic()
        while True:
            now_at = sum((await committed_offsets(bootstrap, Treatment.group, Treatment.inputs)).values())
            longest[0] = max(longest[0], time.monotonic() - since)
            if now_at != before:
                before, since = now_at, time.monotonic()
            await asyncio.sleep(0.5)

    task = asyncio.create_task(look())
    try:
        yield longest
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _judge(bootstrap: str, folder: Path, sent: int) -> None:
    sources = await source_records(bootstrap)
    assert len(sources) == sent
    assert unread(sources, await committed_offsets(bootstrap, Intake.group, Intake.inputs)) == 0
    live, (walked, _) = await published(bootstrap), replayed(await recorded(bootstrap, folder))
    assert_same_history(live, walked)
    standing = await assert_stores_hold_what_the_log_says(bootstrap)
    print(f"{changes_by_rule(live).total()} alert changes, {standing} standing facts")


if __name__ == "__main__":
    main()
