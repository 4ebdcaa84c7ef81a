"""Alerts, their ids, and the difference between those that are published and those that stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.judgement import Evidence, Severity

NAMESPACE = UUID("0b12a7c4-5d3e-5b8f-9a53-4f7d1b12b12b")


class AlertKind(StrEnum):
    """Something was found, or something is missing that keeps us from telling."""

    FINDING = "finding"
    UNKNOWN = "unknown"


class Change(StrEnum):
    """What happened to an alert.

    Resolved: it no longer stands, but by today's record it rightly stood when it was raised.  Withdrawn: by today's
    record it should not have been raised.
    """

    RAISED = "raised"
    UPDATED = "updated"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One concern about one patient that stands at the time of the assessment."""

    alert_id: str
    patient_id: str
    rule: str
    rule_version: int
    policy_version: str
    kind: AlertKind
    severity: Severity
    phase: str
    regimen: str
    episode: str
    reason: str
    missing: str
    wanted_action: str
    source_statement: str
    evidence: tuple[Evidence, ...]
    standing: bool
    acknowledged_by: str = ""
    snoozed_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedAlert:
    """The newest published state of an alert; `revision` counts its changes, `closed_at` is None while it is open."""

    alert: Alert
    revision: int
    raised_at: datetime
    changed_at: datetime
    change: Change

    @property
    def is_open(self) -> bool:
        return self.change in (Change.RAISED, Change.UPDATED)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertChange:
    """One change of one alert: what is published, and why now."""

    change_id: str
    published: PublishedAlert
    reason: str
