"""What a laboratory's free text tells: only that platelets clumped (H16), and only where it does not deny it."""

from __future__ import annotations

import re
from typing import Final

_SENTENCE: Final = re.compile(r"[.;!?\n\r]+")
_CLUMPS: Final = re.compile(r"\b(?:clump|aggregat)", re.IGNORECASE)
_PLATELETS: Final = re.compile(r"\b(?:platelet|plt|thrombocyt|pseudothrombocyt|edta)", re.IGNORECASE)
_DENIED: Final = re.compile(r"\b(?:no|not|non|nil|none|without|absent|absence|negative|free|excluded)\b", re.IGNORECASE)
_MOST: Final = 20_000  # characters: a note is short, and an attached document is none


def tells_clumps(text: str, *, of_platelets: bool) -> bool:
    """Whether a text says that platelets clumped; `of_platelets` where it stands beside a count of them.

    A sentence that denies anything is taken as denying the clumps: a wrong "clumped" would hide a low count.
    """
    return any(
        _CLUMPS.search(sentence)
        and not _DENIED.search(sentence)
        and (of_platelets or _PLATELETS.search(sentence) is not None)
        for sentence in _SENTENCE.split(text[:_MOST])
    )
