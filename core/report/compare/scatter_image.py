"""The scatter of a comparison as an image file, the same drawing as on the page; needs no window."""

import os
from typing import TYPE_CHECKING

from core.compare.comparison import Comparison
from core.errors import ExportError
from core.report.compare.scatter import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Scatter, SvgPoint, draw_scatter
from core.report.image_file import plain, quiet_matplotlib, shortened, write_image

if TYPE_CHECKING:  # importing matplotlib takes half a second; most runs do not draw
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Colours of Okabe and Ito that people with any colour vision tell apart; B is grey, with a marker of its own besides.
BASE_COLOUR, REPAIRED_COLOUR, CORNER_COLOUR = "#4a525c", "#0072B2", "#009E73"
QUIET, GRID, TEXT = "#59636e", "#d8dce0", "#1b1f24"
UNITS_PER_INCH = 100.0
LEGEND_WIDTH, LEGEND_STEP = 300.0, 36.0
SMALLEST_STEP = 17.0


def write_scatter_image(path: str | os.PathLike[str], comparison: Comparison) -> None:
    """Draw clean accuracy against ASR of B and the repaired networks, as .png or .svg.

    Raises:
        ExportError: the suffix is unknown, there is no poisoned set, or the file could not be written.
    """
    scatter = draw_scatter(comparison)
    if scatter is None:
        raise ExportError("without a poisoned set there is no ASR to draw", code="no-attack")
    write_image(path, lambda: _figure(scatter), what="the comparison")


def _figure(scatter: Scatter) -> "Figure":
    """Return the drawing as a matplotlib figure without a window."""
    quiet_matplotlib()
    from matplotlib.figure import Figure  # noqa: PLC0415  # half a second, and only here

    width = WIDTH + LEGEND_WIDTH
    figure = Figure(figsize=(width / UNITS_PER_INCH, HEIGHT / UNITS_PER_INCH))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, width)
    axes.set_ylim(HEIGHT, 0)
    axes.set_axis_off()
    _draw_ground(axes, scatter)
    for point in scatter.points:
        _draw_point(axes, point)
    _draw_legend(axes, scatter)
    return figure


def _draw_ground(axes: "Axes", scatter: Scatter) -> None:
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    axes.fill_between(
        [scatter.corner[0], scatter.corner[2]],
        scatter.corner[1],
        scatter.corner[3],
        color=CORNER_COLOUR,
        alpha=0.16,
        linewidth=0,
    )
    for tick in scatter.x_ticks:
        axes.plot([tick.position] * 2, [TOP, bottom], color=GRID, linewidth=0.6, zorder=1)
        axes.text(tick.position, bottom + 14, tick.label, ha="center", va="center", fontsize=8.5, color=QUIET)
    for tick in scatter.y_ticks:
        axes.plot([LEFT, right], [tick.position] * 2, color=GRID, linewidth=0.6, zorder=1)
        axes.text(LEFT - 7, tick.position, tick.label, ha="right", va="center", fontsize=8.5, color=QUIET)
    axes.plot([LEFT, LEFT, right], [TOP, bottom, bottom], color=QUIET, linewidth=0.8, zorder=1)
    axes.text((LEFT + right) / 2, HEIGHT - 13, plain(scatter.x_title), ha="center", va="center", fontsize=9, color=TEXT)
    axes.text(10, (TOP + bottom) / 2, scatter.y_title, ha="center", va="center", rotation=90, fontsize=9, color=TEXT)


def _draw_point(axes: "Axes", point: SvgPoint) -> None:
    colour = BASE_COLOUR if point.is_base else REPAIRED_COLOUR
    left, top, right, bottom = point.cross
    axes.plot([left, right], [point.y] * 2, color=colour, linewidth=0.9, alpha=0.65, zorder=2)
    axes.plot([point.x] * 2, [top, bottom], color=colour, linewidth=0.9, alpha=0.65, zorder=2)
    if point.has_leader:
        axes.plot([point.x, point.label_x], [point.y, point.label_y], color=QUIET, linewidth=0.6, zorder=2)
    _draw_marker(axes, point, point.x, point.y)
    axes.text(
        point.label_x,
        point.label_y,
        point.mark,
        ha="center",
        va="center",
        fontsize=9.5,
        fontweight="bold",
        color=TEXT,
        zorder=5,
        bbox={"boxstyle": "square,pad=0.08", "facecolor": "white", "edgecolor": "none", "alpha": 0.8},
    )


def _draw_marker(axes: "Axes", point: SvgPoint, x: float, y: float) -> None:
    colour = BASE_COLOUR if point.is_base else REPAIRED_COLOUR
    axes.plot(
        [x],
        [y],
        marker="s" if point.is_base else "o",
        markersize=7.5,
        color=colour,
        markerfacecolor=colour if point.is_base or point.is_best else "white",
        markeredgewidth=1.6,
        linestyle="none",
        zorder=4,
    )


def _draw_legend(axes: "Axes", scatter: Scatter) -> None:
    """Draw the legend: each network with its figures, spaced to fill the height, then the meaning of the marks."""
    x, y = WIDTH + 8, TOP + 8
    room = HEIGHT - TOP - 8 - 90
    step = max(SMALLEST_STEP, min(LEGEND_STEP, room / len(scatter.points)))
    has_figures = step > 0.8 * LEGEND_STEP
    for point in scatter.points:
        _draw_marker(axes, point, x + 6, y)
        axes.text(x + 18, y, point.mark, va="center", fontsize=9, fontweight="bold", color=TEXT)
        name = "the original network" if point.is_base else plain(shortened(point.name, length=36))
        axes.text(x + 36, y, name, va="center", fontsize=8.5, color=TEXT)
        if has_figures:
            axes.text(x + 36, y + 13, point.figures, va="center", fontsize=7.5, color=QUIET)
        y += step
    y = max(y + 4, HEIGHT - 76)
    axes.fill_between([x, x + 12], y - 6, y + 6, color=CORNER_COLOUR, alpha=0.16, linewidth=0)
    notes = (
        scatter.corner_title.replace(" at no", "\nat no"),
        "filled: beaten by no other repaired network\nlines: 95 % intervals (Wilson)",
    )
    axes.text(x + 18, y, notes[0], va="center", fontsize=7.5, color=QUIET)
    axes.text(x, y + 34, notes[1], va="center", fontsize=7.5, color=QUIET)
