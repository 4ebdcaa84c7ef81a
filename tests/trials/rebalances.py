"""A storm of rebalances: workers join and leave every few seconds while messages come.

    python -m tests.trials rebalances --seconds 180 --rate 5000

One worker of each kind stays; up to three others of each kind come and go, by SIGTERM or, one in four, by SIGKILL.

Seen to fail with keeps-memory of `tests/trials/broken.py`: a partition that went away and came back is gone on with as
it was.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.trials.broken import WHOLE
from tests.trials.load import load_on
from tests.trials.stage import SESSION_S, TrialWorker, Verdict, ended, judge, pauses, worked_off, workers_of

LONGEST_TRIAL_S = 7200.0
KILLED_OF_THOSE_WHO_LEAVE = 0.25


async def rebalance_trial(
    bootstrap: str,
    folder: Path,
    *,
    seed: int,
    seconds: float,
    rate: float,
    most: int = 4,
    partitions: int = 4,
    session_s: float = SESSION_S,
    broken: str = WHOLE,
) -> Verdict:
    """AssertionError unless all is as the log says."""
    chance = random.Random(seed)
    with workers_of(bootstrap, folder, intakes=most, treatments=most, session_s=session_s, broken=broken) as workers:
        async with load_on(bootstrap, seed, rate=rate) as load, pauses(bootstrap, partitions) as longest:
            began, done = time.monotonic(), Counter[str]()
            guests = [process for process in workers if not process.folder.name.endswith("-1")]
            while time.monotonic() - began < seconds:
                await asyncio.sleep(chance.uniform(0.5, 3))
                done[await _comes_or_leaves(guests, chance)] += 1
            said, took = load.sent, time.monotonic() - began
            print(f"{dict(done)} in {took:.0f} s, {said / took:.0f} messages a second", flush=True)
        await worked_off(bootstrap, workers, LONGEST_TRIAL_S)
        print(f"longest pause of treatment {longest[0]:.1f} s", flush=True)
        return await judge(bootstrap, folder, load.sent, workers)


async def _comes_or_leaves(guests: Sequence[TrialWorker], chance: random.Random) -> str:
    guest = chance.choice(guests)
    if not guest.is_running():
        guest.start()
        return "joined"
    if chance.random() < KILLED_OF_THOSE_WHO_LEAVE or not guest.has_handlers():
        guest.kill()
        return "killed"
    await ended([guest])
    return "left"
