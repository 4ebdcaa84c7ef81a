"""Facts inside our own messages: every field of the domain's fact, nothing lost, Decimals digit for digit.

A field that has its default is left out: a fact has one form, and the log, which is kept for ever, is a third smaller.
Version 1 has the field names of the domain.  When the domain moves on, these shapes stay as they are (`clinical-events`
is kept for ever) and their `to_fact` learns to lift what they hold.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Final, Literal, get_args

from pydantic import ConfigDict, Field

from domain.facts import (
    Action,
    Administration,
    AdministrationStatus,
    AlertAction,
    Analyte,
    Cause,
    ClinicalAssessment,
    Comparator,
    Condition,
    ConditionCode,
    DosesGivenBy,
    Drug,
    EndReason,
    EnteredAs,
    Fact,
    Finding,
    Identity,
    IntervalOverride,
    LabResult,
    MedicationOrder,
    MedicationSupply,
    Merge,
    OralReason,
    OrderStatus,
    PlanEnd,
    Pregnancy,
    ResultStatus,
    Route,
    Sex,
    SupplyStatus,
    TreatmentPlan,
    Withdrawal,
    YesNoUnknown,
)
from topics.schemas.wire_types import LAX, Day, Shape, WireDecimal, WireQuantity, WireTime, Word


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
    quantity: WireQuantity | None = None
    comparator: Annotated[Comparator, LAX] | None = None
    reference_low: WireQuantity | None = None
    clumped: bool = False
    absent_reason: str = ""


class AdministrationFactV1(FactShape):
    fact_class = Administration
    kind: Literal["administration"]
    drug: Annotated[Drug, LAX]
    status: Annotated[AdministrationStatus, LAX]
    dose: WireQuantity | None = None
    route: Annotated[Route, LAX] = Route.UNKNOWN
    reported: bool = False


class MedicationOrderFactV1(FactShape):
    fact_class = MedicationOrder
    kind: Literal["medication-order"]
    drug: Annotated[Drug, LAX]
    status: Annotated[OrderStatus, LAX]
    dose: WireQuantity | None = None
    route: Annotated[Route, LAX] = Route.UNKNOWN
    start: WireTime | None = None
    end: WireTime | None = None


class MedicationSupplyFactV1(FactShape):
    fact_class = MedicationSupply
    kind: Literal["medication-supply"]
    drug: Annotated[Drug, LAX]
    status: Annotated[SupplyStatus, LAX]
    days: int | None = None
    dose: WireQuantity | None = None
    route: Annotated[Route, LAX] = Route.ORAL


class ConditionFactV1(FactShape):
    fact_class = Condition
    kind: Literal["condition"]
    code: Annotated[ConditionCode, LAX]
    end: WireTime | None = None
    length_cm: WireDecimal | None = None


class IntervalFactV1(Shape):
    model_config = ConfigDict(from_attributes=True)

    months: int | None = None
    days: int | None = None
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
    cause: Annotated[Cause, LAX] = Cause.UNKNOWN
    start: WireTime | None = None
    ward: str = ""
    sex: Annotated[Sex, LAX] = Sex.UNKNOWN
    birth_date: Day | None = None
    pregnancy: Annotated[Pregnancy, LAX] = Pregnancy.UNKNOWN
    interval: IntervalFactV1 | None = None
    entered_as: Annotated[EnteredAs, LAX] | None = None
    treatment_started: Day | None = None
    last_dose: Day | None = None
    loading_doses_given: int = 0
    doses_given_by: Annotated[DosesGivenBy, LAX] = DosesGivenBy.WARD
    restarts: bool = False
    end: PlanEndFactV1 | None = None
    oral_reason: Annotated[OralReason, LAX] | None = None

    def parts(self) -> dict[str, Any]:
        interval = self.interval and IntervalOverride(**self.interval.__dict__)
        end = self.end and PlanEnd(**self.end.__dict__)
        return {**super().parts(), "interval": interval, "end": end}


class AssessmentFactV1(FactShape):
    fact_class = ClinicalAssessment
    kind: Literal["assessment"]
    findings: Annotated[frozenset[Annotated[Finding, LAX]], LAX]
    author: str = ""


class AlertActionFactV1(FactShape):
    fact_class = AlertAction
    kind: Literal["alert-action"]
    alert_id: str
    action: Annotated[Action, LAX]
    actor: str
    until: WireTime | None = None
    dose_time: WireTime | None = None


class WithdrawalFactV1(FactShape):
    fact_class = Withdrawal
    kind: Literal["withdrawal"]
    reason: str


class MergeFactV1(FactShape):
    fact_class = Merge
    kind: Literal["merge"]
    gone: Word
    surviving: Word
    parted: bool = False


class IdentityFactV1(FactShape):
    fact_class = Identity
    kind: Literal["identity"]
    patient_id: Word
    sex: Annotated[Sex, LAX] = Sex.UNKNOWN
    birth_date: Day | None = None


FactV1 = Annotated[
    LabResultFactV1
    | AdministrationFactV1
    | MedicationOrderFactV1
    | MedicationSupplyFactV1
    | ConditionFactV1
    | TreatmentPlanFactV1
    | AssessmentFactV1
    | AlertActionFactV1
    | WithdrawalFactV1
    | MergeFactV1
    | IdentityFactV1,
    Field(discriminator="kind"),
]

KINDS: Final[dict[type[Any], str]] = {
    shape.fact_class: get_args(shape.model_fields["kind"].annotation)[0] for shape in FactShape.__subclasses__()
}
_DEFAULTS: Final[dict[type[Any], tuple[tuple[str, Any], ...]]] = {
    shape.fact_class: tuple((name, field.default) for name, field in shape.model_fields.items() if name != "kind")
    for shape in FactShape.__subclasses__()
}


def fact_content(fact: Fact) -> dict[str, Any]:
    """What the shape of `fact` has to hold, for `canonical_json`; defaults are left out."""
    content = {name: value for name, default in _DEFAULTS[type(fact)] if (value := getattr(fact, name)) != default}
    content["kind"] = KINDS[type(fact)]
    return content
