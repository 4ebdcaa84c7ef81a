"""OBX segments become lab results: statuses, values, units, sample times, ids (section 5.3)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.facts import Analyte, Comparator, LabResult, ResultStatus, Withdrawal, rank
from tests.topics.codecs.hl7v2.messages import (
    PLATELETS,
    facts_of,
    is_not_for_us,
    obx,
    oru,
    read,
    refused,
    result,
    segment,
)


def test_a_haemoglobin_says_what_the_message_says() -> None:
    fact = result()
    assert isinstance(fact, LabResult)
    assert (fact.analyte, fact.status) == (Analyte.HAEMOGLOBIN, ResultStatus.FINAL)
    assert fact.amount == 118
    assert fact.reference_low is not None and fact.reference_low.amount == 120
    assert str(fact.time) == "2026-01-05 09:30 UTC", "OBX-14, and not the time of the report"


def test_a_message_that_comes_twice_gives_the_same_facts() -> None:
    assert facts_of(oru()) == facts_of(oru())


@pytest.mark.parametrize(
    ("word", "status"),
    [("F", "final"), ("C", "corrected"), ("A", "amended"), ("P", "preliminary"), ("R", "preliminary"), ("", "unknown")],
)
def test_the_status_is_that_of_the_observation(word: str, status: str) -> None:
    assert result({11: word}).status == ResultStatus(status)


@pytest.mark.parametrize("word", ["D", "W"])
def test_a_result_that_is_taken_back_withdraws_the_fact_that_it_was(word: str) -> None:
    (gone,) = facts_of(oru(obx({11: word})))
    assert isinstance(gone, Withdrawal)
    assert gone.fact_id == result().fact_id


def test_a_status_that_nobody_knows_is_no_result() -> None:
    assert "OBX[1]-11" in refused(oru(obx({11: "Z"})))


def test_a_correction_stands_over_the_result_that_it_corrects() -> None:
    first, corrected = result(), result({5: "108", 11: "C"})
    assert corrected.fact_id == first.fact_id
    assert rank(corrected) > rank(first)


@pytest.mark.parametrize(
    ("kind", "text", "comparator"),
    [("NM", "41", None), ("ST", "41", None), ("ST", "<41", Comparator.LESS), ("SN", "<^41", Comparator.LESS)],
)
def test_values_come_as_numbers_as_text_and_with_a_comparator(
    kind: str, text: str, comparator: Comparator | None
) -> None:
    fact = result({**PLATELETS, 2: kind, 5: text})
    assert (fact.amount, fact.comparator) == (Decimal(41), comparator)


@pytest.mark.parametrize(("unit", "amount"), [("10*9/L", 41), ("K/MM3", 41), ("x10*9/L", 41), ("giga.l-1", 41)])
def test_units_that_laboratories_write_are_read(unit: str, amount: int) -> None:
    assert result({**PLATELETS, 5: "41", 6: unit}).amount == amount


@pytest.mark.parametrize("unit", ["", "g/l-1", "fL"])
def test_a_unit_that_is_missing_or_wrong_is_never_guessed(unit: str) -> None:
    assert "OBX[1]-6" in refused(oru(obx({6: unit})))


def test_platelets_that_are_too_many_for_their_unit_are_not_read() -> None:
    refused(oru(obx({**PLATELETS, 5: "220000"})))


def test_a_result_without_patient_is_kept_as_a_dead_letter() -> None:
    assert "PID" in refused(oru(pid={3: ""}))


def test_one_bad_result_takes_no_other_along() -> None:
    outcomes = read(oru(obx({6: ""}), obx({**PLATELETS, 1: "2"}), obx({1: "3", 3: "4544-3^Haematocrit^LN", 6: "%"})))
    assert sorted(type(one).__name__ for one in outcomes) == ["DeadLetter", "Facts", "NotForUs"]


@pytest.mark.parametrize("code", ["2614-6^Methaemoglobin^LN", "4548-4^HbA1c^LN", "HGB^Haemoglobin^L"])
def test_what_only_sounds_like_haemoglobin_is_not_for_us(code: str) -> None:
    assert is_not_for_us(oru(obx({3: code})))


def test_a_note_about_clumps_is_taken_along_with_the_count() -> None:
    note = segment("NTE", {1: "1", 2: "L", 3: "Platelet clumps present, count may be falsely low"})
    (fact,) = facts_of(oru(obx(PLATELETS), note))
    assert isinstance(fact, LabResult)
    assert fact.clumped


def test_a_merge_of_patients_is_kept_until_it_can_be_done() -> None:
    merge = oru(segment("MRG", {1: "4712^^^HOSP&1.2.3.4&ISO^MR"}), msh={9: "ADT^A40^ADT_A39"})
    refused(merge)


@given(st.binary(max_size=200), st.integers(0, 400))
def test_no_bytes_stop_the_reader(noise: bytes, at: int) -> None:
    raw = oru()
    assert read(raw[:at] + noise + raw[at:])
    assert read(raw[:at] + noise)


@given(st.dictionaries(st.integers(1, 25), st.text("|^~&\\\\.0123456789<>ACDFNPRSTX ", max_size=8), max_size=4))
def test_no_fields_stop_the_reader(changes: dict[int, str]) -> None:
    assert read(oru(obx(changes)))
    assert read(oru(pid=changes, obr=changes))
