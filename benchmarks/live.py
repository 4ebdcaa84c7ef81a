"""`make bench-live`: treatment on a real Kafka of its own; figures for people, no test asserts them.

A backlog of a cohort's events, ticked a day at a time, is worked off by one worker process (whole catalogue, one
transaction a batch), and by two; baselines of the same run and log are a bare consumer that calls `json.loads`, a plain
Faust agent and Quix Streams, these two with three rules.  The worker is started again on the state that it left; events
come at a steady rate, each timed from its append to the read of the alert change that it led to; time goes past a
midnight at which many reviews are due; one worker and two start on the state of a large hospital.  In process: what the
time goes into, and what more patients cost.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import statistics
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.live_baselines import faust_seconds, quix_seconds
from benchmarks.live_embedded import embedded
from benchmarks.live_latency import armed_entries, event_to_alert, midnight, say_ward, source_to_alert, ward_entries
from benchmarks.live_load import (
    LONGEST_S,
    Entry,
    activations,
    backlog,
    kafka_with,
    read_bare,
    send,
    wait_until_worked_off,
)
from benchmarks.live_restart import is_ready, kafka_with_state, restart
from benchmarks.replaying import make_events
from benchmarks.stages import size, stages
from domain.rules import ALL_RULES
from tests.real_kafka import free_ports
from tests.workers.live import until, worker
from workers.clock import system_clock

PARTS = ("stages", "sizes", "backlog", "baselines", "two", "source", "midnight", "embedded", "restart")

MOST_EMBEDDED = 300  # patients: the embedded broker keeps 5 MB of a partition


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--patients", type=int, default=20_000)
    parser.add_argument("--years", type=float, default=2.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=int, default=500, help="events a second, for the times from event to alert")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--sizes", type=int, nargs="+", default=(1000, 10_000))
    parser.add_argument("--facts", type=int, default=30, help="of each patient, where sizes are compared")
    parser.add_argument("--armed", type=int, default=100_000, help="patients with a review in the future")
    parser.add_argument("--due", type=int, default=30_000, help="of them at one midnight")
    parser.add_argument(
        "--kept", type=int, default=100_000, help="patients in the stores of a worker that starts again"
    )
    asyncio.run(_run(parser.parse_args()))


async def _run(asked: argparse.Namespace) -> None:
    print(f"{platform.node()}: {os.cpu_count()} processors, Python {platform.python_version()}; {len(ALL_RULES)} rules")
    parts = set(asked.parts)
    if parts & {"stages", "backlog", "baselines", "two"}:
        await _on_a_backlog(parts, asked)
    if "sizes" in parts:
        _tell_sizes(asked.sizes, asked.facts)
    for name, part in (("source", _source), ("midnight", _midnight), ("embedded", _embedded), ("restart", _restart)):
        if name in parts:
            await part(asked)


async def _on_a_backlog(parts: set[str], asked: argparse.Namespace) -> None:
    entries = list(backlog(make_events(asked.patients, asked.years, asked.seed).events))
    print(f"backlog: {len(entries)} records of {asked.patients} patients")
    if "stages" in parts:
        _tell_stages(entries)
    if "backlog" in parts:
        await _backlog(entries, asked)
    if "baselines" in parts:
        await _baselines(entries)
    if "two" in parts:
        async with kafka_with(entries) as bootstrap:
            _tell_rate("two workers from their start", len(entries), await _workers(bootstrap, 2))


def _tell_rate(what: str, count: int, seconds: float) -> None:
    print(f"  {what}: {count / seconds:.0f} records/s ({seconds:.1f} s)", flush=True)


def _tell_stages(entries: Sequence[Entry]) -> None:
    found = stages(entries)
    _tell_rate("in process, without a broker", len(entries), found.total)
    for name in ("decode", "judge", "encode"):
        seconds: float = getattr(found, name)
        print(f"    {name}: {seconds / len(entries) * 1e6:.0f} us a record, {seconds / found.total:.0%}", flush=True)
    print(f"    {found.outputs / len(entries):.2f} outputs a record")


def _tell_sizes(sizes: Sequence[int], facts: int) -> None:
    """All awake, as a partition's first patients are; and all at rest, as most of a large partition's are."""
    first = None
    for patients in sizes:
        for what, awake in (("awake", patients), ("at rest", 1)):
            found = size(patients, facts, awake)
            first = first or found
            print(
                f"  {patients} patients {what}, {found.facts:.0f} facts each: {found.event_us:.0f} us an event, "
                f"{found.event_us / first.event_us:.2f} of the first; {found.patient_bytes / 1024:.1f} KiB a patient",
                flush=True,
            )


async def _backlog(entries: Sequence[Entry], asked: argparse.Namespace) -> None:
    (port,) = free_ports(1)
    async with kafka_with(entries) as bootstrap:
        _tell_rate("one worker from its start", len(entries), await _workers(bootstrap, 1))
        began = time.monotonic()
        with (
            tempfile.TemporaryDirectory(prefix="bench-live-") as folder,
            worker(Path(folder) / "log", "treatment", "--bootstrap", bootstrap, "--health-port", port) as process,
        ):
            await until("it is ready", lambda: is_ready(port), LONGEST_S)
            print(f"  started again with {asked.patients} patients until ready: {time.monotonic() - began:.1f} s")
            await send(bootstrap, list(ward_entries(system_clock())))
            await wait_until_worked_off(bootstrap)
            _tell_times(f"event to alert at {asked.rate}/s", await event_to_alert(bootstrap, asked.rate, asked.seconds))
            assert process.stop() == 0


def _tell_times(what: str, seconds: Sequence[float]) -> None:
    cuts = statistics.quantiles(seconds, n=100)
    print(f"  {what}: {len(seconds)} changes, p50 {cuts[49] * 1000:.0f} ms, p99 {cuts[98] * 1000:.0f} ms", flush=True)


async def _workers(bootstrap: str, count: int) -> float:
    """Seconds from the start of so many workers until the backlog is worked off."""
    with tempfile.TemporaryDirectory(prefix="bench-live-") as folder, ExitStack() as stack:
        began = time.monotonic()
        started = [
            stack.enter_context(worker(Path(folder) / f"{n}.log", "treatment", "--bootstrap", bootstrap))
            for n in range(count)
        ]
        await wait_until_worked_off(bootstrap)
        took = time.monotonic() - began
        assert all(process.stop() == 0 for process in started)  # in order: the group waits for nobody's session
        return took


async def _baselines(entries: Sequence[Entry]) -> None:
    async with kafka_with(entries) as bootstrap:
        _tell_rate("bare consumer, json.loads", len(entries), await read_bare(bootstrap, len(entries)))
        for guarantee in ("exactly-once", "at-least-once"):
            await _baseline(f"Quix Streams, three rules, {guarantee}", entries, quix_seconds, bootstrap, guarantee)
        await _baseline("plain Faust agent, three rules", entries, faust_seconds, bootstrap)


async def _baseline(
    what: str, entries: Sequence[Entry], run: Callable[..., Awaitable[float]], bootstrap: str, *more: str
) -> None:
    """A baseline that does not run takes nothing from the other figures."""
    try:
        _tell_rate(what, len(entries), await run(bootstrap, len(entries), *more))
    except subprocess.CalledProcessError as error:
        print(f"  {what}: not measured: {(error.stderr or str(error)).strip().splitlines()[-1]}")
    except (subprocess.TimeoutExpired, OSError) as error:
        print(f"  {what}: not measured: {error}")


async def _restart(asked: argparse.Namespace) -> None:
    patients, facts = asked.kept, asked.facts
    async with kafka_with_state(patients, facts) as bootstrap:
        for workers in (1, 2):
            found = await restart(bootstrap, workers)
            held, most = found.held_bytes / 2**20, found.most_bytes / 2**20
            print(
                f"  started again with {patients} patients of {facts} facts, {workers} worker(s): "
                f"ready after {found.ready_s:.1f} s, {found.cpu_s:.1f} s of processor time; "
                f"{held:.0f} MiB held, {most:.0f} at most",
                flush=True,
            )


async def _midnight(asked: argparse.Namespace) -> None:
    now = system_clock()
    entries = [*activations(), *armed_entries(now, asked.armed, asked.due), *ward_entries(now)]
    async with kafka_with(entries) as bootstrap:
        with (
            tempfile.TemporaryDirectory(prefix="bench-live-") as folder,
            worker(Path(folder) / "log", "treatment", "--bootstrap", bootstrap),
        ):
            await wait_until_worked_off(bootstrap)
            found = await midnight(bootstrap, now, asked.due, asked.rate)
    print(f"  midnight: {asked.due} of {asked.armed} reviews due, the last alert out after {found.until_all_out:.1f} s")
    _tell_times(f"  event to alert at {asked.rate}/s meanwhile", found.meanwhile)


async def _source(asked: argparse.Namespace) -> None:
    """The whole way: a source topic, intake, clinical-events, treatment."""
    async with kafka_with(()) as bootstrap:
        with tempfile.TemporaryDirectory(prefix="bench-live-") as folder, ExitStack() as stack:
            for kind in ("intake", "treatment"):
                stack.enter_context(worker(Path(folder) / kind, kind, "--bootstrap", bootstrap))
            await say_ward(bootstrap)
            found = await source_to_alert(bootstrap, asked.rate, asked.seconds)
    _tell_times(f"source topic to alert at {asked.rate}/s", found)


async def _embedded(asked: argparse.Namespace) -> None:
    entries = list(backlog(make_events(min(asked.patients, MOST_EMBEDDED), asked.years, asked.seed).events))
    found = await embedded(entries, asked.rate, asked.seconds)
    _tell_rate(f"embedded broker, {len(entries)} records", len(entries), found.backlog)
    _tell_times(f"  event to alert at {asked.rate}/s", found.events)


if __name__ == "__main__":
    main()
