"""What a network reads for a pixel, as this program stores it in the files that it saves."""

import re
from typing import Any

from core.intake.refusal import Refusal
from core.scale import Scale

_MOST = 5  # numbers that are looked at; a scale has fewer
_NAME = re.compile(r"[a-z][a-z -]{0,39}")
STORED_KEY = "backdoor_inspector"
"""The key in a `.keras` file's metadata, and the attribute of an `.h5` file, where Keras looks at neither."""


def stored_scale(stored: Any, name: str) -> dict[str, object] | None:
    """Return the scale that is stored under `STORED_KEY`, checked, as plain JSON values; None if there is none.

    Args:
        stored: the JSON value under the key; None if the file has none.
        name: the file's name.

    Raises:
        Refusal: `damaged-file`, if something else is stored there.
    """
    if stored is None:
        return None
    try:
        (values,) = (stored["scale"],)
        if set(values) != {"name", "mean", "deviation", "is_bgr"} or type(values["is_bgr"]) is not bool:
            raise ValueError("not the fields of a scale")
        numbers = {key: tuple(map(_number, values[key][:_MOST])) for key in ("mean", "deviation")}
        if not isinstance(values["name"], str) or not _NAME.fullmatch(values["name"]):
            raise ValueError("not a name")
        scale = Scale(values["name"], numbers["mean"], numbers["deviation"], values["is_bgr"])
    except (KeyError, TypeError, ValueError) as error:
        raise Refusal(
            "damaged-file", f"'{name}' does not say clearly what its network reads for a pixel: save it again"
        ) from error
    return scale.as_json()


def _number(value: Any) -> float:
    if type(value) not in (int, float):
        raise ValueError("not a number")
    return float(value)
