"""What a tick may claim, and when: the ticker against a log and a batch loop in memory, each call in one journal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from topics.codecs.clinical_event import Heard, TickEvent, decode_event
from topics.definitions import CLINICAL_EVENTS, SOURCE_TOPICS
from workers import ticks
from workers.connection import Connection
from workers.kafka_io import TopicPartition
from workers.listening import MOST_FEEDS, Listening
from workers.ticks import EventLog, NoAppendTimeError, Ticker

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
LABS, CHARTS = TopicPartition("lab-results", 0), TopicPartition("administrations", 2)


@dataclass
class Journal:
    """What was asked, in order, and how the world stands."""

    asked: list[str] = field(default_factory=list)
    now: datetime = START
    assigned: frozenset[TopicPartition] = frozenset({LABS, CHARTS})
    ends: dict[TopicPartition, int] = field(default_factory=lambda: {LABS: 7, CHARTS: 3})
    is_forwarded: bool = True
    is_broken: bool = False


class LoopInMemory:
    """A batch loop that forwards when it is told so; every answer takes a minute."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.waited_for: list[Mapping[TopicPartition, int]] = []

    def assigned(self) -> frozenset[TopicPartition]:
        return self._journal.assigned

    async def end_offsets(self, partitions: frozenset[TopicPartition]) -> Mapping[TopicPartition, int]:
        self._journal.asked.append("ends")
        self._journal.now += timedelta(minutes=1)
        return {where: self._journal.ends[where] for where in partitions}

    async def forwarded(self, ends: Mapping[TopicPartition, int]) -> bool:
        self._journal.asked.append("forwarded")
        self._journal.now += timedelta(minutes=1)
        self.waited_for.append(ends)
        return self._journal.is_forwarded


class LogInMemory(EventLog):
    """Appends to a list; each append takes a second, and the log's time is when it was done."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(Connection("nowhere"), lambda: journal.now)
        self._journal = journal
        self.appended: list[tuple[bytes, list[int]]] = []

    async def partitions(self, topic: str) -> list[int]:
        return [0, 1] if topic == CLINICAL_EVENTS.name else [0]

    async def append(self, value: bytes, partitions: Iterable[int]) -> datetime:
        self._journal.asked.append("append")
        if self._journal.is_broken:
            raise TimeoutError
        self._journal.now += timedelta(seconds=1)
        self.appended.append((value, list(partitions)))
        return self._journal.now

    @property
    def ticks(self) -> list[TickEvent]:
        events = [decode_event(value) for value, _ in self.appended]
        return [event for event in events if isinstance(event, TickEvent)]


def ticking() -> tuple[Journal, LoopInMemory, LogInMemory, Ticker]:
    journal = Journal()
    loop, log = LoopInMemory(journal), LogInMemory(journal)
    return journal, loop, log, Ticker(loop, log, Listening())


async def test_the_first_tick_claims_nothing_and_goes_to_every_partition() -> None:
    _, _, log, ticker = ticking()
    assert await ticker.tick() is None
    ((_, partitions),) = log.appended
    assert partitions == [0, 1]
    assert log.ticks == [TickEvent(datetime(1970, 1, 1, tzinfo=UTC), (), heard={})]


async def test_a_tick_says_what_came_of_each_feed_since_the_one_before_it() -> None:
    journal, _, log, ticker = ticking()
    await ticker.tick()
    ticker.listening.hear(["lab-results", "lab-results/lis"], START)
    ticker.listening.hear(["lab-results"], START - timedelta(hours=1))
    await ticker.tick()
    assert log.ticks[-1].heard == {"lab-results": Heard(START, 2), "lab-results/lis": Heard(START, 1)}
    await ticker.tick()
    assert log.ticks[-1].heard == {}
    ticker.listening.hear(["lab-results"], START)
    journal.is_broken = True
    with pytest.raises(TimeoutError):
        await ticker.tick()
    journal.is_broken = False
    await ticker.tick()
    assert log.ticks[-1].heard == {"lab-results": Heard(START, 1)}, "what could not be said is said by the next"


async def test_what_came_before_all_partitions_went_elsewhere_is_said_without_a_claim() -> None:
    journal, _, log, ticker = ticking()
    await ticker.tick()
    journal.assigned = frozenset()
    ticker.listening.hear(["lab-results"], START)
    assert await ticker.tick() is None
    assert log.ticks[-1] == TickEvent(ticks.LONG_AGO, (), heard={"lab-results": Heard(START, 1)})
    assert await ticker.tick() is None
    assert len(log.ticks) == 2, "and once"


async def test_of_very_many_feeds_the_others_wait_for_the_next_tick() -> None:
    _, _, log, ticker = ticking()
    await ticker.tick()
    ticker.listening.hear([f"lab-results/{n}" for n in range(MOST_FEEDS + 3)], START)
    await ticker.tick()
    await ticker.tick()
    assert [len(tick.heard or {}) for tick in log.ticks[1:]] == [MOST_FEEDS, 3]


async def test_a_tick_claims_the_log_time_of_the_one_before_it() -> None:
    journal, _, log, ticker = ticking()
    await ticker.tick()
    first = journal.now
    journal.now += timedelta(hours=1)
    assert await ticker.tick() == first
    second = journal.now
    journal.now += timedelta(hours=1)
    assert await ticker.tick() == second
    assert [tick.complete_to for tick in log.ticks[1:]] == [first, second]
    assert {tick.sources for tick in log.ticks[1:]} == {("administrations/2", "lab-results/0")}


async def test_the_ends_are_asked_after_the_time_was_taken_and_the_tick_comes_after_the_forwarding() -> None:
    journal, loop, _, ticker = ticking()
    await ticker.tick()
    await ticker.tick()
    assert journal.asked == ["append", "ends", "forwarded", "append"]
    assert loop.waited_for == [{LABS: 7, CHARTS: 3}]


async def test_no_tick_comes_while_records_are_not_forwarded_or_partitions_were_lost() -> None:
    journal, _, log, ticker = ticking()
    await ticker.tick()
    taken = journal.now
    journal.is_forwarded = False
    for _ in range(3):
        assert await ticker.tick() is None
    assert len(log.ticks) == 1
    journal.is_forwarded = True
    assert await ticker.tick() == taken


async def test_a_worker_without_partitions_says_nothing() -> None:
    journal, _, log, ticker = ticking()
    journal.assigned = frozenset()
    assert await ticker.tick() is None
    assert (journal.asked, log.appended) == ([], [])


async def test_only_the_partitions_that_are_worked_on_are_claimed() -> None:
    journal, _, log, ticker = ticking()
    await ticker.tick()
    journal.assigned = frozenset({CHARTS})
    await ticker.tick()
    assert log.ticks[-1].sources == ("administrations/2",)


async def test_an_append_that_fails_keeps_the_older_time() -> None:
    journal, _, log, ticker = ticking()
    await ticker.tick()
    taken = journal.now
    journal.is_broken = True
    with pytest.raises(TimeoutError):
        await ticker.tick()
    journal.is_broken = False
    journal.now += timedelta(hours=1)
    assert await ticker.tick() == taken
    assert [tick.complete_to for tick in log.ticks[1:]] == [taken]


async def test_a_first_append_that_fails_claims_nothing_the_next_time() -> None:
    journal, _, log, ticker = ticking()
    journal.is_broken = True
    with pytest.raises(TimeoutError):
        await ticker.tick()
    journal.is_broken = False
    assert await ticker.tick() is None
    assert [tick.sources for tick in log.ticks] == [()]


# --- appending ----------------------------------------------------------------------------------------------------

_BROKER_TIME, _PRODUCER_TIME = 1, 0


@dataclass(frozen=True)
class Written:
    timestamp: int
    timestamp_type: int


class ProducerInMemory:
    """Acknowledges with the broker's time: an hour after the clock's, and a second more for each partition number."""

    timestamp_type = _BROKER_TIME

    def __init__(self, **settings: Any) -> None:
        self.settings = settings
        self.sent: list[tuple[str, bytes, int, int]] = []

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def partitions_for(self, topic: str) -> set[int]:
        return {2, 0, 1}

    async def send_and_wait(self, topic: str, value: bytes, *, partition: int, timestamp_ms: int) -> Written:
        self.sent.append((topic, value, partition, timestamp_ms))
        return Written(timestamp_ms + 3_600_000 + 1000 * partition, self.timestamp_type)


async def test_the_time_of_an_append_is_the_earliest_that_the_broker_gave(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticks, "AIOKafkaProducer", ProducerInMemory)
    log = EventLog(Connection("nowhere"), lambda: START)
    await log.start()
    assert await log.append(b"tick", [2, 1]) == START + timedelta(hours=1, seconds=1)
    assert await log.partitions(CLINICAL_EVENTS.name) == [0, 1, 2]
    assert len(await log.source_partitions()) == 3 * len(SOURCE_TOPICS)
    await log.stop()


async def test_a_broker_that_does_not_stamp_clinical_events_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Unstamped(ProducerInMemory):
        timestamp_type = _PRODUCER_TIME

    monkeypatch.setattr(ticks, "AIOKafkaProducer", Unstamped)
    log = EventLog(Connection("nowhere"), lambda: START)
    await log.start()
    with pytest.raises(NoAppendTimeError, match=r"clinical-events must have message\.timestamp\.type=LogAppendTime"):
        await log.append(b"tick", [0])


async def test_where_a_broker_has_no_time_of_its_own_it_is_the_clocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticks, "AIOKafkaProducer", ProducerInMemory)
    log = EventLog(Connection("nowhere"), lambda: START, append_time=False)
    await log.start()
    assert await log.append(b"tick", [0, 1]) == START


async def test_a_log_that_never_started_can_be_stopped() -> None:
    await EventLog(Connection("nowhere"), lambda: START).stop()
