"""What the stores keep of a partition of treatment: by patient as it is read back, and the partition's own entry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from domain.alerts import PublishedAlert
from domain.record import Known
from topics.codecs.clinical_event import (
    decode_alert,
    decode_known,
    decode_partition,
    encode_known,
    encode_partition,
    encode_policy,
)
from topics.definitions import ALERTS, TREATMENT_CHANGELOG
from topics.schemas.changelog import PARTITION_KEY, UNREAD_PREFIX, PartitionEntryV1, changelog_key, patient_of
from workers.records import InputRecord, Output


@dataclass(slots=True)
class Stored:
    """The newest record of each key.  Facts are not decoded yet: all together, they would take too much memory."""

    entry: PartitionEntryV1 | None = None
    unread: list[bytes] = field(default_factory=list)
    _facts: dict[str, list[bytes]] = field(default_factory=dict)
    _alerts: dict[str, dict[str, PublishedAlert]] = field(default_factory=dict)

    @classmethod
    def of(cls, records: Iterable[InputRecord]) -> Stored:
        """Of one key the last record stands."""
        stored = cls()
        newest = {(record.topic, record.key): record.value for record in records}
        for (topic, key), value in newest.items():
            if value is not None:
                stored._take(topic, key or b"", value)
        return stored

    @property
    def patients(self) -> Iterable[str]:
        """Those of whom there are facts or alerts: a closed alert may stay when the last fact has gone."""
        return self._facts.keys() | self._alerts.keys()

    def known(self, patient_id: str) -> list[Known]:
        return [decode_known(value)[1] for value in self._facts.get(patient_id, ())]

    def published(self, patient_id: str) -> Mapping[str, PublishedAlert]:
        return self._alerts.get(patient_id, {})

    def _take(self, topic: str, key: bytes, value: bytes) -> None:
        if topic == ALERTS.name:
            alert = decode_alert(value)
            self._alerts.setdefault(alert.alert.patient_id, {})[alert.alert.alert_id] = alert
        elif key == PARTITION_KEY:
            self.entry = decode_partition(value)
        elif key.startswith(UNREAD_PREFIX):
            self.unread.append(value)
        else:
            self._facts.setdefault(patient_of(key), []).append(value)


def fact_output(partition: int, patient_id: str, known: Known) -> Output:
    origin = known.handed.origin if known.handed else ""
    key = changelog_key(patient_id, known.fact.fact_id, origin)
    return Output(TREATMENT_CHANGELOG.name, key, encode_known(patient_id, known), partition)


def forgotten_output(partition: int, patient_id: str, origin: str, fact_id: str) -> Output:
    return Output(TREATMENT_CHANGELOG.name, changelog_key(patient_id, fact_id, origin), None, partition)


class EntryWriter:
    """Writes a partition's entry, which may change with every tick; its policy seldom does, and is encoded once."""

    def __init__(self, partition: int) -> None:
        self._partition = partition
        self._version = ""
        self._policy: bytes | None = None

    def output(self, entry: PartitionEntryV1) -> Output:
        """A policy's version says its content."""
        if entry.policy is not None and (self._policy is None or entry.policy_version != self._version):
            self._version, self._policy = entry.policy_version, encode_policy(entry.policy)
        return Output(TREATMENT_CHANGELOG.name, PARTITION_KEY, encode_partition(entry, self._policy), self._partition)
