"""FHIR R4 Observation (section 5.1): what a result says, when it was taken, and what takes it back."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.calendar import ClinicalTime
from domain.facts import (
    Analyte,
    LabResult,
    ResultStatus,
    Withdrawal,
    rank,
)
from domain.quantity import Quantity
from tests.topics.codecs.fhir.resources import (
    DROP,
    LOINC,
    OBSERVATION,
    PLATELETS,
    READ_AT,
    bundle,
    changed,
    coded,
    facts_of,
    is_not_for_us,
    observed,
    quantity,
    read,
    refused,
)
from topics.codecs.source_message import SourceReader
from topics.decoded import DeadLetter, Facts, Origin


def test_a_result_becomes_a_fact() -> None:
    assert observed(referenceRange=[{"low": quantity(130, "g/L"), "high": quantity(170, "g/L")}]) == LabResult(
        fact_id="Observation/hospital/17",
        version=1,
        time=ClinicalTime(datetime(2026, 1, 5, 9, 30, tzinfo=UTC)),
        source="hospital",
        analyte=Analyte.HAEMOGLOBIN,
        status=ResultStatus.FINAL,
        quantity=Quantity(Decimal(118), "g/L"),
        reference_low=Quantity(Decimal(130), "g/L"),
    )


@pytest.mark.parametrize("status", list(ResultStatus))
def test_every_status_of_fhir_is_kept(status: ResultStatus) -> None:
    assert observed(status=status.value).status is status


@pytest.mark.parametrize("status", [DROP, "", "done", "FINAL"])
def test_a_status_that_is_none_is_refused(status: Any) -> None:
    assert refused(OBSERVATION, status=status).startswith("status: ")


# identity and versions (1-8)


def test_edge_01_the_same_message_twice_gives_the_same_facts() -> None:
    assert facts_of(OBSERVATION) == facts_of(OBSERVATION)
    assert observed(meta=DROP) == observed(meta=DROP)


def test_edge_02_the_same_result_in_another_message_is_the_same_fact() -> None:
    alone, bundled = facts_of(OBSERVATION), facts_of(bundle(OBSERVATION, id="message-2", kind="message"))
    assert alone == bundled


def test_edge_03_an_old_result_that_comes_again_keeps_its_own_time() -> None:
    old = observed(effectiveDateTime="2019-06-30T08:00:00Z", meta={"lastUpdated": "2026-01-06T00:00:00Z"})
    assert old.time == ClinicalTime(datetime(2019, 6, 30, 8, tzinfo=UTC))


def test_edge_04_a_correction_stands_over_the_original_in_whatever_order_they_come() -> None:
    first = observed(meta={"versionId": "2"})
    corrected = observed(meta={"versionId": "10"}, status="corrected", valueQuantity=quantity(81, "g/L"))
    assert first.fact_id == corrected.fact_id
    assert max((corrected, first), key=rank) is max((first, corrected), key=rank) is corrected


@pytest.mark.parametrize(("before", "after"), [(49, 51), (51, 49)])
def test_edge_05_a_corrected_value_stands_on_either_side_of_a_limit(before: int, after: int) -> None:
    first, second = (
        observed(code=PLATELETS, valueQuantity=quantity(count, "10*9/L"), meta={"lastUpdated": updated})
        for count, updated in ((before, "2026-01-05T10:00:00Z"), (after, "2026-01-05T10:00:00.001Z"))
    )
    assert first.fact_id == second.fact_id and max((second, first), key=rank).amount == after


@pytest.mark.parametrize(
    ("meta", "version"),
    [
        ({"versionId": "7", "lastUpdated": "2026-01-05T10:00:00Z"}, 7),
        ({"versionId": "W/abc", "lastUpdated": "2026-01-05T10:00:00Z"}, 1767607200000),
        ({"lastUpdated": "2026-01-05T10:00:00.009Z"}, 1767607200009),
        ({"versionId": "9" * 400}, 1),
        ({"versionId": "0"}, 1),
        ({"versionId": "٣"}, 1),
        ({"lastUpdated": "yesterday"}, 1),
        (DROP, 1),
    ],
)
def test_the_version_is_the_sources_own_number_else_its_time(meta: Any, version: int) -> None:
    assert observed(meta=meta).version == version


def test_edge_06_what_was_entered_in_error_is_withdrawn_whether_it_was_known_or_not() -> None:
    gone = observed(status="entered-in-error", meta={"versionId": "2"})
    assert gone == Withdrawal(
        fact_id=observed().fact_id,
        version=2,
        time=observed().time,
        source="hospital",
        reason="entered in error",
    )


def test_edge_06_what_is_withdrawn_need_not_be_dated_nor_have_a_value() -> None:
    gone = observed(status="entered-in-error", effectiveDateTime=DROP, valueQuantity=DROP, meta=DROP)
    assert isinstance(gone, Withdrawal) and gone.time == ClinicalTime(READ_AT)


def test_edge_06_what_is_withdrawn_without_its_code_is_kept_for_people() -> None:
    assert "code" in refused(OBSERVATION, status="entered-in-error", code=DROP)
    assert is_not_for_us(OBSERVATION, status="entered-in-error", code=coded((LOINC, "2951-2")))


def test_edge_07_a_result_of_the_wrong_patient_is_taken_back_there_and_stands_under_the_right_one() -> None:
    wrong = changed(OBSERVATION, status="entered-in-error", meta={"versionId": "2"})
    right = changed(OBSERVATION, id="18", subject={"reference": "Patient/p-2"})
    first, second = read(bundle(wrong, right))
    assert isinstance(first, Facts) and isinstance(second, Facts)
    assert (first.patient_id, second.patient_id) == ("hospital|p-1", "hospital|p-2")
    assert isinstance(first.facts[0], Withdrawal) and isinstance(second.facts[0], LabResult)


def test_without_an_id_an_identifier_tells_which_result_it_is() -> None:
    named = observed(id=DROP, identifier=[{"system": "https://lis.example", "value": "4711"}])
    assert named.fact_id == "Observation/hospital/https://lis.example|4711"
    assert "id: no id and no identifier" in refused(OBSERVATION, id=DROP)


# patients (9)


@pytest.mark.parametrize("subject", [DROP, {}, {"display": "Smith"}, {"reference": "urn:uuid:1"}, {"reference": "#p"}])
def test_edge_09_without_a_patient_a_result_is_kept_for_people(subject: Any) -> None:
    assert refused(OBSERVATION, subject=subject).startswith("subject: ")


@pytest.mark.parametrize("reference", ["Group/1", "Device/1", "https://fhir.example/Location/1"])
def test_what_is_about_no_patient_is_not_for_us(reference: str) -> None:
    assert is_not_for_us(OBSERVATION, subject={"reference": reference})


# times (10-14)


def test_edge_12_a_day_stays_a_day() -> None:
    assert observed(effectiveDateTime="2026-01-05").time == ClinicalTime(date(2026, 1, 5))


@pytest.mark.parametrize("text", ["2026", "2026-01", "2026-01-05T10:30:00", "2026-02-30", "x"])
def test_edge_13_a_time_that_cannot_be_placed_is_refused(text: str) -> None:
    assert refused(OBSERVATION, effectiveDateTime=text).startswith("effectiveDateTime: ")


def test_edge_13_a_feed_may_say_its_zone() -> None:
    feeds = '[feeds.lab]\ntopics = ["lab-results"]\nzone = "Europe/Berlin"'
    told = observed(effectiveDateTime="2026-01-05T10:30:00", feeds=feeds)
    assert told.time == ClinicalTime(datetime(2026, 1, 5, 9, 30, tzinfo=UTC)) and told.source == "lab"


def test_edge_14_the_senders_offset_is_taken_into_account() -> None:
    assert observed(effectiveDateTime="2026-01-05T10:30:00+05:30").time.value == datetime(2026, 1, 5, 5, tzinfo=UTC)


def test_edge_39_no_clock_of_ours_and_no_time_of_arrival_is_in_a_fact() -> None:
    raw, reader = json.dumps(OBSERVATION).encode(), SourceReader()
    first, second = (
        reader.decode("lab-results", raw, origin=Origin(topic="x", partition=0, offset=0, timestamp=at))
        for at in (READ_AT, READ_AT + timedelta(days=4000))
    )
    assert first == second


def test_when_it_was_released_is_never_when_it_was_taken() -> None:
    assert refused(OBSERVATION, effectiveDateTime=DROP).startswith("effective: ")


@pytest.mark.parametrize(
    "time",
    [
        {"effectivePeriod": {"start": "2026-01-05", "end": "2026-01-06"}},
        {"effectivePeriod": {"end": "2026-01-05"}},
        {"effectiveInstant": "2026-01-05T00:00:00Z"},
        {"effectiveTiming": {"event": ["2026-01-05"]}},
        {
            "specimen": {"reference": "#s"},
            "contained": [
                {"resourceType": "Specimen", "id": "s", "collection": {"collectedDateTime": "2026-01-05"}},
            ],
        },
    ],
)
def test_the_other_ways_to_say_when_it_was_taken(time: Any) -> None:
    assert observed(effectiveDateTime=DROP, **time).time.utc_day == date(2026, 1, 5)


def test_a_report_that_lists_a_result_says_when_it_was_taken() -> None:
    undated = changed(OBSERVATION, effectiveDateTime=DROP)
    report = {
        "resourceType": "DiagnosticReport",
        "id": "r",
        "effectiveDateTime": "2026-01-04",
        "result": [{"reference": "Observation/17"}],
    }
    facts, _ = read(bundle(report, undated))
    assert isinstance(facts, Facts) and facts.facts[0].time == ClinicalTime(date(2026, 1, 4))
    other = {**report, "id": "s", "effectiveDateTime": "2026-01-03"}
    dead, _ = read(bundle(report, other, undated))
    assert isinstance(dead, DeadLetter) and dead.where == "entry.2.resource.effective"
