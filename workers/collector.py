"""Python's search for reference cycles, told to look at what stays only once.

A worker keeps some hundred objects of each patient who is awake, and what it keeps is in no cycle: it goes when nobody
holds it any more, and `tests/workers/test_collector.py` sees to it.  Python does not know that, and goes through all of
it again and again: with 3 000 patients it was seen to pause for seconds.
"""

from __future__ import annotations

import gc
from typing import Any

_OLDEST = 2


def look_once() -> None:
    """From here on, what a search through all has found alive is left out of later ones.

    Cycles of what is younger (clients of a broker that was away) are found as ever; one of what was alive then is not.
    """
    if _freeze_what_stays not in gc.callbacks:
        gc.callbacks.append(_freeze_what_stays)
    gc.freeze()


def _freeze_what_stays(phase: str, info: dict[str, Any]) -> None:
    if phase == "stop" and info["generation"] == _OLDEST:
        gc.freeze()
