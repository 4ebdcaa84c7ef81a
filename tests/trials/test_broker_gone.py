"""SIGTERM while the broker is gone: a worker ends in order, and soon.

Seen to fail where `LONGEST_STOP_S` of workers/hosting.py is 60, and where what is cut off ends with another exit code.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.real_kafka import RealKafka, running_kafka
from tests.workers.live import b12watch, sources_of, worker
from tests.workers.live import plan as plan_message

pytestmark = pytest.mark.kafka

SOON_S = 10.0


@pytest.fixture
def own_kafka(quick_kafka: RealKafka) -> Iterator[RealKafka]:
    """A broker that a test may kill; where there is none, `quick_kafka` has said so."""
    with running_kafka() as kafka:
        yield kafka


@pytest.mark.parametrize(("held", "gone_s"), [(False, 0.0), (True, 7.0)], ids=["killed", "held past the session"])
async def test_a_worker_whose_broker_is_gone_ends_in_order_within_ten_seconds(
    own_kafka: RealKafka, tmp_path: Path, held: bool, gone_s: float
) -> None:
    """Killed, its connections are closed; held still, they stay open and nothing is answered."""
    b12watch("topics", "create", "--bootstrap", own_kafka.bootstrap, "--partitions", 2)
    options = ("all", "--bootstrap", own_kafka.bootstrap, "--tick-seconds", 0.3)
    with worker(tmp_path / "all.log", *options) as everything:
        await everything.has_taken_over(12)
        async with sources_of(own_kafka.bootstrap) as sources:
            await sources.say(*(plan_message(f"patient-{n}", 3) for n in range(20)))
        if held:
            own_kafka.pause()
        else:
            own_kafka.kill()
        try:
            await asyncio.sleep(gone_s)
            began = time.monotonic()
            everything.send(signal.SIGTERM)
            assert await asyncio.to_thread(everything.ended, 30) == 0
            assert time.monotonic() - began < SOON_S
        finally:
            if held:
                own_kafka.resume()
