"""The activation of each channel of a layer on clean and on triggered images, as pairs of bars."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QToolTip, QWidget

from gui.theme import formatting, theme
from gui.widgets.labels import ScaledLabel

LEAST_COLUMN = 5.0  # the width of a channel, in logical pixels
HEIGHT = 92


class PairedBars(QWidget):
    """Two bars for each channel; a click selects one, with Ctrl several, with Shift all between.

    A bar is identified by its position from the left.
    """

    chosen = Signal(int, bool, bool)  # position, whether it is added (Ctrl), whether all between are (Shift)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._channels: Sequence[int] = ()
        self._clean: NDArray[np.float64] = np.zeros(0)
        self._triggered: NDArray[np.float64] | None = None
        self._selected: frozenset[int] = frozenset()
        self._primary = -1
        self._hovered = -1
        self._font_of = ScaledLabel(factor=theme.SMALL, parent=self)
        self._font_of.setVisible(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName("Activation of each channel on clean and on triggered images")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.signals.theme_changed.connect(self.update)

    @property
    def channels(self) -> tuple[int, ...]:
        """The channel of each pair, from the left."""
        return tuple(self._channels)

    def set_bars(
        self, channels: Sequence[int], clean: NDArray[np.float64], triggered: NDArray[np.float64] | None
    ) -> None:
        """Replace the bars.

        Args:
            channels: the channel of each pair, from the left.
            clean: mean activation of each channel of the layer on clean images, by index, (C,); may be NaN.
            triggered: the same on triggered images; None without any.
        """
        self._channels, self._clean, self._triggered = tuple(channels), clean, triggered
        self.setMinimumWidth(round(LEAST_COLUMN * len(self._channels)))
        self.updateGeometry()
        self.update()

    def set_selected(self, channels: Sequence[int]) -> None:
        """Mark the selected channels; the last one is shown in detail."""
        self._selected, self._primary = frozenset(channels), channels[-1] if channels else -1
        self.setAccessibleDescription(self.text_of(self._primary) if self._primary in self._channels else "")
        self.update()

    def text_of(self, channel: int) -> str:
        """Return a channel's figures: "channel 29: clean 1.234, triggered 5.678"."""
        text = f"channel {channel}: clean {formatting.number_text(float(self._clean[channel]))}"
        if self._triggered is not None:
            text += f", triggered {formatting.number_text(float(self._triggered[channel]))}"
        return text

    def place_at(self, x: float) -> int:
        """Return the position of the pair at a horizontal coordinate; -1 for none."""
        place = int(x // self._column) if self._channels else -1
        return place if 0 <= place < len(self._channels) else -1

    def middle_of(self, channel: int) -> QPoint:
        """Return the middle of a channel's pair."""
        column = max(self._column, LEAST_COLUMN)  # also before it is laid out anew
        return QPoint(round((self.channels.index(channel) + 0.5) * column), self.height() // 2)

    def sizeHint(self) -> QSize:
        """Return the preferred size."""
        return QSize(round(LEAST_COLUMN * len(self._channels)), HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the bars that are seen."""
        colours, column = theme.current(), self._column
        painter = QPainter(self)
        painter.setFont(self._font_of.font())
        line = self._font_of.fontMetrics().height()
        top, bottom = 3.0, self.height() - line - 3.0
        known = [each for each in (self._clean, self._triggered) if each is not None and each.size]
        finite = np.nan_to_num(np.concatenate(known)) if known else np.zeros(1)
        high, low = max(float(finite.max()), 0.0), min(float(finite.min()), 0.0)
        unit = (bottom - top) / (high - low) if high > low else 0.0
        zero = bottom + low * unit
        series = [(self._clean, colours.validation), (self._triggered, colours.asr[0])]
        first, last = int(event.rect().left() // column), int(event.rect().right() // column) + 1
        width = max(1.0, (column - 2.0) / 2)
        for place in range(max(first, 0), min(last, len(self._channels))):
            channel, left = self._channels[place], place * column
            if channel in self._selected or place == self._hovered:
                painter.fillRect(
                    QRectF(left, 0, column, self.height()),
                    QColor(colours.selection if channel in self._selected else colours.raised),
                )
            for at, (values, colour) in enumerate(series):
                if values is None or not values.size or not np.isfinite(values[channel]):
                    continue
                height = float(values[channel]) * unit
                bar = QRectF(left + 1 + at * width, zero - max(height, 0), width, max(abs(height), 1.0))
                painter.fillRect(bar, QColor(colour))
            if channel == self._primary:
                painter.setPen(QPen(QColor(colours.accent), 1.5 if self.hasFocus() else 1.0))
                painter.drawRect(QRectF(left + 0.5, 0.5, column - 1, self.height() - 1))
        self._draw_labels(painter, first, last, line)
        painter.setPen(QColor(colours.border))
        painter.drawLine(event.rect().left(), round(zero), event.rect().right(), round(zero))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select the channel under the mouse."""
        place = self.place_at(event.position().x())
        if event.button() == Qt.MouseButton.LeftButton and place >= 0:
            keys = event.modifiers()
            self.chosen.emit(
                place,
                bool(keys & Qt.KeyboardModifier.ControlModifier),
                bool(keys & Qt.KeyboardModifier.ShiftModifier),
            )
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Mark the channel under the mouse."""
        place = self.place_at(event.position().x())
        if place != self._hovered:
            self._hovered = place
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """The mouse has left."""
        self._hovered = -1
        self.update()
        super().leaveEvent(event)

    def event(self, event: QEvent) -> bool:
        """Show the figures of the channel under the mouse."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            place = self.place_at(event.pos().x())
            QToolTip.showText(event.globalPos(), self.text_of(self._channels[place]) if place >= 0 else "", self)
            return True
        return bool(super().event(event))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the selection with Left, Right, Home and End; with Shift, add to it."""
        here = self.channels.index(self._primary) if self._primary in self._channels else -1
        last = len(self._channels) - 1
        targets: dict[int, int] = {
            Qt.Key.Key_Left: max(here - 1, 0),
            Qt.Key.Key_Right: min(here + 1, last),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        target = targets.get(event.key())
        if target is None or last < 0 or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()
            return
        self.chosen.emit(target, False, bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))

    @property
    def _column(self) -> float:
        return max(self.width() / max(len(self._channels), 1), 1.0)

    def _draw_labels(self, painter: QPainter, first: int, last: int, line: int) -> None:
        """Write as many channel numbers below the bars as have room."""
        metrics = self._font_of.fontMetrics()
        widest = metrics.horizontalAdvance(str(max(self._channels, default=0))) + 6
        step = max(1, -(-widest // max(round(self._column), 1)))
        painter.setPen(QColor(theme.current().muted))
        for place in range(max(first - step, 0), min(last + step, len(self._channels))):
            if place % step == 0:
                middle = (place + 0.5) * self._column
                area = QRectF(middle - widest, self.height() - line, 2 * widest, line)
                painter.drawText(area, Qt.AlignmentFlag.AlignCenter, str(self._channels[place]))


def scrolled(bars: PairedBars) -> QScrollArea:
    """Return an area in which the bars scroll sideways where a layer has many channels."""
    area = QScrollArea()
    area.setAccessibleName("Channels of the layer")
    area.setWidget(bars)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFixedHeight(HEIGHT + 12)
    area.viewport().setAutoFillBackground(False)
    bars.setAutoFillBackground(False)
    return area
