"""`b12watch record` and `b12watch publish`: topics into a log that can be replayed, and a log's sources into topics."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from topics.definitions import ALL_TOPICS, SOURCE_TOPICS
from workers.kafka_io import (
    KafkaSettings,
    TopicPartition,
    aiokafka_partitions,
    high_watermarks,
    partition_counts,
    position_of,
    reader,
    to_input,
)
from workers.records import InputRecord

_POLL_MS = 200
_SOURCES = frozenset(topic.name for topic in SOURCE_TOPICS)


def _settings(bootstrap: str) -> KafkaSettings:
    return KafkaSettings(
        bootstrap=bootstrap,
        transactional=False,
        alone=True,
        client_id="b12watch-record",
        session_timeout_ms=6000,
        heartbeat_interval_ms=2000,
        transaction_timeout_ms=10_000,
        fetch_max_wait_ms=100,
        max_records=4000,
        metadata_max_age_ms=60_000,
    )


async def read_topics(bootstrap: str, topics: Iterable[str], *, follow: bool = False) -> AsyncIterator[InputRecord]:
    """The committed records of the topics, in the order of offsets within each partition.

    Ends at the ends that the topics have when it starts; with `follow` it goes on until it is stopped.
    Raises: KafkaError or TimeoutError when the broker does not answer, or shows no such topic.
    """
    settings = _settings(bootstrap)
    counts = await partition_counts(settings, topics)
    partitions = [TopicPartition(topic, number) for topic, count in counts.items() for number in range(count)]
    async with reader(settings, "read_committed") as consumer:
        begins = await consumer.beginning_offsets(aiokafka_partitions(partitions))
        ends = await high_watermarks(consumer, partitions, settings.answer_timeout_s)
        consumer.assign(aiokafka_partitions(partitions))
        for where, begin in begins.items():
            consumer.seek(where, begin)
        # positions go past transaction markers, which are no records: the last record's offset would not do
        while follow or any((position_of(consumer, where) or 0) < ends[where] for where in partitions):
            for records in (await consumer.getmany(timeout_ms=_POLL_MS)).values():
                for record in records:
                    yield to_input(record)


async def publish(bootstrap: str, records: Iterable[InputRecord]) -> Counter[str]:
    """Send the records of source topics to a broker, acknowledged by all replicas; gives how many by topic.

    Records of other topics are left out: they are b12watch's own to write.  Raises: KafkaError.
    """
    sent: Counter[str] = Counter()
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True) as producer:
        for record in records:
            if record.topic not in _SOURCES:
                sent["left out"] += 1
                continue
            timestamp = int(record.timestamp.timestamp() * 1000)
            await producer.send(
                record.topic, record.value, key=record.key, headers=list(record.headers), timestamp_ms=timestamp
            )
            sent[record.topic] += 1
        await producer.flush()
    return sent


async def create_topics(bootstrap: str, *, partitions: int, replication: int) -> dict[str, str]:
    """Create every topic that is not there; gives for each name what happened.  Raises: KafkaError."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        wanted = [NewTopic(topic.name, partitions, replication, topic_configs=topic.config) for topic in ALL_TOPICS]
        answer = await admin.create_topics(wanted)
    finally:
        await admin.close()
    outcomes: dict[str, str] = {}
    for name, code, *told in answer.topic_errors:
        error = for_code(code)
        if code == 0:
            outcomes[name] = f"created with {partitions} partitions"
        elif error is TopicAlreadyExistsError:
            outcomes[name] = "exists already, left as it is"
        else:
            raise error(f"{name}: {told[0] if told and told[0] else error.description}")
    return outcomes
