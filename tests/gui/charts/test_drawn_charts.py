"""Charts that are drawn into files: what follows mouse and focus stays on the screen."""

import numpy as np
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.charts.bar_chart import BarChart
from gui.charts.chart import Chart
from gui.charts.curve_chart import CurveChart, CurveLine, Place
from gui.charts.threshold_lines import Threshold

pytestmark = [
    pytest.mark.qt_log_ignore("propagateSizeHints"),  # the offscreen platform of every window with a smallest size
]


def shown(chart: Chart, qtbot: QtBot) -> None:
    qtbot.addWidget(chart)
    chart.resize(500, 240)
    chart.show()
    qtbot.waitExposed(chart)


def drawn(chart: Chart) -> QImage:
    image = QImage(chart.size(), QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    chart.draw_into(painter, QRectF(chart.rect()), dots_per_pixel=1.0)
    painter.end()
    return image


def settle(chart: Chart) -> None:
    """Draw once, which sets fonts, and let the axes take the room that they need."""
    drawn(chart)
    QApplication.processEvents()


def test_curves(qtbot: QtBot) -> None:
    curves = CurveChart()
    shown(curves, qtbot)
    curves.begin(10)
    curves.set_lines({"a": CurveLine("#ff0000")})
    curves.set_points("a", [Place(step, 100 - step) for step in range(8)])
    curves.set_reachable(7)
    curves.set_thresholds([Threshold(90.0, "10 points", None, None)])
    curves.set_cursor(2)
    settle(curves)
    before = drawn(curves)
    curves.activateWindow()
    curves.setFocus()
    qtbot.waitUntil(curves.hasFocus)
    QTest.keyClick(curves, Qt.Key.Key_T)
    QTest.mouseMove(curves.viewport(), curves.widget_position(5, 40).toPoint())
    assert curves.hovered_step == 5
    assert drawn(curves) == before
    assert curves.hovered_step == 5 and curves.is_on_screen


def test_bars(qtbot: QtBot) -> None:
    bars = BarChart()
    shown(bars, qtbot)
    heights = np.array([0.0, 1.0, 2.0, 4.0])
    bars.set_bars(heights, labels=["7", "5", "0", "3"], fills=["#808080"] * 4, hollow=heights == 0)
    settle(bars)
    before = drawn(bars)
    bars.set_focused(2)
    assert drawn(bars) == before
    QTest.mouseMove(bars.viewport(), bars.widget_position(1, 0).toPoint())
    assert drawn(bars) == before
    assert not bars.mark_in_front.isVisible()  # of the bar with the focus, while the mouse is over another
    QTest.mouseMove(bars.viewport(), bars.widget_position(2, 0).toPoint())
    assert bars.mark_in_front.isVisible()
