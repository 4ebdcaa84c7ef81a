"""Doses: micrograms and milligrams as sent, and what is said of the rest."""

from __future__ import annotations

from decimal import Decimal

import pytest

from domain.facts import Drug
from domain.quantity import Quantity
from topics.meaning.codes import Product
from topics.meaning.doses import dose_of
from topics.problems import Refused

B12, AMPOULE = Product(Drug.HYDROXOCOBALAMIN), Product(Drug.HYDROXOCOBALAMIN, ug_per_ml=Decimal(1000))
ANTIDOTE = Product(Drug.HYDROXOCOBALAMIN, antidote=True)


@pytest.mark.parametrize(
    ("product", "amount", "unit", "dose"),
    [
        (B12, "1", "mg", Quantity(Decimal(1), "mg")),
        (B12, "1000", "mcg", Quantity(Decimal(1000), "ug")),
        (B12, "1000", "µg", Quantity(Decimal(1000), "ug")),
        (AMPOULE, "1", "mL", Quantity(Decimal(1000), "ug")),
        (AMPOULE, "0.25", "ml", Quantity(Decimal(250), "ug")),
        (B12, "1", "mL", None),
        (B12, "1", "ampoule", None),
        (AMPOULE, "1", "ampoule", None),
        (B12, None, "", None),
        (Product(Drug.RED_CELLS), "2", "{units}", None),
    ],
)
def test_a_dose_has_its_mass_where_that_is_said(
    product: Product, amount: str | None, unit: str, dose: Quantity | None
) -> None:
    assert dose_of(product, None if amount is None else Decimal(amount), unit) == dose


def test_a_strength_that_the_message_tells_is_used_where_the_code_has_none() -> None:
    assert dose_of(B12, Decimal(2), "mL", ug_per_ml=Decimal(500)) == Quantity(Decimal(1000), "ug")


@pytest.mark.parametrize(("amount", "unit"), [("1", ""), ("1", "mg/kg"), ("1", "g/L"), ("-1", "mg"), ("NaN", "mg")])
def test_a_unit_that_is_missing_or_none_of_a_dose_goes_to_review(amount: str, unit: str) -> None:
    with pytest.raises(Refused):
        dose_of(B12, Decimal(amount), unit)


@pytest.mark.parametrize(("amount", "unit"), [("1000", "mg"), ("1", "g")])
def test_edge_27_a_gram_typed_for_micrograms_goes_on_for_the_domain_to_tell(amount: str, unit: str) -> None:
    assert dose_of(B12, Decimal(amount), unit) == Quantity(Decimal(1000), "mg")


def test_edge_28_the_antidotes_code_with_its_dose_goes_on_for_the_domain_to_note() -> None:
    assert dose_of(ANTIDOTE, Decimal(5), "g") == Quantity(Decimal(5000), "mg")


@pytest.mark.parametrize(("amount", "unit"), [(None, ""), ("1", "mg"), ("999", "mg"), ("1", "vial")])
def test_edge_28_the_antidotes_code_without_its_dose_is_never_a_dose_of_b12(amount: str | None, unit: str) -> None:
    with pytest.raises(Refused, match="antidote"):
        dose_of(ANTIDOTE, None if amount is None else Decimal(amount), unit)
