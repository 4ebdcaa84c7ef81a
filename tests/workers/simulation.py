"""A batch loop and a transactional log in memory: the same handler, crashed at any write, restarted from what is kept.

The log keeps what Kafka would: per topic and partition the committed records, and the committed offset.  A transaction
is all or nothing.  `Crash` is raised at one chosen point; every write, and each side of every commit, is a point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.workers.stores import stores_of
from workers.records import Handler, InputRecord, Output, Stores


class Crash(Exception):
    """The process is killed."""


@dataclass
class CrashPoints:
    """Counts the points that were passed, and crashes at the chosen one (None: never)."""

    crash_at: int | None = None
    passed: int = 0

    def pass_one(self) -> None:
        self.passed += 1
        if self.passed == self.crash_at:
            raise Crash


@dataclass
class TransactionalLog:
    """What a broker keeps of one input partition's worker."""

    committed_offset: int = 0
    records: list[Output] = field(default_factory=list)

    def stored(self, topics: Sequence[str]) -> Stores:
        return stores_of(self.records, topics)

    def values(self, topic: str) -> list[bytes | None]:
        return [output.value for output in self.records if output.topic == topic]


def run(
    handler: Handler,
    inputs: Sequence[InputRecord],
    log: TransactionalLog,
    points: CrashPoints,
    *,
    batch: int,
    is_offset_gone: bool = False,
) -> None:
    """Take the partition over and work through the rest of `inputs`, a transaction for each batch.

    `is_offset_gone`: the broker has forgotten the group's.
    """
    topic, partition = inputs[0].topic, inputs[0].partition
    work = handler.take_over(topic, partition, log.stored(handler.stores))
    if is_offset_gone:
        log.committed_offset = work.read_to or 0
    while log.committed_offset < len(inputs):
        records = inputs[log.committed_offset : log.committed_offset + batch]
        transaction: list[Output] = []
        for record in records:
            for output in work.process(record):
                transaction.append(output)
                points.pass_one()
        points.pass_one()
        log.records += transaction
        log.committed_offset += len(records)
        points.pass_one()


def run_to_the_end(
    handler: Handler, inputs: Sequence[InputRecord], *, batch: int, crash_at: int | None = None
) -> TransactionalLog:
    """Run, and where that crashes start again from what the log keeps, with nothing else remembered."""
    log, points = TransactionalLog(), CrashPoints(crash_at)
    while True:
        try:
            run(handler, inputs, log, points, batch=batch)
        except Crash:
            continue
        return log
