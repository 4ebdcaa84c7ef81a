"""The regimen tables against section 2 of the clinical reference, and the checks made when one is built."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from domain.errors import BrokenTable
from domain.facts import Drug, Finding, Route, YesNoUnknown
from domain.phase import Phase
from domain.regimens import ALL_REGIMENS, CHOICES, REGIMENS
from domain.regimens.table import Gap, Regimen, Span, Step

DAILY = Gap(earliest=Span(days=1), due=Span(days=1))
LOADING = Step(phase=Phase.LOADING, statement="S0", gap=DAILY, doses=2)
MAINTENANCE = Step(phase=Phase.MAINTENANCE, statement="S0", gap=Gap(earliest=Span(months=1), due=Span(months=1)))


def table(*steps: Step, **told: Any) -> Regimen:
    told = {"dose_ug": 1000, "routes": (Route.INTRAMUSCULAR,), **told}
    return Regimen(
        code="X",
        name="invented",
        drug=Drug.HYDROXOCOBALAMIN,
        for_involvement=YesNoUnknown.NO,
        steps=steps,
        source="nowhere",
        **told,
    )


# --- against section 2 -------------------------------------------------------------------------------------------

_IM, _SC, _ORAL = Route.INTRAMUSCULAR, Route.SUBCUTANEOUS, Route.ORAL
_HYDROXO, _CYANO = Drug.HYDROXOCOBALAMIN, Drug.CYANOCOBALAMIN


@pytest.mark.parametrize(
    ("code", "drug", "dose_ug", "least_ug", "routes"),
    [
        ("R1", _HYDROXO, 1000, 1000, (_IM,)),
        ("R2", _HYDROXO, 1000, 1000, (_IM,)),
        ("R2-SPC", _HYDROXO, 1000, 250, (_IM,)),
        ("R2-PIL", _HYDROXO, 1000, 1000, (_IM,)),
        ("R3", _CYANO, 100, 100, (_IM, _SC)),
        ("R4", _HYDROXO, 100, 30, (_IM,)),
        ("R5", None, 1000, 1000, (_IM,)),
        ("R6a", _HYDROXO, 1000, 1000, (_IM,)),
        ("R6b", None, 1000, 1000, (_IM,)),
        ("R6c", _CYANO, 350, 350, (_ORAL,)),
        ("R7", _CYANO, 1000, 1000, (_ORAL,)),
        ("R7b", _CYANO, 1000, 1000, (_ORAL,)),
        ("R8a", _CYANO, 50, 50, (_ORAL,)),
        ("R8b", _HYDROXO, 1000, 1000, (_IM,)),
    ],
)
def test_drug_doses_and_routes_are_those_of_the_reference(
    code: str, drug: Drug | None, dose_ug: int, least_ug: int, routes: tuple[Route, ...]
) -> None:
    regimen = REGIMENS[code]
    assert (regimen.drug, regimen.dose_ug, regimen.least_dose_ug, regimen.routes) == (drug, dose_ug, least_ug, routes)
    assert regimen.is_oral is (routes == (_ORAL,))


def test_every_regimen_is_here_and_has_a_source_and_each_of_its_steps_a_statement() -> None:
    assert len(ALL_REGIMENS) == 14
    for regimen in ALL_REGIMENS:
        assert regimen.source
        assert all(step.statement for step in regimen.steps), regimen.code


def _gap(gap: Gap) -> tuple[str, str, str]:
    return str(gap.earliest), str(gap.due), str(gap.overdue_after or "point")


@pytest.mark.parametrize(
    ("code", "gaps"),
    [
        ("R1", [("1 day", "2 days", "point"), ("42 days", "2 months", "point")]),
        ("R2", [("1 day", "2 days", "3 days"), ("2 months", "2 months", "3 months")]),
        (
            "R2-SPC",
            [("1 day", "2 days", "point"), ("5 days", "7 days", "10 days"), ("2 months", "2 months", "3 months")],
        ),
        ("R2-PIL", [("1 day", "2 days", "3 days"), ("2 months", "3 months", "point")]),
        (
            "R3",
            [
                ("1 day", "1 day", "point"),
                ("1 day", "2 days", "point"),
                ("3 days", "3 days", "5 days"),
                ("21 days", "1 month", "point"),
            ],
        ),
        ("R4", [("1 day", "1 day", "point"), ("21 days", "1 month", "point")]),
        ("R5", [("21 days", "1 month", "point")]),
        ("R6a", [("2 months", "2 months", "3 months")]),
        ("R6b", [("21 days", "1 month", "point")]),
        ("R7b", [("1 month", "3 months", "3 months")]),
        ("R8b", [("5 months", "6 months", "point")]),
    ],
)
def test_the_windows_are_those_of_the_reference(code: str, gaps: list[tuple[str, str, str]]) -> None:
    assert [_gap(step.gap) for step in REGIMENS[code].steps] == gaps


@pytest.mark.parametrize(
    ("code", "steps"),
    [
        ("R2-SPC", [(250, 4, 7), (250, None, None), (None, None, None)]),
        ("R2-PIL", [(None, 7, None), (None, None, None)]),
        ("R3", [(None, 6, 7), (None, 7, None), (None, None, None), (None, None, None)]),
        ("R4", [(30, 5, 10), (None, None, None)]),
    ],
)
def test_the_doses_of_each_step_are_those_of_the_reference(
    code: str, steps: list[tuple[int | None, int | None, int | None]]
) -> None:
    """How much, where it is less than in maintenance; how many, and how many at most."""
    assert [(step.dose_ug, step.doses, step.doses_most) for step in REGIMENS[code].steps] == steps


def test_only_in_the_leaflet_the_cause_decides_on_the_interval() -> None:
    dietary = {r.code: step.gap_if_dietary for r in ALL_REGIMENS for step in r.steps if step.gap_if_dietary}
    assert {code: _gap(gap) for code, gap in dietary.items()} == {"R2-PIL": ("5 months", "6 months", "point")}


@pytest.mark.parametrize(
    ("code", "doses", "without", "ends"),
    [
        ("R1", None, Finding.NO_FURTHER_IMPROVEMENT, (Finding.NO_FURTHER_IMPROVEMENT,)),
        ("R2", 6, None, (Finding.LOADING_COMPLETE,)),
        ("R2-SPC", None, None, (Finding.LOADING_COMPLETE,)),
        ("R2-PIL", 7, None, (Finding.LOADING_COMPLETE, Finding.NO_FURTHER_IMPROVEMENT)),
        ("R3", None, None, (Finding.LOADING_COMPLETE,)),
        ("R4", 5, None, (Finding.LOADING_COMPLETE,)),
        ("R5", 0, None, (Finding.LOADING_COMPLETE,)),
    ],
)
def test_what_ends_a_loading(code: str, doses: int | None, without: Finding | None, ends: tuple[Finding, ...]) -> None:
    regimen = REGIMENS[code]
    assert (regimen.loading_doses, regimen.loading_ends_with, regimen.loading_findings) == (doses, without, ends)


def test_the_statements_are_those_of_the_seed() -> None:
    stated = {r.code: [step.statement for step in r.steps] for r in ALL_REGIMENS}
    assert stated["R1"] == ["S2", "S3"]
    assert stated["R2"] == ["S5", "S6"]
    assert stated["R3"] == ["S7"] * 4
    assert [stated[code] for code in ("R5", "R6a", "R7", "R7b")] == [["S12"], ["S13"], ["S14"], ["S21"]]


def test_which_are_for_prevention_taken_every_day_asked_for_a_response_or_without_grace() -> None:
    assert [r.code for r in ALL_REGIMENS if r.is_prophylaxis] == ["R5"]
    assert [r.code for r in ALL_REGIMENS if r.is_daily] == ["R6c", "R7", "R8a"]
    assert [r.code for r in ALL_REGIMENS if r.interval_is_limit] == ["R7b"]
    gates = [(r.code, n) for r in ALL_REGIMENS for n, step in enumerate(r.steps) if step.asks_response]
    assert gates == [("R3", 0)]


def test_a_code_of_several_regimens_is_none_itself() -> None:
    assert CHOICES == {"R6": ("R6a", "R6b", "R6c"), "R8": ("R8a", "R8b")}
    assert not CHOICES.keys() & REGIMENS.keys()


def test_for_whom_they_are_meant_is_said_where_the_source_asks() -> None:
    meant = {r.code: r.for_involvement for r in ALL_REGIMENS if r.for_involvement is not None}
    no, yes = YesNoUnknown.NO, YesNoUnknown.YES
    assert meant == {"R1": yes, "R2": no, "R2-SPC": no, "R2-PIL": no}


# --- broken tables -----------------------------------------------------------------------------------------------


def test_a_table_that_holds_together_is_built() -> None:
    built = table(LOADING, replace(LOADING, doses=3), MAINTENANCE)
    assert built.loading_doses == 5


@pytest.mark.parametrize(
    "steps",
    [
        (),
        (LOADING,),
        (MAINTENANCE, LOADING),
        (MAINTENANCE, MAINTENANCE),
        (replace(LOADING, doses=None), MAINTENANCE),
        (replace(LOADING, days=3), MAINTENANCE),
        (replace(LOADING, doses=None, days=0), MAINTENANCE),
        (replace(LOADING, until_normal_haemoglobin=True), MAINTENANCE),
        (replace(LOADING, doses=None, until_normal_haemoglobin=True), LOADING, MAINTENANCE),
        (replace(LOADING, doses_most=2), MAINTENANCE),
        (LOADING, replace(MAINTENANCE, days=3)),
        (replace(LOADING, doses=0), MAINTENANCE),
        (replace(LOADING, doses=-1), MAINTENANCE),
        (LOADING, replace(MAINTENANCE, doses=3)),
        (LOADING, replace(MAINTENANCE, until=Finding.LOADING_COMPLETE)),
        (LOADING, replace(MAINTENANCE, phase=Phase.LIFELONG)),
    ],
)
def test_a_gap_an_overlap_or_a_missing_end_is_refused(steps: tuple[Step, ...]) -> None:
    with pytest.raises(BrokenTable):
        table(*steps)


@pytest.mark.parametrize(
    "gap",
    [
        Gap(earliest=Span(days=0), due=Span(days=1)),
        Gap(earliest=Span(days=3), due=Span(days=2)),
        Gap(earliest=Span(days=1), due=Span(days=3), overdue_after=Span(days=2)),
        Gap(earliest=Span(months=2), due=Span(months=2), overdue_after=Span(months=1)),
    ],
)
def test_earliest_due_and_overdue_follow_one_another(gap: Gap) -> None:
    with pytest.raises(BrokenTable):
        table(LOADING, replace(MAINTENANCE, gap=gap))


def test_the_gap_of_a_dietary_cause_is_checked_too() -> None:
    with pytest.raises(BrokenTable):
        table(LOADING, replace(MAINTENANCE, gap_if_dietary=Gap(earliest=Span(months=2), due=Span(months=1))))


@pytest.mark.parametrize("told", [{"dose_ug": 0}, {"dose_ug": -1}, {"routes": ()}])
def test_a_dose_of_nothing_and_one_without_a_route_are_refused(told: dict[str, Any]) -> None:
    with pytest.raises(BrokenTable):
        table(LOADING, MAINTENANCE, **told)


def test_one_dose_one_day_and_one_microgram_are_enough() -> None:
    assert table(replace(LOADING, doses=1, dose_ug=1), MAINTENANCE).least_dose_ug == 1
    assert table(replace(LOADING, doses=None, days=1), MAINTENANCE).loading_doses is None


def test_a_step_of_nothing_is_refused() -> None:
    with pytest.raises(BrokenTable):
        table(replace(LOADING, dose_ug=0), MAINTENANCE)


@pytest.mark.parametrize("told", [{}, {"months": 1, "days": 1}])
def test_a_span_is_of_months_or_of_days(told: dict[str, int]) -> None:
    with pytest.raises(BrokenTable):
        Span(**told)


def test_a_span_of_months_clamps_and_shows_itself() -> None:
    assert Span(months=1).after(date(2026, 1, 31)) == date(2026, 2, 28)
    assert Span(days=42).after(date(2026, 1, 31)) == date(2026, 3, 14)
    assert [str(Span(months=1)), str(Span(months=2)), str(Span(days=1))] == ["1 month", "2 months", "1 day"]
