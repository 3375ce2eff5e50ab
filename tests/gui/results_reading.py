"""The results table read and clicked as a person does."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gui.prune.results_panel import ResultsPanel


def texts(panel: ResultsPanel, row: int) -> list[str]:
    return [panel.model.index(row, column).data() for column in range(panel.model.columnCount())]


def names(panel: ResultsPanel) -> list[str]:
    model = panel.model
    return [model.headerData(row, Qt.Orientation.Vertical) for row in range(model.rowCount())]


def click_row(panel: ResultsPanel, row: int) -> None:
    place = panel.view.visualRect(panel.model.index(row, 0)).center()  # no link to images
    QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
