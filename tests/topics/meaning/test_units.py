"""Units: UCUM is read as UCUM means it, and what laboratories write instead is read as what they mean."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest

from domain.facts import Analyte
from domain.quantity import Measure
from topics.meaning.units import UNITS, Kind, Unit, is_convertible, unit_of

COMMON = json.loads((Path(__file__).parent.parent / "samples" / "ucum" / "common.json").read_text())

_PREFIX = {"k": 3, "d": -1, "m": -3, "u": -6, "n": -9, "p": -12, "": 0}


def _size(ucum: str) -> Decimal:
    """How much of grams, moles, litres and pieces a UCUM term is: a small evaluator of our own, for the test alone."""
    size, per = Decimal(1), False
    for sign, term in re.findall(r"([/.]?)([^/.{]+|\{[^}]*\})", ucum):
        per = sign == "/"
        value = _term(term)
        size = size / value if per else size * value
    return size


def _term(term: str) -> Decimal:
    if term.startswith("{"):
        return Decimal(1)
    power = re.fullmatch(r"10\*(-?[0-9]+)", term)
    if power:
        return Decimal(10) ** int(power[1])
    fixed = {"%": "0.01", "[ppth]": "0.001", "g%": "10", "cm3": "0.001", "mm3": "0.000001", "m3": "1000", "[drp]": "1"}
    if term in fixed:
        return Decimal(fixed[term])
    form = re.fullmatch(r"([kdmunp]?)(g|L|mol|eq|min)", term)
    assert form, term
    return Decimal(10) ** _PREFIX[form[1]]


@pytest.mark.parametrize("code", sorted(set(COMMON) - {"g%", "[drp]"}))
def test_a_ucum_unit_is_as_large_as_the_domains_that_it_becomes(code: str) -> None:
    unit = unit_of(code)
    assert unit is not None
    assert _size(code) == _size(unit.text) * unit.factor


def test_g_percent_is_grams_in_a_decilitre() -> None:
    assert unit_of("g%") == unit_of("g/dL")


@pytest.mark.parametrize("measure", [m for m in Measure if m is not Measure.DOSE])
def test_every_unit_of_the_domain_is_read_as_itself(measure: Measure) -> None:
    for text in measure.factors:
        unit = unit_of(text)
        assert unit is not None and unit.text == text and unit.factor == 1, text
        assert is_convertible(measure, unit)


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("K/MM3", "10*3/uL"),
        ("K/cmm", "10*3/uL"),
        ("TH/uL", "10*3/uL"),
        ("x10 3/uL", "10*3/uL"),
        ("K/ul", "10*3/uL"),
        ("giga.l-1", "10*9/L"),
        ("x10*9/L", "10*9/L"),
        ("x10^9/L", "10*9/L"),
        ("G/L", "10*9/L"),
        ("Gpt/l", "10*9/L"),
        ("/µl", "/uL"),
        ("/μl", "/uL"),  # the Greek letter looks the same and is another character
        ("g/dl", "g/dL"),
        ("µmol/L", "umol/L"),
        ("mEq/L", "meq/L"),
        ("mcg", "ug"),
        (" mg ", "mg"),
        ("mL/min/1.73m2", "mL/min/{1.73_m2}"),
    ],
)
def test_edge_15_what_is_sent_instead_of_ucum_is_read(sent: str, meant: str) -> None:
    unit = unit_of(sent)
    assert unit is not None and unit.text == meant


@pytest.mark.parametrize("sent", ["", " ", "g/l-1", "bushels", "mmHg", "Ng/l", "pG/mL", "10*12/L", "mg/kg", "U", "1"])
def test_edge_15_a_unit_that_means_nothing_to_us_is_none(sent: str) -> None:
    assert unit_of(sent) is None


def test_edge_15_the_case_of_a_prefix_decides() -> None:
    assert unit_of("mmol/L") != unit_of("Mmol/L") and unit_of("Mmol/L") is None
    assert unit_of("G/L") != unit_of("g/L")


def test_ten_per_mille_are_one_per_cent() -> None:
    assert unit_of("[ppth]") == Unit("%", Kind.SHARE, Decimal("0.1"))


def test_every_spelling_leads_to_a_unit_that_something_is_measured_in() -> None:
    measures = {text for analyte in Analyte for text in analyte.measure.factors} | set(Measure.DOSE.factors)
    others = {unit.text for unit in UNITS.values()} - measures
    assert others == {"mL", "piece", "mg/L"}  # of doses; homocysteine's mass is converted by results.py
