"""`b12watch timeline`: the picture of one patient, drawn on one axis of time.

Everything that is drawn has an id (`gid`): in an SVG a program finds each dose, window, result and alert by it.  Two
pictures of one story are the same, byte for byte: no date, no random ids, and labels placed by their length alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from domain.words import day_text, instant_text
from workers import timeline_picture_style as style
from workers.timeline_picture_alerts import alert_rows, draw_alerts
from workers.timeline_picture_lanes import draw_lanes, draw_phases, lanes_of
from workers.timeline_picture_legend import draw_legend, legend_rows
from workers.timeline_picture_panel import Scale, finish_time_axis
from workers.timeline_picture_series import draw_series, series_height_in
from workers.timeline_picture_story import Story

FORMATS = ("svg", "png")
_SETTINGS: Any = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 8,
    "svg.hashsalt": "b12watch",
    "svg.fonttype": "none",  # text stays text: it can be searched, and read aloud
    "hatch.linewidth": 0.8,
    "axes.edgecolor": style.GRID,
    "text.color": style.INK,
    "text.parse_math": False,  # a $ in somebody's id is no formula
}
_NO_DATE: dict[str, dict[str, Any]] = {"svg": {"Date": None, "Creator": "b12watch"}, "png": {"Software": "b12watch"}}


def draw(story: Story, path: Path, picture_format: str, drawn_from: str) -> None:
    """Write the picture; `drawn_from` names the log.  Raises: OSError."""
    with settings():
        metadata = {**_NO_DATE[picture_format], "Title": f"b12watch timeline of {story.patient_id}"}
        picture_of(story, drawn_from).savefig(path, format=picture_format, dpi=110, metadata=metadata)


@contextmanager
def settings() -> Iterator[None]:
    """Our own settings of matplotlib, whatever a file of the user's says."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_SETTINGS)
        yield


def picture_of(story: Story, drawn_from: str) -> Figure:
    """The figure, with a panel for the phases, the lanes, each analyte and the alerts."""
    lanes, rows = lanes_of(story), alert_rows(story)
    heights = [style.LANE_IN, style.LANE_IN * len(lanes), *map(series_height_in, story.series)]
    heights.append(style.LANE_IN * len(rows))
    below = style.AXIS_IN + style.LEGEND_ROW_IN * legend_rows(story) + style.FOOTER_IN
    height = style.TOP_IN + sum(heights) + style.GAP_IN * (len(heights) - 1) + below
    figure = Figure(figsize=(style.WIDTH_IN, height), facecolor="white")
    scale = Scale(story.begins, story.ends, story.known_to, story.zone)
    panels = _panels(figure, heights, height, scale)
    draw_phases(next(panels), story, scale)
    draw_lanes(next(panels), lanes, scale)
    for series in story.series:
        draw_series(next(panels), series, scale)
    draw_alerts(next(panels), rows, scale)
    finish_time_axis(figure.axes[-1], scale)
    _say(figure, story, height, drawn_from)
    draw_legend(figure, story, (style.FOOTER_IN - 0.08) / height)
    return figure


def _panels(figure: Figure, heights: list[float], height: float, scale: Scale) -> Iterator[Axes]:
    """The panels from above to below, all on one axis of time."""
    top = height - style.TOP_IN
    for panel in heights:
        box = (style.LEFT_IN / style.WIDTH_IN, (top - panel) / height, style.INNER_IN / style.WIDTH_IN, panel / height)
        axes = figure.add_axes(box)
        scale.prepare(axes)
        yield axes
        top -= panel + style.GAP_IN


def _say(figure: Figure, story: Story, height: float, drawn_from: str) -> None:
    left, zone = 0.15 / style.WIDTH_IN, story.zone
    spans = f"{day_text(story.begins.astimezone(zone).date())} to {instant_text(story.known_to, zone)}"
    regimen = f"regimen {story.regimen}, " if story.regimen else ""
    made_of = f"{spans}, {regimen}policy {story.policy.version}; drawn from {drawn_from}"
    figure.text(left, 1 - 0.28 / height, f"Patient {story.patient_id}", fontsize=14, weight="bold", va="center")
    figure.text(left, 1 - 0.52 / height, made_of, fontsize=9, color=style.PALE_INK, va="center")
    figure.text(left, 1 - 0.72 / height, story.next_dose, fontsize=9, va="center", gid="next-dose")
    figure.text(left, 0.14 / height, style.SUPPORTS, fontsize=8, color=style.PALE_INK, va="center", gid="supports")
