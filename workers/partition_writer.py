"""Writes what the records of one input partition give rise to, together with the offset up to which they were read."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from aiokafka.partitioner import DefaultPartitioner

from workers.kafka_io import CLOSE_TIMEOUT_S, KafkaSettings, TopicPartition, aiokafka_partitions, cancel_tasks_of
from workers.records import Output

BATCH_BYTES = 256 * 1024  # of one produce request and partition; the broker takes 1 MB
COMMIT_PAUSE_S = 0.004  # the broker still writes the last transaction's markers: begun earlier, the next is put off
RETRY_BACKOFF_MS = 10


def transactional_id(group: str, where: TopicPartition) -> str:
    """Whoever starts a producer with it fences the last owner of the partition."""
    return f"{group}-{where.topic}-{where.partition}"


class UnwritableOutputError(Exception):
    """An output that will be refused however often it is tried: the handler's bug, not the broker's mood."""


class PartitionWriter:
    """One producer for one input partition.

    Transactional, its id is the group and the partition: starting it fences the producer of the last owner, whose
    writes and commits are refused from then on.  Otherwise (embedded broker) it writes, then commits.
    """

    def __init__(
        self, settings: KafkaSettings, group: str, where: TopicPartition, consumer: Any, clock: Callable[[], datetime]
    ) -> None:
        self._settings = settings
        self._group = group
        (self._where,) = aiokafka_partitions([where])
        self._consumer = consumer
        self._clock = clock
        self._partition_of_key = DefaultPartitioner()
        self._next_begin = 0.0
        options: dict[str, Any] = {}
        if settings.transactional:
            options["transactional_id"] = transactional_id(group, where)
            options["transaction_timeout_ms"] = settings.transaction_timeout_ms
        self._producer = AIOKafkaProducer(
            **settings.connection.options,
            client_id=f"{settings.client_id}-{where}",
            enable_idempotence=True,
            request_timeout_ms=settings.request_timeout_ms,
            max_batch_size=BATCH_BYTES,
            retry_backoff_ms=RETRY_BACKOFF_MS,
            **options,
        )

    async def start(self) -> None:
        """From here on the last owner is fenced.  Raises KafkaError or TimeoutError when the broker does not answer."""
        async with asyncio.timeout(self._settings.start_timeout_s):
            await self._producer.start()

    async def write(self, outputs: Sequence[Output], next_offset: int) -> None:
        """Writes the outputs and that everything below `next_offset` was read: both or, transactional, neither.

        Raises UnwritableOutputError for an output that cannot be written; KafkaError, TimeoutError or whatever else
        aiokafka comes up with when it was refused or nobody knows.  After any of them this writer is of no more use.
        """
        batches = await self._batches(outputs)
        try:
            async with asyncio.timeout(self._settings.answer_timeout_s):
                if self._settings.transactional:
                    await self._in_transaction(batches, next_offset)
                else:
                    await asyncio.gather(*await self._send(batches))
                    await self._consumer.commit({self._where: next_offset})
        except MessageSizeTooLargeError:
            raise UnwritableOutputError("an output is larger than the broker takes") from None

    async def _in_transaction(self, batches: list[tuple[Any, TopicPartition]], next_offset: int) -> None:
        """The offset first, then the batches.

        Side by side they get into each other's way: a broker that is asked to add to a transaction while it checks
        whether a batch belongs to it refuses the batch for the moment, and aiokafka tries again after a while.
        """
        loop = asyncio.get_running_loop()
        if self._next_begin > loop.time():
            await asyncio.sleep(self._next_begin - loop.time())
        await self._producer.begin_transaction()
        await self._producer.send_offsets_to_transaction({self._where: next_offset}, self._group)
        await asyncio.gather(*await self._send(batches))
        await self._producer.commit_transaction()
        self._next_begin = loop.time() + COMMIT_PAUSE_S

    async def _send(self, batches: list[tuple[Any, TopicPartition]]) -> list[Any]:
        return [
            await self._producer.send_batch(batch, where.topic, partition=where.partition) for batch, where in batches
        ]

    async def _batches(self, outputs: Sequence[Output]) -> list[tuple[Any, TopicPartition]]:
        """The outputs as full batches, in order within each partition.  Raises UnwritableOutputError, KafkaError."""
        partitions = {topic: await self._partitions(topic) for topic in {output.topic for output in outputs}}
        default_ms = _milliseconds(self._clock())
        done: list[tuple[Any, TopicPartition]] = []
        filling: dict[TopicPartition, Any] = {}
        for output in outputs:
            where = self._destination(output, partitions[output.topic])
            timestamp = default_ms if output.timestamp is None else _milliseconds(output.timestamp)
            batch = filling.get(where)
            if batch is None or not self._append(batch, output, timestamp):
                if batch is not None:
                    done.append((batch, where))
                batch = filling[where] = self._producer.create_batch()
                self._append(batch, output, timestamp)  # an empty batch takes a record of any size
        done.extend((batch, where) for where, batch in filling.items())
        return done

    async def _partitions(self, topic: str) -> list[int]:
        async with asyncio.timeout(self._settings.answer_timeout_s):
            return sorted(await self._producer.partitions_for(topic))

    def _destination(self, output: Output, partitions: list[int]) -> TopicPartition:
        if output.partition is None:
            return TopicPartition(output.topic, self._partition_of_key(output.key, partitions, partitions))
        if output.partition not in partitions:
            raise UnwritableOutputError(f"{output.topic} has no partition {output.partition}")
        return TopicPartition(output.topic, output.partition)

    @staticmethod
    def _append(batch: Any, output: Output, timestamp_ms: int) -> bool:
        """Whether there was room.  Raises UnwritableOutputError for what is not bytes."""
        try:
            added = batch.append(
                key=output.key, value=output.value, timestamp=timestamp_ms, headers=list(output.headers)
            )
        except (TypeError, ValueError, AttributeError) as error:
            raise UnwritableOutputError(f"an output cannot be encoded ({type(error).__name__})") from None
        return added is not None

    async def close(self) -> None:
        """Gives the producer up, whatever state it and the broker are in.  An open transaction is left to be fenced."""
        try:
            with contextlib.suppress(TimeoutError, KafkaError):
                async with asyncio.timeout(CLOSE_TIMEOUT_S):
                    await self._producer.stop()
        finally:
            await cancel_tasks_of(self._producer._sender, self._producer._message_accumulator)
            await self._producer.client.close()
            self._take_notice_of_errors()

    def _take_notice_of_errors(self) -> None:
        """A refused transaction's error is also left in a future nobody waits for, and would be reported as lost."""
        ended = getattr(self._producer._txn_manager, "_transaction_waiter", None)
        if ended is not None and ended.done() and not ended.cancelled():
            ended.exception()


def _milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)
