"""What an earlier run says of itself in the folder it wrote to; nothing of it is believed but names.

The folder may come from somebody else, so that its size is bounded and it is read as plain JSON.
"""

import json
from pathlib import Path
from typing import Any

from core.repair_methods import Method
from core.version import NAME

RESULTS_FILE = "results.json"
LARGEST_RESULTS_BYTES = 2**20  # ours are some ten thousand; it is parsed in this process


def earlier_results(folder: Path) -> dict[str, Any]:
    """The results that lie in a folder; empty where there are none, or they are not ours."""
    results = folder / RESULTS_FILE
    try:
        if not results.is_file() or results.stat().st_size > LARGEST_RESULTS_BYTES:
            return {}
        told = json.loads(results.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) and told.get("application") == NAME else {}


def files_of(results: dict[str, Any]) -> tuple[str, ...]:
    """The names of the files that were written together with results."""
    files = results.get("files")
    return tuple(each for each in files if isinstance(each, str)) if isinstance(files, list) else ()


def method_of(path: Path) -> Method | None:
    """By which method `repair` says that it made a network's file; None where nothing says so."""
    results = earlier_results(path.parent)
    if path.name not in files_of(results):
        return None
    return next((each for each in Method if each.value == results.get("method")), None)
