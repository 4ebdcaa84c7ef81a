"""What every rule is given: the facts that count by now, and what was derived from them once for all rules.

Each attribute belongs to a view (`ATTRIBUTE_VIEWS`): a rule says in its `READS` which views it looks at, and is asked
again only when one of them changed or the time reached one of its own limits.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, cast
from zoneinfo import ZoneInfo

from domain.calendar import ClinicalTime
from domain.facts import (
    Administration,
    AlertAction,
    Analyte,
    ClinicalAssessment,
    Condition,
    ConditionCode,
    EnteredAs,
    Fact,
    Finding,
    LabResult,
    MedicationOrder,
    MedicationSupply,
    TreatmentPlan,
)
from domain.phase import Phase, PhaseNow
from domain.views import OF_ANALYTE, View
from domain.words import Says

if TYPE_CHECKING:
    from domain.doses import Dose, Dosing, Uncounted
    from domain.haemoglobin import Haemoglobin
    from domain.plans import Plans, Treatment
    from domain.regimens.table import Regimen
    from domain.window import NextDose

ATTRIBUTE_VIEWS: Final[Mapping[str, int]] = MappingProxyType(
    {
        **dict.fromkeys(("plan", "plans", "zone", "regimen", "entry", "is_under_age", "enrolled_at"), View.PLAN),
        **dict.fromkeys(("entered_after_loading", "treatment_episode", "is_meant_for_life"), View.PLAN),
        **dict.fromkeys(("doses", "reported", "uncounted", "last_dose", "dosing"), View.DOSES),
        **dict.fromkeys(("loading_doses", "doses_since_entry"), View.DOSES),
        "start": View.START,
        "dose_episode": View.PLAN | View.DOSES,
        "phase": View.PHASE,
        "phase_now": View.PHASE,
        "next_dose": View.WINDOW,
        "haemoglobins": View.READINGS,
        "cobalamin": View.COBALAMIN,
        "folic_acid": View.FOLIC_ACID,
        "transfusions": View.RED_CELLS,
        "assessments": View.FINDINGS,
        "found": View.FINDINGS,
        "conditions": View.CONDITIONS,
        "condition": View.CONDITIONS,
        "orders": View.ORDERS,
        "supplies": View.SUPPLIES,
        "actions": View.ACTIONS,
    }
)


class Case:
    """One patient at one moment.  Made by `domain.derive`; rules only read it."""

    __slots__ = (
        "_dosing",
        "_facts",
        "enrolled_at",
        "entry",
        "haemoglobins",
        "is_under_age",
        "next_dose",
        "patient_id",
        "phase_now",
        "plan",
        "plans",
        "regimen",
        "zone",
    )

    def __init__(self, patient_id: str, treatment: Treatment) -> None:
        self.patient_id = patient_id
        plans = treatment.plans
        self.zone: ZoneInfo = treatment.zone
        self.plans: Plans | None = plans
        self.plan: TreatmentPlan | None = plans.current if plans else None
        self.entry: TreatmentPlan | None = plans.entry if plans else None
        self.regimen: Regimen | None = treatment.regimen
        self.is_under_age: bool = treatment.is_under_age
        self.enrolled_at: datetime | None = treatment.enrolled_at
        self._facts: Mapping[int, tuple[Fact, ...]] = {}
        self._dosing: Dosing
        self.haemoglobins: tuple[Haemoglobin, ...] = ()  # one reading per sample, the oldest first
        self.phase_now: PhaseNow
        self.next_dose: NextDose

    def say(self, template: str, *args: object) -> Says:
        """A sentence, written when it is read; times in it are told in the ward's zone."""
        return Says(template, args, self.zone)

    # --- the plan

    @property
    def entered_after_loading(self) -> bool:
        """Whether the patient came to us in maintenance or lifelong: the rules about the start do not apply."""
        return self.entry is not None and self.entry.entered_as in (EnteredAs.MAINTENANCE, EnteredAs.LIFELONG)

    @property
    def treatment_episode(self) -> str:
        """Names the present treatment: the plan that began it."""
        assert self.plans is not None, "without a plan there is no treatment to name"
        return f"treatment:{self.plans.first.fact_id}"

    @property
    def is_meant_for_life(self) -> bool:
        """Whether the plan in force is meant for life: the cause is not recorded as one that can go away."""
        return self.plan is not None and not self.plan.cause.can_go_away

    # --- doses

    @property
    def dosing(self) -> Dosing:
        return self._dosing

    @property
    def doses(self) -> tuple[Dose, ...]:
        """Doses of this treatment that count, one a day, the oldest first."""
        return self._dosing.counted

    @property
    def reported(self) -> tuple[Dose, ...]:
        return self._dosing.reported

    @property
    def uncounted(self) -> tuple[Uncounted, ...]:
        return self._dosing.uncounted

    @property
    def last_dose(self) -> Dose | None:
        """The last dose that moves the window: counted, reported, or known from the entering plan."""
        return self._dosing.last

    @property
    def start(self) -> ClinicalTime | None:
        """The first counted dose, or the start that the entering plan tells, whichever is earlier."""
        return self._dosing.start

    @property
    def doses_since_entry(self) -> tuple[Dose, ...]:
        """Counted doses that are not among those which the entering plan says were given."""
        return self._dosing.since_entry

    @property
    def loading_doses(self) -> int:
        """Doses that count towards loading, those given before the patient entered among them."""
        return self._dosing.loading_doses

    @property
    def dose_episode(self) -> str:
        """Names the next dose by what it rests on: the ward-local day of the last dose, or the treatment's start."""
        last = self._dosing.last
        if last is not None:
            return f"after-dose:{last.day.isoformat()}"
        assert self.plan is not None, "without a plan there is no next dose to name"
        return f"first-dose:{self.plan.starts.day(self.zone).isoformat()}"

    # --- the phase

    @property
    def phase(self) -> Phase:
        return self.phase_now.phase

    # --- facts of one kind, the oldest first

    def results(self, analyte: Analyte) -> tuple[LabResult, ...]:
        """Final results with a value or with clumping."""
        return cast("tuple[LabResult, ...]", self._facts.get(OF_ANALYTE[analyte], ()))

    def found(self, *findings: Finding) -> tuple[ClinicalAssessment, ...]:
        """Assessments of this treatment with one of the findings."""
        if not self.assessments:
            return ()
        wanted = frozenset(findings)
        return tuple(a for a in self.assessments if a.findings & wanted)

    def condition(self, code: ConditionCode) -> Condition | None:
        """The newest of the conditions with this code that has not ended by now."""
        return next((c for c in reversed(self.conditions) if c.code is code), None)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Conditions that hold by now: begun, and not ended."""
        return cast("tuple[Condition, ...]", self._facts.get(View.CONDITIONS, ()))

    @property
    def assessments(self) -> tuple[ClinicalAssessment, ...]:
        """What clinicians found in this treatment."""
        return cast("tuple[ClinicalAssessment, ...]", self._facts.get(View.FINDINGS, ()))

    @property
    def transfusions(self) -> tuple[Administration, ...]:
        """Red cells that were given."""
        return cast("tuple[Administration, ...]", self._facts.get(View.RED_CELLS, ()))

    @property
    def orders(self) -> tuple[MedicationOrder, ...]:
        return cast("tuple[MedicationOrder, ...]", self._facts.get(View.ORDERS, ()))

    @property
    def supplies(self) -> tuple[MedicationSupply, ...]:
        return cast("tuple[MedicationSupply, ...]", self._facts.get(View.SUPPLIES, ()))

    @property
    def cobalamin(self) -> tuple[Administration, ...]:
        """Administrations of any cobalamin, of any status and route, of any treatment."""
        return cast("tuple[Administration, ...]", self._facts.get(View.COBALAMIN, ()))

    @property
    def folic_acid(self) -> tuple[Administration, ...]:
        """Administrations of folic acid, alone or in a combination, of any status."""
        return cast("tuple[Administration, ...]", self._facts.get(View.FOLIC_ACID, ()))

    @property
    def actions(self) -> tuple[AlertAction, ...]:
        return cast("tuple[AlertAction, ...]", self._facts.get(View.ACTIONS, ()))
