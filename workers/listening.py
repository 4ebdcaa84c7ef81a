"""What came of each feed since the last tick: intake hears it, and the ticker says it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from topics.codecs.clinical_event import Heard

MOST_FEEDS: Final = 200  # of one tick: sources that invent names must not make a record that no broker takes


class Listening:
    """Records come in one thread, and ticks in another."""

    def __init__(self) -> None:
        self._came: dict[str, Heard] = {}
        self._lock = threading.Lock()

    @property
    def is_empty(self) -> bool:
        return not self._came

    def hear(self, feeds: Iterable[str], at: datetime) -> None:
        """One message of these feeds, of this log time."""
        self._add({feed: Heard(at, 1) for feed in feeds})

    def take(self) -> dict[str, Heard]:
        """What came, which is forgotten; of very many feeds the others wait for the next tick."""
        with self._lock:
            feeds = sorted(self._came)[:MOST_FEEDS]
            return {feed: self._came.pop(feed) for feed in feeds}

    def give_back(self, heard: Mapping[str, Heard]) -> None:
        """The tick that was to say this could not be written, or nobody knows."""
        self._add(heard)

    def _add(self, heard: Mapping[str, Heard]) -> None:
        with self._lock:
            for feed, one in heard.items():
                before = self._came.get(feed)
                self._came[feed] = one if before is None else before + one
