"""Zooming, moving and folding by real events of mouse and keyboard."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.charts.curve_chart import CurveChart, CurveLine, Place

pytestmark = [pytest.mark.qt_log_ignore("propagateSizeHints")]
LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
NONE, SHIFT, CTRL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)


@pytest.fixture
def chart(qtbot: QtBot) -> CurveChart:
    chart = CurveChart()
    qtbot.addWidget(chart)
    chart.resize(640, 300)
    chart.show()
    qtbot.waitExposed(chart)
    chart.begin(60)
    chart.set_lines({"a": CurveLine("#ff0000")})
    chart.set_points("a", [Place(step, 100 if step < 52 else 100 - 10 * (step - 52)) for step in range(61)])
    chart.set_reachable(60)
    QApplication.processEvents()
    return chart


def wheel(chart: CurveChart, at: QPoint, notches: int, keys: Qt.KeyboardModifier = NONE) -> bool:
    place = QPointF(at)
    event = QWheelEvent(
        place,
        chart.mapToGlobal(place),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        keys,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(chart.viewport(), event)
    QApplication.processEvents()
    return event.isAccepted()


def steps_in_view(chart: CurveChart) -> tuple[float, float]:
    return (chart._view.x.low, chart._view.x.high)


def percents_in_view(chart: CurveChart) -> tuple[float, float]:
    return (chart._view.y.low, chart._view.y.high)


def test_the_wheel_zooms_the_steps_about_the_mouse(chart: CurveChart) -> None:
    at = chart.position_of(56, 50).toPoint()
    assert wheel(chart, at, 3)
    low, high = steps_in_view(chart)
    assert high - low < 35
    assert abs(chart.position_of(56, 50).x() - at.x()) < 2
    assert percents_in_view(chart) == (-1, 114)
    assert chart.is_zoomed
    assert wheel(chart, at, -5)
    assert not chart.is_zoomed


def test_at_the_end_the_wheel_is_left_to_the_scroll_area(chart: CurveChart) -> None:
    assert not wheel(chart, chart.position_of(30, 50).toPoint(), -1)


def test_with_control_or_over_the_axis_the_wheel_zooms_the_percentages(chart: CurveChart) -> None:
    whole = steps_in_view(chart)
    wheel(chart, chart.position_of(30, 95).toPoint(), 4, CTRL)
    assert steps_in_view(chart) == whole
    low, high = percents_in_view(chart)
    assert 40 < low < 95 < high
    chart.reset_view()
    wheel(chart, QPoint(8, 100), 2)
    assert (steps_in_view(chart), chart.is_zoomed) == (whole, True)


def test_with_shift_the_wheel_moves_and_stops_at_the_data(chart: CurveChart) -> None:
    wheel(chart, chart.position_of(30, 50).toPoint(), 6)
    low, high = steps_in_view(chart)
    wheel(chart, chart.position_of(30, 50).toPoint(), -1, SHIFT)
    assert steps_in_view(chart)[0] > low
    wheel(chart, chart.position_of(30, 50).toPoint(), -100, SHIFT)
    assert steps_in_view(chart)[1] == 60
    assert steps_in_view(chart)[1] - steps_in_view(chart)[0] == pytest.approx(high - low)


def test_a_rectangle_drawn_with_shift_fills_the_view_and_moves_no_cursor(chart: CurveChart, qtbot: QtBot) -> None:
    chart.set_cursor(3)
    view = chart.viewport()
    start, end = chart.position_of(50, 100).toPoint(), chart.position_of(60, 39).toPoint()
    with qtbot.assertNotEmitted(chart.cursor_moved):
        QTest.mousePress(view, LEFT, SHIFT, start)
        QTest.mouseMove(view, (start + end) / 2)
        chart.grab()
        QTest.mouseMove(view, end)
        QTest.mouseRelease(view, LEFT, SHIFT, end)
    assert steps_in_view(chart) == pytest.approx((50, 60), abs=0.3)
    assert percents_in_view(chart) == pytest.approx((39, 100), abs=1)
    ticks = [text for _, text in chart.plot.getAxis("left")._tickLevels[0]]
    assert ticks[:2] == ["40 %", "50 %"]


def test_a_rectangle_of_no_size_and_one_given_up_change_nothing(chart: CurveChart) -> None:
    view, start = chart.viewport(), chart.position_of(50, 100).toPoint()
    QTest.mousePress(view, LEFT, SHIFT, start)
    QTest.mouseRelease(view, LEFT, SHIFT, start + QPoint(2, 2))
    assert not chart.is_zoomed
    QTest.mousePress(view, LEFT, SHIFT, start)
    QTest.mouseMove(view, start + QPoint(60, 60))
    QTest.keyClick(chart, Qt.Key.Key_Escape)
    QTest.mouseRelease(view, LEFT, SHIFT, start + QPoint(60, 60))
    assert not chart.is_zoomed


@pytest.mark.parametrize(("button", "keys"), [(MIDDLE, NONE), (LEFT, CTRL)])
def test_the_view_is_moved_by_dragging(
    chart: CurveChart, qtbot: QtBot, button: Qt.MouseButton, keys: Qt.KeyboardModifier
) -> None:
    wheel(chart, chart.position_of(30, 50).toPoint(), 5)
    low, _ = steps_in_view(chart)
    at = chart.position_of(30, 50).toPoint()
    with qtbot.assertNotEmitted(chart.cursor_moved):
        QTest.mousePress(chart.viewport(), button, keys, at)
        QTest.mouseMove(chart.viewport(), at + QPoint(-80, 0))
        QTest.mouseRelease(chart.viewport(), button, keys, at + QPoint(-80, 0))
    assert steps_in_view(chart)[0] > low
    assert abs(chart.position_of(30, 50).x() - (at.x() - 80)) < 3


def test_double_click_and_0_bring_everything_back(chart: CurveChart) -> None:
    for key in (Qt.Key.Key_Plus, Qt.Key.Key_Plus):
        QTest.keyClick(chart, key)
    assert chart.is_zoomed
    QTest.keyClick(chart, Qt.Key.Key_Minus)
    assert chart.is_zoomed
    QTest.keyClick(chart, Qt.Key.Key_0)
    assert not chart.is_zoomed
    wheel(chart, chart.position_of(30, 50).toPoint(), 3)
    QTest.mouseDClick(chart.viewport(), LEFT, NONE, chart.position_of(30, 50).toPoint())
    assert not chart.is_zoomed


def test_the_cursor_comes_into_view_when_it_moves(chart: CurveChart) -> None:
    chart.set_cursor(58)
    for _ in range(6):
        QTest.keyClick(chart, Qt.Key.Key_Plus)
    assert steps_in_view(chart)[0] > 40
    QTest.keyClick(chart, Qt.Key.Key_Home)
    low, high = steps_in_view(chart)
    assert low <= 0 <= high


def test_folded_steps_leave_the_width_to_the_others(chart: CurveChart) -> None:
    before = chart.position_of(60, 0).x() - chart.position_of(52, 0).x()
    chart.set_axis(60, folded=51)
    QApplication.processEvents()
    assert chart.folded_steps == 51
    assert chart.position_of(60, 0).x() - chart.position_of(52, 0).x() > 4 * before
    moved: list[int] = []
    chart.cursor_moved.connect(moved.append)
    for step in (57, 51, 0):
        QTest.mouseClick(chart.viewport(), LEFT, NONE, chart.position_of(step, 50).toPoint())
    assert moved == [57, 51, 0]
    texts = [text for _, text in chart.plot.getAxis("bottom")._tickLevels[0]]
    assert texts[:2] == ["0", "51"]
    assert chart.points("a")[56] == Place(56, 60)  # the figures are the same, drawn elsewhere
    xs, _ = chart._curves["a"].item.getOriginalDataset()
    assert xs[-1] == chart._axis.end < 12
    chart.set_axis(60)
    assert chart._curves["a"].item.getOriginalDataset()[0][-1] == 60


def test_the_strip_that_is_folded_looks_folded(chart: CurveChart) -> None:
    def colours() -> set[str]:
        image = chart.grab().toImage()
        box = chart.plot_rect()
        y = round(box.center().y())
        return {image.pixelColor(round(box.left()) + x, y).name() for x in range(2, 30)}

    plain = colours()
    chart.set_axis(60, folded=51)
    QApplication.processEvents()
    assert len(colours() - plain) >= 2
