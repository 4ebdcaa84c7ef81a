"""The closed lists of words that facts are made of; each is also the word on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from domain.quantity import Measure


class Analyte(StrEnum):
    """What a laboratory measured; every other analyte is not for us."""

    HAEMOGLOBIN = "haemoglobin"
    PLATELETS = "platelets"
    VITAMIN_B12 = "vitamin-b12"  # total, in serum or plasma
    ACTIVE_B12 = "active-b12"  # holotranscobalamin
    FOLATE = "folate"  # in serum
    METHYLMALONIC_ACID = "methylmalonic-acid"  # in serum; the ratio to creatinine in urine is another thing
    HOMOCYSTEINE = "homocysteine"
    POTASSIUM = "potassium"
    RETICULOCYTES = "reticulocytes"  # a count; never mixed with the share
    RETICULOCYTE_SHARE = "reticulocyte-share"  # of all red cells
    CREATININE = "creatinine"
    EGFR = "egfr"

    @property
    def measure(self) -> Measure:
        return _MEASURES[self]


_MEASURES: Final[Mapping[Analyte, Measure]] = MappingProxyType(
    {
        Analyte.HAEMOGLOBIN: Measure.HAEMOGLOBIN,
        Analyte.PLATELETS: Measure.CELL_COUNT,
        Analyte.VITAMIN_B12: Measure.VITAMIN_B12,
        Analyte.ACTIVE_B12: Measure.ACTIVE_B12,
        Analyte.FOLATE: Measure.FOLATE,
        Analyte.METHYLMALONIC_ACID: Measure.METHYLMALONIC_ACID,
        Analyte.HOMOCYSTEINE: Measure.HOMOCYSTEINE,
        Analyte.POTASSIUM: Measure.POTASSIUM,
        Analyte.RETICULOCYTES: Measure.CELL_COUNT,
        Analyte.RETICULOCYTE_SHARE: Measure.PERCENT,
        Analyte.CREATININE: Measure.CREATININE,
        Analyte.EGFR: Measure.EGFR,
    }
)


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
    """Substances that a rule reads when they are given, ordered or handed over."""

    HYDROXOCOBALAMIN = "hydroxocobalamin"
    CYANOCOBALAMIN = "cyanocobalamin"
    METHYLCOBALAMIN = "methylcobalamin"
    RED_CELLS = "red-cells"  # a transfusion makes the haemoglobin response unreadable
    FOLIC_ACID = "folic-acid"
    FOLIC_ACID_COMBINATION = "folic-acid-combination"  # iron and folic acid, multivitamins with folic acid

    @property
    def is_cobalamin(self) -> bool:
        return self in (Drug.HYDROXOCOBALAMIN, Drug.CYANOCOBALAMIN, Drug.METHYLCOBALAMIN)

    @property
    def is_folic_acid(self) -> bool:
        """A combination counts as folic acid: it masks a deficiency of B12 in the same way."""
        return self in (Drug.FOLIC_ACID, Drug.FOLIC_ACID_COMBINATION)


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


class OrderStatus(StrEnum):
    """FHIR MedicationRequest status; entered-in-error is a `Withdrawal`."""

    ACTIVE = "active"
    ON_HOLD = "on-hold"
    COMPLETED = "completed"
    STOPPED = "stopped"
    CANCELLED = "cancelled"
    DRAFT = "draft"
    UNKNOWN = "unknown"


class SupplyStatus(StrEnum):
    """FHIR MedicationDispense status; only `completed` says that the patient has it."""

    COMPLETED = "completed"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    STOPPED = "stopped"
    PREPARATION = "preparation"
    IN_PROGRESS = "in-progress"
    ON_HOLD = "on-hold"
    UNKNOWN = "unknown"


class ConditionCode(StrEnum):
    """A disease, an operation or a diet that a rule reads."""

    ILEAL_RESECTION = "ileal-resection"
    BARIATRIC_SURGERY = "bariatric-surgery"
    GASTRECTOMY = "gastrectomy"
    PERNICIOUS_ANAEMIA = "pernicious-anaemia"
    MALABSORPTION = "malabsorption"
    VEGAN_DIET = "vegan-diet"
    STRICT_VEGETARIAN_DIET = "strict-vegetarian-diet"
    SUPPLEMENTED = "b12-supplement-or-fortified-food"


class OralReason(StrEnum):
    """Why a plan gives B12 by mouth where injections are the rule."""

    PATIENT_PREFERENCE = "patient-preference"
    INJECTION_CONTRAINDICATED = "injection-contraindicated"
    PRESCRIBER_DECISION = "prescriber-decision"


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
    SYMPTOMS_RETURNED = "symptoms-returned"  # before the next dose was due
    STILL_IMPROVING = "still-improving"
    NO_FURTHER_IMPROVEMENT = "no-further-improvement"
    RESPONSE_CONFIRMED = "response-confirmed"  # the patient is better and the reticulocytes rose
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
