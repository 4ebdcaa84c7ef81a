"""The legend of the picture: what is drawn in it, and nothing else."""

from __future__ import annotations

import math

from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from domain.phase import Phase
from workers import timeline_picture_style as style
from workers.timeline_picture_alerts import looks_of
from workers.timeline_picture_story import COUNTED, NOT_COUNTED, OPEN, REPORTED, WITHDRAWN, Story

_COLUMNS = 6


def legend_rows(story: Story) -> int:
    return math.ceil(len(_entries(story)) / _COLUMNS)


def draw_legend(figure: Figure, story: Story, bottom: float) -> None:
    """Under the axis of time; `bottom` is a share of the figure."""
    entries = _entries(story)
    figure.legend(
        handles=[handle for handle, _ in entries],
        labels=[label for _, label in entries],
        loc="lower left",
        bbox_to_anchor=(0.15 / style.WIDTH_IN, bottom),
        borderaxespad=0,
        ncols=_COLUMNS,
        frameon=False,
        fontsize=8,
        handlelength=1.8,
        columnspacing=1.6,
        labelspacing=0.5,
    )


def _entries(story: Story) -> list[tuple[Artist, str]]:
    return [*_doses(story), *_windows(story), *_alerts(story), *_phases(story)]


def _doses(story: Story) -> list[tuple[Artist, str]]:
    sorts = {mark.sort for mark in story.doses}
    words = {COUNTED: "dose", REPORTED: "dose, reported", NOT_COUNTED: "charted, does not count"}
    return [(_mark(*style.DOSE[sort]), text) for sort, text in words.items() if sort in sorts]


def _windows(story: Story) -> list[tuple[Artist, str]]:
    found: list[tuple[Artist, str]] = []
    if story.windows:
        found.append((Patch(facecolor=style.WINDOW, edgecolor=style.BLUE), "dose may be given"))
    if story.due:
        found.append(
            (Line2D([], [], marker="|", linestyle="", markersize=9, markeredgewidth=1.6, color=style.BLUE), "due")
        )
    if story.overdue:
        found.append((Patch(facecolor="white", edgecolor=style.LATE, hatch="//////"), "overdue"))
    if any(point.low is not None for series in story.series for point in series.points):
        found.append(
            (Line2D([], [], marker="_", linestyle="", markersize=9, color=style.LATE), "laboratory's lower limit")
        )
    if any(not point.is_final for series in story.series for point in series.points):
        found.append((_mark("o", "white", style.INK), "result, not final"))
    return found


def _alerts(story: Story) -> list[tuple[Artist, str]]:
    stretches = [stretch for bar in story.alerts for stretch in bar.stretches]
    sorts = {stretch.sort for stretch in stretches}
    found: list[tuple[Artist, str]] = [
        (Patch(facecolor=colour), f"alert: {severity}")
        for severity, (colour, _) in style.SEVERITY.items()
        if severity in sorts
    ]
    if any(stretch.is_unknown for stretch in stretches):
        found.append((_box(is_unknown=True), "alert: cannot tell"))
    ends = {bar.end for bar in story.alerts}
    if WITHDRAWN in ends:
        found.append((_box(is_unknown=False), "alert: withdrawn"))
    if OPEN in ends:
        found.append((_mark(">", style.PALE_INK, style.PALE_INK), "alert: still open"))
    return found


def _box(*, is_unknown: bool) -> Artist:
    return Patch(**looks_of("info", is_unknown=is_unknown, is_withdrawn=not is_unknown)[1])


def _phases(story: Story) -> list[tuple[Artist, str]]:
    sorts = {phase.sort for phase in story.phases}
    words = {phase: phase.replace("-", " ") for phase in Phase if phase in sorts}
    return [(Patch(facecolor=style.PHASE[phase]), text) for phase, text in words.items()]


def _mark(shape: str, face: str, edge: str) -> Artist:
    return Line2D([], [], marker=shape, linestyle="", markersize=7, markerfacecolor=face, markeredgecolor=edge)
