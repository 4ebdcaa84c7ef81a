"""`publish` on a real broker, which refuses by itself what is too large for it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.kit import day
from tests.real_kafka import RealKafka, running_kafka
from workers.connection import Connection
from workers.record import publish, read_topics
from workers.records import InputRecord


@pytest.fixture
def small_broker(real_kafka: RealKafka) -> Iterator[RealKafka]:
    """A broker of its own, since `publish` knows no names but the real ones; skipped where no broker can run."""
    if not real_kafka.owned:
        pytest.skip("a broker was given; none of our own is started beside it")
    with running_kafka() as kafka:
        asyncio.run(kafka.create_topics("lab-results", configs={"max.message.bytes": "2000"}))
        yield kafka


@pytest.mark.kafka
async def test_what_the_broker_refuses_is_said_with_its_place_and_the_rest_goes_on(small_broker: RealKafka) -> None:
    values = [b"first", b"x" * 3000, b"second", b"y" * 2_000_000, b"third"]
    records = [InputRecord("lab-results", 0, number, day(0), b"ann", value) for number, value in enumerate(values)]
    published = await publish(Connection(small_broker.bootstrap), records)
    assert published.sent == {"lab-results": 3}
    assert sorted(refused.split(":")[0] for refused in published.refused) == ["lab-results/0/1", "lab-results/0/3"]
    came = [record.value or b"" async for record in read_topics(Connection(small_broker.bootstrap), ["lab-results"])]
    assert sorted(came) == [b"first", b"second", b"third"]
