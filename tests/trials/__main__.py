"""The long trials on a real broker of their own: `python -m tests.trials NAME [--seed N] ...`.

Each prints what it did and ends with exit code 0 when all is as the log says; `--broken FAULT` breaks the engine in one
known way, and then it must fail.  The kill trial is `python -m tests.kill_trial`.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.real_kafka import RealKafka, running_kafka
from tests.trials.broken import BROKEN, WHOLE
from tests.trials.stage import Verdict
from tests.trials.zombies import zombie_trial
from tests.workers.live import topics_of_our_own

Trial = Callable[[RealKafka, str, Path, argparse.Namespace], Awaitable[Verdict]]


async def _zombies(kafka: RealKafka, bootstrap: str, folder: Path, asked: argparse.Namespace) -> Verdict:
    return await zombie_trial(
        bootstrap, folder, seed=asked.seed, rounds=asked.rounds or 20, rate=asked.rate or 500, broken=asked.broken
    )


TRIALS: dict[str, Trial] = {"zombies": _zombies}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.trials", description=__doc__.splitlines()[0])
    parser.add_argument("trial", choices=TRIALS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, help="how often each fault comes")
    parser.add_argument("--rate", type=int, help="messages a second")
    parser.add_argument("--broken", choices=BROKEN, default=WHOLE, help="with this fault in the engine it must fail")
    asked = parser.parse_args()
    began = time.monotonic()
    with running_kafka() as kafka, tempfile.TemporaryDirectory(prefix="trial-") as folder:
        verdict = asyncio.run(_on_topics(kafka, Path(folder), asked))
    print(f"{asked.trial}, seed {asked.seed}: {verdict}; {time.monotonic() - began:.0f} s")


async def _on_topics(kafka: RealKafka, folder: Path, asked: argparse.Namespace) -> Verdict:
    async with topics_of_our_own(kafka) as bootstrap:
        return await TRIALS[asked.trial](kafka, bootstrap, folder, asked)


if __name__ == "__main__":
    main()
