"""The description of a network in a file beside its weights (`net.json` beside `net.weights.h5`), or elsewhere.

The window's process reads its text and parses nothing; the child gets it together with the weights.
"""

import os
from pathlib import Path
from typing import Any

from core.intake.limits import MIB
from core.intake.readers.strict_json import parse_json
from core.intake.refusal import Refusal, shortened
from core.intake.source import open_source

_WEIGHTS_ENDINGS = (".weights.h5", "_weights.h5", ".h5", ".hdf5")
_LARGEST_BYTES = 16 * MIB


def read_architecture_beside(path: Path) -> str:
    """Return the text of the JSON file of a weights file's name; empty if there is none that can be read.

    Args:
        path: a file that may contain weights alone.
    """
    name = path.name.lower()
    ending = next((one for one in _WEIGHTS_ENDINGS if name.endswith(one)), None)
    if ending is None or len(name) == len(ending):
        return ""
    beside = path.with_name(f"{path.name[: -len(ending)]}.json")
    try:
        with open_source(beside) as file:
            if os.fstat(file.fileno()).st_size > _LARGEST_BYTES:
                return ""
            return file.read(_LARGEST_BYTES).decode("utf-8")
    except (Refusal, OSError, ValueError):
        return ""


def read_architecture(path: Path) -> str:
    """Return the text of a JSON file that a person named as the description of a network.

    Raises:
        Refusal: `missing-file`, `unreadable-file`, `file-too-large` or `wrong-format`.
    """
    name = shortened(path.name)
    with open_source(path) as file:
        if os.fstat(file.fileno()).st_size > _LARGEST_BYTES:
            raise Refusal("file-too-large", f"'{name}' has more than the {_LARGEST_BYTES:,} bytes of a description")
        try:
            text = file.read(_LARGEST_BYTES).decode("utf-8-sig")
        except UnicodeDecodeError:
            text = ""
    if not text.lstrip().startswith("{"):
        raise Refusal(
            "wrong-format", f"'{name}' is not the description of a network as model.to_json() writes it: expected JSON"
        )
    return text


def described_beside(architecture: str) -> dict[str, Any] | None:
    """Return the description of a network beside the weights, parsed; None if there is none, or something else."""
    try:
        described = parse_json(architecture) if architecture else None
    except ValueError:
        return None
    return described if isinstance(described, dict) and isinstance(described.get("class_name"), str) else None
