"""Colours, shapes and texts of the picture.

The colours are told apart by people who see red and green alike, and none of them says anything alone: severity is also
the height of a bar, a mark's sort its shape, and a phase its name.
"""

from __future__ import annotations

from typing import Final

from domain.phase import Phase
from workers.timeline_picture_story import COUNTED, NOT_COUNTED, REPORTED

WIDTH_IN: Final = 14.0
LEFT_IN: Final = 2.75
RIGHT_IN: Final = 1.55
TOP_IN: Final = 0.95
GAP_IN: Final = 0.14
LANE_IN: Final = 0.3
SERIES_IN: Final = 1.2
SHORT_SERIES_IN: Final = 0.7  # of an analyte with one result and no limit to compare it with
LEGEND_ROW_IN: Final = 0.22
FOOTER_IN: Final = 0.5
AXIS_IN: Final = 0.5
INNER_IN: Final = WIDTH_IN - LEFT_IN - RIGHT_IN

INK: Final = "#222222"
PALE_INK: Final = "#666666"
GRID: Final = "#DDDDDD"
BLUE: Final = "#0072B2"
LATE: Final = "#D55E00"
LOW_SHADE: Final = "#FBE3D3"
WINDOW: Final = "#BBDDF3"
SUPPLY: Final = "#CFC7E8"

SEVERITY: Final = {
    "critical": ("#7F0A1E", 0.86),
    "high": ("#D55E00", 0.72),
    "medium": ("#E6AC00", 0.58),
    "low": ("#56B4E9", 0.46),
    "info": ("#9A9A9A", 0.34),
}
"""The colour of a severity, and the height of its bar as a share of the row."""

PHASE: Final = {
    Phase.NOT_STARTED: "#F0F0F0",
    Phase.LOADING: "#BBDDF3",
    Phase.MAINTENANCE: "#D8EBD0",
    Phase.LIFELONG: "#A9D3A3",
    Phase.ENDED: "#C4C4C4",
}

DOSE: Final = {COUNTED: ("o", BLUE, "white"), REPORTED: ("D", "white", BLUE), NOT_COUNTED: ("X", "#888888", "white")}
"""The marker of a dose, its face and its edge."""

SUPPORTS: Final = (
    "b12watch supports people and decides nothing. It knows only what it is told:"
    " a dose that was given elsewhere and not reported is unseen."
)


def text_width_in(text: str, size_pt: float) -> float:
    """About how wide a text is, in inches: labels that would overlap are left out by this, the same everywhere."""
    return len(text) * size_pt * 0.6 / 72
