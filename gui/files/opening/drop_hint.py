"""The frame around the window while files are dragged over it, with what dropping them does."""

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from gui.theme import theme

TEXT = "Drop to open"
_PEN = 3
_RADIUS = 8


class DropHint(QWidget):
    """Lies over a widget, lets the mouse and drags through, and is hidden until files are dragged.

    Args:
        under: the widget that it covers.
    """

    def __init__(self, under: QWidget) -> None:
        super().__init__(under)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._under = under
        self.text, self._detail = TEXT, ""
        under.installEventFilter(self)
        self.hide()

    def show_text(self, text: str, detail: str) -> None:
        """Show what dropping does, and what is dragged."""
        self.text, self._detail = text, detail
        self.setGeometry(self._under.rect())
        self.raise_()
        self.show()
        self.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the size of the widget below."""
        if event.type() == QEvent.Type.Resize and watched is self._under:
            self.setGeometry(self._under.rect())
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the frame, and the text near the lower edge."""
        del event
        colours = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours.accent), _PEN))
        edge = _PEN / 2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(edge, edge, -edge, -edge), _RADIUS, _RADIUS)
        bold = theme.scaled_font(self.font(), 1.25)
        bold.setBold(True)
        painter.setFont(bold)
        metrics = painter.fontMetrics()
        small = self.fontMetrics()
        width = max(metrics.horizontalAdvance(self.text), small.horizontalAdvance(self._detail)) + 6 * theme.GRID
        height = metrics.height() + (small.height() if self._detail else 0) + 2 * theme.GRID
        box = QRectF((self.width() - width) / 2, self.height() - height - 5 * theme.GRID, width, height)
        painter.setBrush(QColor(colours.accent))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawRoundedRect(box, _RADIUS, _RADIUS)
        painter.setPen(QColor(colours.on_accent))
        text_box = box.adjusted(0, theme.GRID, 0, -theme.GRID)
        centre = Qt.AlignmentFlag.AlignHCenter
        painter.drawText(text_box, int(centre | Qt.AlignmentFlag.AlignTop), self.text)
        painter.setFont(self.font())
        painter.drawText(text_box, int(centre | Qt.AlignmentFlag.AlignBottom), self._detail)
        painter.end()
