"""How long from an event to its alert, at a steady rate; and at a midnight at which many reviews fall due."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from benchmarks.live_load import LONGEST_S, PARTITIONS, SOURCE, Entry, partition_of, send
from domain.assess import assess
from domain.calendar import local_day, start_of_day
from domain.facts import EnteredAs
from domain.policy import Policy
from domain.rules import injection_overdue
from tests.kit import injection, plan, platelets, record_of
from topics.codecs.clinical_event import encode_fact, encode_tick
from topics.definitions import ALERT_CHANGES, CLINICAL_EVENTS
from workers.clock import system_clock

_PATIENTS: Final = 200


def _ward() -> list[str]:
    return [f"bench-{n}" for n in range(_PATIENTS)]


def ward_entries(now: datetime) -> Iterator[Entry]:
    """The patients whose platelet counts are timed, in loading; and the time."""
    for who in _ward():
        for fact in (plan(now - timedelta(days=3)), injection(now - timedelta(days=2))):
            yield partition_of(who.encode()), who.encode(), encode_fact(who, fact)
    # Before the log's own time began nothing is known: `now` may have been before the broker was there.
    yield from _ticks(now + timedelta(minutes=2))


def _ticks(at: datetime) -> Iterator[Entry]:
    for partition in range(PARTITIONS):
        yield partition, None, encode_tick(at, SOURCE)


@dataclass(slots=True)
class Heard:
    """When a change was first read: by the facts that are its evidence, and by the rule."""

    facts: dict[str, float] = field(default_factory=dict)
    rules: dict[str, list[float]] = field(default_factory=dict)

    async def listen(self, consumer: AIOKafkaConsumer, goes_on: Callable[[], bool]) -> None:
        while goes_on():
            for records in (await consumer.getmany(timeout_ms=50)).values():
                at = system_clock().timestamp()
                for record in records:
                    said = json.loads(record.value)
                    if said["change"] == "raised":
                        self.rules.setdefault(said["rule"], []).append(at)
                    for evidence in said["evidence"]:
                        self.facts.setdefault(evidence["fact_id"], at)


def _listener(bootstrap: str) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        ALERT_CHANGES.name,
        bootstrap_servers=bootstrap,
        auto_offset_reset="latest",
        isolation_level="read_committed",
        fetch_max_wait_ms=20,
    )


async def event_to_alert(bootstrap: str, rate: int, seconds: float, prefix: str = "steady") -> list[float]:
    """Low platelet counts, each of which changes the evidence of an alert.  Seconds of each change."""
    heard = Heard()
    wanted = round(rate * seconds)
    consumer = _listener(bootstrap)
    async with consumer, AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True) as producer:
        await consumer.seek_to_end()
        listening = asyncio.create_task(heard.listen(consumer, lambda: len(heard.facts) < wanted))
        sent = await _counts(producer, rate, wanted, prefix)
        await asyncio.wait([listening], timeout=60)
        listening.cancel()
    return [heard.facts[fact_id] - at for fact_id, at in sent.items() if fact_id in heard.facts]


async def _counts(producer: Any, rate: int, count: int, prefix: str) -> dict[str, float]:
    """Platelet counts at a steady rate: when each was sent.

    Those of one patient are taken in different minutes: of one minute they would contradict each other, and the first
    of a minute would be told only with the second.
    """
    ward, sent, began, first_at = _ward(), {}, time.monotonic(), system_clock() - timedelta(days=1)
    for number in range(count):
        await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
        who, fact_id, turn = ward[number % len(ward)], f"{prefix}-{number}", number // len(ward)
        value = encode_fact(who, platelets(first_at + timedelta(minutes=turn), 10 + turn % 30, fact_id=fact_id))
        sent[fact_id] = system_clock().timestamp()
        await producer.send(CLINICAL_EVENTS.name, value, key=who.encode(), partition=partition_of(who.encode()))
    return sent


# --- midnight ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Midnight:
    """Seconds from the tick past midnight to the last overdue alert, and those of the events meanwhile."""

    until_all_out: float
    meanwhile: list[float]


def armed_entries(now: datetime, armed: int, due: int) -> Iterator[Entry]:
    """`armed` patients in maintenance; the doses of `due` of them are overdue from the coming midnight on."""
    policy = Policy()
    zone = policy.zone_of("")
    overdue_days = next(days for days in range(60, 150) if _is_due(now, days))
    for n in range(armed):
        days = overdue_days if n < due else overdue_days - 30
        who = f"armed-{n}"
        dose_day = local_day(now, zone) - timedelta(days=days)
        facts = plan(dose_day, "R1", entered_as=EnteredAs.MAINTENANCE), injection(dose_day)
        for fact in facts:
            yield partition_of(who.encode()), who.encode(), encode_fact(who, fact)
    yield from _ticks(now)


def _is_due(now: datetime, days: int) -> bool:
    zone = Policy().zone_of("")
    day = local_day(now, zone) - timedelta(days=days)
    record = record_of(plan(day, "R1", entered_as=EnteredAs.MAINTENANCE), injection(day), known_at=now)
    return not _is_overdue(record, now) and _is_overdue(record, _midnight_after(now))


def _is_overdue(record: Any, at: datetime) -> bool:
    return any(alert.rule == injection_overdue.RULE_ID for alert in assess(record, Policy(), at).alerts)


def _midnight_after(now: datetime) -> datetime:
    zone = Policy().zone_of("")
    return start_of_day(local_day(now, zone) + timedelta(days=1), zone)


async def midnight(bootstrap: str, now: datetime, due: int, rate: int) -> Midnight:
    """Time goes past midnight while events come at a steady rate."""
    heard = Heard()
    consumer = _listener(bootstrap)
    rule = injection_overdue.RULE_ID

    def goes_on() -> bool:
        return len(heard.rules.get(rule, ())) < due

    async with consumer:
        await consumer.seek_to_end()
        listening = asyncio.create_task(heard.listen(consumer, goes_on))
        events = asyncio.create_task(event_to_alert(bootstrap, rate, 8.0, "midnight"))
        await asyncio.sleep(2.0)
        began = system_clock().timestamp()
        await send(bootstrap, list(_ticks(_midnight_after(now) + timedelta(seconds=1))))
        await asyncio.wait_for(listening, LONGEST_S)
        return Midnight(max(heard.rules[rule]) - began, await events)
