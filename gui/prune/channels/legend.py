"""The legend of the bars: their colours, and the number of channels in each state."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from gui.theme import theme
from gui.widgets.labels import ScaledLabel

DEAD_TIP = "dead: zero on every image that was measured"
EMPTY_TEXT = "Open a model and clean validation images, then press Run"


class StateLegend(QWidget):
    """The legend of the bars' colours, with the number of channels in each state."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items: list[tuple[str, str, bool]] = []  # text, name of the theme's colour, whether hollow
        self._font_of = ScaledLabel(factor=theme.SMALL, parent=self)
        self._font_of.setVisible(False)
        theme.signals.theme_changed.connect(self.update)

    def set_counts(self, *, kept: int, pruned: int, dead: int, next_name: str, parts: Sequence[str] = ()) -> None:
        """Show these numbers.

        Args:
            kept: channels kept.
            pruned: channels pruned.
            dead: channels that were zero on every measured image.
            next_name: the channel that the next step prunes; empty at the last step.
            parts: more lines for the tooltip.
        """
        self._items = [(f"{kept} kept", "kept", False), (f"{pruned} pruned", "pruned", False)]
        if next_name:
            self._items.append((f"next: {next_name}", "next", False))
        if dead:
            self._items.append((f"{dead} dead", "dead", True))
        self.setToolTip("\n".join((self.text(), *parts, *([DEAD_TIP] if dead else []))))
        self.setAccessibleDescription(self.text())
        self.updateGeometry()
        self.update()

    @property
    def entries(self) -> tuple[tuple[str, str, bool], ...]:
        """All entries: text, name of the theme's colour, and whether hollow."""
        return tuple(self._items)

    def text(self) -> str:
        """Return the whole legend as text."""
        return ", ".join(text for text, _, _ in self._items)

    def sizeHint(self) -> QSize:
        """Return the size of one line."""
        return QSize(self._width_of(len(self._items)), self._font_of.fontMetrics().height() + 4)

    def minimumSizeHint(self) -> QSize:
        """Return the size of one line."""
        return QSize(0, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw as many entries as fit, aligned to the right; the tooltip has all of them."""
        del event
        colours = theme.current()
        painter = QPainter(self)
        painter.setFont(self._font_of.font())
        metrics = self._font_of.fontMetrics()
        side = self._swatch()
        right = self.width() - 2
        for text, name, is_hollow in reversed(self.fitting()):
            left = right - metrics.horizontalAdvance(text)
            painter.setPen(colours.muted)
            painter.drawText(left, 0, right - left + 2, self.height(), Qt.AlignmentFlag.AlignVCenter, text)
            colour = getattr(colours, name)
            painter.setPen(colour)
            painter.setBrush(Qt.BrushStyle.NoBrush if is_hollow else QColor(colour))
            painter.drawRect(left - side - 5, (self.height() - side) // 2, side, side)
            right = left - side - 5 - 2 * theme.GRID
        painter.end()

    def fitting(self) -> list[tuple[str, str, bool]]:
        """Return the entries that fit: text, name of the theme's colour, and whether hollow."""
        count = len(self._items)
        while count > 1 and self._width_of(count) > self.width():
            count -= 1
        return self._items[:count]

    def _width_of(self, count: int) -> int:
        metrics = self._font_of.fontMetrics()
        widths = [metrics.horizontalAdvance(text) + self._swatch() + 5 for text, _, _ in self._items[:count]]
        return sum(widths) + 2 * theme.GRID * max(count - 1, 0) + 4

    def _swatch(self) -> int:
        return max(7, round(self._font_of.fontMetrics().height() * 0.55))
