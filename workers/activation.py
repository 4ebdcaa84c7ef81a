"""Policies and versions of the rules come into force by records of clinical-events, never by a worker's file."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Protocol

from domain.policy import Policy
from domain.rules import RULE_VERSIONS
from topics.codecs.clinical_event import encode_activation
from topics.definitions import CLINICAL_EVENTS
from workers.clock import Clock
from workers.connection import Connection
from workers.ticks import EventLog

log = logging.getLogger(__name__)


async def activate_where_empty(event_log: EventLog, policy: Policy, ends: Mapping[int, int]) -> None:
    """Make an activation the first record of every partition of clinical-events that has none yet.

    `ends` gives the end offset of each.  Two intake workers that start at once may both write it: the second changes
    nothing.
    """
    empty = [partition for partition, end in ends.items() if end == 0]
    if not empty:
        log.info("%s has begun: the policy of its log stays in force", CLINICAL_EVENTS.name)
        return
    await event_log.append(await _activation(event_log, policy), empty)
    log.info("policy %s activated on %d partitions of %s", policy.version, len(empty), CLINICAL_EVENTS.name)


async def activate_everywhere(connection: Connection, policy: Policy, clock: Clock) -> int:
    """Bring a policy, and the rules of this version of b12watch, into force on every partition; gives how many.

    Sent again after a failure in between, it changes nothing where it was in force already.  Raises: KafkaError.
    """
    event_log = EventLog(connection, clock)
    await event_log.start()
    try:
        partitions = await event_log.partitions(CLINICAL_EVENTS.name)
        await event_log.append(await _activation(event_log, policy), partitions)
    finally:
        await event_log.stop()
    return len(partitions)


class Announcing(Protocol):
    """What is asked of treatment's handler."""

    def announcement(self, partition: int) -> bytes | None:
        """The record by which newer rules than the log knows come into force; None where there are none."""


async def announce_rules(event_log: EventLog, handler: Announcing, partition: int) -> None:
    """Let the log say that newer rules judge from here on.  Twice said, it changes nothing."""
    announced = handler.announcement(partition)
    if announced is not None:
        await event_log.append(announced, [partition])
        log.info("newer rules announced on partition %d of %s", partition, CLINICAL_EVENTS.name)


async def _activation(event_log: EventLog, policy: Policy) -> bytes:
    sources = await event_log.source_partitions()
    return encode_activation(policy.as_data(), policy.version, RULE_VERSIONS, sources)
