import numpy as np
import pyqtgraph
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from gui.charts.bar_chart import BarChart
from gui.charts.curve_chart import DASHES, CurveChart, CurveLine, Place
from gui.charts.threshold_lines import Threshold
from gui.theme import theme
from gui.widgets.image_view import ImageView

pytest_plugins = ["tests.gui.panel_samples"]
pytestmark = [
    pytest.mark.qt_log_ignore("propagateSizeHints"),  # the offscreen platform of every window with a smallest size
]


@pytest.fixture
def bars(qtbot) -> BarChart:
    chart = BarChart()
    qtbot.addWidget(chart)
    chart.resize(400, 200)
    chart.show()
    qtbot.waitExposed(chart)
    heights = np.array([0.0, 1.0, 2.0, 4.0])
    chart.set_bars(heights, labels=["7", "5", "0", "3"], fills=["#808080"] * 4, hollow=heights == 0)
    QApplication.processEvents()
    return chart


@pytest.fixture
def curves(qtbot) -> CurveChart:
    chart = CurveChart()
    qtbot.addWidget(chart)
    chart.resize(500, 240)
    chart.show()
    qtbot.waitExposed(chart)
    chart.begin(10)
    chart.set_lines({"a": CurveLine("#ff0000"), "b": CurveLine("#0000ff", is_dashed=True)})
    chart.set_points("a", [Place(step, 100 - step) for step in range(8)])
    chart.set_points("b", [Place(step, 100 - 10 * step) for step in range(8)])
    chart.set_reachable(7)
    QApplication.processEvents()
    return chart


def _at(chart, x: float, y: float) -> QPoint:
    return chart.widget_position(x, y).toPoint()


def test_images_are_row_major() -> None:
    assert pyqtgraph.getConfigOption("imageAxisOrder") == "row-major"


def test_a_bar_of_no_height_can_be_clicked(bars: BarChart, qtbot) -> None:
    with qtbot.waitSignal(bars.bar_clicked) as clicked:
        QTest.mouseClick(bars.viewport(), Qt.MouseButton.LeftButton, pos=bars.widget_position(0, 0).toPoint())
    assert clicked.args == [0]
    assert bars.focused == 0


def test_only_a_left_click_inside_counts(bars: BarChart, qtbot) -> None:
    with qtbot.assertNotEmitted(bars.bar_clicked):
        QTest.mouseClick(bars.viewport(), Qt.MouseButton.RightButton, pos=bars.widget_position(1, 0).toPoint())
        QTest.mouseClick(bars.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(2, 198))


def test_hovering_tells_the_bar_once_and_the_leaving(bars: BarChart, qtbot) -> None:
    seen: list[int] = []
    bars.bar_hovered.connect(seen.append)
    for place in (1, 1, 3):
        QTest.mouseMove(bars.viewport(), bars.widget_position(place, 0).toPoint())
        QTest.mouseMove(bars.viewport(), bars.widget_position(place, 0).toPoint() + QPoint(1, 3))
    QApplication.sendEvent(bars, QEvent(QEvent.Type.Leave))
    assert seen == [1, 3, -1]


def test_bars_by_keyboard(bars: BarChart, qtbot) -> None:
    focused: list[int] = []
    clicked: list[int] = []
    bars.bar_focused.connect(focused.append)
    bars.bar_clicked.connect(clicked.append)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Space, Qt.Key.Key_Left, Qt.Key.Key_Left):
        QTest.keyClick(bars, key)
    QTest.keyClick(bars, Qt.Key.Key_End)
    QTest.keyClick(bars, Qt.Key.Key_Right)
    QTest.keyClick(bars, Qt.Key.Key_Home)
    assert focused == [0, 1, 0, 0, 3, 3, 0]
    assert clicked == [1]


def test_keys_of_other_keyboards_are_left_to_others(bars: BarChart, curves: CurveChart) -> None:
    for chart in (bars, curves):
        event = QKeyEvent(QEvent.Type.KeyPress, 0x0416, Qt.KeyboardModifier.NoModifier, "Ж")
        QApplication.sendEvent(chart, event)
        assert not event.isAccepted()


def test_no_bars_at_all(bars: BarChart, qtbot) -> None:
    bars.set_focused(2)
    bars.set_bars(np.zeros(0), labels=(), fills=(), hollow=np.zeros(0, dtype=bool))
    assert (bars.count, bars.focused) == (0, -1)
    with qtbot.assertNotEmitted(bars.bar_focused):
        QTest.keyClick(bars, Qt.Key.Key_Right)
    bars.grab()


def test_two_thousand_bars(bars: BarChart) -> None:
    count = 2048
    bars.set_bars(
        np.arange(count, dtype=float),
        labels=[str(n) for n in range(count)],
        fills=["#123456"] * count,
        hollow=np.zeros(count, dtype=bool),
    )
    bars.grab()
    assert bars.count == count


def _set_rows(bars: BarChart, counts: tuple[int, ...]) -> None:
    """Bars of several groups, one after the other."""
    count = sum(counts)
    bars.set_bars(
        np.linspace(0, 1, count),
        labels=[f"group {n}" for n in range(count)],
        fills=["#123456"] * count,
        hollow=np.arange(count) % 3 == 0,
        rows=np.repeat(np.arange(len(counts)), counts),
        row_names=[f"group_of_a_long_name_{n}" for n in range(len(counts))],
    )
    QApplication.processEvents()


def _tick_texts(bars: BarChart, axis: str) -> list[str]:
    return [text for level in bars.plot.getAxis(axis)._tickLevels or () for _, text in level]


def test_cells_stand_in_the_rows_of_their_groups_below_the_bars(bars: BarChart) -> None:
    _set_rows(bars, (2, 3, 4))
    cells = bars.cells.item.opts
    middles = cells["y0"] + cells["height"] / 2
    assert (middles < 0).all()
    assert (middles[:2] > middles[2:5].max()).all()
    assert (middles[2:5] > middles[5:].max()).all()
    names = _tick_texts(bars, "left")
    assert names[:2] == ["0.5", "1"]
    assert len(names) == 5
    assert all("…" in name for name in names[2:])
    assert bars.cells.bands.isVisible()


def test_rows_without_room_are_named_here_and_there_and_bars_keep_half(bars: BarChart) -> None:
    _set_rows(bars, (1,) * 40)
    assert 2 < len(_tick_texts(bars, "left")) < 20
    assert bars.widget_position(0, 0).y() >= 0.4 * bars.plot.vb.height()
    assert _tick_texts(bars, "bottom") == []
    _set_rows(bars, (20, 20))
    assert _tick_texts(bars, "bottom") != []


def test_one_row_comes_back_after_several(bars: BarChart) -> None:
    _set_rows(bars, (2, 2))
    bars.set_bars(np.ones(4), labels=list("abcd"), fills=["#123456"] * 4, hollow=np.zeros(4, dtype=bool))
    assert bars.row_names == ()
    assert not bars.cells.bands.isVisible()
    assert _tick_texts(bars, "left") == []
    assert len(set(bars.cells.item.opts["y0"])) == 1


@pytest.mark.parametrize("count", [200, 4000])
def test_narrow_bars_touch_and_every_one_can_be_seen(bars: BarChart, count: int) -> None:
    _set_rows(bars, (count // 2, count // 2))
    column = bars.plot.vb.width() / count
    assert bars._bars.opts["width"] * column >= min(column, 0.99)
    assert bars._bars.opts["width"] >= 1
    tall = bars.cells.item.opts["height"]
    if count < 1000:  # of more, each that is drawn stands for several
        hollow = np.arange(count) % 3 == 0
        assert tall[hollow].max() < tall[~hollow].min()
    else:
        assert bars.note and len(tall) <= bars.width()
    bars.set_focused(count - 1)
    assert bars.mark_in_front.rect().width() * column >= 2.9


def test_the_last_steps_label_has_room(curves: CurveChart) -> None:
    curves.begin(2000)
    QApplication.processEvents()
    right = curves.widget_position(2000, 0).x()
    metrics = QFontMetricsF(theme.scaled_font(QApplication.font(), theme.SMALL))
    assert right + metrics.horizontalAdvance("2000") / 2 <= curves.width()


def test_a_click_and_a_drag_move_the_cursor_to_whole_steps(curves: CurveChart, qtbot) -> None:
    moved: list[int] = []
    curves.cursor_moved.connect(moved.append)
    view = curves.viewport()
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=_at(curves, 2.2, 50))
    for x in (2.4, 3.4, 3.6, 20):
        QTest.mouseMove(view, _at(curves, x, 50))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=_at(curves, 20, 50))
    assert moved == [2, 3, 4, 7]
    assert curves.cursor_step == 7


def test_setting_the_cursor_tells_nobody(curves: CurveChart, qtbot) -> None:
    with qtbot.assertNotEmitted(curves.cursor_moved):
        curves.set_cursor(5)
        QTest.mouseClick(curves.viewport(), Qt.MouseButton.LeftButton, pos=_at(curves, 5, 50))
    assert curves.cursor_step == 5


def test_the_cursor_by_keyboard_stays_within_what_is_computed(curves: CurveChart) -> None:
    moved: list[int] = []
    curves.cursor_moved.connect(moved.append)
    curves.set_cursor(1)
    keys = Qt.Key
    for key in (keys.Key_Left, keys.Key_Left, keys.Key_Right, keys.Key_PageDown, keys.Key_Right, keys.Key_Home):
        QTest.keyClick(curves, key)
    QTest.keyClick(curves, keys.Key_End)
    assert moved == [0, 1, 7, 0, 7]


def test_nothing_computed_no_cursor(curves: CurveChart, qtbot) -> None:
    curves.begin(10)
    with qtbot.assertNotEmitted(curves.cursor_moved):
        QTest.mouseClick(curves.viewport(), Qt.MouseButton.LeftButton, pos=_at(curves, 5, 50))
        QTest.keyClick(curves, Qt.Key.Key_End)
    assert curves.cursor_step == -1


def test_points_are_kept_and_lines_can_go(curves: CurveChart) -> None:
    assert curves.points("b")[-1] == Place(7, 30)
    curves.set_lines({"b": CurveLine("#00ff00")})
    assert curves.keys() == ["b"]
    assert len(curves.points("b")) == 8


def test_hover_tells_the_step_and_the_leaving(curves: CurveChart) -> None:
    steps: list[int] = []
    curves.step_hovered.connect(steps.append)
    QTest.mouseMove(curves.viewport(), _at(curves, 3.1, 40))
    QTest.mouseMove(curves.viewport(), _at(curves, 6, 40))
    QApplication.sendEvent(curves, QEvent(QEvent.Type.Leave))
    assert steps == [3, 6, -1]


def test_thousands_of_points(curves: CurveChart) -> None:
    curves.begin(5000)
    curves.set_lines({"a": CurveLine("#ff0000")})
    curves.set_points("a", [Place(step, 50, (40, 60)) for step in range(5001)])
    curves.set_reachable(5000)
    curves.grab()
    assert len(curves._curves["a"].item.getOriginalDataset()[0]) == 5001


def _colour_at(curves: CurveChart, x: float, y: float) -> str:
    QApplication.processEvents()
    at = _at(curves, x, y)
    return str(curves.grab().toImage().pixelColor(at).name())


def test_a_band_lies_behind_its_curve_narrows_and_goes(curves: CurveChart) -> None:
    bare = _colour_at(curves, 3, 60)
    curves.set_points("a", [Place(step, 80, (50, 90)) for step in range(8)])
    banded = _colour_at(curves, 3, 60)
    assert banded != bare
    assert _colour_at(curves, 3, 80) not in (bare, banded)  # the curve itself
    assert _colour_at(curves, 7.5, 60) == bare  # beyond the last step
    curves.set_points("a", [Place(step, 80, (70, 90)) for step in range(8)])
    assert _colour_at(curves, 3, 60) == bare
    assert _colour_at(curves, 3, 75) == banded
    curves.set_points("a", [Place(step, 80) for step in range(8)])
    assert _colour_at(curves, 3, 75) == bare


def test_a_band_goes_with_its_curve(curves: CurveChart) -> None:
    bare = _colour_at(curves, 3, 60)
    curves.set_points("a", [Place(step, 80, (50, 90)) for step in range(8)])
    curves.set_lines({"b": CurveLine("#0000ff", is_dashed=True)})
    assert _colour_at(curves, 3, 60) == bare


def test_two_bands_over_each_other_are_told_from_one(curves: CurveChart) -> None:
    curves.set_points("a", [Place(step, 80, (50, 90)) for step in range(8)])
    one = _colour_at(curves, 3, 57)
    curves.set_points("b", [Place(step, 70, (55, 60)) for step in range(8)])
    assert _colour_at(curves, 3, 57) not in (one, _colour_at(curves, 3, 20))


def test_curves_are_as_thick_as_their_legend_on_every_screen(curves: CurveChart, bars: BarChart, monkeypatch) -> None:
    monkeypatch.setattr(CurveChart, "devicePixelRatioF", lambda _chart: 2.0)
    QApplication.sendEvent(curves, QEvent(QEvent.Type.DevicePixelRatioChange))
    pens = {key: curve.item.opts["pen"] for key, curve in curves._curves.items()}
    assert [pen.widthF() for pen in pens.values()] == [4.0, 4.0]  # in the screen's dots
    assert pens["a"].style() == Qt.PenStyle.SolidLine
    assert tuple(pens["b"].dashPattern()) == DASHES


def test_a_chart_is_one_stop_of_the_tab_key(curves: CurveChart, bars: BarChart) -> None:
    for chart in (curves, bars):
        stops = [each for each in chart.findChildren(QWidget) if each.focusPolicy() != Qt.FocusPolicy.NoFocus]
        assert stops == []
        assert chart.focusPolicy() == Qt.FocusPolicy.StrongFocus


def test_thresholds_draw_with_and_without_an_after(curves: CurveChart) -> None:
    bare = curves.grab().toImage()
    curves.set_thresholds((Threshold(98, "2 points", (2, 98), (3, 97)), Threshold(1, "99 points", (7, 30), None)))
    QApplication.processEvents()
    assert curves.grab().toImage() != bare


def test_the_wheel_is_left_to_the_scroll_area(bars: BarChart) -> None:
    event = QWheelEvent(
        QPointF(50, 50),
        QPointF(50, 50),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    before = bars.plot.vb.viewRange()
    QApplication.sendEvent(bars.viewport(), event)
    assert bars.plot.vb.viewRange() == before


def test_charts_take_the_theme_s_ground(bars: BarChart, curves: CurveChart, qapp: QApplication) -> None:
    for scheme in ("dark", "light"):
        theme.apply_theme(qapp, scheme)
        QApplication.processEvents()
        for chart in (bars, curves):
            assert chart.grab().toImage().pixelColor(1, 1).name() == theme.current().surface


def test_a_image_keeps_its_shape_and_its_pixels(qtbot) -> None:
    view = ImageView()
    qtbot.addWidget(view)
    view.resize(100, 60)
    assert not view.has_image
    view.grab()
    pixels = np.zeros((5, 4, 3), dtype=np.uint8)
    pixels[0, 0] = (255, 0, 0)
    pixels[4, 3] = (0, 0, 255)
    view.set_image(pixels)
    image = view.grab().toImage()
    # 12 screen pixels for each of the image's: 48 wide and 60 high, in the middle
    assert image.pixelColor(26 + 5, 5).name() == "#ff0000"
    assert image.pixelColor(26 + 36 + 5, 55).name() == "#0000ff"
    assert image.pixelColor(26 + 13, 5).name() == "#000000"
    view.set_image(pixels[:, :, 0])
    assert view.image().pixelColor(0, 0).name() == "#ffffff"
    view.set_dimmed(True)
    view.clear()
    assert not view.has_image


def test_maps_go_from_dark_to_light_and_bear_nan(qtbot) -> None:
    view = ImageView()
    qtbot.addWidget(view)
    view.set_map(np.array([[0.0, 1.0], [np.nan, 2.0]], dtype=np.float32))
    lights = [view.image().pixelColor(x, y).lightness() for y, x in ((0, 0), (0, 1), (1, 1))]
    assert lights == sorted(lights)
    assert lights[0] < 40 < 150 < lights[2]
    view.set_map(np.zeros((3, 3), dtype=np.float32))
    assert view.image().pixelColor(1, 1) == view.image().pixelColor(0, 0)
