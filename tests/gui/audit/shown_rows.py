"""The rows that the Audit page shows, read and clicked as a person does."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gui.audit.panel import AuditPanel


def names(panel: AuditPanel) -> list[str]:
    return [str(each.cells[0]) for each in panel.table.shown]


def click_row(panel: AuditPanel, name: str) -> None:
    place = names(panel).index(name)
    panel.table.scrollTo(panel.table.model().index(place, 0))
    where = panel.table.visualRect(panel.table.model().index(place, 0)).center()
    QTest.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=where)
