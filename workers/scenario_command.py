"""`b12watch test`: play scenarios, say where what came is not what was expected, and what they reach."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from workers.catalogue import catalogue
from workers.cli_common import fail
from workers.rendering import print_plainly
from workers.scenario import Scenario, ScenarioProblem, load_scenario
from workers.scenario_coverage import reached_by
from workers.scenario_edges import edges_of
from workers.scenario_holes import FILE_NAME, ExplainedHoles, holes_of, load_holes
from workers.scenario_play import Difference, Played, differences_of, play
from workers.scenario_tables import LEGEND, NUMBERS_LEGEND, answers_table, numbers_table, open_holes, summary

Scenarios = Annotated[
    list[Path], typer.Argument(metavar="SCENARIO...", help="Scenario files (YAML), or folders that hold some.")
]
Coverage = Annotated[
    bool, typer.Option("--coverage", help="Show which answers of which rules are reached, and what holds the policy.")
]


def test_scenarios(scenarios: Scenarios, coverage: Coverage = False) -> None:
    """Play scenarios, and say where what came is not what was expected.

    Exit code 1: somewhere it was not; 2: a file cannot be read.
    """
    stories = [(path, _played(path)) for path in scenario_files(scenarios)]
    if not stories:
        fail(f"{', '.join(map(str, scenarios))}: there are no scenarios (*.yaml)")
    explained = _explained(scenarios)
    failed = 0
    for path, played in stories:
        found = differences_of(played)
        failed += bool(found)
        _say(path, played, found)
    _say_coverage([played for _, played in stories], explained, in_full=coverage)
    typer.echo(f"{len(stories)} scenarios, {failed} failed")
    raise typer.Exit(1 if failed else 0)


def print_catalogue(
    scenarios: Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder with the scenarios.")],
) -> None:
    """Print what is watched, as docs/catalogue.md has it: statements, rules, regimens, hazards, policy."""
    stories = {path.stem: _loaded(path).shows for path in scenario_files([scenarios])}
    if not stories:
        fail(f"{scenarios}: there are no scenarios (*.yaml)")
    typer.echo(catalogue(stories), nl=False)


def scenario_files(paths: Iterable[Path]) -> Iterator[Path]:
    """The files, and those in the folders; the explanations of holes tell no story."""
    for path in paths:
        found = sorted(path.rglob("*.yaml")) if path.is_dir() else [path]
        yield from (file for file in found if file.name != FILE_NAME)


@contextmanager
def _said(path: Path) -> Iterator[None]:
    """A problem with the file ends the command with one sentence."""
    try:
        yield
    except ScenarioProblem as problem:
        fail(f"{path}: {problem}")
    except OSError as error:
        fail(f"{path}: {error.strerror or error}")


def _loaded(path: Path) -> Scenario:
    with _said(path):
        return load_scenario(path)


def _played(path: Path) -> Played:
    with _said(path):
        return play(load_scenario(path))


def _explained(scenarios: Iterable[Path]) -> ExplainedHoles:
    """The reasons that stand beside the scenarios."""
    files = dict.fromkeys((path if path.is_dir() else path.parent) / FILE_NAME for path in scenarios)
    read = []
    for file in files:
        with _said(file):
            read.append(load_holes(file))
    return ExplainedHoles(
        answers=[entry for holes in read for entry in holes.answers],
        numbers=[entry for holes in read for entry in holes.numbers],
    )


def _say(path: Path, played: Played, found: Iterable[Difference]) -> None:
    scenario = played.scenario
    typer.echo(f"{'FAILED' if found else 'ok    '} {path.name}: {scenario.scenario} ({', '.join(scenario.shows)})")
    for difference in found:
        local = difference.at.astimezone(played.teller.zone)
        day = (local.date() - scenario.start).days
        typer.echo(f"  day {day}, {local:%Y-%m-%d %H:%M %Z}\n    expected {difference.expected}")
        typer.echo(f"    came     {difference.came}")


def _say_coverage(stories: list[Played], explained: ExplainedHoles, *, in_full: bool) -> None:
    reached, edges = reached_by(stories), edges_of(stories)
    holes = holes_of(reached, edges, explained)
    if in_full:
        typer.echo(f"\n{LEGEND}\n")
        print_plainly(answers_table(reached, holes))
        typer.echo(f"\n{NUMBERS_LEGEND}\n")
        print_plainly(numbers_table(edges, holes))
        typer.echo("")
        for line in open_holes(reached, holes):
            typer.echo(line)
    typer.echo(summary(reached, edges, holes))
