"""A partition of treatment that a test talks to: it says facts, lets time go on, and hears what is published."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from domain.facts import Fact
from domain.policy import Policy
from tests.kit import (
    POLICY,
    day,
)
from tests.workers.logs import activation, tick
from tests.workers.stores import stores_of
from topics.codecs.clinical_event import encode_fact
from topics.definitions import (
    ALERT_CHANGES,
    CLINICAL_EVENTS,
    TopicDef,
)
from workers.memory import Memory, Size
from workers.records import InputRecord, Output, Stores
from workers.treatment_partition import TreatmentPartition

PATIENT = "patient-1"
MORNING = day(0)
OVERDUE, HAEMOGLOBIN, PLATELETS = (
    "injection-overdue",
    "haemoglobin-not-normal-at-two-months",
    "platelets-low-before-im",
)


class Partition:
    """One partition whose first record is an activation; `outputs` is all that it wrote.  A tick says the time."""

    def __init__(
        self, policy: Policy = POLICY, *, number: int = 0, first_time: datetime = MORNING, given: Policy | None = None
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.outputs: list[Output] = []
        self._number, self._offset, self._log_time = number, 0, first_time
        self._work = TreatmentPartition(number, self.counts, given)
        self.send(activation(policy))

    @classmethod
    def going_on(cls, work: TreatmentPartition, before: Partition) -> Partition:
        """Whoever took the partition over goes on where the one before stopped."""
        partition = cls.__new__(cls)
        partition.counts, partition.outputs = before.counts, list(before.outputs)
        partition._number, partition._offset, partition._log_time = before._number, before._offset, before._log_time
        partition._work = work
        return partition

    def send(self, value: bytes | None, patient: str | None = None) -> list[Output]:
        """Process one record; gives what it wrote."""
        key = None if patient is None else patient.encode()
        record = InputRecord(CLINICAL_EVENTS.name, self._number, self._offset, self._log_time, key, value)
        self._offset += 1
        written = self._work.process(record)
        self.outputs += written
        return written

    def say(self, *facts: Fact | Iterable[Fact], patient: str = PATIENT) -> list[Output]:
        told = [fact for item in facts for fact in ((item,) if isinstance(item, Fact) else item)]
        return [output for fact in told for output in self.send(encode_fact(patient, fact), patient)]

    def to(self, time: datetime) -> list[Output]:
        """A tick: everything before `time` is there."""
        self.later(time)
        return self.send(tick(time))

    def later(self, time: datetime) -> None:
        """By now it is so late, as the log tells."""
        self._log_time = max(self._log_time, time)

    def stored(self) -> Stores:
        """What a restart would read."""
        return stores_of(self.outputs)

    def remembered(self) -> Memory:
        return self._work.remembered()

    def size(self) -> Size:
        return self._work.size()


def ticked(policy: Policy = POLICY) -> Partition:
    partition = Partition(policy)
    partition.to(MORNING)
    return partition


def said_on(topic: TopicDef, outputs: Iterable[Output]) -> list[dict[str, Any]]:
    return [json.loads(output.value) for output in outputs if output.topic == topic.name and output.value is not None]


def changes(outputs: Iterable[Output], rule: str = OVERDUE) -> list[dict[str, Any]]:
    return [change for change in said_on(ALERT_CHANGES, outputs) if change["rule"] == rule]


def told(outputs: Iterable[Output], rule: str = OVERDUE) -> list[tuple[str, int]]:
    """The changes of one rule, and their revisions."""
    return [(change["change"], change["revision"]) for change in changes(outputs, rule)]


def instants(outputs: Iterable[Output], rule: str = OVERDUE) -> list[datetime]:
    return [datetime.fromisoformat(change["at"]) for change in changes(outputs, rule)]
