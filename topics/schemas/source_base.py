"""What all messages of the source topics have, and how they name their facts."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, Literal

from domain.facts import Fact, Withdrawal
from domain.quantity import Measure, Quantity
from topics.schemas.wire_types import Identifier, Shape, Version, WireTime

IN_ERROR: Final = "entered-in-error"


def fact_id_of(kind: str, source: str, own_id: str) -> str:
    """The id of a fact: kind, source and the source's own id; a "/" in the source is escaped, so none collide."""
    return f"{kind}/{source.replace('%', '%25').replace('/', '%2F')}/{own_id}"


def check_unit(measure: Measure, amount: Decimal | None, unit: str | None) -> None:
    """Refuses a unit that is missing or has no conversion: it is never guessed from the size of the number.

    Raises: UnknownUnit.
    """
    if amount is not None and unit not in measure.factors:
        measure.canonical(Quantity(amount, unit or ""))


def quantity_of(amount: Decimal | None, unit: str | None) -> Quantity | None:
    return None if amount is None or unit is None else Quantity(amount, unit)


class SourceShape(Shape):
    """What all source messages have; `version` counts the source's own corrections of one `id`.

    `kind` may be left out of a message that is of its topic's own kind, and we leave it out ourselves.
    """

    kind: str
    schema_version: Literal[1]
    id: Identifier
    version: Version = 1
    patient_id: Identifier
    source: Identifier

    @property
    def fact_id(self) -> str:
        return fact_id_of(self.kind, self.source, self.id)

    def withdrawal(self, time: WireTime) -> Withdrawal:
        return Withdrawal(
            fact_id=self.fact_id, version=self.version, time=time, source=self.source, reason="entered in error"
        )

    def to_fact(self) -> Fact:
        raise NotImplementedError
