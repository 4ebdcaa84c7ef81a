"""A broker that goes and comes back under load; the long form is `python -m tests.trials broker`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.real_kafka import RealKafka, running_kafka
from tests.trials.broker_faults import CUT, GONE, HELD, Ports, broker_trial
from tests.trials.stage import QUICK_SESSION_S
from tests.workers.live import topics_of_our_own


@pytest.fixture
def ports() -> Ports:
    return Ports()


@pytest.fixture
def proxied_kafka(quick_kafka: RealKafka, ports: Ports) -> Iterator[RealKafka]:
    """A broker of our own, which a proxy can be put before; where there is none, `quick_kafka` has said so."""
    with running_kafka(more_properties=ports.properties) as kafka:
        yield kafka


@pytest.mark.kafka
async def test_a_broker_that_goes_and_comes_back_leaves_no_trace_in_the_history(
    proxied_kafka: RealKafka, ports: Ports, tmp_path: Path
) -> None:
    """The broker is killed for longer than a session; the connections of half of the workers are cut, and held."""
    async with topics_of_our_own(proxied_kafka, partitions=2):
        verdict = await broker_trial(
            proxied_kafka,
            ports,
            tmp_path,
            (GONE, CUT, HELD),
            seed=20260105,
            rate=40,
            gone_s=QUICK_SESSION_S + 1,
            partitions=2,
            session_s=QUICK_SESSION_S,
        )
    print(verdict)
    assert verdict.refused
