"""The list of convolutions, while it can be changed and while it cannot."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from core.channels import PrunableLayer, Reader
from gui.widgets.layer_list import LayerList


@pytest.fixture
def layers(qtbot: QtBot) -> LayerList:
    """A list of eight layers, five of which are in view."""
    box = LayerList()
    qtbot.addWidget(box)
    made = tuple(PrunableLayer(f"conv_{n}", f"conv_{n}", 4, (Reader("dense", "Dense", True),)) for n in range(8))
    box.show_layers(made, ("conv_7",))
    box.resize(200, box.sizeHint().height())
    box.show()
    return box


def test_rows_are_disabled_one_by_one_and_say_why(layers: LayerList) -> None:
    tip = layers.item(0).toolTip()
    layers.set_reason("A run is in progress.")
    layers.setFocus()
    for row in range(layers.count()):
        item = layers.item(row)
        assert not item.flags() & Qt.ItemFlag.ItemIsEnabled
        assert item.toolTip() == "A run is in progress."
    assert layers.isEnabled()
    box = layers.visualItemRect(layers.item(1))
    QTest.mouseClick(layers.viewport(), Qt.MouseButton.LeftButton, pos=box.topLeft() + QPoint(12, box.height() // 2))
    QTest.keyClick(layers, Qt.Key.Key_Space)
    assert layers.layers.names == ("conv_7",)
    layers.verticalScrollBar().setValue(layers.verticalScrollBar().maximum())
    assert layers.verticalScrollBar().value() > 0  # what is ticked below can still be seen
    layers.set_reason("")
    assert layers.item(0).toolTip() == tip
    layers.setCurrentRow(0)
    QTest.keyClick(layers, Qt.Key.Key_Space)
    assert layers.layers.names == ()


def test_layers_shown_while_disabled_are_disabled_too(layers: LayerList) -> None:
    layers.set_reason("Not now.")
    layers.show_layers((PrunableLayer("a", "a", 1, (Reader("b", "Dense", True),)),), ())
    assert layers.item(0).toolTip() == "Not now." and not layers.item(0).flags() & Qt.ItemFlag.ItemIsEnabled
