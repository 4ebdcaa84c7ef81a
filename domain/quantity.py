"""Amount and unit, the few conversions that we accept, and the refusal of the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from types import MappingProxyType

from domain.errors import ImpossibleAmount, UnknownUnit


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number and its unit, exactly as the source system sent them.

    Raises: ImpossibleAmount when the number is negative or not finite; UnknownUnit when the unit is blank.
    """

    amount: Decimal
    unit: str

    def __post_init__(self) -> None:
        if not self.amount.is_finite() or self.amount.is_signed():
            raise ImpossibleAmount(f"{self.amount} is not a finite number of zero or more")
        if not self.unit.strip():
            raise UnknownUnit("the unit is missing; a number alone is never guessed at")

    def __str__(self) -> str:
        return f"{self.amount.normalize():f} {self.unit}"


class Measure(Enum):
    """A kind of quantity: its canonical unit, and the factor from each accepted unit (UCUM, and `mcg`) to it."""

    HAEMOGLOBIN = ("g/L", {"g/L": Decimal(1), "g/dL": Decimal(10)})
    CELL_COUNT = ("10*9/L", {"10*9/L": Decimal(1), "10*3/uL": Decimal(1), "/uL": Decimal("0.001")})
    VITAMIN_B12 = ("ng/L", {"ng/L": Decimal(1), "pg/mL": Decimal(1), "pmol/L": Decimal("1.355")})
    ACTIVE_B12 = ("pmol/L", {"pmol/L": Decimal(1)})  # a mass of it is something else
    FOLATE = ("ug/L", {"ug/L": Decimal(1), "ng/mL": Decimal(1), "nmol/L": Decimal("0.4413")})
    METHYLMALONIC_ACID = ("nmol/L", {"nmol/L": Decimal(1), "umol/L": Decimal(1000)})
    HOMOCYSTEINE = ("umol/L", {"umol/L": Decimal(1)})
    POTASSIUM = ("mmol/L", {"mmol/L": Decimal(1), "meq/L": Decimal(1)})
    PERCENT = ("%", {"%": Decimal(1)})
    CREATININE = ("umol/L", {"umol/L": Decimal(1), "mg/dL": Decimal("88.4")})
    EGFR = ("mL/min/{1.73_m2}", {"mL/min/{1.73_m2}": Decimal(1)})
    DOSE = ("ug", {"ug": Decimal(1), "mcg": Decimal(1), "mg": Decimal(1000)})

    def __init__(self, canonical_unit: str, factors: Mapping[str, Decimal]) -> None:
        self.canonical_unit = canonical_unit
        self.factors = MappingProxyType(dict(factors))

    def canonical(self, quantity: Quantity) -> Decimal:
        """The amount in this measure's canonical unit.

        Raises: UnknownUnit for a unit that has no factor here; mmol/L of haemoglobin is one of them, since it may
        be meant per monomer or per tetramer.
        """
        factor = self.factors.get(quantity.unit)
        if factor is None:
            accepted = ", ".join(self.factors)
            raise UnknownUnit(f"unit {quantity.unit!r} has no conversion; accepted: {accepted}")
        return quantity.amount * factor
