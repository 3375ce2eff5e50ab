"""Widgets beside or above each other, with a border between them that can be moved."""

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtWidgets import QSplitter, QWidget

from gui.theme import theme


class Splitter(QSplitter):
    """A splitter whose parts never vanish, and whose place can be remembered as text."""

    def __init__(self, orientation: Qt.Orientation, widgets: tuple[QWidget, ...]) -> None:
        super().__init__(orientation)
        self.setHandleWidth(theme.GRID)
        for widget in widgets:
            self.addWidget(widget)
        self.setChildrenCollapsible(False)

    @property
    def state(self) -> str:
        """Where the borders stand, as Qt describes it, in base 64."""
        return bytes(self.saveState().toBase64().data()).decode("ascii")

    def restore(self, state: str) -> None:
        """Put the borders where they were; what cannot be read changes nothing."""
        if state:
            self.restoreState(QByteArray.fromBase64(state.encode("ascii", errors="replace")))
