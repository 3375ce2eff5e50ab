"""Labels of thresholds: they never overlap each other, whatever is in view."""

import re
from itertools import pairwise

import pytest
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, QSize
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.charts.curve_chart import CurveChart, CurveLine, Place
from gui.charts.threshold_lines import Threshold, label_places
from gui.theme import theme

WIDTH, HEIGHT = 400, 190  # of the curves in a window of 1280 × 720


@pytest.fixture
def chart(qtbot: QtBot) -> CurveChart:
    chart = CurveChart()
    qtbot.addWidget(chart)
    chart.resize(WIDTH, HEIGHT)
    chart.show()
    qtbot.waitExposed(chart)
    chart.begin(60)
    chart.set_lines({"v": CurveLine("#0072b2")})
    chart.set_points("v", [Place(step, 98.0 - max(0, step - 50) * 9) for step in range(61)])
    QApplication.processEvents()
    return chart


def _set(chart: CurveChart, *drops: float) -> None:
    """Set thresholds; both ends of all crossings are at the same steps."""
    chart.set_thresholds(
        tuple(Threshold(98 - each, f"{each:g} points", (50, 98), (51, 89), is_movable=True) for each in drops)
    )
    QApplication.processEvents()


def _zoom(chart: CurveChart, x: tuple[float, float], y: tuple[float, float]) -> None:
    chart._view.x.show(*x)
    chart._view.y.show(*y)
    chart._show_view()
    QApplication.processEvents()


def _labels(chart: CurveChart) -> list[tuple[str, float, float]]:
    """Text, left and baseline of each label, as painted."""
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(QSize(WIDTH, HEIGHT))
    generator.setResolution(96)
    painter = QPainter(generator)
    chart.draw_into(painter, QRectF(0, 0, WIDTH, HEIGHT), dots_per_pixel=1.0)
    painter.end()
    buffer.close()
    found = []
    for group in re.findall(r"<g [^>]*>\s*<text.*?</g>", bytes(content.data()).decode(), re.DOTALL):
        text = re.search(r'x="([-\d.]+)" y="([-\d.]+)".*?>([^<]*points)\s*</text>', group, re.DOTALL)
        matrix = re.search(r"matrix\(([^)]*)\)", group)
        if text is not None:
            scale = float(matrix.group(1).split(",")[3]) if matrix is not None else 1.0
            found.append((text.group(3).strip(), float(text.group(1)) * scale, float(text.group(2)) * scale))
    return found


def _check(chart: CurveChart, labels: list[tuple[str, float, float]]) -> None:
    metrics = QFontMetricsF(theme.scaled_font(QApplication.font(), theme.SMALL))
    lines = sorted(y for _, _, y in labels)
    assert all(below - above >= metrics.height() - 1 for above, below in pairwise(lines)), lines
    box = chart.plot_rect()
    assert lines[0] - metrics.ascent() >= box.top() - metrics.height()
    assert lines[-1] <= box.bottom() + metrics.height() / 2  # not on the numbers of the axis
    for text, left, _ in labels:
        assert left + metrics.horizontalAdvance(text) <= WIDTH


@pytest.mark.parametrize(
    ("x", "y"), [((0, 60), (0, 105)), ((45, 55), (80, 100)), ((10, 20), (87, 98.5)), ((50, 52), (0, 105))]
)
def test_labels_do_not_overlap_in_any_view(chart: CurveChart, x: tuple[float, float], y: tuple[float, float]) -> None:
    _set(chart, 2, 4, 10)
    _zoom(chart, x, y)
    labels = _labels(chart)
    assert {text for text, _, _ in labels} == {"2 points", "4 points", "10 points"}
    assert len({left for _, left, _ in labels}) == 1  # below each other
    _check(chart, labels)


def test_labels_at_the_lower_end_of_the_view_are_moved_up(chart: CurveChart) -> None:
    _set(chart, 2, 2.1, 2.2, 2.3)
    _zoom(chart, (0, 60), (95.6, 98.5))
    labels = _labels(chart)
    assert len(labels) == 4
    _check(chart, labels)


def test_labels_that_find_no_room_are_left_out_but_not_the_chosen_one(chart: CurveChart) -> None:
    _set(chart, *(2 + each / 10 for each in range(30)))
    chart._handles.chosen = 17
    labels = _labels(chart)
    assert 2 < len(labels) < 30
    _check(chart, labels)
    assert label_places({each: float(each) for each in range(30)}, height=10, room=(0, 100), kept=17).keys() >= {17}


def test_places() -> None:
    assert label_places({}, height=10, room=(0, 100)) == {}
    assert label_places({0: 20, 1: 22, 2: 60}, height=10, room=(0, 100)) == {0: 20, 1: 30, 2: 60}
    assert label_places({0: 95, 1: 99}, height=10, room=(0, 100)) == {0: 90, 1: 100}
    assert label_places({0: 50, 1: 51, 2: 90}, height=10, room=(0, 15), kept=1).keys() == {1, 2}
    assert label_places({0: 50, 1: 51}, height=10, room=(0, 0)).keys() == {0}
