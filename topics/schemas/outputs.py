"""What treatment publishes: changes of alerts, the newest state of each alert, and each patient's status."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from domain.alerts import Alert, AlertChange, AlertKind, Change, PublishedAlert
from domain.judgement import Evidence
from domain.merges import ALONE, Kin
from domain.phase import Phase
from domain.situation import Situation
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
    merged_into: str = ""


def alert_content(change: AlertChange) -> dict[str, Any]:
    """What `AlertV1` has to hold after the change, for canonical JSON."""
    published = change.published
    alert = published.alert
    content: dict[str, Any] = {name: getattr(alert, name) for name in Alert.__dataclass_fields__}
    content.update(
        schema_version=1,
        severity=alert.severity.word,
        reason=str(alert.reason),
        missing=str(alert.missing),
        wanted_action=str(alert.wanted_action),
        evidence=[{"fact_id": e.fact_id, "says": str(e.says), "time": e.time} for e in alert.evidence],
        change_id=change.change_id,
        change=published.change,
        at=published.changed_at,
        revision=published.revision,
        raised_at=published.raised_at,
        kind_since=published.kind_since,
        blind_since=published.blind_since,
    )
    if published.merged_into:
        content["merged_into"] = published.merged_into
    return content


def change_content(change: AlertChange, alert: dict[str, Any]) -> dict[str, Any]:
    """What `AlertChangeV1` has to hold, from the content of the alert."""
    return {**alert, "reason": str(change.reason), "alert_reason": alert["reason"]}


class AlertChangeV1(_AlertShape):
    """One change: `reason` says why it came now, `alert_reason` why there is (or was) the alert."""

    alert_reason: str

    def to_change(self) -> AlertChange:
        return AlertChange(
            change_id=self.change_id, published=_published(self, reason=self.alert_reason), reason=self.reason
        )


class AlertV1(_AlertShape):
    """The newest state: `reason` says why there is the alert."""

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
        merged_into=shape.merged_into,
    )


class NextDoseV1(Shape):
    """Ward-local days; `overdue_after` itself is still allowed."""

    earliest: ComputedDay
    due: ComputedDay
    overdue_after: ComputedDay


class PatientStatusV1(Shape):
    """The situation of one patient at the instant `at`.

    Where `merged_into` names a patient, this one is watched there and no alert stands here; `merged_from` are those who
    are watched here; `merge_held_back` says why a merge is not followed and has to be checked.
    """

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
    merged_into: str = ""
    merged_from: tuple[str, ...] = ()
    merge_held_back: str = ""


def status_content(patient_id: str, at: datetime, situation: Situation, kin: Kin = ALONE) -> dict[str, Any]:
    """What `PatientStatusV1` has to hold, for canonical JSON; of merges only where there are some."""
    dose = situation.next_dose
    told = {"merged_into": kin.into, "merged_from": list(kin.origins), "merge_held_back": kin.held_back}
    return {
        **{name: value for name, value in told.items() if value},
        "schema_version": 1,
        "at": at,
        "patient_id": patient_id,
        "phase": situation.phase,
        "phase_since": situation.phase_since,
        "phase_because": str(situation.phase_because),
        "regimen": situation.regimen,
        "next_dose": dose and {"earliest": dose.earliest, "due": dose.due, "overdue_after": dose.overdue_after},
        "coming": [str(text) for text in situation.coming],
        "missing": [str(text) for text in situation.missing],
        "remarks": [str(text) for text in situation.remarks],
        "newest_data_at": situation.newest_data,
    }


class OperationalAlertV1(Shape):
    """What b12watch itself cannot do at present: for those who run it, never about one patient.

    `kind` blind-time: the partition's time goes on without its sources since `since`; `behind` are the sources that
    are not complete up to then.  `kind` merges-held-back: how many patients of the partition have merges that are not
    followed.
    """

    schema_version: Literal[1]
    at: Instant
    kind: Literal["blind-time", "merges-held-back"]
    subject: str
    change: Literal["raised", "resolved"]
    since: Instant
    behind: list[str]
    reason: str
