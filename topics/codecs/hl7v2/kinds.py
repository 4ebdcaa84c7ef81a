"""What kinds of message there are (MSH-9), and which of them say something that we have a fact for (section 5)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_RESULT_EVENTS: Final = frozenset({"", "R01", "R30", "R31", "R32"})  # R30 to R32: made at the bedside
_ORDERS: Final = {"RDE": frozenset({"", "O01", "O11", "O25"}), "OMP": frozenset({"", "O09"})}
_MERGES: Final = frozenset(
    {
        *("A18", "A24", "A30", "A34", "A35", "A36", "A37", "A39", "A40", "A41", "A42"),
        *("A43", "A44", "A45", "A46", "A47", "A48", "A49", "A50", "A51"),
    }
)
_NAME: Final = re.compile(r"[A-Z0-9]{3}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of message.  `holds_facts`: results, doses or orders; `is_merge`: patients become one, or are parted."""

    message: str
    event: str
    holds_results: bool
    holds_administrations: bool
    holds_orders: bool
    is_merge: bool

    @property
    def holds_facts(self) -> bool:
        return self.holds_results or self.holds_administrations or self.holds_orders

    def __str__(self) -> str:
        return f"{self.message}^{self.event}" if self.event else self.message


def kind_of(message: str, event: str) -> Kind | None:
    """None where that is no kind of message (three letters, and an event of three)."""
    if not _NAME.fullmatch(message) or (event and not _NAME.fullmatch(event)):
        return None
    return Kind(
        message,
        event,
        holds_results=message == "ORU" and event in _RESULT_EVENTS,
        holds_administrations=message == "RAS",
        holds_orders=event in _ORDERS.get(message, ()),
        is_merge=message == "ADT" and event in _MERGES,
    )
