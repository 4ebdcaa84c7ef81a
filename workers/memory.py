"""What the owner of a partition of clinical-events holds, for those who compare, count or show it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from domain.alerts import PublishedAlert
from domain.record import Record
from topics.codecs.clinical_event import Unread
from topics.schemas.changelog import PartitionEntryV1


@dataclass(frozen=True, slots=True)
class Memory:
    """The partition's entry, the next review, and by patient: records, published alerts, messages that could not be
    read.

    Of those who are merged, what is kept `apart` too: by origin ("": their own).
    """

    entry: PartitionEntryV1 | None
    next_due: datetime | None
    known: dict[str, Record]
    apart: dict[str, dict[str, Record]]
    published: dict[str, tuple[PublishedAlert, ...]]
    unread: Mapping[str, Mapping[str, Unread]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Size:
    """How much a partition holds; open alerts by rule and severity."""

    patients: int
    facts: int
    open_alerts: Counter[tuple[str, str]]
