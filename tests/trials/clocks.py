"""Wrong clocks: each worker's own is a day ahead or behind, and is stepped while it runs.

    python -m tests.trials clocks --rounds 10 --rate 200

After each step time must go on: every partition's time passes the moment of the step, as the broker's clock tells it.
No tick may claim more than the log time of its own record, whatever the worker's clock says.  Seen to fail with
own-clock of `tests/trials/broken.py`.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Final

from tests.trials.broken import WHOLE
from tests.trials.load import load_on
from tests.trials.stage import SESSION_S, Verdict, at_work, judge, worked_off, workers_of
from tests.workers.live import now, partition_times, until
from tests.workers.toy import read_all
from topics.codecs.clinical_event import TickEvent, decode_event
from topics.definitions import CLINICAL_EVENTS
from workers.kafka_io import to_input

DAY_S: Final = 86_400.0
WRONG_BY_S: Final = (DAY_S, -DAY_S, 0.0)


async def clock_trial(
    bootstrap: str,
    folder: Path,
    *,
    seed: int,
    rounds: int,
    rate: float,
    partitions: int = 4,
    session_s: float = SESSION_S,
    broken: str = WHOLE,
) -> Verdict:
    """AssertionError unless time goes on after each step, and all is as the log says."""
    chance = random.Random(seed)
    with workers_of(bootstrap, folder, session_s=session_s, broken=broken) as workers:
        for number, process in enumerate(workers):
            process.set_clock(WRONG_BY_S[number % 2])
        async with load_on(bootstrap, seed, rate=rate) as load:
            await at_work(bootstrap, partitions)
            await _time_goes_on(bootstrap, partitions)
            for _ in range(rounds):
                # all are stepped, so that forwards and backwards come in each round
                for number, process in enumerate(workers):
                    process.set_clock(WRONG_BY_S[(number + chance.randrange(3)) % 3])
                await _time_goes_on(bootstrap, partitions)
            for process in workers:
                process.set_clock(-2 * DAY_S)
            await _time_goes_on(bootstrap, partitions)
        await worked_off(bootstrap, workers)
        await _assert_no_tick_claims_the_future(bootstrap)
        return await judge(bootstrap, folder, load.sent, workers)


async def _time_goes_on(bootstrap: str, partitions: int) -> None:
    mark = now()

    async def has_passed() -> bool:
        times = await partition_times(bootstrap)
        return len(times) == partitions and min(times.values()) >= mark

    await until("every partition's time has passed the step", has_passed, 30)


async def _assert_no_tick_claims_the_future(bootstrap: str) -> None:
    for records in (await read_all(bootstrap, CLINICAL_EVENTS.name)).values():
        for record in map(to_input, records):
            event = decode_event(record.value or b"")
            if isinstance(event, TickEvent):
                assert event.complete_to <= record.timestamp, f"a tick claims {event.complete_to} at {record.timestamp}"
