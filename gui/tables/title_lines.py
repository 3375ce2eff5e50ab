"""Column titles of up to two lines, and the places of the lines of a cell."""

from PySide6.QtCore import QRect
from PySide6.QtGui import QFont, QFontMetrics

from gui.theme import theme


def two_line_width(title: str, metrics: QFontMetrics) -> int:
    """Return the width of a title broken into at most two lines."""
    return max(metrics.horizontalAdvance(line) for line in two_lines(title, metrics))


def two_lines(title: str, metrics: QFontMetrics) -> tuple[str, str]:
    """Return a title broken at the space where its longer line is shortest; the second line may be empty."""
    parts = title.split(" ")
    breaks = [(" ".join(parts[:n]), " ".join(parts[n:])) for n in range(1, len(parts) + 1)]
    return min(breaks, key=lambda lines: max(metrics.horizontalAdvance(line) for line in lines))


def in_lines(title: str, metrics: QFontMetrics, *, width: int) -> str:
    """Return a title on one line if it is not wider, else on two; a name that was elided is never broken."""
    return title if metrics.horizontalAdvance(title) <= width else "\n".join(two_lines(title, metrics)).rstrip()


def group_colour(group: str) -> str:
    """Return the colour of a network, given its name; more words may follow the name."""
    colours = theme.current()
    return {"B′": colours.pruned_network, "G": colours.repaired}.get(group.split(" ", maxsplit=1)[0], colours.muted)


def cell_lines(rect: QRect, first_font: QFont, other_font: QFont, count: int) -> list[QRect]:
    """Return the rectangles of lines of text, centred vertically in a rectangle."""
    first, other = QFontMetrics(first_font).height(), QFontMetrics(other_font).height()
    top = rect.top() + (rect.height() - first - (count - 1) * other) // 2
    lower = [QRect(rect.left(), top + first + n * other, rect.width(), other) for n in range(count - 1)]
    return [QRect(rect.left(), top, rect.width(), first), *lower]
