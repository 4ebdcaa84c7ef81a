"""`make bench-live`: treatment on a real Kafka of its own; figures for people, no test asserts them.

A backlog of a cohort's events, ticked a day at a time, is worked off by one worker process (whole catalogue, one
transaction a batch); then the worker is started again on the state that it left; then events come at a steady rate, and
each is timed from its append to the read of the alert change that it led to.  The baseline of the same run is a bare
consumer that reads the same log and calls `json.loads` on each record.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import statistics
import tempfile
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from benchmarks.replaying import make_events
from domain.policy import Policy
from domain.rules import ALL_RULES, RULE_VERSIONS
from tests.kit import injection, plan, platelets
from tests.real_kafka import free_ports, running_kafka
from tests.workers.live import WorkerProcess, b12watch, committed_offsets, until, worker
from topics.codecs.clinical_event import encode_activation, encode_fact, encode_tick
from topics.definitions import ALERT_CHANGES, CLINICAL_EVENTS
from workers.clock import system_clock
from workers.records import InputRecord
from workers.treatment import Treatment

PARTITIONS = 4
SOURCE = ("bench/0",)
LATENCY_PATIENTS = 200
LONGEST_S = 3600.0
Entry = tuple[int, bytes | None, bytes]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live", description=__doc__.splitlines()[0])
    parser.add_argument("--patients", type=int, default=20_000)
    parser.add_argument("--years", type=float, default=2.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=int, default=500, help="events a second, for the times from event to alert")
    parser.add_argument("--seconds", type=int, default=20)
    asyncio.run(_run(parser.parse_args()))


async def _run(asked: argparse.Namespace) -> None:
    print(f"{platform.node()}: {os.cpu_count()} processors, Python {platform.python_version()}; {len(ALL_RULES)} rules")
    (port,) = free_ports(1)
    with running_kafka() as kafka, tempfile.TemporaryDirectory(prefix="bench-live-") as folder:
        bootstrap = kafka.bootstrap
        await asyncio.to_thread(b12watch, "topics", "create", "--bootstrap", bootstrap, "--partitions", PARTITIONS)
        backlog = list(_backlog(make_events(asked.patients, asked.years, asked.seed).events))
        await _send(bootstrap, backlog)
        read_s = await _bare_consumer(bootstrap, len(backlog))
        rate = len(backlog) / read_s
        print(f"backlog: {len(backlog)} records of {asked.patients} patients; bare consumer {rate:.0f}/s")
        options = ("treatment", "--bootstrap", bootstrap, "--health-port", port)
        with worker(Path(folder) / "first.log", *options) as process:
            seconds = await _worked_off(bootstrap, process)
            print(
                f"worked off by one worker: {len(backlog) / seconds:.0f}/s, {read_s / seconds:.3f} of the bare consumer"
            )
            assert process.stop() == 0
        began = time.monotonic()
        with worker(Path(folder) / "second.log", *options) as process:
            await until("it is ready", lambda: _is_ready(port), LONGEST_S)
            print(f"started again with {asked.patients} patients until ready: {time.monotonic() - began:.1f} s")
            times = await _event_to_alert(bootstrap, asked.rate, asked.seconds)
            assert process.stop() == 0
        cuts = statistics.quantiles(times, n=100)
        told = f"{len(times)} alert changes; p50 {cuts[49] * 1000:.0f} ms, p99 {cuts[98] * 1000:.0f} ms"
        print(f"event to alert at {asked.rate}/s: {told} (wanted 30 and 80)")


def _backlog(events: Sequence[InputRecord]) -> Iterator[Entry]:
    """Partition, key and value; the time is ticked on every partition as each day is over."""
    for partition in range(PARTITIONS):
        yield partition, None, encode_activation(Policy().as_data(), Policy().version, RULE_VERSIONS, SOURCE)
    day = events[0].timestamp
    for event in events:
        if event.timestamp >= day + timedelta(days=1):
            day = event.timestamp
            for partition in range(PARTITIONS):
                yield partition, None, encode_tick(day, SOURCE)
        assert event.key is not None and event.value is not None
        yield _partition_of(event.key), event.key, event.value


def _partition_of(key: bytes) -> int:
    return zlib.crc32(key) % PARTITIONS


async def _send(bootstrap: str, entries: Sequence[Entry]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True, linger_ms=20) as producer:
        for start in range(0, len(entries), 2000):
            portion = entries[start : start + 2000]
            await asyncio.gather(
                *[await producer.send(CLINICAL_EVENTS.name, v, key=k, partition=p) for p, k, v in portion]
            )


async def _bare_consumer(bootstrap: str, count: int) -> float:
    """Seconds to read all of it and do no more than `json.loads`."""
    consumer = AIOKafkaConsumer(CLINICAL_EVENTS.name, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    async with consumer:
        began, read = time.monotonic(), 0
        while read < count:
            for records in (await consumer.getmany(timeout_ms=100)).values():
                for record in records:
                    json.loads(record.value)
                read += len(records)
        return time.monotonic() - began


async def _worked_off(bootstrap: str, process: WorkerProcess) -> float:
    """Seconds from the take-over of the partitions until all is committed."""
    await process.has_taken_over(PARTITIONS)
    began = time.monotonic()
    ends = await _ends(bootstrap)

    async def all_committed() -> bool:
        committed = await committed_offsets(bootstrap, Treatment.group, Treatment.inputs)
        return all(committed.get((CLINICAL_EVENTS.name, p), 0) >= end for p, end in ends.items())

    await until("the backlog is worked off", all_committed, LONGEST_S)
    return time.monotonic() - began


async def _ends(bootstrap: str) -> dict[int, int]:
    consumer = AIOKafkaConsumer(CLINICAL_EVENTS.name, bootstrap_servers=bootstrap)
    async with consumer:
        found = await consumer.end_offsets(list(consumer.assignment()))
    return {where.partition: end for where, end in found.items()}


async def _is_ready(port: int) -> bool:
    def ask() -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    return await asyncio.to_thread(ask)


async def _event_to_alert(bootstrap: str, rate: int, seconds: int) -> list[float]:
    """Low platelet counts of patients in loading: each changes the evidence of an alert.  Seconds of each change."""
    now = system_clock()
    start = [(p, None, encode_tick(now, SOURCE)) for p in range(PARTITIONS)]
    ward = [f"bench-{n}" for n in range(LATENCY_PATIENTS)]
    facts = [
        (who, fact) for who in ward for fact in (plan(now - timedelta(hours=3)), injection(now - timedelta(hours=2)))
    ]
    await _send(bootstrap, [*start, *((_partition_of(w.encode()), w.encode(), encode_fact(w, f)) for w, f in facts)])
    sent: dict[str, float] = {}
    heard: dict[str, float] = {}
    consumer = AIOKafkaConsumer(
        ALERT_CHANGES.name,
        bootstrap_servers=bootstrap,
        auto_offset_reset="latest",
        isolation_level="read_committed",
        fetch_max_wait_ms=20,
    )
    async with consumer, AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True) as producer:
        await consumer.seek_to_end()
        listening = asyncio.create_task(_listen(consumer, heard, lambda: len(heard) < rate * seconds))
        began = time.monotonic()
        for number in range(rate * seconds):
            await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
            who, fact_id = ward[number % len(ward)], f"count-{number}"
            value = encode_fact(who, platelets(system_clock(), 10 + number // len(ward) % 30, fact_id=fact_id))
            sent[fact_id] = system_clock().timestamp()
            await producer.send(CLINICAL_EVENTS.name, value, key=who.encode(), partition=_partition_of(who.encode()))
        await asyncio.wait([listening], timeout=30)
        listening.cancel()
    return [heard[fact_id] - at for fact_id, at in sent.items() if fact_id in heard]


async def _listen(consumer: AIOKafkaConsumer, heard: dict[str, float], goes_on: Callable[[], bool]) -> None:
    """When a change with a fact as evidence was first read."""
    while goes_on():
        for records in (await consumer.getmany(timeout_ms=50)).values():
            at = system_clock().timestamp()
            for record in records:
                for evidence in json.loads(record.value)["evidence"]:
                    heard.setdefault(evidence["fact_id"], at)


if __name__ == "__main__":
    main()
