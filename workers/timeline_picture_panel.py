"""The axis of time that all panels of the picture share, and labels that do not overlap on it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedLocator

from workers import timeline_picture_style as style

_DATES = ["%Y", "%b", "%d %b", "%H:%M", "%H:%M", "%H:%M"]  # by what tells one tick from the next: year, month, day ...
_FIRSTS = ["", "%b\n%Y", "%d %b", "%d %b", "%H:%M", "%H:%M"]  # ... and of the first of a year, month, day
_MARGIN = 0.012  # of the axis, on both sides
_LEAST_LEFT_IN = 0.05  # that a text may stand out to the left of the panel
_DATE_IN = 0.5  # of a date under the axis
_LEAST_IN = 0.035  # of a bar: a short one must be seen too


@dataclass(frozen=True, slots=True)
class Scale:
    """From the first to the last instant that is drawn; what is known ends at `known_to`."""

    begins: datetime
    ends: datetime
    known_to: datetime
    zone: ZoneInfo

    @property
    def span(self) -> timedelta:
        return max(self.ends - self.begins, timedelta(days=1))

    @property
    def left(self) -> datetime:
        return self.begins - self.span * _MARGIN

    @property
    def right(self) -> datetime:
        return max(self.ends, self.begins + self.span) + self.span * _MARGIN

    @property
    def day_in(self) -> float:
        """Inches of one day."""
        return style.INNER_IN / ((self.right - self.left) / timedelta(days=1))

    @property
    def ticks(self) -> list[float]:
        """Where dates stand: of two that are too near to each other, as 29 November and 1 December, the later."""
        left, right = (
            self.left.astimezone(self.zone),
            self.right.astimezone(self.zone),
        )  # days begin at the ward's midnight
        values = map(float, _locator(self.zone).tick_values(left, right))  # type: ignore[no-untyped-call]
        within = [value for value in values if number(self.left) <= value <= number(self.right)]
        apart = _DATE_IN / self.day_in
        return [value for value, after in zip(within, [*within[1:], math.inf], strict=True) if after - value >= apart]

    def inches(self, begins: datetime, ends: datetime) -> float:
        return ((ends - begins) / timedelta(days=1)) * self.day_in

    def prepare(self, axes: Axes) -> None:
        """An empty panel: the time from left to right, no frame, and a line where what is known ends."""
        axes.set_xlim(number(self.left), number(self.right))
        axes.xaxis.set_major_locator(FixedLocator(self.ticks))
        axes.tick_params(axis="x", labelbottom=False, length=0)
        axes.tick_params(axis="y", length=0, labelsize=8, labelcolor=style.INK)
        axes.grid(axis="x", color=style.GRID, linewidth=0.6)
        axes.set_axisbelow(True)
        for side in ("top", "left", "right"):
            axes.spines[side].set_visible(False)
        axes.axvline(number(self.known_to), color=style.INK, linewidth=0.8, linestyle=(0, (1, 2)))


def _locator(zone: ZoneInfo) -> AutoDateLocator:
    return AutoDateLocator(tz=zone, minticks=5, maxticks=14)  # type: ignore[no-untyped-call]


def number(instant: datetime) -> float:
    """An instant on the axis."""
    return float(date2num(instant))  # type: ignore[no-untyped-call]


def finish_time_axis(axes: Axes, scale: Scale) -> None:
    """The dates, under the lowest panel alone."""
    dates = ConciseDateFormatter(  # type: ignore[no-untyped-call]
        _locator(scale.zone), tz=scale.zone, formats=_DATES, zero_formats=_FIRSTS, show_offset=False
    )
    axes.xaxis.set_major_formatter(dates)
    axes.tick_params(axis="x", labelbottom=True, length=3, color=style.PALE_INK)
    axes.set_xlabel(f"ward time, {scale.zone.key}; dotted: the end of what is known", fontsize=8, color=style.PALE_INK)


def bar(
    axes: Axes, scale: Scale, name: str, begins: datetime, ends: datetime, y: float, height: float, **looks: Any
) -> None:
    """A bar around the height `y`, with an id; never too short to be seen."""
    width = max(number(ends) - number(begins), _LEAST_IN / scale.day_in)
    axes.add_patch(Rectangle((number(begins), y - height / 2), width, height, gid=name, **looks))


class Labels:
    """Texts of one row, from left to right: one that would run into another text, or off the picture, is left out."""

    def __init__(self, scale: Scale, size_pt: float) -> None:
        self._scale = scale
        self._size_pt = size_pt
        self._free_from = -_LEAST_LEFT_IN

    def after(self, at: datetime, text: str, before: datetime | None) -> bool:
        """Whether a text has room to the right of its mark, `before` what stands next; if so, the room is taken."""
        left = self._scale.inches(self._scale.left, at)
        ends = None if before is None else self._scale.inches(self._scale.left, before) - 0.08
        return self._take(left, left + style.text_width_in(text, self._size_pt), ends)

    def over(self, at: datetime, text: str) -> str | None:
        """How a text stands over its mark: `center`, or `left` or `right` where it would leave the panel.

        None: there is no room.
        """
        width, place = style.text_width_in(text, self._size_pt), self._scale.inches(self._scale.left, at)
        aligned, left = "center", place - width / 2
        if left < -_LEAST_LEFT_IN:
            aligned, left = "left", place
        elif left + width > style.INNER_IN:
            aligned, left = "right", place - width
        return aligned if self._take(left, left + width, None) else None

    def _take(self, left: float, right: float, ends: float | None) -> bool:
        if left < self._free_from or right > (style.INNER_IN + style.RIGHT_IN if ends is None else ends):
            return False
        self._free_from = right + 0.05
        return True
