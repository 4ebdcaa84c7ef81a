"""Amounts and units: section 4.2 of the clinical reference; nothing is guessed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from domain.errors import DomainError, ImpossibleAmount, UnknownUnit
from domain.facts import Analyte
from domain.quantity import Measure, Quantity


@pytest.mark.parametrize(
    ("measure", "amount", "unit", "canonical"),
    [
        (Measure.HAEMOGLOBIN, "12.05", "g/dL", "120.5"),
        (Measure.HAEMOGLOBIN, "120", "g/L", "120"),
        (Measure.CELL_COUNT, "50", "10*9/L", "50"),
        (Measure.CELL_COUNT, "50", "10*3/uL", "50"),
        (Measure.CELL_COUNT, "50000", "/uL", "50"),
        (Measure.CELL_COUNT, "49999", "/uL", "49.999"),
        (Measure.VITAMIN_B12, "180", "ng/L", "180"),
        (Measure.VITAMIN_B12, "180", "pg/mL", "180"),
        (Measure.VITAMIN_B12, "200", "pmol/L", "271"),
        (Measure.ACTIVE_B12, "25", "pmol/L", "25"),
        (Measure.FOLATE, "3", "ug/L", "3"),
        (Measure.FOLATE, "3", "ng/mL", "3"),
        (Measure.FOLATE, "10", "nmol/L", "4.413"),
        (Measure.METHYLMALONIC_ACID, "280", "nmol/L", "280"),
        (Measure.METHYLMALONIC_ACID, "0.28", "umol/L", "280"),
        (Measure.HOMOCYSTEINE, "15", "umol/L", "15"),
        (Measure.POTASSIUM, "3.4", "mmol/L", "3.4"),
        (Measure.POTASSIUM, "3.4", "meq/L", "3.4"),
        (Measure.PERCENT, "1.5", "%", "1.5"),
        (Measure.CREATININE, "88.4", "umol/L", "88.4"),
        (Measure.CREATININE, "1.5", "mg/dL", "132.6"),
        (Measure.EGFR, "59", "mL/min/{1.73_m2}", "59"),
        (Measure.DOSE, "1", "mg", "1000"),
        (Measure.DOSE, "1000", "mcg", "1000"),
        (Measure.DOSE, "1000", "ug", "1000"),
    ],
)
def test_accepted_units_convert_exactly(measure: Measure, amount: str, unit: str, canonical: str) -> None:
    assert measure.canonical(Quantity(Decimal(amount), unit)) == Decimal(canonical)


@pytest.mark.parametrize(
    ("measure", "unit"),
    [
        (Measure.HAEMOGLOBIN, "mmol/L"),
        (Measure.HAEMOGLOBIN, "g/dl"),
        (Measure.HAEMOGLOBIN, "10*9/L"),
        (Measure.CELL_COUNT, "g/L"),
        (Measure.CELL_COUNT, "G/L"),
        (Measure.VITAMIN_B12, "ng/mL"),
        (Measure.VITAMIN_B12, "nmol/L"),
        (Measure.ACTIVE_B12, "ng/L"),
        (Measure.ACTIVE_B12, "pg/mL"),
        (Measure.FOLATE, "pmol/L"),
        (Measure.METHYLMALONIC_ACID, "mmol/mol{creat}"),
        (Measure.HOMOCYSTEINE, "mg/L"),
        (Measure.POTASSIUM, "mEq/L"),
        (Measure.PERCENT, "[ppth]"),
        (Measure.PERCENT, "10*9/L"),
        (Measure.CREATININE, "mg/L"),
        (Measure.EGFR, "mL/min"),
        (Measure.DOSE, "g"),
        (Measure.DOSE, "MG"),
    ],
)
def test_another_unit_is_refused_and_the_accepted_ones_are_named(measure: Measure, unit: str) -> None:
    with pytest.raises(UnknownUnit) as refused:
        measure.canonical(Quantity(Decimal(7), unit))
    assert repr(unit) in str(refused.value)
    for accepted in measure.factors:
        assert accepted in str(refused.value)


@pytest.mark.parametrize("analyte", Analyte)
def test_every_analyte_has_its_measure(analyte: Analyte) -> None:
    one = Quantity(Decimal(1), analyte.measure.canonical_unit)
    assert analyte.measure.canonical(one) == 1


def test_a_share_of_reticulocytes_is_no_count_and_active_b12_no_total() -> None:
    assert Analyte.RETICULOCYTES.measure is not Analyte.RETICULOCYTE_SHARE.measure
    assert Analyte.VITAMIN_B12.measure is not Analyte.ACTIVE_B12.measure
    assert len(Measure.__members__) == len(list(Measure)), "equal lists of units would make one measure of two"


@pytest.mark.parametrize("amount", ["NaN", "sNaN", "Infinity", "-Infinity", "-0.001"])
def test_what_no_measurement_can_be_is_refused(amount: str) -> None:
    with pytest.raises(ImpossibleAmount):
        Quantity(Decimal(amount), "g/L")


def test_zero_is_a_number() -> None:
    assert Quantity(Decimal(0), "g/L").amount == 0


@pytest.mark.parametrize("unit", ["", " ", "\t"])
def test_a_missing_unit_is_refused(unit: str) -> None:
    with pytest.raises(UnknownUnit):
        Quantity(Decimal(15), unit)


def test_every_refusal_is_a_domain_error() -> None:
    assert issubclass(UnknownUnit, DomainError) and issubclass(ImpossibleAmount, DomainError)


@pytest.mark.parametrize(
    ("amount", "text"), [("50.0", "50 g/L"), ("1E+2", "100 g/L"), ("10.50", "10.5 g/L"), ("0", "0 g/L")]
)
def test_it_is_shown_without_needless_zeros_or_exponents(amount: str, text: str) -> None:
    assert str(Quantity(Decimal(amount), "g/L")) == text
