"""Figures as a report prints them; "100 %" and "0 %" are said of all and none alone, never by rounding."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from core.records import Scale, Share, Side, Stop

NOTHING = "–"
TARGET_NOTE = (
    "A poisoned file in the lab's format holds only target labels: images whose true label is the target cannot be "
    "told apart in it, so its attack success rate counts them where there are any."
)


def percent(share: Share) -> str:
    """A share as "96.28 %", with as many decimals as it takes not to round to all or nothing."""
    if not share.total:
        return NOTHING
    if share.count in (0, share.total):
        return "100 %" if share.count else "0 %"
    exact = Fraction(100 * share.count, share.total)
    digits = 2
    while Decimal(text := _fixed(exact, digits)) in (0, 100):
        digits += 1
    return f"{text} %"


def bounds(share: Share) -> str:
    """The ends of the 95 % interval: "91.14–99.71"."""
    low, high = (100 * end for end in share.interval)
    return f"{low:.2f}–{high:.2f}".replace("100.00", "100").replace("0.00–", "0–")


def points(threshold: float) -> str:
    """An allowed drop as people write it: "2", "0.5"."""
    return f"{100 * threshold:.6g}"


def points_text(threshold: float) -> str:
    """An allowed drop with its unit: "2 points", "1 point"."""
    text = points(threshold)
    return f"{text} point" if text == "1" else f"{text} points"


def stop_text(stop: Stop) -> str:
    """A row of the results table: "unpruned", or "2 points, before crossing"."""
    if stop.threshold is None:
        return "unpruned"
    return f"{points_text(stop.threshold)}, {'before' if stop.side is Side.BEFORE else 'after'} crossing"


def scale_text(scale: Scale) -> str:
    """A range of pixel values: "0–255" or "0–1"."""
    return "0–255" if scale is Scale.RAW else "0–1"


def joined(names: Sequence[str]) -> str:
    """Names as a list in a sentence: "a, b and c"."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def printable(text: str) -> str:
    """A name from outside with control characters shown as escapes, so that it cannot command a terminal."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in text)


def _fixed(value: Fraction, digits: int) -> str:
    scaled = round(value * 10**digits)
    return str(Decimal(scaled).scaleb(-digits))
