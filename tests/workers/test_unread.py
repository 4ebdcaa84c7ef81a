"""Messages about patients that could not be read: whom they concern, what is said of them, and how that ends."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.kit import INSTANT, POLICY, day, ended, haemoglobin, injection, plan
from tests.workers.logs import activation, tick
from tests.workers.partition import PATIENT, Partition, said_on, ticked
from topics.codecs.clinical_event import Mended, Unread, decode_event, encode_fact, encode_reading
from topics.definitions import CLINICAL_EVENTS, DEAD_LETTERS, OPERATIONAL_ALERTS, PATIENT_STATUS, TREATMENT_CHANGELOG
from workers.records import Output
from workers.treatment import Treatment

LABS, DOSES = "lab-results", "administrations"


def unread(offset: int = 7, *, topic: str = LABS, where: str = "unit", fact_id: str = "", version: int = 0) -> Unread:
    return Unread(
        topic=topic,
        partition=0,
        offset=offset,
        at=day(0),
        where=where,
        problem="the unit is missing",
        fact_id=fact_id,
        version=version,
    )


def tell(partition: Partition, said: Unread | Mended, patient: str = PATIENT) -> list[Output]:
    return partition.send(encode_reading(patient, said), patient)


def enrolled() -> Partition:
    partition = ticked()
    partition.say(plan(0), injection(0))
    return partition


def alerts(outputs: list[Output]) -> list[dict[str, Any]]:
    return said_on(OPERATIONAL_ALERTS, outputs)


def told(outputs: list[Output]) -> list[tuple[str, int, int]]:
    return [(alert["change"], alert["messages"], alert["patients"]) for alert in alerts(outputs)]


def test_what_is_said_of_a_message_comes_back_from_the_log() -> None:
    for said in (unread(fact_id="lab-result/lis/7", version=3), unread(), Mended("lab-results/0/7")):
        event = decode_event(encode_reading("ann", said))
        assert (getattr(event, "patient_id", ""), getattr(event, "said", None)) == ("ann", said)


def test_a_message_about_an_enrolled_patient_raises_an_operational_alert_that_names_nobody() -> None:
    outputs = tell(enrolled(), unread())
    (alert,) = alerts(outputs)
    assert (alert["kind"], alert["change"], alert["behind"]) == ("unread-messages", "raised", [LABS])
    assert alert["subject"] == "clinical-events/0/unread/lab-results"
    assert alert["reason"] == (
        "1 message of lab-results about 1 enrolled patient could not be read: somebody may be unmonitored;"
        " see b12watch dead-letters list"
    )
    assert (alert["since"], alert["messages"], alert["patients"]) == ("2026-01-05T09:00:00Z", 1, 1)
    assert PATIENT not in json.dumps(alert)
    (output,) = [output for output in outputs if output.topic == OPERATIONAL_ALERTS.name]
    assert output.key == alert["subject"].encode()


def test_the_status_of_the_patient_says_which_message_it_was() -> None:
    partition = enrolled()
    (status,) = said_on(PATIENT_STATUS, tell(partition, unread()))
    assert status["unread"] == [
        {
            "topic": LABS,
            "partition": 0,
            "offset": 7,
            "at": "2026-01-05T09:00:00Z",
            "where": "unit",
            "problem": "the unit is missing",
        }
    ]
    (status,) = said_on(PATIENT_STATUS, tell(partition, Mended("lab-results/0/7")))
    assert status["unread"] == []


def test_nobody_is_told_of_one_who_is_not_enrolled_until_a_plan_comes() -> None:
    partition = ticked()
    assert told(tell(partition, unread())) == []
    assert said_on(PATIENT_STATUS, partition.outputs) == [], "and nobody has a status for that alone"
    assert told(partition.say(haemoglobin(0, 100))) == []
    assert told(partition.say(plan(0))) == [("raised", 1, 1)]
    over = plan(0, version=2, end=ended(0))
    assert told(partition.say(over)) == [("resolved", 0, 0)]


def test_each_topic_has_an_alert_of_its_own_which_counts_messages_and_patients() -> None:
    partition = enrolled()
    partition.say(plan(0), patient="bob")
    assert told(tell(partition, unread(7))) == [("raised", 1, 1)]
    assert told(tell(partition, unread(7, where="value"))) == [], "two places of one message"
    assert told(tell(partition, unread(7, where="code"), "bob")) == [("updated", 1, 2)], "one message about two"
    assert told(tell(partition, unread(8))) == [("updated", 2, 2)]
    assert told(tell(partition, unread(8))) == [], "a batch that is read again changes nothing"
    assert told(tell(partition, unread(1, topic=DOSES))) == [("raised", 1, 1)]
    assert told(tell(partition, Mended("lab-results/0/7"))) == [], "bob's part of it is not read yet"
    assert told(tell(partition, Mended("lab-results/0/7"), "bob")) == [("updated", 1, 1)]
    assert told(tell(partition, Mended("lab-results/0/8"))) == [("resolved", 0, 0)]
    assert told(tell(partition, Mended("lab-results/0/8"))) == []


@pytest.mark.parametrize(
    ("known", "came", "is_over"), [(2, 2, True), (2, 3, True), (2, 1, False), (0, 1, True)], ids=str
)
def test_a_later_version_of_what_could_not_be_read_ends_it(known: int, came: int, is_over: bool) -> None:
    fact = haemoglobin(0, 100, version=came)
    partition = enrolled()
    tell(partition, unread(fact_id=fact.fact_id, version=known))
    assert told(partition.say(fact)) == ([("resolved", 0, 0)] if is_over else [])


def test_a_part_of_a_resource_tells_of_the_resource_and_another_resource_does_not() -> None:
    fact = haemoglobin(0, 100)
    partition = enrolled()
    tell(partition, unread(7, fact_id=fact.fact_id[:-1], version=1))
    assert told(partition.say(fact)) == []
    resource, _, part = "Observation/lis/panel#haemoglobin".rpartition("#")
    tell(partition, unread(8, fact_id=resource, version=1))
    assert told(partition.say(haemoglobin(0, 100, fact_id=f"{resource}#{part}"))) == [("updated", 1, 1)]


def test_a_version_that_is_known_already_and_later_leaves_nothing_to_say() -> None:
    fact = haemoglobin(0, 100, version=2)
    partition = enrolled()
    partition.say(fact)
    assert told(tell(partition, unread(7, fact_id=fact.fact_id, version=2))) == []
    assert told(tell(partition, unread(8, fact_id=fact.fact_id, version=3))) == [("raised", 1, 1)]
    assert told(tell(partition, unread(9, fact_id=fact.fact_id, version=0))) == [("updated", 2, 1)], "later, it came"


def test_a_mark_goes_when_its_dead_letter_is_no_longer_kept() -> None:
    partition = ticked()
    partition.say(plan(0))
    tell(partition, unread())
    kept = DEAD_LETTERS.retention
    assert kept is not None
    assert told(partition.to(day(0) + kept - INSTANT)) == []
    assert told(partition.to(day(0) + kept)) == [("resolved", 0, 0)]


def test_a_mark_of_somebody_unknown_goes_too_and_leaves_nothing_behind() -> None:
    partition = ticked()
    tell(partition, unread())
    assert partition.remembered().unread.keys() == {PATIENT}
    partition.to(day(366))
    assert not partition.remembered().unread
    kept = {(o.topic, o.key): o.value for o in partition.outputs if o.topic == TREATMENT_CHANGELOG.name}
    assert [value for value in kept.values() if value is not None] == [kept[TREATMENT_CHANGELOG.name, b"\x00partition"]]


def test_a_restart_knows_of_them_and_repeats_nothing() -> None:
    partition = enrolled()
    tell(partition, unread(7))
    tell(partition, unread(8), "nobody-we-know")
    work = Treatment().take_over(CLINICAL_EVENTS.name, 0, partition.stored())
    assert work.remembered() == partition.remembered()
    again = Partition.going_on(work, partition)
    assert told(again.to(day(0) + timedelta(hours=1))) == []
    assert told(tell(again, unread(9))) == [("updated", 2, 1)]
    assert told(tell(again, Mended("lab-results/0/7"))) == [("updated", 1, 1)]


def test_what_could_not_be_read_before_the_time_began_is_said_when_it_does() -> None:
    partition = Partition()
    partition.say(plan(0))
    assert told(tell(partition, unread())) == []
    assert told(partition.to(day(0))) == [("raised", 1, 1)]


def test_a_record_of_the_log_itself_that_treatment_cannot_read_concerns_its_patient() -> None:
    partition = enrolled()
    future = encode_fact(PATIENT, haemoglobin(0, 100)).replace(b'"schema_version":1', b'"schema_version":2')
    (alert,) = alerts(partition.send(future, PATIENT))
    assert (alert["change"], alert["behind"]) == ("raised", [CLINICAL_EVENTS.name])
    assert told(partition.send(tick(day(1)).replace(b'"schema_version":1', b'"schema_version":2'))) == [], "nobody's"
    assert told(partition.send(activation(POLICY))) == []
