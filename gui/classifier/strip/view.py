"""Whether the image's answer survives blending with clean pictures: two lines, and its place among clean pictures."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from core.detect.strip.records import StripEvidence
from core.report.detect import strip_text
from gui.theme import class_names, theme
from gui.widgets.labels import ScaledLabel

BUSY_TEXT = "Blending it with clean pictures …"
TITLE = "Blended with clean pictures"


class StripView(QWidget):
    """Shows what STRIP finds for the image; hidden while it cannot be computed.

    Attributes:
        text: the two lines.
        chart: the image's place among clean pictures; hidden while none is measured.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = ScaledLabel(TITLE, factor=theme.SMALL, role="muted")
        self.text = ScaledLabel(factor=theme.SMALL)
        self.text.setWordWrap(True)
        self.chart = StripChart()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID // 4)
        for each in (self.title, self.text, self.chart):
            column.addWidget(each)
        self.setVisible(False)

    def clear(self) -> None:
        """Hide it."""
        self.setVisible(False)

    def show_busy(self) -> None:
        """Say that the blends are being answered; nothing is left of the last image's answer."""
        self._show(BUSY_TEXT, strip_text.QUESTION)
        self.chart.setVisible(False)

    def show_sentence(self, sentence: str) -> None:
        """Say why there is no answer."""
        self._show(sentence, strip_text.QUESTION)
        self.chart.setVisible(False)

    def show_evidence(self, evidence: StripEvidence, *, is_whole: bool) -> None:
        """Show what was found.

        Args:
            evidence: of the image on the screen.
            is_whole: whether all clean pictures are measured that will be.
        """
        sentences = strip_text.evidence_sentences(evidence, is_whole=is_whole)
        place = strip_text.short_place(evidence)
        so_far = "" if is_whole or not place else " so far"
        text = strip_text.short_kept(evidence) + (f"\n{place}{so_far}" if place else "")
        self._show(text, "\n".join((strip_text.QUESTION, *sentences)))
        clean = evidence.calibration.clean
        self.chart.show_counts(evidence.kept.count, clean.kept_counts, evidence.kept.total)
        self.chart.setVisible(len(clean) > 0)

    def _show(self, text: str, tip: str) -> None:
        self.text.setText(class_names.named(text))
        self.setToolTip(tip)
        self.setAccessibleDescription(tip)
        self.setVisible(True)


class StripChart(QWidget):
    """Draws, from no blend to all, how many keep the answer: clean pictures as ticks, the image as a marker."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kept, self._total = 0, 1
        self._clean: NDArray[np.int64] = np.empty(0, np.int64)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Blends that keep the answer")
        theme.signals.theme_changed.connect(self.update)

    def show_counts(self, kept: int, clean: NDArray[np.int64], total: int) -> None:
        """Show the number of blends that keep the answer.

        Args:
            kept: for the image.
            clean: for clean pictures, shape (n,).
            total: number of blends, at least 1.
        """
        self._kept, self._clean, self._total = kept, clean, total
        self.update()

    def sizeHint(self) -> QSize:
        """Return the height of the ticks with the marker above them."""
        return QSize(120, 22)

    def minimumSizeHint(self) -> QSize:
        """Return the same height."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ticks, the taller tick of the median, and the marker."""
        del event
        colours = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left, right, top, bottom = 6.0, self.width() - 6.0, 9.0, self.height() - 2.0
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.drawLine(QPointF(left, bottom), QPointF(right, bottom))

        def across(count: float) -> float:
            return left + (right - left) * count / self._total

        # A tick is as strong as its share of the clean pictures: one picture remains visible.
        counts, numbers = np.unique(self._clean, return_counts=True)
        for count, number in zip(counts.tolist(), numbers.tolist(), strict=True):
            colour = QColor(colours.muted)
            colour.setAlphaF(min(1.0, 0.35 + 0.65 * number / max(1, int(numbers.max()))))
            painter.setPen(QPen(colour, 2))
            painter.drawLine(QPointF(across(count), top + 4), QPointF(across(count), bottom))
        if len(self._clean):
            median = across(float(np.median(self._clean)))
            painter.setPen(QPen(QColor(colours.text), 1.5, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(median, 1), QPointF(median, bottom))
        place = across(self._kept)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.base))
        painter.drawRect(QRectF(place - 1.5, top - 3, 3, bottom - top + 3))
        painter.drawPolygon(QPolygonF([QPointF(place - 5, 0), QPointF(place + 5, 0), QPointF(place, top - 1)]))
        painter.end()
