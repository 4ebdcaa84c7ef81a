"""The message that a source would send for a fact: only tests send what intake reads."""

from __future__ import annotations

from typing import Any, get_args

from domain.facts import (
    Administration,
    AlertAction,
    ClinicalAssessment,
    Condition,
    Fact,
    IntervalOverride,
    LabResult,
    MedicationOrder,
    MedicationSupply,
    PlanEnd,
    TreatmentPlan,
)
from topics.schemas.source import AdministrationV1, AlertActionV1, AssessmentV1, ConditionV1, LabResultV1
from topics.schemas.source_base import SourceShape, fact_id_of
from topics.schemas.source_medication import MedicationOrderV1, MedicationSupplyV1
from topics.schemas.source_plan import IntervalV1, PlanEndV1, TreatmentPlanV1


def message_of(patient_id: str, fact: Fact) -> SourceShape:
    """The message; the fact's id must be one that a source's own id makes."""
    match fact:
        case LabResult():
            return LabResultV1(**_common(LabResultV1, patient_id, fact), **_lab_result(fact))
        case Administration():
            return AdministrationV1(**_common(AdministrationV1, patient_id, fact), **_administration(fact))
        case MedicationOrder():
            return MedicationOrderV1(**_common(MedicationOrderV1, patient_id, fact), **_order(fact))
        case MedicationSupply():
            return MedicationSupplyV1(**_common(MedicationSupplyV1, patient_id, fact), **_supply(fact))
        case Condition():
            return ConditionV1(**_common(ConditionV1, patient_id, fact), **_condition(fact))
        case ClinicalAssessment():
            told: dict[str, Any] = {"findings": sorted(fact.findings), "author": fact.author, "assessed_at": fact.time}
            return AssessmentV1(**_common(AssessmentV1, patient_id, fact), **told)
        case AlertAction():
            return AlertActionV1(**_common(AlertActionV1, patient_id, fact), **_action(fact))
        case TreatmentPlan():
            return TreatmentPlanV1(**_common(TreatmentPlanV1, patient_id, fact), **_plan(fact))
        case _:
            raise AssertionError(f"no source sends a {type(fact).__name__} as such")


def _common(shape: type[SourceShape], patient_id: str, fact: Fact) -> dict[str, Any]:
    (kind,) = get_args(shape.model_fields["kind"].annotation)
    prefix = fact_id_of(kind, fact.source, "")
    assert fact.fact_id.startswith(prefix), "the fact id was not made of this kind and source"
    return {
        "schema_version": 1,
        "id": fact.fact_id.removeprefix(prefix),
        "version": fact.version,
        "patient_id": patient_id,
        "source": fact.source,
    }


def _lab_result(fact: LabResult) -> dict[str, Any]:
    quantities = [quantity for quantity in (fact.quantity, fact.reference_low) if quantity is not None]
    assert len({quantity.unit for quantity in quantities}) <= 1, "one message has one unit"
    return {
        "analyte": fact.analyte,
        "status": fact.status.value,
        "value": fact.quantity.amount if fact.quantity else None,
        "reference_low": fact.reference_low.amount if fact.reference_low else None,
        "unit": quantities[0].unit if quantities else None,
        "comparator": fact.comparator,
        "clumped": fact.clumped,
        "absent_reason": fact.absent_reason,
        "taken_at": fact.time,
    }


def _administration(fact: Administration) -> dict[str, Any]:
    return {**_medication(fact), "given_at": fact.time, "reported": fact.reported}


def _order(fact: MedicationOrder) -> dict[str, Any]:
    return {**_medication(fact), "ordered_at": fact.time, "starts_at": fact.start, "ends_at": fact.end}


def _supply(fact: MedicationSupply) -> dict[str, Any]:
    return {**_medication(fact), "handed_over_at": fact.time, "days": fact.days}


def _medication(fact: Administration | MedicationOrder | MedicationSupply) -> dict[str, Any]:
    return {
        "drug": fact.drug,
        "dose": fact.dose.amount if fact.dose else None,
        "dose_unit": fact.dose.unit if fact.dose else None,
        "route": fact.route,
        "status": fact.status.value,
    }


def _condition(fact: Condition) -> dict[str, Any]:
    return {"code": fact.code, "began_at": fact.time, "ended_at": fact.end, "length_cm": fact.length_cm}


def _action(fact: AlertAction) -> dict[str, Any]:
    same = {name: getattr(fact, name) for name in ("alert_id", "action", "actor", "until")}
    return {**same, "acted_at": fact.time, "dose_given_at": fact.dose_time}


def _plan(fact: TreatmentPlan) -> dict[str, Any]:
    renamed = {
        "kind",
        "schema_version",
        "id",
        "version",
        "patient_id",
        "source",
        "starts_at",
        "made_at",
        "entered_in_error",
    }
    same = {name: getattr(fact, name) for name in TreatmentPlanV1.model_fields if name not in renamed}
    return {
        **same,
        "interval": _interval(fact.interval),
        "starts_at": fact.starts,
        "made_at": fact.time if fact.start is not None else None,
        "end": _end(fact.end),
    }


def _interval(interval: IntervalOverride | None) -> IntervalV1 | None:
    if interval is None:
        return None
    return IntervalV1(**{name: getattr(interval, name) for name in IntervalV1.model_fields})


def _end(end: PlanEnd | None) -> PlanEndV1 | None:
    return None if end is None else PlanEndV1(at=end.time, reason=end.reason, actor=end.actor)
