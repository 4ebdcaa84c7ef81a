"""Every number a hospital may set: its default, its limits and where it comes from.

A policy is versioned by content: two hospitals with the same numbers have the same version, and no number can change
without the version changing.  Sources name sections of the clinical reference that the README points to (S1-S24 are its
statements; section 8 decides what they leave open).  The sections stand in `domain/policies/`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from domain.policies.base import Section
from domain.policies.blood import HaemoglobinPolicy, PlateletsPolicy
from domain.policies.charting import ChartingPolicy
from domain.policies.doses import DosesPolicy, InjectionPolicy
from domain.policies.general import (
    AlertsPolicy,
    CalendarPolicy,
    FactsPolicy,
    PhasesPolicy,
    SeveritiesPolicy,
    SilencePolicy,
    TimePolicy,
)
from domain.policies.loading import LoadingPolicy
from domain.policies.neurology import NeurologyPolicy, PaperworkPolicy
from domain.policies.response import PotassiumPolicy, ReticulocytesPolicy
from domain.policies.routes import OralPolicy, SurgeryPolicy
from domain.policies.vitamins import B12Policy, DietPolicy, FolatePolicy, FolicAcidPolicy


class Policy(Section):
    """All sections; every key has a default, so that a file holds only what a hospital changes."""

    calendar: CalendarPolicy = CalendarPolicy()
    facts: FactsPolicy = FactsPolicy()
    doses: DosesPolicy = DosesPolicy()
    injection: InjectionPolicy = InjectionPolicy()
    loading: LoadingPolicy = LoadingPolicy()
    haemoglobin: HaemoglobinPolicy = HaemoglobinPolicy()
    platelets: PlateletsPolicy = PlateletsPolicy()
    potassium: PotassiumPolicy = PotassiumPolicy()
    reticulocytes: ReticulocytesPolicy = ReticulocytesPolicy()
    b12: B12Policy = B12Policy()
    folate: FolatePolicy = FolatePolicy()
    folic_acid: FolicAcidPolicy = FolicAcidPolicy()
    diet: DietPolicy = DietPolicy()
    oral: OralPolicy = OralPolicy()
    surgery: SurgeryPolicy = SurgeryPolicy()
    charting: ChartingPolicy = ChartingPolicy()
    neurology: NeurologyPolicy = NeurologyPolicy()
    paperwork: PaperworkPolicy = PaperworkPolicy()
    phases: PhasesPolicy = PhasesPolicy()
    alerts: AlertsPolicy = AlertsPolicy()
    time: TimePolicy = TimePolicy()
    silence: SilencePolicy = SilencePolicy()
    severities: SeveritiesPolicy = SeveritiesPolicy()

    @cached_property
    def version(self) -> str:
        """Twelve hexadecimal digits of the digest of everything in the policy."""
        text = json.dumps(self.as_data(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def as_data(self) -> dict[str, Any]:
        """The whole policy as JSON data; `Policy.model_validate` reads it back."""
        return self.model_dump(mode="json")

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Policy:
        """A copy made anew: one made of the old parts would keep the version of the old numbers."""
        sections = {name: getattr(self, name) for name in Policy.model_fields}
        return Policy.model_validate({**sections, **(update or {})})

    def zone_of(self, ward: str) -> ZoneInfo:
        return ZoneInfo(self.calendar.ward_time_zones.get(ward, self.calendar.time_zone))

    @cached_property
    def tolerance(self) -> timedelta:
        return timedelta(minutes=self.facts.clock_tolerance_minutes)
