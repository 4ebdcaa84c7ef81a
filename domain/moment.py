"""The instant of an assessment, which remembers when its answers can first change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(slots=True)
class Moment:
    """The time `at`, asked only through `reached`.

    Everything in the domain that depends on the time asks `reached(limit)`.  The limits that were not reached yet are
    the instants at which an answer may differ, and the earliest of them is `next_change`: that makes the timers exact
    without a second calculation that could disagree with the first.
    """

    at: datetime
    next_change: datetime | None = None

    def reached(self, limit: datetime) -> bool:
        """Whether `at` is at or after `limit`."""
        if self.at >= limit:
            return True
        if self.next_change is None or limit < self.next_change:
            self.next_change = limit
        return False
