"""Workers that join and leave every second or two; the long form is `python -m tests.trials rebalances`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.real_kafka import RealKafka
from tests.trials.rebalances import rebalance_trial
from tests.trials.stage import QUICK_SESSION_S
from tests.workers.live import topics_of_our_own


@pytest.mark.kafka
async def test_workers_that_join_and_leave_all_the_time_lose_and_double_nothing(
    quick_kafka: RealKafka, tmp_path: Path
) -> None:
    async with topics_of_our_own(quick_kafka, partitions=2) as bootstrap:
        verdict = await rebalance_trial(
            bootstrap,
            tmp_path,
            seed=20260105,
            seconds=12,
            rate=100,
            most=2,
            partitions=2,
            session_s=QUICK_SESSION_S,
        )
    print(verdict)
    assert verdict.alert_changes
