"""A pruning curve as small as in a table: clean accuracy and attack success against the pruned channels."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.audit.records import CurvePoint
from core.words import counted, rate_text
from gui.theme import theme

NO_CURVE = "No curve"


class Sparkline(QWidget):
    """Draws a curve, and names its lines at their right ends."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.curve: Sequence[CurvePoint] = ()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Pruning curve")
        theme.signals.theme_changed.connect(self.update)

    def show_curve(self, curve: Sequence[CurvePoint]) -> None:
        """Show a curve; an empty one for none."""
        self.curve = curve
        self.setAccessibleDescription(curve_text(curve))
        self.setToolTip(curve_text(curve))
        self.update()

    def sizeHint(self) -> QSize:
        """Return a size in proportion to the text."""
        height = self.fontMetrics().height()
        return QSize(15 * height, 6 * height)

    def minimumSizeHint(self) -> QSize:
        """Return the least height at which the lines differ."""
        return QSize(self.sizeHint().width(), 3 * self.fontMetrics().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the lines, the grid at 0, 50 and 100 %, and the legend below."""
        del event
        colours = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.scaled_font(self.font(), theme.SMALL))
        line = painter.fontMetrics().height()
        if not self.curve:
            painter.setPen(QColor(colours.muted))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, NO_CURVE)
            painter.end()
            return
        room = QRectF(self.rect()).adjusted(2, 3, -2, -line - 6)
        painter.setPen(QPen(QColor(colours.grid), 1))
        for share in (0.0, 0.5, 1.0):
            painter.drawLine(QPointF(room.left(), _y(room, share)), QPointF(room.right(), _y(room, share)))
        left = room.left()
        has_attack = any(each.attack is not None for each in self.curve)
        asr = colours.asr[0]
        for name, colour, style in (
            ("clean accuracy", colours.validation, Qt.PenStyle.SolidLine),
            ("ASR", asr, Qt.PenStyle.DashLine),
        ):
            if name == "ASR" and not has_attack:
                continue
            painter.setPen(QPen(QColor(colour), 1.8, style))
            painter.drawPolyline(self._points(room, is_attack=name == "ASR"))
            middle = self.height() - line / 2 - 1
            painter.drawLine(QPointF(left, middle), QPointF(left + 14, middle))
            painter.setPen(QColor(colours.muted))
            width = painter.fontMetrics().horizontalAdvance(name)
            painter.drawText(QPointF(left + 18, self.height() - painter.fontMetrics().descent() - 1), name)
            left += 18 + width + theme.GRID
        painter.end()

    def _points(self, room: QRectF, *, is_attack: bool) -> QPolygonF:
        last = max((each.pruned_count for each in self.curve), default=0) or 1
        found = []
        for each in self.curve:
            rate = each.attack if is_attack else each.accuracy
            if rate is not None:
                found.append(QPointF(room.left() + room.width() * each.pruned_count / last, _y(room, rate)))
        return QPolygonF(found)


def _y(room: QRectF, rate: float) -> float:
    return room.top() + room.height() * (1 - rate)


def curve_text(curve: Sequence[CurvePoint]) -> str:
    """Return the ends of a curve in words."""
    if not curve:
        return NO_CURVE
    first, last = curve[0], curve[-1]
    words = f"Clean accuracy {rate_text(first.accuracy)} → {rate_text(last.accuracy)}"
    if first.attack is not None and last.attack is not None:
        words += f", ASR {rate_text(first.attack)} → {rate_text(last.attack)}"
    return f"{words}, with {counted(last.pruned_count, 'channel')} pruned"
