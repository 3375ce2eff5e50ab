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

if TYPE_CHECKING:  # Drawing takes half a second to import; most starts draw nothing.
    from matplotlib.figure import Figure

KINDS = {".png": "png", ".svg": "svg"}


def write_image(path: str | os.PathLike[str], draw: "Callable[[], Figure]", *, what: str) -> None:
    """Write a drawing as .png or .svg.

    Args:
        path: where to.
        draw: makes the drawing.
        what: it shows, for the refusal.

    Raises:
        ExportError: another suffix, or it could not be written.
    """
    target = Path(path)
    kind = KINDS.get(target.suffix.lower())
    if kind is None:
        raise ExportError(f"an image of {what} must end in .png or .svg, got '{target.name}'", code="wrong-suffix")
    figure = draw()
    from matplotlib import rc_context  # noqa: PLC0415  # with the figure, it is imported already

    content = io.BytesIO()
    # Neither a date nor random names: the same drawing gives the same file.
    metadata: dict[str, Any] = {"Date": None} if kind == "svg" else {"Software": None}
    with rc_context({"svg.hashsalt": "curve"}):
        figure.savefig(content, format=kind, dpi=160, metadata=metadata)
    write_file(target, content.getvalue())


def quiet_matplotlib() -> None:
    """Give matplotlib a folder for its list of fonts, and keep it from talking about it."""
    cache = os.environ.get("BACKDOOR_INSPECTOR_CACHE") or platformdirs.user_cache_dir(
        "backdoor-inspector", appauthor=False
    )
    os.environ.setdefault("MPLCONFIGDIR", str(Path(cache) / "matplotlib"))
    logging.getLogger("matplotlib").setLevel(logging.ERROR)


def plain(text: str) -> str:
    """The same without what matplotlib takes for a formula."""
    return text.replace("$", r"\$")


def shortened(name: str, *, length: int = 32) -> str:
    """A long name with its middle left out."""
    return name if len(name) <= length else f"{name[: length - 12]}…{name[-11:]}"
