"""How the regimens are really given in the invented cohort, and how many patients have each.

Written apart from the tables of the domain, as practice is: gaps are what clinics do, not the limits of a window.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from domain.facts import Cause, Drug, Route


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A part of the loading: between `fewest` and `most` doses of `ug`, with these gaps in days over and over."""

    gaps: tuple[int, ...]
    fewest: int
    most: int
    ug: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One regimen: `cards` of 50 patients have it; each has one of the `intervals` (days) after the loading.

    `supplied` doses are taken at home, and only the pharmacy's supplies are seen.
    """

    code: str
    cards: int
    drug: Drug = Drug.HYDROXOCOBALAMIN
    route: Route = Route.INTRAMUSCULAR
    loading: tuple[Stretch, ...] = ()
    intervals: tuple[int, ...]
    ug: int = 1000
    supplied: bool = False
    causes: Mapping[Cause, int] = field(default_factory=dict)


_LIFELONG: Final = {Cause.PERNICIOUS_ANAEMIA: 55, Cause.MALABSORPTION: 20, Cause.GASTRECTOMY: 5, Cause.UNKNOWN: 20}
_MIXED: Final = {**_LIFELONG, Cause.DIETARY: 15, Cause.REVERSIBLE: 5, Cause.OTHER: 5}
_ILEUM: Final = {Cause.ILEAL_RESECTION: 1}
_BARIATRIC: Final = {Cause.BARIATRIC_SURGERY: 1}
_DIET: Final = {Cause.DIETARY: 1}
_SIX: Final = (Stretch(gaps=(2, 2, 3), fewest=6, most=6, ug=1000),)
_MONTHLY: Final = (28, 30, 31)
_TWO_TO_THREE_MONTHS: Final = (61, 70, 77, 84, 91)
_SUPPLY_DAYS: Final = (28, 56, 84)

COURSES: Final = (
    Course(
        code="R1",
        cards=9,
        loading=(Stretch(gaps=(2,), fewest=9, most=18, ug=1000),),
        intervals=(56, 60, 61),
        causes=_LIFELONG,
    ),
    Course(code="R2", cards=20, loading=_SIX, intervals=_TWO_TO_THREE_MONTHS, causes=_MIXED),
    Course(
        code="R2-SPC",
        cards=2,
        loading=(
            Stretch(gaps=(2,), fewest=4, most=7, ug=1000),
            Stretch(gaps=(7,), fewest=4, most=8, ug=250),
        ),
        intervals=_TWO_TO_THREE_MONTHS,
        causes=_MIXED,
    ),
    Course(
        code="R2-PIL",
        cards=2,
        loading=(Stretch(gaps=(2,), fewest=7, most=7, ug=1000),),
        intervals=(84, 91),
        causes=_MIXED,
    ),
    Course(
        code="R3",
        cards=2,
        drug=Drug.CYANOCOBALAMIN,
        loading=(
            Stretch(gaps=(1,), fewest=6, most=7, ug=100),
            Stretch(gaps=(2,), fewest=7, most=7, ug=100),
            Stretch(gaps=(3, 4), fewest=5, most=7, ug=100),
        ),
        intervals=_MONTHLY,
        ug=100,
        causes=_LIFELONG,
    ),
    Course(
        code="R4",
        cards=1,
        loading=(Stretch(gaps=(1,), fewest=5, most=10, ug=30_000),),
        intervals=_MONTHLY,
        ug=200,
        causes=_LIFELONG,
    ),
    Course(code="R5", cards=2, drug=Drug.CYANOCOBALAMIN, intervals=_MONTHLY, causes=_ILEUM),
    Course(code="R6a", cards=2, intervals=(84, 91), causes=_BARIATRIC),
    Course(code="R6b", cards=1, drug=Drug.CYANOCOBALAMIN, intervals=_MONTHLY, causes=_BARIATRIC),
    Course(
        code="R6c",
        cards=1,
        drug=Drug.CYANOCOBALAMIN,
        route=Route.ORAL,
        intervals=_SUPPLY_DAYS,
        supplied=True,
        causes=_BARIATRIC,
    ),
    Course(
        code="R7",
        cards=4,
        drug=Drug.CYANOCOBALAMIN,
        route=Route.ORAL,
        intervals=_SUPPLY_DAYS,
        supplied=True,
        causes=_MIXED,
    ),
    Course(
        code="R7b",
        cards=1,
        drug=Drug.CYANOCOBALAMIN,
        route=Route.ORAL,
        loading=(
            Stretch(gaps=(1,), fewest=10, most=10, ug=1000),
            Stretch(gaps=(7,), fewest=4, most=4, ug=1000),
        ),
        intervals=(26, 28),  # a little before the month that is prescribed
        causes=_MIXED,
    ),
    Course(
        code="R8a",
        cards=2,
        drug=Drug.CYANOCOBALAMIN,
        route=Route.ORAL,
        intervals=_SUPPLY_DAYS,
        ug=100,
        supplied=True,
        causes=_DIET,
    ),
    Course(code="R8b", cards=1, intervals=(180, 183), causes=_DIET),
)
DECK: Final = tuple(course for course in COURSES for _ in range(course.cards))
assert len(DECK) == 50, "the shares are of fifty"
