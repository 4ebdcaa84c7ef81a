"""The next dose at its edges: which statement stands on a first dose, and since when the doses are undecided."""

from __future__ import annotations

import pytest

from domain.facts import YesNoUnknown
from domain.window import DoseWindow, Unclear
from tests.kit import case_at, day, loading, midnight, plan, record_of


@pytest.mark.parametrize(("regimen", "statement"), [("R1", "S2"), ("R2", "S5")])
def test_the_first_dose_rests_on_the_statement_of_the_first_step(regimen: str, statement: str) -> None:
    window = case_at(record_of(plan(0, regimen)), day(0)).next_dose
    assert isinstance(window, DoseWindow)
    assert window.statement == statement


def test_doses_are_undecided_since_the_day_of_the_last_loading_dose() -> None:
    unknown = plan(0, neurological_involvement=YesNoUnknown.UNKNOWN)
    window = case_at(record_of(unknown, loading()), day(20)).next_dose
    assert isinstance(window, Unclear)
    assert window.since == midnight(11)
