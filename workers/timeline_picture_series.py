"""One panel of the picture: the results of one analyte against its limits."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from workers import timeline_picture_style as style
from workers.timeline_picture_panel import Labels, Scale, number
from workers.timeline_picture_results import Point, Series

_TEXT_PT = 7.5
_PALE = {"facecolor": "white", "edgecolor": "none", "alpha": 0.6, "pad": 0.4}  # over lines that a text may cross
_APART = 0.11  # of the panel: between the texts of two limits
_NAME_IN = 0.55  # to the left of the panel: there is room for the numbers


def series_height_in(series: Series) -> float:
    """One result without a limit needs little room."""
    return style.SERIES_IN if series.limits or len(series.points) > 1 else style.SHORT_SERIES_IN


def draw_series(axes: Axes, series: Series, scale: Scale) -> None:
    """Results as points with their values, joined where they are final; limits as lines with their meaning."""
    bottom, top = _range(series)
    axes.set_ylim(bottom, top)
    axes.yaxis.set_major_locator(MaxNLocator(4 if series_height_in(series) == style.SERIES_IN else 2))
    place = -_NAME_IN / style.INNER_IN
    axes.text(
        place, 0.5, f"{series.name}\n{series.unit}", transform=axes.transAxes, ha="right", va="center", fontsize=9
    )
    _draw_limits(axes, series, bottom, top)
    final = [point for point in series.points if point.value is not None and point.is_final]
    axes.plot([number(p.at) for p in final], [p.value or 0 for p in final], color=style.PALE_INK, linewidth=0.9)
    labels = Labels(scale, _TEXT_PT)
    for point in series.points:
        _draw_point(axes, point, bottom)
        aligned = labels.over(point.at, point.says)
        if aligned is not None:
            spot = (number(point.at), bottom if point.value is None else point.value)
            looks: dict[str, Any] = {"ha": aligned, "va": "bottom", "fontsize": _TEXT_PT, "bbox": _PALE}
            axes.annotate(point.says, spot, (0, 6), textcoords="offset points", **looks)


def _range(series: Series) -> tuple[float, float]:
    """From the least to the greatest of values and limits, with room for the texts above."""
    values = [point.value for point in series.points if point.value is not None]
    drawn = [*values, *(limit.value for limit in series.limits)] or [0.0, 1.0]
    room = max(max(drawn) - min(drawn), max(drawn) * 0.3, 0.1)
    return max(0.0, min(drawn) - 0.2 * room), max(drawn) + 0.3 * room


def _draw_limits(axes: Axes, series: Series, bottom: float, top: float) -> None:
    place = 1.0 + _APART
    for limit in sorted(series.limits, key=lambda limit: -limit.value):
        axes.axhline(limit.value, color=style.LATE, linewidth=0.9, linestyle=(0, (5, 3)), gid=limit.name)
        if limit.is_low:
            axes.axhspan(bottom, limit.value, color=style.LOW_SHADE, linewidth=0, zorder=0)
        place = min((limit.value - bottom) / (top - bottom), place - _APART)
        axes.text(1.008, place, limit.says, transform=axes.transAxes, va="center", fontsize=7.5, color=style.LATE)


def _draw_point(axes: Axes, point: Point, bottom: float) -> None:
    at = number(point.at)
    if point.value is None:
        axes.plot([at], [bottom], "x", markersize=7, color=style.INK, gid=point.name, clip_on=False)
        return
    face = style.INK if point.is_final else "white"
    axes.plot([at], [point.value], "o", markersize=5, markerfacecolor=face, markeredgecolor=style.INK, gid=point.name)
    if point.low is not None:
        axes.plot([at], [point.low], "_", markersize=11, color=style.LATE, gid=f"own-{point.name}")
