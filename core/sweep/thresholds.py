"""Reading thresholds, the allowed drops of clean validation accuracy, from text."""

import math
import re

from core.errors import PruningError
from core.words import points

_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")
SMALLEST_POINTS, LARGEST_POINTS = 0.0001, 99.9999


def parse_thresholds(text: str) -> tuple[float, ...]:
    """Read allowed drops in points, such as "2, 4, 10" or "2; 4 %"; a separator may stand at the end.

    With semicolons between them, a comma between two digits is a decimal comma: "2,5; 4".

    Returns:
        The drops as rates in (0, 1), in the given order, each once.

    Raises:
        PruningError: a value is no number from `SMALLEST_POINTS` to `LARGEST_POINTS`, or two differ only after the
            sixth digit, so that the files named after them would have the same name.
    """
    pointed = _DECIMAL_COMMA.sub(".", text) if ";" in text else text
    words = pointed.replace(";", ",").replace("%", "").split(",")
    if len(words) > 1 and not words[-1].strip():
        words.pop()
    rates: dict[float, None] = {}
    for word in words:
        try:
            value = float(word)
        except ValueError:
            value = math.nan
        if not SMALLEST_POINTS <= value <= LARGEST_POINTS:
            raise PruningError(
                f"thresholds must be numbers from {SMALLEST_POINTS} to {LARGEST_POINTS} with commas between, "
                f"got '{word.strip()}' in '{text}'",
                code="bad-threshold",
            )
        rates[round(value / 100, 10)] = None
    names = [points(rate) for rate in rates]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise PruningError(
            f"thresholds must differ in their first six digits, as files are named by them: "
            f"two in '{text}' are both '{twice}'",
            code="bad-threshold",
        )
    return tuple(rates)
