"""What the owner of a partition of clinical-events holds, for those who compare, count or show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.alerts import PublishedAlert
from domain.record import Record
from topics.schemas.changelog import PartitionEntryV1


@dataclass(frozen=True, slots=True)
class Memory:
    """The partition's entry, the next review, records and published alerts by patient.

    Of those who are merged, what is kept `apart` too: by origin ("": their own).
    """

    entry: PartitionEntryV1 | None
    next_due: datetime | None
    known: dict[str, Record]
    apart: dict[str, dict[str, Record]]
    published: dict[str, tuple[PublishedAlert, ...]]
