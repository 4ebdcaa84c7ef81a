"""The real command line on a broker that asks for TLS and a password; what people are told who have neither."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.real_kafka import RealKafka
from tests.secured_kafka import SecuredKafka, secured_kafka
from tests.workers.command_line import process
from tests.workers.live import (
    assert_clean,
    b12watch,
    until,
    wait_until_time_has_passed_all,
    wait_until_treatment_read_all,
    worker,
)
from tests.workers.oracle import assert_same_history, published, replayed
from tests.workers.tls_files import TlsFiles
from topics.definitions import ALERT_CHANGES, ALL_TOPICS, SOURCE_TOPICS
from workers.connection import why_refused
from workers.settings import load_settings

pytestmark = pytest.mark.kafka

INPUTS = 4 * len(SOURCE_TOPICS)
FIRST = Path(__file__).parents[2] / "examples/first.jsonl"


@pytest.fixture(scope="module")
def secured(real_kafka: RealKafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredKafka]:
    """A broker of our own; skipped where none can be had."""
    with secured_kafka(tmp_path_factory.mktemp("secured"), with_acls=False) as kafka:
        yield kafka


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> TlsFiles:
    """Of an authority that signed nothing of the broker's."""
    return TlsFiles.made_in(tmp_path_factory.mktemp("stranger"))


def become(monkeypatch: pytest.MonkeyPatch, environment: Mapping[str, str]) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


async def test_all_of_it_runs_with_tls_and_a_password(
    secured: SecuredKafka, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    become(monkeypatch, secured.environment("admin"))
    open_door = secured.kafka.bootstrap
    assert b12watch("topics", "create").stdout.count("created with 4 partitions") == len(ALL_TOPICS)
    with worker(tmp_path / "all.log", "all", "--tick-seconds", 0.3) as everything:
        assert b12watch("publish", FIRST).stdout == "administrations 2, lab-results 5, treatment-plans 1\n"
        await wait_until_time_has_passed_all(open_door)
        policy = tmp_path / "policy.toml"
        policy.write_text("[platelets]\nlimit = 70\n")
        assert "in force from here on, on 4 partitions" in b12watch("policy", "activate", policy).stdout
        await wait_until_time_has_passed_all(open_door)
        assert everything.stop() == 0
    assert_clean(everything)
    with worker(tmp_path / "treatment.log", "treatment") as treatment:
        await treatment.has_taken_over(4)
        await wait_until_treatment_read_all(open_door)  # the last ticks, which nobody may have read
        assert treatment.stop() == 0
    b12watch("record", "-o", tmp_path / "run.jsonl")
    walked, counts = replayed(tmp_path / "run.jsonl")
    assert "activations 8" in counts
    assert sum(len(records) for records in walked[ALERT_CHANGES.name].values()) > 0
    assert_same_history(await published(open_door), walked)


# --- what people are told who have neither ------------------------------------------------------------------------

COMMANDS = [
    ["topics", "create"],
    ["publish", FIRST],
    ["record", "-o", "{tmp}/run.jsonl"],
    ["policy", "activate", "{tmp}/policy.toml"],
]
REFUSED = "it refuses the user name or the password; look at B12WATCH_SASL_USERNAME and its password"
UNTRUSTED = "its certificate is not trusted ("
OTHER_HOST = "certificate is not valid for '127.0.0.1'"
CLOSED = "it closes the connection; look at B12WATCH_SECURITY_PROTOCOL"
NO_SASL = "it does not take this SASL mechanism; look at B12WATCH_SASL_MECHANISM and B12WATCH_SECURITY_PROTOCOL"


def mistakes(secured: SecuredKafka, stranger: TlsFiles) -> Iterator[tuple[dict[str, str], str]]:
    """What somebody may have set wrong, and what has to be said of it."""
    right = secured.environment("admin")
    named = {name: value for name, value in right.items() if "SSL" not in name}
    for mechanism in ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"):
        yield {**secured.environment("admin", mechanism), "B12WATCH_SASL_PASSWORD": "wrong"}, REFUSED
    yield {**right, "B12WATCH_SASL_USERNAME": "nobody"}, REFUSED
    yield {**right, "B12WATCH_SSL_CAFILE": str(stranger.ca)}, UNTRUSTED
    yield {**right, "B12WATCH_SSL_CAFILE": ""}, UNTRUSTED
    yield {**right, "B12WATCH_BOOTSTRAP": secured.bootstrap.replace("localhost", "127.0.0.1")}, OTHER_HOST
    yield {**right, "B12WATCH_BOOTSTRAP": secured.kafka.bootstrap}, CLOSED
    yield {"B12WATCH_BOOTSTRAP": secured.bootstrap}, CLOSED
    yield {**{n: right[n] for n in right if "SASL" not in n}, "B12WATCH_SECURITY_PROTOCOL": "SSL"}, CLOSED
    open_door = {"B12WATCH_BOOTSTRAP": secured.kafka.bootstrap, "B12WATCH_SECURITY_PROTOCOL": "SASL_PLAINTEXT"}
    yield {**named, **open_door}, NO_SASL


async def test_the_reason_of_each_mistake_is_found(
    secured: SecuredKafka, stranger: TlsFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    for environment, sentence in mistakes(secured, stranger):
        with monkeypatch.context() as patch:
            become(patch, environment)
            assert sentence in (await why_refused(load_settings().connection) or "nothing"), environment


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
async def test_who_is_let_in_hears_nothing(
    secured: SecuredKafka, mechanism: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    become(monkeypatch, secured.environment("admin", mechanism))
    assert await why_refused(load_settings().connection) is None


@pytest.mark.parametrize("command", COMMANDS, ids=str)
@pytest.mark.parametrize("mistake", ["password", "authority"])
def test_a_command_that_is_not_let_in_ends_with_the_reason_in_a_sentence(
    secured: SecuredKafka,
    stranger: TlsFiles,
    command: list[object],
    mistake: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    (tmp_path / "policy.toml").write_text("[platelets]\nlimit = 70\n")
    become(monkeypatch, {**secured.environment("admin"), **wrong(mistake, stranger)})
    ended = process(*(str(word).format(tmp=tmp_path) for word in command))
    assert (ended.returncode, ended.stdout) == (2, "")
    (sentence,) = ended.stderr.splitlines()
    assert sentence.startswith(f"b12watch: the broker at {secured.bootstrap} does not answer as it should: ")
    assert {"password": REFUSED, "authority": UNTRUSTED}[mistake] in sentence


@pytest.mark.parametrize("mistake", ["password", "authority"])
@pytest.mark.parametrize("kind", ["intake", "treatment"])
async def test_a_worker_that_is_not_let_in_waits_and_says_why(
    secured: SecuredKafka,
    stranger: TlsFiles,
    kind: str,
    mistake: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    become(monkeypatch, {**secured.environment("admin"), **wrong(mistake, stranger)})
    with worker(tmp_path / "log", kind) as waiting:
        sentence = f"waits for its broker and topics: {REFUSED if mistake == 'password' else UNTRUSTED}"

        async def said_twice() -> bool:
            return waiting.said.count(sentence) >= 2

        await until("it says why it waits, and tries again", said_twice)
        assert waiting.stop() == 0
    assert_clean(waiting)


def wrong(mistake: str, stranger: TlsFiles) -> dict[str, str]:
    if mistake == "password":
        return {"B12WATCH_SASL_PASSWORD": "wrong"}
    return {"B12WATCH_SSL_CAFILE": str(stranger.ca)}


# --- static membership --------------------------------------------------------------------------------------------


async def test_a_static_member_that_was_killed_has_its_partitions_again_before_its_session_ends(
    secured: SecuredKafka, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    become(monkeypatch, secured.environment("admin"))
    become(monkeypatch, {"B12WATCH_SESSION_TIMEOUT_MS": "120000", "B12WATCH_GROUP_INSTANCE_ID": "intake-1"})
    b12watch("topics", "create")
    with worker(tmp_path / "log", "intake") as intake:
        await intake.has_taken_over(INPUTS)
        intake.kill()
        intake.start()
        await intake.has_taken_over(2 * INPUTS)
        assert intake.stop() == 0
