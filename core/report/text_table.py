"""Tables as aligned text."""

import unicodedata
from collections.abc import Sequence

from core.records import Share
from core.words import NOTHING, percent

LINE_END = "\n"


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Align cells: the first column left, the others right, two spaces between columns."""
    widths = [max(display_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [_padded(row[0], widths[0], is_left=True)]
        cells += [_padded(cell, width, is_left=False) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("  ".join(cells).rstrip())
    return lines


def share_cell(share: Share | None) -> str:
    """Format a share on one line, "96.36 %  424/440"; "–" if there is none."""
    return NOTHING if share is None else f"{percent(share)}  {share.count}/{share.total}"


def display_width(text: str) -> int:
    """Return how many terminal columns a text takes."""
    return sum(0 if unicodedata.combining(each) else 1 + (unicodedata.east_asian_width(each) in "WF") for each in text)


def _padded(text: str, width: int, *, is_left: bool) -> str:
    blanks = " " * (width - display_width(text))
    return text + blanks if is_left else blanks + text
