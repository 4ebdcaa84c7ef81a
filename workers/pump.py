"""One partition at work: what was polled of it is processed, and while one transaction is committed the next is filled.

Two tasks for each partition, so that none waits for another's transaction.  The one processes what waits, a slice at a
time; the other writes what is processed.  A transaction takes all that was processed meanwhile, so that transactions
grow with the backlog, and at rest a record does not wait for a second one.
"""

from __future__ import annotations

import asyncio
import time
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from workers.kafka_io import TopicPartition, to_input
from workers.partition_writer import PartitionWriter, UnwritableOutputError
from workers.records import Output, PartitionWork

SLICE_S: Final = 0.01  # of processing; then another partition has its turn
BATCH_S: Final = 0.25  # of processing; then what is processed is written, though more waits


class HandlerError(Exception):
    """A bug of the handler's; the text names its type and place, never what it was about (privacy)."""


def describe(error: BaseException) -> str:
    """Type and place of an error.  Not its text, which may hold a patient's values."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"


@dataclass(slots=True)
class Batch:
    """What is processed and not yet written.  `failure`: what is wrong with the record after those."""

    records: int = 0
    first_offset: int = 0
    first_at_ms: int = 0  # its log time
    next_offset: int = 0
    outputs: list[Output] = field(default_factory=list)
    seconds: float = 0.0
    failure: str | None = None

    def take(self, record: Any, outputs: list[Output]) -> None:
        if not self.records:
            self.first_offset, self.first_at_ms = record.offset, record.timestamp
        self.records += 1
        self.next_offset = record.offset + 1
        self.outputs += outputs

    def add(self, later: Batch) -> None:
        if not self.records:
            self.first_offset, self.first_at_ms = later.first_offset, later.first_at_ms
        if later.records:
            self.records += later.records
            self.next_offset = later.next_offset
            self.outputs += later.outputs
        self.seconds += later.seconds
        self.failure = later.failure


class Pump:
    """A partition that is ready.

    `done`: everything below this offset has been processed and committed.  `committed`: the offset that was committed
    last, by us or by whoever had it before (None: none was); `done` may be further, past markers that nobody commits.
    `turns`: handlers know no threads, so that one slice of one partition is processed at a time.
    """

    def __init__(
        self,
        where: TopicPartition,
        writer: PartitionWriter,
        work: PartitionWork,
        start: int,
        committed: int | None,
        *,
        turns: asyncio.Lock,
        max_records: int,
        on_committed: Callable[[Batch], None],
    ) -> None:
        self.where = where
        self.writer = writer
        self.work = work
        self.done = start
        self.committed = committed
        self._turns = turns
        self._max_records = max_records
        self._on_committed = on_committed
        self._waiting: deque[Any] = deque()
        self._in_hand = 0
        self._read_to = start
        self._batch = Batch()
        self._is_finishing = False
        self._processes = True
        self._moved = asyncio.Event()

    # -- for the loop ---------------------------------------------------------------------------------------------

    @property
    def has_room(self) -> bool:
        """Whether more may be polled for it: what waits in memory is bounded."""
        return len(self._waiting) < self._max_records

    @property
    def is_at_rest(self) -> bool:
        """Whether all that it was given is committed."""
        return self._in_hand == 0

    def put(self, records: Sequence[Any], read_to: int | None) -> bool:
        """What was polled, up to the position `read_to`.  Whether it is taken: not by one that is given up."""
        if self._is_finishing:
            return False
        self._waiting.extend(records)
        self._in_hand += len(records)
        if read_to is not None:  # past what was read, and past markers, which are never delivered
            self._read_to = read_to
        self._settle()
        if records:
            self._move()
        return True

    def finish(self) -> None:
        """Writes what is processed and takes no more; `run` then comes to its end."""
        self._is_finishing = True
        self._move()

    async def run(self) -> None:
        """Works until it is told to finish.

        Raises HandlerError, when all before the handler's failure is written, and whatever a batch was refused with;
        then what was processed after that batch is as if it had never been.  In any case nobody works on the state
        afterwards.
        """
        processing = asyncio.create_task(self._process_all(), name=f"process {self.where}")
        try:
            await self._write_all()
        finally:
            self.finish()
            await processing

    # -- processing -----------------------------------------------------------------------------------------------

    async def _process_all(self) -> None:
        try:
            while self._batch.failure is None:
                await self._until(lambda: self._is_finishing or (bool(self._waiting) and not self._is_full))
                async with self._turns:
                    if self._is_finishing:
                        return
                    # in a thread: heartbeats, health and signals go on meanwhile
                    processed = await asyncio.to_thread(self._slice, self._max_records - self._batch.records)
                self._batch.add(processed)
                self._move()
        finally:
            self._processes = False
            self._move()

    def _slice(self, most: int) -> Batch:
        """What came before a record that the handler fails on is good and is written; only then the partition stops."""
        batch, began, seconds = Batch(), time.monotonic(), 0.0
        while self._waiting and batch.records < most and seconds < SLICE_S:
            record = self._waiting.popleft()
            try:
                batch.take(record, self.work.process(to_input(record)))
            except Exception as error:
                batch.failure = f"offset {record.offset}: {describe(error)}"
                break
            seconds = time.monotonic() - began
        batch.seconds = seconds
        return batch

    @property
    def _is_full(self) -> bool:
        return self._batch.records >= self._max_records or self._batch.seconds >= BATCH_S

    # -- writing --------------------------------------------------------------------------------------------------

    async def _write_all(self) -> None:
        while self._processes or self._batch.records:
            await self._until(self._is_due)
            batch, self._batch = self._batch, Batch(failure=self._batch.failure)
            self._move()
            if batch.records:
                await self._write(batch)
        if self._batch.failure is not None:
            raise HandlerError(self._batch.failure)

    def _is_due(self) -> bool:
        return not self._processes or self._is_full or (self._batch.records > 0 and not self._waiting)

    async def _write(self, batch: Batch) -> None:
        try:
            await self.writer.write(batch.outputs, batch.next_offset)
        except UnwritableOutputError as error:
            raise HandlerError(f"offsets {batch.first_offset} to {batch.next_offset - 1}: {error}") from None
        self._in_hand -= batch.records
        self.committed = batch.next_offset
        self.done = max(self.done, batch.next_offset)
        self._settle()
        self._on_committed(batch)

    def _settle(self) -> None:
        if self.is_at_rest:
            self.done = max(self.done, self._read_to)

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            await self._moved.wait()

    def _move(self) -> None:
        """Wakes both tasks, to look at what has changed."""
        self._moved.set()
        self._moved = asyncio.Event()
