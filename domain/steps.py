"""Where in its regimen a treatment stands by its doses alone: which step the next dose belongs to.

What a clinician finds, and a normal haemoglobin, may end the loading before: that is for `domain.loading`.
Source: sections 2, 8.2 and 8.8 of the clinical reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import repeat

from domain.regimens.table import Regimen, Step

_Days = Sequence[date | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The step of the next dose, and how many doses were given in it; `number` is its own among the steps, from 0.

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
    doses: _Days = [*repeat(None, told - 1), told_last, *days] if told else days
    done: list[date | None] = []
    begins, goes_on = 0, None  # the index of the step's first dose
    for step in regimen.loading:
        ends = _end(step, doses, begins)
        if ends is None:
            break
        done.append(doses[ends - 1])
        begins = ends + _further(step, doses, ends) if step.spare else ends
        goes_on = step if begins - ends < step.spare and begins == len(doses) else None
    return Place(
        step=regimen.steps[len(done)],
        given=len(doses) - begins,
        goes_on=goes_on,
        is_loaded=len(done) == len(regimen.loading),
        done=tuple(done),
    )


def _end(step: Step, doses: _Days, begins: int) -> int | None:
    """The index after the dose that completes the step; None while none does."""
    if step.doses is not None:
        ends = begins + step.doses
        return ends if ends <= len(doses) else None
    if step.days is None:
        return None
    known = [(n, day) for n, day in enumerate(doses[begins:], begins + 1) if day is not None]
    return next((n for n, day in known if (day - known[0][1]).days >= step.days), None)


def _further(step: Step, doses: _Days, ends: int) -> int:
    """How many doses after those that complete the step still belong to it: each comes when the step would have it."""
    count = 0
    while count < step.spare and ends + count < len(doses):
        last, day = doses[ends + count - 1], doses[ends + count]
        if last is None or day is None or day > step.gap.due.after(last):
            break
        count += 1
    return count
