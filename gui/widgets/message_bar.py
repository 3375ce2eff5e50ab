"""Messages of the window, such as an error or the path of a saved file, and doubts about the open files."""

from PySide6.QtCore import QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from gui.theme import theme
from gui.widgets.labels import Notice, NoticeKind, ScaledLabel, set_severity

WIDTH = 480


class MessageBar(QWidget):
    """Shows a message until it is closed or replaced; it does not block the window.

    Args:
        is_wrapped: whether the text may take several lines; otherwise it is elided.
        parent: the widget's parent.
    """

    changed = Signal()  # another text is shown, or none

    def __init__(self, parent: QWidget | None = None, *, is_wrapped: bool = True) -> None:
        super().__init__(parent)
        self._notice = Notice("error", is_wrapped=is_wrapped)
        self.close_button = QToolButton()
        self.close_button.setAutoRaise(True)
        self.close_button.setIconSize(QSize(16, 16))
        self.close_button.setToolTip("Close this message")
        self.close_button.setAccessibleName("Close this message")
        self.close_button.clicked.connect(self.clear)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(theme.GRID // 2)
        self._row.addWidget(self._notice, 1)
        self._row.addWidget(self.close_button)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        theme.signals.theme_changed.connect(self._recolour)
        self._recolour()
        self.setVisible(False)

    @property
    def text(self) -> str:
        """The shown text; empty when hidden."""
        return self._notice.text()

    @property
    def kind(self) -> NoticeKind:
        """The severity."""
        return self._notice.kind

    def show_text(self, text: str, *, kind: NoticeKind) -> None:
        """Show a message in place of the earlier one."""
        self._notice.show_text(text, kind=kind)
        set_severity(self, kind)
        self.setVisible(bool(text))
        self.changed.emit()
        if text:
            QAccessible.updateAccessibility(QAccessibleEvent(self._notice, QAccessible.Event.Alert))

    @Slot()
    def clear(self) -> None:
        """Hide the message."""
        self.show_text("", kind="quiet")

    @Slot(str)
    def take_back(self, sentences: str) -> None:
        """Take sentences out of the message, which may have more of them."""
        if sentences and sentences in self.text:
            lines = self.text.replace(sentences, "").splitlines()
            self.show_text("\n".join(filter(None, lines)), kind=self.kind)

    @Slot()
    def _recolour(self) -> None:
        theme.dress(self.close_button, "clear", colour=theme.current().muted)


class CautionBar(MessageBar):
    """Shows several sentences in the place of one: the first, elided, and a button that shows all of them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, is_wrapped=False)
        self._text = self._closed_text = ""
        self.show_button = QToolButton()
        self.show_button.setText("Show")
        self.show_button.setAutoRaise(True)
        self.show_button.setToolTip("Show the whole text")
        self.show_button.setAccessibleName("Show the whole caution")
        self.show_button.clicked.connect(self._open)
        self._row.insertWidget(1, self.show_button)
        self.box = QFrame(self, Qt.WindowType.Popup)
        self.box.setProperty("panel", True)
        self.sentences = ScaledLabel()
        self.sentences.setWordWrap(True)
        self.sentences.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        column = QVBoxLayout(self.box)
        column.setContentsMargins(12, theme.GRID, 12, theme.GRID)
        column.addWidget(self.sentences)

    @property
    def text(self) -> str:
        """The whole text; empty when hidden."""
        return self._text

    def show_text(self, text: str, *, kind: NoticeKind) -> None:
        """Show the first line of a text, and how many more there are; a text that was closed is not shown again."""
        if text == self._closed_text and text:
            return
        self._closed_text = ""
        self._text = text
        lines = text.splitlines()
        more = f"  (and {len(lines) - 1} more)" if len(lines) > 1 else ""
        super().show_text(f"{lines[0]}{more}" if lines else "", kind=kind)
        self.sentences.setText("\n\n".join(lines))
        self._notice.setToolTip(text)
        self.box.hide()

    @Slot()
    def clear(self) -> None:
        """Hide the text until there is another one."""
        closed = self._text
        self.show_text("", kind="quiet")
        self._closed_text = closed

    @Slot()
    def _open(self) -> None:
        """Open the whole text below the bar; any click and Esc close it."""
        self.sentences.setFixedWidth(max(WIDTH, min(self.width(), 2 * WIDTH)))
        self.box.adjustSize()
        place = self.mapToGlobal(QPoint(self.width() - self.box.width(), self.height() + 2))
        place.setX(max(place.x(), self.screen().availableGeometry().left()))
        self.box.move(place)
        self.box.show()
        self.sentences.setFocus()
