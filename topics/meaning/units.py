"""What laboratories and wards write as units, to the spellings that the domain accepts.  An explicit table, no grammar.

A general UCUM library would also read `mmol/L` of haemoglobin and grams of a vitamin: what may be converted into what
is for the domain's `Measure` to say, and what is misspelt (`K/MM3`, `giga.l-1`) is in no UCUM grammar.  So a unit is
looked up: first as it is (UCUM is case-sensitive), then in the forms that are sent instead of it (section 4.2).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from domain.quantity import Measure


class Kind(StrEnum):
    """What a unit counts; a code promises one, and a result in another kind of unit is a contradiction."""

    MASS = "a mass in a volume"
    MOLES = "an amount of substance in a volume"
    COUNT = "a number of cells in a volume"
    SHARE = "a share"
    RATE = "a volume in a time"
    WEIGHT = "a mass"
    VOLUME = "a volume"
    PIECES = "pieces"  # tablets, ampoules: what is in one is not said


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as the domain spells it; an amount times `factor` is in it (ten per mille are one per cent)."""

    text: str
    kind: Kind
    factor: Decimal = Decimal(1)


_ONE, _TENTH = Decimal(1), Decimal("0.1")
_THOUSAND = Decimal(1000)

_ROWS: Final = (
    # the domain's spelling, its kind, factor, and everything else that is read as it (UCUM first, then what is sent)
    ("g/L", Kind.MASS, _ONE, "g/L g/l kg/m3 mg/mL mg/ml g.L-1 g.l-1 g*L-1 gm/L grams/L"),
    ("g/dL", Kind.MASS, _ONE, "g/dL g/dl G/dL G/DL g/DL gm/dL gm/dl GM/DL g% g/100mL g/100ml gram/dL"),
    ("ng/L", Kind.MASS, _ONE, "ng/L ng/l NG/L"),
    ("pg/mL", Kind.MASS, _ONE, "pg/mL pg/ml PG/ML pg/ML"),
    ("ug/L", Kind.MASS, _ONE, "ug/L ug/l µg/L µg/l μg/L μg/l mcg/L mcg/l UG/L MCG/L"),
    ("ng/mL", Kind.MASS, _ONE, "ng/mL ng/ml NG/ML ng/ML"),
    ("mg/dL", Kind.MASS, _ONE, "mg/dL mg/dl MG/DL mg/DL mg%"),
    ("mg/L", Kind.MASS, _ONE, "mg/L mg/l MG/L ug/mL ug/ml mcg/mL µg/mL μg/mL"),
    ("mmol/L", Kind.MOLES, _ONE, "mmol/L mmol/l MMOL/L mmol.L-1 mM/L mM"),
    ("meq/L", Kind.MOLES, _ONE, "meq/L meq/l mEq/L mEq/l MEQ/L mval/L mval/l"),
    ("umol/L", Kind.MOLES, _ONE, "umol/L umol/l µmol/L µmol/l μmol/L μmol/l UMOL/L mcmol/L micromol/L"),
    ("nmol/L", Kind.MOLES, _ONE, "nmol/L nmol/l NMOL/L"),
    ("pmol/L", Kind.MOLES, _ONE, "pmol/L pmol/l PMOL/L"),
    (
        "10*9/L",
        Kind.COUNT,
        _ONE,
        "10*9/L 10*9/l 10^9/L 10^9/l x10*9/L x10^9/L x10^9/l X10*9/L X10^9/L x10e9/L 10E9/L 10e9/L x10E9/L 10x9/L"
        " 10*9.L-1 10⁹/L ×10⁹/L x10⁹/L G/L G/l giga.l-1 giga/L giga/l Gpt/l Gpt/L GPT/L bil/L",
    ),
    (
        "10*3/uL",
        Kind.COUNT,
        _ONE,
        "10*3/uL 10*3/ul 10*3/mm3 10^3/uL 10^3/ul x10*3/uL x10^3/uL X10*3/UL X10^3/UL 10*3/µL 10^3/µL 10*3/μL x10^3/µL"
        " x10E3/uL 10e3/uL 10E3/uL 10x3/uL x103/uL 10³/µL 10³/uL K/uL K/ul k/uL k/ul K/UL K/µL K/μL K/mcL K/MCL k/mcL"
        " K/MM3 K/mm3 k/mm3 K/cmm k/cmm K/CMM TH/uL th/uL Th/uL thou/uL Thou/uL THOU/UL thou/mcL thou/mm3 10*3/mcL"
        " 10^3/mcL 10*3/cmm tsd/µl Tsd/µl",
    ),
    (
        "/uL",
        Kind.COUNT,
        _ONE,
        "/uL /ul /µL /µl /μL /μl /mm3 /mcL /cmm 1/uL {cells}/uL cells/uL cells/mm3 10*6/L 10^6/L",
    ),
    ("%", Kind.SHARE, _ONE, "% percent {%} %{cells} %{RBC}"),
    ("%", Kind.SHARE, _TENTH, "[ppth] ‰ 10*-3 /1000 per1000 ppth /10*3"),
    (
        "mL/min/{1.73_m2}",
        Kind.RATE,
        _ONE,
        "mL/min/{1.73_m2} mL/min/1.73_m2 mL/min/{1.73m2} mL/min/1.73m2 mL/min/1.73m^2 ml/min/1.73m2 mL/min/1.73m²"
        " ml/min/1.73m² mL/min/1.73sqm mL/min/{1.73} mL/min/1.73",
    ),
    ("ug", Kind.WEIGHT, _ONE, "ug UG µg μg mcg MCG mcgs microgram micrograms microg Mikrogramm"),
    ("mg", Kind.WEIGHT, _ONE, "mg MG mgs milligram milligrams"),
    ("mg", Kind.WEIGHT, _THOUSAND, "g gm GM gram grams"),  # the scale of the antidote: the domain tells it
    ("mL", Kind.VOLUME, _ONE, "mL ml ML cc cm3 millilitre milliliter millilitres milliliters"),
    (
        "piece",
        Kind.PIECES,
        _ONE,
        "TAB tab tabs tablet tablets {tablet} {tbl} {tab} CAP cap capsule capsules {capsule} AMP amp amps ampoule"
        " ampoules ampule {ampoule} {ampule} vial vials {vial} VIAL dose doses {dose} INJ {injection} injection"
        " spray sprays {spray} drop drops [drp] patch {patch} lozenge",
    ),
)
_SPACES = re.compile(r"\s+")


def _table() -> Mapping[str, Unit]:
    table: dict[str, Unit] = {}
    for text, kind, factor, spellings in _ROWS:
        for spelling in spellings.split():
            assert spelling not in table, f"{spelling} stands in two rows"
            table[spelling] = Unit(text, kind, factor)
    return MappingProxyType(table)


UNITS: Final = _table()
"""Every spelling that is read, white space taken out."""


def unit_of(text: str) -> Unit | None:
    """The unit that `text` spells; None where it spells none of ours."""
    return UNITS.get(text) or UNITS.get(_SPACES.sub("", text))


def is_same(unit: Unit, other: Unit) -> bool:
    """Whether an amount in the one is the same amount in the other (10*9/L and 10*3/uL, ng/L and pg/mL)."""
    if unit.factor != other.factor:
        return False
    sizes = ((measure.factors.get(unit.text), measure.factors.get(other.text)) for measure in Measure)
    return unit.text == other.text or any(one is not None and one == two for one, two in sizes)


def is_convertible(measure: Measure, unit: Unit) -> bool:
    """Whether the domain has a factor from this unit."""
    return unit.text in measure.factors
