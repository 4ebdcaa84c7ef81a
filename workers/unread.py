"""Messages about the patients of one partition that could not be read, and the operational alert about them.

A dead letter alone would be seen by nobody but those who look for it: while it concerns somebody who is treated, it
says so in the patient's status, and for each source topic an operational alert says how many there are.  A mark ends
when the message was sent again and read, when a later version of what it would have told comes, and when its dead
letter is no longer kept.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from domain.facts import Fact
from topics.codecs.clinical_event import (
    Mended,
    ReadingEvent,
    Unread,
    decode_event,
    encode_reading,
)
from topics.codecs.operational_alert import OperationalChange, encode_unread_messages
from topics.definitions import CLINICAL_EVENTS, DEAD_LETTERS, TREATMENT_CHANGELOG
from topics.schemas.changelog import unread_key
from workers.operational import operational
from workers.records import Output

_KEPT: Final = DEAD_LETTERS.retention or timedelta(days=365)
_PARTS: Final = "#"  # between the id of a FHIR resource and that of one of its facts

_Marks = dict[str, Unread]  # by origin and place within the message


class _Sum(NamedTuple):
    """What is said of one source topic."""

    messages: int
    patients: int
    since: datetime


@dataclass(slots=True)
class _Topic:
    """What concerns enrolled patients of one source topic; counted as it comes and goes, since there may be many."""

    messages: Counter[str] = field(default_factory=Counter)
    patients: Counter[str] = field(default_factory=Counter)
    ages: list[tuple[datetime, str]] = field(default_factory=list)  # a heap; those of messages that are gone, too

    def add(self, patient_id: str, one: Unread) -> None:
        self.messages[one.place] += 1
        self.patients[patient_id] += 1
        heapq.heappush(self.ages, (one.at, one.place))

    def remove(self, patient_id: str, one: Unread) -> None:
        for counted, what in ((self.messages, one.place), (self.patients, patient_id)):
            counted[what] -= 1
            if not counted[what]:
                del counted[what]

    def sum(self) -> _Sum | None:
        while self.ages and self.ages[0][1] not in self.messages:
            heapq.heappop(self.ages)
        return _Sum(len(self.messages), len(self.patients), self.ages[0][0]) if self.messages else None


class UnreadMessages:
    """`writes` are the topics that somebody reads."""

    def __init__(self, partition: int, writes: Container[str]) -> None:
        self._partition = partition
        self._stores = TREATMENT_CHANGELOG.name in writes
        self._marks: dict[str, _Marks] = {}
        self._enrolled: set[str] = set()
        self._topics: dict[str, _Topic] = {}
        self._said: dict[str, _Sum] = {}
        self._changed: set[str] = set()

    @property
    def patients(self) -> Iterable[str]:
        return self._marks

    @property
    def kept(self) -> Mapping[str, Mapping[str, Unread]]:
        """All marks, by patient."""
        return self._marks

    def restore(self, value: bytes) -> None:
        """Take back a mark that the changelog kept."""
        event = decode_event(value)
        assert isinstance(event, ReadingEvent) and isinstance(event.said, Unread), "that is what is stored there"
        self._marks.setdefault(event.patient_id, {})[_name(event.said)] = event.said

    def of(self, patient_id: str) -> tuple[Unread, ...]:
        """The oldest first."""
        marks = self._marks.get(patient_id)
        return () if marks is None else tuple(sorted(marks.values(), key=lambda one: (one.at, _name(one))))

    def take(self, patient_id: str, said: Unread | Mended, known: Iterable[Fact]) -> list[Output]:
        """A message that could not be read, or that now was; `known` are the patient's facts."""
        if isinstance(said, Mended):
            return self._end(patient_id, lambda one: one.place == said.place)
        if any(said.version and _is_told_by(said, fact) for fact in known):
            return []
        marks = self._marks.setdefault(patient_id, {})
        if _name(said) in marks:
            return []
        marks[_name(said)] = said
        if patient_id in self._enrolled:
            self._topic(said).add(patient_id, said)
        return self._stored(patient_id, said, encode_reading(patient_id, said))

    def told(self, patient_id: str, fact: Fact) -> list[Output]:
        """A fact came: perhaps a later version of what could not be read."""
        return self._end(patient_id, lambda one: _is_told_by(one, fact)) if patient_id in self._marks else []

    def expire(self, patient_id: str, at: datetime) -> list[Output]:
        """Marks go with their dead letters, which nobody could send again."""
        return self._end(patient_id, lambda one: one.at + _KEPT <= at) if patient_id in self._marks else []

    def expires_at(self, patient_id: str) -> datetime | None:
        return min((one.at + _KEPT for one in self._marks.get(patient_id, {}).values()), default=None)

    def look(self, patient_id: str, *, is_enrolled: bool) -> None:
        """Whether the patient is treated by now."""
        marks = self._marks.get(patient_id)
        if marks is None or is_enrolled == (patient_id in self._enrolled):
            return
        for one in marks.values():
            (self._topic(one).add if is_enrolled else self._topic(one).remove)(patient_id, one)
        (self._enrolled.add if is_enrolled else self._enrolled.remove)(patient_id)

    def restored(self) -> None:
        """All is as it was: what it comes to was said before."""
        sums = {name: topic.sum() for name, topic in self._topics.items()}
        self._said = {name: told for name, told in sums.items() if told is not None}
        self._changed.clear()

    def alerts(self, at: datetime | None) -> Iterator[Output]:
        """What has to be said since the last record."""
        if not self._changed or at is None:
            return
        changed, self._changed = sorted(self._changed), set()
        for topic in changed:
            now, before = self._topics[topic].sum(), self._said.pop(topic, None)
            if now is not None:
                self._said[topic] = now
            if now == before:
                continue
            subject = f"{CLINICAL_EVENTS.name}/{self._partition}/unread/{topic}"
            told = now or before
            assert told is not None, "they differ"
            change: OperationalChange = "resolved" if now is None else "raised" if before is None else "updated"
            value = encode_unread_messages(
                subject, change, at=at, since=told.since, topic=topic, messages=told.messages, patients=told.patients
            )
            yield operational(subject, value, self._partition)

    def _topic(self, one: Unread) -> _Topic:
        """That of the message, which changes now."""
        self._changed.add(one.topic)
        return self._topics.setdefault(one.topic, _Topic())

    def _end(self, patient_id: str, is_over: Callable[[Unread], bool]) -> list[Output]:
        marks = self._marks.get(patient_id, {})
        over = [one for one in marks.values() if is_over(one)]
        for one in over:
            del marks[_name(one)]
            if patient_id in self._enrolled:
                self._topic(one).remove(patient_id, one)
        if over and not marks:
            del self._marks[patient_id]
            self._enrolled.discard(patient_id)
        return [output for one in over for output in self._stored(patient_id, one, None)]

    def _stored(self, patient_id: str, one: Unread, value: bytes | None) -> list[Output]:
        if not self._stores:
            return []
        return [Output(TREATMENT_CHANGELOG.name, unread_key(patient_id, _name(one)), value, self._partition)]


def _name(one: Unread) -> str:
    return f"{one.place} {one.where}"


def _is_told_by(one: Unread, fact: Fact) -> bool:
    """Whether the fact is what could not be read, in this version or a later one."""
    if not one.fact_id or fact.version < one.version:
        return False
    return fact.fact_id == one.fact_id or fact.fact_id.startswith(f"{one.fact_id}{_PARTS}")
