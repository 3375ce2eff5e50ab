import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.order.order import PruningOrder
from core.order.orders.anp import MASKS
from core.order.orders.index import INDEX
from core.order.orders.registry import ORDERS
from core.order.ranking import Ranking
from gui.prune.channel_detail import HINT
from gui.prune.channels_panel import DEAD_TIP, EMPTY_TEXT, ChannelsPanel, Sort
from gui.theme import theme
from gui.theme.text_size import apply_text_size

pytest_plugins = ["tests.gui.panel_samples"]
pytestmark = [
    pytest.mark.qt_log_ignore("propagateSizeHints"),  # the offscreen platform of every window with a smallest size
]


@pytest.fixture
def panel(qtbot) -> ChannelsPanel:
    panel = ChannelsPanel()
    qtbot.addWidget(panel)
    panel.resize(720, 230)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def _measured(ranking: Ranking, image_count: int) -> Ranking:
    return Ranking(
        ranking.layer,
        ranking.activations,
        ranking.peaks,
        ranking.order,
        ranking.kind,
        image_count,
        ranking.image_total,
    )


def _click(panel: ChannelsPanel, channel: int) -> None:
    place = panel.chart.widget_position(panel.place_of(channel), 0).toPoint()
    QTest.mouseClick(panel.chart.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_it_says_what_to_do_while_there_is_nothing(panel: ChannelsPanel) -> None:
    assert panel.empty_label.isVisible()
    assert panel.empty_label.text() == EMPTY_TEXT
    assert not panel.chart.isVisible()
    assert not panel.restore_button.isVisible()


def test_bars_fill_while_measuring_and_tell_clicks(panel: ChannelsPanel, samples, qtbot) -> None:
    for count in (0, 30, 60):
        panel.show_ranking(_measured(samples.ranking, count))
    assert panel.chart.isVisible()
    assert "measured on 60 of 100" in panel._header.detail.text()
    QApplication.processEvents()
    with qtbot.waitSignal(panel.channel_toggled) as toggled:  # whoever hears it says why not
        _click(panel, 2)
    assert toggled.args == [2]
    panel.show_ranking(samples.ranking)
    assert "measured on" not in panel._header.detail.text()
    assert "2 dead" in panel._header.detail.text()


def test_a_click_toggles_the_channel_that_stands_there(panel: ChannelsPanel, samples, qtbot) -> None:
    panel.show_ranking(samples.ranking)
    QApplication.processEvents()
    for sort in Sort:
        panel.set_sort(sort)
        for channel in (1, 5):
            with qtbot.waitSignal(panel.channel_toggled) as toggled:
                _click(panel, channel)
            assert toggled.args == [channel]


@pytest.mark.parametrize(
    ("sort", "channels"),
    [(Sort.ORDER, [1, 3, 0, 4, 2, 5]), (Sort.INDEX, [0, 1, 2, 3, 4, 5]), (Sort.ACTIVATION, [5, 2, 4, 0, 1, 3])],
)
def test_sorting(panel: ChannelsPanel, samples, sort: Sort, channels: list[int]) -> None:
    panel.show_ranking(samples.ranking)
    panel.set_sort(sort)
    assert [panel.place_of(channel) for channel in channels] == list(range(6))


def test_keyboard_moves_and_toggles_and_stays_with_its_channel(panel: ChannelsPanel, samples, qtbot) -> None:
    panel.show_ranking(samples.ranking)
    hovered: list[int] = []
    panel.channel_hovered.connect(hovered.append)
    panel.chart.setFocus()
    QTest.keyClick(panel.chart, Qt.Key.Key_Right)
    QTest.keyClick(panel.chart, Qt.Key.Key_Right)
    assert hovered == [1, 3]
    assert panel.detail.channel == 3
    panel.set_sort(Sort.INDEX)
    with qtbot.waitSignal(panel.channel_toggled) as toggled:
        QTest.keyClick(panel.chart, Qt.Key.Key_Space)
    assert toggled.args == [3]


def _span(panel: ChannelsPanel, first: int, last: int) -> None:
    """Mark the bars of two channels and those between them by keyboard."""
    panel.chart.set_focused(panel.place_of(first))
    key = Qt.Key.Key_Right if panel.place_of(last) > panel.place_of(first) else Qt.Key.Key_Left
    for _ in range(abs(panel.place_of(last) - panel.place_of(first))):
        QTest.keyClick(panel.chart, key, Qt.KeyboardModifier.ShiftModifier)


def test_marked_bars_become_what_the_first_one_is_not(panel: ChannelsPanel, samples, qtbot) -> None:
    panel.show_ranking(samples.ranking)
    panel.show_mask(samples.ranking.channel_mask(2), next_channel=0)  # the order is 1, 3, 0, 4, 2, 5
    _span(panel, 4, 1)
    assert panel.chart._span._text == "Prune 2 channels"
    with qtbot.waitSignal(panel.channels_chosen) as chosen:
        QTest.keyClick(panel.chart, Qt.Key.Key_Space)
    assert chosen.args == [(4, 0), False]  # the others are pruned already
    _span(panel, 1, 4)
    assert panel.chart._span._text == "Restore 2 channels"
    with qtbot.waitSignal(panel.channels_chosen) as chosen:
        QTest.keyClick(panel.chart, Qt.Key.Key_Space)
    assert chosen.args == [(1, 3), True]


def test_hover_shows_numbers_and_leaving_keeps_them(panel: ChannelsPanel, samples, qtbot) -> None:
    panel.show_ranking(samples.ranking)
    QApplication.processEvents()
    hovered: list[int] = []
    panel.channel_hovered.connect(hovered.append)
    QTest.mouseMove(panel.chart.viewport(), panel.chart.widget_position(panel.place_of(4), 0).toPoint())
    QApplication.sendEvent(panel.chart, QEvent(QEvent.Type.Leave))
    assert hovered == [4, -1]
    assert panel.detail.title.text() == "Channel 4"
    assert [label.text() for label in panel.detail.lines] == [
        "mean 1.500",
        "peak 6.000",
        "4th of 6 in the order",
        "read by conv_4 and fc_1",
    ]


def test_the_mask_colours_bars_and_counts(panel: ChannelsPanel, samples) -> None:
    panel.show_ranking(samples.ranking)
    panel.show_mask(samples.ranking.channel_mask(2), next_channel=0)
    assert panel.legend.text() == "4 kept, 2 pruned, next: 0, 2 dead"
    panel._show_detail(1)
    assert panel.detail.state.text() == "pruned, dead"
    panel._show_detail(0)
    assert panel.detail.state.text() == "next to be pruned"
    panel.show_mask(np.zeros(6, dtype=bool), next_channel=None)
    assert panel.detail.state.text() == "pruned"
    assert "next" not in panel.legend.text()


def test_a_legend_without_room_drops_whole_words(panel: ChannelsPanel, samples) -> None:
    panel.show_ranking(samples.ranking)
    panel.show_mask(samples.ranking.channel_mask(2), next_channel=0)
    QApplication.processEvents()
    assert len(panel.legend.fitting()) == 4
    legend = panel.legend
    legend.resize(legend.sizeHint().width() - 10, 20)
    assert [text for text, _, _ in legend.fitting()] == ["4 kept", "2 pruned", "next: 0"]
    legend.resize(5, 20)
    assert len(legend.fitting()) == 1
    assert legend.toolTip().splitlines() == [legend.text(), DEAD_TIP]
    legend.grab()


def test_the_mask_given_is_not_kept(panel: ChannelsPanel, samples) -> None:
    panel.show_ranking(samples.ranking)
    channel_mask = np.ones(6, dtype=bool)
    panel.show_mask(channel_mask, next_channel=None)
    channel_mask[:] = False
    panel.redraw()
    assert panel.legend.text().startswith("6 kept")


def test_another_layer_starts_afresh(panel: ChannelsPanel, samples) -> None:
    panel.show_ranking(samples.ranking)
    panel.show_mask(np.zeros(6, dtype=bool), next_channel=None)
    panel._show_detail(4)
    layer = dataclasses.replace(samples.ranking.layer, name="conv_2", channel_count=3)
    values = np.array([1.0, 2.0, 3.0])
    panel.show_ranking(Ranking(layer, values, values, np.arange(3), samples.ranking.kind, 5, 5))
    assert panel.legend.text() == "3 kept, 0 pruned"
    assert panel.detail.channel == -1


def test_a_feature_map_of_another_channel_is_ignored(panel: ChannelsPanel, samples) -> None:
    panel.show_ranking(samples.ranking)
    panel._show_detail(4)
    panel.show_feature_map(2, np.ones((5, 4), dtype=np.float32))
    assert not panel.detail.map.has_image
    panel.show_feature_map(4, np.ones((5, 4), dtype=np.float32))
    assert panel.detail.map.has_image
    panel._show_detail(2)
    assert not panel.detail.map.has_image


def test_the_way_back_shows_only_when_set_by_hand(panel: ChannelsPanel, samples, qtbot) -> None:
    panel.show_ranking(samples.ranking)
    panel.set_by_hand(True)
    assert panel.restore_button.isVisible()
    with qtbot.waitSignal(panel.restore_requested):
        QTest.mouseClick(panel.restore_button, Qt.MouseButton.LeftButton)
    panel.set_by_hand(False)
    assert not panel.restore_button.isVisible()


def test_before_a_bar_is_pointed_at_the_layer_is_described(panel: ChannelsPanel, samples) -> None:
    panel.show_ranking(_measured(samples.ranking, 0))
    assert panel.detail.state.text() == "6 channels"
    panel.show_ranking(samples.ranking)
    assert panel.detail.title.text() == "conv_3"
    assert panel.detail.state.text() == "6 channels, 2 dead"
    assert [label.text() for label in panel.detail.lines] == [
        "measured at pool_3",
        "least active pruned first",
        "read by conv_4 and fc_1",
        HINT,
    ]
    panel._show_detail(4)
    panel.show_ranking(samples.ranking)
    assert panel.detail.title.text() == "Channel 4"
    assert HINT not in [label.text() for label in panel.detail.lines]


def test_the_layer_is_described_in_the_whole_width(panel: ChannelsPanel, samples) -> None:
    panel.resize(720, 230)
    panel.show_ranking(samples.ranking)
    QApplication.processEvents()
    for label in (panel.detail.title, panel.detail.state, *panel.detail.lines):
        assert label.width() >= min(label.sizeHint().width(), panel.detail.width()), label.text()


def test_a_map_that_comes_moves_nothing(panel: ChannelsPanel, samples) -> None:
    panel.show_ranking(samples.ranking)
    before = panel.minimumSizeHint()
    for height in (160, 420):
        panel.resize(720, height)
        QApplication.processEvents()
        panel._show_detail(4)
        panel.show_feature_map(4, np.ones((5, 4), dtype=np.float32))
        QApplication.processEvents()
        assert panel.minimumSizeHint() == before
        assert min(panel.detail.map.width(), panel.detail.map.height()) >= 40
        assert panel.detail.title.width() >= panel.detail.title.sizeHint().width() - 2


def test_another_sort_is_told(panel: ChannelsPanel, qtbot) -> None:
    with qtbot.waitSignal(panel.sort_changed) as changed:
        panel.set_sort(Sort.INDEX)
    assert changed.args == [Sort.INDEX]


def test_what_is_said_while_empty_can_be_changed(panel: ChannelsPanel) -> None:
    panel.set_empty_text("Open a model first")
    assert panel.empty_label.text() == "Open a model first"


def test_clearing(panel: ChannelsPanel, samples) -> None:
    panel.show_ranking(samples.ranking)
    panel.set_by_hand(True)
    panel.clear()
    assert panel.empty_label.isVisible()
    assert not panel.restore_button.isVisible()
    assert panel.chart.count == 0


def test_channels_of_all_layers_are_named_by_their_layer(panel: ChannelsPanel, all_layers) -> None:
    panel.show_ranking(all_layers)
    panel.show_mask(all_layers.channel_mask(2), next_channel=2)
    assert panel._header.detail.text() == "activation in shares of each layer's largest · 5 channels · 1 dead"
    assert panel.legend.text() == "3 kept, 2 pruned, next: conv_2 2, 1 dead"
    assert panel.legend.toolTip().splitlines()[1:] == ["conv_2: 2 of 3 kept", "conv_1: 1 of 2 kept", DEAD_TIP]
    assert panel.detail.title.text() == "All convolutions"
    assert [label.text() for label in panel.detail.lines] == [
        "in 2 layers",
        "least active pruned first",
        "ties: deepest layer first",
        HINT,
    ]
    panel.show_ranking(dataclasses.replace(all_layers, kind=INDEX))
    assert panel.detail.lines[2].text() == "deepest layer first"


@pytest.mark.parametrize("kind", list(ORDERS))
def test_every_order_has_words(panel: ChannelsPanel, all_layers, kind: PruningOrder) -> None:
    panel.show_ranking(dataclasses.replace(all_layers, kind=kind))
    assert ("mask" in panel.detail.lines[1].text()) == (kind is MASKS)


def test_a_channel_of_all_layers_is_told_with_its_own_readers(panel: ChannelsPanel, all_layers, qtbot) -> None:
    panel.show_ranking(all_layers)
    QApplication.processEvents()
    with qtbot.waitSignal(panel.channel_toggled) as toggled:
        _click(panel, 4)
    assert toggled.args == [4]
    assert panel.detail.title.text() == "conv_1 1"
    assert [label.text() for label in panel.detail.lines] == [
        "share 1.000",
        "peak 8.000",
        "5th of 5 in the order",
        "read by conv_2 and add",
    ]


def test_each_bar_of_all_layers_has_its_cell_in_its_layers_row(panel: ChannelsPanel, all_layers, samples) -> None:
    panel.show_ranking(all_layers)
    for sort in Sort:
        panel.set_sort(sort)
        shown = panel.chart
        assert list(shown.row_names) == ["conv_2", "conv_1"]
        rows = [shown.row_names[int(shown.cells.rows[panel.place_of(channel)])] for channel in range(5)]
        assert rows == ["conv_2"] * 3 + ["conv_1"] * 2
    panel.show_ranking(samples.ranking)
    assert panel.chart.row_names == ()
    assert panel.chart.cells.rows[panel.place_of(5)] == 0


def test_where_there_is_no_room_for_numbers_the_mouse_is_told_the_channel(panel: ChannelsPanel, all_layers) -> None:
    panel.show_ranking(all_layers)
    panel.show_mask(all_layers.channel_mask(0), next_channel=3)
    for width, tip in ((380, "conv_1 0: next to be pruned, dead"), (720, "")):
        panel.resize(width, 200)
        QApplication.processEvents()
        QTest.mouseMove(panel.chart.viewport(), panel.chart.widget_position(panel.place_of(4), 0).toPoint())
        QTest.mouseMove(panel.chart.viewport(), panel.chart.widget_position(panel.place_of(3), 0).toPoint())
        assert panel.chart.tip == tip


def test_little_room_goes_to_the_bars(panel: ChannelsPanel, samples) -> None:
    panel.show_ranking(samples.ranking)
    panel.resize(380, 200)
    assert not panel.detail.isVisible()
    panel.resize(700, 200)
    assert panel.detail.isVisible()


def test_all_layers_are_drawn_in_every_dress(dressed: str, panel: ChannelsPanel, all_layers) -> None:
    panel.show_ranking(all_layers)
    panel.show_mask(all_layers.channel_mask(2), next_channel=2)
    panel._show_detail(0)
    QApplication.processEvents()
    image, shown = panel.grab().toImage(), theme.current()
    colours = {image.pixelColor(x, y).name() for x in range(0, 720, 3) for y in range(0, 230, 3)}
    assert {shown.kept, shown.pruned, shown.next, shown.raised} <= colours
    assert panel.detail.title.width() >= panel.detail.title.fontMetrics().horizontalAdvance("conv_2 0")


def test_it_is_drawn_in_every_dress(dressed: str, qtbot, qapp, samples) -> None:
    panel = ChannelsPanel()
    qtbot.addWidget(panel)
    panel.resize(900, 400)
    panel.show()
    panel.show_ranking(samples.ranking)
    panel.show_mask(samples.ranking.channel_mask(2), next_channel=0)
    panel._show_detail(0)
    image = panel.grab().toImage()
    assert image.pixelColor(450, 6).name() == theme.current().surface
    assert panel.detail.title.width() >= panel.detail.title.fontMetrics().horizontalAdvance("Channel 0")
    theme.apply_theme(qapp, "dark" if theme.current().name == "light" else "light")
    assert panel.grab().toImage().pixelColor(450, 6).name() == theme.current().surface


def test_the_button_that_inspects_follows_the_size_of_the_text(panel: ChannelsPanel, samples, qapp) -> None:
    panel.show_ranking(samples.ranking)
    panel._show_detail(4)
    before = panel.detail.inspect_button.font().pointSizeF()
    try:
        apply_text_size(qapp, 150)
        QApplication.processEvents()
        assert panel.detail.inspect_button.font().pointSizeF() == pytest.approx(1.5 * before, abs=0.1)
    finally:
        apply_text_size(qapp, 100)
