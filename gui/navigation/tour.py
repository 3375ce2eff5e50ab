"""The tour: five parts of the window, one after the other, each in a hole of a dark layer, with what it is for."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QGuiApplication, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from gui.keys.bindings import bindings
from gui.state.preferences import Preferences
from gui.theme import theme
from gui.widgets.labels import ScaledLabel

VARIABLE = "BACKDOOR_INSPECTOR_TOUR"
"""`off` never starts the tour by itself, `on` does so where nobody would see it, as in tests."""
CARD_WIDTH = 340
SHADE = 150  # opacity of the dark layer, of 255
_UNSEEN = ("offscreen", "minimal")  # platforms without a screen


@dataclass(frozen=True, slots=True)
class TourStep:
    """A part of the window.

    Attributes:
        find_parts: returns the widgets that are shown, together, in the hole.
        title: the heading.
        text: what it is for; the names of actions in braces stand for their keys.
    """

    find_parts: Callable[[], Sequence[QWidget]]
    title: str
    text: str


def is_wanted(preferences: Preferences) -> bool:
    """Return whether the tour starts by itself: for a person who has neither ended it nor opened a file before."""
    asked = os.environ.get(VARIABLE, "")
    if asked == "off" or preferences.is_tour_done or preferences.recent:
        return False
    return asked == "on" or QGuiApplication.platformName() not in _UNSEEN


class Tour(QWidget):
    """Covers the window while the tour goes on. Enter and Right go on, Left goes back, Esc ends it."""

    ended = Signal()

    def __init__(self, window: QWidget, steps: Sequence[TourStep]) -> None:
        super().__init__(window)
        self._window = window
        self._steps = tuple(steps)
        self._place = 0
        self._placed_at = QRect()  # the hole that the card was put beside
        self._before: QWidget | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.card = QFrame(self)
        self.card.setObjectName("tourCard")
        self.card.setProperty("floating", True)
        self.count_label = ScaledLabel(role="muted", factor=theme.SMALL)
        self.title = ScaledLabel(is_bold=True, factor=1.15)
        self.title.setWordWrap(True)
        self.text = ScaledLabel()
        self.text.setWordWrap(True)
        self.skip_button = QPushButton("Skip")
        self.skip_button.setToolTip("End the tour (Esc); the Help menu starts it again")
        self.back_button = QPushButton("Back")
        self.next_button = QPushButton("Next")
        self.next_button.setProperty("primary", True)
        self._lay_out()
        self.skip_button.clicked.connect(self.end)
        self.back_button.clicked.connect(self._go_back)
        self.next_button.clicked.connect(self._go_on)
        for watched in (window, self.skip_button, self.back_button, self.next_button):
            watched.installEventFilter(self)
        self.hide()

    @property
    def place(self) -> int:
        """The step that is shown, from 0."""
        return self._place

    @property
    def hole(self) -> QRect:
        """The part of the window that is not darkened; empty if the step's widgets are hidden."""
        shown = [part for part in self._steps[self._place].find_parts() if part.isVisible()]
        hole = QRect()
        for part in shown:
            hole |= QRect(part.mapTo(self._window, QPoint()), part.size())
        return hole.adjusted(-4, -4, 4, 4).intersected(self.rect()) if shown else QRect()

    def start(self) -> None:
        """Show the first step."""
        self._before = QApplication.focusWidget()
        self.setGeometry(self._window.rect())
        self.show()
        self.raise_()
        self._show(0)

    @Slot()
    def end(self) -> None:
        """End the tour, and give the focus back."""
        if not self.isVisible():
            return
        self.hide()
        if self._before is not None and self._before.isVisible():
            self._before.setFocus(Qt.FocusReason.OtherFocusReason)
        self._before = None
        self.ended.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the window's size, and take the keys that buttons would use otherwise."""
        if isinstance(watched, QPushButton) and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                watched.click()
                return True
            if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
                self.keyPressEvent(event)
                return True
        if (
            watched is self._window
            and self.isVisible()
            and event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest)
        ):
            self.setGeometry(self._window.rect())
            self._place_card()
        return bool(super().eventFilter(watched, event))

    def event(self, event: QEvent) -> bool:
        """Take Esc before the window does, which would stop a job."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # no key of the window acts behind the layer
            return True
        return bool(super().event(event))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go on, back, or end."""
        if event.key() == Qt.Key.Key_Escape:
            self.end()
        elif event.key() in (Qt.Key.Key_Right, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._go_on()
        elif event.key() == Qt.Key.Key_Left:
            self._go_back()

    def focusNextPrevChild(self, is_next: bool) -> bool:
        """Move the focus among the buttons of the tour alone."""
        buttons = [each for each in (self.next_button, self.skip_button, self.back_button) if each.isEnabled()]
        focused = QApplication.focusWidget()
        place = buttons.index(focused) if isinstance(focused, QPushButton) and focused in buttons else -1
        reason = Qt.FocusReason.TabFocusReason if is_next else Qt.FocusReason.BacktabFocusReason
        buttons[(place + (1 if is_next else -1)) % len(buttons)].setFocus(reason)
        return True

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Keep clicks from what lies below."""
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Darken all but the hole."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        path = QPainterPath()
        path.addRect(QRectF(self.rect()))
        hole = self.hole
        if hole != self._placed_at:  # the step's widgets have moved
            QTimer.singleShot(0, self, self._place_card)
        if not hole.isEmpty():
            inner = QPainterPath()
            inner.addRoundedRect(QRectF(hole), 8, 8)
            path -= inner
        painter.fillPath(path, QColor(0, 0, 0, SHADE))
        if not hole.isEmpty():
            painter.setPen(QPen(QColor(theme.current().accent), 2))
            painter.drawRoundedRect(QRectF(hole), 8, 8)
        painter.end()

    @Slot()
    def _go_on(self) -> None:
        if self._place + 1 < len(self._steps):
            self._show(self._place + 1)
        else:
            self.end()

    @Slot()
    def _go_back(self) -> None:
        if self._place:
            self._show(self._place - 1)

    def _show(self, place: int) -> None:
        self._place = place
        step = self._steps[place]
        self.count_label.setText(f"{place + 1} of {len(self._steps)}")
        self.title.setText(step.title)
        text = bindings.filled(step.text)
        self.text.setText(text)
        is_last = place + 1 == len(self._steps)
        self.back_button.setEnabled(place > 0)
        self.next_button.setText("Done" if is_last else "Next")
        self.card.setAccessibleName(f"{step.title}. {text}")
        self.next_button.setAccessibleDescription(f"{step.title}. {text}")
        self._place_card()
        self.next_button.setFocus(Qt.FocusReason.OtherFocusReason)
        self.update()

    def _place_card(self) -> None:
        """Put the card beside the hole, where there is most room."""
        scale = max(1.0, self.fontMetrics().height() / 16)
        width = min(round(CARD_WIDTH * scale), self.width() - 4 * theme.GRID)
        for label in (self.title, self.text):
            label.setFixedWidth(width - 32)
        self.card.adjustSize()
        hole, size, gap = self.hole, self.card.size(), 12
        if hole != self._placed_at:
            self._placed_at = hole
            self.update()  # only the part of the layer that its widgets crossed was painted
        if hole.isEmpty():
            self.card.move((self.width() - size.width()) // 2, (self.height() - size.height()) // 2)
            return
        room = {
            "right": self.width() - hole.right() - size.width(),
            "left": hole.left() - size.width(),
            "below": self.height() - hole.bottom() - size.height(),
            "above": hole.top() - size.height(),
        }
        side = max(room, key=lambda each: room[each])
        if room[side] < gap:  # the hole is nearly the window
            at = QPoint(hole.center().x() - size.width() // 2, hole.bottom() - size.height() - gap)
        elif side in ("right", "left"):
            x = hole.right() + gap if side == "right" else hole.left() - gap - size.width()
            at = QPoint(x, hole.center().y() - size.height() // 2)
        else:
            y = hole.bottom() + gap if side == "below" else hole.top() - gap - size.height()
            at = QPoint(hole.center().x() - size.width() // 2, y)
        at.setX(max(gap, min(at.x(), self.width() - size.width() - gap)))
        at.setY(max(gap, min(at.y(), self.height() - size.height() - gap)))
        self.card.move(at)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(theme.GRID)
        row.addWidget(self.skip_button)
        row.addStretch(1)
        row.addWidget(self.back_button)
        row.addWidget(self.next_button)
        column = QVBoxLayout(self.card)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(theme.GRID)
        for label in (self.count_label, self.title, self.text):
            column.addWidget(label)
        column.addSpacing(theme.GRID // 2)
        column.addLayout(row)
