"""A plain Faust agent with a table and three rules over clinical-events; prints the seconds that `count` records took.

python faust_three_rules.py BOOTSTRAP COUNT PARTITIONS
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any

import faust

from benchmarks.baselines.three_rules import changes


def main() -> None:
    bootstrap, count, partitions = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    app = faust.App(
        "bench-faust",
        broker=f"kafka://{bootstrap}",
        store="memory://",
        web_enabled=False,
        topic_partitions=partitions,
        value_serializer="json",
        consumer_auto_offset_reset="earliest",
    )
    events = app.topic("clinical-events", key_type=bytes, value_serializer="json")
    alerts = app.topic("bench-alerts-faust", value_serializer="json")
    patients = app.Table("patients", default=dict)

    @app.agent(events)
    async def watch(stream: Any) -> None:
        read, began = 0, 0.0
        async for event in stream:
            began = began or time.monotonic()
            if event["type"] == "fact":
                known = patients[event["patient_id"]]
                for alert in changes(known, event):
                    await alerts.send(key=event["patient_id"].encode(), value=alert)
                patients[event["patient_id"]] = known
            read += 1
            if read == count:
                os.write(1, f"seconds: {time.monotonic() - began}\n".encode())  # what is printed goes to a log
                os._exit(0)  # nothing more is wanted of it

    sys.argv = [sys.argv[0], "worker", "--loglevel", "error"]
    app.main()


if __name__ == "__main__":
    main()
