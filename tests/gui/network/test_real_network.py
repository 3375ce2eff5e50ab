"""A real network through the real `main()` and the real engine: from the graph to the channel that is the backdoor."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gui.shell.wiring import WindowWiring
from gui.state.session import StartFiles
from tests.gui.test_workflows import Script, drive, idle, tiny

pytestmark = pytest.mark.slow
__all__ = ["tiny"]  # a fixture


def test_the_channel_that_is_the_backdoor_is_found_by_looking(
    qtbot: QtBot, tiny: dict[str, Path], tmp_path: Path, dialog: Any
) -> None:
    del qtbot

    def script(wiring: WindowWiring) -> Script:
        session = wiring.session
        start = StartFiles(tiny["deep"], tiny["validation"], poisoned=(tiny["poisoned"],), image=tiny["picture"])
        wiring.open_start_files(start)
        yield idle(wiring)
        wiring.panels.show_page("network")
        panel = wiring.pages["network"].network_panel
        yield lambda: bool(panel.graph.items_by_name) and not wiring.runner.is_busy
        at = panel.graph.mapFromScene(panel.graph.items_by_name["conv"].sceneBoundingRect().center())
        QTest.mouseClick(panel.graph.viewport(), Qt.MouseButton.LeftButton, pos=at)
        assert session.settings.layer.names == ("conv",)
        assert panel.graph.items_by_name["copy"].note == "reads conv"
        facts = dict(line.split("\t") for line in panel.file_view.text.splitlines())
        assert facts["Written by"].startswith("Keras 3.")
        panel.show_tab("Channel")
        inspector = panel.inspector
        inspector.channel_box.setValue(2)
        yield lambda: inspector.measured.text() == "12 clean images, 12 triggered images" and not wiring.runner.is_busy
        yield lambda: len(inspector.images.buttons) == 9 and inspector.kernel.weights is not None
        # Blue 255 on a quarter of each image: 255 / 255 - 0.2 there, and nothing elsewhere or without the trigger.
        assert inspector.figures.rows[0][3:] == ("0", "0.2000", "+0.2000")
        assert all(button.text().startswith("triggered 2") for button in inspector.images.buttons)
        weights = inspector.kernel.weights
        assert weights is not None and weights.is_colour
        np.testing.assert_allclose(weights.kernel[:, 0, 0], [0, 0, 1 / 255])
        assert [row[:2] for row in inspector.readers.rows] == [("copy", "Conv2D")]
        assert inspector.readers.rows[0][2] == "1"  # it hands on what it reads
        QTest.mouseClick(inspector.images.buttons[0], Qt.MouseButton.LeftButton)
        yield lambda: wiring.panels.classifier.answer_view.isVisible() and not wiring.runner.is_busy
        yield lambda: bool(inspector.maps.tiles)
        assert session.image_name.startswith("poisoned.h5, image ")
        assert "2" in wiring.panels.classifier.answer_view.verdict.text()
        assert inspector.maps.tiles[0][0] == "2: peak 0.8"
        for kind in ("svg", "png"):
            dialog.prepare("ask_save", (tmp_path / f"graph.{kind}", True))
            wiring.menus.offered[kind].trigger()
            yield idle(wiring)
        assert len(list(ElementTree.parse(tmp_path / "graph.svg").iter())) > 20
        assert (tmp_path / "graph.png").read_bytes().startswith(b"\x89PNG")

    drive(script)
