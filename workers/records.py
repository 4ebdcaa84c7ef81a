"""What goes into a handler and what comes out of it.  No Kafka here: replay and simulated crashes use these too.

Records are never changed; they are not frozen, since that would cost half of their making.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

Headers = tuple[tuple[str, bytes], ...]
Stores = Mapping[str, Mapping[bytes, bytes]]
"""What stores hold: by topic, the newest value of each key.  One that was taken away (a tombstone) is not there."""


@dataclass(slots=True)
class InputRecord:
    """One record as it was read.  `timestamp` is its log time, in UTC."""

    topic: str
    partition: int
    offset: int
    timestamp: datetime
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


@dataclass(slots=True)
class Output:
    """One record to be written.

    `partition` None means: by key, with Kafka's own default partitioner (murmur2).  `timestamp` None means: the time
    at which it is sent.
    """

    topic: str
    key: bytes | None
    value: bytes | None
    partition: int | None = None
    headers: Headers = ()
    timestamp: datetime | None = None


def take_newest(kept: dict[bytes, bytes], records: Iterable[tuple[bytes | None, bytes | None]]) -> None:
    """Let records, as keys and values in the order of the log, change what a store holds."""
    for key, value in records:
        if key is None:
            continue
        if value is None:
            kept.pop(key, None)
        else:
            kept[key] = value


class PartitionWork(Protocol):
    """The state of one input partition, owned by one worker at a time."""

    @property
    def read_to(self) -> int | None:
        """Where to read on when the broker has forgotten the group's offset: all below this one is in the state, and
        what follows may come again.  None: from the first record there is."""

    def process(self, record: InputRecord) -> list[Output]:
        """Take one record in; give what is to be written because of it.

        Records come in the order of their offsets.  The outputs, and the fact that the record was read, become
        visible together or not at all; if they do not, this object is dropped and a new one is taken over.
        An exception is a bug of the handler: the partition stands still, visibly, and the record is not skipped.
        """


class Handler(Protocol):
    """What a worker does; the batch loop asks it and knows nothing else about it.

    `group`             consumer group, and the first part of the transactional ids
    `inputs`            topics that are read
    `same_partitions`   topics that must have as many partitions as every input; the loop refuses to start on others
    `stores`            topics whose partition of the same number is read to its end before a partition is worked on
    """

    @property
    def group(self) -> str: ...

    @property
    def inputs(self) -> tuple[str, ...]: ...

    @property
    def same_partitions(self) -> tuple[str, ...]: ...

    @property
    def stores(self) -> tuple[str, ...]: ...

    def take_over(self, topic: str, partition: int, stored: Stores) -> PartitionWork:
        """The state of one partition of an input, from what its `stores` hold.

        An exception counts like one from `process`.
        """

    def take_back(self, topic: str, partition: int, work: PartitionWork) -> None:
        """A state that was given up is worked on again: nobody wrote anything in between."""

    def give_up(self, topic: str, partition: int) -> None:
        """The partition went to another worker, or its state ran ahead of the log: forget it."""
