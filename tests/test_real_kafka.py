"""The test broker itself: it starts, keeps what it was given, can be held still, and does not outlive its tests."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from tests import real_kafka as module
from tests.real_kafka import KafkaUnavailableError, RealKafka


async def write(kafka: RealKafka, topic: str, *values: bytes) -> None:
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
        for value in values:
            await producer.send_and_wait(topic, value)


async def read_all(kafka: RealKafka, topic: str) -> list[bytes]:
    where = TopicPartition(topic, 0)
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign([where])
        end = (await consumer.end_offsets([where]))[where]
        return [(await consumer.getone()).value for _ in range(end)]
    finally:
        await consumer.stop()


@pytest.mark.kafka
async def test_what_is_written_is_read_and_survives_a_restart(real_kafka: RealKafka) -> None:
    topic = f"kept-{uuid4().hex}"
    await real_kafka.create_topics(topic)
    await write(real_kafka, topic, b"one", b"two")
    assert await read_all(real_kafka, topic) == [b"one", b"two"]
    await asyncio.to_thread(real_kafka.restart)
    assert await read_all(real_kafka, topic) == [b"one", b"two"]


@pytest.mark.kafka
async def test_a_paused_broker_answers_when_it_is_resumed_and_not_before(real_kafka: RealKafka) -> None:
    topic = f"paused-{uuid4().hex}"
    await real_kafka.create_topics(topic)
    async with AIOKafkaProducer(bootstrap_servers=real_kafka.bootstrap) as producer:
        await producer.send_and_wait(topic, b"before")
        real_kafka.pause()
        try:
            sent = await producer.send(topic, b"held")
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(asyncio.shield(sent), 0.5)
        finally:
            real_kafka.resume()
        await sent
    assert await read_all(real_kafka, topic) == [b"before", b"held"]


@pytest.mark.kafka
def test_a_broker_does_not_outlive_a_killed_test_run(real_kafka: RealKafka, tmp_path: Path) -> None:
    if not real_kafka.owned:
        pytest.skip("B12WATCH_TEST_KAFKA is not ours to start")
    script = (
        "import time\n"
        "from tests.real_kafka import running_kafka\n"
        "with running_kafka() as kafka:\n"
        "    print(kafka._process.pid, flush=True)\n"
        "    time.sleep(600)\n"
    )
    root = Path(__file__).parent.parent
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(root)}
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, env=environment) as run:
        assert run.stdout is not None
        broker = int(run.stdout.readline())
        run.kill()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and is_alive(broker):
        time.sleep(0.05)
    assert not is_alive(broker)


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def test_an_interrupted_download_leaves_no_half_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("B12WATCH_CACHE", str(tmp_path))
    fake_maven = tmp_path / "bin" / "mvn"
    fake_maven.parent.mkdir()
    fake_maven.write_text("#!/bin/sh\ntouch half.jar\nexit 1\n")
    fake_maven.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake_maven.parent}:{os.environ['PATH']}")
    with pytest.raises(KafkaUnavailableError, match="Maven could not fetch"):
        module.fetch_libs()
    assert not module.libs_dir().exists()

    fake_maven.write_text(f"#!/bin/sh\ntouch kafka_2.13-{module.VERSION}.jar\n")
    libs = module.fetch_libs()
    assert (libs / f"kafka_2.13-{module.VERSION}.jar").exists()
    assert not list(tmp_path.glob("*.part-*"))


def test_missing_tools_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("B12WATCH_CACHE", str(tmp_path))
    monkeypatch.setattr(module, "java_major", lambda: 11)
    with pytest.raises(KafkaUnavailableError, match="Java 17 or newer on the path, found 11"):
        module.check_tools()
    monkeypatch.setattr(module, "java_major", lambda: 17)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(KafkaUnavailableError, match="Maven"):
        module.check_tools()
