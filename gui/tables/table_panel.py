"""A panel around a table of networks: what Repair and Compare have in common."""

from PySide6.QtCore import QEvent, Slot
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QWidget

from gui.tables.network_table import NetworkTable


class TablePanel(QWidget):
    """Copies its table, and fits it to the panel's size and to the application's font.

    A subclass sets `table` before it is shown, and defines `_fit` and `_recolour`.
    """

    table: NetworkTable

    @Slot()
    def copy(self) -> None:
        """Copy the whole table to the clipboard."""
        if self.table.rows:
            QGuiApplication.clipboard().setText(self.table.tsv(range(len(self.table.rows))))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy with Ctrl+C."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the application's font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._recolour()
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Distribute the width among the columns."""
        super().resizeEvent(event)
        layout = self.layout()
        if layout is not None:
            layout.activate()  # the table's own width first
        self._fit()

    def _fit(self) -> None:
        raise NotImplementedError

    def _recolour(self) -> None:
        raise NotImplementedError
