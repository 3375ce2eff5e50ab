"""JSON from a file, read strictly: no key twice, no NaN, no infinity."""

import json
import math
from typing import Any, NoReturn


def parse_json(text: str | bytes) -> Any:
    """Parse JSON; refuse what Python accepts, but another program may read differently.

    Raises:
        ValueError: it is not JSON, a key occurs twice in one object, a number is not finite or has too many digits,
            or it is nested too deeply.
    """
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_float=_finite)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    unique = dict(pairs)
    if len(unique) != len(pairs):
        raise ValueError("a key occurs twice in one object")
    return unique


def _refuse_constant(constant: str) -> NoReturn:
    # NaN and the infinities, which Python accepts but JSON does not allow.
    raise ValueError(f"{constant} is not JSON")


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(f"{number[:20]} is too large for a number")
    return value
