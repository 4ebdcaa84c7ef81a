"""The shapes of the source topics: what we write ourselves is read back as it was."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import given

from domain.calendar import ClinicalTime
from domain.facts import (
    Action,
    AdministrationStatus,
    AlertAction,
    Analyte,
    Fact,
    LabResult,
    OrderStatus,
    ResultStatus,
    SupplyStatus,
    content,
)
from domain.quantity import Quantity
from tests.topics.sending import message_of
from tests.topics.strategies import (
    IDENTIFIER,
    sent_actions,
    sent_administrations,
    sent_assessments,
    sent_conditions,
    sent_lab_results,
    sent_orders,
    sent_plans,
    sent_supplies,
)
from topics.codecs.plain_json import decode, encode
from topics.decoded import Facts, Origin
from topics.schemas.source import (
    ChartStatus,
    LabStatus,
)
from topics.schemas.source_base import fact_id_of
from topics.schemas.source_medication import DispenseStatus, RequestStatus
from topics.schemas.source_plan import TreatmentPlanV1

AT = ClinicalTime(datetime(2026, 1, 5, 9, 30, tzinfo=UTC))


def comes_back(topic: str, patient_id: str, fact: Fact) -> None:
    origin = Origin(topic=topic, partition=0, offset=0, timestamp=datetime(2026, 1, 5, tzinfo=UTC))
    decoded = decode(topic, encode(message_of(patient_id, fact)), origin=origin)
    assert decoded == Facts(patient_id, (fact,))
    assert isinstance(decoded, Facts)
    assert content(decoded.facts[0]) == content(fact)


@given(IDENTIFIER, sent_lab_results())
def test_a_lab_result_that_we_send_is_read_as_it_was(patient_id: str, fact: LabResult) -> None:
    comes_back("lab-results", patient_id, fact)


@given(IDENTIFIER, sent_administrations())
def test_an_administration_that_we_send_is_read_as_it_was(patient_id: str, fact: Fact) -> None:
    comes_back("administrations", patient_id, fact)


@given(IDENTIFIER, sent_orders())
def test_an_order_that_we_send_is_read_as_it_was(patient_id: str, fact: Fact) -> None:
    comes_back("administrations", patient_id, fact)


@given(IDENTIFIER, sent_supplies())
def test_a_supply_that_we_send_is_read_as_it_was(patient_id: str, fact: Fact) -> None:
    comes_back("administrations", patient_id, fact)


@given(IDENTIFIER, sent_conditions())
def test_a_condition_that_we_send_is_read_as_it_was(patient_id: str, fact: Fact) -> None:
    comes_back("assessments", patient_id, fact)


@given(IDENTIFIER, sent_plans())
def test_a_plan_that_we_send_is_read_as_it_was(patient_id: str, fact: Fact) -> None:
    comes_back("treatment-plans", patient_id, fact)


@given(IDENTIFIER, sent_assessments())
def test_an_assessment_that_we_send_is_read_as_it_was(patient_id: str, fact: Fact) -> None:
    comes_back("assessments", patient_id, fact)


@given(IDENTIFIER, sent_actions())
def test_an_action_that_we_send_is_read_as_it_was(patient_id: str, fact: Fact) -> None:
    comes_back("alert-actions", patient_id, fact)


def lab_result(**changes: Any) -> LabResult:
    parts: dict[str, Any] = {
        "fact_id": "lab-result/lis/1",
        "version": 1,
        "time": AT,
        "source": "lis",
        "analyte": Analyte.HAEMOGLOBIN,
        "status": ResultStatus.FINAL,
        "quantity": Quantity(Decimal("11.80"), "g/dL"),
    }
    return LabResult(**{**parts, **changes})


def test_a_value_is_sent_as_a_json_number_with_its_digits() -> None:
    assert b'"value":11.80,' in encode(message_of("p", lab_result())) + b","


def test_a_snooze_without_end_is_no_message() -> None:
    action = AlertAction(
        fact_id="alert-action/feed/1",
        version=1,
        time=AT,
        source="feed",
        alert_id="a",
        action=Action.SNOOZED,
        actor="nurse",
    )
    with pytest.raises(ValueError, match="a snooze must say when it ends"):
        message_of("p", action)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("lab-result", "a/b", "c"), ("lab-result", "a", "b/c")),
        (("lab-result", "a/b", "c"), ("lab-result", "a%2Fb", "c")),
        (("lab-result", "a", "b"), ("administration", "a", "b")),
    ],
)
def test_different_things_have_different_fact_ids(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    assert fact_id_of(*one) != fact_id_of(*other)


def test_the_words_of_a_status_are_those_of_the_domain_and_entered_in_error() -> None:
    assert set(get_args(LabStatus)) == {*ResultStatus, "entered-in-error"}
    assert set(get_args(ChartStatus)) == {*AdministrationStatus, "entered-in-error"}
    assert set(get_args(RequestStatus)) == {*OrderStatus, "entered-in-error"}
    assert set(get_args(DispenseStatus)) == {*SupplyStatus, "entered-in-error"}


def test_a_birth_date_is_a_day_on_the_wire() -> None:
    plan = TreatmentPlanV1.model_validate(
        {
            "schema_version": 1,
            "id": "1",
            "patient_id": "p",
            "source": "ehr",
            "regimen": "R1",
            "neurological_involvement": "no",
            "starts_at": "2026-01-05",
            "birth_date": "1950-02-28",
        }
    )
    assert plan.birth_date == date(1950, 2, 28)
    assert b'"birth_date":"1950-02-28"' in encode(plan)


@pytest.mark.parametrize("name", ["last_dose", "treatment_started"])
@pytest.mark.parametrize(("day", "is_read"), [("2026-01-06", True), ("2026-01-07", False), ("2036-01-05", False)])
def test_what_was_given_before_a_plan_cannot_lie_after_it(name: str, day: str, is_read: bool) -> None:
    content = {
        "schema_version": 1,
        "id": "plan-1",
        "patient_id": "p-1",
        "source": "clinic",
        "regimen": "R2",
        "neurological_involvement": "no",
        "starts_at": "2026-01-05T09:00:00Z",
        name: day,
    }
    if is_read:
        TreatmentPlanV1.model_validate(content)
        return
    with pytest.raises(ValueError, match=f"{name} lies after the day"):
        TreatmentPlanV1.model_validate(content)
