"""A message across the window with buttons that answer it."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from gui.theme import theme
from gui.widgets.labels import Notice, NoticeKind, set_severity


class OfferBar(QWidget):
    """Shows a message and what can be done, until one of these is chosen; it does not block the window."""

    changed = Signal()  # another text is shown, or none
    chosen = Signal(str)  # the text of the button

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._notice = Notice("warning", is_wrapped=True)
        self.buttons: dict[str, QPushButton] = {}
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 2, theme.GRID // 2, 2)
        self._row.setSpacing(theme.GRID)
        self._row.addWidget(self._notice, 1)
        self.setProperty("floating", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setVisible(False)

    @property
    def text(self) -> str:
        """The shown text; empty when hidden."""
        return self._notice.text()

    def show_offer(self, text: str, choices: Sequence[str], *, kind: NoticeKind = "warning") -> None:
        """Show a message and its choices in place of the earlier one."""
        self._notice.show_text(text, kind=kind)
        set_severity(self, kind)
        if list(self.buttons) != list(choices):
            for button in self.buttons.values():
                self._row.removeWidget(button)
                button.deleteLater()
            self.buttons = {choice: self._make(choice) for choice in choices}
        self.setVisible(bool(text))
        self.changed.emit()
        if text:
            QAccessible.updateAccessibility(QAccessibleEvent(self._notice, QAccessible.Event.Alert))

    def clear(self) -> None:
        """Hide the message."""
        self._notice.show_text("", kind="quiet")
        self.setVisible(False)
        self.changed.emit()

    def _make(self, choice: str) -> QPushButton:
        button = QPushButton(choice)
        button.clicked.connect(lambda _checked=False: self.chosen.emit(choice))
        self._row.addWidget(button)
        return button
