"""The legend of the curves with the figures at one step."""

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.charts.curve_readout import ReadoutRow


def test_a_longer_value_is_whole_before_the_row_is_laid_out_again(qtbot: QtBot) -> None:
    row = ReadoutRow()
    qtbot.addWidget(row)
    row.resize(204, 30)
    row.value.setText("100 %")
    row.show()
    qtbot.waitExposed(row)
    for event in (None, QEvent(QEvent.Type.ApplicationFontChange)):
        if event is not None:
            QApplication.sendEvent(row, event)
        row.layout().activate()
        row.value.setText("99.38 %")  # no event has told the layout yet
        assert row.value.width() >= row.value.fontMetrics().horizontalAdvance(row.value.text())
        row.value.setText("100 %")
