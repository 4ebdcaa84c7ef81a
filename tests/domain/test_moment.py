"""The instant of an assessment, which remembers when its answers can first change."""

from __future__ import annotations

from domain.moment import Moment
from tests.kit import INSTANT, day


def test_a_limit_is_reached_at_its_own_instant() -> None:
    now = Moment(day(3))
    assert now.reached(day(3)) and now.reached(day(3) - INSTANT)
    assert not now.reached(day(3) + INSTANT)


def test_the_next_change_is_the_earliest_limit_that_was_not_reached() -> None:
    now = Moment(day(3))
    assert now.next_change is None
    for limit in (day(9), day(5), day(2), day(3), day(7)):
        now.reached(limit)
    assert now.next_change == day(5)
