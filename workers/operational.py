"""What treatment says about its own work, for those who run it: alerts that follow from the log as all others do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from topics.codecs.operational_alert import OperationalChange, encode_blind_time
from topics.definitions import CLINICAL_EVENTS, OPERATIONAL_ALERTS
from workers.records import Output
from workers.timeline import Timeline


def about_blindness(partition: int, timeline: Timeline[Any, Output], before: datetime | None) -> Iterator[Output]:
    """An alert where the time begins to go on without the sources, and where it no longer does.

    `before`: since when it went on without them, before the record in hand.
    """
    since, time = timeline.blind_since, timeline.time
    if (before is None) == (since is None) or time is None:
        return
    kind: OperationalChange = "resolved" if since is None else "raised"
    subject = f"{CLINICAL_EVENTS.name}/{partition}"
    value = encode_blind_time(subject, kind, at=time, since=since or before or time, sources=timeline.sources)
    yield operational(subject, value, partition)


def operational(subject: str, value: bytes, partition: int) -> Output:
    """One record of `operational-alerts`; `subject` is its key, and what it is about."""
    return Output(OPERATIONAL_ALERTS.name, subject.encode(), value, partition)
