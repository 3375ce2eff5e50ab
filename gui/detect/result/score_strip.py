"""How the scores of a network's classes are spread: a small histogram with one class marked."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from core.report.detect.text import score_text
from gui.theme import class_names, theme

BIN = 5  # logical pixels
LEAST_SPAN = 6.0  # what the axis spans at least, in the scores' unit


class ScoreStrip(QWidget):
    """Shows the number of classes by their score, and where one class lies."""

    def __init__(self, unit: str, parent: QWidget | None = None) -> None:
        """Create an empty strip.

        Args:
            unit: what the scores count, see `Detector.score_unit`.
            parent: the widget's parent.
        """
        super().__init__(parent)
        self._unit = unit
        self._scores: NDArray[np.float64] = np.zeros(0)
        self._marked = float("nan")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.signals.theme_changed.connect(self.update)

    @property
    def marked(self) -> float:
        """The score of the marked class; NaN for none."""
        return self._marked

    @property
    def count(self) -> int:
        """The number of classes that are drawn."""
        return len(self._scores)

    def show_scores(self, scores: NDArray[np.float64], label: int, *, marked: float) -> None:
        """Show how scores are spread.

        Args:
            scores: of all classes, shape (K,), NaN for those that were not examined.
            label: the class that is marked.
            marked: its score; NaN marks none.
        """
        self._scores = scores[np.isfinite(scores)]
        self._marked = marked
        name = class_names.class_text(label) if label >= 0 else "a trigger that leads each class to the next one"
        has_mark = bool(np.isfinite(self._marked))
        self.setToolTip(
            f"How many classes have which score, in {self._unit}{f'; the mark is {name}' if has_mark else ''}"
        )
        words = f"{len(self._scores)} classes"
        self.setAccessibleDescription(f"{words}, {name} at {score_text(self._marked)}" if has_mark else words)
        self.update()

    def sizeHint(self) -> QSize:
        """Return a height for bars and an axis."""
        return QSize(180, round(34 + self._metrics().height()))

    def minimumSizeHint(self) -> QSize:
        """Return a width for three numbers."""
        return QSize(110, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw bars, axis and mark."""
        del event
        if not len(self._scores):
            return
        colours, metrics = theme.current(), self._metrics()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.figures_font(theme.scaled_font(QApplication.font(), theme.SMALL * theme.SMALL)))
        floor, left, room = self.height() - metrics.height(), 6.0, max(self.width() - 12.0, 1.0)
        low, high = self._bounds()
        bins = max(int(room // BIN), 1)
        counts, _ = np.histogram(self._scores, bins=bins, range=(low, high))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.kept))
        width, tallest = room / bins, max(int(counts.max()), 1)
        top = 9.0
        for place, count in enumerate(counts):
            if count:
                height = max(3.0, (floor - top) * count / tallest)
                painter.drawRect(QRectF(left + place * width, floor - height, max(width - 1, 1.0), height))
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.drawLine(QPointF(left, floor), QPointF(left + room, floor))
        self._draw_numbers(painter, (low, high), floor)
        if np.isfinite(self._marked):
            at = left + room * (self._marked - low) / (high - low)
            painter.setPen(QPen(QColor(colours.error), 1.5))
            painter.drawLine(QPointF(at, 6), QPointF(at, floor))
            painter.setBrush(QColor(colours.error))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawPolygon(QPolygonF([QPointF(at - 4, 0), QPointF(at + 4, 0), QPointF(at, 7)]))
        painter.end()

    def _draw_numbers(self, painter: QPainter, bounds: tuple[float, float], floor: float) -> None:
        """Write the smallest and the largest score, and 0 where there is room."""
        low, high = bounds
        metrics, room = self._metrics(), self.width() - 12.0
        ends = (score_text(low), score_text(high))
        widths = [metrics.horizontalAdvance(each) for each in ends]
        painter.setPen(QColor(theme.current().muted))
        line = QRectF(0, floor, self.width(), metrics.height())
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, ends[0])
        painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom, ends[1])
        zero = 6.0 + room * (0 - low) / (high - low)
        if widths[0] + 10 < zero < self.width() - widths[1] - 10:
            box = QRectF(zero - 10, floor, 20, metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom, "0")

    def _bounds(self) -> tuple[float, float]:
        known = [*self._scores, self._marked] if np.isfinite(self._marked) else self._scores
        low, high = float(np.min(known)), float(np.max(known))
        missing = max(LEAST_SPAN - (high - low), 0.0) / 2
        return low - missing, high + missing

    def _metrics(self) -> QFontMetricsF:
        return QFontMetricsF(theme.scaled_font(QApplication.font(), theme.SMALL * theme.SMALL))
