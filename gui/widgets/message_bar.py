"""A message across the window, such as an error or the path of a saved file."""

from PySide6.QtCore import QSize, Slot
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from gui.theme import theme
from gui.widgets.labels import Notice, NoticeKind


class MessageBar(QWidget):
    """Shows a message until it is closed or replaced; it does not block the window."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._notice = Notice("error", is_wrapped=True)
        self.close_button = QToolButton()
        self.close_button.setAutoRaise(True)
        self.close_button.setIconSize(QSize(16, 16))
        self.close_button.setToolTip("Close this message")
        self.close_button.setAccessibleName("Close this message")
        self.close_button.clicked.connect(self.clear)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GRID // 2)
        row.addWidget(self._notice, 1)
        row.addWidget(self.close_button)
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
        self.setVisible(bool(text))

    @Slot()
    def clear(self) -> None:
        """Hide the message."""
        self.show_text("", kind="quiet")

    @Slot()
    def _recolour(self) -> None:
        self.close_button.setIcon(theme.icon("clear", colour=theme.current().muted))
