"""How long from an event to its alert, at a steady rate; and at a midnight at which many reviews fall due."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from benchmarks.live_load import LONGEST_S, PARTITIONS, SOURCE, Entry, partition_of, send
from domain.assess import assess
from domain.calendar import local_day, start_of_day
from domain.facts import EnteredAs, Fact
from domain.policy import Policy
from domain.rules import injection_overdue
from tests.kit import injection, plan, platelets, record_of
from tests.workers import live
from tests.workers.live import Message, ago, result, sources_of, wait_until_time_has_passed_all
from topics.codecs.clinical_event import encode_fact, encode_tick
from topics.codecs.plain_json import decode
from topics.decoded import Facts
from topics.definitions import ALERT_CHANGES, CLINICAL_EVENTS
from workers.clock import system_clock
from workers.dead_letter_output import origin_of
from workers.records import InputRecord

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
    """When a change was first read: by the facts with this in their id that are its evidence, and by the rule."""

    named: str
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
                        if self.named in evidence["fact_id"]:
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

    yesterday = system_clock() - timedelta(days=1)

    def said(who: str, number: int) -> Said:
        fact_id = f"{prefix}-{number}"
        fact = platelets(_taken(yesterday, number), _low(number), fact_id=fact_id)
        return CLINICAL_EVENTS.name, partition_of(who.encode()), fact_id, encode_fact(who, fact)

    return await _timed(bootstrap, prefix, said, rate, seconds)


async def say_ward(bootstrap: str) -> None:
    """The same patients, as the source systems tell of them; waits until treatment knows them."""
    async with sources_of(bootstrap) as sources:
        for who in _ward():
            await sources.say(live.plan(who, days_ago=3), live.injection(who, "dose", ago(days=2)))
    await wait_until_time_has_passed_all(bootstrap)


async def source_to_alert(bootstrap: str, rate: int, seconds: float) -> list[float]:
    """The same from the source topic: intake reads the counts first."""

    yesterday = system_clock() - timedelta(days=1)

    def said(who: str, number: int) -> Said:
        taken_at = _taken(yesterday, number).isoformat()
        count = result(who, f"counted-{number}", "platelets", _low(number), taken_at)
        (fact_id,) = (fact.fact_id for fact in _facts_of(count))
        return count.topic, None, fact_id, count.value or b""

    return await _timed(bootstrap, "counted", said, rate, seconds)


Said = tuple[str, int | None, str, bytes]
"""Topic and partition (None: by key), the fact that it becomes, and the value."""


def _low(number: int) -> int:
    return 10 + number // _PATIENTS % 30


def _taken(first: datetime, number: int) -> datetime:
    """Counts of one patient are taken in different minutes: of one minute they would contradict each other, and the
    first of a minute would be told only with the second."""
    return first + timedelta(minutes=number // _PATIENTS)


def _facts_of(message: Message) -> Sequence[Fact]:
    record = InputRecord(message.topic, 0, 0, system_clock(), message.key, message.value)
    decoded = decode(message.topic, message.value, origin=origin_of(record), key=message.key)
    assert isinstance(decoded, Facts), f"the bench must be readable: {decoded}"
    return decoded.facts


async def _timed(
    bootstrap: str, named: str, said: Callable[[str, int], Said], rate: int, seconds: float
) -> list[float]:
    heard = Heard(named)
    wanted = round(rate * seconds)
    consumer = _listener(bootstrap)
    async with consumer, AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True) as producer:
        await consumer.seek_to_end()
        listening = asyncio.create_task(heard.listen(consumer, lambda: len(heard.facts) < wanted))
        sent = await _steadily(producer, said, rate, wanted)
        await asyncio.wait([listening], timeout=60)
        listening.cancel()
    return [heard.facts[fact_id] - at for fact_id, at in sent.items() if fact_id in heard.facts]


async def _steadily(producer: Any, said: Callable[[str, int], Said], rate: int, count: int) -> dict[str, float]:
    """What is said at a steady rate, of each of the ward in turn: when each was sent."""
    ward, sent, began = _ward(), {}, time.monotonic()
    for number in range(count):
        await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
        who = ward[number % len(ward)]
        topic, partition, fact_id, value = said(who, number)
        sent[fact_id] = system_clock().timestamp()
        await producer.send(topic, value, key=who.encode(), partition=partition)
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
    heard = Heard("no fact")
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
