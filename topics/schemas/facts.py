"""Facts inside our own messages: every field of the domain's fact, nothing lost, Decimals digit for digit.

Version 1 has the field names of the domain.  When the domain moves on, these shapes stay as they are (`clinical-events`
is kept for ever) and their `to_fact` learns to lift what they hold.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Annotated, Any, ClassVar, Final, Literal, get_args

from pydantic import ConfigDict, Field, PlainSerializer, TypeAdapter

from domain.facts import (
    Action,
    Administration,
    AdministrationStatus,
    AlertAction,
    Analyte,
    Cause,
    ClinicalAssessment,
    Comparator,
    DosesGivenBy,
    Drug,
    EndReason,
    EnteredAs,
    Fact,
    Finding,
    IntervalOverride,
    LabResult,
    PlanEnd,
    Pregnancy,
    ResultStatus,
    Route,
    Sex,
    TreatmentPlan,
    Withdrawal,
    YesNoUnknown,
)
from topics.schemas.wire_types import LAX, Day, Shape, WireQuantity, WireTime


class FactShape(Shape):
    """What all facts have.  `kind` tells the shapes apart; the other fields are those of `fact_class`."""

    fact_class: ClassVar[type[Any]]
    kind: str

    fact_id: str
    version: int
    time: WireTime
    source: str

    def parts(self) -> dict[str, Any]:
        """The fields of the fact, for its class to be called with."""
        parts = self.__dict__.copy()
        del parts["kind"]
        return parts

    def to_fact(self) -> Fact:
        fact: Fact = self.fact_class(**self.parts())
        return fact


class LabResultFactV1(FactShape):
    fact_class = LabResult
    kind: Literal["lab-result"]
    analyte: Annotated[Analyte, LAX]
    status: Annotated[ResultStatus, LAX]
    quantity: WireQuantity | None
    comparator: Annotated[Comparator, LAX] | None
    reference_low: WireQuantity | None
    clumped: bool
    absent_reason: str


class AdministrationFactV1(FactShape):
    fact_class = Administration
    kind: Literal["administration"]
    drug: Annotated[Drug, LAX]
    status: Annotated[AdministrationStatus, LAX]
    dose: WireQuantity | None
    route: Annotated[Route, LAX]
    reported: bool


class IntervalFactV1(Shape):
    model_config = ConfigDict(from_attributes=True)

    months: int | None
    days: int | None
    author: str
    reason: str
    decided_on: Day


class PlanEndFactV1(Shape):
    model_config = ConfigDict(from_attributes=True)

    time: WireTime
    reason: Annotated[EndReason, LAX]
    actor: str


class TreatmentPlanFactV1(FactShape):
    fact_class = TreatmentPlan
    kind: Literal["treatment-plan"]
    regimen: str
    neurological_involvement: Annotated[YesNoUnknown, LAX]
    cause: Annotated[Cause, LAX]
    start: WireTime | None
    ward: str
    sex: Annotated[Sex, LAX]
    birth_date: Day | None
    pregnancy: Annotated[Pregnancy, LAX]
    interval: IntervalFactV1 | None
    entered_as: Annotated[EnteredAs, LAX] | None
    treatment_started: Day | None
    last_dose: Day | None
    loading_doses_given: int
    doses_given_by: Annotated[DosesGivenBy, LAX]
    restarts: bool
    end: PlanEndFactV1 | None

    def parts(self) -> dict[str, Any]:
        interval = self.interval and IntervalOverride(**self.interval.__dict__)
        end = self.end and PlanEnd(**self.end.__dict__)
        return {**super().parts(), "interval": interval, "end": end}


class AssessmentFactV1(FactShape):
    fact_class = ClinicalAssessment
    kind: Literal["assessment"]
    findings: Annotated[frozenset[Annotated[Finding, LAX]], LAX, PlainSerializer(sorted, return_type=list[str])]
    author: str


class AlertActionFactV1(FactShape):
    fact_class = AlertAction
    kind: Literal["alert-action"]
    alert_id: str
    action: Annotated[Action, LAX]
    actor: str
    until: WireTime | None
    dose_time: WireTime | None


class WithdrawalFactV1(FactShape):
    fact_class = Withdrawal
    kind: Literal["withdrawal"]
    reason: str


FactV1 = Annotated[
    LabResultFactV1
    | AdministrationFactV1
    | TreatmentPlanFactV1
    | AssessmentFactV1
    | AlertActionFactV1
    | WithdrawalFactV1,
    Field(discriminator="kind"),
]

FACT: Final[TypeAdapter[FactShape]] = TypeAdapter(FactV1)
KINDS: Final[dict[type[Any], str]] = {
    shape.fact_class: get_args(shape.model_fields["kind"].annotation)[0] for shape in FactShape.__subclasses__()
}
FIELDS: Final = {fact_class: tuple(field.name for field in fields(fact_class)) for fact_class in KINDS}


def from_fact(fact: Fact) -> FactShape:
    """The wire shape of `fact`.

    Raises: ValueError (pydantic's ValidationError) for a fact that could not be read back, as of the year 1492.
    """
    parts = {name: getattr(fact, name) for name in FIELDS[type(fact)]}
    return FACT.validate_python({**parts, "kind": KINDS[type(fact)]})
