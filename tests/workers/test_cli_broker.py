"""The commands that need a broker: what is kept, refused and said, whether it answers or not."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import time
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import pytest

from tests.kit import day
from tests.workers.command_line import B12WATCH, b12watch, process, said
from workers.embedded_broker import EmbeddedBroker
from workers.log_file import write_line
from workers.record import write_log
from workers.records import InputRecord

FIRST = str(Path(__file__).parents[2] / "examples/first.jsonl")
FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full here")


def message(number: int, value: bytes | None = b"{}", key: bytes | None = b"ann") -> InputRecord:
    return InputRecord("lab-results", 0, number, day(0), key, value)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.jsonl"
    path.write_text(write_line(message(0)))
    return path


# --- brokers that are not there -------------------------------------------------------------------------------------


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address at which every connection is refused."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{bound.getsockname()[1]}"


@pytest.mark.parametrize(
    "command", [["record", "-o", "{tmp}/out"], ["publish", "{log}"], ["topics", "create"]], ids=str
)
def test_a_broker_that_is_not_there_is_said_soon_and_in_a_sentence(
    command: list[str], nobody: str, log: Path, tmp_path: Path
) -> None:
    began = time.monotonic()
    ended = process(*(word.format(tmp=tmp_path, log=log) for word in command), "--bootstrap", nobody)
    assert time.monotonic() - began < 30
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"b12watch: the broker at {nobody} does not answer as it should: ")
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize("bootstrap", ["localhost:port", "localhost:1:2", "", "one:9092,,two:9092", "[::1:9092", "a b"])
@pytest.mark.parametrize(
    "command", [["worker"], ["topics", "create"], ["record", "-o", "x"], ["publish", "x"]], ids=str
)
def test_a_bootstrap_that_is_no_server_ends_with_a_sentence(command: list[str], bootstrap: str) -> None:
    assert "is not a server; it should look like localhost:9092" in said(b12watch(*command, "--bootstrap", bootstrap))


def test_record_and_publish_name_a_topic_or_file_that_is_wrong(nobody: str, tmp_path: Path) -> None:
    unknown = b12watch("record", "-o", tmp_path / "out", "--topics", "alerts,alarms", "--bootstrap", nobody)
    assert said(unknown) == "b12watch: 'alarms' is not a topic of b12watch; see: b12watch topics list"
    assert "No such file" in said(b12watch("publish", tmp_path / "none", "--bootstrap", nobody))


# --- files that are there already -----------------------------------------------------------------------------------


async def those(*records: InputRecord, error: type[Exception] | None = None) -> AsyncGenerator[InputRecord, None]:
    if error is not None:
        raise error
    for record in records:
        yield record


def test_a_log_is_replaced_when_a_record_or_the_end_has_come_and_not_before(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("kept")
    with pytest.raises(TimeoutError):
        asyncio.run(write_log(path, those(error=TimeoutError)))
    assert path.read_text() == "kept"
    assert asyncio.run(write_log(path, those(message(0), message(1)))) == 2
    assert path.read_text() == write_line(message(0)) + write_line(message(1))
    assert asyncio.run(write_log(path, those())) == 0
    assert path.read_text() == ""


def test_a_log_that_is_there_stays_when_the_broker_does_not_answer(nobody: str, tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("kept")
    assert process("record", "-o", path, "--bootstrap", nobody).returncode == 2
    assert path.read_text() == "kept"


@needs_full
def test_a_log_that_cannot_be_written_is_named() -> None:
    with pytest.raises(OSError, match="/dev/full"):
        asyncio.run(write_log(FULL, those(message(0))))


def test_the_demo_that_is_stopped_is_quiet_and_leaves_the_log_that_was_there(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("kept")
    running = subprocess.Popen(
        [B12WATCH, "demo", "--seconds", "60", "--record", path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stdout is not None
    assert "invented patients" in running.stdout.readline()
    time.sleep(1.5)  # its workers are starting
    running.send_signal(signal.SIGINT)
    told, errors = running.communicate(timeout=30)
    assert (running.returncode, errors) == (130, "")
    assert told.endswith("stopped.\n")
    assert path.read_text() == "kept"


# --- standard output ------------------------------------------------------------------------------------------------


@needs_full
@pytest.mark.parametrize(
    "command",
    [["policy", "show"], ["topics", "list"], ["replay", FIRST], ["replay", FIRST, "--format", "json"], ["--help"]],
    ids=str,
)
def test_standard_output_that_cannot_be_written_is_named(command: list[str]) -> None:
    with FULL.open("w") as full:
        ended = subprocess.run([B12WATCH, *command], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
    assert ended.stderr.endswith("b12watch: standard output: No space left on device\n")


# --- publish --------------------------------------------------------------------------------------------------------


def test_what_cannot_be_sent_is_left_out_and_said_with_its_place_and_the_rest_goes_on(log: Path) -> None:
    messages = [message(0), message(1, b"x" * 1_200_000), message(2, None, None), message(3)]
    log.write_text("".join(map(write_line, messages)))
    with EmbeddedBroker() as broker:
        result = b12watch("publish", log, "--bootstrap", broker.bootstrap)
    assert result.exit_code == 1
    assert result.stdout == "lab-results 2, could not be sent 2\n"
    assert result.stderr.splitlines() == [
        "lab-results/0/1: it is larger than can be sent. The message was left out.",
        "lab-results/0/2: it has neither a key nor a value. The message was left out.",
    ]


# --- workers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["treatment", "--policy", "x.toml"], "--policy belongs to intake"),
        (["intake", "--embedded"], "--embedded is for all workers in one process; leave out 'intake'"),
        (["treatment", "--embedded"], "--embedded is for all workers in one process; leave out 'treatment'"),
        (["--embedded", "--bootstrap", "localhost:9092"], "--embedded brings a broker of its own"),
    ],
    ids=str,
)
def test_options_of_a_worker_that_do_not_go_together_are_refused(options: list[str], sentence: str) -> None:
    assert sentence in said(b12watch("worker", *options))
