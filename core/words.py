"""Figures and names as text, for the terminal, the report and the window.

Figures are exact: "100 %" and "0 %" are said of all and none alone, never by rounding.
"""

import math
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from core.channels import PrunableLayer
from core.records import Scale, Share, Side

NOTHING = "–"
"""Stands where a set is not loaded or a step does not exist."""

TARGET_NOTE = "Images whose true label is the target cannot be left out: the file holds target labels only."
"""Said beside every ASR of a poisoned file in the lab's format."""


def layer_title(layer: PrunableLayer) -> str:
    """A layer as a heading says it: its name, or which are meant together, the deepest first."""
    if not layer.parts:
        return layer.name
    names = ", ".join(part.name for part in layer.parts)
    return f"all convolutions ({names})" if layer.is_all else f"{names} together"


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
