"""What no scenario reaches, and the reasons that are given for it beside the scenarios (`holes.yaml`).

    answers:
      - {rules: [potassium-low], answers: [cannot-tell], phases: all, because: a missing potassium is another rule's}
    numbers:
      - {numbers: [alerts.closed_kept_days], because: it is used by the live worker alone}

A reason that explains something that a scenario does reach is out of date, and a test says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Annotated, Final, Literal, NamedTuple

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from domain.phase import Phase
from domain.rules import RULE_VERSIONS
from workers.scenario import ScenarioProblem
from workers.scenario_coverage import Answer, Cell, Reached
from workers.scenario_edges import NUMBERS, Edge, Side
from workers.scenario_yaml import read_yaml

FILE_NAME: Final = "holes.yaml"


class Loose(NamedTuple):
    """A number of the policy that no scenario holds from this side."""

    number: str
    side: Side

    def __str__(self) -> str:
        return f"{self.number} one unit {self.side}"


Hole = Cell | Loose


def _is_rule(rule: str) -> str:
    if rule not in RULE_VERSIONS:
        raise ValueError(f"there is no rule {rule}")
    return rule


def _is_number(number: str) -> str:
    if number not in {key.dotted for key in NUMBERS}:
        raise ValueError(f"the policy has no number {number}")
    return number


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Answers(_Strict):
    rules: list[Annotated[str, AfterValidator(_is_rule)]] | Literal["all"]
    answers: list[Answer]
    phases: list[Phase] | Literal["all"]
    because: str = Field(min_length=1)

    @property
    def holes(self) -> list[Hole]:
        rules = list(RULE_VERSIONS) if self.rules == "all" else self.rules
        phases = list(Phase) if self.phases == "all" else self.phases
        return [Cell(*cell) for cell in product(rules, self.answers, phases)]


class _Numbers(_Strict):
    numbers: list[Annotated[str, AfterValidator(_is_number)]]
    sides: list[Side] = list(Side)
    because: str = Field(min_length=1)

    @property
    def holes(self) -> list[Hole]:
        return [Loose(*loose) for loose in product(self.numbers, self.sides)]


class ExplainedHoles(_Strict):
    """All reasons of one file."""

    answers: list[_Answers] = []
    numbers: list[_Numbers] = []

    @property
    def reasons(self) -> dict[Hole, str]:
        entries: list[_Answers | _Numbers] = [*self.answers, *self.numbers]
        return {hole: entry.because for entry in entries for hole in entry.holes}


@dataclass(frozen=True, slots=True)
class Holes:
    """What is not reached, apart by whether a reason is given; `out_of_date` has a reason and is reached."""

    explained: frozenset[Hole]
    unexplained: frozenset[Hole]
    out_of_date: frozenset[Hole]


def load_holes(path: Path) -> ExplainedHoles:
    """The reasons in a file; none where there is no such file.  Raises: ScenarioProblem, OSError."""
    if not path.exists():
        return ExplainedHoles()
    try:
        return ExplainedHoles.model_validate(read_yaml(path.read_text(encoding="utf-8")) or {})
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ScenarioProblem(f"not YAML: {error}") from None
    except ValidationError as error:
        problems = (f"{'.'.join(map(str, e['loc'])) or 'the file'}: {e['msg']}" for e in error.errors())
        raise ScenarioProblem("; ".join(problems)) from None


def holes_of(reached: Reached, edges: Sequence[Edge], explained: ExplainedHoles) -> Holes:
    """What the scenarios leave open, measured against the reasons."""
    there: set[Hole] = {*reached.holes, *(Loose(edge.key.dotted, side) for edge in edges for side in edge.loose)}
    reasons = set(explained.reasons)
    return Holes(frozenset(there & reasons), frozenset(there - reasons), frozenset(reasons - there))
