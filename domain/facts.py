"""The closed set of facts: what a source system said, with an id, a version and a clinical time.

Of two versions of one fact id the newer stands; a tie goes by content, never by arrival (`rank`).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from enum import StrEnum

from domain.calendar import ClinicalTime
from domain.quantity import Measure, Quantity


class Analyte(StrEnum):
    """What a laboratory measured; every other analyte is not for us."""

    HAEMOGLOBIN = "haemoglobin"
    PLATELETS = "platelets"

    @property
    def measure(self) -> Measure:
        return Measure.HAEMOGLOBIN if self is Analyte.HAEMOGLOBIN else Measure.CELL_COUNT


class Comparator(StrEnum):
    """The true value lies on this side of the number that was sent (FHIR quantity comparator)."""

    LESS = "<"
    AT_MOST = "<="
    AT_LEAST = ">="
    MORE = ">"


class ResultStatus(StrEnum):
    """FHIR Observation status, as far as a result keeps standing; entered-in-error is a `Withdrawal`."""

    REGISTERED = "registered"
    PRELIMINARY = "preliminary"
    FINAL = "final"
    AMENDED = "amended"
    CORRECTED = "corrected"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"

    @property
    def counts(self) -> bool:
        """Rules use final results alone (amended and corrected ones are final)."""
        return self in (ResultStatus.FINAL, ResultStatus.AMENDED, ResultStatus.CORRECTED)


class Drug(StrEnum):
    """Substances that a rule reads when they are given."""

    HYDROXOCOBALAMIN = "hydroxocobalamin"
    CYANOCOBALAMIN = "cyanocobalamin"
    METHYLCOBALAMIN = "methylcobalamin"
    RED_CELLS = "red-cells"  # a transfusion makes the haemoglobin response unreadable

    @property
    def is_cobalamin(self) -> bool:
        return self is not Drug.RED_CELLS


class Route(StrEnum):
    INTRAMUSCULAR = "intramuscular"
    SUBCUTANEOUS = "subcutaneous"
    INTRAVENOUS = "intravenous"
    ORAL = "oral"
    UNKNOWN = "unknown"


class AdministrationStatus(StrEnum):
    """FHIR MedicationAdministration status; only `completed` counts as given."""

    IN_PROGRESS = "in-progress"
    NOT_DONE = "not-done"
    ON_HOLD = "on-hold"
    COMPLETED = "completed"
    STOPPED = "stopped"
    UNKNOWN = "unknown"


class YesNoUnknown(StrEnum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Sex(StrEnum):
    FEMALE = "female"
    MALE = "male"
    UNKNOWN = "unknown"


class Pregnancy(StrEnum):
    """Unknown counts as not pregnant (section 8.5 of the clinical reference)."""

    NOT_PREGNANT = "not-pregnant"
    FIRST_TRIMESTER = "first-trimester"
    SECOND_TRIMESTER = "second-trimester"
    THIRD_TRIMESTER = "third-trimester"
    TRIMESTER_UNKNOWN = "trimester-unknown"
    UNKNOWN = "unknown"


class Cause(StrEnum):
    """Why vitamin B12 is deficient; dietary and reversible causes may one day end the treatment."""

    PERNICIOUS_ANAEMIA = "pernicious-anaemia"
    MALABSORPTION = "malabsorption"
    GASTRECTOMY = "gastrectomy"
    ILEAL_RESECTION = "ileal-resection"
    BARIATRIC_SURGERY = "bariatric-surgery"
    DIETARY = "dietary"
    REVERSIBLE = "reversible"
    OTHER = "other"
    UNKNOWN = "unknown"

    @property
    def can_go_away(self) -> bool:
        return self in (Cause.DIETARY, Cause.REVERSIBLE)


class EnteredAs(StrEnum):
    """The phase in which a patient was already when the plan reached b12watch."""

    LOADING = "loading"
    MAINTENANCE = "maintenance"
    LIFELONG = "lifelong"


class DosesGivenBy(StrEnum):
    WARD = "ward"
    ELSEWHERE = "elsewhere"


class EndReason(StrEnum):
    DIED = "died"
    TRANSFERRED = "transferred"
    OPTED_OUT = "opted-out"
    STOPPED = "stopped"


class Finding(StrEnum):
    """What a clinician recorded in an assessment."""

    NEUROLOGY_IMPROVED = "neurology-improved"
    NEUROLOGY_UNCHANGED = "neurology-unchanged"
    NEUROLOGY_WORSE = "neurology-worse"
    NEUROLOGY_RESOLVED = "neurology-resolved"
    STILL_IMPROVING = "still-improving"
    NO_FURTHER_IMPROVEMENT = "no-further-improvement"
    LOADING_COMPLETE = "loading-complete"
    LIFELONG_CONFIRMED = "lifelong-confirmed"
    OTHER_CAUSE_ACCEPTED = "other-cause-accepted"
    REFERRED_TO_NEUROLOGY = "referred-to-neurology"
    REFERRED_TO_HAEMATOLOGY = "referred-to-haematology"


class Action(StrEnum):
    """What a person did about an alert."""

    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    GIVEN_ELSEWHERE = "given-elsewhere"


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
        """The number in the analyte's canonical unit (haemoglobin g/L, platelets 10*9/L)."""
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


Fact = LabResult | Administration | TreatmentPlan | ClinicalAssessment | AlertAction | Withdrawal


_SETTLED = {
    ResultStatus.PRELIMINARY: 1,
    ResultStatus.UNKNOWN: 1,
    ResultStatus.CANCELLED: 1,
    ResultStatus.FINAL: 2,
    ResultStatus.AMENDED: 3,
    ResultStatus.CORRECTED: 3,
    AdministrationStatus.NOT_DONE: 1,
    AdministrationStatus.STOPPED: 2,
    AdministrationStatus.COMPLETED: 3,
}


def rank(fact: Fact) -> tuple[int, bool, int, str]:
    """Which of two facts with one id stands: the higher version, a withdrawal, the more settled, the greater content.

    Sources that number no versions send a preliminary result and then the final one, or a chart as not done and then
    as completed: the later step of such a life stands over the earlier, in whatever order they arrive.
    """
    status = fact.status if isinstance(fact, LabResult | Administration) else None
    return fact.version, isinstance(fact, Withdrawal), _SETTLED.get(status, 0) if status else 0, content(fact)


def content(fact: Fact) -> str:
    """The whole of a fact as text, the same in every process (a frozenset prints in no fixed order)."""
    return f"{type(fact).__name__}({', '.join(_shown(fact, field.name) for field in fields(fact))})"


def _shown(fact: Fact, name: str) -> str:
    value = getattr(fact, name)
    return f"{name}={sorted(value) if isinstance(value, frozenset) else value!r}"
