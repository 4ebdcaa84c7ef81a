"""The band of phases, and the lanes under it: doses, their windows, supplies, findings, other drugs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, pairwise

from matplotlib.axes import Axes

from domain.phase import Phase
from workers import timeline_picture_style as style
from workers.timeline_picture_panel import Labels, Scale, bar, number
from workers.timeline_picture_story import NOT_COUNTED, REPORTED, Mark, Story

_TEXT_PT = 7.5
_LEAST_DAY_IN = 0.06
_NEAR_DAYS = 8


@dataclass(frozen=True, slots=True)
class Lane:
    """One row: its name, and what draws it at a height."""

    name: str
    draw: Callable[[Axes, Scale, float], None]


def draw_phases(axes: Axes, story: Story, scale: Scale) -> None:
    """The band; a phase that is too short for its name is told by the legend."""
    axes.set_ylim(0, 1)
    axes.set_yticks([0.5], ["phase"])
    for phase in story.phases:
        begins = max(phase.begins, scale.begins)
        colour = style.PHASE[Phase(phase.sort)]
        bar(axes, scale, phase.name, begins, phase.ends, 0.5, 0.9, facecolor=colour, edgecolor="white", linewidth=1)
        text = phase.sort.replace("-", " ")
        if style.text_width_in(text, 9) < scale.inches(begins, phase.ends):
            axes.text(number(begins + (phase.ends - begins) / 2), 0.5, text, ha="center", va="center", fontsize=9)


def lanes_of(story: Story) -> list[Lane]:
    """Doses always; the others where they have something in them."""
    doses = [mark for mark in story.doses if mark.sort != NOT_COUNTED]
    uncounted = [mark for mark in story.doses if mark.sort == NOT_COUNTED]
    lanes = [
        Lane("doses", lambda axes, scale, y: _draw_doses(axes, doses, y)),
    ]
    if uncounted:
        lanes.append(Lane("charted, does not count", lambda axes, scale, y: _draw_doses(axes, uncounted, y)))
    if story.windows or story.overdue:
        lanes.append(Lane("windows of the next dose", lambda axes, scale, y: _draw_windows(axes, story, scale, y)))
    if story.supplies:
        lanes.append(Lane("supplies of tablets", lambda axes, scale, y: _draw_supplies(axes, story, scale, y)))
    if story.findings:
        lanes.append(Lane("clinicians found", lambda axes, scale, y: _draw_texts(axes, story.findings, scale, y, "s")))
    if story.others:
        lanes.append(Lane("other drugs", lambda axes, scale, y: _draw_texts(axes, story.others, scale, y, "P")))
    return lanes


def draw_lanes(axes: Axes, lanes: list[Lane], scale: Scale) -> None:
    """The first lane on top."""
    axes.set_ylim(len(lanes) - 0.5, -0.5)
    axes.set_yticks(range(len(lanes)), [lane.name for lane in lanes])
    for y, lane in enumerate(lanes):
        lane.draw(axes, scale, y)


def _draw_doses(axes: Axes, doses: list[Mark], y: float) -> None:
    for mark in doses:
        shape, face, edge = style.DOSE[mark.sort]
        axes.plot(
            [number(mark.at)],
            [y],
            shape,
            markersize=7.5,
            markerfacecolor=face,
            markeredgecolor=edge,
            markeredgewidth=1.2 if mark.sort == REPORTED else 0.6,
            gid=mark.name,
            zorder=3,
        )


def _draw_windows(axes: Axes, story: Story, scale: Scale, y: float) -> None:
    for window in story.windows:
        ends = min(window.ends, scale.right)
        looks = {"facecolor": style.WINDOW, "edgecolor": style.BLUE, "linewidth": 0.6}
        if window.begins < scale.right:
            bar(axes, scale, window.name, window.begins, ends, y, 0.5, **looks)
    for late in story.overdue:
        looks = {"facecolor": "white", "edgecolor": style.LATE, "linewidth": 0.6, "hatch": "//////"}
        bar(axes, scale, late.name, late.begins, late.ends, y, 0.5, **looks)
    for mark in story.due if scale.day_in > _LEAST_DAY_IN else _alone(story.due):
        if mark.at < scale.right:
            at = number(mark.at)
            axes.plot([at, at], [y - 0.34, y + 0.34], color=style.BLUE, linewidth=1.6, gid=mark.name, zorder=3)


def _alone(due: list[Mark]) -> list[Mark]:
    """Where a day is hair-thin, the due days of a loading would stand as a block of ink: those that stand alone."""
    near = timedelta(days=_NEAR_DAYS)
    pairs = [(earlier, later) for earlier, later in pairwise(due) if later.at - earlier.at < near]
    crowded = {mark.name for pair in pairs for mark in pair}
    return [mark for mark in due if mark.name not in crowded]


def _draw_supplies(axes: Axes, story: Story, scale: Scale, y: float) -> None:
    for supply in story.supplies:
        ends = min(supply.ends, scale.right)
        bar(axes, scale, supply.name, supply.begins, ends, y, 0.4, facecolor=style.SUPPLY, edgecolor="white")


def _draw_texts(axes: Axes, marks: list[Mark], scale: Scale, y: float, shape: str) -> None:
    """Marks with their texts; those of one instant have one text."""
    labels = Labels(scale, _TEXT_PT)
    groups = [list(group) for _, group in groupby(marks, key=lambda mark: mark.at)]
    nexts: list[datetime | None] = [*(group[0].at for group in groups[1:]), None]
    for group, before in zip(groups, nexts, strict=True):
        at, text = group[0].at, ", ".join(dict.fromkeys(mark.text for mark in group))
        for mark in group:
            axes.plot([number(at)], [y], shape, markersize=5, color=style.INK, gid=mark.name, zorder=3)
        if labels.after(at, f"   {text}", before):
            place = (number(at), y)
            axes.annotate(text, place, (6, 0), textcoords="offset points", va="center", fontsize=_TEXT_PT)
