"""OBX of ORU messages: statuses, value types, units, times, ids and versions (section 5.3)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from domain.calendar import ClinicalTime
from domain.facts import Analyte, Comparator, LabResult, ResultStatus, Withdrawal
from domain.quantity import Quantity
from tests.topics.codecs.hl7v2.messages import (
    ORC,
    PLATELETS,
    Fields,
    fact_of,
    facts_of,
    feed,
    is_not_for_us,
    message,
    obx,
    oru,
    read,
    refused,
    result,
    segment,
)
from topics.codecs.hl7v2.results import STATUSES, WITHDRAWN
from topics.decoded import DeadLetter, Facts, NotForUs

AT = ClinicalTime(datetime(2026, 1, 5, 9, 30, tzinfo=UTC))


def ms(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> int:
    return int(datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp() * 1000)


def test_a_result_becomes_a_fact() -> None:
    assert result() == LabResult(
        fact_id="OBX/hospital/F1^LIS#LN|718-7",
        version=ms(2026, 1, 5, 10, 59),
        time=AT,
        source="hospital",
        analyte=Analyte.HAEMOGLOBIN,
        status=ResultStatus.FINAL,
        quantity=Quantity(Decimal(118), "g/L"),
        reference_low=Quantity(Decimal(120), "g/L"),
    )


def test_what_no_rule_reads_is_counted_beside_what_is_read() -> None:
    outcomes = read(oru(obx(), obx({3: "2951-2^Natrium^LN"}), obx({3: "11125-2^Morphology^LN"}), obx({3: ""})))
    assert [(type(one), one.parts) for one in outcomes] == [(Facts, 1), (NotForUs, 3)]


def test_one_bad_result_leaves_the_others() -> None:
    outcomes = read(oru(obx(), obx({**PLATELETS, 6: "bushels"})))
    assert [type(one) for one in outcomes] == [Facts, DeadLetter]
    assert isinstance(outcomes[1], DeadLetter) and outcomes[1].where == "OBX[2]-6"


# status

WANTED = {
    **{"F": "final", "C": "corrected", "A": "amended", "V": "final", "B": "final", "U": "final"},
    **{"P": "preliminary", "R": "preliminary", "S": "preliminary", "I": "registered", "": "unknown"},
    **{"X": "cancelled", "N": "cancelled", "O": "unknown"},
}


def test_every_status_of_table_0085_has_a_meaning() -> None:
    assert set(WANTED) == set(STATUSES) and set(WITHDRAWN) == {"D", "W"}


@pytest.mark.parametrize(("letter", "status"), WANTED.items())
def test_status(letter: str, status: str) -> None:
    fact = result({11: letter})
    assert fact.status == status
    assert fact.has_value is (letter not in ("X", "N", "O"))


def test_a_blank_status_is_not_final_although_the_report_is() -> None:
    assert not result({11: ""}).status.counts
    assert not result({11: '""'}).status.counts


def test_a_status_of_no_table_is_refused() -> None:
    assert refused(oru(obx({11: "Z"}))) == "OBX[1]-11: the status is none of HL7 table 0085"


@pytest.mark.parametrize("letter", ["D", "W", "d"])
def test_edge_06_a_deletion_withdraws_the_fact_seen_or_not_however_broken_the_rest(letter: str) -> None:
    gone = result({11: letter, 2: "XX", 5: "", 6: "", 14: "soon"})
    assert isinstance(gone, Withdrawal)
    assert gone.fact_id == result().fact_id


@pytest.mark.parametrize("letter", ["U", "V"])
def test_what_is_made_final_without_its_value_is_kept_for_people(letter: str) -> None:
    assert refused(oru(obx({11: letter, 5: ""}))).startswith("OBX[1]-11: made final or verified without its value")


def test_an_appended_text_without_a_value_says_nothing_about_the_value() -> None:
    assert is_not_for_us(oru(obx({11: "B", 5: ""})))


def test_a_corrected_report_makes_its_final_results_corrections_and_no_others() -> None:
    assert fact_of(oru(obr={25: "C"})).status is ResultStatus.CORRECTED
    assert fact_of(oru(obx({11: "P"}), obr={25: "C"})).status is ResultStatus.PRELIMINARY
    assert fact_of(oru(obx({11: ""}), obr={25: "C"})).status is ResultStatus.UNKNOWN
    assert fact_of(oru(obr={25: "P"})).status is ResultStatus.FINAL


@pytest.mark.parametrize("letter", ["I", "O"])
def test_of_a_sample_that_is_not_taken_yet_nothing_is_read(letter: str) -> None:
    assert is_not_for_us(oru(obx({11: letter, 5: "", 14: ""})))


# value types


@pytest.mark.parametrize(
    ("kind", "sent", "amount", "comparator"),
    [
        ("NM", "118", "118", None),
        ("NM", " +118.0 ", "118.0", None),
        ("NM", "0118", "118", None),
        ("NM", "<118", "118", "<"),
        ("SN", "^118", "118", None),
        ("SN", "=^118", "118", None),
        ("SN", "<^118", "118", "<"),
        ("SN", ">=^118.5", "118.5", ">="),
        ("ST", "118", "118", None),
        ("ST", "<118", "118", "<"),
        ("ST", "> 118", "118", ">"),
        ("ST", "118 g/L", "118", None),
        ("ST", "118 H", "118", None),
        ("TX", "118*", "118", None),
        ("FT", "118", "118", None),
        ("", "118", "118", None),
        ("nm", "118", "118", None),
    ],
)
def test_a_number(kind: str, sent: str, amount: str, comparator: str | None) -> None:
    fact = result({2: kind, 5: sent})
    assert fact.quantity == Quantity(Decimal(amount), "g/L")
    assert fact.comparator == (None if comparator is None else Comparator(comparator))


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        ("SN", "<>^118"),
        ("SN", "^118^-^130"),
        ("SN", "^1^:^128"),
        ("SN", "^118^+"),
        ("SN", "^"),
        ("SN", "118"),
        ("SN", "^NaN"),
        ("NM", "118^119"),
        ("NM", "118~119"),
        ("NM", "1e3"),
        ("ST", "118 mg/L"),
        ("ST", "118 in the first tube"),
        ("CE", "118^118^L"),
        ("NR", "118^130"),
        ("DT", "20260105"),
        ("ED", "^TEXT^^Base64^AAAA"),
        ("ZZ", "118"),
    ],
)
def test_what_is_no_number_is_kept_for_people(kind: str, sent: str) -> None:
    assert refused(oru(obx({2: kind, 5: sent}))).startswith(("OBX[1]-5: ", "OBX[1]-2: "))


@pytest.mark.parametrize(
    ("kind", "sent", "reason"),
    [
        ("ST", "HAEM", "haemolysed"),
        ("TX", "clumped", "clumped"),
        ("CWE", "CLUMP^Clumped^99LAB", "clumped"),
        ("CE", "QNS^^99LAB", "insufficient sample"),
        ("NM", "insufficient", "insufficient sample"),
        ("NM", "", "no value was sent"),
        ("NM", '""', "no value was sent"),
        ("TX", "see comment~clumped", "clumped"),
        ("TX", "Platelet clumps seen, count unreliable", "clumped"),
    ],
)
def test_words_say_why_there_is_no_number(kind: str, sent: str, reason: str) -> None:
    fact = result({**PLATELETS, 2: kind, 5: sent})
    assert (fact.quantity, fact.absent_reason) == (None, reason)
    assert fact.clumped is (reason == "clumped")


def test_a_unit_that_stands_behind_the_number_counts_where_the_field_is_empty() -> None:
    assert result({2: "ST", 5: "11.8 g/dL", 6: "", 7: ""}).amount == 118


# notes


def with_note(text: str, changes: Fields = PLATELETS, before: str = "") -> LabResult:
    note = segment("NTE", {1: "1", 2: "L", 3: text})
    fact: LabResult = fact_of(oru(*((note,) if before else ()), obx(changes), *(() if before else (note,))))
    return fact


@pytest.mark.parametrize(
    "text", ["Platelets clumped.", "Clumps seen~please repeat in citrate", r"Film:\.br\PLT AGGREGATES"]
)
def test_a_note_that_tells_clumps_marks_the_count(text: str) -> None:
    assert with_note(text).clumped
    assert not with_note(text, {}).clumped, "haemoglobin does not clump"


@pytest.mark.parametrize("text", ["No platelet clumps seen", "platelet clumps: not seen", "Film reviewed", ""])
def test_a_note_that_denies_clumps_marks_nothing(text: str) -> None:
    assert not with_note(text).clumped


def test_a_note_of_the_whole_report_tells_clumps_where_it_names_platelets() -> None:
    assert with_note("EDTA: clumps seen", before="the result").clumped
    assert not with_note("Clumps of white cells", before="the result").clumped


def test_a_note_belongs_to_the_result_before_it() -> None:
    facts = facts_of(oru(obx(PLATELETS), obx(), segment("NTE", {1: "1", 3: "clumped"})))
    assert not any(fact.clumped for fact in facts if isinstance(fact, LabResult))


# reference ranges


@pytest.mark.parametrize(
    ("sent", "low"),
    [
        ("120-160", "120"),
        ("120 - 160 g/L", "120"),
        ("120 – 160", "120"),
        ("120 to 160", "120"),
        (">=120", "120"),
        (">120", "120"),
        ("120,5-160,5", "120.5"),
        ("<160", None),
        ("", None),
        ("see report", None),
        ("F: 120-160 M: 130-170", None),
        ("1.200-1.600", None),
        ("8.1-10.5 mmol/L", None),
    ],
)
def test_reference_range(sent: str, low: str | None) -> None:
    wanted = None if low is None else Quantity(Decimal(low), "g/L")
    assert result({7: sent}).reference_low == wanted


# time


def test_the_time_of_the_sample_is_obx_14_then_the_specimens_then_the_orders() -> None:
    spm = segment("SPM", {1: "1", 17: "20260105083000+0100^20260105083500+0100"})
    untimed = obx({14: "", 19: "20260105113000+0100"})
    assert fact_of(oru(obx(), spm, obr={7: "20260105070000+0100"})).time == AT
    assert fact_of(oru(untimed, spm, obr={7: "20260105070000+0100"})).time.value == datetime(
        2026, 1, 5, 7, 30, tzinfo=UTC
    )
    assert fact_of(oru(untimed, obr={7: "20260105070000+0100"})).time.value == datetime(2026, 1, 5, 6, tzinfo=UTC)
    assert refused(oru(untimed)).startswith("OBX[1]-14: no time of the sample")


def test_two_specimens_that_differ_leave_it_to_the_order() -> None:
    spms = [segment("SPM", {1: "1", 17: f"202601050{hour}3000+0100"}) for hour in (7, 8)]
    assert fact_of(oru(obx({14: ""}), *spms, obr={7: "20260105070000+0100"})).time.value.hour == 6


@pytest.mark.parametrize(
    ("sent", "value"),
    [
        ("20260105103000+0100", datetime(2026, 1, 5, 9, 30, tzinfo=UTC)),
        ("202601051030-0500", datetime(2026, 1, 5, 15, 30, tzinfo=UTC)),
        ("20260105103000.1234+0000", datetime(2026, 1, 5, 10, 30, 0, 123400, tzinfo=UTC)),
        ("20260105", date(2026, 1, 5)),
        ("20260105+0100", date(2026, 1, 5)),
        ("2026010510+0100", date(2026, 1, 5)),
        ("20260105000000+0100^D", date(2026, 1, 5)),
        ("202601051030", datetime(2026, 1, 5, 9, 30, tzinfo=UTC)),
    ],
)
def test_edge_12_a_time_keeps_its_precision(sent: str, value: object) -> None:
    assert result({14: sent}).time.value == value


@pytest.mark.parametrize("sent", ["202601", "2026", "20260230", "202601052500", "2026-01-05", "yesterday", "00000000"])
def test_edge_12_a_month_a_year_and_what_is_no_time_are_refused(sent: str) -> None:
    assert refused(oru(obx({14: sent}))).startswith("OBX[1]-14: ")


# which fact, which version


def test_the_order_its_code_and_the_sub_id_make_the_id() -> None:
    assert result({4: "2"}).fact_id.endswith("F1^LIS#LN|718-7#2")
    assert fact_of(oru(obr={3: ""})).fact_id.endswith("/P1^WARD#LN|718-7")
    assert result({21: "R-77^LIS"}).fact_id == "OBX/hospital/R-77^LIS"


def test_the_number_may_stand_in_orc_alone_and_belongs_to_one_order() -> None:
    head, pid, _, _ = oru().decode().split("\r")[:4]
    orc, bare = segment("ORC", ORC), segment("OBR", {1: "1", 4: "X"})
    first, second = facts_of(message(head, pid, orc, bare, obx(), bare, obx(PLATELETS)))
    assert first.fact_id.endswith("F1^LIS#LN|718-7")
    assert second.fact_id.endswith("/2026-01-05T09:30:00Z#LN|777-3"), "no order number: by code and time"


def test_without_a_number_and_an_hour_nothing_could_tell_a_correction() -> None:
    assert refused(oru(obx({14: "20260105"}), obr={2: "", 3: ""})).startswith("OBR-3: ")


def test_the_version_is_when_the_report_changed_else_when_the_message_was_made() -> None:
    assert fact_of(oru(obr={22: ""})).version == ms(2026, 1, 5, 11)
    assert fact_of(oru(obr={22: "202601051200"})).version == ms(2026, 1, 5, 11)
    assert fact_of(oru(obr={22: "soon"}, msh={7: ""})).version == 1


def test_two_results_under_one_number_that_differ_are_not_believed() -> None:
    assert refused(oru(obx(), obx({5: "81"}))).startswith("(message): two statements have one number and differ")
    assert len(facts_of(oru(obx(), obx()))) == 1
    assert len(facts_of(oru(obx({11: "P"}), obx({5: "81"})))) == 2, "the final one stands over the preliminary"
    assert len(facts_of(oru(obx({4: "1"}), obx({4: "2", 5: "81"})))) == 2


# codes


@pytest.mark.parametrize(
    "sent",
    [
        "HB^Haemoglobin^99LAB^718-7^Hemoglobin^LN",
        "^^^718-7^Hemoglobin^LN",
        "HB^x^L^^^^^^^718-7^Hb^LN",
        "718-7^Hb^LN^20509-6^Hb^LN",
        "haemoglobin^^urn:b12watch:analyte",
        "718-7^Hb^2.16.840.1.113883.6.1~X^Y^L",
    ],
)
def test_any_of_the_codes_may_be_ours(sent: str) -> None:
    file = feed('systems = { "2.16.840.1.113883.6.1" = "loinc" }')
    assert fact_of(oru(obx({3: sent})), feeds=file).analyte is Analyte.HAEMOGLOBIN


def test_codes_that_contradict_each_other_are_refused() -> None:
    for sent in ("718-7^Hb^LN^777-3^PLT^LN", "718-7^Hb^LN^4548-4^HbA1c^LN", "718-7^Hb^LN^59260-0^Hb^LN"):
        assert refused(oru(obx({3: sent}))) == "OBX[1]-3: the codes of one result mean different things"


@pytest.mark.parametrize("sent", ["718-7^Haemoglobin", "718-7^Haemoglobin^LNC", "718-7"])
def test_a_code_of_loincs_without_its_system_is_refused_aloud(sent: str) -> None:
    assert refused(oru(obx({3: sent}))).startswith("OBX[1]-3: the code is one of ours")


@pytest.mark.parametrize("sent", ["HB^Haemoglobin", "HB^Haemoglobin^L"])
def test_codes_of_the_laboratorys_own_are_told_by_the_feeds_file(sent: str) -> None:
    file = feed('[[feeds.lab.tests]]\nsystem = "L"\ncode = "HB"\nanalyte = "haemoglobin"')
    assert fact_of(oru(obx({3: sent})), feeds=file).analyte is Analyte.HAEMOGLOBIN
    assert is_not_for_us(oru(obx({3: sent})))


def test_the_sender_names_the_feed() -> None:
    file = '[feeds.lis]\nsenders = ["LIS^LAB"]\nzone = "America/New_York"'
    assert fact_of(oru(), feeds=file).source == "lis"
    assert fact_of(oru(msh={4: "OTHER"}), feeds=file).source == "hospital"
