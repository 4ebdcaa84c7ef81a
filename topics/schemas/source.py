"""Canonical JSON of the source topics: lab results, administrations, assessments, conditions, alert actions.

(Orders and supplies: `source_medication`; treatment plans: `source_plan`.)  A source names its things by an `id` of
its own; with the kind and the source before it, it becomes a fact id that no other system and no other kind can give.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from domain.facts import (
    Action,
    Administration,
    AdministrationStatus,
    AlertAction,
    Analyte,
    ClinicalAssessment,
    Comparator,
    Condition,
    ConditionCode,
    Drug,
    Finding,
    LabResult,
    ResultStatus,
    Route,
    Withdrawal,
)
from domain.quantity import Measure
from topics.schemas.source_base import IN_ERROR, SourceShape, check_unit, quantity_of
from topics.schemas.wire_types import LAX, Identifier, Number, Text, Unit, WireTime, Word

LabStatus = Literal[
    "registered", "preliminary", "final", "amended", "corrected", "cancelled", "unknown", "entered-in-error"
]
ChartStatus = Literal["in-progress", "not-done", "on-hold", "completed", "stopped", "unknown", "entered-in-error"]


class LabResultV1(SourceShape):
    """One measurement; `value` and `reference_low` are in `unit`, `value` is null when none could be obtained."""

    kind: Literal["lab-result"] = Field(default="lab-result", exclude=True)
    analyte: Annotated[Analyte, LAX]
    status: LabStatus
    value: Number | None
    reference_low: Number | None = None
    unit: Unit | None = Field(default=None, validate_default=True)
    comparator: Annotated[Comparator, LAX] | None = None
    clumped: bool = False
    absent_reason: Text = ""
    taken_at: WireTime

    @field_validator("unit")
    @classmethod
    def _unit_is_known(cls, unit: str | None, info: ValidationInfo) -> str | None:
        analyte = info.data.get("analyte")
        if analyte is not None:
            check_unit(analyte.measure, info.data.get("value"), unit)
            check_unit(analyte.measure, info.data.get("reference_low"), unit)
        return unit

    @field_validator("comparator")
    @classmethod
    def _compares_a_value(cls, comparator: Comparator | None, info: ValidationInfo) -> Comparator | None:
        if comparator is not None and "value" in info.data and info.data["value"] is None:
            raise ValueError("there is no value to compare")
        return comparator

    def to_fact(self) -> LabResult | Withdrawal:
        if self.status == IN_ERROR:
            return self.withdrawal(self.taken_at)
        return LabResult(
            fact_id=self.fact_id,
            version=self.version,
            time=self.taken_at,
            source=self.source,
            analyte=self.analyte,
            status=ResultStatus(self.status),
            quantity=quantity_of(self.value, self.unit),
            comparator=self.comparator,
            reference_low=quantity_of(self.reference_low, self.unit),
            clumped=self.clumped,
            absent_reason=self.absent_reason,
        )


class AdministrationV1(SourceShape):
    """A dose given, refused or charted otherwise; `dose` is null when the chart does not say it."""

    kind: Literal["administration"] = Field(default="administration", exclude=True)
    drug: Annotated[Drug, LAX]
    dose: Number | None
    dose_unit: Unit | None = Field(default=None, validate_default=True)
    route: Annotated[Route, LAX] = Route.UNKNOWN
    status: ChartStatus
    given_at: WireTime
    reported: bool = False

    @field_validator("dose_unit")
    @classmethod
    def _unit_is_known(cls, unit: str | None, info: ValidationInfo) -> str | None:
        check_unit(Measure.DOSE, info.data.get("dose"), unit)
        return unit

    def to_fact(self) -> Administration | Withdrawal:
        if self.status == IN_ERROR:
            return self.withdrawal(self.given_at)
        return Administration(
            fact_id=self.fact_id,
            version=self.version,
            time=self.given_at,
            source=self.source,
            drug=self.drug,
            status=AdministrationStatus(self.status),
            dose=quantity_of(self.dose, self.dose_unit),
            route=self.route,
            reported=self.reported,
        )


class AssessmentV1(SourceShape):
    """What a clinician found."""

    kind: Literal["assessment"] = Field(default="assessment", exclude=True)
    findings: list[Annotated[Finding, LAX]]
    author: Text = ""
    assessed_at: WireTime
    entered_in_error: bool = False

    def to_fact(self) -> ClinicalAssessment | Withdrawal:
        if self.entered_in_error:
            return self.withdrawal(self.assessed_at)
        return ClinicalAssessment(
            fact_id=self.fact_id,
            version=self.version,
            time=self.assessed_at,
            source=self.source,
            findings=frozenset(self.findings),
            author=self.author,
        )


class ConditionV1(SourceShape):
    """A disease, an operation or a diet; `length_cm` says how much of the ileum was removed, where that is known."""

    kind: Literal["condition"] = "condition"
    code: Annotated[ConditionCode, LAX]
    began_at: WireTime
    ended_at: WireTime | None = None
    length_cm: Annotated[Number, Field(gt=0, le=1000)] | None = None  # a gut has no more, and 0 is a blank form
    entered_in_error: bool = False

    def to_fact(self) -> Condition | Withdrawal:
        if self.entered_in_error:
            return self.withdrawal(self.began_at)
        return Condition(
            fact_id=self.fact_id,
            version=self.version,
            time=self.began_at,
            source=self.source,
            code=self.code,
            end=self.ended_at,
            length_cm=self.length_cm,
        )


class AlertActionV1(SourceShape):
    """What a person did about an alert; a snooze says `until` when, "given elsewhere" says when (`dose_given_at`)."""

    kind: Literal["alert-action"] = Field(default="alert-action", exclude=True)
    alert_id: Identifier
    action: Annotated[Action, LAX]
    actor: Word
    acted_at: WireTime
    until: WireTime | None = Field(default=None, validate_default=True)
    dose_given_at: WireTime | None = Field(default=None, validate_default=True)
    entered_in_error: bool = False

    @field_validator("until")
    @classmethod
    def _snooze_ends(cls, until: WireTime | None, info: ValidationInfo) -> WireTime | None:
        if until is None and info.data.get("action") is Action.SNOOZED:
            raise ValueError("a snooze must say when it ends")
        return until

    @field_validator("dose_given_at")
    @classmethod
    def _dose_is_dated(cls, given: WireTime | None, info: ValidationInfo) -> WireTime | None:
        if given is None and info.data.get("action") is Action.GIVEN_ELSEWHERE:
            raise ValueError("a dose given elsewhere must say when it was given")
        return given

    def to_fact(self) -> AlertAction | Withdrawal:
        if self.entered_in_error:
            return self.withdrawal(self.acted_at)
        return AlertAction(
            fact_id=self.fact_id,
            version=self.version,
            time=self.acted_at,
            source=self.source,
            alert_id=self.alert_id,
            action=self.action,
            actor=self.actor,
            until=self.until,
            dose_time=self.dose_given_at,
        )
