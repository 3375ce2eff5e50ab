"""The legend of the curves with the figures at one step."""

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.charts.curve_readout import Readout, ReadoutRow
from gui.charts.curve_series import series_of


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


def test_a_curve_that_went_leaves_no_row_behind(qtbot: QtBot) -> None:
    readout = Readout()
    qtbot.addWidget(readout)
    readout.set_series(series_of("pruned", poisoned_names=("p.h5",), has_test=True))
    readout.show()
    gone = readout.rows[-1]
    readout.set_series(series_of("pruned", poisoned_names=(), has_test=False))
    assert len(readout.rows) == 1
    assert not gone.isVisible()
