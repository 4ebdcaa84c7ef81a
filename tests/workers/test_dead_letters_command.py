"""`b12watch dead-letters`: what it lists, shows and hides; what it sends again, once, and what it leaves alone."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from domain.record import Known
from tests.kit import day, haemoglobin
from tests.real_kafka import RealKafka
from tests.topics.codecs.fhir.resources import OBSERVATION, bundle, changed
from tests.topics.messages import LAB
from tests.workers.command_line import b12watch, said
from tests.workers.live import topics_of_our_own
from tests.workers.toy import read_all
from topics.codecs.clinical_event import Mended, encode_fact, encode_handed_on, encode_reading, encode_tick
from topics.dead_letters import REPLAYED_KEY, replayed_headers
from topics.definitions import CLINICAL_EVENTS, DEAD_LETTERS
from topics.meaning.feeds import read_feeds
from workers import dead_letters
from workers.connection import Connection
from workers.dead_letter_output import dead_event, dead_letter_output, origin_of
from workers.dead_letters import Fate, Wanted, replay
from workers.embedded_broker import EmbeddedBroker
from workers.intake import Intake
from workers.records import Headers, InputRecord, Output

FEED = """
[feeds.hospital]
topics = ["lab-results"]
units = { haemoglobin = "g/L" }
"""
ANN = "ann-who-is-a-secret"
WITHOUT_UNIT = changed(OBSERVATION, id="hb", subject={"reference": f"Patient/{ANN}"}, valueQuantity={"value": 118})
HOPELESS = changed(WITHOUT_UNIT, id="18", status="bogus")


OF_BOB = changed(HOPELESS, subject={"reference": "Patient/bob"})


def sent(value: Any, offset: int, *, topic: str = "lab-results", headers: Headers = ()) -> InputRecord:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return InputRecord(topic, 1, offset, day(0), ANN.encode(), raw, headers)


MESSAGES = [
    sent(WITHOUT_UNIT, 0, headers=(("trace", b"\x1b[31m"),)),
    sent(HOPELESS, 1),
    sent(bundle(changed(WITHOUT_UNIT, id="19"), OF_BOB), 2),
    sent(b"\x1b[2JMSH, or not", 3),
    sent({**LAB, "patient_id": ANN, "unit": "bushels"}, 4, topic="assessments"),
]


def written(messages: Sequence[InputRecord] = MESSAGES) -> list[Output]:
    """What intake makes of them, without the file of its feeds."""
    intake = Intake(lambda: day(0))
    return [output for one in messages for output in intake.take_over(one.topic, 0, {}).process(one)]


async def put(bootstrap: str, outputs: Sequence[Output]) -> None:
    """All on one partition, so that their places are known."""
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        for output in outputs:
            headers = list(output.headers)
            await producer.send_and_wait(output.topic, output.value, key=output.key, partition=2, headers=headers)


@pytest.fixture(scope="module")
def box() -> Iterator[str]:
    """A broker with the dead letters of `MESSAGES`; what is told of them there only reads."""
    with EmbeddedBroker() as broker:
        letters = [output for output in written() if output.topic == DEAD_LETTERS.name]
        asyncio.run(put(broker.bootstrap, letters))
        yield broker.bootstrap


def lines(*arguments: object) -> list[str]:
    result = b12watch("dead-letters", *arguments)
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()


def listed(box: str, *options: object) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines("list", "--bootstrap", box, "--json", *options)]


def test_a_letter_is_told_from_what_was_sent_again_whatever_its_key() -> None:
    (letter,) = written([InputRecord("lab-results", 0, 3, day(0), REPLAYED_KEY, None)])
    marker = replayed_headers(origin_of(MESSAGES[0]), app_version="0.1.0")
    box = dead_letters.Box()
    for offset, headers in enumerate([letter.headers, marker, (("x", b"y"),)]):
        box.take(InputRecord(DEAD_LETTERS.name, 0, offset, day(0), REPLAYED_KEY, None, headers))
    assert [one.said.origin.place for one in box.letters] == ["lab-results/0/3"]
    assert (box.replayed, box.strange) == ({"lab-results/1/0"}, 1)


# --- list ----------------------------------------------------------------------------------------------------------


def test_the_list_says_where_each_came_from_and_what_is_wrong_where(box: str) -> None:
    header, *rows = lines("list", "--bootstrap", box)
    assert header.split() == ["letter", "kept", "at", "(UTC)", "came", "from", "stage", "where", "problem", "bytes"]
    assert len(rows) == 6
    assert rows[0].split()[0] == "2:0"
    assert "  lab-results/1/0  decode  unit  " in rows[0]


def test_the_list_for_programs_has_every_header_and_no_identifier(box: str) -> None:
    letters = listed(box)
    assert [letter["letter"] for letter in letters] == [f"2:{n}" for n in range(6)]
    assert [letter["where"] for letter in letters] == [
        "unit",
        "status",
        "entry.0.resource.unit",
        "entry.1.resource.status",
        "(message)",
        "findings",
    ]
    first = letters[0]
    assert (first["origin_topic"], first["origin_partition"], first["origin_offset"]) == ("lab-results", 1, 0)
    assert (first["origin_timestamp"], first["stage"]) == ("2026-01-05T09:00:00Z", "decode")
    assert first["app_version"] and first["problem"] and first["done"]
    assert [letter["has_bytes"] for letter in letters] == [True, True, True, False, True, True]
    assert not any(letter["sent_again"] for letter in letters)


def test_neither_list_nor_show_says_who_it_is_about_or_what_was_said(box: str) -> None:
    for arguments in (
        ["list"],
        ["list", "--json"],
        ["show", "2:0"],
        ["show", "2:0", "--json"],
        ["replay", "--dry-run"],
    ):
        told = b12watch("dead-letters", *arguments, "--bootstrap", box).output
        assert told and "secret" not in told and "118" not in told, arguments


@pytest.mark.parametrize(
    ("options", "wheres"),
    [
        (["--topic", "assessments"], ["findings"]),
        (["--stage", "treatment"], []),
        (["--problem", "UNIT"], ["unit", "entry.0.resource.unit"]),
        (["--problem", "status:"], ["status", "entry.1.resource.status"]),
        (["--since", "2200-01-01T00:00:00Z"], []),
        (["--since", "2026-01-01T00:00:00Z", "--topic", "assessments", "--stage", "decode"], ["findings"]),
    ],
    ids=str,
)
def test_the_list_can_be_asked_for_some(box: str, options: list[str], wheres: list[str]) -> None:
    assert [letter["where"] for letter in listed(box, *options)] == wheres


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["list", "--topic", "results"], "'results' is not a topic of b12watch"),
        (["list", "--since", "yesterday"], "--since: 'yesterday' is not a time"),
        (["show", "17"], "'17' names no dead letter; it should look like 2:17"),
        (["show", "2:99"], "there is no dead letter 2:99"),
        (["replay", "2:99"], "there is no such dead letter"),
        (["replay", "2:1", "x"], "'x' names no dead letter"),
    ],
    ids=str,
)
def test_a_mistake_ends_with_a_sentence(box: str, arguments: list[str], sentence: str) -> None:
    assert sentence in said(b12watch("dead-letters", *arguments, "--bootstrap", box))


# --- show ----------------------------------------------------------------------------------------------------------


def test_the_body_is_shown_when_it_is_asked_for_and_no_terminal_obeys_it(box: str) -> None:
    told = "\n".join(lines("show", "2:4", "--body", "--bootstrap", box))
    assert f"key: {ANN}" in told and "\\x1b[2JMSH, or not" in told and "\x1b" not in told
    assert "header trace: \\x1b[31m" in "\n".join(lines("show", "2:0", "--body", "--bootstrap", box))
    assert "its bytes are not in this letter" in "\n".join(lines("show", "2:3", "--body", "--bootstrap", box))


def test_for_programs_the_body_is_exact(box: str) -> None:
    (line,) = lines("show", "2:4", "--body", "--json", "--bootstrap", box)
    told = json.loads(line)
    assert base64.b64decode(told["value"]) == MESSAGES[3].value
    assert base64.b64decode(told["key"]) == ANN.encode()
    (line,) = lines("show", "2:0", "--body", "--json", "--bootstrap", box)
    assert [[name, base64.b64decode(value)] for name, value in json.loads(line)["headers"]] == [["trace", b"\x1b[31m"]]


def test_help_says_that_the_body_holds_patient_data() -> None:
    assert "PATIENT DATA" in b12watch("dead-letters", "show", "--help").stdout


# --- replay --------------------------------------------------------------------------------------------------------


@pytest.fixture
def with_unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "feeds.toml").write_text(FEED)
    monkeypatch.setenv("B12WATCH_FEEDS_FILE", str(tmp_path / "feeds.toml"))


def fates(result: Any) -> dict[str, str]:
    return {told["letter"]: told["fate"] for told in map(json.loads, result.stdout.splitlines())}


def test_without_a_mended_map_all_are_still_refused_and_nothing_is_sent(box: str) -> None:
    result = b12watch("dead-letters", "replay", "--bootstrap", box, "--json")
    assert result.exit_code == 1
    assert set(fates(result).values()) == {Fate.STILL_REFUSED}
    assert asyncio.run(sources(box)) == []


def test_a_dry_run_says_what_would_be_sent_and_sends_nothing(box: str, with_unit: None) -> None:
    result = b12watch("dead-letters", "replay", "--dry-run", "--bootstrap", box)
    assert result.stdout.splitlines() == [
        "2:0 (lab-results/1/0): would be sent again",
        "2:1 (lab-results/1/1): still refused: status: the status is missing, or none of an observation",
        "2:2 (lab-results/1/2): would be sent again; still: entry.1.resource.status: the status is missing, or none of"
        " an observation",
        "2:4 (lab-results/1/3): still refused: (message): not JSON: Expecting value (character 0)",
        "2:5 (assessments/1/4): still refused: findings: the field is missing; 6 more fields are wrong",
    ]
    assert asyncio.run(sources(box)) == []


ALL = Wanted()
EVENT = encode_fact(ANN, haemoglobin(0, 100))
(HANDED_ON,) = encode_handed_on(ANN, "bob", [Known(haemoglobin(1, 110), day(1), day(1))])
UNKNOWN_THEN = [
    InputRecord(CLINICAL_EVENTS.name, 3, 5, day(0), ANN.encode(), EVENT),
    InputRecord(CLINICAL_EVENTS.name, 3, 6, day(0), None, encode_tick(day(1))),
    InputRecord(CLINICAL_EVENTS.name, 3, 7, day(0), ANN.encode(), HANDED_ON),
]
"""Records of the log itself, which an older treatment could not read."""


@pytest.mark.kafka
async def test_what_can_be_read_by_now_is_sent_again_once_also_after_a_crash(
    real_kafka: RealKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same transaction says so: crashed before its end, nothing was sent; afterwards nothing is sent twice."""
    letters = [output for output in written() if output.topic == DEAD_LETTERS.name]
    letters += [dead_letter_output(dead_event(record, "type", "unknown"), record) for record in UNKNOWN_THEN]
    async with topics_of_our_own(real_kafka) as bootstrap:
        await put(bootstrap, letters)

        async def sent_again(wanted: Wanted = ALL) -> dict[str, Fate]:
            feeds = read_feeds(FEED)
            return {one.letter.place: one.fate async for one in replay(Connection(bootstrap), wanted, feeds)}

        async def killed(self: Any) -> None:
            raise KafkaError("killed before the commit")

        async def nothing(self: Any) -> None:
            """Nobody ends the transaction in order."""

        with monkeypatch.context() as patched:
            patched.setattr(dead_letters._Sending, "commit", killed)
            patched.setattr(dead_letters._Sending, "give_up", nothing)
            with pytest.raises(KafkaError):
                await sent_again()
        assert await sources(bootstrap) == []
        assert await sent_again(Wanted(frozenset({"2:3"}))) == {"2:2": Fate.SENT}, "the message has its bytes elsewhere"
        expected = {"2:0": Fate.SENT, "2:1": Fate.STILL_REFUSED, "2:2": Fate.ALREADY, "2:4": Fate.STILL_REFUSED}
        expected |= {"2:5": Fate.STILL_REFUSED, "2:6": Fate.SENT, "2:7": Fate.STILL_REFUSED}
        expected["2:8"] = Fate.SENT
        assert await sent_again() == expected
        assert await sent_again() == {**expected, "2:0": Fate.ALREADY, "2:6": Fate.ALREADY, "2:8": Fate.ALREADY}
        second, first = await sources(bootstrap)
        for record, message, patients in ((first, MESSAGES[0], [ANN]), (second, MESSAGES[2], [ANN, "bob"])):
            assert (record.partition, record.key, record.value) == (1, message.key, message.value)
            origin = f"lab-results/1/{message.offset}"
            mended = [("b12watch-mends", f"{origin} hospital|{who}".encode()) for who in patients]
            assert record.headers == (*message.headers, *mended)
        events = (await read_all(bootstrap, CLINICAL_EVENTS.name))[3]
        notes = [encode_reading(ANN, Mended(f"clinical-events/3/{offset}")) for offset in (5, 7)]
        assert sorted(event.value for event in events) == sorted([EVENT, HANDED_ON, *notes])
        left = await asyncio.to_thread(listed, bootstrap)
        assert [letter["letter"] for letter in left] == ["2:1", "2:4", "2:5", "2:7"]
        assert len(await asyncio.to_thread(listed, bootstrap, "--all")) == len(letters)


async def sources(bootstrap: str) -> list[Any]:
    return [record for found in (await read_all(bootstrap, "lab-results")).values() for record in found]
