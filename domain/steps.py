"""Where in its regimen a treatment stands by its doses alone: which step the next dose belongs to.

What a clinician finds, and a normal haemoglobin, may end the loading before: that is for `domain.loading`.
Source: sections 2, 8.2 and 8.8 of the clinical reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, repeat

from domain.regimens.table import Regimen, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The step of the next dose, and the doses that were given in it; `number` is its own among the steps, from 0.

    `goes_on` is the step before, where one further dose may still belong to it.  `done` has the day of the dose that
    completed each step before, None where nobody told it.
    """

    step: Step
    given: int
    goes_on: Step | None
    is_loaded: bool
    done: tuple[date | None, ...]

    @property
    def number(self) -> int:
        return len(self.done)


def place_of(regimen: Regimen, told: int, told_last: date | None, days: Sequence[date]) -> Place:
    """The place after doses on `days`, the oldest first, that follow `told` doses of which only the last has a day."""
    walk = _Walk(regimen)
    for day in chain(repeat(None, told - 1), (told_last,) if told else (), days):
        if not walk.takes(day):
            break
    return walk.place()


class _Walk:
    """The doses of one treatment, taken one by one."""

    __slots__ = ("_began", "_done", "_given", "_last", "_regimen", "_spare")

    def __init__(self, regimen: Regimen) -> None:
        self._regimen = regimen
        self._done: list[date | None] = []
        self._given = 0
        self._spare = 0  # doses that the step before may still have
        self._began: date | None = None
        self._last: date | None = None

    def takes(self, day: date | None) -> bool:
        """Take the next dose; False when no further dose can move the place."""
        loading = self._regimen.loading
        if self._belongs_to_step_before(day):
            self._spare -= 1
            self._last = day
            return True
        self._spare = 0
        if len(self._done) == len(loading):
            return False
        step = loading[len(self._done)]
        self._given += 1
        self._began, self._last = self._began or day, day
        if _is_complete(step, self._given, self._began, day):
            self._done.append(day)
            self._given, self._began = 0, None
            self._spare = step.spare
        return True

    def _belongs_to_step_before(self, day: date | None) -> bool:
        if not self._spare or day is None or self._last is None:
            return False
        return day <= self._regimen.steps[len(self._done) - 1].gap.due.after(self._last)

    def place(self) -> Place:
        steps, number = self._regimen.steps, len(self._done)
        return Place(
            step=steps[number],
            given=self._given,
            goes_on=steps[number - 1] if self._spare else None,
            is_loaded=number == len(steps) - 1,
            done=tuple(self._done),
        )


def _is_complete(step: Step, given: int, began: date | None, day: date | None) -> bool:
    if step.doses is not None:
        return given >= step.doses
    return step.days is not None and began is not None and day is not None and (day - began).days >= step.days
