"""Whether it is noticed that a worker does not get on, and when it does again."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from aiokafka.errors import KafkaConnectionError

from workers.kafka_io import TopicPartition
from workers.watch import LOOK_S, Watch

EVENTS = TopicPartition("clinical-events", 0)
OTHER = TopicPartition("clinical-events", 1)


@dataclass
class LoopInMemory:
    is_member: bool = True
    a_partition: TopicPartition = OTHER
    takes_over: int = 0
    failed_takeovers: dict[TopicPartition, tuple[int, str]] = field(default_factory=dict)
    stopped_partitions: dict[TopicPartition, str] = field(default_factory=dict)
    offsets: dict[TopicPartition, int] = field(default_factory=lambda: {EVENTS: 5})
    ends: dict[TopicPartition, int] = field(default_factory=lambda: {EVENTS: 5})
    is_answered: bool = True

    def done(self) -> dict[TopicPartition, int]:
        return dict(self.offsets)

    async def end_offsets(self, partitions: frozenset[TopicPartition]) -> Mapping[TopicPartition, int]:
        if not partitions:
            return {}  # as the loop does: nothing to ask
        if not self.is_answered:
            raise KafkaConnectionError
        return {where: self.ends.get(where, 7) for where in partitions}


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watching() -> tuple[Clock, LoopInMemory, Watch]:
    clock, loop = Clock(), LoopInMemory()
    return clock, loop, Watch("treatment", loop, clock)


async def looks(clock: Clock, watch: Watch, seconds: float) -> None:
    for _ in range(round(seconds / LOOK_S)):
        clock.now += LOOK_S
        await watch.look()
        await watch.tell()


async def test_a_worker_at_the_end_of_its_partitions_gets_on_for_ever(
    watching: tuple[Clock, LoopInMemory, Watch],
) -> None:
    clock, _, watch = watching
    await looks(clock, watch, 600)
    assert watch.problems() == []
    assert watch.lags == {EVENTS: 0}


async def test_what_stands_still_behind_the_end_is_said_within_half_a_minute_and_no_sooner_than_it_is_sure(
    watching: tuple[Clock, LoopInMemory, Watch], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    clock, loop, watch = watching
    await looks(clock, watch, 10)
    loop.ends[EVENTS] = 9
    await looks(clock, watch, 25)  # seen at the first look of these
    assert watch.problems() == []
    await looks(clock, watch, 5)
    assert watch.problems() == ["clinical-events-0 stands at 5: 4 behind, for 25 s"]
    await looks(clock, watch, 30)
    assert [record.message for record in caplog.records] == [
        "treatment does not get on: clinical-events-0 stands at 5: 4 behind, for 25 s"
    ], "said once, and not every few seconds"
    loop.offsets[EVENTS] = 6  # not at the end yet, but it moves
    await looks(clock, watch, 5)
    assert watch.problems() == []
    assert caplog.records[-1].message == "treatment gets on again"


async def test_a_worker_that_is_behind_and_moves_gets_on(watching: tuple[Clock, LoopInMemory, Watch]) -> None:
    clock, loop, watch = watching
    loop.ends[EVENTS] = 10**6
    for _ in range(60):
        loop.offsets[EVENTS] += 1
        await looks(clock, watch, 5)
        assert watch.problems() == []


async def test_a_partition_that_went_is_no_longer_asked_for(watching: tuple[Clock, LoopInMemory, Watch]) -> None:
    clock, loop, watch = watching
    loop.ends = {EVENTS: 9, OTHER: 3}
    await looks(clock, watch, 40)
    assert watch.problems()
    loop.offsets = {OTHER: 3}
    await looks(clock, watch, 5)
    assert watch.problems() == []
    assert watch.lags == {OTHER: 0}


async def test_a_broker_that_does_not_answer_is_said_and_so_is_its_return(
    watching: tuple[Clock, LoopInMemory, Watch],
) -> None:
    clock, loop, watch = watching
    await looks(clock, watch, 10)
    loop.is_answered = False
    await looks(clock, watch, 20)
    assert watch.problems() == []
    await looks(clock, watch, 5)
    assert watch.problems() == ["no answer from the broker: for 25 s"]
    loop.is_answered = True
    await looks(clock, watch, 5)
    assert watch.problems() == []


async def test_a_worker_outside_its_group_and_a_stopped_partition_are_said(
    watching: tuple[Clock, LoopInMemory, Watch],
) -> None:
    clock, loop, watch = watching
    loop.is_member = False
    await looks(clock, watch, 25)
    assert watch.problems() == ["not in its group: for 25 s"]
    assert watch.unready() == ["not in its group yet"]
    loop.is_member, loop.takes_over = True, 3
    loop.stopped_partitions[OTHER] = "offset 7: ValueError at rule.py:12"
    await looks(clock, watch, 5)
    stopped = "clinical-events-1 was stopped: offset 7: ValueError at rule.py:12"
    assert watch.problems() == [stopped]
    assert watch.unready() == ["taking over 3 partitions", stopped]


async def test_a_worker_in_waiting_gets_on_for_ever_and_notices_that_the_broker_is_gone(
    watching: tuple[Clock, LoopInMemory, Watch],
) -> None:
    clock, loop, watch = watching
    loop.offsets = {}
    await looks(clock, watch, 60)
    assert (watch.problems(), watch.lags) == ([], {})
    loop.is_answered = False
    await looks(clock, watch, 30)
    assert watch.problems() == ["no answer from the broker: for 30 s"]


@pytest.mark.parametrize(("times", "is_said"), [(4, False), (5, True)])
async def test_a_partition_that_cannot_be_taken_over_is_said_and_a_long_take_over_is_not(
    watching: tuple[Clock, LoopInMemory, Watch], times: int, is_said: bool
) -> None:
    clock, loop, watch = watching
    loop.takes_over = 1
    loop.failed_takeovers[OTHER] = (times, "TopicAuthorizationFailedError")
    await looks(clock, watch, 60)
    said = f"clinical-events-1 cannot be taken over: {times} times, TopicAuthorizationFailedError"
    assert watch.problems() == ([said] if is_said else [])
