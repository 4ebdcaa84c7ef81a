"""The words for where a treatment stands."""

from __future__ import annotations

from enum import StrEnum


class Phase(StrEnum):
    NOT_STARTED = "not-started"
    LOADING = "loading"
    MAINTENANCE = "maintenance"
    LIFELONG = "lifelong"
    ENDED = "ended"
