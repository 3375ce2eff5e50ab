"""Drawings as image files, made without a window."""

import io
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs

from core.errors import ExportError
from core.export_file import write_file

if TYPE_CHECKING:  # importing matplotlib takes half a second; most runs do not draw
    from matplotlib.figure import Figure

KINDS = {".png": "png", ".svg": "svg"}


def write_image(path: str | os.PathLike[str], draw: "Callable[[], Figure]", *, what: str) -> None:
    """Write a drawing as .png or .svg.

    Args:
        path: the file.
        draw: creates the drawing.
        what: what it shows, for the error message.

    Raises:
        ExportError: the suffix is unknown, or the file could not be written.
    """
    target = Path(path)
    kind = KINDS.get(target.suffix.lower())
    if kind is None:
        raise ExportError(f"an image of {what} must end in .png or .svg, got '{target.name}'", code="wrong-suffix")
    figure = draw()
    from matplotlib import rc_context  # noqa: PLC0415  # already imported with the figure

    content = io.BytesIO()
    # Neither a date nor random names: the same drawing gives the same file.
    metadata: dict[str, Any] = {"Date": None} if kind == "svg" else {"Software": None}
    with rc_context({"svg.hashsalt": "curve"}):
        figure.savefig(content, format=kind, dpi=160, metadata=metadata)
    write_file(target, content.getvalue())


def quiet_matplotlib() -> None:
    """Give matplotlib a folder for its font list, and silence its log messages about it."""
    cache = os.environ.get("BACKDOOR_INSPECTOR_CACHE") or platformdirs.user_cache_dir(
        "backdoor-inspector", appauthor=False
    )
    os.environ.setdefault("MPLCONFIGDIR", str(Path(cache) / "matplotlib"))
    logging.getLogger("matplotlib").setLevel(logging.ERROR)


def plain(text: str) -> str:
    """Escape what matplotlib would read as a formula."""
    return text.replace("$", r"\$")


def shortened(name: str, *, length: int = 32) -> str:
    """Shorten a long name by leaving out its middle."""
    return name if len(name) <= length else f"{name[: length - 12]}…{name[-11:]}"
