"""Our own messages keep every digit, have one form, and are refused when they are broken."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import ClinicalTime
from domain.facts import (
    Analyte,
    ClinicalAssessment,
    Condition,
    ConditionCode,
    Fact,
    Finding,
    LabResult,
    Merge,
    ResultStatus,
    TreatmentPlan,
    Withdrawal,
    YesNoUnknown,
    content,
)
from domain.quantity import Quantity
from domain.record import Handed, Known
from tests.topics.strategies import ANY_FACT, IDENTIFIER, INSTANTS
from topics.codecs.clinical_event import (
    ActivationEvent,
    FactEvent,
    HandedOnEvent,
    TickEvent,
    Unreadable,
    decode_event,
    decode_known,
    decode_partition,
    encode_activation,
    encode_event,
    encode_fact,
    encode_handed_on,
    encode_known,
    encode_partition,
    encode_tick,
)
from topics.schemas.changelog import PartitionEntryV1
from topics.schemas.facts import KINDS, FactShape

AT = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
HAEMOGLOBIN = LabResult(
    fact_id="lab-result/lis/1",
    version=1,
    time=ClinicalTime(AT),
    source="lis",
    analyte=Analyte.HAEMOGLOBIN,
    status=ResultStatus.FINAL,
    quantity=Quantity(Decimal("12.50"), "g/dL"),
)


def _refusal(raw: bytes) -> str:
    with pytest.raises(Unreadable) as refused:
        decode_event(raw)
    return str(refused.value)


@given(IDENTIFIER, ANY_FACT)
def test_every_fact_comes_back_as_it_was(patient_id: str, fact: Fact) -> None:
    event = decode_event(encode_fact(patient_id, fact))
    assert event == FactEvent(patient_id, fact)
    assert isinstance(event, FactEvent)
    assert content(event.fact) == content(fact), "digit for digit: 12.5 equals 12.50, but is not the same content"


@pytest.mark.parametrize("digits", ["0.1", "1E+2", "12.50", "0E-7", "100", "1E-21"])
def test_a_decimal_keeps_its_digits(digits: str) -> None:
    fact = LabResult(
        fact_id="lab-result/lis/1",
        version=1,
        time=ClinicalTime(AT),
        source="lis",
        analyte=Analyte.PLATELETS,
        status=ResultStatus.FINAL,
        quantity=Quantity(Decimal(digits), "10*9/L"),
    )
    event = decode_event(encode_fact("p", fact))
    assert isinstance(event, FactEvent)
    assert isinstance(event.fact, LabResult)
    assert event.fact.quantity is not None
    assert str(event.fact.quantity.amount) == digits


def test_the_bytes_of_a_fact_are_these_for_ever() -> None:
    """`clinical-events` is never deleted: whoever changes this form must still read the old one."""
    assert encode_fact("p1", HAEMOGLOBIN) == (
        b'{"fact":{"analyte":"haemoglobin","fact_id":"lab-result/lis/1","kind":"lab-result",'
        b'"quantity":{"amount":"12.50","unit":"g/dL"},"source":"lis","status":"final",'
        b'"time":"2026-01-05T09:30:00Z","version":1},"patient_id":"p1","schema_version":1,"type":"fact"}'
    )


def test_a_plan_written_before_there_was_a_reason_for_the_mouth_is_read_and_written_as_it_was() -> None:
    raw = (
        b'{"fact":{"cause":"dietary","fact_id":"treatment-plan/ehr/1","kind":"treatment-plan",'
        b'"neurological_involvement":"no","regimen":"R2","source":"ehr","time":"2026-01-05","version":1},'
        b'"patient_id":"p1","schema_version":1,"type":"fact"}'
    )
    event = decode_event(raw)
    assert isinstance(event, FactEvent)
    assert isinstance(event.fact, TreatmentPlan)
    assert event.fact.oral_reason is None
    assert encode_event(event) == raw


RESECTION = Condition(
    fact_id="condition/ehr/1",
    version=1,
    time=ClinicalTime(AT.date()),
    source="ehr",
    code=ConditionCode.ILEAL_RESECTION,
    length_cm=Decimal("20.50"),
)


def test_a_length_is_written_as_decimal_text() -> None:
    written = json.loads(encode_fact("p1", RESECTION))["fact"]
    assert (written["kind"], written["length_cm"]) == ("condition", "20.50")


@pytest.mark.parametrize("length", [20.5, 20, "NaN", "far", True])
def test_a_length_in_another_form_is_unreadable(length: object) -> None:
    event = json.loads(encode_fact("p1", RESECTION))
    event["fact"]["length_cm"] = length
    assert "length_cm: a number is written as decimal text" in _refusal(json.dumps(event).encode())


def test_findings_are_written_in_one_order() -> None:
    """A frozenset has another order in every process."""
    seen = ClinicalAssessment(fact_id="a", version=1, time=ClinicalTime(AT), source="s", findings=frozenset(Finding))
    assert json.loads(encode_fact("p", seen))["fact"]["findings"] == sorted(Finding)


def test_every_kind_of_fact_has_a_shape_with_every_field_of_the_fact() -> None:
    assert set(KINDS) == set(get_args(Fact))
    for shape in FactShape.__subclasses__():
        assert set(shape.model_fields) - {"kind"} == {field.name for field in fields(shape.fact_class)}


def test_what_is_left_out_is_the_default_of_the_domain_too() -> None:
    for shape in FactShape.__subclasses__():
        for field in fields(shape.fact_class):
            if field.default is not MISSING:
                assert shape.model_fields[field.name].default == field.default


def test_a_fact_that_could_not_be_read_back_is_not_written() -> None:
    ancient = Withdrawal(fact_id="x", version=1, time=ClinicalTime(AT.replace(year=1492)), source="s", reason="r")
    with pytest.raises(ValueError, match="between 1900 and 2200"):
        encode_fact("p", ancient)


@given(IDENTIFIER, IDENTIFIER, st.lists(st.builds(Known, ANY_FACT, INSTANTS, INSTANTS), min_size=1, max_size=5))
def test_what_is_handed_on_comes_back_with_the_times_at_which_it_became_known(
    patient_id: str, origin: str, known: list[Known]
) -> None:
    event = HandedOnEvent(patient_id, origin, tuple(known))
    assert decode_event(encode_event(event)) == event


def test_more_than_a_broker_takes_at_once_is_handed_on_in_several_records_in_order() -> None:
    known = [Known(replace(HAEMOGLOBIN, fact_id=f"{n}", absent_reason="x" * 3000), AT, AT) for n in range(400)]
    messages = encode_handed_on("p-2", "p-1", known)
    assert len(messages) == 3
    assert max(map(len, messages)) < 600_000
    events = [decode_event(message) for message in messages]
    assert [one for event in events if isinstance(event, HandedOnEvent) for one in event.known] == known
    assert encode_handed_on("p-2", "p-1", []) == []


def test_the_bytes_of_what_merges_tell_are_these_for_ever() -> None:
    merge = Merge(
        fact_id="merge/1", version=7, time=ClinicalTime(AT), source="adt", gone="p-1", surviving="p-2", parted=True
    )
    assert encode_fact("p-2", merge) == (
        b'{"fact":{"fact_id":"merge/1","gone":"p-1","kind":"merge","parted":true,"source":"adt","surviving":"p-2",'
        b'"time":"2026-01-05T09:30:00Z","version":7},"patient_id":"p-2","schema_version":1,"type":"fact"}'
    )
    (handed_on,) = encode_handed_on("p-2", "p-1", [Known(HAEMOGLOBIN, AT, AT)])
    fact = encode_fact("p-1", HAEMOGLOBIN).partition(b'"fact":')[2].partition(b',"patient_id"')[0]
    at = b'"2026-01-05T09:30:00Z"'
    assert handed_on == (
        b'{"facts":[{"fact":' + fact + b',"first":' + at + b',"since":' + at + b'}],"origin":"p-1",'
        b'"patient_id":"p-2","schema_version":1,"type":"handed-on"}'
    )


@given(INSTANTS, st.lists(IDENTIFIER, unique=True), st.booleans())
def test_a_tick_comes_back(complete_to: datetime, sources: list[str], blind: bool) -> None:
    event = TickEvent(complete_to, tuple(sorted(sources)), blind)
    assert decode_event(encode_event(event)) == event


def test_a_tick_has_one_form_whatever_the_zone_and_the_order_of_its_sources() -> None:
    elsewhere = AT.astimezone(ZoneInfo("Asia/Kathmandu"))
    assert encode_tick(AT, ["lab-results/1", "lab-results/0"]) == encode_tick(
        elsewhere, {"lab-results/0", "lab-results/1"}
    )


def test_an_activation_comes_back_whole() -> None:
    policy = {"b": {"y": [1, 2.5, None, True], "x": "ü"}, "a": "0.50"}
    event = ActivationEvent(policy, "v1", {"injection-overdue": 2}, ("lab-results/0",))
    assert decode_event(encode_event(event)) == event


def test_an_activation_has_one_form_whatever_the_order_of_its_policy() -> None:
    one = encode_activation({"a": 1, "b": {"c": 1, "d": 2}}, "v", {"r": 1, "s": 2}, ["x/0", "y/0"])
    assert one == encode_activation({"b": {"d": 2, "c": 1}, "a": 1}, "v", {"s": 2, "r": 1}, ["y/0", "x/0"])


def test_a_policy_with_a_number_that_is_none_is_not_written() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        encode_activation({"a": float("nan")}, "v", {}, [])


def _event(**changes: Any) -> bytes:
    return json.dumps({**json.loads(encode_fact("p1", HAEMOGLOBIN)), **changes}).encode()


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "not JSON"),
        (b"[", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"{}", "type"),
        (b"null", "an object"),
        (_event(type="rumour"), "this kind of message is not known"),
        (_event(schema_version=2), "schema_version: Input should be 1"),
        (_event(patient_id=""), "patient_id"),
        (_event(patient_id="x" * 201), "patient_id"),
        (_event(more=1), "a field that this shape does not have"),
        (_event(fact={"kind": "rumour"}), "fact"),
        (_event(fact={"kind": "withdrawal", "fact_id": "x"}), "version: the field is missing"),
    ],
)
def test_a_broken_event_is_one_kind_of_exception(raw: bytes, says: str) -> None:
    assert says in _refusal(raw)


def test_a_refusal_does_not_repeat_what_was_sent() -> None:
    assert "Jane" not in _refusal(_event(patient_id=["Jane Doe"]))
    assert "Jane" not in _refusal(_event(**{"Jane Doe": 1}))


@given(st.binary())
def test_any_bytes_are_an_event_or_unreadable(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        decode_event(raw)


HANDED = st.none() | st.builds(Handed, INSTANTS, IDENTIFIER)


@given(IDENTIFIER, ANY_FACT, INSTANTS, INSTANTS, HANDED)
def test_a_known_fact_comes_back(
    patient_id: str, fact: Fact, since: datetime, first: datetime, handed: Handed | None
) -> None:
    known = Known(fact, since, first, handed)
    assert decode_known(encode_known(patient_id, known)) == (patient_id, known)


@given(st.none() | INSTANTS, st.dictionaries(IDENTIFIER, st.none() | INSTANTS))
def test_a_partition_entry_comes_back(time: datetime | None, sources: dict[str, datetime | None]) -> None:
    entry = PartitionEntryV1(
        schema_version=1,
        time=time,
        log_time=AT,
        sources=sources,
        policy={"a": 1},
        policy_version="v",
        rules={"injection-overdue": 1},
    )
    assert decode_partition(encode_partition(entry)) == entry


def test_the_entry_of_a_new_partition_comes_back() -> None:
    entry = PartitionEntryV1(schema_version=1, sources={}, rules={})
    assert decode_partition(encode_partition(entry)) == entry


def test_a_broken_changelog_entry_is_unreadable() -> None:
    known = encode_known("p", Known(HAEMOGLOBIN, AT, AT + timedelta(days=1)))
    with pytest.raises(Unreadable, match="since: the field is missing"):
        decode_known(known.replace(b'"since"', b'"sinse"'))
    with pytest.raises(Unreadable, match="sources: the field is missing"):
        decode_partition(b'{"schema_version":1,"rules":{}}')
    with pytest.raises(Unreadable, match="schema_version: the field is missing"):
        decode_partition(b'{"rules":{},"sources":{}}')


def test_a_plan_without_its_optional_fields_is_short_and_comes_back() -> None:
    plan = TreatmentPlan(
        fact_id="x",
        version=1,
        time=ClinicalTime(AT.date()),
        source="s",
        regimen="R2",
        neurological_involvement=YesNoUnknown.NO,
    )
    raw = encode_fact("p", plan)
    assert decode_event(raw) == FactEvent("p", plan)
    assert len(json.loads(raw)["fact"]) == 7
