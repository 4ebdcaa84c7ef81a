"""Dead letters looked at, and sent again once they can be read.

A message of many mistakes has many letters, of which the first has its bytes: what is sent again is always the message.
Sending it and saying so (`ReplayedV1`, behind the letter) is one transaction, and whoever replays fences whoever did
before: a crash leaves both or neither, and two people at once send nothing twice.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from topics.codecs.clinical_event import (
    FactEvent,
    HandedOnEvent,
    Mended,
    ReadingEvent,
    Unreadable,
    decode_event,
    encode_reading,
)
from topics.codecs.source_message import SourceReader
from topics.dead_letters import (
    REPLAYED_KEY,
    DeadLetterV1,
    Headers,
    headers_as_sent,
    mends,
    patients_in,
    read_dead_letter,
    read_headers,
    read_replayed,
    replayed_headers,
)
from topics.decoded import DeadLetter
from topics.definitions import CLINICAL_EVENTS, DEAD_LETTERS, SOURCE_TOPICS
from topics.meaning.feeds import Feeds
from workers.connection import Connection
from workers.dead_letter_output import APP_VERSION
from workers.record import read_topics
from workers.records import InputRecord

TRANSACTIONAL_ID: Final = "b12watch-dead-letters"
_AT_ONCE: Final = 100  # messages of one transaction
_SOURCES: Final = frozenset(topic.name for topic in SOURCE_TOPICS)


@dataclass(frozen=True, slots=True)
class Letter:
    """What is known of a dead letter without its bytes.  `at` is its own log time."""

    partition: int
    offset: int
    at: datetime
    said: DeadLetterV1
    has_bytes: bool
    patients: tuple[str, ...]  # never shown

    @property
    def place(self) -> str:
        """The name by which commands know it."""
        return f"{self.partition}:{self.offset}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which letters; of an empty condition all.  `places` are `PARTITION:OFFSET`."""

    places: frozenset[str] = frozenset()
    topic: str = ""
    stage: str = ""
    problem: str = ""
    since: datetime | None = None

    def has(self, letter: Letter) -> bool:
        return (
            (not self.places or letter.place in self.places)
            and self.topic in ("", letter.said.origin_topic)
            and self.stage in ("", letter.said.stage)
            and self.problem.casefold() in f"{letter.said.where}: {letter.said.problem}".casefold()
            and (self.since is None or letter.at >= self.since)
        )


@dataclass(slots=True)
class Box:
    """All dead letters of a cluster: `letters` in the order of reading, and the origins that were sent again.

    `strange` counts the records of the topic that are neither.
    """

    letters: list[Letter] = field(default_factory=list)
    replayed: set[str] = field(default_factory=set)
    strange: int = 0

    def take(self, record: InputRecord) -> None:
        try:
            said, patients = read_headers(record.headers), patients_in(record.headers)
        except ValueError:
            self._take_other(record)
            return
        has_bytes = record.value is not None
        self.letters.append(Letter(record.partition, record.offset, record.timestamp, said, has_bytes, patients))

    def _take_other(self, record: InputRecord) -> None:
        try:
            self.replayed.add(read_replayed(record.headers).place)
        except ValueError:
            self.strange += 1

    def is_replayed(self, letter: Letter) -> bool:
        return letter.said.origin.place in self.replayed


async def open_box(connection: Connection) -> Box:
    """Raises: KafkaError, TimeoutError when the broker does not answer."""
    box = Box()
    async for record in read_topics(connection, [DEAD_LETTERS.name]):
        box.take(record)
    return box


async def one_record(connection: Connection, place: str) -> InputRecord | None:
    """The dead letter of this place; None where there is none."""
    async for record in read_topics(connection, [DEAD_LETTERS.name]):
        if f"{record.partition}:{record.offset}" == place:
            return record
    return None


class Fate(StrEnum):
    """What became of a message that was to be sent again."""

    SENT = "sent again"
    STILL_REFUSED = "still refused"
    WITHOUT_BYTES = "its bytes were not kept"
    ALREADY = "was sent again before"
    TOO_LARGE = "too large to be sent again"


@dataclass(frozen=True, slots=True)
class Replayed:
    """One message: by one of its letters.  `refused` are the places and problems that are still there."""

    letter: Letter
    fate: Fate
    refused: tuple[str, ...] = ()


async def replay(
    connection: Connection, wanted: Wanted, feeds: Feeds, *, dry_run: bool = False, transactional: bool = True
) -> AsyncIterator[Replayed]:
    """Sends again what can be read by now, with key, bytes and headers as they came; says of each message its fate.

    Nothing is sent of a message of which all that was wrong still is.  Not `transactional` (the embedded broker, which
    spoils what is written in one): a crash may send it twice.  Raises: KafkaError, TimeoutError.
    """
    async with _sender(connection, dry_run=dry_run, transactional=transactional) as send:
        box = await open_box(connection)  # after the sender before us was fenced: what it sent is among these
        chosen = _by_message(box, wanted)
        for place in [place for place in chosen if place in box.replayed]:
            yield Replayed(chosen.pop(place)[0], Fate.ALREADY)
        for place, letters in list(chosen.items()):
            if not any(letter.has_bytes or not letter.said.size for letter in letters):
                yield Replayed(chosen.pop(place)[0], Fate.WITHOUT_BYTES)
        reader = SourceReader(feeds)
        async for record in read_topics(connection, [DEAD_LETTERS.name]):
            found = _message_in(record, chosen)
            if found is None:
                continue
            dead, letters = found
            refused = _refused(reader, dead, record)
            if {letter.said.where for letter in letters} <= {where for where, _ in refused}:
                fate = Fate.STILL_REFUSED
            else:
                fate = await send(record, dead, [who for letter in letters for who in letter.patients])
            told = tuple(f"{where}: {problem}" for where, problem in refused)
            yield Replayed(letters[0], fate, told)


def _by_message(box: Box, wanted: Wanted) -> dict[str, list[Letter]]:
    """All letters of each message of which one is wanted, by its origin."""
    places = {letter.said.origin.place for letter in box.letters if wanted.has(letter)}
    chosen: dict[str, list[Letter]] = {}
    for letter in box.letters:
        if letter.said.origin.place in places:
            chosen.setdefault(letter.said.origin.place, []).append(letter)
    return chosen


def _message_in(record: InputRecord, chosen: dict[str, list[Letter]]) -> tuple[DeadLetter, list[Letter]] | None:
    """The first record that has the bytes of a message that is chosen; each message once."""
    try:
        dead = read_dead_letter(record.key, record.value, record.headers)
    except ValueError:
        return None
    if dead.raw is None and dead.size:
        return None
    letters = chosen.pop(dead.origin.place, None)
    return None if letters is None else (dead, letters)


def _refused(reader: SourceReader, dead: DeadLetter, record: InputRecord) -> list[tuple[str, str]]:
    """What is wrong with the message by the tables and the feeds' file of now."""
    topic = dead.origin.topic
    if topic == CLINICAL_EVENTS.name:
        return _refused_event(dead)
    if topic not in _SOURCES:
        return [(dead.where, "its topic is none of b12watch's")]
    outcomes = reader.decode(topic, dead.raw, origin=dead.origin, key=dead.key, headers=headers_as_sent(record.headers))
    return [(one.where, one.problem) for one in outcomes if isinstance(one, DeadLetter)]


def _refused_event(dead: DeadLetter) -> list[tuple[str, str]]:
    """Only what is about a patient may come later than it should have: a tick or a policy would say something else."""
    try:
        event = decode_event(dead.raw or b"")
    except Unreadable as error:
        return [(dead.where, error.problem)]
    if isinstance(event, FactEvent | HandedOnEvent | ReadingEvent):
        return []
    return [(dead.where, "it is a tick or an activation, which must not come again")]


Send = Callable[[InputRecord, DeadLetter, list[str]], Awaitable[Fate]]


@asynccontextmanager
async def _sender(connection: Connection, *, dry_run: bool, transactional: bool) -> AsyncIterator[Send]:
    """Sends a message and says so; what is not committed when it is left by an exception was never sent."""
    if dry_run:
        yield _pretend
        return
    options = {"transactional_id": TRANSACTIONAL_ID} if transactional else {}
    async with AIOKafkaProducer(**connection.options, **options) as producer:
        sending = _Sending(producer, transactional=transactional)
        try:
            yield sending.send
            await sending.commit()
        except BaseException:
            await sending.give_up()
            raise


async def _pretend(record: InputRecord, dead: DeadLetter, patients: list[str]) -> Fate:
    return Fate.SENT


class _Sending:
    """Some messages to each transaction: one each would wait for the broker's markers each time."""

    def __init__(self, producer: Any, *, transactional: bool) -> None:
        self._producer = producer
        self._transactional = transactional
        self._waiting: list[Any] = []
        self._messages = 0

    async def send(self, record: InputRecord, dead: DeadLetter, patients: list[str]) -> Fate:
        """`patients` are those of all letters of the message."""
        if not self._messages and self._transactional:
            await self._producer.begin_transaction()
        self._messages += 1
        origin = dead.origin
        headers: Headers = (*headers_as_sent(record.headers), *mends(origin, patients))
        try:
            await self._put(origin.topic, dead.raw, dead.key, origin.partition, headers)
        except MessageSizeTooLargeError:
            return Fate.TOO_LARGE
        if origin.topic == CLINICAL_EVENTS.name:  # no intake reads it, so that nobody else would say this
            for patient_id in dict.fromkeys(patients):
                value = encode_reading(patient_id, Mended(origin.place))
                await self._put(origin.topic, value, patient_id.encode(), origin.partition, ())
        marker = replayed_headers(origin, app_version=APP_VERSION)
        await self._put(DEAD_LETTERS.name, None, REPLAYED_KEY, record.partition, marker)
        if self._messages >= _AT_ONCE:
            await self.commit()
        return Fate.SENT

    async def _put(self, topic: str, value: bytes | None, key: bytes | None, partition: int, headers: Headers) -> None:
        sent = await self._producer.send(topic, value, key=key, partition=partition, headers=list(headers))
        self._waiting.append(sent)

    async def commit(self) -> None:
        if not self._messages:
            return
        for sent in self._waiting:
            await sent
        if self._transactional:
            await self._producer.commit_transaction()
        self._waiting, self._messages = [], 0

    async def give_up(self) -> None:
        """Readers would wait for a transaction that is left open."""
        if self._messages and self._transactional:
            with contextlib.suppress(KafkaError):
                await self._producer.abort_transaction()
