"""`b12watch rebuild`: the state of treatment made anew from its log, or compared with it.

The changelog follows from clinical-events, and what is published from alert-changes.  A key that is not what follows is
written (or taken away), all of a partition in one transaction; offsets and the history of alerts stay as they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Container, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from domain.alerts import AlertChange
from topics.codecs.clinical_event import decode_alert_change, encode_alert
from topics.definitions import ALERT_CHANGES, ALERTS, CLINICAL_EVENTS, TREATMENT_CHANGELOG
from workers.connection import Connection
from workers.kafka_io import (
    StartRefusedError,
    TopicPartition,
    aiokafka_partitions,
    partition_counts,
    read_stores,
    read_to_end,
)
from workers.partition_writer import BATCH_BYTES, transactional_id
from workers.patient import leaves_at
from workers.record import reading
from workers.records import InputRecord
from workers.topic_settings import members_of
from workers.treatment import Treatment
from workers.treatment_partition import TreatmentPartition

_TRANSACTION_TIMEOUT_MS: Final = 900_000  # the longest that a broker allows by default: a whole partition is written

Keys = Mapping[bytes, bytes | None]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """One partition: how many events were walked, keys that were right, that were written and taken away."""

    partition: int
    events: int
    right: int
    written: int
    removed: int

    @property
    def is_right(self) -> bool:
        return not self.written and not self.removed


async def rebuild(connection: Connection, *, only_compare: bool = False) -> AsyncIterator[Rebuilt]:
    """Partition by partition.  Raises: StartRefusedError while a treatment worker runs; KafkaError, TimeoutError."""
    members = await members_of(connection, Treatment.group)
    if members:
        raise StartRefusedError(f"{members} treatment workers are running; stop them first. Nothing was changed.")
    topics = (CLINICAL_EVENTS.name, *Treatment.same_partitions)
    counts = await partition_counts(reading(connection), topics)
    for partition in range(counts[CLINICAL_EVENTS.name]):
        where = TopicPartition(CLINICAL_EVENTS.name, partition)
        if only_compare:
            yield await _one(connection, where, None)
        else:
            async with _fencing_producer(connection, where) as producer:
                yield await _one(connection, where, producer)


@asynccontextmanager
async def _fencing_producer(connection: Connection, where: TopicPartition) -> AsyncIterator[Any]:
    producer = AIOKafkaProducer(
        **connection.options,
        transactional_id=transactional_id(Treatment.group, where),
        transaction_timeout_ms=_TRANSACTION_TIMEOUT_MS,
        max_batch_size=BATCH_BYTES,
    )
    async with producer:
        yield producer


async def _one(connection: Connection, where: TopicPartition, producer: Any) -> Rebuilt:
    settings, partition = reading(connection), where.partition
    committed = await _committed(connection, where)
    stores = await read_stores(settings, partition, Treatment.stores)
    stored, published = stores[TREATMENT_CHANGELOG.name], stores[ALERTS.name]
    if committed is None and stored:
        raise StartRefusedError(
            f"{where}: there is state, and no committed offset says up to where. Nothing was changed in this partition."
        )
    events = [e for e in await read_to_end(settings, where) if e.offset < (committed or 0)]
    work, walked = _walked(partition, events)
    changelog = walked[TREATMENT_CHANGELOG.name]
    left = {key for key, value in walked[ALERTS.name].items() if value is None}
    alerts = _present_alerts(await read_to_end(settings, TopicPartition(ALERT_CHANGES.name, partition)), work, left)
    wrong = {
        TREATMENT_CHANGELOG.name: _wrong(changelog, stored),
        ALERTS.name: _wrong(alerts, {key: published.get(key) for key in alerts}),
    }
    changes = [value for keys in wrong.values() for value in keys.values()]
    if producer is not None and changes:
        async with producer.transaction():
            for topic, keys in wrong.items():
                for key, value in keys.items():
                    await producer.send(topic, value, key=key, partition=partition)
    removed = changes.count(None)
    kept = sum(value is not None for value in (*changelog.values(), *alerts.values()))
    return Rebuilt(partition, len(events), kept - (len(changes) - removed), len(changes) - removed, removed)


async def _committed(connection: Connection, where: TopicPartition) -> int | None:
    """The offset up to which treatment has read; None where it never did, or the broker has forgotten it."""
    consumer = AIOKafkaConsumer(**connection.options, group_id=Treatment.group, enable_auto_commit=False)
    async with consumer:
        (asked,) = aiokafka_partitions([where])
        consumer.assign([asked])
        offset: int | None = await consumer.committed(asked)
        return offset


def _walked(
    partition: int, events: Iterable[InputRecord]
) -> tuple[TreatmentPartition, dict[str, dict[bytes, bytes | None]]]:
    """The partition after these events, and the newest of each key that its changelog and `alerts` then have."""
    newest: dict[str, dict[bytes, bytes | None]] = {TREATMENT_CHANGELOG.name: {}, ALERTS.name: {}}
    work = TreatmentPartition(partition, Counter(), writes=newest)
    for event in events:
        for output in work.process(event):
            if output.topic in newest and output.key is not None:
                newest[output.topic][output.key] = output.value
    return work, newest


def _present_alerts(
    changes: Iterable[InputRecord], work: TreatmentPartition, left: Container[bytes]
) -> dict[bytes, bytes | None]:
    """The newest state of each alert; none of one that was closed so long ago that it has left."""
    newest: dict[str, AlertChange] = {}
    for record in changes:
        change = decode_alert_change(record.value or b"")
        newest[change.published.alert.alert_id] = change
    return {
        key: None if key in left or _has_left(change, work) else encode_alert(change)
        for key, change in ((alert_id.encode(), change) for alert_id, change in newest.items())
    }


def _has_left(change: AlertChange, work: TreatmentPartition) -> bool:
    time = work.timeline.time
    return not change.published.is_open and time is not None and time >= leaves_at(change.published, work.policy)


def _wrong(wanted: Keys, found: Keys) -> dict[bytes, bytes | None]:
    """What has to be written so that `found` says the same as `wanted`; None takes a key away."""
    return {
        key: wanted.get(key) for key in (*wanted, *(found.keys() - wanted.keys())) if wanted.get(key) != found.get(key)
    }
