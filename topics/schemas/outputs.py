"""What treatment publishes: changes of alerts, the newest state of each alert, and each patient's status."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from domain.alerts import Alert, AlertChange, AlertKind, Change, PublishedAlert
from domain.judgement import Evidence
from domain.phase import Phase
from domain.situation import Situation
from domain.window import DoseWindow
from topics.schemas.wire_types import LAX, ComputedDay, Instant, SeverityWord, Shape, WireTime


class EvidenceV1(Shape):
    fact_id: str
    says: str
    time: WireTime


class _AlertShape(Shape):
    """One alert, flat.  `at` is the instant of its newest change, `change_id` names that change."""

    schema_version: Literal[1]
    at: Instant
    patient_id: str
    rule: str
    alert_id: str
    change: Annotated[Change, LAX]
    change_id: str
    revision: int
    raised_at: Instant
    kind_since: Instant | None = None  # alerts written before there was this field were of their kind all the time
    kind: Annotated[AlertKind, LAX]
    severity: SeverityWord
    phase: str
    regimen: str
    episode: str
    reason: str
    missing: str
    wanted_action: str
    source_statement: str
    rule_version: int
    policy_version: str
    standing: bool
    acknowledged_by: str
    snoozed_until: Instant | None
    evidence: list[EvidenceV1]
    blind_since: Instant | None = None  # alerts written before there was this field have none


def _parts(change: AlertChange) -> dict[str, Any]:
    published = change.published
    parts = {name: getattr(published.alert, name) for name in Alert.__dataclass_fields__}
    parts |= {name: str(parts[name]) for name in ("reason", "missing", "wanted_action")}
    parts["evidence"] = [
        EvidenceV1(fact_id=evidence.fact_id, says=str(evidence.says), time=evidence.time)
        for evidence in published.alert.evidence
    ]
    return {
        **parts,
        "schema_version": 1,
        "change_id": change.change_id,
        "change": published.change,
        "at": published.changed_at,
        "revision": published.revision,
        "raised_at": published.raised_at,
        "kind_since": published.kind_since,
        "blind_since": published.blind_since,
    }


class AlertChangeV1(_AlertShape):
    """One change: `reason` says why it came now, `alert_reason` why there is (or was) the alert."""

    alert_reason: str

    @classmethod
    def from_change(cls, change: AlertChange) -> AlertChangeV1:
        parts = _parts(change)
        return cls(**{**parts, "reason": str(change.reason), "alert_reason": parts["reason"]})

    def to_change(self) -> AlertChange:
        return AlertChange(
            change_id=self.change_id, published=_published(self, reason=self.alert_reason), reason=self.reason
        )


class AlertV1(_AlertShape):
    """The newest state: `reason` says why there is the alert."""

    @classmethod
    def from_change(cls, change: AlertChange) -> AlertV1:
        return cls(**_parts(change))

    def to_published(self) -> PublishedAlert:
        return _published(self, reason=self.reason)


def _published(shape: _AlertShape, *, reason: str) -> PublishedAlert:
    parts = {name: getattr(shape, name) for name in Alert.__dataclass_fields__}
    parts["reason"] = reason
    parts["evidence"] = tuple(Evidence(fact_id=e.fact_id, says=e.says, time=e.time) for e in shape.evidence)
    return PublishedAlert(
        alert=Alert(**parts),
        revision=shape.revision,
        raised_at=shape.raised_at,
        kind_since=shape.kind_since or shape.raised_at,
        changed_at=shape.at,
        change=shape.change,
        blind_since=shape.blind_since,
    )


class NextDoseV1(Shape):
    """Ward-local days; `overdue_after` itself is still allowed."""

    earliest: ComputedDay
    due: ComputedDay
    overdue_after: ComputedDay

    @classmethod
    def from_window(cls, window: DoseWindow) -> NextDoseV1:
        return cls(earliest=window.earliest, due=window.due, overdue_after=window.overdue_after)


class PatientStatusV1(Shape):
    """The situation of one patient at the instant `at`."""

    schema_version: Literal[1]
    at: Instant
    patient_id: str
    phase: Annotated[Phase, LAX]
    phase_since: ComputedDay | None
    phase_because: str
    regimen: str
    next_dose: NextDoseV1 | None
    coming: list[str]
    missing: list[str]
    remarks: list[str]
    newest_data_at: WireTime | None

    @classmethod
    def from_situation(cls, patient_id: str, at: datetime, situation: Situation) -> PatientStatusV1:
        dose = situation.next_dose
        return cls(
            schema_version=1,
            at=at,
            patient_id=patient_id,
            phase=situation.phase,
            phase_since=situation.phase_since,
            phase_because=str(situation.phase_because),
            regimen=situation.regimen,
            next_dose=NextDoseV1.from_window(dose) if dose else None,
            coming=[str(text) for text in situation.coming],
            missing=[str(text) for text in situation.missing],
            remarks=[str(text) for text in situation.remarks],
            newest_data_at=situation.newest_data,
        )


class OperationalAlertV1(Shape):
    """What b12watch itself cannot do at present: for those who run it, never about one patient.

    `kind` blind-time: the partition's time goes on without its sources since `since`; `behind` are the sources that
    are not complete up to then.
    """

    schema_version: Literal[1]
    at: Instant
    kind: Literal["blind-time"]
    subject: str
    change: Literal["raised", "resolved"]
    since: Instant
    behind: list[str]
    reason: str
