"""What the owner of a partition of treatment holds, for those who compare it or count it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from domain.alerts import PublishedAlert
from domain.record import Record
from topics.codecs.clinical_event import Unread
from topics.schemas.changelog import PartitionEntryV1
from workers.patient import Patient


@dataclass(frozen=True, slots=True)
class Memory:
    """The partition's entry, the next review, and by patient: records, published alerts, messages that could not be
    read."""

    entry: PartitionEntryV1 | None
    next_due: datetime | None
    known: dict[str, Record]
    published: dict[str, tuple[PublishedAlert, ...]]
    unread: Mapping[str, Mapping[str, Unread]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Size:
    """How much a partition holds; open alerts by rule and severity."""

    patients: int
    facts: int
    open_alerts: Counter[tuple[str, str]]

    @classmethod
    def of(cls, patients: Iterable[Patient]) -> Size:
        """Counted anew each time: it is asked every few seconds at most."""
        held = list(patients)  # copies: a batch may be in work meanwhile
        open_alerts = Counter(
            (published.alert.rule, published.alert.severity.word)
            for patient in held
            for published in list(patient.published.values())
            if published.is_open
        )
        return cls(len(held), sum(len(patient.record.known) for patient in held), open_alerts)
