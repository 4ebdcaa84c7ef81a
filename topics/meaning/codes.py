"""What a code means to us: (system, code), never display text.  Each row has its source in the clinical reference.

A code that is in none of these tables is not for us.  `Rejected` codes are not for us either; they are listed since
they are mistaken for ours (methaemoglobin for haemoglobin), so that one beside a code of ours is a contradiction.
Codes of a laboratory's or ward's own come in by its feed's file (`topics.meaning.feeds`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from domain.facts import (
    Analyte,
    Cause,
    ConditionCode,
    Drug,
    EndReason,
    Finding,
    Pregnancy,
    Route,
    YesNoUnknown,
)
from domain.regimens import CHOICES, REGIMENS
from topics.meaning.systems import System
from topics.meaning.units import Kind


@dataclass(frozen=True, slots=True)
class LabTest:
    """A laboratory test.  `kind` is the kind of unit that the code promises; None where the unit may decide.

    `seeks_clumps`: it is ordered where platelets clump in EDTA, so that a low count is not to be believed.
    """

    analyte: Analyte
    kind: Kind | None = None
    seeks_clumps: bool = False


@dataclass(frozen=True, slots=True)
class Product:
    """A drug; `ug_per_ml` where the code is of a product of one strength.

    `antidote`: hydroxocobalamin against cyanide, 5 g into a vein, which is no dose of vitamin B12 (section 2).
    """

    drug: Drug
    ug_per_ml: Decimal | None = None
    antidote: bool = False


@dataclass(frozen=True, slots=True)
class Rejected:
    """Something that is mistaken for one of ours."""

    what: str


@dataclass(frozen=True, slots=True)
class Regimen:
    """The code of a regimen, in a plan."""

    code: str


Meaning = (
    LabTest
    | Product
    | Rejected
    | Route
    | ConditionCode
    | Finding
    | Regimen
    | Cause
    | YesNoUnknown
    | Pregnancy
    | EndReason
)
Codes = Mapping[tuple[str, str], Meaning]
"""By the system (a word of `System`, or the name that a feed's own system has) and the code."""

_MASS, _MOLES, _COUNT, _SHARE = Kind.MASS, Kind.MOLES, Kind.COUNT, Kind.SHARE


def _tests(
    system: System, analyte: Analyte, kind: Kind | None, codes: str
) -> Iterable[tuple[tuple[str, str], LabTest]]:
    return (((system, code), LabTest(analyte, kind)) for code in codes.split())


_LOINC_TESTS: Final = (  # section 4.1
    (Analyte.HAEMOGLOBIN, _MASS, "718-7 20509-6 30313-1 30350-3 30352-9"),
    (Analyte.HAEMOGLOBIN, _MOLES, "59260-0 75928-2 93846-4"),
    (Analyte.PLATELETS, _COUNT, "777-3 26515-7 778-1 49497-1 97995-5 74464-9"),
    (Analyte.VITAMIN_B12, _MASS, "2132-9 16695-9"),
    (Analyte.VITAMIN_B12, _MOLES, "14685-2"),
    (Analyte.VITAMIN_B12, None, "35201-3"),
    (Analyte.ACTIVE_B12, _MOLES, "72160-5"),
    (Analyte.FOLATE, _MASS, "2284-8"),
    (Analyte.FOLATE, _MOLES, "14732-2"),
    (Analyte.METHYLMALONIC_ACID, _MOLES, "13964-2"),
    (Analyte.HOMOCYSTEINE, _MOLES, "13965-9"),
    (Analyte.HOMOCYSTEINE, _MASS, "2428-1"),
    (Analyte.RETICULOCYTES, _COUNT, "14196-0 60474-4"),
    (Analyte.RETICULOCYTE_SHARE, _SHARE, "4679-7 17849-1 17848-3"),
    (Analyte.POTASSIUM, _MOLES, "2823-3 6298-4 77142-8 32713-0 39789-3"),
    (Analyte.CREATININE, _MOLES, "14682-9"),
    (Analyte.CREATININE, _MASS, "2160-0"),
    (Analyte.EGFR, Kind.RATE, "33914-3"),  # seen in the HL7 example f205; only shown beside MMA (S10)
)
_LOINC_REJECTED: Final = {  # section 4.1
    "deprecated haemoglobin": "42243-6",
    "haemoglobin in urine": "725-2 5794-3",
    "methaemoglobin": "15082-1 56040-9",
    "HbA1c": "4548-4",
    "haemoglobin in body fluid": "33509-1",
    "deprecated platelets": "5907-1",
    "platelets in plasma": "26516-5 13056-7 74775-8",
    "platelets in cord blood": "55802-3 47284-5",
    "platelet morphology": "11125-2",  # sent with a count in the sample LAB-ORU-2
    "presence of vitamin B12": "26916-7",
    "deprecated vitamin B12": "15039-1",
    "cyanocobalamin": "2170-9",  # public lists call it MMA
    "folate in red cells": "2283-0",  # serum folate is what rules read
    "MMA to creatinine in urine": "13776-0 13775-2 25115-7 25116-5 56664-6",
    "intrinsic factor": "2488-5",
}
_HYDROXO, _CYANO, _METHYL = Drug.HYDROXOCOBALAMIN, Drug.CYANOCOBALAMIN, Drug.METHYLCOBALAMIN
_FOLIC, _WITH_FOLIC = Drug.FOLIC_ACID, Drug.FOLIC_ACID_COMBINATION
_MG_PER_ML: Final = Decimal(1000)
_FOLIC_ATC: Final = ("B03AD01", "B03AD02", "B03AD03", "B03AD04", "B03AD05", "B03BB51")
_FOLIC_VTMS: Final = ("418558000", "418777000", "419441003", "420207003", "22467011000001108")
_DRUGS: Final[tuple[tuple[System, str, Meaning], ...]] = (  # section 4.3; old and new codes must both match
    (System.ATC, "B03BA03", Product(_HYDROXO)),
    (System.ATC, "V03AB33", Product(_HYDROXO, antidote=True)),
    (System.ATC, "B03BA01", Product(_CYANO)),
    (System.ATC, "B03BA05", Product(_METHYL)),
    (System.ATC, "B03BB01", Product(_FOLIC)),
    # iron with folic acid, and folic acid with others, by the WHO's ATC index (not in section 4.3)
    *((System.ATC, code, Product(_WITH_FOLIC)) for code in _FOLIC_ATC),
    (System.RXNORM, "5514", Product(_HYDROXO)),
    (System.RXNORM, "317106", Product(_HYDROXO, ug_per_ml=_MG_PER_ML)),
    (System.RXNORM, "103010", Product(_HYDROXO, ug_per_ml=_MG_PER_ML / 4)),
    (System.RXNORM, "11248", Product(_CYANO)),  # RxNorm calls it vitamin B12
    (System.RXNORM, "309594", Product(_CYANO, ug_per_ml=_MG_PER_ML)),
    (System.RXNORM, "2001499", Product(_CYANO, ug_per_ml=5 * _MG_PER_ML)),  # "Vitamin B 12 5 MG/ML", sample synthea-r4
    (System.RXNORM, "4511", Product(_FOLIC)),
    (System.SNOMED, "409258004", Product(_HYDROXO)),  # retired for the next
    (System.SNOMED, "1217427007", Product(_HYDROXO)),
    (System.SNOMED, "419382002", Product(_CYANO)),
    (System.SNOMED, "259512006", Product(_METHYL)),
    (System.SNOMED, "63718003", Product(_FOLIC)),
    (System.SNOMED, "187006", Rejected("57-Co tracer")),
    (System.UNII, "Q40X8H422O", Product(_HYDROXO)),
    (System.UNII, "P6YC3EG204", Product(_CYANO)),
    (System.UNII, "BR1SN1JS2W", Product(_METHYL)),
    (System.BNF, "0901020N0AAABAB", Product(_HYDROXO)),
    (System.BNF, "0901020D0AAADAD", Product(_CYANO)),
    (System.BNF, "0901020D0AAAEAE", Product(_CYANO)),
)
_VTMS: Final[
    tuple[tuple[str, Meaning], ...]
] = (  # dm+d concepts are SNOMED CT's too (UK drug extension), and come under either name
    ("327529002", Product(_HYDROXO)),
    ("10048511000001107", Product(_HYDROXO)),
    ("30010009", Product(_CYANO)),
    ("18132411000001100", Product(_METHYL)),
    ("6247001", Product(_FOLIC)),
    *((code, Product(_WITH_FOLIC)) for code in _FOLIC_VTMS),
)
_ROUTES: Final = (  # section 4.4; under the tongue is by mouth to us: it is no injection
    (System.SNOMED, {"78421000": "im", "34206005": "sc", "26643006": "po", "47625008": "iv", "37839007": "po"}),
    (System.ROUTE_V2, {"IM": "im", "SC": "sc", "PO": "po", "IV": "iv", "SL": "po"}),
    (System.ROUTE_V3, {"IM": "im", "SQ": "sc", "PO": "po", "IVINJ": "iv", "SL": "po"}),
    (System.NCIT, {"C28161": "im", "C38299": "sc", "C38288": "po", "C38276": "iv"}),  # FDA's list of routes
)
_ROUTE_WORDS: Final = {
    "im": Route.INTRAMUSCULAR,
    "sc": Route.SUBCUTANEOUS,
    "po": Route.ORAL,
    "iv": Route.INTRAVENOUS,
}
_CONDITIONS: Final = (  # section 4.5
    (System.SNOMED, "84027009", ConditionCode.PERNICIOUS_ANAEMIA),
    (System.SNOMED, "430715008", ConditionCode.BARIATRIC_SURGERY),
    (System.ICD10, "D51.0", ConditionCode.PERNICIOUS_ANAEMIA),
    (System.ICD10, "Z98.84", ConditionCode.BARIATRIC_SURGERY),
    (System.ICD10, "Z90.3", ConditionCode.GASTRECTOMY),
    (System.READ_V2, "7640.", ConditionCode.ILEAL_RESECTION),
)
_OUR_KINDS: Final = (
    *("analyte", "drug", "route", "condition", "finding"),
    *("regimen", "cause", "neurological-involvement", "pregnancy", "end-reason"),  # of a plan
)


def own_words(kind: str) -> str:
    """The system of our own words of one kind (see `_OUR_KINDS`), as `urn:b12watch:analyte`."""
    assert kind in _OUR_KINDS
    return f"{System.OURS}:{kind}"


OUR_SYSTEMS: Final = frozenset(own_words(kind) for kind in _OUR_KINDS)


def _of_our_own() -> Iterable[tuple[tuple[str, str], Meaning]]:
    """The words of the vocabulary themselves, and the regimens that we hold."""
    yield from (((own_words("analyte"), word), LabTest(word)) for word in Analyte)
    yield from (((own_words("drug"), word), Product(word)) for word in Drug)
    yield from (((own_words("route"), word), word) for word in Route)
    yield from (((own_words("condition"), word), word) for word in ConditionCode)
    yield from (((own_words("finding"), word), word) for word in Finding)
    yield from (((own_words("cause"), word), word) for word in Cause)
    yield from (((own_words("neurological-involvement"), word), word) for word in YesNoUnknown)
    yield from (((own_words("pregnancy"), word), word) for word in Pregnancy)
    yield from (((own_words("end-reason"), word), word) for word in EndReason)
    yield from (((own_words("regimen"), code), Regimen(code)) for code in (*REGIMENS, *CHOICES))


def _table() -> Codes:
    rows: list[tuple[tuple[str, str], Meaning]] = []
    for analyte, kind, codes in _LOINC_TESTS:
        rows += _tests(System.LOINC, analyte, kind, codes)
    rows.append(((System.LOINC, "107193-5"), LabTest(Analyte.PLATELETS, _COUNT, seeks_clumps=True)))
    rows += (
        ((System.LOINC, code), Rejected(what)) for what, codes in _LOINC_REJECTED.items() for code in codes.split()
    )
    rows += (((system, code), meaning) for system, code, meaning in _DRUGS)
    rows += (((system, code), meaning) for code, meaning in _VTMS for system in (System.SNOMED, System.DMD))
    rows += (((system, code), _ROUTE_WORDS[word]) for system, codes in _ROUTES for code, word in codes.items())
    rows += (((system, code), meaning) for system, code, meaning in _CONDITIONS)
    rows += _of_our_own()
    table = dict(rows)
    assert len(table) == len(rows), "a code stands in two rows"
    return MappingProxyType(table)


CODES: Final = _table()
