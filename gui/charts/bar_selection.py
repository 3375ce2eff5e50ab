"""What mouse and keyboard do to a row of bars: hover, focus, click, and mark several next to each other."""

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QFocusEvent, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QApplication, QGraphicsRectItem, QWidget

from gui.charts.chart import Chart
from gui.theme import theme

OPACITY = 56  # of the fill, of 255, so that the bars' colours stay visible
MIN_MARK = 3.0  # the minimum width of a bar's mark, in logical pixels
PADDING = 6.0  # around the text, in logical pixels


class Span:
    """Marks bars next to each other, from the one that it began at.

    Attributes:
        places: the marked bars, the one that the span began at first; empty for none.
        item: draws the mark.
    """

    def __init__(self) -> None:
        self.places: tuple[int, ...] = ()
        self.item = QGraphicsRectItem()
        self.item.setVisible(False)
        self._text = ""
        self._is_emphatic = False

    def mark(self, first: int, last: int) -> bool:
        """Mark the bars from one to another, -1 for none; return whether that is a change."""
        direction = 1 if last >= first else -1
        places = tuple(range(first, last + direction, direction)) if first >= 0 else ()
        is_change = places != self.places
        self.places = places
        if not places:
            self._text = ""
        return is_change

    def set_text(self, text: str, *, is_emphatic: bool) -> None:
        """Set what is said of the marked bars, and whether their colour warns."""
        self._text, self._is_emphatic = text, is_emphatic
        self._fill()

    def recolour(self, pen: QPen) -> None:
        """Apply the theme's colours."""
        self.item.setPen(pen)
        self._fill()

    def lay_out(self, low: float, high: float) -> None:
        """Place the mark between two values of the y axis."""
        self.item.setVisible(bool(self.places))
        if self.places:
            left, right = min(self.places) - 0.5, max(self.places) + 0.5
            self.item.setRect(QRectF(left, low, right - left, high - low))

    def paint_text(self, painter: QPainter, chart: Chart) -> None:
        """Paint the text above the marked bars, inside the chart."""
        if not self.places or not self._text:
            return
        colours = theme.current()
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = theme.scaled_font(QApplication.font(), theme.SMALL)
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        size = metrics.horizontalAdvance(self._text) + 2 * PADDING, metrics.height() + PADDING / 2
        middle = chart.widget_position((min(self.places) + max(self.places)) / 2, 0).x()
        left = min(max(middle - size[0] / 2, 1.0), chart.viewport().width() - size[0] - 1)
        label = QRectF(QPointF(left, 5.0), QPointF(left + size[0], 5.0 + size[1]))
        painter.setPen(QPen(QColor(colours.accent)))
        painter.setBrush(QBrush(QColor(colours.surface)))
        painter.drawRoundedRect(label, 3, 3)
        painter.setPen(QColor(colours.text))
        painter.drawText(label, Qt.AlignmentFlag.AlignCenter, self._text)
        painter.restore()

    def _fill(self) -> None:
        colours = theme.current()
        colour = QColor(colours.pruned if self._is_emphatic else colours.accent)
        colour.setAlpha(OPACITY)
        self.item.setBrush(QBrush(colour))


class BarSelection(Chart):
    """Bars that can be hovered, clicked, marked and reached by keyboard; a subclass draws them.

    Dragging across bars, or Shift with the arrow keys, marks a span of them; the release, or Space, chooses it, and Esc
    takes it back.

    Attributes:
        marks_behind: the items that mark a hovered bar and a span, to be drawn behind the bars.
        mark_in_front: the item that marks the bar with the focus.
    """

    bar_hovered = Signal(int)  # -1 when the mouse has left
    bar_clicked = Signal(int)
    bar_focused = Signal(int)  # focus moved by keyboard
    span_changed = Signal(object)  # tuple[int, ...], the bars that are marked, the one that it began at first
    span_chosen = Signal(object)  # the same

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hovered = -1
        self._focused = -1
        self._pressed = -1  # the bar that the mouse was pressed on
        self._span = Span()
        self._column = QGraphicsRectItem()
        self._column.setPen(QPen(Qt.PenStyle.NoPen))
        self.mark_in_front = QGraphicsRectItem()
        self.marks_behind = (self._column, self._span.item)

    @property
    def count(self) -> int:
        """The number of bars."""
        raise NotImplementedError

    @property
    def focused(self) -> int:
        """The bar with the keyboard focus; -1 for none."""
        return self._focused

    @property
    def span(self) -> tuple[int, ...]:
        """The marked bars, the one that the span began at first; empty for none."""
        return self._span.places

    def set_span_text(self, text: str, *, is_emphatic: bool = False) -> None:
        """Set what is said of the marked bars, and whether their colour warns."""
        self._span.set_text(text, is_emphatic=is_emphatic)
        self.viewport().update()

    def clear_span(self) -> None:
        """Mark no bars."""
        self._pressed = -1
        self._mark_span(-1, -1)

    def set_focused(self, place: int) -> None:
        """Move the keyboard focus to a bar; -1 for none."""
        if place != self._focused:
            self._focused = place
            self._place_marks()

    def keep_within(self, count: int) -> None:
        """Forget marks of bars that are not there any more."""
        self._hovered = self._hovered if self._hovered < count else -1
        self._focused = self._focused if self._focused < count else -1
        if self.span and max(self.span) >= count:
            self.clear_span()

    def recolour(self) -> None:
        """Apply the theme's colours to the marks."""
        super().recolour()
        colours = theme.current()
        column = QColor(colours.text)
        column.setAlpha(28)
        self._column.setBrush(QBrush(column))
        self.mark_in_front.setPen(self.item_pen(colours.accent, width=2))
        self._span.recolour(self.item_pen(colours.accent))
        self._place_marks()

    def event(self, event: QEvent) -> bool:
        """Take Esc for the marked bars before the window takes it as a shortcut."""
        is_escape = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if is_escape and event.type() == QEvent.Type.ShortcutOverride and (self.span or self._pressed >= 0):
            event.accept()
            return True
        return super().event(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Emit `bar_hovered` when the mouse moves to another bar; mark bars while it is dragged."""
        if self._pressed < 0:
            self._hover(self._place_at(event))
            return
        place = self._nearest_place(event)
        if place != self._pressed or self.span:
            self._hover(-1)
            self._mark_span(self._pressed, place)

    def leaveEvent(self, event: QEvent) -> None:
        """Emit `bar_hovered` with -1."""
        self._hover(-1)
        super().leaveEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Accept the event; the release counts as the click, or ends the span that begins here."""
        event.accept()
        self.clear_span()
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = self._place_at(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Emit `bar_clicked` for a left click inside a bar's column, and `span_chosen` for a drag across bars."""
        if event.button() != Qt.MouseButton.LeftButton or self._pressed < 0:
            return
        pressed, places = self._pressed, self.span
        self.clear_span()
        if len(places) > 1:
            self.set_focused(places[-1])
            self.span_chosen.emit(places)
        elif self._place_at(event) == pressed:
            self.set_focused(pressed)
            self.bar_clicked.emit(pressed)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Handle the second click like the first."""
        self.mousePressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Mark no bars."""
        self.clear_span()
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the focus with Left, Right, Home and End, with Shift marking bars; click with Space and Return."""
        last = self.count - 1
        targets: dict[int, int] = {  # plain integers, as some keys are not a Qt.Key
            Qt.Key.Key_Left: max(self._focused - 1, 0),
            Qt.Key.Key_Right: min(self._focused + 1, last),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        target = targets.get(event.key())
        if last < 0:
            event.ignore()
        elif event.key() == Qt.Key.Key_Escape and (self.span or self._pressed >= 0):
            self.clear_span()
        elif target is not None:
            self._move_focus(target, is_marking=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        elif event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._focused >= 0:
            places = self.span
            self.clear_span()
            if len(places) > 1:
                self.span_chosen.emit(places)
            else:
                self.bar_clicked.emit(self._focused)
        else:
            event.ignore()

    def drawForeground(self, painter: QPainter, _rect: QRectF) -> None:
        """Paint what is said of the marked bars."""
        self._span.paint_text(painter, self)

    def _move_focus(self, target: int, *, is_marking: bool) -> None:
        start = self.span[0] if self.span else max(self._focused, 0)
        self.set_focused(target)
        if is_marking:
            self._mark_span(start, target)
        else:
            self.clear_span()
        self.bar_focused.emit(target)

    def _mark_span(self, first: int, last: int) -> None:
        """Mark the bars from one to another; -1 marks none."""
        if self._span.mark(first, last):
            self._place_marks()
            self.span_changed.emit(self._span.places)
            self.viewport().update()

    @property
    def _column_width(self) -> float:
        """The width of a bar's column, in logical pixels."""
        return max(float(self.plot.vb.width()), 1.0) / max(self.count, 1)

    def _hover(self, place: int) -> None:
        if place != self._hovered:
            self._hovered = place
            self._place_marks()
            self.bar_hovered.emit(place)

    def _place_at(self, event: QMouseEvent) -> int:
        if not self.is_inside(event):
            return -1
        place = round(self.data_at(event).x())
        return place if 0 <= place < self.count else -1

    def _nearest_place(self, event: QMouseEvent) -> int:
        return min(max(round(self.data_at(event).x()), 0), self.count - 1)

    def _place_marks(self) -> None:
        low, high = self.plot.vb.viewRange()[1]
        width = max(1.0, MIN_MARK / self._column_width)
        focused = self._focused if self._hovered in (-1, self._focused) else -1  # one mark while the mouse points
        for item, place in ((self._column, self._hovered), (self.mark_in_front, focused)):
            item.setVisible(place >= 0 and self.is_on_screen)
            item.setRect(QRectF(place - width / 2, low, width, high - low))
        self._span.lay_out(low, high)
