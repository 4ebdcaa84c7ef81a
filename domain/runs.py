"""Since when a result has been a concern without interruption, also where of some samples only the day is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from domain.calendar import ClinicalTime


class _Timed(Protocol):
    @property
    def time(self) -> ClinicalTime: ...


_T = TypeVar("_T", bound=_Timed)


def first_of_run(newest: _T, results: Sequence[_T], is_fine: Callable[[_T], bool], zone: ZoneInfo) -> _T:
    """The first of the unbroken run of results that are not fine and end with `newest`; `results` are in order.

    A fine one breaks the run only when it was certainly taken before what comes after it in the run: of one day, and
    one of them without an hour, nobody knows which came first.
    """
    first = newest
    for result in reversed(results):
        if not is_fine(result):
            first = min(result, first, key=lambda r: r.time.instant(zone))
        elif first.time.is_after(result.time, zone):
            break
    return first
