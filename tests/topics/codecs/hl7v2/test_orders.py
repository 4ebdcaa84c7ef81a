"""Orders: RXE of RDE messages, RXO of OMP messages."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from domain.calendar import ClinicalTime
from domain.facts import Drug, MedicationOrder, OrderStatus, Route, rank
from domain.quantity import Quantity
from tests.topics.codecs.hl7v2.messages import (
    ASPIRIN,
    ORDERED,
    RXE,
    TQ1,
    fact_of,
    facts_of,
    is_not_for_us,
    omp,
    rde,
    refused,
    segment,
)


def status(control: str, told: str = "") -> Any:
    return fact_of(rde(orc={1: control, 5: told})).status


def test_an_encoded_order_is_an_order_and_no_dose() -> None:
    assert fact_of(rde()) == MedicationOrder(
        fact_id="ORC/hospital/P7^WARD",
        version=1767610800000,
        time=ClinicalTime(datetime(2026, 1, 5, 8, 30, tzinfo=UTC)),
        source="hospital",
        drug=Drug.FOLIC_ACID,
        status=OrderStatus.ACTIVE,
        dose=Quantity(Decimal(5), "mg"),
        route=Route.ORAL,
        start=ClinicalTime(date(2026, 1, 6)),
        end=ClinicalTime(date(2026, 4, 5)),
    )


def test_an_order_as_it_was_requested_is_the_same_order() -> None:
    requested = fact_of(omp(None, segment("RXR", {1: "PO"})))
    encoded = fact_of(rde(tq1={7: "", 8: ""}))
    assert requested == encoded


def test_of_an_encoded_order_the_request_it_was_made_from_is_not_read() -> None:
    assert facts_of(rde({2: ASPIRIN})) == []
    assert is_not_for_us(rde({2: ASPIRIN})) and is_not_for_us(omp({1: ASPIRIN}))
    folic_requested = rde({2: ASPIRIN}).replace(b"RXO|1191^Aspirin", b"RXO|4511^Folic acid")
    assert is_not_for_us(folic_requested), "the pharmacy gives something else"


def test_each_order_of_a_message_is_one() -> None:
    second = (segment("ORC", {**ORDERED, 2: "P8^WARD"}), segment("RXE", {**RXE, 2: "5514^x^RXNORM", 3: "1"}))
    other = (segment("ORC", {**ORDERED, 2: "P9^WARD"}), segment("RXE", {**RXE, 2: ASPIRIN}))
    orders = facts_of(rde(None, *other, *second))
    assert [(o.fact_id[-7:], o.drug) for o in orders if isinstance(o, MedicationOrder)] == [
        ("P7^WARD", Drug.FOLIC_ACID),
        ("P8^WARD", Drug.HYDROXOCOBALAMIN),
    ]


@pytest.mark.parametrize(
    ("control", "wanted"),
    [("NW", "active"), ("XO", "active"), ("HD", "on-hold"), ("RL", "active"), ("CA", "cancelled"), ("DC", "stopped")],
)
def test_what_is_done_with_an_order_is_its_status(control: str, wanted: str) -> None:
    assert status(control) == wanted


@pytest.mark.parametrize(
    ("told", "wanted"),
    [("IP", "active"), ("CM", "completed"), ("DC", "stopped"), ("CA", "cancelled"), ("HD", "on-hold"), ("", "unknown")],
)
def test_where_only_a_status_is_told_it_is_that(told: str, wanted: str) -> None:
    assert status("SC", told) == wanted


def test_a_later_message_about_an_order_stands_over_the_earlier() -> None:
    first = fact_of(rde())
    stopped = fact_of(rde(orc={1: "DC"}).replace(b"20260105120000+0100", b"20260106120000+0100"))
    assert first.fact_id == stopped.fact_id
    assert max(first, stopped, key=rank) is stopped


def test_asking_for_a_refill_says_nothing_of_the_order() -> None:
    assert is_not_for_us(rde(orc={1: "RF"}, kind="RDE^O25"))


def test_timings_that_differ_tell_no_start() -> None:
    tapered = rde(None, segment("TQ1", {**TQ1, 7: "20260110"}))
    assert fact_of(tapered).start is None
    only_a_start = fact_of(rde(orc={9: ""}))
    assert (only_a_start.time, only_a_start.start) == (ClinicalTime(date(2026, 1, 6)), None)


def test_a_dose_in_tablets_is_one_whose_mass_is_not_said() -> None:
    assert fact_of(rde({3: "1", 5: "TAB"})).dose is None
    assert fact_of(rde({3: "", 5: ""})).dose is None


@pytest.mark.parametrize(
    ("raw", "where"),
    [
        (rde(orc={1: ""}), "ORC-1: "),
        (rde(orc={1: "ZZ"}), "ORC[1]-1: "),
        (rde(orc={1: "SC", 5: "ER"}), "ORC[1]-5: "),
        (rde(orc={2: ""}), "ORC-2: "),
        (rde(orc={9: ""}, tq1={7: ""}), "ORC-9: "),
        (rde(orc={9: "2026"}), "ORC[1]-9: "),
        (rde({5: ""}), "RXE[1]-5: "),
        (rde({3: "some"}), "RXE[1]-3: "),
        (omp({4: ""}), "RXO[1]-4: "),
        (rde({2: "4511^x^RXNORM^5514^x^RXNORM"}), "RXE[1]-2: "),
        (rde(None, segment("RXR", {1: "PO"}), segment("RXR", {1: "IM"})), "RXR[2]-1: "),
    ],
)
def test_what_cannot_be_told_is_kept_for_people(raw: bytes, where: str) -> None:
    assert refused(raw).startswith(where)
