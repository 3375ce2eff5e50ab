import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.records import Share
from core.report.tables.plain_table import PlainTable
from gui.tables.twin import TwinView

pytestmark = [pytest.mark.qt_log_ignore("propagateSizeHints")]
TABLE = PlainTable(
    "t",
    ("step", "name", "ASR", "loss"),
    (
        (0, "b", Share(9, 10), None),
        (10, "a", Share(100, 1000), 0.5),
        (2, "c", Share(0, 0), 0.25),
    ),
)


@pytest.fixture
def view(qtbot: QtBot) -> TwinView:
    view = TwinView("Numbers")
    qtbot.addWidget(view)
    view.resize(400, 200)
    view.show()
    qtbot.waitExposed(view)
    view.show_table(TABLE)
    QApplication.processEvents()
    return view


def column(view: TwinView, number: int) -> list[str]:
    return [view.model().index(row, number).data() for row in range(view.model().rowCount())]


def click_title(view: TwinView, number: int) -> None:
    header = view.horizontalHeader()
    x = header.sectionViewportPosition(number) + header.sectionSize(number) // 2
    at = header.viewport().rect().center()
    at.setX(x)
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=at)


def test_it_begins_in_the_table_s_own_order(view: TwinView) -> None:
    assert column(view, 0) == ["0", "10", "2"]
    assert column(view, 2) == ["90.00 % (9 of 10)", "10.00 % (100 of 1000)", "–"]
    assert view.accessibleName() == "Numbers"


def test_a_click_on_a_title_sorts_numbers_as_numbers_and_what_is_missing_last(view: TwinView) -> None:
    click_title(view, 0)
    assert column(view, 0) == ["0", "2", "10"]
    click_title(view, 2)
    assert column(view, 2)[0].startswith("10.00")
    assert column(view, 2)[2] == "–"
    click_title(view, 1)
    assert column(view, 1) == ["a", "b", "c"]


def test_rows_are_named_by_their_number_in_the_table_however_it_is_sorted(view: TwinView) -> None:
    chosen: list[int] = []
    activated: list[int] = []
    view.row_chosen.connect(chosen.append)
    view.row_activated.connect(activated.append)
    click_title(view, 0)
    view.setFocus()
    view.choose(0)
    assert chosen == []
    QTest.keyClick(view, Qt.Key.Key_Down)
    QTest.keyClick(view, Qt.Key.Key_Down)
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert (chosen, activated) == ([2, 1], [1])


def test_newer_figures_keep_the_chosen_row_and_the_order(view: TwinView) -> None:
    click_title(view, 0)
    view.choose(2)
    newer = PlainTable("t", TABLE.columns, tuple((a, b, Share(5, 10), d) for a, b, _, d in TABLE.rows))
    view.show_table(newer)
    assert column(view, 0) == ["0", "2", "10"]
    assert view.currentIndex().row() == 1


def test_ctrl_c_copies_the_selected_rows_as_they_are_shown(view: TwinView) -> None:
    click_title(view, 0)
    view.setFocus()
    view.selectRow(1)
    QTest.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].split("\t")[2] == "ASR, rate"
    assert [line.split("\t")[0] for line in lines[1:]] == ["2"]
    QTest.keyClick(view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert [line.split("\t")[0] for line in QGuiApplication.clipboard().text().splitlines()[1:]] == ["0", "2", "10"]


def long_table(rows: int) -> PlainTable:
    cells = tuple((each, Share(51, 60), Share(60, 60), 1.25, "") for each in range(rows))
    titles = ("epoch", "clean held-out accuracy", "ASR", "loss", "weights")
    return PlainTable("t", titles, cells)


def test_where_there_is_little_width_titles_take_two_lines_and_then_counts_go_to_the_tooltips(view: TwinView) -> None:
    view.show_table(long_table(30))
    view.resize(view.content_width, 200)
    QApplication.processEvents()
    assert view.model().headerData(1, Qt.Orientation.Horizontal) == "clean held-out accuracy"
    wide, narrow = view.width(), 0
    for width in range(wide, 150, -5):
        view.resize(width, 200)
        QApplication.processEvents()
        if view.horizontalScrollBar().maximum():
            break
        narrow = width
    assert narrow <= wide * 0.86
    view.resize(narrow, 200)
    index = view.model().index(0, 1)
    assert "\n" in view.model().headerData(1, Qt.Orientation.Horizontal)
    assert (index.data(), index.data(Qt.ItemDataRole.ToolTipRole)) == ("85.00 %", "85.00 % (51 of 60)")
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "clean held-out accuracy: 85.00 % (51 of 60)"
    assert view.shown_table().columns[1] == "clean held-out accuracy"
    view.resize(wide, 200)
    assert index.data() == "85.00 % (51 of 60)" and index.data(Qt.ItemDataRole.ToolTipRole) is None


def test_columns_grow_with_rows_that_come_and_keep_widths_that_a_person_chose(view: TwinView) -> None:
    view.resize(700, 200)
    view.show_table(PlainTable("t", ("epoch", "loss", "weights"), ((0, None, ""),)))
    view.setColumnWidth(0, 150)
    narrow = view.columnWidth(1)
    view.show_table(PlainTable("t", ("epoch", "loss", "weights"), ((0, None, ""), (1, 123456789.123, ""))))
    assert view.columnWidth(0) == 150 and view.columnWidth(1) > narrow
    view.resize(690, 200)
    assert view.columnWidth(0) == 150
