"""Folds a row of the page away up to its header, so that the other rows get its height."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QSizePolicy, QSplitter, QToolButton, QWidget

from gui.theme import theme
from gui.widgets.labels import PanelHeader


class Fold(QObject):
    """Folds and unfolds a row of a splitter.

    Args:
        row: the row.
        body: the part of the row that is hidden while it is folded.
        header: the header of the row, which gets the button.

    Attributes:
        button: folds and unfolds the row.
        usual_sizes: of all rows, for a row that was folded before the window was shown.
    """

    changed = Signal(bool)  # whether the row is folded

    def __init__(self, row: QWidget, body: QWidget, header: PanelHeader) -> None:
        super().__init__(row)
        self._row, self._body, self._what = row, body, header.title.text()
        self._is_folded = False
        self.usual_sizes: Sequence[int] = ()
        self._sizes: list[int] = []  # of all rows before this one was folded
        self.button = QToolButton()
        self.button.setProperty("fold", True)
        self.button.clicked.connect(self._on_clicked)
        theme.signals.theme_changed.connect(self._show_state)
        self._show_state()
        header.add(self.button)

    @property
    def is_folded(self) -> bool:
        """Whether only the header is shown."""
        return self._is_folded

    def set_folded(self, is_folded: bool) -> None:
        """Fold the row, or give it the height that it had before."""
        if is_folded == self._is_folded:
            return
        rows = self._row.parentWidget()
        if is_folded and self._body.isAncestorOf(self._row.focusWidget() or self._row):
            self.button.setFocus()
        if is_folded and isinstance(rows, QSplitter):
            self._sizes = rows.sizes() if self._row.isVisible() else list(self.usual_sizes)
        self._is_folded = is_folded
        self._body.setVisible(not is_folded)
        policy = self._row.sizePolicy()
        tallness = QSizePolicy.Policy.Maximum if is_folded else QSizePolicy.Policy.Preferred
        policy.setVerticalPolicy(tallness)
        self._row.setSizePolicy(policy)
        if not is_folded and isinstance(rows, QSplitter) and self._row.isVisible():
            rows.setSizes(self._sizes)
        self._show_state()
        self.changed.emit(is_folded)

    @Slot()
    def _on_clicked(self) -> None:
        self.set_folded(not self._is_folded)

    @Slot()
    def _show_state(self) -> None:
        verb = "Unfold" if self._is_folded else "Fold"
        self.button.setAccessibleName(f"{verb}: {self._what}")
        gain = "" if self._is_folded else "; the other rows get its height"
        self.button.setToolTip(f"{verb} this row{gain}")
        theme.dress(self.button, "folded" if self._is_folded else "unfolded", colour=theme.current().muted)
