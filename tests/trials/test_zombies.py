"""Zombies with a batch in hand, two rounds; the long form is `python -m tests.trials zombies`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.real_kafka import RealKafka
from tests.trials.stage import QUICK_SESSION_S
from tests.trials.zombies import zombie_trial
from tests.workers.live import topics_of_our_own


@pytest.mark.kafka
async def test_a_worker_that_sleeps_with_a_batch_in_hand_writes_nothing_when_it_wakes(
    quick_kafka: RealKafka, tmp_path: Path
) -> None:
    async with topics_of_our_own(quick_kafka, partitions=2) as bootstrap:
        verdict = await zombie_trial(
            bootstrap, tmp_path, seed=20260105, rounds=2, rate=40, partitions=2, session_s=QUICK_SESSION_S
        )
    print(verdict)
    assert verdict.refused >= 4
