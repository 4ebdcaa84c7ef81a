"""Workers whose clocks are a day wrong and stepped while they run; the long form is `python -m tests.trials clocks`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.real_kafka import RealKafka
from tests.trials.clocks import clock_trial
from tests.trials.stage import QUICK_SESSION_S
from tests.workers.live import topics_of_our_own


@pytest.mark.kafka
async def test_a_workers_wrong_clock_neither_moves_nor_stops_time(quick_kafka: RealKafka, tmp_path: Path) -> None:
    async with topics_of_our_own(quick_kafka, partitions=2) as bootstrap:
        verdict = await clock_trial(
            bootstrap, tmp_path, seed=20260105, rounds=1, rate=40, partitions=2, session_s=QUICK_SESSION_S
        )
    print(verdict)
    assert verdict.alert_changes
