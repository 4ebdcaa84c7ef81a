"""A Hypothesis strategy for likely courses of treatment, one by every regimen; `strategies.stories` is made of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from hypothesis import strategies as st

from domain.calendar import ClinicalTime, start_of_day
from domain.facts import Administration, Analyte, Cause, Drug, Fact, Finding, Sex, YesNoUnknown
from domain.regimens import ALL_REGIMENS
from tests.domain.single_facts import EDGE_DAYS, HAEMOGLOBINS, OTHER_VALUES, PLATELET_COUNTS, WARDS
from tests.kit import LONDON, assessment, haemoglobin, injection, oral, plan, platelets, result, supply


@dataclass(frozen=True)
class Series:
    """The days of the doses with which a regimen begins, the days on which some of the later ones lie, and the dose."""

    first: tuple[int, ...]
    later: tuple[int, ...]
    ug: int = 1000
    give: Callable[..., Administration] = injection


_MONTHLY = (28, 31, 35, 36, 38, 39, 59, 62, 66)
_TWO_MONTHLY = (61, 66, 67, 70, 103, 104, 130)
_CYANOCOBALAMIN = (*range(6), *range(7, 20, 2), 22, 25, 29, 33, 36, 40)

SERIES = {
    "R1": Series(tuple(range(0, 14, 2)), _TWO_MONTHLY),
    "R2": Series(tuple(range(0, 12, 2)), _TWO_MONTHLY),
    "R2-SPC": Series((0, 2, 4, 6, 8, 15, 22), (*_TWO_MONTHLY, 29, 33), ug=250),
    "R2-PIL": Series(tuple(range(0, 14, 2)), (103, 104, 105, 110, 111)),
    "R3": Series(_CYANOCOBALAMIN, (70, 71, 77, 78), ug=100),
    "R4": Series((0, 1, 2, 3, 4, 5, 6), _MONTHLY, ug=30),
    "R5": Series((0,), _MONTHLY),
    "R6a": Series((0,), _TWO_MONTHLY),
    "R6b": Series((0,), _MONTHLY),
    "R6c": Series((0, 1, 2), (), ug=350, give=oral),
    "R7": Series((0, 1, 2), (), give=oral),
    "R7b": Series((0,), (31, 59, 90, 91, 92), give=oral),
    "R8a": Series((0, 1), (), ug=50, give=oral),
    "R8b": Series((0,), (181, 182, 188, 189)),
}
assert SERIES.keys() == {regimen.code for regimen in ALL_REGIMENS}, "a course by every regimen"
_CODES = (*SERIES, "R1", "R2", "R1", "R2", "R3", "R7b")  # those with the most to go wrong more often


@st.composite
def courses(draw: st.DrawFn, zero: date) -> list[Fact]:
    """A likely treatment: a plan on day zero, first doses, maybe later ones, a finding, another regimen."""
    code = draw(st.sampled_from(_CODES))
    start = draw(st.sampled_from([ClinicalTime(zero), ClinicalTime(_at(zero, 0, 8))]))
    begun = plan(
        start,
        code,
        fact_id="course-plan",
        neurological_involvement=draw(st.sampled_from(YesNoUnknown)),
        sex=draw(st.sampled_from(Sex)),
        ward=draw(st.sampled_from(sorted(WARDS))),
        cause=draw(st.sampled_from([Cause.PERNICIOUS_ANAEMIA, Cause.DIETARY, Cause.UNKNOWN])),
    )
    doses = draw(_doses(zero, SERIES[code]))
    seen = draw(st.sampled_from([Finding.NO_FURTHER_IMPROVEMENT] * 2 + [Finding.LOADING_COMPLETE, None, None]))
    finding = [] if seen is None else [assessment(_at(zero, 20, 0), seen, fact_id="course-finding")]
    return [begun, *doses, *finding, *draw(_changes(zero)), *draw(_supplies(zero)), *draw(_likely_results(zero))]


@st.composite
def _doses(draw: st.DrawFn, zero: date, series: Series) -> list[Fact]:
    whole = len(series.first)
    count = draw(st.sampled_from([0, 1, whole - 1, whole, whole, whole]))
    later = draw(st.lists(st.sampled_from(series.later), unique=True, max_size=2)) if series.later else []
    hour = draw(st.sampled_from([0, 9, 23.75]))
    drug = Drug.CYANOCOBALAMIN if series.give is oral or series.ug == 100 else Drug.HYDROXOCOBALAMIN
    return [
        series.give(_at(zero, n, hour), series.ug, drug=drug, fact_id=f"course-dose-{i}")
        for i, n in enumerate([*series.first[:count], *sorted(later)], 1)
    ]


@cache
def _changes(zero: date) -> st.SearchStrategy[list[Fact]]:
    """Rarely another regimen in the course of the treatment."""
    changed = st.builds(
        lambda n, code, involved: plan(
            _at(zero, n, 9), code, fact_id="course-change", neurological_involvement=involved
        ),
        st.sampled_from([1, 6, 12, 28, 100]),
        st.sampled_from(sorted(SERIES)),
        st.sampled_from(YesNoUnknown),
    )
    return st.one_of(st.just([]), st.just([]), st.just([]), changed.map(lambda fact: [fact]))


@cache
def _supplies(zero: date) -> st.SearchStrategy[list[Fact]]:
    """Rarely tablets that are handed over."""
    handed_over = st.builds(
        lambda n, lasts: supply(_at(zero, n, 11), lasts, fact_id="course-supply"),
        st.sampled_from([-29, -1, 0, 3, 28]),
        st.sampled_from([28, 84, None]),
    )
    return st.one_of(st.just([]), st.just([]), handed_over.map(lambda fact: [fact]))


@cache
def _likely_results(zero: date) -> st.SearchStrategy[list[Fact]]:
    """A few final, exact results."""
    sampled = st.builds(lambda n, hour: _at(zero, n, hour), st.sampled_from(EDGE_DAYS), st.sampled_from([0, 10, 23.75]))
    ids = st.sampled_from(["course-result-1", "course-result-2", "course-result-3"])
    counts = st.builds(
        lambda time, value, fact_id: platelets(time, value, fact_id=fact_id),
        sampled,
        st.sampled_from(PLATELET_COUNTS),
        ids,
    )
    levels = st.builds(
        lambda time, value, fact_id: haemoglobin(time, value, fact_id=fact_id),
        sampled,
        st.sampled_from(HAEMOGLOBINS),
        ids,
    )
    answers = st.builds(
        lambda n, hour, told, fact_id: result(told[0], _at(zero, n, hour), told[1], fact_id=fact_id),
        st.sampled_from([-1, 0, 1, 2, 3, 5, 7, 8, 10, 11, 60]),
        st.sampled_from([0, 10, 23.75]),
        st.sampled_from([(a, v) for a in (Analyte.POTASSIUM, Analyte.RETICULOCYTES) for v in OTHER_VALUES[a]]),
        ids,
    )
    return st.lists(st.one_of(counts, levels, answers), max_size=3)


def _at(zero: date, n: int, hour: float) -> datetime:
    return start_of_day(zero + timedelta(days=n), LONDON) + timedelta(hours=hour)
