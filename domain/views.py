"""The views of a case, as bits: what a rule says that it reads, and what a new fact or the time may have changed.

Plain integers, since they are combined for every event.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from domain.facts import (
    Administration,
    AlertAction,
    Analyte,
    ClinicalAssessment,
    Condition,
    Fact,
    LabResult,
    MedicationOrder,
    MedicationSupply,
    TreatmentPlan,
)


class View:
    """The first are facts of one kind, as are those of the analytes; the last five are derived from facts.

    Of the doses the start stands alone: it seldom changes, and many rules ask for nothing else.
    """

    PLAN: Final = 1 << 0
    COBALAMIN: Final = 1 << 1
    FOLIC_ACID: Final = 1 << 2
    RED_CELLS: Final = 1 << 3
    ORDERS: Final = 1 << 4
    SUPPLIES: Final = 1 << 5
    FINDINGS: Final = 1 << 6
    CONDITIONS: Final = 1 << 7
    ACTIONS: Final = 1 << 8
    HAEMOGLOBIN: Final = 1 << 9
    PLATELETS: Final = 1 << 10
    VITAMIN_B12: Final = 1 << 11
    ACTIVE_B12: Final = 1 << 12
    FOLATE: Final = 1 << 13
    METHYLMALONIC_ACID: Final = 1 << 14
    HOMOCYSTEINE: Final = 1 << 15
    POTASSIUM: Final = 1 << 16
    RETICULOCYTES: Final = 1 << 17
    RETICULOCYTE_SHARE: Final = 1 << 18
    CREATININE: Final = 1 << 19
    EGFR: Final = 1 << 20
    DOSES: Final = 1 << 21
    PHASE: Final = 1 << 22
    WINDOW: Final = 1 << 23
    READINGS: Final = 1 << 24
    START: Final = 1 << 25


OF_ANALYTE: Final = MappingProxyType({analyte: int(getattr(View, analyte.name)) for analyte in Analyte})

_OF_KIND: Final[dict[type[object], int]] = {
    TreatmentPlan: View.PLAN,
    MedicationOrder: View.ORDERS,
    MedicationSupply: View.SUPPLIES,
    ClinicalAssessment: View.FINDINGS,
    Condition: View.CONDITIONS,
    AlertAction: View.ACTIONS,
}


def view_of(fact: Fact) -> int:
    """The view in which a fact stands; none (0) for a withdrawal, which only takes another fact away."""
    if isinstance(fact, LabResult):
        return OF_ANALYTE[fact.analyte]
    if isinstance(fact, Administration):
        drug = fact.drug
        return View.COBALAMIN if drug.is_cobalamin else View.FOLIC_ACID if drug.is_folic_acid else View.RED_CELLS
    return _OF_KIND.get(type(fact), 0)


def names_of(views: int) -> tuple[str, ...]:
    """The names of the views in a set, for people."""
    return tuple(name.lower() for name, bit in vars(View).items() if isinstance(bit, int) and bit & views)
