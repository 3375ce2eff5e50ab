"""A splitter whose state can be stored as text."""

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtWidgets import QSplitter, QWidget

from gui.theme import theme


class Splitter(QSplitter):
    """A splitter whose parts cannot be collapsed, and whose state can be stored as text."""

    def __init__(self, orientation: Qt.Orientation, widgets: tuple[QWidget, ...]) -> None:
        super().__init__(orientation)
        self.setHandleWidth(theme.GRID)
        for widget in widgets:
            self.addWidget(widget)
        self.setChildrenCollapsible(False)

    @property
    def state(self) -> str:
        """Qt's description of the sizes, in base 64."""
        return bytes(self.saveState().toBase64().data()).decode("ascii")

    def restore(self, state: str) -> None:
        """Restore the sizes; an unreadable state changes nothing."""
        if state:
            self.restoreState(QByteArray.fromBase64(state.encode("ascii", errors="replace")))
