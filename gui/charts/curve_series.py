"""The curves of a sweep or a refit: their names, colours, and the share that each one shows at a step."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

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
from gui.theme import formatting, theme

CurvesOf = Literal["pruned", "repaired"]
"""B′ or G; a `NetworkKind`."""

WATCHED = ", only measured"
"""Added to figures that refitting uses neither for training nor for choosing."""

HELD_OUT = ", validation images that are not trained with"


@dataclass(frozen=True, slots=True)
class Series:
    """One curve.

    Attributes:
        key: unique among the curves of a network.
        name: shown in the legend.
        full_name: the name with the file name in full.
        colour: returns its colour in the current theme.
        share: returns its value at a step (a `SweepPoint` of a sweep, a `RefitEpoch` of a refit); None if the set is
            not loaded.
        is_dashed: whether it is drawn dashed.
        has_thresholds: whether the thresholds refer to it.
        ask: returns a share of the curve with what it counts, to show its images.
    """

    key: str
    name: str
    colour: Callable[[], str]
    share: Callable[[Any], Share | None]
    full_name: str
    is_dashed: bool = False
    has_thresholds: bool = False
    ask: Callable[[Share], AskedShare] | None = None


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
    for place, name in enumerate(poisoned_names):
        for figure in figures:
            if figure.is_of_many:
                share = partial(figure.share_at, network=kind, place=place)
                series.append(_set_curve(figure, share, who, name=name, place=place, poisoned_names=poisoned_names))
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
            for place, name in enumerate(poisoned_names):
                share = partial(_epoch_share, figure=figure, place=place)
                curve = _set_curve(figure, share, Who.PRUNED, name=name, place=place, poisoned_names=poisoned_names)
                series.append(replace(curve, full_name=f"{curve.full_name}{WATCHED}"))
        else:
            curve = _curve(figure, partial(_epoch_share, figure=figure), Who.PRUNED)
            remark = WATCHED if figure.role is SetRole.TEST else HELD_OUT
            series.append(replace(curve, full_name=f"{curve.full_name}{remark}"))
    return tuple(series)


def _curve(figure: Figure, share: Callable[[Any], Share | None], who: Who, *, has_thresholds: bool = False) -> Series:
    """Return the curve of a figure with a single value at each step."""
    key, colour, is_dashed = _STYLES.get(figure.key, (figure.key, partial(_asr_colour, 0), True))
    name = figure.curve_title if figure.is_of_flags else figure.title
    ask = partial(AskedShare, figure, who)
    return Series(key, name, colour, share, name, is_dashed=is_dashed, has_thresholds=has_thresholds, ask=ask)


def _set_curve(
    figure: Figure,
    share: Callable[[Any], Share | None],
    who: Who,
    *,
    name: str,
    place: int,
    poisoned_names: Sequence[str],
) -> Series:
    """Return the curve of a poisoned set's figure; unlike the ASR, which has the same colour, it is dashed."""
    key, colour, is_dashed = _STYLES.get(figure.key, (figure.key, partial(_asr_colour, place), True))
    if place:
        colour, is_dashed = partial(_asr_colour, place), figure.key != ATTACK.key
    suffix = formatting.set_endings(poisoned_names)[place]
    suffix = f",{suffix}" if len(poisoned_names) > 1 else suffix
    full = f"{figure.title if figure.title.isupper() else figure.curve_title} of {name}"
    ask = partial(AskedShare, figure, who, place=place)
    return Series(f"{key}-{place}", f"{figure.title}{suffix}", colour, share, full, is_dashed=is_dashed, ask=ask)


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


_STYLES: dict[str, tuple[str, Callable[[], str], bool]] = {
    CLEAN_HELD_OUT.key: ("held-out", lambda: theme.current().validation, False),
    CLEAN_VALIDATION.key: ("validation", lambda: theme.current().validation, False),
    CLEAN_TEST.key: ("test", lambda: theme.current().test, True),
    ATTACK.key: ("asr", partial(_asr_colour, 0), False),
    DETECTED.key: ("detection", _detection_colour, False),
    FALSE_ALARM_VALIDATION.key: ("false-alarm", _false_alarm_colour, True),
    FALSE_ALARM_TEST.key: ("false-alarm", _false_alarm_colour, True),
}
"""Key, colour and whether it is dashed, for the curve of each figure; of several poisoned sets, for the first one."""
