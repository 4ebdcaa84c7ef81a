"""Treatment's part in time: when the sources are silent for too long, time goes on without them, and that is said.

Everything here is the broker's time: a worker's wrong clock neither begins nor hastens it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from topics.codecs.clinical_event import encode_tick
from topics.definitions import CLINICAL_EVENTS
from workers.kafka_io import TopicPartition
from workers.ticks import LONG_AGO

log = logging.getLogger(__name__)


class Walked(Protocol):
    """What is asked of a partition's state."""

    @property
    def complete_to(self) -> datetime | None:
        """Up to when its sources are complete; None before they were for the first time."""

    @property
    def blind_after(self) -> timedelta:
        """For how long they may be silent."""


class Reading(Protocol):
    """What is asked of treatment's batch loop."""

    def done(self) -> dict[TopicPartition, int]: ...

    async def end_offsets(self, partitions: frozenset[TopicPartition]) -> Mapping[TopicPartition, int]: ...


class Appending(Protocol):
    async def append(self, value: bytes, partitions: list[int]) -> datetime: ...


class BlindTicker:
    """Looks at each partition of ours every now and then.

    One whose sources did not move since the last look gets a record that claims nothing: its log time tells how long
    they have been silent.  When that is longer than the policy allows, the next look appends a blind tick up to it.
    A partition that has records to read is left alone: the ticks may lie among them.
    """

    def __init__(self, loop: Reading, partitions: Mapping[int, Walked], event_log: Appending) -> None:
        self._loop = loop
        self._partitions = partitions
        self._event_log = event_log
        self._seen: dict[int, datetime] = {}
        self._probed: dict[int, datetime] = {}

    async def look(self) -> None:
        """Raises: KafkaError, TimeoutError when the broker does not answer; the next look goes on."""
        done = self._loop.done()
        ends = await self._loop.end_offsets(frozenset(done))
        for where, end in ends.items():
            work = self._partitions.get(where.partition)
            if work is not None and done[where] >= end:
                await self._look_at(where.partition, work)

    async def _look_at(self, partition: int, work: Walked) -> None:
        complete_to = work.complete_to
        if complete_to is None:
            return
        if self._seen.get(partition) != complete_to:
            self._seen[partition] = complete_to
            self._probed.pop(partition, None)
            return
        probed = self._probed.get(partition)
        if probed is None or probed - complete_to < work.blind_after:
            self._probed[partition] = await self._event_log.append(encode_tick(LONG_AGO), [partition])
            return
        log.error(
            "%s-%d: its sources are not complete since %s; time goes on blind",
            CLINICAL_EVENTS.name,
            partition,
            complete_to.isoformat(timespec="seconds"),
        )
        self._probed[partition] = await self._event_log.append(encode_tick(probed, blind=True), [partition])
