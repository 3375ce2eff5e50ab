"""What a cell of a results table shows, and the button that changes it."""

from enum import StrEnum

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QToolButton, QWidget

ROOM_BESIDE_TEXT = 18  # in logical pixels


class Detail(StrEnum):
    """What a cell shows."""

    RATES = "rates"
    COUNTS = "counts"
    INTERVALS = "intervals"

    @property
    def line_count(self) -> int:
        """The number of lines in a cell: rate, count, interval."""
        return 1 + list(Detail).index(self)

    @property
    def following(self) -> "Detail":
        """What a cell shows after the next press of the button."""
        details = list(Detail)
        return details[(details.index(self) + 1) % len(details)]


_TEXTS = {
    Detail.RATES: ("%", "rates"),
    Detail.COUNTS: ("k of n", "rates and counts"),
    Detail.INTERVALS: ("95 %", "rates, counts and 95 % intervals"),
}


class DetailButton(QToolButton):
    """Says what the cells show, and is as wide as its widest text, so that it keeps its width when pressed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("boxed", True)
        self._fit_width()

    def show_detail(self, detail: Detail) -> None:
        """Say what the cells show."""
        text, meaning = _TEXTS[detail]
        self.setText(text)
        self.setAccessibleName(f"Cells show {meaning}")
        self.setToolTip(f"Cells show {meaning}. Press for {_TEXTS[detail.following][1]}.")

    def changeEvent(self, event: QEvent) -> None:
        """Adapt to another font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit_width()

    def _fit_width(self) -> None:
        advance = self.fontMetrics().horizontalAdvance
        self.setFixedWidth(max(advance(text) for text, _ in _TEXTS.values()) + ROOM_BESIDE_TEXT)
