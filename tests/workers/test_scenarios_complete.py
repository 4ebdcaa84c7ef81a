"""The scenarios together: every answer of every rule is shown, every hole has a reason, and every reason is needed."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pytest

from workers.scenario import load_scenario
from workers.scenario_command import scenario_files
from workers.scenario_coverage import Reached, reached_by
from workers.scenario_edges import edges_of
from workers.scenario_holes import FILE_NAME, Hole, Holes, holes_of, load_holes
from workers.scenario_play import play

FOLDER = Path(__file__).parents[1] / "scenarios"
EXPLAINED = load_holes(FOLDER / FILE_NAME)

Together = tuple[Reached, Holes]


@pytest.fixture(scope="module")
def together() -> Together:
    stories = [play(load_scenario(path)) for path in scenario_files([FOLDER])]
    reached = reached_by(stories)
    return reached, holes_of(reached, edges_of(stories), EXPLAINED)


def told(holes: Collection[Hole]) -> list[str]:
    return sorted(map(str, holes))


def test_every_hole_that_is_explained_is_still_one(together: Together) -> None:
    assert told(together[1].out_of_date) == []


def test_no_answer_is_only_passed_through(together: Together) -> None:
    assert together[0].unseen == []


def test_no_hole_is_without_a_reason(together: Together) -> None:
    assert told(together[1].unexplained) == []
