"""The long trials on a real broker of their own: `python -m tests.trials NAME [--seed N] ...`.

Each prints what it did and ends with exit code 0 when all is as the log says; `--broken FAULT` breaks the engine in one
known way, and then it must fail.  The kill trial is `python -m tests.kill_trial`.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.real_kafka import RealKafka, running_kafka
from tests.trials import broker_faults
from tests.trials.broken import BROKEN, WHOLE
from tests.trials.broker_faults import Ports, broker_trial
from tests.trials.clocks import clock_trial
from tests.trials.rebalances import rebalance_trial
from tests.trials.stage import Verdict
from tests.trials.zombies import zombie_trial
from tests.workers.live import topics_of_our_own

Trial = Callable[[RealKafka, str, Path, argparse.Namespace], Awaitable[Verdict]]


async def _zombies(kafka: RealKafka, bootstrap: str, folder: Path, asked: argparse.Namespace) -> Verdict:
    return await zombie_trial(
        bootstrap, folder, seed=asked.seed, rounds=asked.rounds or 20, rate=asked.rate or 500, broken=asked.broken
    )


async def _broker(kafka: RealKafka, bootstrap: str, folder: Path, asked: argparse.Namespace) -> Verdict:
    faults = broker_faults.ALL * (asked.rounds or 3)
    return await broker_trial(
        kafka,
        asked.ports,
        folder,
        faults,
        seed=asked.seed,
        rate=asked.rate or 200,
        gone_s=60,
        broken=asked.broken,
    )


async def _rebalances(kafka: RealKafka, bootstrap: str, folder: Path, asked: argparse.Namespace) -> Verdict:
    return await rebalance_trial(
        bootstrap,
        folder,
        seed=asked.seed,
        seconds=asked.seconds or 180,
        rate=asked.rate or 5000,
        broken=asked.broken,
    )


async def _clocks(kafka: RealKafka, bootstrap: str, folder: Path, asked: argparse.Namespace) -> Verdict:
    return await clock_trial(
        bootstrap, folder, seed=asked.seed, rounds=asked.rounds or 10, rate=asked.rate or 200, broken=asked.broken
    )


TRIALS: dict[str, Trial] = {"zombies": _zombies, "broker": _broker, "rebalances": _rebalances, "clocks": _clocks}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.trials", description=__doc__.splitlines()[0])
    parser.add_argument("trial", choices=TRIALS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, help="how often each fault comes")
    parser.add_argument("--seconds", type=int, help="of the storm of rebalances")
    parser.add_argument("--rate", type=int, help="messages a second")
    parser.add_argument("--broken", choices=BROKEN, default=WHOLE, help="with this fault in the engine it must fail")
    asked = parser.parse_args()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # our own clients see the faults too
    began = time.monotonic()
    asked.ports = Ports()
    with (
        running_kafka(more_properties=asked.ports.properties) as kafka,
        tempfile.TemporaryDirectory(prefix="trial-") as folder,
    ):
        verdict = asyncio.run(_on_topics(kafka, Path(folder), asked))
    print(f"{asked.trial}, seed {asked.seed}: {verdict}; {time.monotonic() - began:.0f} s")


async def _on_topics(kafka: RealKafka, folder: Path, asked: argparse.Namespace) -> Verdict:
    async with topics_of_our_own(kafka) as bootstrap:
        return await TRIALS[asked.trial](kafka, bootstrap, folder, asked)


if __name__ == "__main__":
    main()
