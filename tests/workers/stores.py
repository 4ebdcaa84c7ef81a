"""What stores hold after some records were written: what a restart reads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from workers.records import Stores, take_newest
from workers.treatment import Treatment


def stores_of(records: Iterable[Any], topics: Iterable[str] = Treatment.stores) -> Stores:
    """`records` in the order in which they were written, with topic, key and value; those of other topics are left."""
    written = list(records)
    stores: dict[str, dict[bytes, bytes]] = {topic: {} for topic in topics}
    for topic, kept in stores.items():
        take_newest(kept, ((record.key, record.value) for record in written if record.topic == topic))
    return stores
