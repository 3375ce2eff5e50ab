"""The layout of a panel's header: one line, and more where the controls do not fit beside the title."""

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayoutItem

from gui.layout.wrapping import WrappingLayout

LINE_GAP = 4  # between two lines, in logical pixels
EDGE = 2  # above and below the lines, for the ring around what has the focus


class HeaderLayout(WrappingLayout):
    """Title and detail at the left, controls at the right; the controls wrap below them if they do not fit.

    The first item is the title, the second the detail, which may be narrower than its text; all others are controls.

    Args:
        gap: the distance between two items, in logical pixels.
    """

    def __init__(self, gap: int) -> None:
        super().__init__()
        self._gap = gap

    def expandingDirections(self) -> Qt.Orientation:
        """It is as wide as the panel, and no higher than its lines."""
        return Qt.Orientation.Horizontal

    def sizeHint(self) -> QSize:
        """Return the size of a single line."""
        shown = self._shown(self._items)
        width = sum(item.sizeHint().width() for item in shown) + self._gap * max(0, len(shown) - 1)
        return QSize(width, _height_of(shown) + 2 * EDGE)

    def minimumSize(self) -> QSize:
        """Return the width of the widest item, and the height of the highest."""
        shown = self._shown(self._items)
        return QSize(max((item.minimumSize().width() for item in shown), default=0), _height_of(shown) + 2 * EDGE)

    def _place(self, rect: QRect, *, is_moving: bool) -> int:
        """Place the visible items in lines; return the height."""
        heads, controls = self._shown(self._items[:2]), self._shown(self._items[2:])
        least = sum(item.minimumSize().width() + self._gap for item in heads)
        widths = self._widths(controls, rect.width() - least)
        if widths is not None:
            lines = [(heads, controls, widths)]
        else:
            lines = [(heads, [], [])]
            for line in self._lines(controls, rect.width()):
                lines.append(([], line, self._widths(line, rect.width()) or [rect.width()]))
        top = rect.top() + EDGE
        for place, (left, right, wide) in enumerate(lines):
            top += LINE_GAP if place else 0
            height = _height_of([*left, *right])
            if is_moving:
                self._place_line(QRect(rect.left(), top, rect.width(), height), left, right, wide)
            top += height
        return top + EDGE - rect.top()

    def _place_line(
        self, line: QRect, heads: list[QLayoutItem], controls: list[QLayoutItem], widths: list[int]
    ) -> None:
        right = line.left() + line.width()
        for item, width in zip(reversed(controls), reversed(widths), strict=True):
            right -= width
            _put(item, right, width, line)
            right -= self._gap
        left = line.left()
        for item in heads:
            width = max(0, min(item.sizeHint().width(), right - left))
            if item is heads[-1] and len(heads) > 1:
                width = max(0, right - left)
            _put(item, left, width, line)
            left += width + self._gap

    def _lines(self, controls: list[QLayoutItem], room: int) -> list[list[QLayoutItem]]:
        """Distribute controls over as many lines as they need."""
        lines: list[list[QLayoutItem]] = []
        for item in controls:
            if lines and self._widths([*lines[-1], item], room) is not None:
                lines[-1].append(item)
            else:
                lines.append([item])
        return lines

    def _widths(self, items: list[QLayoutItem], room: int) -> list[int] | None:
        """Return widths that fit, less than wanted for items that can be narrower; None if none do."""
        gaps = self._gap * max(0, len(items) - 1)
        wide = [item.sizeHint().width() for item in items]
        missing = sum(wide) + gaps - room
        for place in sorted(range(len(items)), key=lambda each: items[each].minimumSize().width() - wide[each]):
            taken = max(0, min(missing, wide[place] - items[place].minimumSize().width()))
            wide[place] -= taken
            missing -= taken
        return None if missing > 0 and items else wide

    @staticmethod
    def _shown(items: list[QLayoutItem]) -> list[QLayoutItem]:
        return [item for item in items if not item.isEmpty()]


def _height_of(items: list[QLayoutItem]) -> int:
    return max((item.sizeHint().height() for item in items), default=0)


def _put(item: QLayoutItem, left: int, width: int, line: QRect) -> None:
    """Put an item in the middle of a line's height."""
    height = min(item.sizeHint().height(), line.height())
    item.setGeometry(QRect(QPoint(left, line.top() + (line.height() - height) // 2), QSize(width, height)))
