"""CloudEvents 1.0, Kafka binary mode: the headers that let any consumer route an alert change without reading it."""

from __future__ import annotations

from typing import Final

from domain.alerts import AlertChange
from topics.schemas.wire_types import show_instant

SOURCE: Final = "/b12watch/treatment"


def alert_change_headers(change: AlertChange) -> tuple[tuple[str, bytes], ...]:
    """The headers beside the value of `encode_alert_change`.  `ce_id` is the change's own id: a repeat has it too."""
    published = change.published
    attributes = {
        "ce_specversion": "1.0",
        "ce_id": change.change_id,
        "ce_source": SOURCE,
        "ce_type": f"org.b12watch.alert.{published.change}.v1",
        "ce_time": show_instant(published.changed_at),
        "ce_subject": published.alert.alert_id,
        "content-type": "application/json",
    }
    return tuple((name, value.encode()) for name, value in attributes.items())
