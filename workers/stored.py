"""What the stores keep of a partition of treatment: by patient as it is read back, and the partition's own entry."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from domain.record import Known
from topics.codecs.clinical_event import (
    decode_alert,
    decode_known,
    decode_partition,
    encode_known,
    encode_partition,
    encode_policy,
)
from topics.codecs.kept import AlertGlance, decode_outlook, encode_outlook, glance_at_alert
from topics.definitions import ALERTS, TREATMENT_CHANGELOG
from topics.schemas.changelog import (
    OUTLOOK_PREFIX,
    PARTITION_KEY,
    UNREAD_PREFIX,
    PartitionEntryV1,
    changelog_key,
    outlook_key,
    patient_of,
    tells_a_fact,
)
from workers.patient import Outlook, Patient
from workers.records import Output, Stores

_FASTEST: Final = 1  # level of compression: entries of one patient are much alike, and shrink well in any case
_BETWEEN: Final = b"\n"  # no entry has one: JSON escapes it


@dataclass(slots=True)
class Kept:
    """The entries of one patient, as they were written: all together, decoded, they would take too much memory."""

    facts: list[bytes]
    alerts: list[bytes]
    outlook: bytes | None = None

    def standing(self) -> list[AlertGlance]:
        """The alerts that are open."""
        return [glance for glance in map(glance_at_alert, self.alerts) if glance.is_open]

    def give_to(self, patient: Patient) -> None:
        """What is known and published, and what the store says of it."""
        alerts = [decode_alert(value) for value in self.alerts]
        known = [decode_known(value)[1] for value in self.facts]
        patient.restore(known, {one.alert.alert_id: one for one in alerts})
        patient.outlook = self.read_outlook()

    def read_outlook(self) -> Outlook | None:
        if self.outlook is None:
            return None
        said = decode_outlook(self.outlook)
        return Outlook(said.review_at, said.is_enrolled)

    def packed(self) -> bytes:
        return zlib.compress(_BETWEEN.join((self.outlook or b"", *self.facts, *self.alerts)), _FASTEST)

    @classmethod
    def unpacked(cls, packed: bytes, facts: int) -> Kept:
        """What was packed, with so many facts."""
        outlook, *entries = zlib.decompress(packed).split(_BETWEEN)
        return cls(entries[:facts], entries[facts:], outlook or None)


@dataclass(slots=True)
class Stored:
    """The partition's entry, marks of messages that could not be read, and what is kept of each patient."""

    entry: PartitionEntryV1 | None = None
    unread: list[bytes] = field(default_factory=list)
    _facts: dict[bytes, list[bytes]] = field(default_factory=dict)
    _alerts: dict[bytes, list[bytes]] = field(default_factory=dict)
    _outlooks: dict[bytes, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, stores: Stores) -> Stored:
        stored = cls()
        stored._take_changelog(stores.get(TREATMENT_CHANGELOG.name, {}))
        for value in stores.get(ALERTS.name, {}).values():
            stored._alerts.setdefault(glance_at_alert(value).patient_id.encode(), []).append(value)
        return stored

    def patients(self) -> Iterator[tuple[str, Kept]]:
        """Those of whom there are facts or alerts: a closed alert may stay when the last fact has gone."""
        for patient in {**self._facts, **self._alerts}:
            kept = Kept(self._facts.get(patient, []), self._alerts.get(patient, []), self._outlooks.get(patient))
            yield patient.decode(), kept

    def _take_changelog(self, changelog: Mapping[bytes, bytes]) -> None:
        for key, value in changelog.items():
            if tells_a_fact(key):
                self._facts.setdefault(patient_of(key), []).append(value)
            elif key.startswith(OUTLOOK_PREFIX):
                self._outlooks[key.removeprefix(OUTLOOK_PREFIX)] = value
            elif key.startswith(UNREAD_PREFIX):
                self.unread.append(value)
            else:
                assert key == PARTITION_KEY, "a newer version wrote something that this one does not know"
                self.entry = decode_partition(value)


def fact_output(partition: int, patient_id: str, known: Known) -> Output:
    origin = known.handed.origin if known.handed else ""
    key = changelog_key(patient_id, known.fact.fact_id, origin)
    return Output(TREATMENT_CHANGELOG.name, key, encode_known(patient_id, known), partition)


def forgotten_output(partition: int, patient_id: str, origin: str, fact_id: str) -> Output:
    return Output(TREATMENT_CHANGELOG.name, changelog_key(patient_id, fact_id, origin), None, partition)


def outlook_output(partition: int, patient_id: str, outlook: Outlook | None) -> Output:
    value = None if outlook is None else encode_outlook(outlook.review_at, is_enrolled=outlook.is_enrolled)
    return Output(TREATMENT_CHANGELOG.name, outlook_key(patient_id), value, partition)


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
