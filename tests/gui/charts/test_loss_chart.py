"""The loss over the epochs: a line, and points where there is no line."""

import math

import pytest
from PySide6.QtCore import QPoint, QPointF
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.charts.loss_chart import LossChart
from gui.theme import theme

NONE = math.nan


@pytest.fixture
def chart(qtbot: QtBot) -> LossChart:
    chart = LossChart()
    qtbot.addWidget(chart)
    chart.resize(400, 120)
    chart.show()
    qtbot.waitExposed(chart)
    return chart


def is_drawn(chart: LossChart, x: float, y: float) -> bool:
    """Whether there is ink at a place, in the chart's units."""
    QApplication.processEvents()
    at: QPointF = chart.widget_position(x, y)
    image = chart.grab().toImage()
    colours = [image.pixelColor(at.toPoint() + QPoint(0, shift)) for shift in (-1, 0, 1)]
    muted, surface = (QColor(each).lightness() for each in (theme.current().muted, theme.current().surface))
    # A thin line is drawn softly, the grid behind it more so.
    return any(abs(each.lightness() - muted) < abs(each.lightness() - surface) for each in colours)


@pytest.mark.parametrize(
    ("losses", "drawn", "empty"),
    [
        ((NONE, 0.5), [(1, 0.5)], [(0.5, 0.5), (2, 0.5)]),
        ((NONE, 0.5, 0.5), [(1, 0.5), (1.5, 0.5)], [(0.5, 0.5)]),
        ((NONE, 0.5, NONE, 0.5, 0.5), [(1, 0.5), (3.5, 0.5)], [(2, 0.5)]),
        ((NONE,), [], [(0, 0.5), (1, 0.5)]),
    ],
)
def test_a_loss_that_stands_alone_is_a_point(
    chart: LossChart,
    losses: tuple[float, ...],
    drawn: list[tuple[float, float]],
    empty: list[tuple[float, float]],
) -> None:
    chart.set_x_range(-0.5, 4.5)
    chart.set_losses((NONE, 0.7))  # what was there before goes
    chart.set_losses(losses)
    assert [is_drawn(chart, *each) for each in drawn] == [True] * len(drawn)
    assert [is_drawn(chart, *each) for each in empty] == [False] * len(empty)
