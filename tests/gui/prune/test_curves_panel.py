import dataclasses

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.records import PoisonedScore, Share
from core.sweep.records import Sweep
from gui.charts.curve_chart import Place
from gui.prune.curves_panel import CurvesPanel
from gui.theme import theme

pytest_plugins = ["tests.gui.panel_samples"]
pytestmark = [
    pytest.mark.qt_log_ignore("propagateSizeHints"),  # the offscreen platform of every window with a smallest size
]


@pytest.fixture
def panel(qtbot) -> CurvesPanel:
    panel = CurvesPanel()
    qtbot.addWidget(panel)
    panel.resize(760, 260)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


@pytest.fixture
def full(panel: CurvesPanel, samples) -> CurvesPanel:
    panel.begin(6, ["sunglasses.h5"])
    panel.show_curve(samples.sweep, samples.stops)
    QApplication.processEvents()
    return panel


@pytest.fixture
def estimated(panel: CurvesPanel, samples) -> CurvesPanel:
    panel.begin(6, ["sunglasses.h5"])
    panel.show_curve(samples.estimate, samples.stops)
    QApplication.processEvents()
    return panel


def _rows(panel: CurvesPanel) -> dict[str, tuple[str, str]]:
    return {row.name.text(): (row.value.text(), row.evidence.text()) for row in panel.readout.rows}


def _bands(panel: CurvesPanel) -> list[tuple[float, float] | None]:
    chart = panel.chart
    return [point.band for series in panel._series for point in chart.points(series.key)]


def _with_two_sets(sweep: Sweep) -> Sweep:
    points = tuple(dataclasses.replace(point, poisoned=point.poisoned * 2) for point in sweep.points)
    return dataclasses.replace(sweep, points=points)


def test_it_says_what_to_do_while_there_is_nothing(panel: CurvesPanel) -> None:
    assert panel.empty_label.isVisible()
    assert not panel.repaired_button.isEnabled()


def test_axes_are_fixed_before_the_points_come(panel: CurvesPanel) -> None:
    panel.begin(60, ["a.h5"])
    (low, high), _ = panel.chart.plot.vb.viewRange()
    assert low <= 0 < 60 <= high
    assert panel.chart.isVisible()
    assert panel.chart.keys() == ["validation", "test", "asr-0"]


def test_a_curve_comes_whole(full: CurvesPanel) -> None:
    assert len(full.chart.points("validation")) == 7
    assert full.chart.points("validation")[3] == Place(3, 96.0)
    assert full.chart.points("asr-0")[4] == Place(4, 50.0)
    assert _rows(full)["ASR"] == ("–", "")  # no cursor yet
    full.set_cursor(6)
    assert _rows(full)["ASR"] == ("0 %", "0 of 60 · 0–6.02 %")


def test_an_estimate_has_bands_and_says_so(estimated: CurvesPanel, samples) -> None:
    low, high = Share(3, 6).interval
    assert estimated.chart.points("asr-0")[4] == Place(4, 50.0, (100 * low, 100 * high))
    assert all(_bands(estimated))
    detail = estimated._header.detail
    assert detail.text() == "Estimate: 36 of 360 images (band: 95 %)"
    assert detail.property("role") == "warning"
    estimated.set_cursor(4)
    assert _rows(estimated)["ASR"] == ("≈ 50 %", "3 of 6 · 18.76–81.24 %")
    assert estimated.readout.rows[0].toolTip().startswith("clean validation, estimate: 9 of 10")
    estimated.show_curve(dataclasses.replace(samples.estimate, image_count=180), samples.stops)
    assert detail.text() == "Estimate: 180 of 360 images (band: 95 %)"
    assert estimated.chart.cursor_step == 4
    estimated.show_curve(samples.sweep, samples.stops)
    assert not any(_bands(estimated))
    assert "Estimate" not in detail.text()
    assert detail.property("role") == "muted"
    assert _rows(estimated)["ASR"] == ("50.00 %", "30 of 60 · 37.74–62.26 %")


def test_a_provisional_order_is_told(panel: CurvesPanel, samples) -> None:
    panel.begin(6, ["sunglasses.h5"])
    ranking = dataclasses.replace(samples.ranking, image_count=10)
    panel.show_curve(dataclasses.replace(samples.estimate, ranking=ranking), samples.stops)
    assert panel._header.detail.text() == "Estimate: 36 of 360 images, order provisional"


def test_a_set_without_an_answer_yet_is_not_missing(panel: CurvesPanel, samples) -> None:
    none = PoisonedScore(Share(0, 0), Share(0, 0), Share(0, 0))
    points = tuple(dataclasses.replace(point, poisoned=(none,), test=None) for point in samples.estimate.points)
    panel.begin(6, ["sunglasses.h5"])
    panel.show_curve(dataclasses.replace(samples.estimate, points=points), ())
    panel.set_cursor(1)
    assert _rows(panel)["ASR"] == ("–", "no image yet")
    assert panel.chart.points("asr-0") == []


def test_bands_follow_the_switch_and_the_theme(estimated: CurvesPanel, qapp) -> None:
    estimated.repaired_button.setChecked(True)
    assert all(point.band for point in estimated.chart.points("detection-0"))
    assert estimated._header.detail.text() == "Estimate: 36 of 360 images (band: 95 %)"
    theme.apply_theme(qapp, "dark")
    band = estimated.chart._curves["detection-0"].band
    assert band.brush().color().name() == theme.DARK.detection
    assert 0 < band.brush().color().alpha() < 128


def test_a_sweep_without_test_or_poisoned_sets(panel: CurvesPanel, samples) -> None:
    panel.begin(6, [])
    points = tuple(dataclasses.replace(point, test=None, poisoned=()) for point in samples.points)
    panel.show_curve(dataclasses.replace(samples.sweep, points=points), ())
    assert panel.chart.keys() == ["validation"]
    panel.repaired_button.setChecked(True)
    assert list(_rows(panel)) == ["clean validation", "false alarms, validation"]


def test_several_poisoned_sets_have_a_curve_each(panel: CurvesPanel, samples) -> None:
    panel.begin(6, ["one.h5", "two.h5"])
    panel.show_curve(_with_two_sets(samples.sweep), ())
    assert [name for name in _rows(panel) if "ASR" in name] == ["ASR, one", "ASR, two"]
    colours = {series.colour() for series in panel._series}
    assert len(colours) == 4


def test_the_readout_follows_the_cursor_with_counts_and_intervals(full: CurvesPanel) -> None:
    full.set_cursor(4)
    assert full.readout.title.text() == "4 pruned, 2 left"
    assert _rows(full)["clean validation"] == ("90.00 %", "90 of 100 · 82.56–94.48 %")
    full.set_cursor(0)
    assert full.readout.title.text() == "Unpruned"


def test_hovering_shows_another_step_and_leaving_the_cursor_s(full: CurvesPanel, samples) -> None:
    full.set_cursor(1)
    QTest.mouseMove(full.chart.viewport(), full.chart.widget_position(5, 40).toPoint())
    assert full.readout.title.text() == "5 pruned, 1 left"
    full.show_curve(samples.estimate, samples.stops)  # what comes meanwhile is shown of this step
    assert full.readout.title.text() == "5 pruned, 1 left"
    assert _rows(full)["clean validation"][0] == "≈ 50 %"
    QApplication.sendEvent(full.chart, QEvent(QEvent.Type.Leave))
    assert full.readout.title.text() == "1 pruned, 5 left"


def test_a_key_or_a_set_cursor_forgets_what_was_pointed_at(full: CurvesPanel) -> None:
    full.set_cursor(1)
    place = full.chart.widget_position(5, 40).toPoint()
    QTest.mouseMove(full.chart.viewport(), place)
    QTest.keyClick(full.chart, Qt.Key.Key_Right)
    assert full.readout.title.text() == "2 pruned, 4 left"
    QTest.mouseMove(full.chart.viewport(), place + QPoint(1, 0))
    assert full.readout.title.text() == "5 pruned, 1 left"
    full.set_cursor(3)
    assert full.readout.title.text() == "3 pruned, 3 left"


def test_by_hand_its_figures_are_shown_and_the_cursor_is_left(full: CurvesPanel, samples, qtbot) -> None:
    full.set_cursor(2)
    full.show_by_hand(None, pruned_count=3)
    assert full.readout.title.text() == "By hand: 3 pruned"
    assert _rows(full)["ASR"] == ("–", "being scored …")
    full.show_by_hand(samples.points[5], pruned_count=3)
    assert _rows(full)["clean validation"][0] == "50.00 %"
    assert "back to the order" in full._header.detail.text()
    QTest.mouseMove(full.chart.viewport(), full.chart.widget_position(4, 40).toPoint())
    assert full.readout.title.text() == "4 pruned, 2 left"
    QApplication.sendEvent(full.chart, QEvent(QEvent.Type.Leave))
    assert full.readout.title.text() == "By hand: 3 pruned"
    with qtbot.waitSignal(full.cursor_moved) as moved:  # also where it stands already
        place = full.chart.widget_position(2, 50).toPoint()
        QTest.mouseClick(full.chart.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert moved.args == [2]
    assert full.readout.title.text() == "2 pruned, 4 left"


def test_the_demo_is_offered_while_there_is_nothing(panel: CurvesPanel, samples, qtbot) -> None:
    panel.set_empty_text("Nothing is open")
    assert panel.empty_label.text() == "Nothing is open"
    with qtbot.waitSignal(panel.demo_requested):
        QTest.mouseClick(panel.demo_button, Qt.MouseButton.LeftButton)
    panel.begin(6, [])
    assert not panel.demo_button.isVisible()


def test_long_names_of_files_are_cut_and_told_whole(panel: CurvesPanel, samples) -> None:
    names = [f"sunglasses_poisoned_of_{n}_people_in_the_park.h5" for n in ("some", "many")]
    panel.begin(6, names)
    panel.show_curve(_with_two_sets(samples.sweep), ())
    shown = [row for row in panel.readout.rows if "ASR" in row.name.text()]
    assert len({row.name.text() for row in shown}) == 2
    assert max(len(row.name.text()) for row in shown) <= len("ASR, ") + 14
    assert [row.toolTip().split(":")[0] for row in shown] == [f"ASR of {name}" for name in names]


def test_dragging_tells_setting_does_not(full: CurvesPanel, qtbot) -> None:
    with qtbot.assertNotEmitted(full.cursor_moved):
        full.set_cursor(2)
    with qtbot.waitSignal(full.cursor_moved) as moved:
        QTest.mouseClick(
            full.chart.viewport(), Qt.MouseButton.LeftButton, pos=full.chart.widget_position(4.1, 50).toPoint()
        )
    assert moved.args == [4]
    assert full.chart.cursor_step == 4
    assert full.readout.title.text() == "4 pruned, 2 left"


def test_the_cursor_stays_within_the_steps(panel: CurvesPanel, samples, qtbot) -> None:
    panel.begin(6, ["sunglasses.h5"])
    with qtbot.assertNotEmitted(panel.cursor_moved):
        QTest.mouseClick(panel.chart.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(200, 60))
    panel.show_curve(samples.estimate, ())
    QApplication.processEvents()
    with qtbot.waitSignal(panel.cursor_moved) as moved:
        QTest.mouseClick(
            panel.chart.viewport(), Qt.MouseButton.LeftButton, pos=panel.chart.widget_position(9, 50).toPoint()
        )
    assert moved.args == [6]


def test_thresholds_lie_below_the_unpruned_accuracy(full: CurvesPanel) -> None:
    levels = [(round(item.level, 6), item.label, item.before, item.after) for item in full.chart.thresholds]
    assert levels == [
        (97.0, "2 points", (2, 98.0), (3, 96.0)),
        (89.0, "10 points", (4, 90.0), (5, 50.0)),
        (0.0, "99 points", (6, 1.0), None),
    ]


def test_g_has_its_own_curves_and_no_thresholds(full: CurvesPanel, qtbot) -> None:
    full.set_cursor(4)
    QTest.mouseClick(full.repaired_button, Qt.MouseButton.LeftButton)
    assert full.shows_repaired
    rows = _rows(full)
    assert list(rows) == ["clean validation", "clean test", "ASR", "detection", "false alarms, test"]
    assert rows["clean validation"][0] == "89.00 %"
    assert rows["detection"] == ("50.00 %", "30 of 60 · 37.74–62.26 %")
    assert rows["false alarms, test"][0] == "4.00 %"
    assert full.chart.thresholds == ()
    assert full.chart.cursor_step == 4
    QTest.mouseClick(full.pruned_button, Qt.MouseButton.LeftButton)
    assert full.chart.points("validation")[4] == Place(4, 90.0)
    assert len(full.chart.thresholds) == 3


def test_estimates_go_on_coming_after_a_switch(estimated: CurvesPanel, samples) -> None:
    estimated.repaired_button.setChecked(True)
    estimated.show_curve(samples.sweep, samples.stops)
    assert estimated.chart.points("detection-0")[:2] == [Place(0, 0.0), Place(1, 0.0)]
    estimated.pruned_button.setChecked(True)
    assert estimated.chart.points("asr-0")[:2] == [Place(0, 100.0), Place(1, 100.0)]


def test_bypass(full: CurvesPanel, samples) -> None:
    full.set_cursor(2)
    full.show_bypass(samples.bypass)
    assert full.bypass_notice.isVisible()
    assert full.bypass_notice.text() == "fc_1 still reads the pruned channels: a trigger can get round conv_4"
    full.set_cursor(0)
    assert "pruned channels" not in full.bypass_notice.text()
    assert full.bypass_notice.text().startswith("Only conv_4 is cut off, fc_1 still reads every channel")
    full.show_by_hand(None, pruned_count=1)
    assert "pruned channels" in full.bypass_notice.text()
    full.show_bypass(None)
    assert not full.bypass_notice.isVisible()


def test_clearing_and_beginning_again(full: CurvesPanel, samples) -> None:
    full.set_cursor(3)
    full.show_bypass(samples.bypass)
    full.clear()
    assert full.empty_label.isVisible()
    assert full.chart.cursor_step == -1
    assert not full.bypass_notice.isVisible()
    full.begin(6, ["sunglasses.h5"])
    assert full.chart.points("validation") == []
    assert full.chart.thresholds == ()


def test_it_is_drawn_in_every_dress(dressed: str, qtbot, qapp, samples) -> None:
    panel = CurvesPanel()
    qtbot.addWidget(panel)
    panel.resize(1000, 420)
    panel.show()
    panel.begin(6, ["sunglasses.h5"])
    panel.show_curve(samples.estimate, samples.stops)
    panel.set_cursor(3)
    QApplication.processEvents()
    detail = panel._header.detail
    assert detail.width() >= detail.sizeHint().width() - 2
    row = panel.readout.rows[0]
    assert row.name.width() >= row.name.sizeHint().width() - 2
    assert row.evidence.width() >= row.evidence.sizeHint().width() - 2
    assert panel.grab().toImage().pixelColor(500, 6).name() == theme.current().surface
    theme.apply_theme(qapp, "dark" if theme.current().name == "light" else "light")
    assert panel.chart._curves["validation"].line.colour == theme.current().validation
