"""The toy handler as a process of its own, to be killed, stopped and woken: `python -m tests.workers.toy_worker`.

Says "ready" when a partition is taken over.  On a record "slow" it says "in hand" and takes its time, so that whoever
listens can catch it with a batch in hand.
"""

from __future__ import annotations

import logging
import sys
import time

from tests.workers.toy import ToyHandler, system_clock
from workers.batch_loop import BatchLoop
from workers.connection import Connection
from workers.hosting import LoopService, faust_app, run_worker
from workers.kafka_io import TopicPartition
from workers.records import InputRecord


def take_time(record: InputRecord) -> None:
    if record.value == b"slow":
        print("in hand", flush=True)
        time.sleep(0.5)


async def say_ready(where: TopicPartition) -> None:
    print("ready", flush=True)


def main(bootstrap: str, *names: str) -> None:
    """One loop for each name, all in one process."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    apps = []
    for name in names:
        handler = ToyHandler(name, take_time)
        loop = BatchLoop(handler, connection=Connection(bootstrap), clock=system_clock, on_ready=say_ready)
        apps.append(faust_app(f"toy-{name}", bootstrap, LoopService(loop)))
    run_worker(*apps)


if __name__ == "__main__":
    main(*sys.argv[1:])
