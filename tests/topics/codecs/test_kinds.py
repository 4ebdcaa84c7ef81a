"""Several kinds of message on one topic: `kind` tells them apart, and left out it is the topic's own."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from domain.calendar import ClinicalTime
from domain.facts import (
    Administration,
    ClinicalAssessment,
    Condition,
    ConditionCode,
    Drug,
    MedicationOrder,
    MedicationSupply,
    OralReason,
    OrderStatus,
    Route,
    SupplyStatus,
)
from domain.quantity import Quantity
from tests.topics.messages import BASES, TOPIC_OF, fact
from tests.topics.sending import message_of
from topics.codecs.plain_json import encode

OWN_KINDS = {
    "lab-results": "lab-result",
    "administrations": "administration",
    "treatment-plans": "treatment-plan",
    "assessments": "assessment",
    "alert-actions": "alert-action",
}


@pytest.mark.parametrize("topic", OWN_KINDS)
def test_a_topics_own_kind_may_be_named_or_left_out(topic: str) -> None:
    assert fact(topic, kind=OWN_KINDS[topic]) == fact(topic)


@pytest.mark.parametrize("base", BASES)
def test_we_name_the_kind_only_where_it_is_not_the_topics_own(base: str) -> None:
    written = json.loads(encode(message_of("p-1", fact(base))))
    assert written.get("kind") == (base if base in TOPIC_OF else None)


def test_what_is_no_order_no_supply_and_no_condition_is_what_it_was() -> None:
    assert isinstance(fact("administrations"), Administration)
    assert isinstance(fact("assessments"), ClinicalAssessment)


def test_an_order_becomes_a_fact_that_is_no_dose() -> None:
    order = fact("medication-order", ends_at="2026-05-05")
    assert order == MedicationOrder(
        fact_id="medication-order/cpoe/17",
        version=1,
        time=ClinicalTime(datetime(2026, 1, 5, 10, 30, tzinfo=UTC)),
        source="cpoe",
        drug=Drug.FOLIC_ACID,
        status=OrderStatus.ACTIVE,
        dose=Quantity(Decimal(5), "mg"),
        route=Route.ORAL,
        end=ClinicalTime(date(2026, 5, 5)),
    )
    assert not isinstance(order, Administration)
    assert order.starts == order.time


def test_an_order_may_start_later_than_it_was_made() -> None:
    order = fact("medication-order", starts_at="2026-02-01")
    assert order.starts == ClinicalTime(date(2026, 2, 1))


def test_a_supply_becomes_a_fact_for_the_mouth_unless_told() -> None:
    assert fact("medication-supply") == MedicationSupply(
        fact_id="medication-supply/pharmacy/17",
        version=1,
        time=ClinicalTime(date(2026, 1, 5)),
        source="pharmacy",
        drug=Drug.CYANOCOBALAMIN,
        status=SupplyStatus.COMPLETED,
        days=28,
        route=Route.ORAL,
    )
    assert fact("medication-supply", route="intramuscular").route is Route.INTRAMUSCULAR


@pytest.mark.parametrize("days", [1, 366])
def test_a_supply_lasts_from_a_day_to_a_year(days: int) -> None:
    assert fact("medication-supply", days=days).days == days


def test_a_condition_becomes_a_fact_with_the_length_as_sent() -> None:
    condition = fact("condition", length_cm=20, ended_at="2020-01-01")
    assert condition == Condition(
        fact_id="condition/ehr/17",
        version=1,
        time=ClinicalTime(date(2019, 6, 30)),
        source="ehr",
        code=ConditionCode.ILEAL_RESECTION,
        end=ClinicalTime(date(2020, 1, 1)),
        length_cm=Decimal(20),
    )


def test_a_condition_of_unknown_length_has_none() -> None:
    assert fact("condition").length_cm is None


def test_a_plan_may_say_why_b12_is_given_by_mouth() -> None:
    assert fact("treatment-plans", oral_reason="injection-contraindicated").oral_reason is (
        OralReason.INJECTION_CONTRAINDICATED
    )
    assert fact("treatment-plans").oral_reason is None


@pytest.mark.parametrize(
    ("analyte", "unit"),
    [
        ("vitamin-b12", "pmol/L"),
        ("active-b12", "pmol/L"),
        ("folate", "nmol/L"),
        ("methylmalonic-acid", "umol/L"),
        ("homocysteine", "umol/L"),
        ("potassium", "meq/L"),
        ("reticulocytes", "10*9/L"),
        ("reticulocyte-share", "%"),
        ("creatinine", "mg/dL"),
        ("egfr", "mL/min/{1.73_m2}"),
    ],
)
def test_the_other_analytes_are_read_in_their_units(analyte: str, unit: str) -> None:
    result = fact("lab-results", analyte=analyte, value=3, unit=unit)
    assert (result.analyte.value, result.quantity) == (analyte, Quantity(Decimal(3), unit))
