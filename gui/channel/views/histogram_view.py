"""How often a channel has which activation, on clean and on triggered images."""

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from core.activity.comparison import Histograms
from gui.theme import formatting, theme
from gui.widgets.labels import ScaledLabel

HEIGHT = 110
NAMES = ("clean", "triggered")


class HistogramView(QWidget):
    """Two histograms in the same bins: the clean one filled, the triggered one as a line."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.histograms: Histograms | None = None
        self._font_of = ScaledLabel(factor=theme.SMALL, parent=self)
        self._font_of.setVisible(False)
        self.setAccessibleName("Histogram of the channel's activation")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.signals.theme_changed.connect(self.update)

    def show_histograms(self, histograms: Histograms | None) -> None:
        """Show the histograms of clean and, if there are any, of triggered images; None shows none."""
        self.histograms = histograms
        self.setAccessibleDescription(self.text())
        self.update()

    def text(self) -> str:
        """Describe the histograms in words: range, and number of images."""
        if self.histograms is None:
            return ""
        edges = self.histograms.edges
        sets = ", ".join(f"{count} {name}" for count, name in zip(self.histograms.image_counts, NAMES, strict=False))
        low, high = (formatting.number_text(float(each)) for each in (edges[0], edges[-1]))
        return f"{sets} images; activations from {low} to {high}"

    def bin_text(self, place: int) -> str:
        """Describe one bin: "0.5–0.6: clean 12.3 %, triggered 0 %"."""
        assert self.histograms is not None
        low, high = (formatting.number_text(float(each)) for each in self.histograms.edges[place : place + 2])
        shares = ", ".join(
            f"{name} {100 * share:.3g} %" for name, share in zip(NAMES, self.histograms.shares[:, place], strict=False)
        )
        return f"{low} to {high}: {shares}"

    def sizeHint(self) -> QSize:
        """Return the preferred size."""
        return QSize(240, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw both histograms."""
        del event
        if self.histograms is None:
            return
        colours, area = theme.current(), self._area()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font_of.font())
        highest = float(self.histograms.shares.max(initial=0.0)) or 1.0
        outlines = [self._outline(place, highest) for place in range(len(self.histograms.image_counts))]
        for place, outline in enumerate(outlines):
            colour = QColor(colours.validation if place == 0 else colours.asr[0])
            if place == 0:
                fill = QColor(colour)
                fill.setAlpha(90)
                painter.setBrush(fill)
                painter.setPen(QPen(colour, 1.2))
                painter.drawPolygon(outline)
            else:
                painter.setPen(QPen(colour, 1.8, Qt.PenStyle.SolidLine))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawPolyline(outline)
        painter.setPen(QColor(colours.border))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.setPen(QColor(colours.muted))
        edges = self.histograms.edges
        below = QRectF(area.left(), area.bottom() + 1, area.width(), self.height() - area.bottom())
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, formatting.number_text(float(edges[0])))
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, formatting.number_text(float(edges[-1])))
        painter.drawText(
            below, Qt.AlignmentFlag.AlignHCenter, f"mean activation of an image; top {100 * highest:.3g} %"
        )
        painter.end()

    def event(self, event: QEvent) -> bool:
        """Show the bin under the mouse."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self.histograms is not None:
            area, count = self._area(), self.histograms.shares.shape[1]
            place = int((event.pos().x() - area.left()) / max(area.width(), 1) * count)
            QToolTip.showText(event.globalPos(), self.bin_text(place) if 0 <= place < count else "", self)
            return True
        return bool(super().event(event))

    def _area(self) -> QRectF:
        return QRectF(1, 4, self.width() - 2, self.height() - self._font_of.fontMetrics().height() - 8)

    def _outline(self, place: int, highest: float) -> QPolygonF:
        assert self.histograms is not None
        area, shares = self._area(), self.histograms.shares[place]
        xs = np.linspace(area.left(), area.right(), len(shares) + 1)
        points = [QPointF(area.left(), area.bottom())]
        for share, left, right in zip(shares, xs[:-1], xs[1:], strict=True):
            y = area.bottom() - float(share) / highest * area.height()
            points += [QPointF(float(left), y), QPointF(float(right), y)]
        return QPolygonF([*points, QPointF(area.right(), area.bottom())])
