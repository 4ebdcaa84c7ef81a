"""Quix Streams with three rules over clinical-events; prints the seconds that `count` records took.

python quix_three_rules.py BOOTSTRAP COUNT exactly-once|at-least-once
"""

from __future__ import annotations

import sys
import tempfile
import time
from typing import Any

from quixstreams import Application, State

from benchmarks.baselines.three_rules import changes

SILENT_S = 10.0  # then all has been read


def main() -> None:
    bootstrap, count, guarantee = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    seen: list[float] = []  # when the first record came, and the newest

    def counted(event: dict[str, Any], state: State) -> list[dict[str, Any]]:
        seen[1:] = [time.monotonic()] if seen else [time.monotonic()] * 2
        if event["type"] != "fact":
            return []
        known = state.get("patient", {})
        found = changes(known, event)
        state.set("patient", known)
        return found

    with tempfile.TemporaryDirectory(prefix="quix-") as folder:
        app = Application(
            broker_address=bootstrap,
            consumer_group=f"bench-quix-{guarantee}",
            auto_offset_reset="earliest",
            processing_guarantee=guarantee,
            state_dir=folder,
            loglevel="WARNING",
        )
        events = app.topic("clinical-events", value_deserializer="json", key_deserializer="str")
        alerts = app.topic(f"bench-alerts-quix-{guarantee}", value_serializer="json")
        app.dataframe(events).apply(counted, stateful=True, expand=True).to_topic(alerts)
        app.run(count=count, timeout=SILENT_S)
    print(f"seconds: {seen[1] - seen[0]}")


if __name__ == "__main__":
    main()
