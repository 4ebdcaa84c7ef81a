"""RXA and RXR of RAS messages (section 5.4); orders, dispenses and vaccinations are no administrations."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from domain.calendar import ClinicalTime
from domain.facts import Administration, AdministrationStatus, Drug, Route, Withdrawal
from domain.quantity import Quantity
from tests.topics.codecs.hl7v2.messages import (
    RXA,
    RXR,
    Fields,
    dose,
    fact_of,
    facts_of,
    feed,
    is_not_for_us,
    ras,
    refused,
    segment,
)
from topics.codecs.hl7v2.administrations import COMPLETIONS

COUNTED = {1: "3", 2: "2"}


def test_a_dose_becomes_a_fact() -> None:
    assert dose() == Administration(
        fact_id="RXA/hospital/F1^LIS#2026-01-05T08:30:00Z",
        version=int(datetime(2026, 1, 5, 11, tzinfo=UTC).timestamp() * 1000),
        time=ClinicalTime(datetime(2026, 1, 5, 8, 30, tzinfo=UTC)),
        source="hospital",
        drug=Drug.HYDROXOCOBALAMIN,
        status=AdministrationStatus.COMPLETED,
        dose=Quantity(Decimal(1), "mg"),
        route=Route.INTRAMUSCULAR,
    )


@pytest.mark.parametrize(
    ("said", "status"),
    [("CP", "completed"), ("PA", "stopped"), ("RE", "not-done"), ("NA", "not-done"), ("cp", "completed")],
)
def test_completion(said: str, status: str) -> None:
    assert set(COMPLETIONS) == {"CP", "PA", "RE", "NA"}
    assert dose({20: said}).status == status


def test_a_blank_completion_is_neither_given_nor_missed_unless_the_feed_says_so() -> None:
    assert dose({20: ""}).status is AdministrationStatus.UNKNOWN
    assert dose({20: "", 18: "00^Parental refusal^NIP002"}).status is AdministrationStatus.NOT_DONE
    given = fact_of(ras({20: ""}), feeds=feed('blank_completion = "completed"'))
    assert given.status is AdministrationStatus.COMPLETED


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({20: "XX"}, "RXA[1]-20"),
        ({20: "CP", 18: "00^refused^NIP002"}, "RXA[1]-20"),
        ({20: "", 21: "U"}, "RXA[1]-20"),
        ({21: "Q"}, "RXA[1]-21"),
        ({3: ""}, "RXA[1]-3"),
        ({3: "202601"}, "RXA[1]-3"),
        ({7: ""}, "RXA[1]-7"),
        ({7: "bushels"}, "RXA[1]-7"),
        ({6: "one"}, "RXA[1]-6"),
        ({6: "<1"}, "RXA[1]-6"),
        ({6: "-1"}, "RXA[1]-6"),
        ({5: "5514^H^RXNORM^4511^F^RXNORM"}, "RXA[1]-5"),
        ({5: "B03BA03^Hydroxocobalamin"}, "RXA[1]-5"),
    ],
)
def test_what_cannot_be_believed_is_kept_for_people(changes: Fields, place: str) -> None:
    assert refused(ras(changes)).startswith(f"{place}: ")


def test_a_deletion_withdraws_and_an_update_stands_over_what_was_before() -> None:
    assert isinstance(dose({21: "D"}), Withdrawal)
    assert dose({21: "D"}).fact_id == dose().fact_id == dose({21: "U", 6: "0.5"}).fact_id
    later = fact_of(ras({21: "U", 6: "0.5"}, msh={7: "20260105130000+0100"}))
    assert later.version > dose().version


@pytest.mark.parametrize(
    ("amount", "unit", "more", "wanted"),
    [
        ("1000", "ug", {}, "1000 ug"),
        ("1000", "mcg^microgram^L", {}, "1000 ug"),
        ("0.500", "mg", {}, "0.500 mg"),
        ("999", "", {}, None),
        ('""', "", {}, None),
        ("", "mg", {}, None),
        ("1", "mL^MilliLiter^UCUM", {}, None),
        ("1", "mL", {13: "1", 14: "mg", 23: "1", 24: "mL"}, "1000 ug"),
        ("2", "mL", {13: "500", 14: "ug/mL"}, "1000 ug"),
        ("2", "mL", {13: "1", 14: "mg/mL"}, "2000 ug"),
        ("2", "mL", {13: "1", 14: "mg/mL", 5: "103010^Hydroxocobalamin^RXNORM"}, "500 ug"),
        ("2", "mL", {13: "much", 14: "mg/mL"}, None),
        ("1", "ampoule", {}, None),
    ],
)
def test_amount(amount: str, unit: str, more: Fields, wanted: str | None) -> None:
    given = dose({6: amount, 7: unit, **more})
    if wanted is None:
        assert given.dose is None and given.status is AdministrationStatus.COMPLETED
    else:
        number, text = wanted.split()
        assert (given.dose.amount, given.dose.unit) == (Decimal(number), text)


@pytest.mark.parametrize(
    ("sent", "route"),
    [
        ("IM^Intramuscular^HL70162", "intramuscular"),
        ("IM", "intramuscular"),
        ("C28161^Intramuscular^NCIT", "intramuscular"),
        ("78421000^Intramuscular^SCT", "intramuscular"),
        ("SC^Subcutaneous^HL70162", "subcutaneous"),
        ("PO", "oral"),
        ("IV", "intravenous"),
        ("TP^Topical^HL70162", "unknown"),
        ("IM^?^99WARD", "unknown"),
        ("", "unknown"),
    ],
)
def test_route(sent: str, route: str) -> None:
    assert fact_of(ras(None, segment("RXR", {1: sent, 2: "LA"}))).route == route


def test_the_route_after_several_doses_is_theirs_together() -> None:
    second = segment("RXA", {**RXA, **COUNTED})
    third, oral = segment("RXA", {**RXA, 1: "4", 2: "2"}), segment("RXR", {**RXR, 1: "PO"})
    facts = facts_of(ras(None, second, segment("RXR", RXR), third, oral))
    assert [fact.route for fact in facts if isinstance(fact, Administration)] == [
        Route.INTRAMUSCULAR,
        Route.INTRAMUSCULAR,
        Route.ORAL,
    ]
    assert refused(ras(None, segment("RXR", RXR), oral)) == "RXR[1]-1: the routes of one dose differ"


def test_an_order_and_its_counters_make_the_id() -> None:
    assert dose(COUNTED).fact_id == "RXA/hospital/F1^LIS#3#2"
    assert dose({**COUNTED, 3: "20260106"}).fact_id == dose(COUNTED).fact_id, "the time of it is corrected"


def test_counters_that_count_nothing_leave_it_to_the_time() -> None:
    """RXA-1 and RXA-2 are 0 and 1 in every message of many senders: the next day's dose is another dose."""
    assert dose({1: "0", 3: "20260106"}).fact_id == "RXA/hospital/F1^LIS#2026-01-06"
    assert dose({1: "0", 3: "20260106"}).time.value == date(2026, 1, 6)


def test_a_dose_of_no_order_goes_by_drug_and_time() -> None:
    assert fact_of(ras(orc={2: "", 3: ""})).fact_id == "RXA/hospital/RXNORM|5514@2026-01-05T08:30:00Z"
    assert refused(ras({3: "20260105"}, orc={2: "", 3: ""})).startswith("RXA[1]-3: no number")


def test_two_doses_under_one_number_that_differ_are_not_believed() -> None:
    assert refused(ras(None, segment("RXA", {**RXA, 6: "2"}))).startswith("(message): two statements")


@pytest.mark.parametrize(
    ("code", "drug"),
    [
        ("1217427007^Aquacobalamin^SCT", "hydroxocobalamin"),
        ("409258004^Hydroxocobalamin^SCT", "hydroxocobalamin"),
        ("B03BA01^Cyanocobalamin^ATC", "cyanocobalamin"),
        ("4511^Folic acid^RXNORM", "folic-acid"),
        ("418558000^x^SCT", "folic-acid-combination"),
    ],
)
def test_edge_30_old_and_new_codes_of_a_drug_are_read(code: str, drug: str) -> None:
    assert dose({5: code}).drug == drug


@pytest.mark.parametrize("code", ["187006^Co-57^SCT", "1191^Aspirin^RXNORM", "B12^Vit B12^99WARD", ""])
def test_other_drugs_are_not_for_us(code: str) -> None:
    assert is_not_for_us(ras({5: code}))


@pytest.mark.parametrize(
    "kind", ["VXU^V04", "RDE^O49", "RDS^O13", "ORM^O01", "RGV^O15", "OUL^R22", "ORU^R40", "MDM^T02"]
)
def test_edge_26_what_is_no_administration_gives_no_dose(kind: str) -> None:
    assert is_not_for_us(ras(msh={9: kind}))


def test_an_old_event_of_an_administration_is_one() -> None:
    assert fact_of(ras(msh={9: "RAS^O01"})) == dose()
