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
    """The step of the next dose, its number among the steps (from 0), and the doses that were given in it.

    `goes_on` is the step before, where one further dose may still belong to it.  `since` is the day of the dose that
    completed the step before: None in the first step, and where nobody told the day.
    """

    step: Step
    number: int
    given: int
    goes_on: Step | None
    is_loaded: bool
    since: date | None


def place_of(regimen: Regimen, told: int, told_last: date | None, days: Sequence[date]) -> Place:
    """The place after doses on `days`, the oldest first, that follow `told` doses of which only the last has a day."""
    walk = _Walk(regimen)
    for day in chain(repeat(None, told - 1), (told_last,) if told else (), days):
        if not walk.takes(day):
            break
    return walk.place()


class _Walk:
    """The doses of one treatment, taken one by one."""

    __slots__ = ("_began", "_given", "_last", "_number", "_regimen", "_since", "_spare")

    def __init__(self, regimen: Regimen) -> None:
        self._regimen = regimen
        self._number = self._given = 0
        self._spare = 0  # doses that the step before may still have
        self._began: date | None = None
        self._last: date | None = None
        self._since: date | None = None

    def takes(self, day: date | None) -> bool:
        """Take the next dose; False when no further dose can move the place."""
        loading = self._regimen.loading
        if self._belongs_to_step_before(day):
            self._spare -= 1
            self._last = day
            return True
        self._spare = 0
        if self._number == len(loading):
            return False
        step = loading[self._number]
        self._given += 1
        self._began, self._last = self._began or day, day
        if _is_complete(step, self._given, self._began, day):
            self._number, self._given, self._began = self._number + 1, 0, None
            self._spare = (step.doses_most or 0) - (step.doses or 0) if step.doses_most else 0
            self._since = day
        return True

    def _belongs_to_step_before(self, day: date | None) -> bool:
        if not self._spare or day is None or self._last is None:
            return False
        return day <= self._regimen.steps[self._number - 1].gap.due.after(self._last)

    def place(self) -> Place:
        steps = self._regimen.steps
        return Place(
            step=steps[self._number],
            number=self._number,
            given=self._given,
            goes_on=steps[self._number - 1] if self._spare else None,
            is_loaded=self._number == len(steps) - 1,
            since=self._since,
        )


def _is_complete(step: Step, given: int, began: date | None, day: date | None) -> bool:
    if step.doses is not None:
        return given >= step.doses
    return step.days is not None and began is not None and day is not None and (day - began).days >= step.days
