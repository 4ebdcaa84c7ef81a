"""What cannot be read ends as a dead letter or as "not for us", is counted, and the worker goes on."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from domain.policy import Policy
from tests.real_kafka import RealKafka
from tests.workers.live import (
    DEAD,
    FACTS,
    NOT_FOR_US,
    Message,
    ago,
    counted_at_the_end,
    plan,
    result,
    sources_of,
    topics_of_our_own,
    wait_until_time_has_passed_all,
    worker,
)
from tests.workers.oracle import assert_every_source_record_became_what_it_should, published
from tests.workers.toy import read_all
from topics.dead_letters import read_dead_letter
from topics.decoded import MAX_BYTES, DeadLetter
from topics.definitions import ALERT_CHANGES, DEAD_LETTERS, PATIENT_STATUS
from workers.app import IntakeWorker, Kafka, TreatmentWorker
from workers.connection import Connection
from workers.embedded_broker import EmbeddedBroker

KEY = b"p-1"
MOST_THAT_KAFKA_TAKES = 1_048_400  # with the overhead of a batch its default is 1 MiB
DROP: Any = object()


@dataclass(frozen=True)
class Malformed:
    """A message, and the place and the words with which it is refused."""

    value: bytes | None
    where: str
    says: str
    key: bytes | None = KEY


def lab(**changes: Any) -> bytes:
    good = json.loads(result("p-1", "x", "platelets", 240, "2026-01-05T09:00:00+01:00").value or b"")
    return json.dumps({name: said for name, said in {**good, **changes}.items() if said is not DROP}).encode()


MALFORMED = {
    "not JSON": Malformed(b"%PDF-1.7", "(message)", "not JSON"),
    "a list": Malformed(b"[1, 2]", "(message)", "a JSON object is wanted"),
    "a number in quotes": Malformed(lab(value="240"), "value", "a number"),
    "a patient who is a number": Malformed(lab(patient_id=7), "patient_id", "string"),
    "an unknown version of the schema": Malformed(lab(schema_version=99), "schema_version", "not known; known: 1"),
    "no unit": Malformed(lab(unit=DROP), "unit", "unit"),
    "an unknown unit": Malformed(lab(unit="bushels"), "unit", "unit"),
    "NaN": Malformed(lab(value=float("nan")), "(message)", "NaN is not a number"),
    "a date-time without offset": Malformed(lab(taken_at="2026-01-05T09:00:00"), "taken_at", "no offset"),
    "bytes that are no UTF-8": Malformed(lab() + b"\xff\xfe", "(message)", "not UTF-8 from byte"),
    "no value": Malformed(None, "(message)", "no value"),
    "an empty value": Malformed(b"", "(message)", "no value"),
    "a key of any bytes": Malformed(b"{}", "schema_version", "missing", key=b"\xff\x00\xfe"),
    "no key": Malformed(b"{}", "schema_version", "missing", key=None),
    "as long as is read": Malformed(b"x" * (MAX_BYTES - len(KEY)), "(message)", "not JSON"),
    "one byte too long": Malformed(b" " * (MAX_BYTES + 1), "(message)", f"at most {MAX_BYTES} are read"),
    "as long as Kafka takes": Malformed(b"x" * MOST_THAT_KAFKA_TAKES, "(message)", f"at most {MAX_BYTES} are read"),
    "short, with a long key": Malformed(b"{", "(message)", "not JSON", key=b"k" * MAX_BYTES),
}

TOLD_APART = [
    result("p-1", "na", "sodium", 140, "2026-01-05T09:00:00Z", becomes=NOT_FOR_US),
    Message("administrations", KEY, b'{"schema_version": 1, "drug": "paracetamol"}', NOT_FOR_US),
    plan("p-1", 1),
    result("p-1", "future", "haemoglobin", 131, ago(days=-400)),
    result("nobody", "1", "platelets", 12, ago(days=1)),
]
"""Not for us; and facts that are kept although something is strange about them."""

GOOD = result("p-1", "good", "platelets", 18, ago(hours=5))
"""Comes last, on the partition of most of the others: it is treated none the less."""


def messages() -> list[Message]:
    return [*(Message("lab-results", bad.key, bad.value, DEAD) for bad in MALFORMED.values()), *TOLD_APART, GOOD]


async def assert_all_is_told(bootstrap: str, sent: Mapping[str, Message]) -> Counter[str]:
    kinds = await assert_every_source_record_became_what_it_should(bootstrap, sent)
    assert kinds == {DEAD: len(MALFORMED), NOT_FOR_US: 2, FACTS: 4}
    letters: dict[str, DeadLetter] = {}
    for records in (await read_all(bootstrap, DEAD_LETTERS.name)).values():
        for record in records:
            letter = read_dead_letter(record.key, record.value, record.headers)
            origin = letter.origin
            letters[f"{origin.topic}/{origin.partition}/{origin.offset}"] = letter
    sources = [origin for origin, said in sent.items() if said.becomes == DEAD]
    for source, (name, bad) in zip(sources, MALFORMED.items(), strict=True):
        assert_told(name, bad, letters[source])
    history = await published(bootstrap)
    assert_strange_facts_are_said(history[PATIENT_STATUS.name])
    raised = [c for changes in history[ALERT_CHANGES.name].values() for c in changes if c["patient_id"] == "p-1"]
    assert any("platelets were 18" in change["reason"] for change in raised), "the good message was treated"
    return kinds


def assert_told(name: str, bad: Malformed, letter: DeadLetter) -> None:
    """Where, what, what was done; the bytes as they came, or their size and digest where they are too many."""
    value = bad.value or b""
    assert (letter.where, letter.stage) == (bad.where, "decode"), name
    assert bad.says in letter.problem, name
    assert (letter.size, letter.sha256) == (len(value), hashlib.sha256(value).hexdigest()), name
    assert letter.key == bad.key, name
    if len(value) + len(bad.key or b"") <= MAX_BYTES:
        assert letter.raw == bad.value, name
        assert letter.done == "kept as a dead letter; nothing was read from it", name
    else:
        assert letter.raw is None, name
        assert "without its bytes" in letter.done, name


def assert_strange_facts_are_said(statuses: Mapping[int, list[dict[str, Any]]]) -> None:
    newest = {status["patient_id"]: status for found in statuses.values() for status in found}
    assert newest.keys() == {"p-1", "nobody"}
    (remark,) = newest["p-1"]["remarks"]
    assert "p-1-future" in remark and "in the future" in remark
    assert newest["nobody"]["missing"] == ["a treatment plan"]
    assert newest["nobody"]["newest_data_at"]


def assert_counts_add_up(counts: Mapping[str, int], kinds: Counter[str]) -> None:
    names = {"with facts": kinds[FACTS], "not for us": kinds[NOT_FOR_US], "dead letters": kinds[DEAD]}
    assert {name: counts[name] for name in names} == names
    assert counts["records read"] == kinds.total()


async def test_malformed_messages_are_told_apart_and_the_workers_go_on() -> None:
    with EmbeddedBroker() as broker:
        kafka = Kafka(connection=Connection(broker.bootstrap), embedded=True, alone=True)
        intake, treatment = IntakeWorker(kafka, Policy()), TreatmentWorker(kafka)
        try:
            await intake.loop.start()
            await treatment.loop.start()
            await intake.loop.idle()
            async with sources_of(broker.bootstrap) as sources:
                await sources.say(*messages())
            for _ in range(3):
                await intake.loop.idle()
                await intake.ticker.tick()
            await treatment.loop.idle()
            kinds = await assert_all_is_told(broker.bootstrap, sources.sent)
            assert_counts_add_up(intake.handler.counts, kinds)
            assert not intake.loop.stopped_partitions and not treatment.loop.stopped_partitions
        finally:
            await intake.stop()
            await treatment.stop()


@pytest.mark.kafka
async def test_malformed_messages_are_told_apart_on_a_real_broker_too(real_kafka: RealKafka, tmp_path: Path) -> None:
    async with topics_of_our_own(real_kafka) as bootstrap:
        with worker(tmp_path / "all.log", "all", "--bootstrap", bootstrap, "--tick-seconds", 0.3) as process:
            async with sources_of(bootstrap) as sources:
                await sources.say(*messages())
            await wait_until_time_has_passed_all(bootstrap)
            assert process.stop() == 0
        kinds = await assert_all_is_told(bootstrap, sources.sent)
        assert_counts_add_up(counted_at_the_end(process, "intake"), kinds)
