"""The scatter of a comparison as an image file, drawn without a window: the same drawing as on the page."""

import os
from typing import TYPE_CHECKING

from core.compare.comparison import Comparison
from core.errors import ExportError
from core.report.compare.scatter import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Scatter, SvgPoint, draw_scatter
from core.report.image_file import plain, quiet_matplotlib, shortened, write_image

if TYPE_CHECKING:  # Drawing takes half a second to import; most starts draw nothing.
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
        ExportError: another suffix, there is no poisoned set, or it could not be written.
    """
    scatter = draw_scatter(comparison)
    if scatter is None:
        raise ExportError("without a poisoned set there is no ASR to draw", code="no-attack")
    write_image(path, lambda: _figure(scatter), what="the comparison")


def _figure(scatter: Scatter) -> "Figure":
    """The drawing as a matplotlib figure that belongs to no window."""
    quiet_matplotlib()
    from matplotlib.figure import Figure  # noqa: PLC0415  # half a second, and only here

    width = WIDTH + LEGEND_WIDTH
    figure = Figure(figsize=(width / UNITS_PER_INCH, HEIGHT / UNITS_PER_INCH))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, width)
    axes.set_ylim(HEIGHT, 0)
    axes.set_axis_off()
    _draw_ground(axes, scatter)
    for spot in scatter.spots:
        _draw_spot(axes, spot)
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


def _draw_spot(axes: "Axes", spot: SvgPoint) -> None:
    colour = BASE_COLOUR if spot.is_base else REPAIRED_COLOUR
    left, top, right, bottom = spot.cross
    axes.plot([left, right], [spot.y] * 2, color=colour, linewidth=0.9, alpha=0.65, zorder=2)
    axes.plot([spot.x] * 2, [top, bottom], color=colour, linewidth=0.9, alpha=0.65, zorder=2)
    if spot.has_leader:
        axes.plot([spot.x, spot.label_x], [spot.y, spot.label_y], color=QUIET, linewidth=0.6, zorder=2)
    _draw_marker(axes, spot, spot.x, spot.y)
    axes.text(
        spot.label_x,
        spot.label_y,
        spot.mark,
        ha="center",
        va="center",
        fontsize=9.5,
        fontweight="bold",
        color=TEXT,
        zorder=5,
        bbox={"boxstyle": "square,pad=0.08", "facecolor": "white", "edgecolor": "none", "alpha": 0.8},
    )


def _draw_marker(axes: "Axes", spot: SvgPoint, x: float, y: float) -> None:
    colour = BASE_COLOUR if spot.is_base else REPAIRED_COLOUR
    axes.plot(
        [x],
        [y],
        marker="s" if spot.is_base else "o",
        markersize=7.5,
        color=colour,
        markerfacecolor=colour if spot.is_base or spot.is_best else "white",
        markeredgewidth=1.6,
        linestyle="none",
        zorder=4,
    )


def _draw_legend(axes: "Axes", scatter: Scatter) -> None:
    """Each network with its figures, as far apart as the room allows; then what the marks mean."""
    x, y = WIDTH + 8, TOP + 8
    room = HEIGHT - TOP - 8 - 90
    step = max(SMALLEST_STEP, min(LEGEND_STEP, room / len(scatter.spots)))
    has_figures = step > 0.8 * LEGEND_STEP
    for spot in scatter.spots:
        _draw_marker(axes, spot, x + 6, y)
        axes.text(x + 18, y, spot.mark, va="center", fontsize=9, fontweight="bold", color=TEXT)
        name = "the network as it came" if spot.is_base else plain(shortened(spot.name, length=36))
        axes.text(x + 36, y, name, va="center", fontsize=8.5, color=TEXT)
        if has_figures:
            axes.text(x + 36, y + 13, spot.figures, va="center", fontsize=7.5, color=QUIET)
        y += step
    y = max(y + 4, HEIGHT - 76)
    axes.fill_between([x, x + 12], y - 6, y + 6, color=CORNER_COLOUR, alpha=0.16, linewidth=0)
    notes = (
        scatter.corner_title.replace(" at no", "\nat no"),
        "filled: beaten by no other repaired network\nlines: 95 % intervals (Wilson)",
    )
    axes.text(x + 18, y, notes[0], va="center", fontsize=7.5, color=QUIET)
    axes.text(x, y + 34, notes[1], va="center", fontsize=7.5, color=QUIET)
