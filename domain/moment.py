"""The instant of an assessment, which remembers when its answers can first change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

FAR: Final = datetime.max.replace(tzinfo=UTC)
"""Later than every limit: what holds until then holds for ever."""


@dataclass(slots=True)
class Moment:
    """The time `at`, asked only through `reached`.

    Everything in the domain that depends on the time asks `reached(limit)`.  The limits that were not reached yet are
    the instants at which an answer may differ, and the earliest of them is `next_change`: that makes the timers exact
    without a second calculation that could disagree with the first.

    `days_count_when_over`: a fact of which only the day is known counts from the end of that day, not from its
    beginning.  A look back asks both ways, since nobody knows the hour.
    """

    at: datetime
    next_change: datetime | None = None
    days_count_when_over: bool = False

    def reached(self, limit: datetime) -> bool:
        """Whether `at` is at or after `limit`."""
        if self.at >= limit:
            return True
        if self.next_change is None or limit < self.next_change:
            self.next_change = limit
        return False

    def is_at_or_after(self, limit: datetime) -> bool:
        """The same without noting the limit: for answers that were made before, whose limits are noted already."""
        return self.at >= limit

    def over(self, limits: Iterable[datetime]) -> list[int]:
        """The numbers of those limits at or after which `at` is, none of them noted, as above."""
        at = self.at
        return [number for number, limit in enumerate(limits) if limit <= at]
