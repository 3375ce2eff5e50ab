"""The small table of the channel inspector."""

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.channel.inspector import FIGURES
from gui.channel.views.plain_table import PlainTable


def test_no_column_is_cut_off_and_no_row_hidden_where_it_is_narrow(qtbot: QtBot) -> None:
    table = PlainTable("Selected channels", FIGURES, stretched=1)
    qtbot.addWidget(table)
    table.show()
    table.set_rows((("3", "pruned, dead", "30 of 60", "4.900", "2.414", "−2.486"),))
    for width in (900, 300, 200, 700):
        table.resize(width, table.height())
        QApplication.processEvents()
        header = table.horizontalHeader()
        for column in range(table.columnCount()):
            needed = max(table.sizeHintForColumn(column), header.sectionSizeHint(column))
            assert table.columnWidth(column) >= needed, (width, column)
        row = table.visualRect(table.model().index(0, 0))
        assert row.bottom() <= table.viewport().height()
        assert bool(table.horizontalScrollBar().maximum()) == (width <= 300)
        if width == 900:
            assert header.length() == table.viewport().width()
