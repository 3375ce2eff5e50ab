"""The button that shows a table in place of a chart, and the place that both share."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QStackedLayout, QToolButton, QWidget

from gui.theme import theme


class TableToggle(QToolButton):
    """A checkable button with the icon of a table.

    Args:
        what: what is shown as a table: "Channels".
    """

    def __init__(self, what: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("boxed", True)
        self.setCheckable(True)
        self.setAccessibleName(f"{what} as a table")
        self.setToolTip(f"Show the {what.lower()} as a table")
        theme.signals.theme_changed.connect(self._recolour)
        self._recolour()

    @Slot()
    def _recolour(self) -> None:
        theme.dress(self, "table")


class TwinStack(QWidget):
    """Shows a chart, or its table while a button is checked."""

    def __init__(self, chart: QWidget, twin: QWidget, toggle: QToolButton, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(chart)
        self._stack.addWidget(twin)
        toggle.toggled.connect(self._on_toggled)

    @Slot(bool)
    def _on_toggled(self, is_table: bool) -> None:
        self._stack.setCurrentIndex(1 if is_table else 0)
