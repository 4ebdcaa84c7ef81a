"""The search for cycles: treatment keeps none, and what stays is looked at once."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from benchmarks.live_load import backlog
from benchmarks.replaying import make_events
from topics.definitions import CLINICAL_EVENTS
from workers import collector
from workers.collector import look_once
from workers.records import InputRecord
from workers.treatment_partition import TreatmentPartition

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


@pytest.fixture
def by_hand() -> Iterator[None]:
    """Nobody looks for cycles but the test."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("awake", [1000, 2])
def test_what_treatment_keeps_and_gives_up_is_in_no_cycle(by_hand: None, awake: int) -> None:
    """Four years, so that some of it goes out of sight and is forgotten."""
    work = TreatmentPartition(0, Counter(), awake=awake)
    entries = list(backlog(make_events(8, 4.0, 3).events))
    gc.collect()
    for offset, (_, key, value) in enumerate(entries):
        work.process(InputRecord(CLINICAL_EVENTS.name, 0, offset, AT, key, value))
    assert len(work.remembered().known) == 8
    assert gc.collect() == 0
    del work
    assert gc.collect() == 0


def test_what_a_search_found_alive_is_not_looked_at_again(by_hand: None) -> None:
    kept = [[n] for n in range(1000)]
    try:
        look_once()
        young: list[object] = []
        young.append(young)
        seen = {id(one) for one in gc.get_objects()}
        assert not any(id(one) in seen for one in kept)
        del young
        assert gc.collect() >= 1, "what is younger is found as ever"
    finally:
        gc.callbacks.remove(collector._freeze_what_stays)
        gc.unfreeze()
