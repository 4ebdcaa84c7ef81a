"""Whom a dead letter is about, as intake tells treatment; and what it tells when the message is sent again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.topics.codecs.fhir.resources import DROP, OBSERVATION, bundle, changed
from tests.topics.codecs.hl7v2.messages import obx, oru, ras, rde
from tests.topics.messages import DOSE, LAB
from tests.workers.simulation import run_to_the_end
from tests.workers.test_intake_formats import BAD, OF_TWO, clock
from topics.codecs.clinical_event import FactEvent, Heard, Mended, ReadingEvent, Unread, decode_event
from topics.dead_letters import headers_as_sent, mends, read_dead_letter
from topics.definitions import CLINICAL_EVENTS, DEAD_LETTERS
from topics.meaning.feeds import Feeds, read_feeds
from workers.intake import Intake
from workers.records import Headers, InputRecord

FEEDS = read_feeds('[feeds.hospital]\nsenders = ["LIS^LAB"]\npatients = [{ assigner = "HOSP" }]\n')
WITH_UNIT = read_feeds('[feeds.hospital]\ntopics = ["lab-results"]\nunits = { haemoglobin = "g/L" }\n')
ME = {3: "p-1^^^HOSP^MR"}


def record(said: Any, topic: str = "lab-results", offset: int = 5, headers: Headers = ()) -> InputRecord:
    value = said if isinstance(said, bytes) else json.dumps(said).encode()
    return InputRecord(topic, 0, offset, clock(), b"any key", value, headers)


def events(*sent: InputRecord, feeds: Feeds | None = None) -> list[Any]:
    intake = Intake(clock, feeds)
    outputs = [o for one in sent for o in intake.take_over(one.topic, 0, {}).process(one)]
    written = [(o.key, decode_event(o.value or b"")) for o in outputs if o.topic == CLINICAL_EVENTS.name]
    assert all(key == getattr(event, "patient_id", "").encode() for key, event in written)
    return [event for _, event in written]


def about(said: Any, topic: str = "lab-results", feeds: Feeds | None = None) -> list[tuple[str, str, int]]:
    """Whom what could not be read is about, and the fact that it would have been."""
    told = [event for event in events(record(said, topic), feeds=feeds) if isinstance(event, ReadingEvent)]
    return [(one.patient_id, one.said.fact_id, one.said.version) for one in told if isinstance(one.said, Unread)]


@pytest.mark.parametrize(
    ("wrong", "fact_id"),
    [
        ({"unit": "bushels"}, "lab-result/lis/17"),
        ({"schema_version": 9}, "lab-result/lis/17"),
        ({"kind": "lab-report"}, "lab-report/lis/17"),
        ({"version": 4, "status": 7}, "lab-result/lis/17"),
        ({"id": 17}, ""),
        ({"source": None}, ""),
        ({"version": 0}, ""),
    ],
    ids=str,
)
def test_canonical_json_tells_the_patient_and_the_fact(wrong: dict[str, Any], fact_id: str) -> None:
    version = wrong.get("version", 1) if fact_id else 0
    assert about({**LAB, **wrong}) == [("p-1", fact_id, version)]


@pytest.mark.parametrize("patient", [7, "", " p-1", "p\n1", None, ["p-1"], "x" * 201], ids=repr)
def test_a_patient_who_is_no_id_is_nobody(patient: Any) -> None:
    assert about({**LAB, "patient_id": patient}) == []
    assert about(b"not JSON") == []


def test_fhir_tells_each_entry_with_its_patient_and_its_version_where_there_is_one() -> None:
    bad_for_another = changed(OF_TWO, id="19", valueQuantity={"value": 3}, meta=DROP)
    assert about(bundle(OBSERVATION, BAD, bad_for_another)) == [
        ("hospital|p-1", "Observation/hospital/bad", 1),
        ("hospital|p-2", "Observation/hospital/19", 0),
    ]
    assert about(changed(BAD, id=DROP)) == [("hospital|p-1", "", 0)], "which result it is nobody can tell"
    assert about(changed(OBSERVATION, subject=DROP)) == []


def test_hl7_v2_tells_the_patient_of_the_segment_and_the_number_of_the_result() -> None:
    ((patient, fact_id, version),) = about(oru(obx({6: "bushels"}), pid=ME), feeds=FEEDS)
    assert (patient, version > 1) == ("p-1", True)
    good = events(record(oru(obx({}), pid=ME)), feeds=FEEDS)
    assert [event.fact.fact_id for event in good if isinstance(event, FactEvent)] == [fact_id]
    ((patient, fact_id, _),) = about(ras({6: "many"}), "administrations", FEEDS)
    good = events(record(ras({}), "administrations"), feeds=FEEDS)
    assert [event.fact.fact_id for event in good if isinstance(event, FactEvent)] == [fact_id]
    ((patient, fact_id, _),) = about(rde({3: "many"}), "treatment-plans", FEEDS)
    good = events(record(rde(), "treatment-plans"), feeds=FEEDS)
    assert [event.fact.fact_id for event in good if isinstance(event, FactEvent)] == [fact_id]
    assert [who for who, _, _ in about(oru(obx({}), pid=ME, msh={12: "3.0"}), feeds=FEEDS)] == ["p-1"]
    assert about(oru(obx({6: "bushels"}), pid={3: "p-1"}), feeds=FEEDS) == [], "whose number that is nobody says"


def test_what_is_said_of_it_holds_the_place_of_the_message_and_of_the_fault() -> None:
    (event,) = events(record({**LAB, "unit": "bushels"}))
    assert isinstance(event.said, Unread)
    assert (event.said.place, event.said.at, event.said.where) == ("lab-results/0/5", clock(), "unit")


def again(sent: InputRecord, feeds: Feeds | None = None, offset: int = 9) -> InputRecord:
    """The message of the dead letter as it is sent again."""
    intake = Intake(clock, feeds)
    outputs = intake.take_over(sent.topic, 0, {}).process(sent)
    first = next(output for output in outputs if output.topic == DEAD_LETTERS.name)
    dead = read_dead_letter(first.key, first.value, first.headers)
    headers = (*headers_as_sent(first.headers), *mends(dead.origin, [who.patient_id for who in dead.whose]))
    return InputRecord(sent.topic, 0, offset, clock(), dead.key, dead.raw, headers)


def test_what_was_sent_again_and_read_is_mended_for_the_patient_it_was_said_of() -> None:
    """Also where the file that mends it gives the patient another id."""
    sent = again(record(changed(OBSERVATION, valueQuantity={"value": 118})))
    other_ids = 'units = { haemoglobin = "g/L" }\npatient_references = "x-"\n'
    mended, fact = events(sent, feeds=read_feeds(f'[feeds.hospital]\ntopics = ["lab-results"]\n{other_ids}'))
    assert mended == ReadingEvent("hospital|p-1", Mended("lab-results/0/5"))
    assert fact.patient_id == "x-p-1"


def test_what_still_cannot_be_read_mends_nothing_and_what_later_mends_it_mends_all() -> None:
    first = again(record(changed(OBSERVATION, valueQuantity={"value": 118})))
    (still,) = events(first)
    assert isinstance(still.said, Unread) and still.said.place == "lab-results/0/9"
    second = again(first, offset=12)
    said = events(second, feeds=WITH_UNIT)
    assert [event.said for event in said[:-1]] == [Mended("lab-results/0/5"), Mended("lab-results/0/9")]
    assert isinstance(said[-1], FactEvent)


def test_the_headers_of_the_message_are_kept_with_its_dead_letter() -> None:
    own = (("content-type", b"application/hl7-v2"), ("b12watch-feed", b"hospital"), ("trace", b"\xff\x00"))
    sent = again(record(oru(obx({6: "bushels"}), pid=ME), headers=own), FEEDS)
    assert sent.headers[:3] == own
    assert [name for name, _ in sent.headers[3:]] == ["b12watch-mends"]


def test_the_counts_stay_what_they_were() -> None:
    intake = Intake(clock)
    sent = [record(said, "administrations", n) for n, said in enumerate([DOSE, {**DOSE, "dose": "much"}])]
    run_to_the_end(intake, sent, batch=2)
    assert intake.counts == {"records read": 2, "with facts": 1, "facts forwarded": 1, "dead letters": 1}


def test_intake_hears_the_topic_of_every_message_and_the_source_of_every_fact() -> None:
    intake = Intake(clock)
    sent: list[Any] = [LAB, b"not JSON", {**LAB, "analyte": "sodium"}, bundle(OBSERVATION, OF_TWO)]
    for offset, said in enumerate(sent):
        intake.take_over("lab-results", 0, {}).process(record(said, offset=offset))
    assert intake.listening.take() == {
        "lab-results": Heard(clock(), 4),
        "lab-results/lis": Heard(clock(), 1),
        "lab-results/hospital": Heard(clock(), 1),
    }
