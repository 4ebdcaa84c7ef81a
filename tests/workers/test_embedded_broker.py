"""The embedded broker does what the demo needs of it, and its documented limits are what it really has."""

from __future__ import annotations

import socket

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from workers.embedded_broker import PARTITIONS, EmbeddedBroker


async def test_records_are_written_read_and_committed() -> None:
    with EmbeddedBroker() as broker:
        async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap, enable_idempotence=True) as producer:
            assert await producer.partitions_for("facts") == set(range(PARTITIONS))
            for number in range(3):
                await producer.send_and_wait("facts", str(number).encode(), partition=2)
        where = TopicPartition("facts", 2)
        for expected in (b"0", b"1"):  # the second reader goes on where the first one committed
            consumer = AIOKafkaConsumer(
                bootstrap_servers=broker.bootstrap,
                group_id="readers",
                auto_offset_reset="earliest",
                enable_auto_commit=False,
                fetch_max_wait_ms=5,
            )
            async with consumer:
                consumer.assign([where])
                record = await consumer.getone()
                assert (record.partition, record.value) == (2, expected)
                await consumer.commit({where: record.offset + 1})


async def test_two_brokers_share_nothing() -> None:
    with EmbeddedBroker() as one, EmbeddedBroker() as other:
        assert one.bootstrap != other.bootstrap


def test_nothing_listens_after_it_is_closed() -> None:
    with EmbeddedBroker() as broker:
        host, port = broker.bootstrap.split(":")
        socket.create_connection((host, int(port)), timeout=5).close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)), timeout=5)
    with pytest.raises(AssertionError):
        _ = broker.bootstrap
