"""How long a worker takes until it is ready on a state that is there, and in how much memory.

The stores of so many patients are made from those of a few, with other names, so that making them takes no hour.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b
from pathlib import Path
from random import Random
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from benchmarks.live_load import LONGEST_S, PARTITIONS, SOURCE, activations, kafka_with, partition_of
from domain.alerts import alert_id_of
from domain.facts import EnteredAs, Fact
from tests.kit import haemoglobin, injection, plan, platelets
from tests.real_kafka import free_ports
from tests.workers.live import until, worker
from topics.codecs.clinical_event import encode_fact, encode_tick
from topics.definitions import ALERTS, CLINICAL_EVENTS
from topics.schemas.changelog import PARTITION_KEY, changelog_key, tells_a_fact
from workers.clock import system_clock
from workers.partition_writer import BATCH_BYTES
from workers.records import InputRecord
from workers.treatment import Treatment
from workers.treatment_partition import TreatmentPartition

_AT: Final = system_clock()  # were it long ago, the worker would let time go on blind, and everybody be overdue
_MODELS: Final = 20
_DAYS_BETWEEN: Final = 10  # of two facts: 30 of them are still in sight
_FACT_ID: Final = re.compile(rb"[0-9a-f]{32}")

Kept = tuple[str, bytes, bytes]
"""Topic, key and value."""


def _story(who: str, facts: int) -> Iterator[Fact]:
    """In maintenance: injections, and blood counts between them; some with an alert or two."""
    chance = Random(who)  # noqa: S311 - no secret
    first = _AT - timedelta(days=_DAYS_BETWEEN * facts)
    yield plan(first, "R1", entered_as=EnteredAs.MAINTENANCE, fact_id=_fact_id(chance))
    for k in range(1, facts - 1):
        at = first + timedelta(days=_DAYS_BETWEEN * k, minutes=chance.randrange(600))
        fact_id = _fact_id(chance)
        yield injection(at, fact_id=fact_id) if k % 2 else haemoglobin(at, chance.randrange(90, 150), fact_id=fact_id)
    yield platelets(_AT - timedelta(hours=1), chance.randrange(30, 300), fact_id=_fact_id(chance))


def _fact_id(chance: Random) -> str:
    return f"{chance.getrandbits(128):032x}"


@dataclass(frozen=True, slots=True)
class Restart:
    """Seconds from the start of the processes until each is ready, and of processor time that they took for it; bytes
    that they then hold, and held at most."""

    ready_s: float
    cpu_s: float
    held_bytes: int
    most_bytes: int


class Model:
    """What the stores hold of one patient, to be said of others."""

    def __init__(self, who: str, facts: int) -> None:
        work = TreatmentPartition(0, Counter())
        kept: dict[tuple[str, bytes], bytes | None] = {}
        told = (encode_fact(who, fact) for fact in _story(who, facts))
        for value in (next(activations())[2], *told, encode_tick(_AT, SOURCE)):
            for output in work.process(InputRecord(CLINICAL_EVENTS.name, 0, 0, _AT, None, value)):
                if output.topic in Treatment.stores and output.key != PARTITION_KEY:
                    kept[output.topic, output.key or b""] = output.value
        self._who = who
        self._kept = [(topic, key, value) for (topic, key), value in kept.items() if value is not None]
        self._told = [json.loads(value) for _, _, value in self._kept]

    def of(self, who: str) -> Iterator[Kept]:
        for (topic, key, value), told in zip(self._kept, self._told, strict=True):
            said = self._renamed(value, who)
            if topic == ALERTS.name:
                alert_id = alert_id_of(who, told["rule"], self._renamed(told["episode"].encode(), who).decode())
                yield topic, alert_id.encode(), said.replace(told["alert_id"].encode(), alert_id.encode())
            elif tells_a_fact(key):
                yield topic, changelog_key(who, self._renamed(told["fact"]["fact_id"].encode(), who).decode()), said
            else:
                yield topic, self._renamed(key, who), said

    def _renamed(self, said: bytes, who: str) -> bytes:
        """Of another patient, and with ids of facts that no other has: they look like a UUID, and shrink as badly."""
        name = who.encode()
        named = said.replace(self._who.encode(), name)
        return _FACT_ID.sub(lambda found: blake2b(name + found[0], digest_size=16).hexdigest().encode(), named)


@asynccontextmanager
async def kafka_with_state(patients: int, facts: int) -> AsyncIterator[str]:
    """A broker whose stores hold so many patients, caught up with a log of clinical-events that ends in a tick."""
    log = [*activations(), *((p, None, encode_tick(_AT, SOURCE)) for p in range(PARTITIONS))]
    async with kafka_with(log) as bootstrap:
        await _write_state(bootstrap, patients, facts)
        consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=Treatment.group, enable_auto_commit=False)
        async with consumer:
            read = {TopicPartition(CLINICAL_EVENTS.name, p): 2 for p in range(PARTITIONS)}
            consumer.assign(list(read))
            await consumer.commit(read)
        yield bootstrap


async def _write_state(bootstrap: str, patients: int, facts: int) -> None:
    models = [Model(f"model-{n:07}", facts) for n in range(_MODELS)]
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True, max_batch_size=BATCH_BYTES)
    filling: dict[tuple[str, int], Any] = {}
    records = size = 0

    async def put(partition: int, topic: str, key: bytes, value: bytes) -> None:
        batch = filling.get((topic, partition))
        if batch is None or batch.append(key=key, value=value, timestamp=None) is None:
            if batch is not None:
                await producer.send_batch(batch, topic, partition=partition)
            batch = filling[topic, partition] = producer.create_batch()
            batch.append(key=key, value=value, timestamp=None)

    async with producer:
        for partition in range(PARTITIONS):
            await put(partition, *entry_of(partition))
        for n in range(patients):
            who = f"ward-{n:08}"
            for kept in models[n % _MODELS].of(who):
                records, size = records + 1, size + len(kept[1]) + len(kept[2])
                await put(partition_of(who.encode()), *kept)
        for (topic, partition), batch in filling.items():
            await producer.send_batch(batch, topic, partition=partition)
    print(f"  stores: {records} records of {patients} patients, {size / patients / 1024:.1f} KiB each", flush=True)


def entry_of(partition: int) -> Kept:
    """The partition's own entry."""
    work = TreatmentPartition(partition, Counter())
    entries = list(activations())[partition][2], encode_tick(_AT, SOURCE)
    outputs = [o for v in entries for o in work.process(InputRecord(CLINICAL_EVENTS.name, partition, 0, _AT, None, v))]
    return [(o.topic, o.key or b"", o.value or b"") for o in outputs if o.key == PARTITION_KEY][-1]


async def restart(bootstrap: str, workers: int) -> Restart:
    """So many workers are started at once."""
    ports = free_ports(workers)
    with tempfile.TemporaryDirectory(prefix="bench-restart-") as folder, ExitStack() as stack:
        began = time.monotonic()
        running = [
            stack.enter_context(
                worker(Path(folder) / f"{port}.log", "treatment", "--bootstrap", bootstrap, "--health-port", port)
            )
            for port in ports
        ]
        await until("they are ready", lambda: _are_ready(ports), LONGEST_S)
        seconds = time.monotonic() - began
        cpu = sum(_cpu_seconds_of(process.pid) for process in running)
        held, most = (sum(_memory_of(process.pid, what) for process in running) for what in ("VmRSS", "VmHWM"))
        for process in running:
            assert process.stop() == 0, process.said
        return Restart(seconds, cpu, held, most)


def _cpu_seconds_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory_of(pid: int, what: str) -> int:
    (kib,) = re.findall(rf"{what}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(kib) * 1024


async def _are_ready(ports: Iterable[int]) -> bool:
    """At two looks in a row: who is ready may hand a part of it to one who came later."""
    return all([await is_ready(port) for _ in range(2) for port in ports])


async def is_ready(port: int) -> bool:
    def ask() -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    return await asyncio.to_thread(ask)
