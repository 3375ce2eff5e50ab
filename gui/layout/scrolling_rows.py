"""The rows of a page, one below the other: they share the height, and scroll where they have too little of it."""

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QSplitter, QWidget


class RowPanel(QWidget):
    """A panel that is never lower than its content at its width, also where texts and controls wrap."""

    def minimumSizeHint(self) -> QSize:
        """Return the height of the content at the panel's width."""
        size = super().minimumSizeHint()
        layout = self.layout()
        if layout is None or not layout.hasHeightForWidth() or not self.width():
            return size
        return QSize(size.width(), max(size.height(), layout.totalMinimumHeightForWidth(self.width())))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width needs another height."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()


class ScrollingRows(QScrollArea):
    """Scrolls the rows if the sum of their least heights is more than there is.

    Args:
        rows: the rows, which a person can make higher or lower.
    """

    scrolls = Signal(bool)  # whether the page scrolls, so that nothing in it has to

    def __init__(self, rows: QSplitter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = rows
        self._is_scrolling = False
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(rows)
        rows.setAutoFillBackground(False)
        self.viewport().setAutoFillBackground(False)
        self.verticalScrollBar().rangeChanged.connect(self._on_range_changed)

    def minimumSizeHint(self) -> QSize:
        """Return the width of the rows, which do not scroll sideways."""
        return QSize(self._rows.minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width(), 120)

    @Slot(int, int)
    def _on_range_changed(self, _least: int, most: int) -> None:
        if (most > 0) != self._is_scrolling:
            self._is_scrolling = most > 0
            self.scrolls.emit(self._is_scrolling)
