"""The timeline alone, walked with a toy that knows no medicine: each key wants a review some hours after an event."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.timeline import Step, Timeline

START = datetime(2026, 1, 5, 8, tzinfo=UTC)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


class Kitchen:
    """Every event sets a timer: so many hours after the instant at which it was taken in, the key is reviewed once."""

    def __init__(self) -> None:
        self.timers: dict[str, datetime | None] = {}
        self.held: list[tuple[str, int]] = []

    def keys(self) -> Iterable[str]:
        return self.timers

    def doubted(self) -> Iterable[str]:
        return [key for key in self.timers if key.startswith("doubted")]

    def hold(self, key: str, event: int) -> list[str]:
        self.held.append((key, event))
        self.timers[key] = None
        return [f"hold {key} {event}"]

    def step(self, key: str, at: datetime, offset: int, event: int | None) -> Step[str]:
        hours = (at - START) / timedelta(hours=1)
        if event is not None:
            self.timers[key] = at + timedelta(hours=event)
            return Step([f"{hours:g}h {key} event {event} #{offset}"], self.timers[key])
        self.timers[key] = None
        return Step([f"{hours:g}h {key} review #{offset}"], None)


def ticking(*sources: str) -> Timeline[int, str]:
    timeline: Timeline[int, str] = Timeline(Kitchen())
    timeline.activate(sources, 0)
    return timeline


def test_nothing_is_judged_until_every_source_has_ticked() -> None:
    timeline = ticking("labs/0", "charts/0")
    assert timeline.event("a", 3, 1) == ["hold a 3"]
    assert timeline.tick(at(1), ["labs/0"], 2) == []
    assert timeline.time is None
    assert timeline.tick(at(2), ["charts/0"], 3) == ["1h a review #3"]


def test_time_is_the_least_over_all_sources() -> None:
    timeline = ticking("labs/0", "charts/0")
    timeline.tick(at(1), ["labs/0", "charts/0"], 1)
    timeline.tick(at(9), ["labs/0"], 2)
    assert timeline.time == at(1)
    timeline.tick(at(5), ["charts/0"], 3)
    assert timeline.time == at(5)


def test_time_never_goes_back() -> None:
    timeline = ticking("labs/0")
    timeline.tick(at(5), ["labs/0"], 1)
    timeline.tick(at(2), ["labs/0"], 2)
    assert timeline.time == at(5)


def test_a_blind_tick_moves_the_time_without_the_sources_and_says_since_when() -> None:
    timeline = ticking("labs/0", "charts/0")
    timeline.tick(at(1), ["labs/0", "charts/0"], 1)
    timeline.event("a", 3, 2)
    timeline.tick(at(9), ["labs/0"], 3)
    assert timeline.blind(at(6), 4) == ["4h a review #4"]
    assert (timeline.time, timeline.complete_to, timeline.blind_since) == (at(6), at(1), at(1))
    assert timeline.blind(at(8), 5) == []
    assert (timeline.time, timeline.blind_since) == (at(8), at(1))


@pytest.mark.parametrize(("complete_to", "is_over"), [(7.999, False), (8, True), (9, True)])
def test_the_time_is_blind_until_all_sources_are_complete_up_to_it(complete_to: float, is_over: bool) -> None:
    timeline = ticking("labs/0", "charts/0")
    timeline.tick(at(1), ["labs/0", "charts/0"], 1)
    timeline.blind(at(8), 2)
    timeline.tick(at(20), ["labs/0"], 3)
    timeline.tick(at(complete_to), ["charts/0"], 4)
    assert (timeline.blind_since is None) is is_over
    assert timeline.time == max(at(8), at(complete_to))


def test_what_was_said_blind_is_judged_again_when_all_is_known_and_before_time_goes_on() -> None:
    timeline = ticking("labs/0")
    timeline.tick(at(1), ["labs/0"], 1)
    timeline.event("doubted b", 9, 2)
    timeline.event("a", 9, 2)
    timeline.blind(at(8), 3)
    assert timeline.tick(at(12), ["labs/0"], 4) == ["8h doubted b review #4", "10h a review #4"]


def test_nothing_is_blind_before_there_was_any_time_and_none_goes_back() -> None:
    timeline = ticking("labs/0")
    assert timeline.blind(at(8), 1) == []
    timeline.tick(at(5), ["labs/0"], 2)
    timeline.blind(at(5), 3)
    timeline.blind(at(2), 4)
    assert (timeline.time, timeline.blind_since) == (at(5), None)


def test_a_tick_for_a_source_that_is_not_listed_moves_nothing() -> None:
    timeline = ticking("labs/0")
    timeline.tick(at(1), ["labs/0"], 1)
    timeline.tick(at(9), ["old/0"], 2)
    assert timeline.time == at(1)


def test_a_tick_that_claims_nothing_moves_nothing() -> None:
    timeline = ticking("labs/0")
    assert timeline.tick(at(1), [], 1) == []
    assert timeline.time is None


@pytest.mark.parametrize(
    ("hours", "expected"), [(2.999, []), (3, ["3h a review #2"]), (3.001, ["3h a review #2"])], ids=str
)
def test_a_review_comes_as_soon_as_the_time_reaches_it(hours: float, expected: list[str]) -> None:
    timeline = ticking("labs/0")
    timeline.tick(at(0), ["labs/0"], 1)
    timeline.event("a", 3, 1)
    assert timeline.tick(at(hours), ["labs/0"], 2) == expected


def test_reviews_come_in_the_order_of_their_instants_each_at_its_own() -> None:
    timeline = ticking("labs/0")
    timeline.tick(at(0), ["labs/0"], 1)
    for key, hours in (("late", 5), ("early", 2), ("b", 3), ("a", 3)):
        timeline.event(key, hours, 2)
    assert timeline.tick(at(100), ["labs/0"], 3) == [
        "2h early review #3",
        "3h a review #3",
        "3h b review #3",
        "5h late review #3",
    ]


def test_reviews_come_before_the_next_event() -> None:
    timeline = ticking("labs/0")
    timeline.tick(at(0), ["labs/0"], 1)
    timeline.event("a", 3, 2)
    assert timeline.advance(at(3), 7) + timeline.event("a", 4, 7) == ["3h a review #7", "3h a event 4 #7"]


def test_an_event_moves_the_review_of_its_key() -> None:
    timeline = ticking("labs/0")
    timeline.tick(at(0), ["labs/0"], 1)
    timeline.event("a", 3, 2)
    timeline.event("a", 8, 3)
    assert timeline.tick(at(7), ["labs/0"], 4) == []
    assert timeline.next_due == at(8)


def test_a_new_activation_judges_every_key_anew() -> None:
    timeline = ticking("labs/0")
    timeline.tick(at(0), ["labs/0"], 1)
    timeline.event("b", 3, 2)
    timeline.event("a", 3, 3)
    assert timeline.activate(["labs/0"], 4) == ["0h a review #4", "0h b review #4"]


def test_a_source_that_an_activation_adds_holds_the_time_back_until_it_ticks() -> None:
    timeline = ticking("labs/0")
    timeline.tick(at(1), ["labs/0"], 1)
    timeline.activate(["labs/0", "charts/0"], 2)
    timeline.tick(at(5), ["labs/0"], 3)
    assert timeline.time == at(1)
    timeline.tick(at(4), ["charts/0"], 4)
    assert timeline.time == at(4)


EVENTS = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(1, 9), st.integers(0, 4)), max_size=25)


@given(EVENTS, st.integers(0, 24))
def test_going_on_from_a_stored_state_gives_the_same_steps(events: list[tuple[str, int, int]], cut: int) -> None:
    def walk(timeline: Timeline[int, str], part: list[tuple[int, tuple[str, int, int]]]) -> list[str]:
        lines = []
        for offset, (key, hours, pause) in part:
            assert timeline.time is not None
            lines += timeline.event(key, hours, offset)
            lines += timeline.tick(timeline.time + timedelta(hours=pause), ["labs/0"], offset)
        return lines

    numbered = list(enumerate(events, start=2))
    whole = ticking("labs/0")
    whole.tick(at(0), ["labs/0"], 1)
    expected = walk(whole, numbered)

    kitchen = Kitchen()
    first: Timeline[int, str] = Timeline(kitchen)
    first.activate(["labs/0"], 0)
    first.tick(at(0), ["labs/0"], 1)
    lines = walk(first, numbered[:cut])
    second: Timeline[int, str] = Timeline(kitchen)
    second.restore(first.time, first.sources, kitchen.timers)
    assert lines + walk(second, numbered[cut:]) == expected


def test_a_source_that_is_behind_when_it_first_ticks_does_not_turn_the_time_back() -> None:
    timeline = ticking("labs/0")
    timeline.tick(at(5), ["labs/0"], 1)
    timeline.activate(["labs/0", "charts/0"], 2)
    timeline.tick(at(2), ["charts/0"], 3)
    assert timeline.time == at(5)


def test_an_activation_judges_everybody_though_the_time_moves_with_it() -> None:
    timeline = ticking("labs/0", "charts/0")
    timeline.tick(at(1), ["labs/0", "charts/0"], 1)
    timeline.event("a", 20, 2)
    timeline.tick(at(9), ["labs/0"], 3)
    assert timeline.activate(["labs/0"], 4) == ["1h a review #4"]
    assert timeline.time == at(9)


def test_an_activation_that_ends_the_blindness_judges_each_once_before_time_goes_on() -> None:
    timeline = ticking("labs/0", "charts/0")
    timeline.tick(at(1), ["labs/0", "charts/0"], 1)
    timeline.event("doubted a", 20, 2)
    timeline.blind(at(8), 3)
    timeline.tick(at(9), ["labs/0"], 4)
    assert timeline.activate(["labs/0"], 5) == ["8h doubted a review #5"]
    assert (timeline.time, timeline.blind_since) == (at(9), None)


@pytest.mark.parametrize("is_blind", [False, True])
def test_a_source_that_an_activation_adds_is_waited_for_but_not_for_ever(is_blind: bool) -> None:
    timeline = ticking("labs/0")
    timeline.tick(at(5), ["labs/0"], 1)
    if is_blind:
        timeline.blind(at(7), 2)
    timeline.activate(["labs/0", "charts/0"], 3)
    timeline.tick(at(9), ["labs/0"], 4)
    assert timeline.time == (at(7) if is_blind else at(5))
    assert timeline.complete_to == at(5), "how long it is silent can be told: time may go on blind"
