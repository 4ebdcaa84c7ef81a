"""Canonical JSON of what is prescribed and handed over, on the topic administrations; neither is ever a dose."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from domain.facts import Drug, MedicationOrder, MedicationSupply, OrderStatus, Route, SupplyStatus, Withdrawal
from domain.quantity import Measure
from topics.schemas.source_base import IN_ERROR, SourceShape, check_unit, quantity_of
from topics.schemas.wire_types import LAX, Number, Unit, WireTime

RequestStatus = Literal[
    "active", "on-hold", "completed", "stopped", "cancelled", "draft", "unknown", "entered-in-error"
]
DispenseStatus = Literal[
    "completed",
    "cancelled",
    "declined",
    "stopped",
    "preparation",
    "in-progress",
    "on-hold",
    "unknown",
    "entered-in-error",
]


class _Medication(SourceShape):
    """What an order and a supply share; `dose` is one dose, left out when it is not said."""

    drug: Annotated[Drug, LAX]
    dose: Number | None = None
    dose_unit: Unit | None = Field(default=None, validate_default=True)

    @field_validator("dose_unit")
    @classmethod
    def _unit_is_known(cls, unit: str | None, info: ValidationInfo) -> str | None:
        check_unit(Measure.DOSE, info.data.get("dose"), unit)
        return unit


class MedicationOrderV1(_Medication):
    """What was prescribed (FHIR MedicationRequest); `starts_at` where that is known to differ from `ordered_at`."""

    kind: Literal["medication-order"] = "medication-order"
    status: RequestStatus
    route: Annotated[Route, LAX] = Route.UNKNOWN
    ordered_at: WireTime
    starts_at: WireTime | None = None
    ends_at: WireTime | None = None

    def to_fact(self) -> MedicationOrder | Withdrawal:
        if self.status == IN_ERROR:
            return self.withdrawal(self.ordered_at)
        return MedicationOrder(
            fact_id=self.fact_id,
            version=self.version,
            time=self.ordered_at,
            source=self.source,
            drug=self.drug,
            status=OrderStatus(self.status),
            dose=quantity_of(self.dose, self.dose_unit),
            route=self.route,
            start=self.starts_at,
            end=self.ends_at,
        )


class MedicationSupplyV1(_Medication):
    """What was handed over (FHIR MedicationDispense), to last `days` days."""

    kind: Literal["medication-supply"] = "medication-supply"
    status: DispenseStatus
    days: Annotated[int, Field(ge=1, le=366)] | None = None  # a slip to ten times as many would hide a gap for years
    route: Annotated[Route, LAX] = Route.ORAL
    handed_over_at: WireTime

    def to_fact(self) -> MedicationSupply | Withdrawal:
        if self.status == IN_ERROR:
            return self.withdrawal(self.handed_over_at)
        return MedicationSupply(
            fact_id=self.fact_id,
            version=self.version,
            time=self.handed_over_at,
            source=self.source,
            drug=self.drug,
            status=SupplyStatus(self.status),
            days=self.days,
            dose=quantity_of(self.dose, self.dose_unit),
            route=self.route,
        )
