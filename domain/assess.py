"""assess(record, policy, at): the whole of a patient's situation, from what is known and the time, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from domain.alerts import Alert
from domain.calendar import ClinicalTime
from domain.phases import Phase
from domain.schedule import DoseWindow


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What the patient's status page shows; `coming`, `missing` and `remarks` are sentences without identifiers."""

    phase: Phase
    phase_since: date | None
    phase_because: str
    regimen: str
    next_dose: DoseWindow | None
    coming: tuple[str, ...]
    missing: tuple[str, ...]
    remarks: tuple[str, ...]
    newest_data: ClinicalTime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """The answer; it cannot change before `next_review_at` unless a fact arrives."""

    situation: Situation
    alerts: tuple[Alert, ...]
    next_review_at: datetime | None
