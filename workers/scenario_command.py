"""`b12watch test`: play scenarios, and say where what came is not what was expected."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from workers.cli_common import fail
from workers.scenario import ScenarioProblem, load_scenario
from workers.scenario_play import Difference, Played, differences_of, play

HOLES = "holes.yaml"

Scenarios = Annotated[
    list[Path], typer.Argument(metavar="SCENARIO...", help="Scenario files (YAML), or folders that hold some.")
]


def test_scenarios(scenarios: Scenarios) -> None:
    """Play scenarios, and say where what came is not what was expected; exit code 1: somewhere it was not."""
    stories = [(path, _played(path)) for path in scenario_files(scenarios)]
    failed = 0
    for path, played in stories:
        found = differences_of(played)
        failed += bool(found)
        _say(path, played, found)
    typer.echo(f"{len(stories)} scenarios, {failed} failed")
    raise typer.Exit(1 if failed else 0)


def scenario_files(paths: list[Path]) -> Iterator[Path]:
    """The files, and those in the folders; the explanations of holes tell no story."""
    for path in paths:
        found = sorted(path.rglob("*.yaml")) if path.is_dir() else [path]
        yield from (file for file in found if file.name != HOLES)


def _played(path: Path) -> Played:
    try:
        return play(load_scenario(path))
    except ScenarioProblem as problem:
        fail(f"{path}: {problem}")
    except OSError as error:
        fail(f"{path}: {error.strerror or error}")


def _say(path: Path, played: Played, found: list[Difference]) -> None:
    scenario = played.scenario
    typer.echo(f"{'FAILED' if found else 'ok    '} {path.name}: {scenario.scenario} ({', '.join(scenario.shows)})")
    for difference in found:
        local = difference.at.astimezone(played.teller.zone)
        day = (local.date() - scenario.start).days
        typer.echo(f"  day {day}, {local:%Y-%m-%d %H:%M %Z}\n    expected {difference.expected}")
        typer.echo(f"    came     {difference.came}")
