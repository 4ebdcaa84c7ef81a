"""The coverage of scenarios as tables and lists for people."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from rich.table import Table

from domain.phase import Phase
from domain.rules import RULE_VERSIONS
from workers.scenario_coverage import ALL_CELLS, Answer, Cell, Reached
from workers.scenario_edges import Edge, Side, unit_of
from workers.scenario_holes import Hole, Holes, Loose

LEGEND = """\
rule and answer, by phase: "3" scenarios show it (an expectation compares it), "+2" more only pass through it;
"-" nobody reaches it and no reason is given, "." nobody reaches it, and holes.yaml says why"""
NUMBERS_LEGEND = """\
numbers of the policy: in how many scenarios an expectation is no longer met with the number one unit less, and one
unit more; "-" in none, "." in none, and holes.yaml says why; blank where the policy's limits allow no such step"""


def answers_table(reached: Reached, holes: Holes) -> Table:
    """Rule by answer by phase."""
    drawn = Table("rule", "answer", *Phase, box=None, pad_edge=False)
    for rule in RULE_VERSIONS:
        for answer in Answer:
            cells = (Cell(rule, answer, phase) for phase in Phase)
            drawn.add_row(rule, answer, *(_cell_text(reached, cell, holes) for cell in cells))
    return drawn


def numbers_table(edges: Sequence[Edge], holes: Holes) -> Table:
    """Number of the policy by side."""
    drawn = Table("number", "default", "a unit", *Side, box=None, pad_edge=False)
    for edge in edges:
        key = edge.key
        texts = (_side_text(edge, side, holes) for side in Side)
        drawn.add_row(key.dotted, f"{key.field.default}", f"{unit_of(key)}", *texts)
    return drawn


def summary(reached: Reached, edges: Sequence[Edge], holes: Holes) -> str:
    """Two lines that say how much is reached."""
    open_cells, explained_cells = _count(holes.unexplained, Cell), _count(holes.explained, Cell)
    answers = len(ALL_CELLS) - open_cells - explained_cells
    held = sum(not edge.loose for edge in edges)
    return (
        f"answers by rule and phase: {answers} of {len(ALL_CELLS)} reached; {explained_cells} that are not have a "
        f"reason, {open_cells} have none; {len(reached.unseen)} answers of rules are passed and never shown\n"
        f"numbers of the policy: {held} of {len(edges)} held from both sides; {_count(holes.explained, Loose)} loose "
        f"sides have a reason, {_count(holes.unexplained, Loose)} have none"
    )


def open_holes(reached: Reached, holes: Holes) -> Iterator[str]:
    """What no scenario reaches and has no reason, what all only pass through, and reasons that are out of date."""
    yield from _listed("scenarios only pass through", (f"{rule} {answer}" for rule, answer in reached.unseen))
    yield from _listed("no scenario reaches", _by_phases(holes.unexplained))
    yield from _listed("no scenario holds", _by_sides(holes.unexplained))
    yield from _listed("explained, yet reached", sorted(str(hole) for hole in holes.out_of_date))


def _cell_text(reached: Reached, cell: Cell, holes: Holes) -> str:
    shown, passed = reached.shows(cell), reached.only_passes(cell)
    if shown or passed:
        return f"{shown or ''}" + (f"+{passed}" if passed else "")
    return "." if cell in holes.explained else "-"


def _side_text(edge: Edge, side: Side, holes: Holes) -> str:
    if side not in edge.held:
        return ""
    return f"{edge.held[side] or ('.' if Loose(edge.key.dotted, side) in holes.explained else '-')}"


def _count(holes: Collection[Hole], kind: type[Cell] | type[Loose]) -> int:
    return sum(isinstance(hole, kind) for hole in holes)


def _listed(title: str, texts: Iterable[str]) -> Iterator[str]:
    yield from (f"{title}: {text}" for text in texts)


def _by_phases(holes: Collection[Hole]) -> Iterator[str]:
    """One line for each answer of a rule, with the phases in which it is missing."""
    cells = [cell for cell in ALL_CELLS if cell in holes]
    for (rule, answer), group in groupby(cells, key=itemgetter(0, 1)):
        phases = [cell.phase for cell in group]
        yield f"{rule} {answer} in " + ("any phase" if len(phases) == len(Phase) else ", ".join(phases))


def _by_sides(holes: Collection[Hole]) -> Iterator[str]:
    """One line for each number, with the sides from which nothing holds it."""
    loose = sorted(hole for hole in holes if isinstance(hole, Loose))
    for number, group in groupby(loose, key=itemgetter(0)):
        yield f"{number} one unit {' or '.join(hole.side for hole in group)}"
