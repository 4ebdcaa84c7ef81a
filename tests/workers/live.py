"""The workers as a hospital runs them: processes of the real command line, messages in, and what an outsider reads.

The oracle is one for all: what treatment published, per partition, in order and with nothing taken out, is what
`b12watch replay` gives for the recorded clinical-events; and each source record has become what it should.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka import TopicPartition as AiokafkaTopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from tests.real_kafka import RealKafka
from tests.workers.toy import read_all
from topics.codecs.clinical_event import decode_partition
from topics.definitions import (
    ALERT_CHANGES,
    ALL_TOPICS,
    CLINICAL_EVENTS,
    PATIENT_STATUS,
    SOURCE_TOPICS,
    TREATMENT_CHANGELOG,
)
from topics.schemas.changelog import PARTITION_KEY
from workers import demo_story
from workers.intake import Intake
from workers.treatment import Treatment

ROOT = Path(__file__).parent.parent.parent
B12WATCH = Path(sys.executable).with_name("b12watch")
PUBLISHED = (ALERT_CHANGES.name, PATIENT_STATUS.name)

FACTS, NOT_FOR_US, DEAD = "facts", "not for us", "dead letter"


def now() -> datetime:
    return datetime.now(UTC)


async def until(what: str, condition: Callable[[], Awaitable[bool]], timeout_s: float = 60.0) -> None:
    """Waits until the condition holds; fails naming what was waited for."""
    deadline = time.monotonic() + timeout_s
    while not await condition():
        assert time.monotonic() < deadline, f"after {timeout_s:g} s still not so: {what}"
        await asyncio.sleep(0.2)


# -- processes ----------------------------------------------------------------------------------------------------


def b12watch(*arguments: object) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself; fails with what it said unless its exit code is 0."""
    ran = subprocess.run([B12WATCH, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=1800)
    assert ran.returncode == 0, f"{arguments}: exit code {ran.returncode}\n{ran.stdout[-2000:]}\n{ran.stderr[-2000:]}"
    return ran


class WorkerProcess:
    """`b12watch worker ...` as a process of its own.  A watchdog ends it when the tests are gone without a word.

    `entry` is what is run instead of `b12watch`.
    """

    def __init__(self, log: Path, *arguments: object, entry: Sequence[object] = (B12WATCH,)) -> None:
        self.log = log
        self._command = [*map(str, entry), "worker", *map(str, arguments)]
        self._process: subprocess.Popen[bytes] | None = None
        self._watchdog: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=ROOT)
        script = 'read _; kill -KILL "$1"'
        self._watchdog = subprocess.Popen(
            ["sh", "-c", script, "sh", str(self._process.pid)], stdin=subprocess.PIPE, start_new_session=True
        )

    @property
    def said(self) -> str:
        return self.log.read_text()

    @property
    def pid(self) -> int:
        assert self._process is not None, "it was not started"
        return self._process.pid

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    async def has_taken_over(self, partitions: int) -> None:
        """Waits until it says so, counted from its first start."""

        async def taken() -> bool:
            return self.said.count(" taken over at ") >= partitions

        await until(f"{partitions} partitions are taken over", taken)

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None and self.is_running(), f"it has ended:\n{self.said[-3000:]}"
        self._process.send_signal(number)

    def stop(self) -> int:
        """SIGTERM; gives the exit code."""
        self.send(signal.SIGTERM)
        assert self._process is not None
        code = self._process.wait(30)
        self.kill()
        return code

    def ended(self, timeout_s: float) -> int:
        """Waits for its end; gives the exit code."""
        assert self._process is not None
        return self._process.wait(timeout_s)

    def kill(self) -> None:
        """SIGKILL, paused or not; nothing when there is none."""
        process, self._process = self._process, None
        watchdog, self._watchdog = self._watchdog, None
        if watchdog is not None:
            watchdog.kill()
            assert watchdog.stdin is not None
            watchdog.stdin.close()
            watchdog.wait()
        if process is not None:
            process.kill()
            process.wait()


@contextlib.contextmanager
def worker(log: Path, *arguments: object) -> Iterator[WorkerProcess]:
    """Started; killed at the end if it still runs."""
    process = WorkerProcess(log, *arguments)
    try:
        process.start()
        yield process
    finally:
        process.kill()


# -- topics -------------------------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def topics_of_our_own(kafka: RealKafka, *, partitions: int = 4) -> AsyncIterator[str]:
    """All topics, made by `b12watch topics create`; deleted at the end, since other tests want them fresh too.

    Yields the bootstrap address.  Topics that we did not make are not ours to delete.
    """
    names = [topic.name for topic in ALL_TOPICS]
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    try:
        if {*names} & {*await admin.list_topics()}:
            pytest.skip("this broker already has topics of b12watch, which tests must not touch")
        create = ("topics", "create", "--bootstrap", kafka.bootstrap, "--partitions", partitions)
        made = await asyncio.to_thread(b12watch, *create)
        assert made.stdout.count(f"created with {partitions} partitions") == len(names)
        try:
            yield kafka.bootstrap
        finally:
            await admin.delete_topics(names)

            async def deleted() -> bool:
                return not {*names} & {*await admin.list_topics()}

            await until("the topics are deleted", deleted)
    finally:
        await admin.close()


async def committed_offsets(bootstrap: str, group: str, topics: Iterable[str]) -> dict[tuple[str, int], int]:
    """The committed offset of each partition for which there is one."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False)
    async with consumer:
        partitions = []
        for topic in topics:
            numbers = await consumer._client._wait_on_metadata(topic)
            partitions += [AiokafkaTopicPartition(topic, number) for number in sorted(numbers)]
        consumer.assign(partitions)
        found = await asyncio.gather(*(consumer.committed(where) for where in partitions))
    return {tuple(where): offset for where, offset in zip(partitions, found, strict=True) if offset is not None}


def unread(records: Iterable[Any], committed: Mapping[tuple[str, int], int]) -> int:
    """How many of these records lie at or beyond the committed offsets."""
    return sum(record.offset >= committed.get((record.topic, record.partition), 0) for record in records)


async def source_records(bootstrap: str) -> list[Any]:
    """Everything in the source topics."""
    topics = [await read_all(bootstrap, topic.name) for topic in SOURCE_TOPICS]
    return [record for partitions in topics for records in partitions.values() for record in records]


async def wait_until_time_has_passed_all(bootstrap: str, timeout_s: float = 60.0) -> None:
    """Waits until all sources are forwarded, and treatment's time has passed the last of what they became."""
    everything = await source_records(bootstrap)

    async def all_forwarded() -> bool:
        return not unread(everything, await committed_offsets(bootstrap, Intake.group, Intake.inputs))

    await until("intake has forwarded all source records", all_forwarded, timeout_s)
    mark = now()

    async def time_has_passed() -> bool:
        return min((await partition_times(bootstrap)).values()) >= mark

    await until("treatment's time has passed the last fact, on every partition", time_has_passed, timeout_s)


async def partition_times(bootstrap: str) -> dict[int, datetime]:
    """Up to when treatment has come on each partition; long ago where it has not begun."""
    stored = await read_all(bootstrap, TREATMENT_CHANGELOG.name)
    long_ago = datetime.min.replace(tzinfo=UTC)
    told = {n: [decode_partition(r.value).time for r in found if r.key == PARTITION_KEY] for n, found in stored.items()}
    return {n: max((time for time in times if time), default=long_ago) for n, times in told.items()}


async def wait_until_treatment_read_all(bootstrap: str) -> None:
    """For when nobody ticks any more: waits until treatment has committed the last of clinical-events."""

    async def read_to_the_end() -> bool:
        events = [r for records in (await read_all(bootstrap, CLINICAL_EVENTS.name)).values() for r in records]
        return not unread(events, await committed_offsets(bootstrap, Treatment.group, [CLINICAL_EVENTS.name]))

    await until("treatment has read clinical-events to the end", read_to_the_end)


# -- messages -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Message:
    """What a source system sends; `becomes` is what intake must make of it."""

    topic: str
    key: bytes | None
    value: bytes | None
    becomes: str = FACTS


def shifted_ward(patients: int, seed: int, *, days_ago: int = 1) -> list[Message]:
    """The demo's ward, its story moved so that it ended some days ago."""
    last_day = now().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days_ago)
    with mock.patch.object(demo_story, "FIRST_DAY", last_day - timedelta(days=demo_story.DAYS)):
        told = demo_story.ward(patients, seed)
    return [Message(said.topic, said.patient_id.encode(), said.value) for said in told]


def message(topic: str, patient_id: str, own_id: str, *, becomes: str = FACTS, **said: Any) -> Message:
    content = {"schema_version": 1, "id": f"{patient_id}-{own_id}", "patient_id": patient_id, "source": "test", **said}
    return Message(topic, patient_id.encode(), json.dumps(content).encode(), becomes)


def plan(patient_id: str, days_ago: int, regimen: str = "R2") -> Message:
    return message(
        "treatment-plans",
        patient_id,
        "plan",
        regimen=regimen,
        neurological_involvement="yes" if regimen == "R1" else "no",
        sex="female",
        birth_date="1960-06-01",
        starts_at=ago(days=days_ago),
    )


def injection(patient_id: str, own_id: str, given_at: str, **said: Any) -> Message:
    told = {"dose": 1, "dose_unit": "mg", "route": "intramuscular", "status": "completed", **said}
    return message("administrations", patient_id, own_id, **{"drug": "hydroxocobalamin", "given_at": given_at, **told})


def result(patient_id: str, own_id: str, analyte: str, value: int, taken_at: str, **said: Any) -> Message:
    unit = {"haemoglobin": "g/L", "platelets": "10*9/L"}.get(analyte, "mmol/L")
    told = {"unit": unit, "status": "final", "taken_at": taken_at, **said}
    return message("lab-results", patient_id, own_id, **{"analyte": analyte, "value": value, **told})


def patients_of(sent: Iterable[Message]) -> set[str]:
    """Whom the messages in JSON that become facts are about."""
    told = [json.loads(said.value or b"") for said in sent if said.becomes == FACTS and _is_json(said)]
    return {said[name] for said in told for name in ("patient_id", "into") if name in said}


def _is_json(said: Message) -> bool:
    return (said.value or b"").startswith(b"{")


def ago(**time_ago: float) -> str:
    return (now() - timedelta(**time_ago)).isoformat()


class Sources:
    """The source systems: sends messages, and remembers what each must become, by `topic/partition/offset`."""

    def __init__(self, producer: Any) -> None:
        self._producer = producer
        self.sent: dict[str, Message] = {}

    async def say(self, *messages: Message) -> None:
        futures = [await self._producer.send(m.topic, m.value, key=m.key) for m in messages]
        for said, written in zip(messages, await asyncio.gather(*futures), strict=True):
            self.sent[f"{written.topic}/{written.partition}/{written.offset}"] = said


@contextlib.asynccontextmanager
async def sources_of(bootstrap: str) -> AsyncIterator[Sources]:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True) as producer:
        yield Sources(producer)


def counted(text: str) -> Counter[str]:
    """The counts of a summary: `facts 3, not for us 2` and lines of `rule change: 4`."""
    totals: Counter[str] = Counter()
    for name, count in re.findall(r"([a-z][a-z- ]*?):? (\d+)(?=,|\n|$)", text):
        totals[name] += int(count)
    return totals


def counted_at_the_end(process: WorkerProcess, name: str) -> Counter[str]:
    """The counts that a worker logs when it stops."""
    found = re.findall(rf'{name} counted: ([^"\n]*)', process.said)
    assert len(found) == 1, process.said[-3000:]
    return counted(found[0])


def assert_clean(process: WorkerProcess) -> None:
    assert not re.search(r"Traceback|never retrieved|Unclosed|stands still", process.said), process.said[-3000:]
