"""RXA and RXR segments become administrations: completions, amounts, routes, what is taken back (section 5.4)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.facts import Administration, AdministrationStatus, Drug, Route, Withdrawal
from tests.topics.codecs.hl7v2.messages import RXR, dose, facts_of, feed, is_not_for_us, ras, read, refused, segment


def test_an_injection_says_what_the_message_says() -> None:
    fact = dose()
    assert isinstance(fact, Administration)
    assert (fact.drug, fact.status, fact.route) == (
        Drug.HYDROXOCOBALAMIN,
        AdministrationStatus.COMPLETED,
        Route.INTRAMUSCULAR,
    )
    assert fact.dose_ug == 1000
    assert str(fact.time) == "2026-01-05 08:30 UTC"


@pytest.mark.parametrize(
    ("word", "status"), [("CP", "completed"), ("PA", "stopped"), ("RE", "not-done"), ("NA", "not-done")]
)
def test_the_completion_says_whether_it_was_given(word: str, status: str) -> None:
    assert dose({20: word}).status == AdministrationStatus(status)


def test_a_blank_completion_is_no_dose_unless_the_feeds_file_says_so() -> None:
    assert dose({20: ""}).status is AdministrationStatus.UNKNOWN
    said = feed('blank_completion = "completed"')
    assert dose({20: ""}, feeds=said).status is AdministrationStatus.COMPLETED


def test_a_dose_that_is_deleted_withdraws_the_fact_that_it_was() -> None:
    (gone,) = facts_of(ras({21: "D"}))
    assert isinstance(gone, Withdrawal)
    assert gone.fact_id == dose().fact_id


@pytest.mark.parametrize(
    ("amount", "unit", "ug"), [("1", "mg", 1000), ("1000", "mcg", 1000), ("1000", "ug", 1000), ("0.5", "mg", 500)]
)
def test_amounts_are_read_with_their_unit(amount: str, unit: str, ug: int) -> None:
    assert dose({6: amount, 7: unit}).dose_ug == Decimal(ug)


def test_an_amount_without_unit_is_never_guessed() -> None:
    assert "RXA[1]-7" in refused(ras({7: ""}))


@pytest.mark.parametrize(
    ("word", "route"), [("IM", Route.INTRAMUSCULAR), ("SC", Route.SUBCUTANEOUS), ("PO", Route.ORAL)]
)
def test_the_route_is_that_of_the_rxr(word: str, route: Route) -> None:
    (fact,) = facts_of(ras({}, segment("RXR", {**RXR, 1: f"{word}^^HL70162"})))
    assert isinstance(fact, Administration)
    assert fact.route is route


def test_a_dose_without_rxr_has_no_route_that_is_known() -> None:
    (fact,) = facts_of(ras({}, segment("NTE", {1: "1", 3: "given"})))
    assert isinstance(fact, Administration)
    assert fact.route is Route.UNKNOWN


@pytest.mark.parametrize("kind", ["RDE^O11^RDE_O11", "RDS^O13^RDS_O13", "VXU^V04^VXU_V04", "ORM^O01^ORM_O01"])
def test_what_is_ordered_or_handed_over_is_never_a_dose(kind: str) -> None:
    assert is_not_for_us(ras(msh={9: kind}))


def test_another_drug_is_not_for_us() -> None:
    assert is_not_for_us(ras({5: "161^Paracetamol^RXNORM"}))


@given(st.dictionaries(st.integers(1, 26), st.text("|^~&\\\\.0123456789CPMDURAX ", max_size=8), max_size=4))
def test_no_fields_stop_the_reader(changes: dict[int, str]) -> None:
    assert read(ras(changes))
