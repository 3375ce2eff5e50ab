import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.charts.curve_chart import CurveChart, CurveLine, Place
from gui.charts.threshold_lines import Threshold

pytestmark = [pytest.mark.qt_log_ignore("propagateSizeHints")]
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def chart(qtbot: QtBot) -> CurveChart:
    chart = CurveChart()
    qtbot.addWidget(chart)
    chart.resize(600, 400)
    chart.show()
    qtbot.waitExposed(chart)
    chart.begin(10)
    chart.set_lines({"a": CurveLine("#ff0000")})
    chart.set_points("a", [Place(step, 100 - 5 * step) for step in range(11)])
    chart.set_reachable(10)
    chart.set_thresholds(
        (
            Threshold(95, "5 points", (1, 95), (2, 90), is_movable=True),
            Threshold(60, "40 points", (8, 60), (9, 55), is_movable=True),
        )
    )
    chart.dragged = []  # type: ignore[attr-defined]
    chart.released = []  # type: ignore[attr-defined]
    chart.threshold_dragged.connect(lambda index, level: chart.dragged.append((index, level)))
    chart.threshold_released.connect(chart.released.append)
    QApplication.processEvents()
    return chart


def test_a_level_follows_the_mouse_and_is_let_go(chart: CurveChart, qtbot: QtBot) -> None:
    start = chart.position_of(5, 60).toPoint()
    with qtbot.assertNotEmitted(chart.cursor_moved):
        QTest.mousePress(chart.viewport(), LEFT, NONE, start)
        QTest.mouseMove(chart.viewport(), chart.position_of(5, 50).toPoint())
        QTest.mouseMove(chart.viewport(), chart.position_of(5, 30).toPoint())
        assert chart.released == []
        QTest.mouseRelease(chart.viewport(), LEFT, NONE, chart.position_of(5, 30).toPoint())
    assert [index for index, _ in chart.dragged] == [1, 1]
    assert chart.dragged[-1][1] == pytest.approx(30, abs=0.5)
    assert chart.released == [True]


def test_a_click_on_a_level_moves_the_cursor(chart: CurveChart, qtbot: QtBot) -> None:
    with qtbot.waitSignal(chart.cursor_moved) as moved:
        QTest.mouseClick(chart.viewport(), LEFT, NONE, chart.position_of(7, 60).toPoint())
    assert moved.args == [7]
    assert chart.dragged == []


def test_a_drag_along_a_level_drags_the_cursor(chart: CurveChart) -> None:
    moved: list[int] = []
    chart.cursor_moved.connect(moved.append)
    start = chart.position_of(2, 60).toPoint()
    QTest.mousePress(chart.viewport(), LEFT, NONE, start)
    for step in (3, 4, 5):
        QTest.mouseMove(chart.viewport(), chart.position_of(step, 60).toPoint())
    QTest.mouseRelease(chart.viewport(), LEFT, NONE, chart.position_of(5, 60).toPoint())
    assert moved[-1] == 5
    assert chart.dragged == []


def test_escape_gives_a_drag_up(chart: CurveChart) -> None:
    QTest.mousePress(chart.viewport(), LEFT, NONE, chart.position_of(5, 60).toPoint())
    QTest.mouseMove(chart.viewport(), chart.position_of(5, 50).toPoint())
    QTest.keyClick(chart, Qt.Key.Key_Escape)
    assert chart.released == [False]
    QTest.mouseRelease(chart.viewport(), LEFT, NONE, chart.position_of(5, 50).toPoint())
    assert chart.released == [False]


def test_the_mouse_says_what_can_be_moved(chart: CurveChart) -> None:
    QTest.mouseMove(chart.viewport(), chart.position_of(5, 60).toPoint())
    assert chart.viewport().cursor().shape() == Qt.CursorShape.SizeVerCursor
    QTest.mouseMove(chart.viewport(), chart.position_of(5, 60).toPoint() + QPoint(0, 30))
    assert chart.viewport().cursor().shape() != Qt.CursorShape.SizeVerCursor


def test_keys_choose_a_level_and_move_it(chart: CurveChart) -> None:
    keys = Qt.Key
    QTest.keyClick(chart, keys.Key_Up)
    assert chart.dragged == []
    QTest.keyClick(chart, keys.Key_T)
    QTest.keyClick(chart, keys.Key_T)
    QTest.keyClick(chart, keys.Key_Up)
    QTest.keyClick(chart, keys.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert chart.dragged == [(1, pytest.approx(60.1)), (1, pytest.approx(59.0))]
    assert chart.released == [True, True]
    plain = chart.grab().toImage()
    QTest.keyClick(chart, keys.Key_Escape)
    QTest.keyClick(chart, keys.Key_Up)
    assert len(chart.dragged) == 2
    assert chart.grab().toImage() != plain  # the chosen level stands out


def test_levels_that_cannot_be_moved_are_left_alone(chart: CurveChart, qtbot: QtBot) -> None:
    chart.set_thresholds((Threshold(60, "40 points", None, None),))
    with qtbot.waitSignal(chart.cursor_moved):
        QTest.mouseClick(chart.viewport(), LEFT, NONE, chart.position_of(7, 60).toPoint())
    QTest.keyClick(chart, Qt.Key.Key_T)
    QTest.keyClick(chart, Qt.Key.Key_Up)
    assert chart.dragged == []
