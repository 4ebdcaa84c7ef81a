"""Zombies: workers that fall asleep with a batch in hand until others have their partitions, and are woken then.

    python -m tests.trials zombies --rounds 20 --rate 500

In each round one intake and one treatment stop themselves (SIGSTOP) at an exact place inside the loop; as soon as
others get on with all partitions they are woken, while the broker still has their transaction open.  Each must hear
that its batch is refused, and the history has no trace of them.

Seen to fail with no-fence: what a zombie commits is believed (`tests/trials/broken.py`).
"""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Sequence
from pathlib import Path

from tests.trials.broken import WHOLE
from tests.trials.load import Load, load_on
from tests.trials.places import BEFORE_COMMIT, BEFORE_SEND
from tests.trials.stage import SESSION_S, TrialWorker, Verdict, at_work, gets_on, judge, worked_off, workers_of
from tests.workers.live import until
from topics.definitions import LAB_RESULTS
from workers.intake import Intake


async def zombie_trial(
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
    """AssertionError unless all is as the log says."""
    chance = random.Random(seed)
    with workers_of(bootstrap, folder, session_s=session_s, broken=broken) as workers:
        async with load_on(bootstrap, seed, rate=rate) as load:
            await at_work(bootstrap, partitions)
            for number in range(rounds):
                asleep = [chance.choice([w for w in workers if w.kind == kind]) for kind in ("intake", "treatment")]
                place = (BEFORE_COMMIT, BEFORE_SEND)[number % 2]
                await _one_round(bootstrap, asleep, place, load, partitions)
        await worked_off(bootstrap, workers)
        return await judge(bootstrap, folder, load.sent, workers)


async def _one_round(bootstrap: str, asleep: Sequence[TrialWorker], place: str, load: Load, partitions: int) -> None:
    for process in asleep:
        await process.has_begun()
        process.arm(signal.SIGSTOP, place)
    await asyncio.gather(*(process.is_hit() for process in asleep))
    said_before = load.sent
    await asyncio.gather(at_work(bootstrap, partitions), gets_on(bootstrap, Intake.group, LAB_RESULTS.name, partitions))
    assert load.sent > said_before
    refused = [process.said.count("a batch was refused") for process in asleep]
    for process in asleep:
        process.send(signal.SIGCONT)

    async def all_were_refused() -> bool:
        now = [process.said.count("a batch was refused") for process in asleep]
        return all(after > before for before, after in zip(refused, now, strict=True))

    await until("each zombie hears that its batch is refused", all_were_refused, 30)
