"""The Network page in a real window: drawn when it is seen, clicked, walked, searched, zoomed and exported."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.channels import ALL_LAYERS, LayerSet
from gui.network.panel import NetworkPanel
from gui.page import why_running
from gui.shell.wiring import WindowWiring
from tests.gui.stand_in_engine import FakeEngine
from tests.gui.window_driver import Driver

NONE, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def panel(wiring: WindowWiring) -> NetworkPanel:
    return wiring.pages["network"].network_panel


@pytest.fixture
def show(wiring: WindowWiring, driver: Driver, panel: NetworkPanel) -> Callable[[], None]:
    def show_page() -> None:
        wiring.window.resize(1440, 900)  # the screen of the tests is small
        wiring.panels.show_page("network")
        driver.wait_until(lambda: bool(panel.graph.items_by_name))
        driver.settle()
        QApplication.processEvents()

    return show_page


def at(panel: NetworkPanel, name: str) -> QPoint:
    panel.graph.go_to(name)
    return panel.graph.mapFromScene(panel.graph.items_by_name[name].sceneBoundingRect().center())


def click(panel: NetworkPanel, name: str, keys: Qt.KeyboardModifier = NONE) -> None:
    QTest.mouseClick(panel.graph.viewport(), Qt.MouseButton.LeftButton, keys, at(panel, name))


def marked(panel: NetworkPanel) -> tuple[set[str], dict[str, bool]]:
    """The layers that are pruned, and those that read them with whether they are a bypass."""
    boxes = panel.graph.items_by_name
    readers = {name: box.is_bypass for name, box in boxes.items() if box.note}
    return {name for name, box in boxes.items() if box.is_chosen}, readers


def test_the_layers_are_read_only_when_the_page_is_seen(
    wiring: WindowWiring, driver: Driver, engine: FakeEngine, panel: NetworkPanel, show: Callable[[], None]
) -> None:
    driver.open_all()
    assert engine.described == []
    show()
    assert engine.described == ["net.h5"]
    assert list(panel.graph.items_by_name)[:3] == ["pixels", "conv_a", "pool_a"]
    wiring.panels.show_page("prune")
    wiring.panels.show_page("network")
    driver.settle()
    assert engine.described == ["net.h5"]  # known already


def test_another_model_is_drawn_anew_and_none_is_cleared(
    wiring: WindowWiring, driver: Driver, engine: FakeEngine, panel: NetworkPanel, show: Callable[[], None]
) -> None:
    driver.open_all()
    show()
    wiring.session.close_files()
    driver.settle()
    assert panel.graph.items_by_name == {}
    assert "Open a model" in panel.empty_label.text()
    driver.open_all()
    show()
    assert engine.described == ["net.h5", "net.h5"]
    assert len(panel.graph.items_by_name) == 8


def test_a_click_chooses_a_layer_for_pruning(
    wiring: WindowWiring, driver: Driver, panel: NetworkPanel, show: Callable[[], None]
) -> None:
    driver.open_all()
    show()
    assert marked(panel) == ({"conv_a"}, {"conv_b": False, "dense": False})
    click(panel, "conv_b")
    assert wiring.session.settings.layer == LayerSet.of("conv_b")
    assert wiring.pages["prune"].prune_form.layer_combo.currentText().startswith("conv_b")  # the form follows
    assert marked(panel) == ({"conv_b"}, {"dense": False})
    assert "conv_b" in panel.legend.text()


def test_a_click_with_ctrl_adds_a_layer_and_takes_it_out(
    wiring: WindowWiring, driver: Driver, panel: NetworkPanel, show: Callable[[], None]
) -> None:
    driver.open_all()
    show()
    click(panel, "conv_b", CTRL)
    assert wiring.session.settings.layer == ALL_LAYERS
    assert marked(panel)[0] == {"conv_a", "conv_b"}
    click(panel, "conv_a", CTRL)
    assert wiring.session.settings.layer == LayerSet.of("conv_b")
    click(panel, "conv_b", CTRL)  # the last one stays
    assert wiring.session.settings.layer == LayerSet.of("conv_b")


def test_a_layer_that_cannot_be_pruned_says_why(
    wiring: WindowWiring, driver: Driver, panel: NetworkPanel, show: Callable[[], None]
) -> None:
    driver.open_all()
    show()
    panel.show_tab("File")
    click(panel, "dense")
    assert wiring.session.settings.layer == LayerSet.of("conv_a")
    assert panel.layer_view.reason.text() == "units, not channels"
    assert panel.layer_view.isVisible()
    assert not panel.layer_view.prune_button.isVisible()


def test_the_bypass_is_told_from_the_reader_that_stops(
    wiring: WindowWiring, driver: Driver, panel: NetworkPanel, show: Callable[[], None]
) -> None:
    driver.open_all()
    show()
    wiring.pages["prune"].control.choose_settings(replace(wiring.session.settings, reader="conv_b"))
    assert marked(panel) == ({"conv_a"}, {"conv_b": False, "dense": True})
    lines = panel.graph.edges_by_name
    assert {edge for edge, line in lines.items() if line.is_bypass} == {
        ("pool_a", "flat_a"), ("flat_a", "joined"), ("joined", "dense"),
    }  # fmt: skip
    assert lines["pool_a", "conv_b"].is_read
    assert not lines["pool_a", "conv_b"].is_bypass
    assert not lines["conv_b", "flat_b"].is_read
    assert "bypass: dense still reads them" in panel.legend.text()
    click(panel, "conv_b")  # it does not read itself
    assert wiring.session.settings.reader is None


def test_nothing_is_chosen_during_a_run(
    wiring: WindowWiring, driver: Driver, engine: FakeEngine, panel: NetworkPanel, show: Callable[[], None]
) -> None:
    driver.open_all()
    show()
    driver.start_run_that_waits(engine, 1)
    wiring.panels.show_page("network")
    click(panel, "conv_b")
    assert wiring.session.settings.layer == LayerSet.of("conv_a")
    assert wiring.panels.messages.text == why_running()
    wiring.runner.cancel()
    driver.settle()


def test_channels_pruned_by_hand_are_not_lost_by_a_click(
    wiring: WindowWiring, driver: Driver, panel: NetworkPanel, show: Callable[[], None]
) -> None:
    driver.run_all()
    wiring.pages["prune"].hand.toggle_channel(3)
    driver.settle()
    show()
    click(panel, "conv_b")
    assert wiring.session.is_by_hand
    assert "pruned by hand" in wiring.panels.messages.text
    QTest.mouseClick(panel.layer_view.prune_button, Qt.MouseButton.LeftButton)
    assert wiring.session.settings.layer == LayerSet.of("conv_b")
    assert not wiring.session.is_by_hand


def test_the_keyboard_walks_from_layer_to_layer(
    wiring: WindowWiring, driver: Driver, panel: NetworkPanel, show: Callable[[], None]
) -> None:
    driver.open_all()
    show()
    graph = panel.graph
    graph.setFocus()
    assert graph.current == "conv_a"  # begins where it is pruned
    walked = []
    for key in ("Down", "Down", "Right", "Left", "Up", "Home", "Up", "End"):
        QTest.keyClick(graph, getattr(Qt.Key, f"Key_{key}"))
        walked.append(graph.current)
    assert walked[0] == "pool_a"
    assert {walked[1], walked[2]} == {"conv_b", "flat_a"} or walked[1] == walked[2]
    assert walked[4:] == ["pool_a", "pixels", "pixels", "dense"]
    assert graph.accessibleDescription().startswith("dense; Dense, softmax")
    graph.go_to("conv_b")
    QTest.keyClick(graph, Qt.Key.Key_Return)
    assert wiring.session.settings.layer == LayerSet.of("conv_b")
    QTest.keyClick(graph, Qt.Key.Key_Home)
    graph.go_to("conv_a")
    QTest.keyClick(graph, Qt.Key.Key_Space, CTRL)
    assert wiring.session.settings.layer == ALL_LAYERS


def test_the_wheel_zooms_around_the_mouse_and_a_drag_moves(
    driver: Driver, panel: NetworkPanel, show: Callable[[], None]
) -> None:
    driver.open_all()
    show()
    graph = panel.graph
    graph.show_actual_size()
    assert graph.scale_factor == 1.0
    spot = at(panel, "pool_a")
    before = graph.mapToScene(spot)
    for keys, up in ((NONE, 120), (CTRL, 120), (NONE, -120)):
        wheel = QWheelEvent(
            QPointF(spot), QPointF(graph.viewport().mapToGlobal(spot)), QPoint(), QPoint(0, up),
            Qt.MouseButton.NoButton, keys, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(graph.viewport(), wheel)
        after = graph.mapToScene(spot)
        assert abs(after.x() - before.x()) + abs(after.y() - before.y()) < 4
    assert graph.scale_factor == pytest.approx(1.25)
    chosen: list[str] = []
    graph.layer_chosen.connect(lambda name, _: chosen.append(name))
    QTest.mousePress(graph.viewport(), Qt.MouseButton.LeftButton, NONE, spot)
    QTest.mouseMove(graph.viewport(), spot + QPoint(0, -40))
    QTest.mouseMove(graph.viewport(), spot + QPoint(0, -60))
    QTest.mouseRelease(graph.viewport(), Qt.MouseButton.LeftButton, NONE, spot + QPoint(0, -60))
    assert graph.mapToScene(spot).y() > before.y() + 20
    assert chosen == []  # a drag is no click
    QTest.mouseClick(panel.fit_button, Qt.MouseButton.LeftButton)
    visible = graph.mapToScene(graph.viewport().rect()).boundingRect()
    assert visible.adjusted(-2, -2, 2, 2).contains(graph.items_by_name["pixels"].sceneBoundingRect())
    assert visible.adjusted(-2, -2, 2, 2).contains(graph.items_by_name["dense"].sceneBoundingRect())
    for key, factor in ((Qt.Key.Key_1, 1.0), (Qt.Key.Key_Plus, 1.25), (Qt.Key.Key_Minus, 1.0)):
        QTest.keyClick(graph, key)
        assert graph.scale_factor == pytest.approx(factor)


def test_ctrl_f_finds_layers_by_name_and_kind(
    wiring: WindowWiring, driver: Driver, panel: NetworkPanel, show: Callable[[], None]
) -> None:
    driver.open_all()
    show()
    wiring.window.activateWindow()
    driver.wait_until(wiring.window.isActiveWindow)
    panel.graph.setFocus()
    QTest.keyClick(panel.graph, Qt.Key.Key_F, CTRL)
    assert panel.search.field.hasFocus()
    QTest.keyClicks(panel.search.field, "conv2d relu")
    assert panel.search.found == ("conv_a", "conv_b")
    assert panel.graph.current == "conv_a"
    assert panel.search.count_label.text() == "1 of 2"
    assert [name for name, box in panel.graph.items_by_name.items() if box.is_found] == ["conv_a", "conv_b"]
    QTest.keyClick(panel.search.field, Qt.Key.Key_Return)
    assert panel.graph.current == "conv_b"
    QTest.keyClick(panel.search.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert panel.graph.current == "conv_a"
    QTest.keyClick(panel.search.field, Qt.Key.Key_Escape)
    assert panel.search.field.text() == ""
    assert not any(box.is_found for box in panel.graph.items_by_name.values())
    QTest.keyClick(panel.search.field, Qt.Key.Key_Escape)
    assert panel.graph.hasFocus()


def test_the_table_is_a_twin_of_the_graph(
    wiring: WindowWiring, driver: Driver, panel: NetworkPanel, show: Callable[[], None]
) -> None:
    driver.open_all()
    show()
    panel.show_tab("File")
    table = panel.file_view.table
    assert table.model().rowCount() == len(panel.graph.items_by_name)
    cells = [table.model().index(1, column).data() for column in range(table.model().columnCount())]
    assert cells == ["conv_a", "Conv2D", "6 × 6 × 6", "168", "relu", "pixels", "can be pruned"]
    click(panel, "dense")
    panel.show_tab("File")
    assert table.currentIndex().row() == 7
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_Home, CTRL)
    for _ in range(3):
        QTest.keyClick(table, Qt.Key.Key_Down)
    assert panel.graph.current == "conv_b"
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert wiring.session.settings.layer == LayerSet.of("conv_b")
    facts = dict(line.split("\t") for line in panel.file_view.text.splitlines())
    assert facts["SHA-256"] == "0" * 64
    assert facts["Written by"] == "not said in the file"
    assert facts["Layers"] == "8, of which 2 can be pruned"
    QTest.mouseClick(panel.file_view.copy_button, Qt.MouseButton.LeftButton)
    text = QGuiApplication.clipboard().text()
    assert "SHA-256\t000" in text
    assert "conv_b\tConv2D\tpool_a\t3x3x4\trelu\t220" in text


@pytest.mark.parametrize("kind", ["svg", "png", "pdf", "csv"])
def test_graph_and_table_are_exported(
    wiring: WindowWiring, driver: Driver, panel: NetworkPanel, show: Callable[[], None], dialog: Any, tmp_path: Path,
    kind: str,
) -> None:  # fmt: skip
    driver.open_all()
    show()
    path = tmp_path / f"out.{kind}"
    dialog.prepare("ask_save", (path, True))
    assert wiring.menus.offered[kind].isEnabled()
    wiring.menus.offered[kind].trigger()
    driver.settle()
    assert dialog.calls[-1][1]["suggestion"].name == f"net_{'layers' if kind == 'csv' else 'network'}.{kind}"
    if kind == "svg":
        titles = [each.text for each in ElementTree.parse(path).iter() if each.tag.endswith("title")]
        assert titles[0] == "net.h5"
        assert len(titles) == 9
    elif kind == "png":
        image = QImage(str(path))
        assert image.width() > 200
        assert image.pixelColor(0, 0).name() == "#ffffff"
    elif kind == "pdf":
        content = path.read_bytes()
        box = re.search(rb"/MediaBox \[0 0 (\d+)\S* (\d+)", content)
        assert content.startswith(b"%PDF-")
        assert box is not None
        assert int(box[1]) < int(box[2])  # the page is as high as the graph, not a sheet of paper
        assert len(re.findall(rb"/Type /Page\b", content)) == 1
    else:
        assert len(path.read_text("utf-8").splitlines()) == 9


@pytest.mark.parametrize("is_from_menu", [True, False], ids=["menu", "graph"])
def test_the_graph_is_copied_as_a_picture(
    wiring: WindowWiring, driver: Driver, panel: NetworkPanel, show: Callable[[], None], is_from_menu: bool
) -> None:
    copy = "Copy the graph as a picture"
    wiring.panels.show_page("network")
    assert wiring.menus.offered["copy"].text() == copy
    assert not wiring.menus.offered["copy"].isEnabled()
    driver.open_all()
    show()
    QGuiApplication.clipboard().clear()
    if is_from_menu:
        wiring.menus.offered["copy"].trigger()
    else:
        at = panel.graph.viewport().rect().center()
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, panel.graph.viewport().mapToGlobal(at))
        QApplication.sendEvent(panel.graph.viewport(), event)
        menu = panel.export_button.menu()
        driver.wait_until(menu.isVisible)
        next(each for each in menu.actions() if each.text() == copy).trigger()
        menu.close()
    driver.settle()
    image = QGuiApplication.clipboard().image()
    assert image.width() > 200
    assert image.pixelColor(0, 0).name() == "#ffffff"
    assert wiring.panels.messages.text == "Copied the picture “Network”."


def test_the_layers_can_be_copied_and_saved_as_every_table(
    wiring: WindowWiring, driver: Driver, panel: NetworkPanel, show: Callable[[], None], dialog: Any, tmp_path: Path
) -> None:
    driver.open_all()
    show()
    menu = next(each for each in wiring.panels.page.export_menus if each.title() == "Layers")
    entries = {each.text(): each for each in menu.actions()}
    path = tmp_path / "layers.json"
    dialog.prepare("ask_save", (path, True))
    entries["Table as JSON…"].trigger()
    driver.settle()
    rows = {row["layer"]: row for row in json.loads(path.read_text("utf-8"))["rows"]}
    assert len(rows) == 8
    assert (rows["conv_b"]["class"], rows["conv_b"]["parameters"]) == ("Conv2D", 220)
    copies = {each.text(): each for each in entries["Copy the table as"].menu().actions()}
    copies["Markdown"].trigger()
    assert r"| conv\_b | Conv2D | pool\_a | 3x3x4 | relu | 220 |" in QGuiApplication.clipboard().text()


def test_a_double_click_leads_to_the_prune_page(
    wiring: WindowWiring, driver: Driver, panel: NetworkPanel, show: Callable[[], None]
) -> None:
    driver.open_all()
    show()
    spot = at(panel, "conv_b")
    QTest.mouseClick(panel.graph.viewport(), Qt.MouseButton.LeftButton, NONE, spot)
    QTest.mouseDClick(panel.graph.viewport(), Qt.MouseButton.LeftButton, NONE, spot)
    assert wiring.panels.page.key == "prune"
    assert wiring.session.settings.layer == LayerSet.of("conv_b")


def test_in_a_narrow_window_the_tabs_are_below_the_graph(
    wiring: WindowWiring, driver: Driver, panel: NetworkPanel, show: Callable[[], None]
) -> None:
    driver.open_all()
    show()
    assert panel.body.orientation() == Qt.Orientation.Horizontal
    wiring.window.resize(wiring.window.minimumSize())
    driver.wait_until(lambda: panel.body.orientation() == Qt.Orientation.Vertical)
    wiring.window.resize(1440, 900)
    driver.wait_until(lambda: panel.body.orientation() == Qt.Orientation.Horizontal)
