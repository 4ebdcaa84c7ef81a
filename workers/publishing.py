"""The records that say a change of an alert."""

from __future__ import annotations

from collections.abc import Container, Iterator

from domain.alerts import AlertChange
from topics.cloudevents import alert_change_headers
from topics.codecs.clinical_event import encode_alert, encode_alert_change
from topics.definitions import ALERT_CHANGES, ALERTS
from topics.schemas.outputs import alert_content
from workers.records import Output


def change_outputs(change: AlertChange, key: bytes, partition: int, writes: Container[str]) -> Iterator[Output]:
    """The change, and the newest state of its alert; `writes` are the topics that somebody reads."""
    has_readers, is_kept = ALERT_CHANGES.name in writes, ALERTS.name in writes
    if not (has_readers or is_kept):
        return
    alert = alert_content(change)  # most of the two is the same text, written once
    if has_readers:
        value = encode_alert_change(change, alert)
        yield Output(ALERT_CHANGES.name, key, value, partition, alert_change_headers(change))
    if is_kept:
        yield Output(ALERTS.name, change.published.alert.alert_id.encode(), encode_alert(change, alert), partition)
