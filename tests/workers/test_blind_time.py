"""Time that goes on without its sources: when, what is said meanwhile, and what becomes of it when they are back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from tests.kit import INSTANT, POLICY, day, injection, plan
from tests.real_kafka import RealKafka
from tests.workers.live import (
    assert_clean,
    now,
    topics_of_our_own,
    until,
    wait_until_treatment_read_all,
    worker,
)
from tests.workers.oracle import assert_same_history, published, recorded, replayed
from tests.workers.partition import OVERDUE, PATIENT, Partition, changes, said_on, ticked
from tests.workers.toy import read_all
from topics.codecs.clinical_event import TickEvent, decode_event, encode_activation, encode_fact, encode_tick
from topics.definitions import ALERT_CHANGES, ALERTS, CLINICAL_EVENTS, OPERATIONAL_ALERTS
from workers.blind_ticks import BlindTicker
from workers.clock import system_clock
from workers.connection import Connection
from workers.kafka_io import TopicPartition
from workers.ticks import EventLog
from workers.treatment import Treatment

# --- what treatment says -------------------------------------------------------------------------------------------


def given_once() -> Partition:
    """A first injection, and nobody who says anything about the second."""
    partition = ticked()
    partition.say(plan(0), injection(0))
    return partition


def blind(partition: Partition, to: datetime) -> list[Any]:
    return partition.send(encode_tick(to, blind=True))


def test_an_overdue_dose_that_silence_could_have_faked_says_so() -> None:
    partition = given_once()
    outputs = blind(partition, day(4))
    (raised,) = changes(outputs)
    assert raised["change"] == "raised"
    assert raised["blind_since"] == "2026-01-05T09:00:00Z"
    doubt = "; reports may be missing since 2026-01-05 09:00 UTC: what is asked for may be done already"
    assert raised["reason"].endswith(doubt)
    assert "reports may be missing" not in raised["alert_reason"], "why there is the alert is another matter"
    (stored,) = [alert for alert in said_on(ALERTS, outputs) if alert["rule"] == OVERDUE]
    assert stored["blind_since"] == raised["blind_since"]


def test_a_dose_that_had_been_given_meanwhile_withdraws_it() -> None:
    partition = given_once()
    blind(partition, day(4))
    (withdrawn,) = changes(partition.say(injection(2)))
    assert (withdrawn["change"], withdrawn["revision"]) == ("withdrawn", 2)


def test_what_stands_when_the_sources_are_back_is_confirmed_and_later_changes_are_not_blind() -> None:
    partition = given_once()
    blind(partition, day(4))
    assert changes(partition.to(day(4) - INSTANT)) == []
    (confirmed,) = changes(partition.to(day(4)))
    assert (confirmed["change"], confirmed["blind_since"], confirmed["at"]) == ("updated", None, "2026-01-09T09:00:00Z")
    assert confirmed["reason"].startswith("confirmed, no reports are missing any more: ")
    (resolved,) = changes(partition.say(injection(4)))
    assert (resolved["change"], resolved["blind_since"]) == ("resolved", None)


def test_those_who_run_it_are_told_when_time_goes_blind_and_when_it_no_longer_is() -> None:
    partition = given_once()
    (raised,) = said_on(OPERATIONAL_ALERTS, blind(partition, day(4)))
    assert (raised["kind"], raised["subject"], raised["change"]) == ("blind-time", "clinical-events/0", "raised")
    assert raised["behind"] == ["administrations/0", "lab-results/0"]
    assert "2 of 2 sources are not complete since 2026-01-05 09:00 UTC" in raised["reason"]
    assert said_on(OPERATIONAL_ALERTS, blind(partition, day(5))) == [], "said once"
    assert PATIENT not in json.dumps(raised)
    (resolved,) = said_on(OPERATIONAL_ALERTS, partition.to(day(6)))
    assert (resolved["change"], resolved["since"], resolved["behind"]) == ("resolved", "2026-01-05T09:00:00Z", [])


def test_sources_that_are_no_longer_listed_end_the_blindness_too() -> None:
    partition = given_once()
    partition.send(encode_tick(day(4), ["lab-results/0"]))
    blind(partition, day(4))
    changed = partition.send(encode_activation(POLICY.as_data(), POLICY.version, {}, ["lab-results/0"]))
    assert [said["change"] for said in said_on(OPERATIONAL_ALERTS, changed)] == ["resolved"]


def test_a_restart_in_blindness_knows_of_it() -> None:
    partition = given_once()
    blind(partition, day(4))
    work = Treatment().take_over(CLINICAL_EVENTS.name, 0, partition.stored())
    assert work.timeline.blind_since == day(0)
    assert (work.timeline.time, work.complete_to) == (day(4), day(0))


# --- when a blind tick is appended ---------------------------------------------------------------------------------

EVENTS = TopicPartition(CLINICAL_EVENTS.name, 0)
START, LIMIT = day(0), timedelta(hours=24)


@dataclass
class World:
    """A partition, its log and the broker's time; `appended` are the ticks that were written to it."""

    time: datetime = START
    complete_to: datetime | None = START
    blind_after: timedelta = LIMIT
    read: int = 7
    end: int = 7
    appended: list[TickEvent] = field(default_factory=list)

    def done(self) -> dict[TopicPartition, int]:
        return {EVENTS: self.read}

    async def end_offsets(self, partitions: frozenset[TopicPartition]) -> Mapping[TopicPartition, int]:
        return dict.fromkeys(partitions, self.end)

    async def append(self, value: bytes, partitions: list[int]) -> datetime:
        assert partitions == [0]
        event = decode_event(value)
        assert isinstance(event, TickEvent)
        self.appended.append(event)
        return self.time

    @property
    def blind_ticks(self) -> list[datetime]:
        return [tick.complete_to for tick in self.appended if tick.blind]


def ticker(world: World) -> BlindTicker:
    return BlindTicker(world, {0: world}, world)


async def looks(world: World, blind_ticker: BlindTicker, *times: datetime) -> None:
    for world.time in times:
        await blind_ticker.look()


async def test_a_partition_whose_sources_tick_is_never_asked_anything() -> None:
    world = World()
    blind_ticker = ticker(world)
    for hours in range(100):
        world.complete_to = day(0) + timedelta(hours=hours)
        await looks(world, blind_ticker, world.complete_to)
    assert world.appended == []


@pytest.mark.parametrize(("silent_for", "is_blind"), [(LIMIT - INSTANT, False), (LIMIT, True)])
async def test_time_goes_on_blind_when_the_sources_were_silent_for_as_long_as_the_policy_allows(
    silent_for: timedelta, is_blind: bool
) -> None:
    world = World()
    noticed = day(0) + silent_for
    await looks(world, ticker(world), noticed, noticed, noticed)
    assert world.blind_ticks == ([noticed] if is_blind else [])


async def test_a_blind_tick_claims_no_more_than_the_log_time_before_it_and_they_go_on() -> None:
    world = World()
    late = day(3)
    minutes = [late + timedelta(minutes=n) for n in range(5)]
    await looks(world, ticker(world), *minutes)
    assert world.blind_ticks == minutes[1:4], "seen, asked for the time, and from then on each claims the one before"


async def test_sources_that_are_back_end_it() -> None:
    world = World()
    blind_ticker = ticker(world)
    await looks(world, blind_ticker, day(3), day(3), day(3))
    world.complete_to = day(2)
    await looks(world, blind_ticker, day(3), day(3))
    assert len(world.blind_ticks) == 1
    assert [tick.blind for tick in world.appended] == [False, True, False]


async def test_records_that_are_not_read_yet_may_be_the_missing_ticks() -> None:
    world = World(read=6)
    await looks(world, ticker(world), day(3), day(3), day(3), day(3))
    assert world.appended == []


async def test_nothing_is_blind_where_nothing_was_ever_complete() -> None:
    world = World(complete_to=None)
    await looks(world, ticker(world), day(3), day(3), day(3), day(3))
    assert world.appended == []


# --- on a real broker ----------------------------------------------------------------------------------------------


@pytest.mark.kafka
async def test_intake_that_is_down_for_days_hides_no_overdue_dose_for_ever(
    real_kafka: RealKafka, tmp_path: Path
) -> None:
    """Treatment alone, on a log whose sources are complete up to five days ago."""
    async with topics_of_our_own(real_kafka) as bootstrap:
        log = EventLog(Connection(bootstrap), system_clock)
        await log.start()
        try:
            sources = await log.source_partitions()
            five_days_ago = now() - timedelta(days=5)
            for partition in range(4):
                await log.append(activation_of(sources), [partition])
                await log.append(encode_tick(five_days_ago, sources), [partition])
            async with AIOKafkaProducer(bootstrap_servers=bootstrap) as intake:
                for partition, patient in enumerate(f"patient-{n}" for n in range(4)):
                    for days, fact in ((7, plan), (6, injection)):
                        value = encode_fact(patient, fact(now() - timedelta(days=days)))
                        await intake.send_and_wait(CLINICAL_EVENTS.name, value, patient.encode(), partition)
            with worker(tmp_path / "treatment.log", "treatment", "--bootstrap", bootstrap) as treatment:

                async def all_are_raised_blind() -> bool:
                    found = await overdue(bootstrap)
                    return len(found) == 4 and all(said["blind_since"] for said in found)

                await until("the overdue doses are said, blind", all_are_raised_blind, 90)
                await log.append(encode_tick(now(), sources), range(4))

                async def all_are_confirmed() -> bool:
                    return len([said for said in await overdue(bootstrap) if said["blind_since"] is None]) == 4

                await until("they are confirmed", all_are_confirmed)
                assert treatment.stop() == 0
            assert_clean(treatment)
            assert '"level": "ERROR"' in treatment.said
        finally:
            await log.stop()
        for kind in ("blind-time", "intake-lags"):
            operational = await read_all(bootstrap, OPERATIONAL_ALERTS.name)
            told = [[json.loads(record.value) for record in records] for records in operational.values()]
            assert [[one["change"] for one in said if one["kind"] == kind] for said in told] == [
                ["raised", "resolved"]
            ] * 4
        with worker(tmp_path / "again.log", "treatment", "--bootstrap", bootstrap) as treatment:
            await treatment.has_taken_over(4)
            await wait_until_treatment_read_all(bootstrap)
            assert treatment.stop() == 0
        walked, _ = replayed(await recorded(bootstrap, tmp_path))
        assert_same_history(await published(bootstrap), walked)


def activation_of(sources: list[str]) -> bytes:
    return encode_activation(POLICY.as_data(), POLICY.version, {}, sources)


async def overdue(bootstrap: str) -> list[dict[str, Any]]:
    found = (await published(bootstrap, [ALERT_CHANGES.name]))[ALERT_CHANGES.name].values()
    return [said for records in found for said in records if said["rule"] == OVERDUE]
