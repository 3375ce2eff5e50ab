"""The channel inspector in a real window: measured in short jobs while it is seen, one selection for the window."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.data.image import InputImage
from gui.channel.bar_order import BarOrder, ordered_channels
from gui.channel.inspector import ChannelInspector
from gui.job_runner import Request
from gui.shell.wiring import WindowWiring
from gui.state.session import Role
from tests.gui.network.stand_in_structure import BLOCK
from tests.gui.stand_in_engine import FakeEngine
from tests.gui.window_driver import Driver

NONE, CTRL, SHIFT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)


@pytest.fixture
def inspector(wiring: WindowWiring) -> ChannelInspector:
    return wiring.pages["network"].network_panel.inspector


@pytest.fixture
def inspect(wiring: WindowWiring, driver: Driver, inspector: ChannelInspector) -> Callable[..., None]:
    """Selects channels and waits until all of them is known."""

    def show(*channels: int, layer: str = "conv_a") -> None:
        wiring.session.selection.select(layer, channels)
        wiring.session.selection.inspect()
        driver.wait_until(inspector.isVisible)  # once the layers are read
        settle(wiring, driver)

    return show


def settle(wiring: WindowWiring, driver: Driver) -> None:
    """Wait for the pause before measuring, and for what is measured."""
    control = wiring.pages["network"].channels
    driver.wait_until(lambda: not control._settle.isActive() and not wiring.runner.is_busy)


def choose_bar(inspector: ChannelInspector, channel: int, keys: Qt.KeyboardModifier = NONE) -> None:
    QTest.mouseClick(inspector.bars, Qt.MouseButton.LeftButton, keys, inspector.bars.middle_of(channel))


def test_a_channel_is_measured_in_short_jobs_on_both_sets(
    driver: Driver, engine: FakeEngine, inspector: ChannelInspector, inspect: Callable[..., None]
) -> None:
    driver.run_all()
    assert engine.measured == []  # nobody looks
    inspect(3)
    assert sorted(engine.measured) == [("conv_a", name, done) for name in ("p.h5", "v.h5") for done in (0, BLOCK, 16)]
    assert {name for _, name, _ in engine.measured[:2]} == {"p.h5", "v.h5"}  # both grow together
    (row,) = inspector.figures.rows
    assert (row[0], row[2]) == ("3", "4 of 6")
    assert row[3:] == ("3.150", "31.50", "+28.35")  # of 20 images one counts twice
    assert inspector.measured.text() == "20 clean images, 20 triggered images"
    histograms = inspector.histogram.histograms
    assert histograms is not None
    assert histograms.image_counts == (20, 20)
    assert histograms.edges[-1] == pytest.approx(60)


def test_what_is_known_is_not_measured_again(driver: Driver, engine: FakeEngine, inspect: Callable[..., None]) -> None:
    driver.run_all()
    inspect(3)
    count = len(engine.measured)
    inspect(4)
    inspect(3)
    assert len(engine.measured) == count
    assert engine.weighed == [("conv_a", 3), ("conv_a", 4)]
    inspect(1, layer="conv_b")
    assert len(engine.measured) == 2 * count
    assert engine.measured[-1][0] == "conv_b"


def test_the_newest_channel_wins_while_the_worker_is_busy(
    wiring: WindowWiring, driver: Driver, engine: FakeEngine, inspector: ChannelInspector, inspect: Callable[..., None]
) -> None:
    driver.run_all()
    inspect(0)
    held = [True]

    def hold() -> Callable[..., None]:
        def job(monitor: object) -> None:
            while held[0]:
                monitor.stop_if_asked()  # type: ignore[attr-defined]  # no checkpoint for light jobs

        return job

    wiring.runner.submit(Request(name="Holding", make=hold))
    engine.weighed.clear()
    for channel in (1, 2, 5):
        wiring.session.selection.select("conv_a", (channel,))
        wiring.pages["network"].channels._measure()
    held[0] = False
    settle(wiring, driver)
    assert engine.weighed == [("conv_a", 5)]
    assert inspector.channel_box.value() == 5
    assert inspector.kernel.weights is not None


def test_the_most_active_images_go_to_the_classifier(
    wiring: WindowWiring, driver: Driver, inspector: ChannelInspector, inspect: Callable[..., None]
) -> None:
    driver.run_all()
    inspect(3)
    assert len(inspector.images.buttons) == 9
    assert inspector.images.buttons[0].text() == "triggered 2\n60.00"  # image 7, label 7 % 5
    wiring.session.set_trigger_on(True)
    QTest.mouseClick(inspector.images.buttons[0], Qt.MouseButton.LeftButton)
    driver.settle()
    assert wiring.session.image_name == "p.h5, image 7"
    assert wiring.session.image.rgba.shape == (8, 8, 4)
    assert wiring.session.image.rgba[0, 0].tolist() == [7, 7, 7, 255]
    assert not wiring.session.is_trigger_on  # it has its trigger already


def test_maps_are_of_the_image_in_the_classifier(
    wiring: WindowWiring, driver: Driver, engine: FakeEngine, inspector: ChannelInspector, inspect: Callable[..., None]
) -> None:
    driver.run_all()
    inspect(3)
    assert inspector.no_image.isVisible()
    wiring.session.set_image(InputImage("face.png", np.full((8, 8, 4), 255, np.uint8)), "face.png")
    driver.settle()
    assert engine.mapped[-1] == ("conv_a", (3,), False)
    assert [text for text, _ in inspector.maps.tiles] == ["3: peak 3"]
    wiring.session.set_trigger_on(True)
    driver.settle()
    assert engine.mapped[-1] == ("conv_a", (3,), True)
    inspect(1, 2, 3)
    assert [text for text, _ in inspector.maps.tiles] == ["1: peak 1", "2: peak 2", "3: peak 3"]


def test_several_channels_are_selected_by_ctrl_shift_and_keys(
    wiring: WindowWiring, driver: Driver, inspector: ChannelInspector, inspect: Callable[..., None]
) -> None:
    driver.run_all()
    inspect(0)
    inspector.order_box.setCurrentIndex(inspector.order_box.findData(BarOrder.INDEX))
    selection = wiring.session.selection
    choose_bar(inspector, 1)
    assert selection.channels == (1,)
    choose_bar(inspector, 3, CTRL)
    assert selection.channels == (1, 3)
    choose_bar(inspector, 5, SHIFT)
    assert selection.channels == (3, 4, 5)
    assert [row[0] for row in inspector.figures.rows] == ["3", "4", "5"]
    choose_bar(inspector, 4, CTRL)
    assert selection.channels == (3, 5)
    inspector.bars.setFocus()
    QTest.keyClick(inspector.bars, Qt.Key.Key_Left)
    assert selection.channels == (4,)
    QTest.keyClick(inspector.bars, Qt.Key.Key_End)
    assert selection.channels == (5,)
    assert inspector.bars.accessibleDescription().startswith("channel 5: clean")


def test_bars_are_ordered_as_asked() -> None:
    clean, triggered = np.array([3.0, 1.0, 2.0]), np.array([3.0, 5.0, 2.5])
    pruning = np.array([1, 2, 0])
    assert ordered_channels(BarOrder.PRUNING, clean, triggered, pruning) == (1, 2, 0)
    assert ordered_channels(BarOrder.PRUNING, clean, triggered, None) == (0, 1, 2)
    assert ordered_channels(BarOrder.DIFFERENCE, clean, triggered, pruning) == (1, 2, 0)
    assert ordered_channels(BarOrder.CLEAN, clean, triggered, pruning) == (0, 2, 1)
    assert ordered_channels(BarOrder.TRIGGERED, clean, triggered, pruning) == (1, 0, 2)
    assert ordered_channels(BarOrder.TRIGGERED, clean, None, pruning) == (0, 2, 1)


def test_readers_are_listed_with_the_bypass(
    wiring: WindowWiring, driver: Driver, inspector: ChannelInspector, inspect: Callable[..., None]
) -> None:
    driver.run_all()
    inspect(3)
    assert inspector.readers.rows == (
        ("conv_b", "Conv2D", "1.5", "2nd of 6", "yes"),
        ("dense", "Dense", "1.5", "2nd of 6", "yes"),
    )
    wiring.pages["prune"].control.choose_settings(replace(wiring.session.settings, reader="conv_b"))
    assert [row[4] for row in inspector.readers.rows] == ["yes", "no: bypass"]
    inspector.readers.setFocus()
    inspector.readers.copy()
    assert QApplication.clipboard().text().splitlines()[1].startswith("conv_b\tConv2D\t1.5")


def test_without_data_it_says_what_is_missing(
    wiring: WindowWiring, driver: Driver, inspector: ChannelInspector, inspect: Callable[..., None]
) -> None:
    wiring.open_file(Role.MODEL, Path("net.h5"))
    driver.settle()
    inspect(2)
    assert inspector.no_data.isVisible()
    assert not inspector.histogram.isVisible()
    assert inspector.kernel.weights is not None


def test_prune_page_and_inspector_select_the_same_channel(
    wiring: WindowWiring, driver: Driver, inspector: ChannelInspector
) -> None:
    driver.run_all()
    channels = wiring.pages["prune"].channels
    channels.chart.setFocus()
    for key in (Qt.Key.Key_Home, Qt.Key.Key_Right, Qt.Key.Key_Right):
        QTest.keyClick(channels.chart, key)
    channel = channels.detail.channel
    assert (wiring.session.selection.layer, wiring.session.selection.channels) == ("conv_a", (channel,))
    assert wiring.session.hand_mask is None  # selecting prunes nothing
    driver.wait_until(channels.detail.inspect_button.isVisible)
    QTest.mouseClick(channels.detail.inspect_button, Qt.MouseButton.LeftButton)
    driver.wait_until(inspector.isVisible)
    settle(wiring, driver)
    assert wiring.panels.page.key == "network"
    assert inspector.channel_box.value() == channel
    choose_bar(inspector, 5)
    assert channels.detail.channel == 5
    assert channels.chart.focused == channels.place_of(5)


def test_ctrl_i_inspects_only_what_is_selected(wiring: WindowWiring, driver: Driver) -> None:
    driver.run_all()
    action = wiring.menus.actions["prune", "inspect"]
    assert not action.isEnabled()
    wiring.session.selection.select("conv_a", (2,))
    assert action.isEnabled()
    action.trigger()
    assert wiring.panels.page.key == "network"


def test_walking_in_the_graph_keeps_the_selected_channel_until_a_layer_is_chosen(
    wiring: WindowWiring, driver: Driver, inspector: ChannelInspector
) -> None:
    driver.run_all()
    wiring.session.selection.select("conv_a", (3,))
    wiring.panels.show_page("network")
    panel = wiring.pages["network"].network_panel
    driver.wait_until(lambda: bool(panel.graph.items_by_name) and not wiring.runner.is_busy)
    panel.show_tab("Layer")
    panel.graph.go_to("conv_b")
    assert wiring.session.selection.channels == (3,)
    QTest.keyClick(panel.graph, Qt.Key.Key_Return)
    assert wiring.session.selection.layer == "conv_b"
    panel.show_tab("Channel")
    panel.graph.go_to("conv_a")  # what is seen follows
    assert wiring.session.selection.layer == "conv_a"
    assert inspector.layer_box.currentData() == "conv_a"


def test_a_layer_of_the_graph_leads_to_its_channels(
    wiring: WindowWiring, driver: Driver, inspector: ChannelInspector
) -> None:
    driver.run_all()
    wiring.panels.show_page("network")
    panel = wiring.pages["network"].network_panel
    driver.wait_until(lambda: bool(panel.graph.items_by_name))
    panel.show_tab("Layer")
    panel.graph.go_to("conv_b")
    QApplication.processEvents()
    QTest.mouseClick(panel.layer_view.inspect_button, Qt.MouseButton.LeftButton)
    settle(wiring, driver)
    assert inspector.isVisible()
    assert wiring.session.selection.layer == "conv_b"
    assert inspector.layer_box.currentData() == "conv_b"
    assert wiring.session.settings.layer.names == ("conv_a",)  # walking there prunes nothing


def test_another_model_forgets_what_was_measured(
    wiring: WindowWiring, driver: Driver, engine: FakeEngine, inspect: Callable[..., None]
) -> None:
    driver.run_all()
    inspect(3)
    engine.measured.clear()
    driver.open_all()
    inspect(3)
    assert {name for _, name, _ in engine.measured} == {"p.h5", "v.h5"}
