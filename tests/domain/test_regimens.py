"""The regimen tables R1 and R2 against section 2 of the clinical reference, and the checks made when one is built."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from domain.errors import BrokenTable
from domain.facts import Drug, Finding, Route, YesNoUnknown
from domain.phase import Phase
from domain.regimens import REGIMENS
from domain.regimens.table import Gap, Regimen, Span, Step

R1, R2 = REGIMENS["R1"], REGIMENS["R2"]
DAILY = Gap(earliest=Span(days=1), due=Span(days=1))
LOADING = Step(phase=Phase.LOADING, statement="S0", gap=DAILY, doses=2)
MAINTENANCE = Step(phase=Phase.MAINTENANCE, statement="S0", gap=Gap(earliest=Span(months=1), due=Span(months=1)))


def table(*steps: Step, **told: Any) -> Regimen:
    told = {"dose_ug": 1000, **told}
    return Regimen(
        code="X",
        name="invented",
        drug=Drug.HYDROXOCOBALAMIN,
        routes=(Route.INTRAMUSCULAR,),
        for_involvement=YesNoUnknown.NO,
        steps=steps,
        source="nowhere",
        **told,
    )


@pytest.mark.parametrize("regimen", [R1, R2])
def test_both_regimens_are_one_milligram_of_hydroxocobalamin_into_a_muscle(regimen: Regimen) -> None:
    assert (regimen.drug, regimen.dose_ug, regimen.routes) == (Drug.HYDROXOCOBALAMIN, 1000, (Route.INTRAMUSCULAR,))
    assert regimen.source


def test_without_involvement_six_doses_complete_the_loading() -> None:
    assert (R2.loading_doses, R2.loading_ends_with) == (6, None)


def test_with_involvement_only_the_plateau_does() -> None:
    assert (R1.loading_doses, R1.loading_ends_with) == (None, Finding.NO_FURTHER_IMPROVEMENT)


def test_the_windows_are_those_of_the_reference() -> None:
    load_1, load_2 = R1.loading[0].gap, R2.loading[0].gap
    assert (load_1.earliest, load_1.due, load_1.overdue_after) == (Span(days=1), Span(days=2), None)
    assert (load_2.earliest, load_2.due, load_2.overdue_after) == (Span(days=1), Span(days=2), Span(days=3))
    later_1, later_2 = R1.maintenance.gap, R2.maintenance.gap
    assert (later_1.earliest, later_1.due, later_1.overdue_after) == (Span(days=42), Span(months=2), None)
    assert (later_2.earliest, later_2.due, later_2.overdue_after) == (Span(months=2), Span(months=2), Span(months=3))


def test_the_statements_are_those_of_the_seed() -> None:
    assert [step.statement for step in R1.steps] == ["S2", "S3"]
    assert [step.statement for step in R2.steps] == ["S5", "S6"]


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
        (replace(LOADING, doses=0), MAINTENANCE),
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


@pytest.mark.parametrize("dose_ug", [0, -1])
def test_a_dose_of_nothing_is_refused(dose_ug: int) -> None:
    with pytest.raises(BrokenTable):
        table(LOADING, MAINTENANCE, dose_ug=dose_ug)


@pytest.mark.parametrize("told", [{}, {"months": 1, "days": 1}])
def test_a_span_is_of_months_or_of_days(told: dict[str, int]) -> None:
    with pytest.raises(BrokenTable):
        Span(**told)


def test_a_span_of_months_clamps_and_shows_itself() -> None:
    assert Span(months=1).after(date(2026, 1, 31)) == date(2026, 2, 28)
    assert Span(days=42).after(date(2026, 1, 31)) == date(2026, 3, 14)
    assert [str(Span(months=1)), str(Span(months=2)), str(Span(days=1))] == ["1 month", "2 months", "1 day"]
