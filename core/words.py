"""Figures and names as text, for the terminal, the report and the window.

Figures are exact: "100 %" and "0 %" are said of all and none alone, never by rounding.
"""

import math
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import numpy as np

from core.channels import ALL_LAYERS, PrunableLayer
from core.confidence import CERTAINTY, ConfidenceLevel, needed_count
from core.records import Scale, Share, Side, Stop

NOTHING = "–"
"""Stands where a set is not loaded or a step does not exist."""

TARGET_NOTE = "Images whose true label is the target cannot be left out: the file holds target labels only."
"""Said beside every ASR of a poisoned file in the lab's format."""

LEVEL_OF_ALL = "If the network was refitted on some of these, G flags more of others."
"""Said beside a level of confidence that was found on all validation images."""


def layer_title(layer: PrunableLayer) -> str:
    """A layer as a heading says it: its name, or which are meant together, the deepest first."""
    if not layer.parts:
        return layer.name
    names = ", ".join(part.name for part in layer.parts)
    return f"all convolutions ({names})" if layer.name == ALL_LAYERS else f"{names} together"


def channel_name(layer: PrunableLayer, channel: int) -> str:
    """A channel as a table says it: its index, with its layer's name where there are several."""
    name, index = layer.locate(channel)
    return f"{name} {index}" if layer.parts else str(index)


def percent(share: Share) -> str:
    """A share as "96.28 %", with as many decimals as it takes not to round to all or nothing."""
    return _percent(Fraction(100 * share.count, share.total)) if share.total else NOTHING


def rate_text(rate: float) -> str:
    """A rate in [0, 1] as "96.28 %"; "–" of NaN."""
    return NOTHING if math.isnan(rate) else _percent(100 * Fraction(rate))


def bounds(share: Share) -> str:
    """The ends of the 95 % interval: "91.14–99.71"."""
    return "–".join(rate_text(end).removesuffix(" %") for end in share.interval)


def points(threshold: float) -> str:
    """An allowed drop as people write it: "2", "0.5"."""
    return f"{100 * threshold:.6g}"


def counted(count: int, one: str, many: str = "") -> str:
    """A count with its noun: "1 image", "12 images"."""
    return f"{count} {one}" if count == 1 else f"{count} {many or one + 's'}"


def points_text(threshold: float) -> str:
    """An allowed drop with its unit: "2 points", "1 point"."""
    text = points(threshold)
    return f"{text} point" if text == "1" else f"{text} points"


def level_text(level: ConfidenceLevel, *, is_held_out: bool) -> str:
    """What G by confidence asks for and how that was found, in one sentence.

    Args:
        level: the level.
        is_held_out: whether it was found on the held-out validation images; else on all.
    """
    rate, measured = points(level.false_alarm_rate), level.measured
    images = f"{'held-out' if is_held_out else 'clean'} validation images"
    if not measured.total:
        return f"There are no {images} to find a level of confidence by, so that G by confidence is G by agreement."
    if not level.is_enough:
        return (
            f"{counted(measured.total, images[:-1])} cannot tell a level of confidence for {rate} %, which takes "
            f"{needed_count(level.false_alarm_rate):,}: G by confidence is G by agreement."
        )
    certain = f"with {CERTAINTY * 100:g} % certainty"
    if not level.is_honoured:
        return (
            f"B and B′ disagree on {measured} {images}, too many for at most the {rate} % asked for of further ones "
            f"{certain}: no level of confidence is left, and G by confidence is G by agreement."
        )
    return (
        f"G by confidence also flags where B′'s confidence is below {np.float32(level.level)!s}, the largest level "
        f"at which {certain} at most {rate} % of further clean images are flagged, disagreement included: of the "
        f"{images} {measured} are."
    )


def compared_level_text(level: ConfidenceLevel, *, is_given: bool, is_held_out: bool) -> str:
    """The same of a network that is compared with others; it may have come with its level, or been refitted anywhere.

    Args:
        level: the level.
        is_given: whether it came with the network.
        is_held_out: whether it was found on held-out validation images; else on all.
    """
    if is_given and level.level:
        return (
            f"G by confidence also flags where B′'s confidence is below {np.float32(level.level)!s}, the level that "
            f"the network came with: of the clean validation images {level.measured} are flagged."
        )
    if is_given:
        return "The network came without a level of confidence: G by confidence is G by agreement."
    text = level_text(level, is_held_out=is_held_out)
    return text if is_held_out or not level.level else f"{text} {LEVEL_OF_ALL}"


def stop_text(stop: Stop) -> str:
    """A row of the results table: "unpruned", or "2 points, before crossing"."""
    if stop.threshold is None:
        return "unpruned"
    return f"{points_text(stop.threshold)}, {side_text(stop.side or Side.BEFORE)}"


def side_text(side: Side) -> str:
    """Which step of a stop: "before crossing" or "after crossing"."""
    return "before crossing" if side is Side.BEFORE else "after crossing"


def scale_name(scale: Scale) -> str:
    """A range of pixel values: "0–255" or "0–1"."""
    return "0–255" if scale is Scale.RAW else "0–1"


def joined(names: Sequence[str]) -> str:
    """Names as a list in a sentence: "a, b and c"."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def told_apart(files: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Names of files, given with their folders' names: these in front where two names are the same, else numbered."""
    plain = [name for name, _ in files]
    names = [f"{folder}/{name}" if plain.count(name) > 1 else name for name, folder in files]
    seen: dict[str, int] = {}
    distinct = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        distinct.append(name if names.count(name) == 1 else f"{name} ({seen[name]})")
    return tuple(distinct)


def printable(text: str) -> str:
    """A name from outside with control characters shown as escapes, so that it cannot command a terminal."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in text)


def _percent(value: Fraction) -> str:
    if value in (0, 100):
        return f"{value} %"
    digits = 2
    while Decimal(text := _fixed(value, digits)) in (0, 100) and digits < 12:
        digits += 1
    return f"{text} %"


def _fixed(value: Fraction, digits: int) -> str:
    scaled = round(value * 10**digits)
    return str(Decimal(scaled).scaleb(-digits))
