"""Workers hit at exact places inside the loop, a few times each; the long form is `python -m tests.kill_trial`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kill_trial import kill_trial
from tests.real_kafka import RealKafka
from tests.trials.places import AFTER_FENCE, IN_A_BATCH
from tests.trials.stage import QUICK_SESSION_S
from tests.workers.live import topics_of_our_own


@pytest.mark.kafka
async def test_workers_killed_at_exact_places_leave_no_trace_in_the_history(
    quick_kafka: RealKafka, tmp_path: Path
) -> None:
    """Seen to fail with offset-first, changes-first and reads-uncommitted of `tests/trials/broken.py`."""
    places = (*IN_A_BATCH, AFTER_FENCE)
    async with topics_of_our_own(quick_kafka, partitions=2) as bootstrap:
        faults, verdict = await kill_trial(
            bootstrap,
            tmp_path,
            {"intake": places, "treatment": places},
            seed=20260105,
            rate=40,
            session_s=QUICK_SESSION_S,
            intakes=1,
            partitions=2,
        )
    print(faults, verdict)
    assert verdict.alert_changes
