"""The long kill trial: workers killed, paused and stopped while a cohort's messages come, then the oracle.

    python -m tests.kill_trial                        300 000 events, each kind of fault 20 times on either worker
    python -m tests.kill_trial --events 20000 --each 3 --seed 7

Two workers of each kind on a real broker of its own.  Faults, in an order and at instants that the seed gives: SIGKILL
(started again at once), SIGTERM (started again), SIGSTOP past the session and SIGCONT (a zombie), the same while it
holds a batch; and SIGKILL at exact places inside the loop: between processing and send, between send and commit,
between commit and the next poll, between fencing and recovery.  Afterwards `alert-changes` must equal a replay of the
recorded log, id for id and in order; changelog and the owners' memory must hold every fact, and every source record
must be read.  Prints faults by kind, batches refused, the longest pause of treatment, and how long it took.

Seen to fail with these faults in the engine (`--broken NAME`, see `tests/trials/broken.py`): offset-first (what was
killed between the two transactions is lost), changes-first (said twice), reads-uncommitted (a fact that was sent and
never committed is known).

Short forms are tests: `tests/trials/test_faults.py`, `tests/workers/test_killed_workers.py`.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.real_kafka import RealKafka, running_kafka
from tests.trials.broken import BROKEN, WHOLE
from tests.trials.faults import KINDS, torment
from tests.trials.load import load_on
from tests.trials.stage import SESSION_S, Verdict, judge, pauses, worked_off, workers_of
from tests.workers.live import topics_of_our_own

GROUPS = ("intake", "treatment")
LONGEST_TRIAL_S = 7200.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.kill_trial", description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=300_000, help="messages of the source systems")
    parser.add_argument("--each", type=int, default=20, help="faults of each kind, for intake and for treatment")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--broken", choices=BROKEN, default=WHOLE, help="with this fault in the engine it must fail")
    asked = parser.parse_args()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # our own clients see the faults too
    with running_kafka() as kafka, tempfile.TemporaryDirectory(prefix="kill-trial-") as folder:
        asyncio.run(_alone(kafka, Path(folder), asked))


async def _alone(kafka: RealKafka, folder: Path, asked: argparse.Namespace) -> None:
    began = time.monotonic()
    async with topics_of_our_own(kafka) as bootstrap:
        faults, verdict = await kill_trial(
            bootstrap,
            folder,
            dict.fromkeys(GROUPS, KINDS * asked.each),
            seed=asked.seed,
            events=asked.events,
            broken=asked.broken,
        )
    print(f"faults {dict(sorted(faults.items()))}\n{verdict}; {time.monotonic() - began:.0f} s")


async def kill_trial(
    bootstrap: str,
    folder: Path,
    faults: Mapping[str, Sequence[str]],
    *,
    seed: int,
    events: int | None = None,
    rate: float | None = None,
    broken: str = WHOLE,
    session_s: float = SESSION_S,
    intakes: int = 2,
    partitions: int = 4,
) -> tuple[Counter[str], Verdict]:
    """These faults of each kind of worker, under load.  What was done; AssertionError unless all is as the log says."""
    print(f"seed {seed}")
    with workers_of(bootstrap, folder, intakes=intakes, broken=broken, session_s=session_s) as workers:
        async with load_on(bootstrap, seed, events=events, rate=rate) as load, pauses(bootstrap, partitions) as longest:
            done = await torment(workers, faults, seed, load, session_s=session_s)
        await worked_off(bootstrap, workers, LONGEST_TRIAL_S)
        print(f"{load.sent} messages, longest pause of treatment {longest[0]:.1f} s", flush=True)
        return done, await judge(bootstrap, folder, load.sent, workers)


if __name__ == "__main__":
    main()
