"""The lowest panel of the picture: one row for each rule that raised alerts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes

from workers import timeline_picture_style as style
from workers.timeline_picture_panel import Scale, bar, number
from workers.timeline_picture_story import OPEN, WITHDRAWN, AlertBar, Story, Stretch


@dataclass(frozen=True, slots=True)
class AlertRow:
    """The alerts of one rule."""

    rule: str
    bars: list[AlertBar]


_NONE = AlertRow("no alert was raised", [])


def alert_rows(story: Story) -> list[AlertRow]:
    """The rules in the order of their first alerts; where there was none, a row that says so."""
    rules = dict.fromkeys(bar.rule for bar in story.alerts)
    return [AlertRow(rule, [bar for bar in story.alerts if bar.rule == rule]) for rule in rules] or [_NONE]


def draw_alerts(axes: Axes, rows: list[AlertRow], scale: Scale) -> None:
    """From raised to closed; one that was withdrawn is hatched and crossed, one that is open has an arrow."""
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_yticks(range(len(rows)), [row.rule for row in rows])
    for y, row in enumerate(rows):
        axes.axhline(y + 0.5, color=style.GRID, linewidth=0.5)
        for alert in row.bars:
            for stretch in alert.stretches:
                height, looks = looks_of(
                    stretch.sort, is_unknown=stretch.is_unknown, is_withdrawn=alert.end == WITHDRAWN
                )
                bar(axes, scale, stretch.name, stretch.begins, stretch.ends, y, height, **looks)
            _draw_end(axes, alert, y)


def looks_of(severity: str, *, is_unknown: bool, is_withdrawn: bool) -> tuple[float, dict[str, Any]]:
    """The height of a bar, and how it is filled."""
    colour, height = style.SEVERITY[severity]
    looks: dict[str, Any] = {"facecolor": colour, "edgecolor": colour, "linewidth": 1.0}
    if is_unknown:
        looks |= {"facecolor": "white", "linewidth": 1.4}
    if is_withdrawn:
        looks |= {"facecolor": "white", "hatch": "/////"}
    return height, looks


def _draw_end(axes: Axes, alert: AlertBar, y: float) -> None:
    last: Stretch = alert.stretches[-1]
    name, colour = f"{alert.end}:{alert.alert_id}:{last.begins:%Y-%m-%dT%H:%M}", style.SEVERITY[last.sort][0]
    if alert.end == WITHDRAWN:
        axes.plot(
            [number(alert.ends)], [y], "X", markersize=7, color=style.INK, markeredgecolor="white", gid=name, zorder=4
        )
    elif alert.end == OPEN:
        axes.plot([number(alert.ends)], [y], ">", markersize=7, color=colour, gid=name, zorder=4, clip_on=False)
