"""The words and facts themselves: which drug counts as what, when an order starts, which step of a life stands."""

from __future__ import annotations

from decimal import Decimal

import pytest

from domain.facts import (
    Administration,
    AdministrationStatus,
    Analyte,
    ConditionCode,
    Drug,
    Fact,
    LabResult,
    OrderStatus,
    ResultStatus,
    Route,
    SupplyStatus,
    rank,
)
from tests.kit import (
    active_b12,
    condition,
    creatinine,
    egfr,
    folate,
    folic_acid,
    haemoglobin,
    homocysteine,
    injection,
    methylmalonic_acid,
    oral,
    order,
    platelets,
    potassium,
    reticulocyte_share,
    reticulocytes,
    supply,
    transfusion,
    vitamin_b12,
    when,
    withdrawal,
)


def test_three_drugs_are_cobalamins_and_two_are_folic_acid() -> None:
    assert {drug for drug in Drug if drug.is_cobalamin} == {
        Drug.HYDROXOCOBALAMIN,
        Drug.CYANOCOBALAMIN,
        Drug.METHYLCOBALAMIN,
    }
    assert {drug for drug in Drug if drug.is_folic_acid} == {Drug.FOLIC_ACID, Drug.FOLIC_ACID_COMBINATION}


def test_an_order_starts_when_it_was_made_unless_it_says_another_time() -> None:
    assert order(3).starts == when(3)
    assert order(3, start=10).starts == when(10)


@pytest.mark.parametrize(
    ("result", "analyte"),
    [
        (haemoglobin(0, 7), Analyte.HAEMOGLOBIN),
        (platelets(0, 7), Analyte.PLATELETS),
        (vitamin_b12(0, 7), Analyte.VITAMIN_B12),
        (active_b12(0, 7), Analyte.ACTIVE_B12),
        (folate(0, 7), Analyte.FOLATE),
        (methylmalonic_acid(0, 7), Analyte.METHYLMALONIC_ACID),
        (homocysteine(0, 7), Analyte.HOMOCYSTEINE),
        (potassium(0, 7), Analyte.POTASSIUM),
        (reticulocytes(0, 7), Analyte.RETICULOCYTES),
        (reticulocyte_share(0, 7), Analyte.RETICULOCYTE_SHARE),
        (creatinine(0, 7), Analyte.CREATININE),
        (egfr(0, 7), Analyte.EGFR),
    ],
)
def test_a_result_in_the_canonical_unit_is_the_number_that_was_sent(result: LabResult, analyte: Analyte) -> None:
    assert result.analyte is analyte
    assert result.amount == 7


def test_a_result_in_another_unit_is_converted() -> None:
    assert vitamin_b12(0, 200, unit="pmol/L").amount == 271
    assert creatinine(0, "1.2", unit="mg/dL").amount == Decimal("106.08")


def test_a_dose_of_folic_acid_has_micrograms_too() -> None:
    assert folic_acid(0).drug is Drug.FOLIC_ACID
    assert folic_acid(0).dose_ug == 5000
    assert oral(0).route is Route.ORAL


def test_what_is_given_ordered_and_handed_over_at_one_time_are_different_facts() -> None:
    given: list[Administration] = [injection(0), oral(0), folic_acid(0)]
    others = [order(0), order(0, Drug.FOLIC_ACID), supply(0), condition(0, ConditionCode.VEGAN_DIET)]
    assert len({fact.fact_id for fact in (*given, *others)}) == len(given) + len(others)


_LIVES: list[tuple[Fact, Fact]] = [
    (haemoglobin(0, 90, status=ResultStatus.PRELIMINARY), haemoglobin(0, 90)),
    (injection(0, status=AdministrationStatus.NOT_DONE), injection(0)),
    (injection(0, status=AdministrationStatus.STOPPED), injection(0)),
    (transfusion(0, status=AdministrationStatus.IN_PROGRESS), transfusion(0)),
    (order(0, status=OrderStatus.DRAFT), order(0)),
    *((order(0), order(0, status=end)) for end in (OrderStatus.COMPLETED, OrderStatus.STOPPED, OrderStatus.CANCELLED)),
    (order(0, status=OrderStatus.ON_HOLD), order(0, status=OrderStatus.STOPPED)),
    (order(0, status=OrderStatus.UNKNOWN), order(0, status=OrderStatus.ON_HOLD)),
    (supply(0, status=SupplyStatus.PREPARATION), supply(0, status=SupplyStatus.IN_PROGRESS)),
    (supply(0, status=SupplyStatus.IN_PROGRESS), supply(0, status=SupplyStatus.DECLINED)),
    (supply(0, status=SupplyStatus.ON_HOLD), supply(0, status=SupplyStatus.CANCELLED)),
    (supply(0, status=SupplyStatus.STOPPED), supply(0)),
]


@pytest.mark.parametrize(("earlier", "later"), _LIVES)
def test_of_one_version_the_later_step_of_a_life_stands(earlier: Fact, later: Fact) -> None:
    assert earlier.fact_id == later.fact_id
    assert rank(earlier) < rank(later) < rank(withdrawal(later, 0, version=1))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (order(0, status=OrderStatus.ACTIVE), order(0, status=OrderStatus.ON_HOLD)),
        (order(0, status=OrderStatus.STOPPED), order(0, status=OrderStatus.CANCELLED)),
        (supply(0, status=SupplyStatus.DECLINED), supply(0, status=SupplyStatus.STOPPED)),
        (condition(0, ConditionCode.VEGAN_DIET), condition(0, ConditionCode.VEGAN_DIET, end=9)),
    ],
)
def test_between_steps_that_no_life_orders_content_decides_and_never_a_tie(one: Fact, other: Fact) -> None:
    assert rank(one)[:3] == rank(other)[:3]
    assert rank(one) != rank(other)
