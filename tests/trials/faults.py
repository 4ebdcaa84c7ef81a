"""Faults: workers killed, stopped, paused, or hit at an exact place inside the batch loop, one after another."""

from __future__ import annotations

import asyncio
import random
import signal
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from tests.trials.load import Load
from tests.trials.places import AFTER_FENCE, IN_A_BATCH
from tests.trials.stage import TrialWorker

KILLED, PAUSED, STOPPED = "killed", "paused", "stopped"
ASLEEP: Final = "asleep with a batch"
KINDS: Final = (KILLED, PAUSED, STOPPED, ASLEEP, AFTER_FENCE, *IN_A_BATCH)
"""The last four kill a worker at that place."""


async def torment(
    workers: Sequence[TrialWorker], faults: Mapping[str, Sequence[str]], seed: int, load: Load, *, session_s: float
) -> Counter[str]:
    """`faults` of intake and of treatment, side by side, since they are groups of their own; what was done.

    In any order, at random instants, of random workers.
    """
    total = sum(len(kinds) for kinds in faults.values())
    done: Counter[str] = Counter()

    async def one_after_another(group: Sequence[TrialWorker], kinds: Sequence[str], chance: random.Random) -> None:
        deck = list(kinds)
        chance.shuffle(deck)
        for kind in deck:
            await asyncio.sleep(chance.uniform(0.2, session_s / 2))
            await one_fault(kind, group, chance, load, session_s)
            done[kind] += 1
            if done.total() % 20 == 0:
                print(f"  {done.total()} of {total} faults, {load.sent} messages are sent", flush=True)

    async with asyncio.TaskGroup() as both:
        for name, kinds in sorted(faults.items()):
            group = [process for process in workers if process.kind == name]
            both.create_task(one_after_another(group, kinds, random.Random(f"{seed} {name}")))
    return done


async def one_fault(
    kind: str, group: Sequence[TrialWorker], chance: random.Random, load: Load, session_s: float
) -> None:
    victim = chance.choice(group)
    if kind == KILLED:  # in start-up and take-over too
        async with load.said:  # just after something was said: it likely has it in hand
            await load.said.wait()
        await asyncio.sleep(chance.uniform(0, 0.08))
        assert victim.is_running(), f"a worker ended by itself:\n{victim.said[-2000:]}"
        _start_again(victim)
        return
    await victim.has_begun()
    match kind:
        case "paused":  # a zombie
            victim.send(signal.SIGSTOP)
            await asyncio.sleep(session_s + chance.uniform(1, 4))
            victim.send(signal.SIGCONT)
        case "asleep with a batch":
            victim.arm(signal.SIGSTOP, chance.choice(IN_A_BATCH))
            await victim.is_hit()
            await asyncio.sleep(session_s + chance.uniform(1, 3))
            victim.send(signal.SIGCONT)
        case "stopped":
            code = await asyncio.to_thread(victim.stop)
            assert code == 0, f"exit code {code}:\n{victim.said[-2000:]}"
            victim.start()
        case _:
            await _killed_at(kind, victim, group, chance)


async def _killed_at(place: str, victim: TrialWorker, group: Sequence[TrialWorker], chance: random.Random) -> None:
    """One of its group dies at that place.  For the one in a take-over, there must be a take-over."""
    dies = chance.choice(group) if place == AFTER_FENCE else victim
    dies.arm(signal.SIGKILL, place)
    if place == AFTER_FENCE:
        _start_again(victim)
    await dies.is_hit()
    assert await asyncio.to_thread(dies.ended, 10) == -signal.SIGKILL
    _start_again(dies)


def _start_again(process: TrialWorker) -> None:
    process.kill()
    process.start()
