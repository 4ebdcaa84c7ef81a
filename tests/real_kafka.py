"""A real Apache Kafka for tests: fetched once with Maven, one node (KRaft), stopped with the tests whatever happens."""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import os
import random
import re
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic

VERSION = "4.0.0"
JAVA_NEEDED = 17
START_TIMEOUT_S = 60.0

POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>b12watch</groupId><artifactId>test-kafka</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{VERSION}</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
"""

# One partition for the internal topics: a start then writes a few files instead of a hundred.
PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@localhost:{controller_port}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://localhost:{port},CONTROLLER://localhost:{controller_port}
advertised.listeners=PLAINTEXT://localhost:{port}
log.dirs={data}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
auto.create.topics.enable=false
"""


class KafkaUnavailableError(Exception):
    """What is missing to run a broker, said so that a reader can put it right."""


def java_major() -> int | None:
    """The major version of the Java on the path, or None."""
    if shutil.which("java") is None:
        return None
    said = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(found.group(1)) if found else None


def check_tools() -> None:
    """Raises KafkaUnavailableError without Java 17 or Maven."""
    major = java_major()
    if major is None or major < JAVA_NEEDED:
        raise KafkaUnavailableError(f"needs Java {JAVA_NEEDED} or newer on the path, found {major or 'none'}")
    if shutil.which("mvn") is None and not libs_dir().is_dir():
        raise KafkaUnavailableError("needs Maven (mvn) on the path to fetch Apache Kafka, found none")


def cache_dir() -> Path:
    return Path(os.environ.get("B12WATCH_CACHE") or Path.home() / ".cache" / "b12watch")


def libs_dir() -> Path:
    return cache_dir() / f"kafka-{VERSION}"


def fetch_libs() -> Path:
    """The directory with Kafka's jars; fetched if it is not there yet.

    Maven writes into a directory of its own which is renamed when it is complete: what has the final name is whole.
    The lock lets a second run wait for the first instead of fetching too; it dies with its process.
    Raises KafkaUnavailableError with Maven's last words when it cannot fetch.
    """
    done = libs_dir()
    if done.is_dir():
        return done
    cache_dir().mkdir(parents=True, exist_ok=True)
    with (cache_dir() / "kafka.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if done.is_dir():
            return done
        for left_over in cache_dir().glob(f"{done.name}.part-*"):
            shutil.rmtree(left_over, ignore_errors=True)
        part = Path(tempfile.mkdtemp(prefix=f"{done.name}.part-", dir=cache_dir()))
        (part / "pom.xml").write_text(POM)
        goal = ["mvn", "-q", "-B", "dependency:copy-dependencies", f"-DoutputDirectory={part}"]
        ran = subprocess.run(goal, cwd=part, capture_output=True, text=True, check=False)
        if ran.returncode != 0 or not any(part.glob(f"kafka_2.13-{VERSION}.jar")):
            raise KafkaUnavailableError(f"Maven could not fetch Apache Kafka {VERSION}: {ran.stdout[-500:]}")
        part.rename(done)
    return done


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on.  Below the range of clients, or a restart could lose one."""
    with contextlib.ExitStack() as open_sockets:
        found: list[int] = []
        while len(found) < count:
            candidate = random.randint(20_000, 32_000)
            probe = open_sockets.enter_context(socket.socket())
            with contextlib.suppress(OSError):
                probe.bind(("localhost", candidate))
                found.append(candidate)
        return found


class RealKafka:
    """One broker.  Not owned (an address from outside): it can be used, and not stopped, paused or restarted."""

    def __init__(
        self,
        libs: Path | None,
        home: Path | None,
        bootstrap: str | None = None,
        *,
        more_properties: str = "",
        format_options: Sequence[str] = (),
    ) -> None:
        """`more_properties` stand over those above; `{port}` and `{controller_port}` are filled in."""
        self._libs = libs
        self._home = home
        self._properties = PROPERTIES + more_properties
        self._format_options = format_options
        self._process: subprocess.Popen[bytes] | None = None
        self._watchdog: subprocess.Popen[bytes] | None = None
        self._log_seen = 0
        if bootstrap is None:
            port, self._controller_port = free_ports(2)
            bootstrap = f"localhost:{port}"
        self.bootstrap = bootstrap

    @property
    def owned(self) -> bool:
        return self._home is not None

    def _owned_home(self) -> Path:
        if self._home is None:
            pytest.skip("B12WATCH_TEST_KAFKA is a broker that tests may not stop")
        return self._home

    def start(self) -> None:
        """Starts the broker on the data that it has and waits until it serves.

        Raises RuntimeError with the end of its log when it does not come up.
        """
        home = self._owned_home()
        if not (home / "server.properties").exists():
            self._format(home)
        with (home / "broker.log").open("ab") as log:
            self._process = subprocess.Popen(
                self._java("-Xmx512m", "kafka.Kafka", str(home / "server.properties")),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=home,
                start_new_session=True,
            )
        self._watch()
        atexit.register(self.kill)
        self._wait_until_started(home)

    def _format(self, home: Path) -> None:
        port = self.bootstrap.rsplit(":", 1)[1]
        text = self._properties.format(port=port, controller_port=self._controller_port, data=home / "data")
        (home / "server.properties").write_text(text)
        tool = "kafka.tools.StorageTool"
        made = subprocess.run(self._java(tool, "random-uuid"), capture_output=True, text=True, check=True)
        cluster_id = made.stdout.split()[-1]
        command = self._java(
            tool, "format", "-t", cluster_id, "-c", str(home / "server.properties"), *self._format_options
        )
        subprocess.run(command, capture_output=True, check=True)

    def _java(self, *arguments: str) -> list[str]:
        options = [a for a in arguments if a.startswith("-X")]
        rest = [a for a in arguments if not a.startswith("-X")]
        return ["java", *options, "-XX:TieredStopAtLevel=1", "-cp", f"{self._libs}/*", *rest]

    def _watch(self) -> None:
        """A child that kills the broker when this process is gone without a word: its input then ends."""
        assert self._process is not None
        script = 'read _; kill -KILL "-$1"'
        self._watchdog = subprocess.Popen(
            ["sh", "-c", script, "sh", str(self._process.pid)], stdin=subprocess.PIPE, start_new_session=True
        )

    def _wait_until_started(self, home: Path) -> None:
        assert self._process is not None
        deadline = time.monotonic() + START_TIMEOUT_S
        log = home / "broker.log"
        while b"Kafka Server started" not in log.read_bytes()[self._log_seen :]:
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"the broker did not start:\n{log.read_text()[-2000:]}")
            time.sleep(0.05)
        self._log_seen = log.stat().st_size

    def stop(self) -> None:
        """Lets the broker shut down in order (controlled), at most for some seconds."""
        self._owned_home()
        if self._process is None:
            return
        os.killpg(self._process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(20)
        self.kill()

    def kill(self) -> None:
        """Ends the broker at once, paused or not.  Does nothing when there is none."""
        process, self._process = self._process, None
        watchdog, self._watchdog = self._watchdog, None
        if watchdog is not None:
            watchdog.kill()
            assert watchdog.stdin is not None
            watchdog.stdin.close()
            watchdog.wait()
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        atexit.unregister(self.kill)

    def restart(self, *, gently: bool = True) -> None:
        """Gently takes some 10 s: a lone node waits for itself.  Otherwise it is killed, and recovers its log."""
        if gently:
            self.stop()
        else:
            self._owned_home()
            self.kill()
        self.start()

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def fill_disk(self, more_bytes: int) -> None:
        """From here on no file of the broker may grow larger than the largest log is now, and some more."""
        assert self._process is not None, "not started"
        largest = max(path.stat().st_size for path in (self._owned_home() / "data").glob("*/*.log"))
        resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (largest + more_bytes, resource.RLIM_INFINITY))

    def pause(self) -> None:
        """Holds the broker still (SIGSTOP): connections stay open and nothing is answered."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        self._owned_home()
        assert self._process is not None, "not started"
        os.killpg(self._process.pid, number)

    async def create_topics(self, *names: str, partitions: int = 1, configs: Mapping[str, str] | None = None) -> None:
        """Raises RuntimeError when the broker refuses one of them."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            wanted = [NewTopic(name, partitions, 1, topic_configs=dict(configs or {})) for name in names]
            answer = await admin.create_topics(wanted)
            refused = [(topic, text) for topic, code, text in answer.topic_errors if code != 0]
            if refused:
                raise RuntimeError(f"topics refused: {refused}")
        finally:
            await admin.close()

    async def grow_topic(self, name: str, partitions: int) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            await admin.create_partitions({name: NewPartitions(partitions)})
        finally:
            await admin.close()


@contextlib.contextmanager
def running_kafka(*, more_properties: str = "", format_options: Sequence[str] = ()) -> Iterator[RealKafka]:
    """A started broker of our own, in a directory that goes with it.  Raises KafkaUnavailableError."""
    check_tools()
    libs = fetch_libs()
    with tempfile.TemporaryDirectory(prefix="b12watch-kafka-", ignore_cleanup_errors=True) as home:
        kafka = RealKafka(libs, Path(home), more_properties=more_properties, format_options=format_options)
        try:
            kafka.start()
            yield kafka
        finally:
            kafka.kill()
