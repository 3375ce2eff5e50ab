"""The curves of a sweep or a refit: their names, colours, and the share that each one shows at a step."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

from core import words
from core.images.answers import Who
from core.images.selection import AskedShare
from core.metrics.figures import (
    ATTACK,
    CLEAN_HELD_OUT,
    CLEAN_TEST,
    CLEAN_VALIDATION,
    DETECTED,
    FALSE_ALARM_TEST,
    FALSE_ALARM_VALIDATION,
    Figure,
    figures_of,
)
from core.metrics.network_scores import NetworkKind, SetRole
from core.records import Share
from core.refit.records import RefitEpoch
from core.report.repair.record import epoch_scores
from gui.charts.curve.line import DASHES, CurveLine
from gui.theme import formatting, theme

CurvesOf = Literal["pruned", "repaired"]
"""B′ or G; a `NetworkKind`."""

WATCHED = ", only measured"
"""Added to figures that refitting uses neither for training nor for choosing."""

# No two curves of a chart differ by colour alone.
ATTACK_DASHES = ((6, 1.6, 1, 1.6), (6, 1.6, 1, 1.6, 1, 1.6), (10, 1.6, 1, 1.6), (10, 1.6, 1, 1.6, 1, 1.6))
DETECTION_DASHES = ((1, 1.4), (1, 2.8), (1, 1.4, 1, 4), (1, 1.4, 1, 1.4, 1, 4))
FALSE_ALARM_DASHES = (4, 1.6, 4, 1.6, 1, 1.6)
OTHER_DASHES = (1.6, 1.6)

HELD_OUT = ", validation images that are not trained with"


@dataclass(frozen=True, slots=True)
class Series:
    """One curve.

    Attributes:
        key: unique among the curves of a network.
        name: shown in the legend.
        full_name: the name with the file name in full.
        data_name: the title of its column in a table, where no name is shortened.
        colour: returns its colour in the current theme.
        share: returns its value at a step (a `SweepPoint` of a sweep, a `RefitEpoch` of a refit); None if the set is
            not loaded.
        dashes: lengths of dash and gap as multiples of the width; empty for a solid line.
        has_thresholds: whether the thresholds refer to it.
        width: of the line, in logical pixels.
        group: what it belongs to, if it is not the shown run: the first part of its names, before a colon.
        ask: returns a share of the curve with what it counts, to show its images.
    """

    key: str
    name: str
    colour: Callable[[], str]
    share: Callable[[Any], Share | None]
    full_name: str
    dashes: tuple[float, ...] = ()
    data_name: str = ""
    has_thresholds: bool = False
    width: float = 2.0
    ask: Callable[[Share], AskedShare] | None = None
    group: str = ""

    @property
    def short_name(self) -> str:
        """The name without its group."""
        return self.name.removeprefix(f"{self.group}: ") if self.group else self.name

    @property
    def is_dashed(self) -> bool:
        """Whether it is not solid."""
        return bool(self.dashes)

    def line(self) -> CurveLine:
        """Return its style in the current theme."""
        return CurveLine(self.colour(), is_dashed=self.is_dashed, width=self.width, dashes=self.dashes)


def series_of(network: CurvesOf, *, poisoned_names: Sequence[str], has_test: bool) -> tuple[Series, ...]:
    """Return the curves of a network, those of clean sets first.

    Args:
        network: B′ or G.
        poisoned_names: the poisoned sets, in the order of `SweepPoint.poisoned`.
        has_test: whether a clean test set is loaded.
    """
    kind = NetworkKind(network)
    who = Who.AGREEMENT if kind is NetworkKind.REPAIRED else Who.PRUNED
    figures = figures_of(kind)
    series = [
        _curve(figure, partial(figure.share_at, network=kind), who, has_thresholds=figure.role is SetRole.VALIDATION)
        for figure in figures
        if not figure.is_of_many and not figure.is_of_flags and (has_test or figure.role is not SetRole.TEST)
    ]
    if kind is NetworkKind.REPAIRED:
        series = [replace(each, has_thresholds=False) for each in series]
    for place in range(len(poisoned_names)):
        for figure in figures:
            if figure.is_of_many:
                share = partial(figure.share_at, network=kind, place=place)
                series.append(_set_curve(figure, share, who, place=place, poisoned_names=poisoned_names))
    flagged_role = SetRole.TEST if has_test else SetRole.VALIDATION
    series += [
        _curve(figure, partial(figure.share_at, network=kind), who)
        for figure in figures
        if figure.is_of_flags and figure.role is flagged_role
    ]
    return tuple(series)


def history_series(*, poisoned_names: Sequence[str], has_test: bool) -> tuple[Series, ...]:
    """Return the curves of a refit over its epochs: first the figure that it chooses by, then those it only measures.

    Args:
        poisoned_names: the poisoned sets, in the order of `RefitEpoch.poisoned`.
        has_test: whether a clean test set is loaded.
    """
    series = []
    roles = (SetRole.HELD_OUT, *([SetRole.TEST] if has_test else []), SetRole.POISONED)
    for figure in figures_of(NetworkKind.PRUNED, roles=roles):
        if figure.is_of_many:
            for place in range(len(poisoned_names)):
                share = partial(_epoch_share, figure=figure, place=place)
                curve = _set_curve(figure, share, Who.PRUNED, place=place, poisoned_names=poisoned_names)
                series.append(replace(curve, full_name=f"{curve.full_name}{WATCHED}"))
        else:
            curve = _curve(figure, partial(_epoch_share, figure=figure), Who.PRUNED)
            remark = WATCHED if figure.role is SetRole.TEST else HELD_OUT
            series.append(replace(curve, full_name=f"{curve.full_name}{remark}"))
    return tuple(series)


def _curve(figure: Figure, share: Callable[[Any], Share | None], who: Who, *, has_thresholds: bool = False) -> Series:
    """Return the curve of a figure with a single value at each step."""
    key, colour, dashes = _STYLES.get(figure.key, (figure.key, partial(_asr_colour, 0), (OTHER_DASHES,)))
    name = figure.curve_title if figure.is_of_flags else figure.title
    ask = partial(AskedShare, figure, who)
    return Series(
        key,
        name,
        colour,
        share,
        name,
        dashes=dashes[0],
        data_name=name,
        has_thresholds=has_thresholds,
        ask=ask,
    )


def _set_curve(
    figure: Figure,
    share: Callable[[Any], Share | None],
    who: Who,
    *,
    place: int,
    poisoned_names: Sequence[str],
) -> Series:
    """Return the curve of a poisoned set's figure: the figures of a set have one colour and different dashes."""
    key, colour, dashes = _STYLES.get(figure.key, (figure.key, partial(_asr_colour, place), (OTHER_DASHES,)))
    if place:
        colour = partial(_asr_colour, place)
    name, data_name = (
        f"{figure.title}{',' if len(poisoned_names) > 1 else ''}{endings[place]}"
        for endings in (formatting.set_endings(poisoned_names), words.set_endings(poisoned_names))
    )
    full = f"{figure.title if figure.title.isupper() else figure.curve_title} of {poisoned_names[place]}"
    ask = partial(AskedShare, figure, who, place=place)
    return Series(
        f"{key}-{place}", name, colour, share, full, dashes=dashes[place % len(dashes)], data_name=data_name, ask=ask
    )


def _epoch_share(epoch: RefitEpoch, *, figure: Figure, place: int = 0) -> Share | None:
    shares = figure.shares(epoch_scores(epoch))
    return shares[place] if place < len(shares) else None


def _asr_colour(place: int) -> str:
    colours = theme.current().asr
    return colours[place % len(colours)]


def _detection_colour() -> str:
    return theme.current().detection


def _false_alarm_colour() -> str:
    return theme.current().false_alarm


_Styles = dict[str, tuple[str, Callable[[], str], tuple[tuple[float, ...], ...]]]

_STYLES: _Styles = {
    CLEAN_HELD_OUT.key: ("held-out", lambda: theme.current().validation, ((),)),
    CLEAN_VALIDATION.key: ("validation", lambda: theme.current().validation, ((),)),
    CLEAN_TEST.key: ("test", lambda: theme.current().test, (DASHES,)),
    ATTACK.key: ("asr", partial(_asr_colour, 0), ATTACK_DASHES),
    DETECTED.key: ("detection", _detection_colour, DETECTION_DASHES),
    FALSE_ALARM_VALIDATION.key: ("false-alarm", _false_alarm_colour, (FALSE_ALARM_DASHES,)),
    FALSE_ALARM_TEST.key: ("false-alarm", _false_alarm_colour, (FALSE_ALARM_DASHES,)),
}
"""Key, colour and dashes of each figure's curve; dashes for each of several poisoned sets, the colour for the first."""
