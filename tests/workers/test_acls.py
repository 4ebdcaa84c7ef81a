"""With the ACLs of docs/operations.md, and no others, every worker and command runs; and without them none does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._acl import AclBinding, AclOperation, AclPermissionType
from confluent_kafka.admin._resource import ResourcePatternType, ResourceType

from tests.real_kafka import RealKafka
from tests.secured_kafka import SecuredKafka, secured_kafka
from tests.workers.command_line import process
from tests.workers.live import (
    assert_clean,
    b12watch,
    now,
    until,
    wait_until_time_has_passed_all,
    wait_until_treatment_read_all,
    worker,
)
from tests.workers.oracle import assert_same_history, published, replayed
from tests.workers.test_dead_letters_command import FEED, WITHOUT_UNIT
from tests.workers.test_secured_kafka import FIRST, become
from topics.definitions import ALERT_CHANGES, ALL_TOPICS
from workers.log_file import write_line
from workers.records import InputRecord

pytestmark = pytest.mark.kafka

TABLE = (Path(__file__).parents[2] / "docs/operations.md").read_text(encoding="utf-8").split("## ACLs")[1]
WHO = {
    "worker intake": "intake",
    "worker treatment": "treatment",
    "topics create": "topics",
    "record": "record",
    "publish": "publish",
    "policy activate": "policy",
    "topics check": "check",
    "rebuild": "rebuild",
    "dead-letters list": "letters",
    "dead-letters show": "letter",
    "dead-letters replay": "replay",
}
OPERATIONS = {
    "Read": AclOperation.READ,
    "Write": AclOperation.WRITE,
    "Create": AclOperation.CREATE,
    "Describe": AclOperation.DESCRIBE,
    "DescribeConfigs": AclOperation.DESCRIBE_CONFIGS,
}
ON = {
    "topic": (ResourceType.TOPIC, ResourcePatternType.LITERAL),
    "group": (ResourceType.GROUP, ResourcePatternType.LITERAL),
    "transactional id, by prefix": (ResourceType.TRANSACTIONAL_ID, ResourcePatternType.PREFIXED),
}


def told() -> Iterator[AclBinding]:
    """The ACLs of the table, each for the user of its worker or command."""
    for who, operations, on, names in re.findall(r"^\| `([^`]+)` \| (.*?) \| (.*?) \| (.*?) \|$", TABLE, re.MULTILINE):
        for operation in operations.split(", "):
            for name in re.findall(r"`([^`]+)`", names):
                kind, pattern = ON[on]
                user = f"User:{WHO[who]}"
                yield AclBinding(kind, name, pattern, user, "*", OPERATIONS[operation], AclPermissionType.ALLOW)


@pytest.fixture(scope="module")
def guarded(real_kafka: RealKafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredKafka]:
    """A broker of our own that keeps to exactly these; skipped where none can be had."""
    with secured_kafka(tmp_path_factory.mktemp("guarded"), with_acls=True) as kafka:
        admin = AdminClient({"bootstrap.servers": kafka.kafka.bootstrap})
        for one in admin.create_acls([*told()]).values():
            one.result()
        yield kafka


async def test_every_worker_and_command_runs_with_the_acls_of_its_own(
    guarded: SecuredKafka, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    open_door = guarded.kafka.bootstrap
    policy = tmp_path / "policy.toml"
    policy.write_text("[platelets]\nlimit = 70\n")
    bad = tmp_path / "bad.jsonl"
    bad.write_text(write_line(InputRecord("lab-results", 0, 0, now(), b"ann", json.dumps(WITHOUT_UNIT).encode())))
    become(monkeypatch, guarded.environment("topics"))
    assert b12watch("topics", "create").stdout.count("created with 4 partitions") == len(ALL_TOPICS)
    become(monkeypatch, guarded.environment("intake"))
    with worker(tmp_path / "intake.log", "intake", "--tick-seconds", 0.3) as intake:
        become(monkeypatch, guarded.environment("treatment"))
        with worker(tmp_path / "treatment.log", "treatment") as treatment:
            become(monkeypatch, guarded.environment("publish"))
            b12watch("publish", FIRST)
            b12watch("publish", bad)
            await wait_until_time_has_passed_all(open_door)
            become(monkeypatch, guarded.environment("policy"))
            b12watch("policy", "activate", policy)
            await wait_until_time_has_passed_all(open_door)
            assert intake.stop() == 0
            await wait_until_treatment_read_all(open_door)
            assert treatment.stop() == 0
    for ended in (intake, treatment):
        assert_clean(ended)
        assert "refused" not in ended.said and "trying again" not in ended.said
    become(monkeypatch, guarded.environment("check"))
    assert "as they must be" in b12watch("topics", "check").stdout
    become(monkeypatch, guarded.environment("rebuild"))
    assert b12watch("rebuild", "--check").stdout.count(" 0 differ, 0 too many") == 4
    assert b12watch("rebuild").stdout.count(" 0 written, 0 too many") == 4
    send_the_dead_letter_again(guarded, monkeypatch, tmp_path)
    become(monkeypatch, guarded.environment("record"))
    b12watch("record", "-o", tmp_path / "run.jsonl")
    walked, counts = replayed(tmp_path / "run.jsonl")
    assert "activations 8" in counts
    assert sum(len(records) for records in walked[ALERT_CHANGES.name].values()) > 0
    assert_same_history(await published(open_door), walked)


def send_the_dead_letter_again(guarded: SecuredKafka, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    become(monkeypatch, guarded.environment("letters"))
    letters = map(json.loads, b12watch("dead-letters", "list", "--json").stdout.splitlines())
    (letter,) = [one["letter"] for one in letters if one["size"] == len(json.dumps(WITHOUT_UNIT))]
    become(monkeypatch, guarded.environment("letter"))
    assert "where: unit" in b12watch("dead-letters", "show", letter).stdout
    become(monkeypatch, guarded.environment("replay"))
    (tmp_path / "feeds.toml").write_text(FEED)
    with monkeypatch.context() as patched:
        patched.setenv("B12WATCH_FEEDS_FILE", str(tmp_path / "feeds.toml"))
        assert "sent again" in b12watch("dead-letters", "replay", letter).stdout


@pytest.mark.parametrize(
    "command",
    [
        ["publish", FIRST],
        ["record", "-o", "{tmp}/run.jsonl"],
        ["policy", "activate", "{tmp}/policy.toml"],
        ["topics", "create"],
    ],
    ids=str,
)
def test_a_command_without_a_right_ends_with_a_sentence(
    guarded: SecuredKafka, command: list[object], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    become(monkeypatch, guarded.environment("topics"))
    b12watch("topics", "create")
    (tmp_path / "policy.toml").write_text("[platelets]\nlimit = 70\n")
    become(monkeypatch, guarded.environment("record" if command[0] != "record" else "publish"))
    ended = process(*(str(word).format(tmp=tmp_path) for word in command))
    assert (ended.returncode, ended.stdout) == (2, "")
    (sentence,) = ended.stderr.splitlines()
    assert sentence.startswith("b12watch: ")


def test_an_intake_that_may_not_write_is_refused_with_a_sentence(
    guarded: SecuredKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who may see all topics, and write none."""
    become(monkeypatch, guarded.environment("topics"))
    b12watch("topics", "create")
    ended = process("worker", "intake")
    assert ended.returncode == 2, ended.stderr[-3000:]
    assert "Traceback" not in ended.stderr
    assert (
        "b12watch: the broker does not allow what is needed: [Error 31] ClusterAuthorizationFailedError" in ended.stderr
    )


async def test_a_worker_without_its_rights_waits_and_says_why(
    guarded: SecuredKafka, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    become(monkeypatch, guarded.environment("topics"))
    b12watch("topics", "create")
    become(monkeypatch, guarded.environment("treatment"))
    with worker(tmp_path / "log", "intake") as intake:

        async def said() -> bool:
            return "waits for its broker and topics: [Error 29] TopicAuthorizationFailedError" in intake.said

        await until("it says what it may not", said)
        assert intake.stop() == 0
    assert_clean(intake)
