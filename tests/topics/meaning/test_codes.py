"""Codes: (system, code) decides; what is mistaken for ours is no more than what is unknown."""

from __future__ import annotations

from decimal import Decimal

import pytest

from domain.facts import Analyte, ConditionCode, Drug, Route
from topics.meaning.codes import CODES, LabTest, Product, Rejected
from topics.meaning.feeds import UNCONFIGURED
from topics.meaning.systems import SYSTEMS, System
from topics.meaning.units import Kind

LOINC, SCT, RXNORM = "http://loinc.org", "http://snomed.info/sct", "http://www.nlm.nih.gov/research/umls/rxnorm"


@pytest.mark.parametrize(
    ("system", "code", "means"),
    [
        (LOINC, "718-7", LabTest(Analyte.HAEMOGLOBIN, Kind.MASS)),
        ("LN", "718-7", LabTest(Analyte.HAEMOGLOBIN, Kind.MASS)),
        ("urn:oid:2.16.840.1.113883.6.1", "59260-0", LabTest(Analyte.HAEMOGLOBIN, Kind.MOLES)),
        (LOINC, "35201-3", LabTest(Analyte.VITAMIN_B12, None)),
        (LOINC, "107193-5", LabTest(Analyte.PLATELETS, Kind.COUNT, seeks_clumps=True)),
        (RXNORM, "317106", Product(Drug.HYDROXOCOBALAMIN, ug_per_ml=Decimal(1000))),
        (RXNORM, "103010", Product(Drug.HYDROXOCOBALAMIN, ug_per_ml=Decimal(250))),
        (SCT, "78421000", Route.INTRAMUSCULAR),
        ("http://hl7.org/fhir/sid/icd-10", "D51.0", ConditionCode.PERNICIOUS_ANAEMIA),
        ("urn:b12watch:analyte", "folate", LabTest(Analyte.FOLATE)),
    ],
)
def test_a_code_means_what_the_reference_says(system: str, code: str, means: object) -> None:
    assert UNCONFIGURED.meaning(system, code) == means


@pytest.mark.parametrize("code", ["4548-4", "15082-1", "11125-2", "2283-0", "2170-9", "26916-7", "13776-0", "2488-5"])
def test_what_is_mistaken_for_ours_is_rejected(code: str) -> None:
    assert isinstance(UNCONFIGURED.meaning(LOINC, code), Rejected)


@pytest.mark.parametrize(
    ("system", "code"), [(SCT, "718-7"), ("", "718-7"), (LOINC, "718-7 "), (LOINC, "787-2"), ("HEMOGLOBIN", "Hb")]
)
def test_another_systems_code_means_nothing(system: str, code: str) -> None:
    assert UNCONFIGURED.meaning(system, code) is None


@pytest.mark.parametrize("system", [SCT, "https://dmd.nhs.uk"])
def test_edge_30_old_and_new_drug_codes_both_match(system: str) -> None:
    assert UNCONFIGURED.meaning(system, "10048511000001107") == UNCONFIGURED.meaning(system, "327529002")
    retired, its_heir = UNCONFIGURED.meaning(SCT, "409258004"), UNCONFIGURED.meaning(SCT, "1217427007")
    assert retired == its_heir == Product(Drug.HYDROXOCOBALAMIN)


def test_edge_29_iron_with_folic_acid_counts_as_folic_acid() -> None:
    for code in ("418558000", "418777000", "419441003", "420207003", "22467011000001108"):
        meaning = UNCONFIGURED.meaning(SCT, code)
        assert isinstance(meaning, Product) and meaning.drug.is_folic_acid


def test_the_table_covers_every_analyte_and_every_cobalamin() -> None:
    analytes = {m.analyte for (system, _), m in CODES.items() if isinstance(m, LabTest) and system == System.LOINC}
    assert analytes == set(Analyte)
    drugs = {m.drug for (system, _), m in CODES.items() if isinstance(m, Product) and "b12watch" not in system}
    assert drugs == set(Drug) - {Drug.RED_CELLS}  # by the feed's file: no code of it was verified


def test_every_system_of_the_table_has_a_name_on_the_wire() -> None:
    assert {system for system, _ in CODES if "b12watch" not in system} <= set(SYSTEMS.values())
