"""A share beside the curves as a link: a click on any of its words, Enter, and a context menu."""

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from core.images.selection import AskedShare
from gui.charts.curve_readout import Readout, ReadoutRow
from gui.charts.curve_series import series_of

pytest_plugins = ["tests.gui.panel_samples"]
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def readout(qtbot: QtBot, samples: Any) -> Readout:
    readout = Readout()
    qtbot.addWidget(readout)
    readout.set_series(series_of("pruned", poisoned_names=["p.h5"], has_test=True))
    readout.resize(300, 200)
    readout.show()
    qtbot.waitExposed(readout)
    readout.show_point(samples.points[4], channels_left=2)
    return readout


@pytest.mark.parametrize("part", [lambda row: row.value, lambda row: row.name, lambda row: row.evidence])
def test_a_click_on_any_word_asks(readout: Readout, part: Callable[[ReadoutRow], QWidget], qtbot: QtBot) -> None:
    row = readout.rows[-1]
    widget = part(row)
    place = widget.mapTo(readout, widget.rect().center())
    with qtbot.waitSignal(readout.asked) as asked:
        QTest.mouseClick(readout.windowHandle(), LEFT, Qt.KeyboardModifier.NoModifier, place)
    (share,) = asked.args
    assert isinstance(share, AskedShare)
    assert (share.figure.key, str(share.share)) == ("attack_success_rate", "30 of 60")


def test_estimates_are_no_links(readout: Readout, samples: Any, qtbot: QtBot) -> None:
    readout.show_point(samples.points[4], channels_left=2, is_estimate=True)
    with qtbot.assertNotEmitted(readout.asked):
        QTest.mouseClick(readout.rows[0], LEFT, pos=QPoint(30, 5))
        QTest.keyClick(readout.rows[0], Qt.Key.Key_Return)
    assert readout.rows[0].focusPolicy() is Qt.FocusPolicy.NoFocus
    assert not readout.rows[0].is_hot
    readout.show_point(samples.points[4], channels_left=2)
    readout.rows[0].setFocus()
    with qtbot.waitSignal(readout.asked):
        QTest.keyClick(readout.rows[0], Qt.Key.Key_Space)
