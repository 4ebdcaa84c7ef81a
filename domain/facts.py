"""The closed set of facts: what a source system said, with an id, a version and a clinical time.

Of two versions of one fact id the newer stands; a tie goes by content, never by arrival (`rank`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from domain.calendar import ClinicalTime
from domain.quantity import Measure, Quantity
from domain.vocabulary import (
    Action,
    AdministrationStatus,
    Analyte,
    Cause,
    Comparator,
    ConditionCode,
    DosesGivenBy,
    Drug,
    EndReason,
    EnteredAs,
    Finding,
    OralReason,
    OrderStatus,
    Pregnancy,
    ResultStatus,
    Route,
    Sex,
    SupplyStatus,
    YesNoUnknown,
)

__all__ = [  # the words are imported from here: they are what facts say
    "Action",
    "AdministrationStatus",
    "Analyte",
    "Cause",
    "Comparator",
    "ConditionCode",
    "DosesGivenBy",
    "Drug",
    "EndReason",
    "EnteredAs",
    "Finding",
    "OralReason",
    "OrderStatus",
    "Pregnancy",
    "ResultStatus",
    "Route",
    "Sex",
    "SupplyStatus",
    "YesNoUnknown",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    fact_id: str
    version: int
    time: ClinicalTime
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LabResult(_Said):
    """One measurement; `time` is when the sample was taken.

    `quantity` and `reference_low` are as sent (see `Measure` for the units accepted); `quantity` is None when no
    value could be obtained, and `absent_reason` may then say why.
    """

    analyte: Analyte
    status: ResultStatus
    quantity: Quantity | None
    comparator: Comparator | None = None
    reference_low: Quantity | None = None
    clumped: bool = False
    absent_reason: str = ""

    @property
    def amount(self) -> Decimal:
        """The number in the canonical unit of the analyte's `Measure` (haemoglobin g/L, platelets 10*9/L)."""
        assert self.quantity is not None, "ask has_value first"
        return self.analyte.measure.canonical(self.quantity)

    @property
    def has_value(self) -> bool:
        return self.quantity is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Administration(_Said):
    """A dose given, refused or charted otherwise; `time` is when it was (or was not) given.

    `dose` is None when the chart does not say it.  `reported` marks a dated statement of a dose that nobody here gave.
    """

    drug: Drug
    status: AdministrationStatus
    dose: Quantity | None
    route: Route = Route.UNKNOWN
    reported: bool = False

    @property
    def dose_ug(self) -> Decimal | None:
        return None if self.dose is None else Measure.DOSE.canonical(self.dose)


@dataclass(frozen=True, slots=True, kw_only=True)
class MedicationOrder(_Said):
    """What was prescribed; `time` is when.  An order is never a dose."""

    drug: Drug
    status: OrderStatus
    dose: Quantity | None = None
    route: Route = Route.UNKNOWN
    start: ClinicalTime | None = None
    end: ClinicalTime | None = None

    @property
    def starts(self) -> ClinicalTime:
        return self.start if self.start is not None else self.time


@dataclass(frozen=True, slots=True, kw_only=True)
class MedicationSupply(_Said):
    """What a pharmacy handed over, lasting `days` days from `time`, when it did so.  A supply is never a dose."""

    drug: Drug
    status: SupplyStatus
    days: int | None = None
    dose: Quantity | None = None
    route: Route = Route.ORAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition(_Said):
    """A disease, an operation or a diet; `time` is its onset or when it was performed, `end` when it was over.

    `length_cm` says how much of the ileum was removed.
    """

    code: ConditionCode
    end: ClinicalTime | None = None
    length_cm: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalOverride:
    """An individual interval in calendar months or in days (one of the two), prescribed by a named person."""

    months: int | None
    days: int | None
    author: str
    reason: str
    decided_on: date

    def __str__(self) -> str:
        return f"{self.months} months" if self.months is not None else f"{self.days} days"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanEnd:
    """The plan was ended, from `time` on, by `actor`."""

    time: ClinicalTime
    reason: EndReason
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatmentPlan(_Said):
    """The plan for one patient; `time` is when it was made (the order), `starts` when treatment by it begins.

    `regimen` is the code of a regimen table (`R1`, `R2`, ...) or any text a source sent.  The `entered_*` group says
    how a patient came to us in mid-course: `loading_doses_given` counts injections up to `last_dose`.
    """

    regimen: str
    neurological_involvement: YesNoUnknown
    cause: Cause = Cause.UNKNOWN
    start: ClinicalTime | None = None
    ward: str = ""
    sex: Sex = Sex.UNKNOWN
    birth_date: date | None = None
    pregnancy: Pregnancy = Pregnancy.UNKNOWN
    interval: IntervalOverride | None = None
    entered_as: EnteredAs | None = None
    treatment_started: date | None = None
    last_dose: date | None = None
    loading_doses_given: int = 0
    doses_given_by: DosesGivenBy = DosesGivenBy.WARD
    restarts: bool = False
    end: PlanEnd | None = None
    oral_reason: OralReason | None = None

    @property
    def starts(self) -> ClinicalTime:
        return self.start if self.start is not None else self.time


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicalAssessment(_Said):
    """What a clinician found; `time` is when the patient was seen."""

    findings: frozenset[Finding]
    author: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertAction(_Said):
    """What a person did about one alert; `until` ends a snooze, `dose_time` dates a dose that was given elsewhere."""

    alert_id: str
    action: Action
    actor: str
    until: ClinicalTime | None = None
    dose_time: ClinicalTime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal(_Said):
    """The fact of this id was entered in error; kept as a tombstone, also when the fact itself was never seen."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge(_Said):
    """One person has two patient ids: `gone` goes on under `surviving`; `parted`: no longer.

    Every source that says it of these two, in this direction, gives it one id, and its time in milliseconds as version.
    """

    gone: str
    surviving: str
    parted: bool = False

    @property
    def both(self) -> tuple[str, str]:
        return self.gone, self.surviving


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity(_Said):
    """What the plans of `patient_id` say of the person; told to those with whom it is merged, to be compared."""

    patient_id: str
    sex: Sex = Sex.UNKNOWN
    birth_date: date | None = None


Fact = (
    LabResult
    | Administration
    | MedicationOrder
    | MedicationSupply
    | Condition
    | TreatmentPlan
    | ClinicalAssessment
    | AlertAction
    | Withdrawal
    | Merge
    | Identity
)


_SETTLED: Final[Mapping[type[Any], Mapping[str, int]]] = MappingProxyType(
    {  # by the class first: words such as "stopped" are equal in all the lists, and settle different things
        LabResult: {
            ResultStatus.PRELIMINARY: 1,
            ResultStatus.UNKNOWN: 1,
            ResultStatus.CANCELLED: 1,
            ResultStatus.FINAL: 2,
            ResultStatus.AMENDED: 3,
            ResultStatus.CORRECTED: 3,
        },
        Administration: {
            AdministrationStatus.NOT_DONE: 1,
            AdministrationStatus.UNKNOWN: 1,
            AdministrationStatus.STOPPED: 2,
            AdministrationStatus.COMPLETED: 3,
        },
        MedicationOrder: {
            OrderStatus.ACTIVE: 1,
            OrderStatus.ON_HOLD: 1,
            OrderStatus.CANCELLED: 2,
            OrderStatus.STOPPED: 2,
            OrderStatus.COMPLETED: 2,
        },
        MedicationSupply: {
            SupplyStatus.IN_PROGRESS: 1,
            SupplyStatus.ON_HOLD: 1,
            SupplyStatus.CANCELLED: 2,
            SupplyStatus.DECLINED: 2,
            SupplyStatus.STOPPED: 2,
            SupplyStatus.COMPLETED: 3,
        },
    }
)
_WITH_STATUS: Final = (LabResult, Administration, MedicationOrder, MedicationSupply)


def rank(fact: Fact) -> tuple[int, bool, int, str]:
    """Which of two facts with one id stands: the higher version, a withdrawal, the more settled, the greater content.

    Sources that number no versions send a preliminary result and then the final one, or a chart as not done and then
    as completed, or an order as active and then as stopped: the later step of such a life stands over the earlier, in
    whatever order they arrive.
    """
    return fact.version, isinstance(fact, Withdrawal), _settled(fact), content(fact)


def _settled(fact: Fact) -> int:
    if isinstance(fact, _WITH_STATUS):
        return _SETTLED[type(fact)].get(fact.status, 0)
    return 0


def content(fact: Fact) -> str:
    """The whole of a fact as text, the same in every process (a frozenset prints in no fixed order)."""
    return f"{type(fact).__name__}({', '.join(_shown(fact, field.name) for field in fields(fact))})"


def _shown(fact: Fact, name: str) -> str:
    value = getattr(fact, name)
    return f"{name}={sorted(value) if isinstance(value, frozenset) else value!r}"
