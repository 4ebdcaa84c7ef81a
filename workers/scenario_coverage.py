"""What scenarios reach: which answers of which rules, in which phases.

At every step of a story (a fact that becomes known, a review that falls due, an expectation) all rules are asked again.
An answer is *shown* where an expectation compares it, and *passed* where the story only goes through it: a rule that
fires between two expectations, or one that `only` leaves out, fires unseen.  Whether an answer is right is not asked
here: that is what the expectations are for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import product
from typing import Final, NamedTuple

from domain.assess import Assessment, assess
from domain.judgement import CannotTell, Fires, Judgement, Quiet
from domain.phase import Phase
from domain.record import Record
from domain.rules import RULE_VERSIONS
from workers.scenario_facts import PATIENT
from workers.scenario_play import Played, Seen


class Answer(StrEnum):
    FIRES = "fires"
    QUIET = "quiet"
    CANNOT_TELL = "cannot-tell"


_ANSWERS: Final = {Fires: Answer.FIRES, Quiet: Answer.QUIET, CannotTell: Answer.CANNOT_TELL}


class Cell(NamedTuple):
    """One answer of one rule in one phase."""

    rule: str
    answer: Answer
    phase: Phase

    def __str__(self) -> str:
        return f"{self.rule} {self.answer} in phase {self.phase}"


ALL_CELLS: Final = tuple(Cell(*cell) for cell in product(RULE_VERSIONS, Answer, Phase))


@dataclass(slots=True)
class Reached:
    """For each cell, the numbers of the scenarios that show it and of those that pass through it."""

    shown: dict[Cell, set[int]] = field(default_factory=dict)
    passed: dict[Cell, set[int]] = field(default_factory=dict)

    def shows(self, cell: Cell) -> int:
        return len(self.shown.get(cell, ()))

    def only_passes(self, cell: Cell) -> int:
        return len(self.passed.get(cell, set()) - self.shown.get(cell, set()))

    @property
    def holes(self) -> frozenset[Cell]:
        """The cells that no scenario reaches."""
        return frozenset(ALL_CELLS) - self.passed.keys()

    @property
    def unseen(self) -> list[tuple[str, Answer]]:
        """Answers of rules that scenarios pass through, and that no expectation compares in any phase."""
        passed, shown = ({(cell.rule, cell.answer) for cell in cells} for cells in (self.passed, self.shown))
        return sorted(passed - shown)


def reached_by(stories: Sequence[Played]) -> Reached:
    """What the stories reach; they are numbered in their order."""
    reached = Reached()
    for number, played in enumerate(stories):
        for assessment in _steps(played):
            for cell, _ in _cells(assessment):
                reached.passed.setdefault(cell, set()).add(number)
        for seen, assessment in at_expectations(played):
            for cell, judgement in _cells(assessment):
                reached.passed.setdefault(cell, set()).add(number)
                if _is_compared(played, seen, cell.rule, judgement):
                    reached.shown.setdefault(cell, set()).add(number)
    return reached


def at_expectations(played: Played) -> Iterator[tuple[Seen, Assessment]]:
    """What the rules answer at each expectation after the first fact."""
    for seen in played.seen:
        if seen.heard:
            yield seen, assess(played.record(seen.heard), played.policy, seen.at)


def _steps(played: Played) -> Iterator[Assessment]:
    """What the rules answer at each step of the story, as treatment asks them."""
    record, policy = Record(PATIENT), played.policy
    ends = [*(known.at for known in played.heard[1:]), played.seen[-1].at]
    for known, until in zip(played.heard, ends, strict=False):
        record = record.add(known.fact, known.at)
        assessment = assess(record, policy, known.at)
        yield assessment
        while (review := assessment.next_review_at) is not None and review <= until:
            assessment = assess(record, policy, review, earlier=assessment)
            yield assessment


def _cells(assessment: Assessment) -> Iterable[tuple[Cell, Judgement]]:
    phase = assessment.situation.phase
    return [(Cell(rule, _ANSWERS[type(j)], phase), j) for rule, j in assessment.judgements.items()]


def _is_compared(played: Played, seen: Seen, rule: str, judgement: Judgement) -> bool:
    """Whether the expectation would have been missed, had the rule answered otherwise."""
    scenario, expected = played.scenario, seen.expected
    if isinstance(judgement, Quiet):
        return expected.alerts is not None and (scenario.only is None or rule in scenario.only)
    return scenario.compares(rule, played.policy.severities.of(rule, judgement.severity).word, expected)
