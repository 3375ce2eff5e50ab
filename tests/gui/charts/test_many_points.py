"""Charts of very many points draw no more than can be seen; what is read of them stays exact."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gui.charts.bar_chart import BarChart
from gui.charts.chart import drawn_count, thinned
from gui.charts.curve_chart import CurveChart, CurveLine, Place

MANY = 1_000_000
SPIKE = 654_321


@pytest.fixture
def chart(qtbot: QtBot) -> CurveChart:
    made = CurveChart()
    qtbot.addWidget(made)
    made.resize(900, 300)
    made.show()
    return made


def test_a_curve_of_a_million_points_draws_a_few_thousand(chart: CurveChart) -> None:
    chart.begin(MANY - 1)
    chart.set_reachable(MANY - 1)
    chart.set_lines({"a": CurveLine("#3366cc")})
    values = 50 + 10 * np.sin(np.arange(MANY) / 7)
    values[SPIKE] = 99.0
    chart.set_points("a", [Place(step, value) for step, value in enumerate(values.tolist())])
    item = chart._curves["a"].item
    assert 0 < drawn_count(item) < 8 * chart.width()
    assert max(item.getData()[1]) == 99.0  # a single step stays visible
    chart.set_cursor(SPIKE)
    assert chart._curves["a"].points[chart.cursor_step].y == 99.0
    assert len(chart.points("a")) == MANY
    # The nearer one looks, the less is left out.
    chart._view.x.show(SPIKE - 20, SPIKE + 20)
    chart._show_view()
    xs, ys = item.getData()
    assert len(xs) < 200 and dict(zip(xs, ys, strict=True))[SPIKE] == 99.0


def test_a_curve_of_few_points_is_drawn_as_it_is(chart: CurveChart) -> None:
    chart.begin(60)
    chart.set_lines({"a": CurveLine("#3366cc")})
    chart.set_points("a", [Place(step, step) for step in range(61)])
    assert drawn_count(chart._curves["a"].item) == 61


def test_a_band_keeps_its_widest_ends() -> None:
    xs = np.arange(100_000, dtype=float)
    lows, highs = np.full(100_000, 40.0), np.full(100_000, 60.0)
    lows[777], highs[99_999] = 1.0, 99.0
    places, low, high = thinned(xs, lows, highs)
    assert len(places) <= 4096 and low.min() == 1.0 and high.max() == 99.0


def test_a_hundred_thousand_bars_are_drawn_in_groups_and_it_is_said(qtbot: QtBot) -> None:
    count = 100_000
    chart = BarChart()
    qtbot.addWidget(chart)
    chart.resize(900, 160)
    chart.show()
    heights = np.random.default_rng(0).random(count)
    heights[SPIKE % count] = 9.0
    fills = ["#888888"] * count
    fills[SPIKE % count] = "#cc3300"
    chart.set_bars(heights, labels=list(map(str, range(count))), fills=fills, hollow=np.zeros(count, dtype=bool))
    drawn = chart._bars.opts
    assert len(drawn["height"]) <= chart.width()
    place = int(np.argmax(drawn["height"]))
    assert drawn["height"][place] == 9.0 and drawn["brushes"][place].color().name() == "#cc3300"
    assert abs(drawn["x"][place] - SPIKE % count) <= drawn["width"]
    assert chart.note == f"each bar: the highest of {int(drawn['width'])} channels"
    assert chart.count == count
    # Keys still reach each single bar.
    chart.setFocus()
    QTest.keyClick(chart, Qt.Key.Key_Home)
    QTest.keyClick(chart, Qt.Key.Key_Right)
    assert chart.focused == 1


def test_as_many_bars_as_can_be_seen_are_drawn_one_by_one(qtbot: QtBot) -> None:
    chart = BarChart()
    qtbot.addWidget(chart)
    chart.resize(900, 160)
    chart.set_bars(np.ones(512), labels=(), fills=["#888888"] * 512, hollow=np.zeros(512, dtype=bool))
    assert len(chart._bars.opts["height"]) == 512 and chart.note == ""
