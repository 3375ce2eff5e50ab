"""Which curves are drawn of a sweep or a refit: their names, colours, and the share of a step that each one shows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from core.records import Share, SweepPoint
from core.refit.records import RefitEpoch
from gui.theme import formatting, theme

CurvesOf = Literal["pruned", "repaired"]
"""B′ or G; also the name of the scores' field that holds its figures."""


@dataclass(frozen=True, slots=True)
class Series:
    """One curve.

    Attributes:
        key: unique among the curves of a network.
        name: what the person reads.
        full_name: the same with the whole name of the file.
        colour: its colour in the theme in force.
        share: its value at a step (a `SweepPoint` of a sweep, a `RefitEpoch` of a refit); None where the set is not
            loaded.
        is_dashed: drawn in dashes.
        has_thresholds: whether the thresholds belong to it.
    """

    key: str
    name: str
    colour: Callable[[], str]
    share: Callable[[Any], Share | None]
    full_name: str
    is_dashed: bool = False
    has_thresholds: bool = False


def series_of(network: CurvesOf, *, poisoned_names: Sequence[str], has_test: bool) -> tuple[Series, ...]:
    """The curves of a network, the clean ones first.

    Args:
        network: B′ or G.
        poisoned_names: the poisoned sets, in the order of `SweepPoint.poisoned`.
        has_test: whether a clean test set is loaded.
    """
    is_repaired = network == "repaired"
    series = [
        Series(
            "validation",
            "clean validation",
            lambda: theme.current().validation,
            partial(_validation_share, field=network),
            "clean validation",
            has_thresholds=not is_repaired,
        )
    ]
    if has_test:
        share = partial(_test_share, field=network)
        series.append(Series("test", "clean test", lambda: theme.current().test, share, "clean test", is_dashed=True))
    for place, (name, short) in enumerate(zip(poisoned_names, formatting.short_names(poisoned_names), strict=True)):
        suffix = f", {short}" if len(poisoned_names) > 1 else ""
        share = partial(_poisoned_share, place=place, field=network)
        series.append(Series(f"asr-{place}", f"ASR{suffix}", partial(_asr_colour, place), share, f"ASR of {name}"))
        if is_repaired:
            share = partial(_poisoned_share, place=place, field="flagged")
            colour = partial(_asr_colour, place) if place else _detection_colour
            full = f"detection rate of {name}"
            series.append(Series(f"detection-{place}", f"detection{suffix}", colour, share, full, is_dashed=place > 0))
    if is_repaired:
        name = f"false alarms, {'test' if has_test else 'validation'}"
        colour = _false_alarm_colour
        series.append(Series("false-alarm", name, colour, _false_alarms, name, is_dashed=True))
    return tuple(series)


def history_series(*, poisoned_names: Sequence[str], has_test: bool) -> tuple[Series, ...]:
    """The curves of a refit over its epochs: what it is chosen by first, then what is only watched.

    Args:
        poisoned_names: the poisoned sets, in the order of `RefitEpoch.poisoned`.
        has_test: whether a clean test set is loaded.
    """
    chosen_by = "clean held-out"
    series = [Series("held-out", chosen_by, lambda: theme.current().validation, _held_out_share, chosen_by)]
    if has_test:
        watched = "clean test, only watched"
        series.append(
            Series("test", "clean test", lambda: theme.current().test, _watched_test_share, watched, is_dashed=True)
        )
    for place, (name, short) in enumerate(zip(poisoned_names, formatting.short_names(poisoned_names), strict=True)):
        suffix = f", {short}" if len(poisoned_names) > 1 else ""
        share = partial(_watched_attack_share, place=place)
        full = f"ASR of {name}, only watched"
        series.append(Series(f"asr-{place}", f"ASR{suffix}", partial(_asr_colour, place), share, full))
    return tuple(series)


def _held_out_share(epoch: RefitEpoch) -> Share | None:
    return epoch.held_out


def _watched_test_share(epoch: RefitEpoch) -> Share | None:
    return epoch.test


def _watched_attack_share(epoch: RefitEpoch, *, place: int) -> Share | None:
    return epoch.poisoned[place] if place < len(epoch.poisoned) else None


def _validation_share(point: SweepPoint, *, field: str) -> Share | None:
    return getattr(point.validation, field, None)


def _test_share(point: SweepPoint, *, field: str) -> Share | None:
    return getattr(point.test, field, None)


def _poisoned_share(point: SweepPoint, *, place: int, field: str) -> Share | None:
    return getattr(point.poisoned[place], field) if place < len(point.poisoned) else None


def _false_alarms(point: SweepPoint) -> Share | None:
    score = point.test or point.validation
    return score.flagged if score else None


def _asr_colour(place: int) -> str:
    colours = theme.current().asr
    return colours[place % len(colours)]


def _detection_colour() -> str:
    return theme.current().detection


def _false_alarm_colour() -> str:
    return theme.current().false_alarm
