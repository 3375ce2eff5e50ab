"""Other runs in the same picture: their curves beside those of the run that is shown."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from core.records import Share, SweepPoint
from gui.charts.curve_series import CurvesOf, Series, series_of
from gui.state.pruning_run import Curve
from gui.theme import theme

LONG, SHORT, DOT, GAP = 7.0, 2.2, 1.0, 1.6
_FIGURES = {"validation": LONG, "asr": SHORT, "detection": DOT}
_WIDTHS = {"validation": 1.4, "asr": 1.8, "detection": 2.2}


@dataclass(frozen=True, slots=True, eq=False)
class OverlaidRun:
    """A finished run that is drawn beside another one.

    Attributes:
        name: its name.
        place: its place among the kept runs, which decides its dashes.
        colour: the number of its colour in the theme.
        curve: its curve.
        poisoned_names: the poisoned sets, in the order of `SweepPoint.poisoned`.
    """

    name: str
    place: int
    colour: int
    curve: Curve
    poisoned_names: tuple[str, ...]

    @property
    def last_step(self) -> int:
        """Its last step."""
        return len(self.curve.points) - 1


def run_colour(number: int) -> str:
    """Return the colour of a run in the current theme."""
    colours = theme.current().runs
    return colours[number % len(colours)]


def run_dashes(place: int, figure: str = "validation") -> tuple[float, ...]:
    """Return the dashes of a run: long ones for clean accuracy, short ones for ASR, then a dot for each place."""
    return (_FIGURES[figure], GAP, *((DOT, GAP) * (place + 1)))


def overlay_series(network: CurvesOf, run: OverlaidRun) -> tuple[Series, ...]:
    """Return the curves of another run: clean validation accuracy, ASR, and for G its detection rate."""
    found = []
    for series in series_of(network, poisoned_names=run.poisoned_names, has_test=False):
        figure = series.key.split("-")[0]
        if figure in _FIGURES:
            found.append(
                replace(
                    series,
                    key=f"run{run.place}-{series.key}",
                    name=f"{run.name}: {series.name}",
                    full_name=f"{run.name}: {series.full_name}",
                    data_name=f"{run.name}: {series.data_name}",
                    colour=lambda: run_colour(run.colour),
                    share=_share_of(run, series),
                    dashes=run_dashes(run.place, figure),
                    width=_WIDTHS[figure],
                    has_thresholds=False,
                    group=run.name,
                )
            )
    return tuple(found)


def _share_of(run: OverlaidRun, series: Series) -> Callable[[SweepPoint], Share | None]:
    """Return what gives the other run's share at the same number of pruned channels."""

    def share(point: SweepPoint) -> Share | None:
        step = point.pruned_count
        return series.share(run.curve.points[step]) if step <= run.last_step else None

    return share
