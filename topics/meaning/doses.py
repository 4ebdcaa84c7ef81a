"""A dose in any format to a quantity that the domain can reckon with.

A dose in tablets, or in millilitres of an unknown strength, is a dose whose mass is not said: it counts, with a remark.
More than 2 mg of vitamin B12 go on as they are: the rule `dose-implausible` tells people of them (section 4.2), and of
the antidote; a gram is only another spelling of 1000 mg.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from domain.quantity import Quantity
from topics.meaning.codes import Product
from topics.meaning.numbers import checked
from topics.meaning.units import Kind, unit_of
from topics.problems import Refused

ANTIDOTE_FROM_UG: Final = Decimal(1_000_000)  # the scale of the antidote (section 4.2)


def dose_of(
    product: Product, amount: Decimal | None, unit_text: str, *, ug_per_ml: Decimal | None = None
) -> Quantity | None:
    """The dose; None where its mass is not said.  `ug_per_ml` is the strength that the message tells.

    Raises: Refused for a unit that is missing or unknown, and for the antidote's code without a dose of the antidote.
    """
    if not (product.drug.is_cobalamin or product.drug.is_folic_acid):
        return None  # of red cells no rule reads how many
    dose = None if amount is None else _dose(product, checked(amount, "dose"), unit_text, ug_per_ml)
    if product.antidote and (dose is None or _ug(dose) < ANTIDOTE_FROM_UG):
        raise Refused("dose", "the code is that of the antidote to cyanide, and the dose is not said or is none of it")
    return dose


def _dose(product: Product, amount: Decimal, unit_text: str, ug_per_ml: Decimal | None) -> Quantity | None:
    if not unit_text.strip():
        raise Refused("dose.unit", "the unit is missing; a number alone is never guessed at")
    unit = unit_of(unit_text)
    if unit is None or unit.kind not in (Kind.WEIGHT, Kind.VOLUME, Kind.PIECES):
        raise Refused("dose.unit", "the unit is none that we know for a dose")
    if unit.kind is Kind.WEIGHT:
        return Quantity(amount * unit.factor if unit.factor != 1 else amount, unit.text)
    strength = product.ug_per_ml if product.ug_per_ml is not None else ug_per_ml
    if unit.kind is Kind.PIECES or strength is None:
        return None
    return Quantity(amount * strength, "ug")


def _ug(dose: Quantity) -> Decimal:
    return dose.amount * 1000 if dose.unit == "mg" else dose.amount
