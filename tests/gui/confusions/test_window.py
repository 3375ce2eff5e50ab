"""The confusions window alone: its table, its heat map, keys, and what it says."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from core.images.answers import FLAGGED, Who
from core.images.class_names import ClassNames
from core.images.confusions import Confusions, confusions_of
from gui.confusions.texts import COUNTED_ONLY, TARGETS_ONLY
from gui.confusions.window import NONE_FOUND, ConfusionsWindow
from gui.keys.bindings import bindings
from gui.theme import class_names
from tests.gui.images.made_up_answers import made_up_answers

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[ConfusionsWindow]:
    parent = QWidget()
    qtbot.addWidget(parent)
    window = ConfusionsWindow(parent)
    window.show()
    qtbot.waitExposed(window)
    yield window
    window.close()


def confusions(who: Who = Who.PRUNED, *, is_poisoned: bool = False, has_true_labels: bool = True) -> Confusions:
    return confusions_of(made_up_answers(is_poisoned=is_poisoned, has_true_labels=has_true_labels), who)


def show(window: ConfusionsWindow, shown: Confusions) -> list[tuple[object, ...]]:
    window.show_confusions(shown)
    QApplication.processEvents()
    return list(window.table.shown_table().rows)


def test_the_table_lists_the_largest_first(window: ConfusionsWindow) -> None:
    rows = show(window, confusions())
    assert [row[:3] for row in rows] == [(label, 7, 2) for label in range(5)]
    assert window.windowTitle().endswith("10 of 60 images are answered as another class by B′")
    assert window.status.text().startswith("5 confusions")
    assert window.heat_map.isVisible()
    assert [row[1] for row in show(window, confusions(Who.AGREEMENT))] == ["backdoored"] * 5 + [7]


def test_a_click_on_a_row_or_return_asks_for_its_images(window: ConfusionsWindow, qtbot: QtBot) -> None:
    show(window, confusions())
    table = window.table
    model = table.model()
    table.sortByColumn(0, Qt.SortOrder.DescendingOrder)  # the row that is shown, not the one in the table's order
    with qtbot.waitSignal(window.pair_chosen) as clicked:
        QTest.mouseClick(table.viewport(), LEFT, pos=table.visualRect(model.index(0, 1)).center())
    assert clicked.args == [4, 7, 2]
    QTest.keyClick(table, Qt.Key.Key_Down)
    with qtbot.waitSignal(window.pair_chosen) as entered:
        QTest.keyClick(table, Qt.Key.Key_Return)
    assert entered.args == [3, 7, 2]


def test_a_click_on_a_cell_or_return_asks_for_its_images(window: ConfusionsWindow, qtbot: QtBot) -> None:
    show(window, confusions(Who.AGREEMENT))
    heat, matrix = window.heat_map, window.heat_map.matrix
    QAbstractItemModelTester(matrix)
    assert (matrix.rowCount(), matrix.columnCount()) == (6, 7)  # 0 to 4, 7; and “backdoored”
    flagged = matrix.index(1, 6)
    assert matrix.pair(flagged)[:2] == (1, FLAGGED)
    with qtbot.waitSignal(window.pair_chosen) as clicked:
        QTest.mouseClick(heat.viewport(), LEFT, pos=heat.visualRect(flagged).center())
    assert clicked.args == [1, FLAGGED, 2]
    heat.setCurrentIndex(matrix.index(2, 2))
    with qtbot.waitSignal(window.pair_chosen) as entered:
        QTest.keyClick(heat, Qt.Key.Key_Return)
    assert entered.args == [2, 2, 10]
    with qtbot.assertNotEmitted(window.pair_chosen):  # no image is there
        QTest.mouseClick(heat.viewport(), LEFT, pos=heat.visualRect(matrix.index(1, 3)).center())


def test_cells_say_what_they_count(window: ConfusionsWindow) -> None:
    show(window, confusions())
    matrix = window.heat_map.matrix
    tip = matrix.index(1, 5).data(Qt.ItemDataRole.ToolTipRole)
    assert tip == "2 of 12 images of class 1: B′ answers class 7"
    full, empty = (matrix.index(1, each).data(Qt.ItemDataRole.BackgroundRole).color() for each in (1, 3))
    assert full != empty


def test_many_classes_have_no_heat_map(window: ConfusionsWindow) -> None:
    answers = made_up_answers(200)
    labels = np.arange(200)
    images = replace(answers.images, true_labels=labels, dataset=replace(answers.images.dataset, labels=labels))
    show(window, confusions_of(replace(answers, images=images), Who.PRUNED))
    assert not window.heat_map.isVisible()
    assert window.table.isVisible()


def test_names_have_columns_and_are_found(window: ConfusionsWindow) -> None:
    class_names.use_names(ClassNames(Path("names.txt"), {label: f"sign {label}" for label in range(8)}))
    try:
        rows = show(window, confusions())
        assert rows[1][:5] == (1, "sign 1", 7, "sign 7", 2)
        QTest.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(window.find_field, "sign 3")
        assert [row[0] for row in window.table.shown_table().rows] == [3]
        assert window.status.text().startswith("1 of 5 confusions")
        window.table.row_activated.emit(0)
        assert window.table.pair_at(0) == (3, 7, 2)
    finally:
        class_names.use_names(None)
    assert len(window.table.table.columns) == 4  # drawn anew without names


def test_poisoned_images_are_told_apart(window: ConfusionsWindow) -> None:
    show(window, confusions(is_poisoned=True))
    assert window.remark.text() == COUNTED_ONLY
    rows = show(window, confusions(is_poisoned=True, has_true_labels=False))
    assert window.remark.text() == TARGETS_ONLY
    assert window.table.table.columns[0] == "wanted class"
    assert sum(int(str(row[2])) for row in rows) == 50  # the attack fails on all others
    show(window, confusions())
    assert window.remark.isHidden()


def test_nothing_confused_is_said(window: ConfusionsWindow) -> None:
    answers = made_up_answers(200)
    right = replace(answers, base=answers.images.labels.copy(), pruned=answers.images.labels.copy())
    show(window, confusions_of(right, Who.BASE))
    assert window.heat_map.isVisible()  # the diagonal
    assert window.windowTitle().endswith("0 of 200 images are answered as another class by B")
    assert not window.export_button.isEnabled()
    assert NONE_FOUND


def test_selected_rows_are_copied(window: ConfusionsWindow) -> None:
    show(window, confusions())
    window.table.selectRow(2)
    QTest.keyClick(window.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert len(lines) == 2
    assert lines[1].split("\t")[:3] == ["2", "7", "2"]


def test_escape_closes(window: ConfusionsWindow, qtbot: QtBot) -> None:
    show(window, confusions())
    with qtbot.waitSignal(window.closed):
        QTest.keyClick(window.table, Qt.Key.Key_Escape)
    assert not window.isVisible()
    assert window.geometry().contains(window.geometry().topLeft() + QPoint(1, 1))


def test_the_keys_that_find_a_class_can_be_others(window: ConfusionsWindow) -> None:
    show(window, confusions())
    bindings.assign("confusions.find", ["F4"])
    try:
        QTest.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
        assert not window.find_field.hasFocus()
        QTest.keyClick(window, Qt.Key.Key_F4)
        assert window.find_field.hasFocus()
    finally:
        bindings.take({})
