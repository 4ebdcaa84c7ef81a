"""What is seen of a worker from outside: health, readiness, metrics and its log, asked over real HTTP."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.real_kafka import RealKafka, free_ports, running_kafka
from tests.workers.live import (
    WorkerProcess,
    b12watch,
    plan,
    result,
    sources_of,
    topics_of_our_own,
    until,
    wait_until_time_has_passed_all,
    worker,
)


def asked(port: int, path: str) -> tuple[int, Any]:
    """Status and content; status 0 where nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError:
        return 0, ""


async def answers(port: int, path: str, status: int, timeout_s: float = 60.0) -> str:
    """Waits for the status; gives what was said with it."""
    said = ""

    async def is_so() -> bool:
        nonlocal said
        code, said = await asyncio.to_thread(asked, port, path)
        return code == status

    await until(f"{path} answers {status}", is_so, timeout_s)
    return said


def metrics(port: int) -> dict[str, list[tuple[dict[str, str], float]]]:
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(asked(port, "/metrics")[1]):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def of(found: dict[str, list[tuple[dict[str, str], float]]], name: str, **labels: str) -> float:
    return sum(value for said, value in found[name] if labels.items() <= said.items())


@pytest.fixture
def own_kafka() -> Iterator[RealKafka]:
    """A broker that a test may pause; the one that all share must go on."""
    with running_kafka() as kafka:
        yield kafka


@pytest.mark.kafka
async def test_a_worker_tells_its_health_its_readiness_and_its_figures(real_kafka: RealKafka, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    async with topics_of_our_own(real_kafka) as bootstrap:
        options = ("all", "--bootstrap", bootstrap, "--tick-seconds", 0.3, "--health-port", port)
        with worker(tmp_path / "all.log", *options) as everything:
            await answers(port, "/readyz", 200)
            async with sources_of(bootstrap) as sources:
                await sources.say(
                    plan("ann-example", 3), result("ann-example", "plt", "platelets", 30, "2020-01-01T08:00:00Z")
                )
            await wait_until_time_has_passed_all(bootstrap)
            said = json.loads(await answers(port, "/healthz", 200))
            assert said == {"intake": "getting on", "treatment": "getting on"}
            await asyncio.sleep(6)  # a look
            found = metrics(port)
            assert of(found, "b12watch_events_total", worker="intake", outcome="with facts") == 2
            assert of(found, "b12watch_events_total", worker="treatment", outcome="new facts") == 2
            assert of(found, "b12watch_patients") == 1
            assert of(found, "b12watch_open_alerts") >= 1
            assert of(found, "b12watch_alert_changes_total", change="raised") >= 1
            assert of(found, "b12watch_partitions", worker="treatment", state="ready") == 4
            assert of(found, "b12watch_takeover_seconds_count", worker="treatment") == 4
            assert of(found, "b12watch_getting_on") == 2
            assert of(found, "b12watch_transactions_refused_total") == 0
            assert of(found, "b12watch_event_to_output_seconds_count", worker="treatment") >= 1
            assert len(found["b12watch_lag_records"]) >= 4
            assert all(0 <= value < 60 for _, value in found["b12watch_time_behind_seconds"])
            assert "ann-example" not in asked(port, "/metrics")[1], "no patient in any label"
            assert "ann-example" not in everything.said, "nor in the log"
            assert everything.stop() == 0
        lines = [json.loads(line) for line in everything.said.splitlines()]
        assert all({"time", "level", "logger", "message"} <= line.keys() for line in lines), "JSON, not on a terminal"


@pytest.mark.kafka
async def test_a_broker_that_is_gone_is_said_within_half_a_minute_and_its_return_needs_no_hands(
    own_kafka: RealKafka, tmp_path: Path
) -> None:
    (port,) = free_ports(1)
    b12watch("topics", "create", "--bootstrap", own_kafka.bootstrap, "--partitions", 2)
    with worker(tmp_path / "all.log", "all", "--bootstrap", own_kafka.bootstrap, "--health-port", port) as everything:
        await answers(port, "/readyz", 200)
        await answers(port, "/healthz", 200)
        own_kafka.pause()
        began = time.monotonic()
        said = await answers(port, "/healthz", 503)
        assert time.monotonic() - began < 35, "half a minute, and what a request takes"
        assert "no answer from the broker" in said or "not in its group" in said
        await until("the log says so too", lambda: said_by(everything, "does not get on: "), 10)
        own_kafka.resume()
        await answers(port, "/healthz", 200, 90)
        await answers(port, "/readyz", 200, 90)
        await until("the log says so too", lambda: said_by(everything, "gets on again"), 10)
        assert everything.stop() == 0


def test_text_is_logged_where_it_is_wanted_and_the_embedded_broker_is_healthy_too(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    with worker(tmp_path / "all.log", "all", "--embedded", "--health-port", port, "--log-format", "text") as everything:
        asyncio.run(answers(port, "/readyz", 200))
        asyncio.run(answers(port, "/healthz", 200))
        assert re.search(r"^\S+ \S+ INFO workers\.\S+: ", everything.said, re.MULTILINE)
        assert everything.stop() == 0


def test_a_second_signal_ends_a_worker_at_once(tmp_path: Path) -> None:
    """A worker that waits for its broker stops in order; one that is told twice does not wait."""
    with worker(tmp_path / "all.log", "treatment", "--bootstrap", "127.0.0.1:9") as waiting:
        asyncio.run(until("it waits", lambda: said_by(waiting, "waits for its broker")))
        waiting.send(signal.SIGSTOP)
        waiting.send(signal.SIGTERM)
        waiting.send(signal.SIGINT)
        waiting.send(signal.SIGCONT)
        assert waiting.ended(10) == 1
    assert "a second signal: ending at once" in waiting.said


async def said_by(process: WorkerProcess, text: str) -> bool:
    return text in process.said
