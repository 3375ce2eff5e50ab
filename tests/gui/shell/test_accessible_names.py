"""What a screen reader is told: every part that has the focus or shows something has a name in words."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QListView,
    QTableView,
    QWidget,
)

from core.repair.methods.finetune import FINETUNE
from gui.prune.page import PrunePage
from gui.shell.wiring import WindowWiring
from tests.gui.window_driver import Driver

SIGNS = ("", "–", "?")
ROWS = 20


def faults(window: QWidget) -> list[str]:
    """Return what is wrong with the names of a window's visible parts."""
    found = set()
    for widget in window.findChildren(QWidget):
        if widget.isVisible() and widget.window() is window and not _is_inner(widget):
            found |= {f"{_path(widget)}: {fault}" for fault in _faults_of(widget)}
    return sorted(found)


def _faults_of(widget: QWidget) -> Iterator[str]:
    interface = QAccessible.queryAccessibleInterface(widget)
    name, description = (interface.text(each) for each in (QAccessible.Text.Name, QAccessible.Text.Description))
    if interface.state().focusable and not name.strip():
        yield "can have the focus, and has no name"
    if name and not any(letter.isalnum() for letter in name):
        yield f"has a sign for a name: {name}"
    if isinstance(widget, QLabel) and not widget.pixmap().isNull() and not name:
        yield "is an image without a name"
    if re.search(r"</?[a-z]+>", name + description):
        yield f"has marks in its texts: {name} {description}"
    if isinstance(widget, QComboBox) and not (widget.accessibleName() or description):
        yield "is a choice without a name"
    if isinstance(widget, QTableView | QListView):
        yield from (f"has a cell without words: {cell}" for cell in _mute_cells(widget))


def _mute_cells(view: QAbstractItemView) -> Iterator[str]:
    model = view.model()
    columns = model.columnCount(QModelIndex()) if isinstance(view, QTableView) else 1
    for row in range(min(model.rowCount(QModelIndex()), ROWS)):
        for column in range(columns):
            index = model.index(row, column, QModelIndex())
            if str(index.data(Qt.ItemDataRole.AccessibleTextRole) or index.data() or "").strip() in SIGNS:
                yield f"row {row}, column {model.headerData(column, Qt.Orientation.Horizontal) or column}"


def _is_inner(widget: QWidget) -> bool:
    """Whether a widget is a part of another one, which speaks for it."""
    return isinstance(widget.parentWidget(), QAbstractSpinBox | QComboBox)


def _path(widget: QWidget) -> str:
    around = widget.parentWidget()
    return f"{type(around).__name__}/{type(widget).__name__} {widget.objectName()}".strip()


def _lay_out() -> None:
    for _ in range(6):
        QApplication.processEvents()


def test_the_walk_finds_what_is_wrong(qtbot: object) -> None:
    window = QWidget()
    view, image, field = QTableView(window), QLabel(window), QComboBox(window)
    from PySide6.QtGui import QPixmap, QStandardItem, QStandardItemModel  # noqa: PLC0415 - for this test alone

    model = QStandardItemModel(window)
    model.appendRow([QStandardItem("–"), QStandardItem("1 %")])
    view.setModel(model)
    image.setPixmap(QPixmap(4, 4))
    field.addItem("auto")
    window.show()
    said = "\n".join(faults(window))
    window.close()
    assert "QTableView: can have the focus, and has no name" in said
    assert "has a cell without words: row 0, column 1" in said
    assert "QLabel: is an image without a name" in said and "QComboBox: is a choice without a name" in said


def test_pages_with_nothing_open(wiring: WindowWiring) -> None:
    found = {}
    for page in wiring.panels.pages:
        wiring.panels.show_page(page.key)
        _lay_out()
        found[page.key] = faults(wiring.window)
    assert {key: said for key, said in found.items() if said} == {}


def test_pages_with_results(wiring: WindowWiring, driver: Driver, tmp_path: Path) -> None:
    driver.run_all()
    driver.repair(FINETUNE)
    wiring.pages["detect"].control.start()
    driver.settle()
    path = tmp_path / "face.png"
    Image.new("RGB", (8, 8), (20, 30, 40)).save(path)
    wiring.classifier_control.open_image(path)
    driver.settle()
    prune = wiring.page(PrunePage)
    prune.channels.show_selected(1)
    found = {}
    for page in wiring.panels.pages:
        wiring.panels.show_page(page.key)
        _lay_out()
        found[page.key] = faults(wiring.window)
    wiring.panels.show_page("prune")
    for button in (prune.channels.table_button, prune.curves.body.table_button, prune.curves.body.runs_button):
        button.click()
    _lay_out()
    found["tables"] = faults(wiring.window)
    assert {key: said for key, said in found.items() if said} == {}


@pytest.mark.qt_log_ignore("does not support")
def test_windows_beside_it(wiring: WindowWiring, driver: Driver, tmp_path: Path) -> None:
    driver.run_all()
    path = tmp_path / "face.png"
    Image.new("RGB", (8, 8), (20, 30, 40)).save(path)
    tools, prune = wiring.image_tools, wiring.page(PrunePage)
    wiring.classifier_control.open_image(path)
    driver.settle()
    tools.gallery.show()
    tools.gallery.add((path,))
    tools.studio.open()
    prune.pins.pin()
    prune.pins.show_window()
    driver.settle()
    _lay_out()
    windows = [each for each in QApplication.topLevelWidgets() if each.isVisible() and each.windowTitle()]
    assert len(windows) >= 4
    found = {each.windowTitle(): faults(each) for each in windows}
    for each in windows:
        if each is not wiring.window:
            each.close()
    assert {key: said for key, said in found.items() if said} == {}
