"""The words for where a treatment stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.words import Text


class Phase(StrEnum):
    NOT_STARTED = "not-started"
    LOADING = "loading"
    MAINTENANCE = "maintenance"
    LIFELONG = "lifelong"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class PhaseNow:
    """The phase, the ward-local day since which it holds (None where nobody told it), and why."""

    phase: Phase
    since: date | None
    because: Text
