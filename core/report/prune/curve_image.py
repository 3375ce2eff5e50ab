"""The curve as an image file; needs no window."""

import math
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.metrics.figures import figures_of
from core.metrics.network_scores import NetworkKind, SetRole
from core.records import Share, Side
from core.report.image_file import plain, quiet_matplotlib, shortened, write_image
from core.sweep.records import Sweep, open_readers_text
from core.sweep.stops import Stop
from core.words import layer_title, points, printable, short_mark, tensor_words

if TYPE_CHECKING:  # importing matplotlib takes half a second; most runs do not draw
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Colours of Okabe and Ito, distinguishable with any colour vision; each curve also has its own marker.
# G is dashed, darker and on top, as it often coincides with B′.
VALIDATION_COLOUR, TEST_COLOUR = "#0072B2", "#009E73"
ATTACK_COLOURS = ("#D55E00", "#CC79A7", "#E69F00", "#56B4E9")
MARKERS = ("^", "v", "D", "P")
LABEL_HEIGHT = 2.6  # of a threshold's label, in percentage points
REPAIRED_STROKE = (0, (4, 2.5))


def write_curve_image(path: str | os.PathLike[str], sweep: Sweep, stops: Sequence[Stop]) -> None:
    """Draw the curve of B′ and, dashed, of G, with the thresholds and their stops, as .png or .svg.

    Raises:
        ExportError: the suffix is unknown, or the file could not be written.
    """
    write_image(path, lambda: draw_curve(sweep, stops), what="the curve")


def draw_curve(sweep: Sweep, stops: Sequence[Stop]) -> "Figure":
    """Return the drawing as a matplotlib figure without a window."""
    quiet_matplotlib()
    from matplotlib.figure import Figure  # noqa: PLC0415  # half a second, and only here
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    figure = Figure(figsize=(10.5, 5.4), layout="constrained")
    axes = figure.add_subplot()
    counts = [point.pruned_count for point in sweep.points]
    for label, colour, marker, pruned, repaired in _curves(sweep):
        axes.plot(
            counts,
            _percents(pruned),
            color=colour,
            marker=marker,
            markersize=3.5,
            linewidth=2,
            label=f"{label}, B′",
        )
        axes.plot(
            counts,
            _percents(repaired),
            linestyle=REPAIRED_STROKE,
            color=_darker(colour),
            linewidth=1.5,
            zorder=3,
            label=f"{label}, G",
        )
    _draw_stops(axes, sweep, stops)
    layer = sweep.ranking.layer
    how = f"pruned for {printable(sweep.reader)} only" if sweep.reader else "output pruned, for every reader"
    title = f"{plain(layer_title(layer))}, {plain(how)}; {sweep.ranking.kind.name} order"
    if sweep.bypass is not None:
        title += f"\nBypass: {plain(open_readers_text(sweep.bypass))} the pruned channels"
    axes.set_title(title, fontsize=11, loc="left")
    axes.set_xlabel(f"channels pruned{tensor_words(layer)}")
    axes.set_ylabel("share of images, %")
    axes.set_xlim(0, max(1, layer.channel_count))
    axes.set_ylim(-2, 104)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=13, integer=True))
    axes.grid(visible=True, color="#d8dce0", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside right upper", fontsize=8.5, frameon=False)
    return figure


def _curves(sweep: Sweep) -> list[tuple[str, str, str, list[Share | None], list[Share | None]]]:
    """Return legend, colour and marker of each figure of B′, with its shares for B′ and G."""
    marked = [short_mark(each.name) for each in sweep.poisoned_sets]
    names = [f"{plain(shortened(printable(bare)))}{mark}" for bare, mark in marked]
    curves, attack_count = [], 0
    for figure in figures_of(NetworkKind.PRUNED):
        for place, name in enumerate(names if figure.is_of_many else [""]):
            label, colour, marker = figure.title, VALIDATION_COLOUR, "o"
            if figure.role is SetRole.TEST:
                colour, marker = TEST_COLOUR, "s"
            elif figure.is_of_many:
                label = f"{figure.title} {name}"
                colour = ATTACK_COLOURS[attack_count % len(ATTACK_COLOURS)]
                marker = MARKERS[attack_count % len(MARKERS)]
                attack_count += 1
            pruned, repaired = (
                [figure.share_at(point, network, place) for point in sweep.points] for network in NetworkKind
            )
            if all(share is not None for share in pruned):
                curves.append((label, colour, marker, pruned, repaired))
    return curves


def _draw_stops(axes: "Axes", sweep: Sweep, stops: Sequence[Stop]) -> None:
    start = sweep.points[0].validation
    names: dict[int, list[str]] = {}
    levels: list[tuple[float, str]] = []
    for stop in stops:
        if stop.threshold is None or stop.side is not Side.BEFORE or stop.point is None:
            continue
        names.setdefault(stop.point.pruned_count, []).append(f"−{points(stop.threshold)}")
        if start is not None and start.pruned.total:
            level = 100 * max(0.0, start.pruned.rate - stop.threshold)
            axes.axhline(level, color="#6b7280", linewidth=0.8, linestyle=(0, (1, 3)))
            levels.append((level, f"−{points(stop.threshold)}"))
    lowest = math.inf
    for level, label in sorted(levels, reverse=True):
        # Beside the axes, so that they hide no curve; moved down if lines are closer than the height of a letter.
        lowest = min(level, lowest - LABEL_HEIGHT)
        axes.annotate(
            label,
            (1, level),
            xytext=(1.008, lowest),
            xycoords=("axes fraction", "data"),
            textcoords=("axes fraction", "data"),
            va="center",
            fontsize=8,
            color="#374151",
            annotation_clip=False,
        )
    for position, (count, thresholds) in enumerate(sorted(names.items())):
        axes.axvline(count, color="#6b7280", linewidth=0.9, linestyle=(0, (6, 3)))
        axes.annotate(
            f"{', '.join(thresholds)} points: {count} ",
            (count, 3 + 5 * position),
            ha="right" if count > sweep.ranking.layer.channel_count / 3 else "left",
            fontsize=8.5,
            color="#374151",
            bbox={"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none"},
        )


def _darker(colour: str) -> str:
    parts = (int(colour[start : start + 2], 16) * 5 // 9 for start in (1, 3, 5))
    return "#" + "".join(f"{part:02x}" for part in parts)


def _percents(shares: Sequence[Share | None]) -> list[float]:
    return [100 * share.rate if share is not None and share.total else math.nan for share in shares]
