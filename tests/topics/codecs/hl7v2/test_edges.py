"""The edge cases of section 5.6 that HL7 v2 can express; some more stand beside what they are about."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from domain.facts import Administration, AdministrationStatus, Drug, Fact, LabResult, Withdrawal, rank
from domain.quantity import Quantity
from tests.topics.codecs.hl7v2.messages import (
    MSH,
    OBR,
    PATIENT,
    PID,
    PLATELETS,
    Fields,
    dose,
    fact_of,
    facts_of,
    feed,
    is_not_for_us,
    message,
    obx,
    oru,
    ras,
    read,
    refused,
    result,
    segment,
)
from topics.decoded import Facts, NotForUs

LATER = {22: "20260106090000+0100"}
LONDON = feed('zone = "Europe/London"')


def newest(*facts: Any) -> Fact:
    """The one that stands, asserted for every order of arrival."""
    assert len({fact.fact_id for fact in facts}) == 1
    stands: Fact = max(facts, key=rank)
    assert stands == max(reversed(facts), key=rank)
    return stands


def test_edge_01_a_message_that_comes_twice_gives_the_same_facts() -> None:
    assert read(oru()) == read(oru())


def test_edge_02_the_same_event_under_a_new_message_id_gives_the_same_facts() -> None:
    assert facts_of(oru(msh={10: "M2", 7: "20260107120000+0100"})) == facts_of(oru())
    assert dose().fact_id == fact_of(ras(msh={10: "M2"})).fact_id


def test_edge_03_a_result_that_is_sent_again_after_its_correction_changes_nothing() -> None:
    corrected = fact_of(oru(obx({11: "C", 5: "81"}), obr=LATER))
    again = fact_of(oru(msh={7: "20260109120000+0100"}))
    assert newest(corrected, again) is corrected


@pytest.mark.parametrize(("before", "after"), [("42", "242"), ("242", "42")])
def test_edge_04_05_a_correction_stands_over_its_original_in_every_order(before: str, after: str) -> None:
    first = fact_of(oru(obx({**PLATELETS, 5: before})))
    by_status = fact_of(oru(obx({**PLATELETS, 5: after, 11: "C"})))
    by_time = fact_of(oru(obx({**PLATELETS, 5: after}), obr=LATER))
    for corrected in (by_status, by_time):
        stands = newest(first, corrected)
        assert isinstance(stands, LabResult) and stands.amount == Decimal(after)


def test_edge_06_a_deletion_before_its_result_is_a_tombstone_that_stands() -> None:
    gone = fact_of(oru(obx({11: "D"})))
    assert isinstance(gone, Withdrawal)
    assert newest(gone, fact_of(oru())) is gone


def test_edge_07_a_result_of_the_wrong_patient_is_taken_back_and_told_under_the_right_one() -> None:
    right = {3: "4712^^^HOSP&1.2.3.4&ISO^MR"}
    assert isinstance(newest(result(), fact_of(oru(obx({11: "W"}), obr=LATER))), Withdrawal)
    (told,) = read(oru(pid=right, obr=LATER))
    assert isinstance(told, Facts) and told.patient_id == "urn:oid:1.2.3.4|4712"


def test_edge_08_one_number_of_two_assigners_is_two_patients() -> None:
    (one,), (other,) = read(oru()), read(oru(pid={3: "4711^^^ELSEWHERE^MR"}))
    assert isinstance(one, Facts) and isinstance(other, Facts)
    assert (one.patient_id, other.patient_id) == (PATIENT, "ELSEWHERE|4711")


def test_edge_08_the_feeds_file_says_whose_numbers_name_patients() -> None:
    file = feed('patients = [{ assigner = "NHS", prefix = "nhs-" }, { assigner = "HOSP" }]')
    both = oru(pid={3: "4711^^^HOSP&1.2.3.4&ISO^MR~943^^^NHS^NH"})
    assert [one.patient_id for one in read(both, feeds=file) if isinstance(one, Facts)] == ["nhs-943"]
    assert [one.patient_id for one in read(oru(), feeds=file) if isinstance(one, Facts)] == ["4711"]


@pytest.mark.parametrize("sent", ["", "4711", "^^^HOSP^MR", '""', "4711^^^^MR"])
def test_edge_09_a_number_without_an_assigner_and_no_number_name_nobody(sent: str) -> None:
    assert refused(oru(obx(), obx(PLATELETS), pid={3: sent})).startswith("PID[1]-3: "), "once, not for each result"


def test_edge_09_the_feeds_file_may_say_whose_numbers_they_are() -> None:
    file = feed('assigner = "HOSP"', 'patients = [{ assigner = "HOSP" }]')
    (told,) = read(oru(pid={3: "4711"}), feeds=file)
    assert isinstance(told, Facts) and told.patient_id == "4711"


def test_edge_09_a_message_of_nobody_is_refused() -> None:
    raw = message(segment("MSH", MSH), segment("OBR", OBR), obx())
    assert refused(raw) == "PID: no segment says whose this is"


def test_edge_09_results_of_two_patients_in_one_message_go_to_each() -> None:
    other = segment("PID", {**PID, 3: "4712^^^HOSP&1.2.3.4&ISO^MR"})
    outcomes = read(oru(obx(), other, segment("OBR", {**OBR, 3: "F2^LIS"}), obx()))
    assert [one.patient_id for one in outcomes if isinstance(one, Facts)] == [PATIENT, "urn:oid:1.2.3.4|4712"]


def test_edge_10_final_results_stand_over_preliminary_ones_in_every_order() -> None:
    preliminary, final = result({11: "P", 5: "81"}), result()
    assert newest(preliminary, final) is final


def test_edge_11_a_time_in_the_future_is_kept_as_it_is() -> None:
    assert result({14: "20270105103000+0100"}).time.value == datetime(2027, 1, 5, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sent", "value"),
    [
        ("20260705103000", datetime(2026, 7, 5, 9, 30, tzinfo=UTC)),
        ("20260105103000", datetime(2026, 1, 5, 10, 30, tzinfo=UTC)),
        ("20261025013000", date(2026, 10, 25)),
        ("20261025020000", datetime(2026, 10, 25, 2, tzinfo=UTC)),
        ("20260329003000", datetime(2026, 3, 29, 0, 30, tzinfo=UTC)),
    ],
)
def test_edge_13_a_time_without_an_offset_is_by_the_feeds_zone(sent: str, value: object) -> None:
    """The hour that comes twice is only a day; the offset of MSH-7 is of the message's own day, and goes behind."""
    assert result({14: sent}, feeds=LONDON).time.value == value


def test_edge_13_the_hour_that_does_not_exist_is_refused() -> None:
    assert refused(oru(obx({14: "20260329013000"})), feeds=LONDON).startswith("OBX[1]-14: the clocks")


def test_edge_13_without_a_zone_of_feed_or_message_a_time_is_refused() -> None:
    raw = oru(obx({14: "20260105103000"}), msh={7: "20260105120000"})
    assert refused(raw) == "OBX[1]-14: the date-time has no offset; the zone of a sender is never guessed"


def test_edge_14_an_offset_in_the_field_goes_before_every_zone() -> None:
    assert result({14: "20260105103000-0500"}, feeds=LONDON).time.value == datetime(2026, 1, 5, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize("unit", ["", '""', "bushels", "mmol/L", "10*9/L", "G/L", "g/l-1", "^^UCUM"])
def test_edge_15_a_unit_that_is_missing_unknown_or_of_another_kind_is_kept_for_people(unit: str) -> None:
    assert refused(oru(obx({6: unit}))).startswith("OBX[1]-6: ")


@pytest.mark.parametrize("unit", ["g/L", "g/l", "g/L^gram per litre^UCUM", "^g/L", "g /L"])
def test_edge_15_the_units_that_are_sent_instead_are_read(unit: str) -> None:
    assert result({6: unit}).amount == 118


@pytest.mark.parametrize(
    ("kind", "sent", "options", "wanted"),
    [
        ("ST", "11,4", {}, "11.4"),
        ("NM", "11,4", {}, "11.4"),
        ("NM", "11.400", {}, "11.400"),
        ("ST", "11.400", {"feeds": feed('decimal_mark = "."')}, "11.400"),
        ("NM", "11,400", {"feeds": feed('decimal_mark = ","')}, "11.400"),
    ],
)
def test_edge_16_commas_and_points(kind: str, sent: str, options: Any, wanted: str) -> None:
    assert result({2: kind, 5: sent, 6: "g/dL", 7: ""}, **options).quantity == Quantity(Decimal(wanted), "g/dL")


@pytest.mark.parametrize(("kind", "unit"), [("ST", "/uL"), ("NM", "/uL"), ("ST", "10*9/L")])
def test_edge_16_thousands_or_decimals_nobody_can_tell(kind: str, unit: str) -> None:
    said = {**PLATELETS, 2: kind, 5: "150.000", 6: unit, 7: ""}
    assert refused(oru(obx(said))).startswith("OBX[1]-5: three digits")


def test_edge_16_thousands_with_a_space_or_by_the_feeds_mark() -> None:
    said = {**PLATELETS, 2: "ST", 6: "/uL", 7: ""}
    assert result({**said, 5: "150 000"}).amount == 150
    assert result({**said, 2: "NM", 5: "150.000"}, feeds=feed('decimal_mark = ","')).amount == 150


@pytest.mark.parametrize("sent", ["12-14", "1:128", "positive", "++", "see attached letter", "118?"])
def test_edge_17_ranges_and_other_words_are_kept_for_people(sent: str) -> None:
    assert refused(oru(obx({2: "ST", 5: sent}))).startswith("OBX[1]-5: ")


def test_edge_17_a_comparator_stays_with_the_number() -> None:
    for changes in ({2: "ST", 5: "<5"}, {2: "SN", 5: "<^5"}, {2: "NM", 5: "<5"}):
        low = result({**PLATELETS, **changes})
        assert (low.amount, low.comparator) == (5, "<")


@pytest.mark.parametrize("sent", ["NaN", "Infinity", "-Infinity", "-118", "1e400", "0", "9" * 31, "9" * 5000, "١١٨"])
@pytest.mark.parametrize("kind", ["NM", "ST"])
def test_edge_18_what_nobody_can_have_measured_is_kept_for_people(kind: str, sent: str) -> None:
    assert refused(oru(obx({2: kind, 5: sent}))).startswith("OBX[1]-5: ")


def test_edge_18_no_platelets_at_all_are_a_count() -> None:
    assert result({**PLATELETS, 5: "0"}).amount == 0


def test_edge_20_a_panel_with_a_missing_member_gives_those_that_are_there() -> None:
    assert len(facts_of(oru(obx(), obx({**PLATELETS, 5: "", 11: "X"})))) == 2
    assert len(facts_of(oru(obx()))) == 1


def test_edge_21_two_haemoglobins_of_the_same_minute_are_two_facts() -> None:
    first, second = facts_of(oru(obx(), obx({3: "30313-1^Hb arterial^LN", 5: "112"})))
    assert first.fact_id != second.fact_id


def test_edge_22_a_result_made_at_the_bedside_is_one() -> None:
    beside = fact_of(oru(msh={9: "ORU^R30"}, obr={3: "POC-7^GLUCO"}))
    assert beside.fact_id != result().fact_id and beside.amount == 118


def test_edge_23_not_done_and_then_completed_under_one_number() -> None:
    refusal = dose({20: "RE", 18: "00^refused^NIP002"})
    given = fact_of(ras(msh={7: "20260105130000+0100"}))
    assert newest(refusal, given) is given
    assert newest(refusal, dose()) is not refusal, "also where the message's time is the same"


def test_edge_24_one_dose_charted_by_two_systems_is_two_facts() -> None:
    """That they are one dose, the domain tells: by patient, drug, route and time."""
    assert fact_of(ras(orc={3: "PH-9^PHARMACY"})).fact_id != dose().fact_id


def test_edge_25_the_time_of_a_dose_is_when_it_was_given_and_not_when_it_was_entered() -> None:
    assert dose({22: "20260120080000+0100"}).time == dose().time


@pytest.mark.parametrize(("amount", "unit", "wanted"), [("1000", "mg", "1000 mg"), ("1", "g", "1000 mg")])
def test_edge_27_a_slip_of_the_unit_goes_on_to_the_rule_that_tells_people(amount: str, unit: str, wanted: str) -> None:
    slip = dose({6: amount, 7: unit})
    assert f"{slip.dose.amount} {slip.dose.unit}" == wanted


def test_edge_28_the_antidote_is_told_by_code_and_amount() -> None:
    iv = segment("RXR", {1: "IV"})
    antidote = {5: "V03AB33^Hydroxocobalamin^ATC", 6: "5", 7: "g"}
    assert fact_of(ras(antidote, iv)).dose == Quantity(Decimal(5000), "mg")
    assert refused(ras({**antidote, 6: "1", 7: "mg"}, iv)).startswith("RXA[1]-6: the code is that of the antidote")


def test_edge_29_a_combination_with_folic_acid_is_told_as_one() -> None:
    given = dose({5: "B03AD02^Iron and folic acid^ATC", 6: "1", 7: "TAB"})
    assert isinstance(given, Administration)
    assert (given.drug, given.dose) == (Drug.FOLIC_ACID_COMBINATION, None)
    assert given.status is AdministrationStatus.COMPLETED


@pytest.mark.parametrize("event", ["A03", "A08", "A31", "A28", "A01"])
def test_edge_33_35_36_demographics_discharge_and_death_belong_to_the_plan(event: str) -> None:
    raw = message(segment("MSH", {**MSH, 9: f"ADT^{event}"}), segment("PID", {**PID, 30: "Y"}))
    assert is_not_for_us(raw)
    (outcome,) = read(raw)
    assert isinstance(outcome, NotForUs) and "stands in the plan" in outcome.because


@pytest.mark.parametrize("changes", [{12: "3.0"}, {12: "x"}])
def test_edge_38_an_unknown_version_of_hl7_is_a_dead_letter(changes: Fields) -> None:
    assert refused(oru(msh=changes)).startswith("MSH-12: ")


@pytest.mark.parametrize("kind", ["", "ORU R01", "results", "^R01", "OR"])
def test_edge_38_a_message_that_does_not_say_what_it_is_is_a_dead_letter(kind: str) -> None:
    assert refused(oru(msh={9: kind})).startswith("MSH-9: ")


def test_edge_39_no_clock_is_asked_but_the_messages() -> None:
    assert result({14: "19990105103000+0100"}).time.value.year == 1999
