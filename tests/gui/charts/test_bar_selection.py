"""What mouse and keyboard do to a row of bars."""

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.charts.bar_chart import BarChart
from tests.gui.mouse import drag

pytestmark = [
    pytest.mark.qt_log_ignore("propagateSizeHints"),  # the offscreen platform of every window with a smallest size
]


@pytest.fixture
def bars(qtbot: QtBot) -> BarChart:
    chart = BarChart()
    qtbot.addWidget(chart)
    chart.resize(400, 200)
    chart.show()
    qtbot.waitExposed(chart)
    heights = np.array([0.0, 1.0, 2.0, 4.0])
    chart.set_bars(heights, labels=["7", "5", "0", "3"], fills=["#808080"] * 4, hollow=heights == 0)
    QApplication.processEvents()
    return chart


def _drag_over(bars: BarChart, places: list[int], *, y: float = 0, is_released: bool = True) -> None:
    points = [bars.widget_position(place, y).toPoint() for place in places]
    drag(bars.viewport(), points, is_released=is_released)


def test_a_drag_chooses_all_bars_that_it_crosses_and_shows_them(bars: BarChart, qtbot: QtBot) -> None:
    seen: list[tuple[int, ...]] = []
    clicked: list[int] = []
    bars.span_changed.connect(seen.append)
    bars.bar_clicked.connect(clicked.append)
    with qtbot.waitSignal(bars.span_chosen) as chosen:
        _drag_over(bars, [0, 1, 3, 2])
    assert chosen.args == [(0, 1, 2)]
    assert seen == [(0, 1), (0, 1, 2, 3), (0, 1, 2), ()]
    assert clicked == []
    with qtbot.waitSignal(bars.span_chosen) as chosen:
        _drag_over(bars, [3, 1])
    assert chosen.args == [(3, 2, 1)]  # the bar that it began at comes first
    assert bars.focused == 1


def test_a_drag_that_leaves_the_chart_ends_at_its_last_bar(bars: BarChart, qtbot: QtBot) -> None:
    with qtbot.waitSignal(bars.span_chosen) as chosen:
        inside, outside = bars.widget_position(2, 0).toPoint(), QPoint(900, -80)
        drag(bars.viewport(), [inside, outside])
    assert chosen.args == [(2, 3)]


def test_the_bars_under_a_drag_stand_out(bars: BarChart, qtbot: QtBot) -> None:
    QApplication.processEvents()
    plain = bars.grab().toImage()
    _drag_over(bars, [1, 3], is_released=False)
    bars.set_span_text("Prune 3 channels", is_emphatic=True)
    QApplication.processEvents()
    marked = bars.grab().toImage()
    inside, outside = (bars.widget_position(place + 0.45, 0.4).toPoint() for place in (2, 0))
    ratio = marked.devicePixelRatio()
    assert marked.pixelColor(inside * ratio) != plain.pixelColor(inside * ratio)
    assert marked.pixelColor(outside * ratio) == plain.pixelColor(outside * ratio)
    QTest.keyClick(bars, Qt.Key.Key_Escape)
    QApplication.processEvents()
    assert bars.grab().toImage() == plain


def test_escape_takes_a_drag_back(bars: BarChart, qtbot: QtBot) -> None:
    chosen: list[Any] = []
    for signal in (bars.span_chosen, bars.bar_clicked):
        signal.connect(chosen.append)
    _drag_over(bars, [1, 3], is_released=False)
    assert bars.span == (1, 2, 3)
    override = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(bars, override)
    assert override.isAccepted()  # otherwise the window's Stop would take it
    QTest.keyClick(bars, Qt.Key.Key_Escape)
    QTest.mouseRelease(bars.viewport(), Qt.MouseButton.LeftButton, pos=bars.widget_position(3, 0).toPoint())
    assert bars.span == () and chosen == []
    override = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(bars, override)
    assert not override.isAccepted()


def test_shift_and_arrows_mark_bars_and_space_chooses_them(bars: BarChart, qtbot: QtBot) -> None:
    shift = Qt.KeyboardModifier.ShiftModifier
    chosen: list[Any] = []
    for signal in (bars.span_chosen, bars.bar_clicked):
        signal.connect(chosen.append)
    QTest.keyClick(bars, Qt.Key.Key_End)
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_Right):
        QTest.keyClick(bars, key, shift)
    assert bars.span == (3, 2) and bars.focused == 2
    QTest.keyClick(bars, Qt.Key.Key_Space)
    assert chosen == [(3, 2)] and bars.span == ()
    QTest.keyClick(bars, Qt.Key.Key_Home, shift)
    assert bars.span == (2, 1, 0)
    QTest.keyClick(bars, Qt.Key.Key_Escape)
    assert bars.span == ()
    QTest.keyClick(bars, Qt.Key.Key_End, shift)
    QTest.keyClick(bars, Qt.Key.Key_Left)  # without Shift nothing stays marked
    assert bars.span == () and bars.focused == 2
    QTest.keyClick(bars, Qt.Key.Key_Return)
    assert chosen == [(3, 2), 2]


def test_fewer_bars_leave_no_mark_behind(bars: BarChart) -> None:
    _drag_over(bars, [1, 3], is_released=False)
    bars.set_bars(np.ones(2), labels=("a", "b"), fills=("#ff0000",) * 2, hollow=np.zeros(2, dtype=bool))
    assert bars.span == ()
