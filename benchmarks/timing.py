"""Times of many single calls, and the run's own yardstick: `json.loads` of one small event."""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

S = TypeVar("S")
Clock = Callable[[], int]
"""Gives nanoseconds."""

WALL: Final[Clock] = time.perf_counter_ns
PROCESSOR: Final[Clock] = time.process_time_ns  # of this process alone: for a machine on which others work too

EVENT: Final = (
    b'{"analyte":"haemoglobin","id":"lab-471123","patient_id":"patient-0001","schema_version":1,'
    b'"source":"lab","status":"final","taken_at":"2026-01-05T07:00:00Z","unit":"g/L","value":104}'
)
"""An event of 181 bytes, always the same, so that ratios to it can be compared between machines and versions."""


@dataclass(frozen=True, slots=True)
class Times:
    """How long calls took, in microseconds."""

    calls: int
    mean: float
    p50: float
    p99: float

    @classmethod
    def of(cls, nanoseconds: Sequence[int]) -> Times:
        assert nanoseconds, "something must have been called"
        in_order = sorted(nanoseconds)
        last = len(in_order) - 1
        return cls(
            calls=len(in_order),
            mean=sum(in_order) / len(in_order) / 1000,
            p50=in_order[round(last * 0.5)] / 1000,
            p99=in_order[round(last * 0.99)] / 1000,
        )


def time_each(work: Callable[[S], object], samples: Iterable[S], clock: Clock = WALL) -> Times:
    """Call `work` once with each sample; the collector of garbage runs as it does in a worker."""
    taken: list[int] = []
    gc.collect()
    for sample in samples:
        began = clock()
        work(sample)
        taken.append(clock() - began)
    return Times.of(taken)


def yardstick(clock: Clock = WALL, calls: int = 20_000) -> Times:
    """`json.loads` of the event, on this machine and now."""
    return time_each(json.loads, [EVENT] * calls, clock)
