"""The list of convolutions, while it can be changed and while it cannot."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QScrollArea, QVBoxLayout, QWidget
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


@pytest.fixture
def folding(qtbot: QtBot) -> Iterator[LayerList]:
    """A list of 20 layers and all as one in a form that scrolls."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    form = QWidget()
    column = QVBoxLayout(form)
    box = LayerList(is_folding=True)
    column.addWidget(QPushButton("Above"))
    column.addWidget(box)
    column.addStretch(1)
    area.setWidget(form)
    qtbot.addWidget(area)
    readers = (Reader("dense", "Dense", True),)
    made = tuple(PrunableLayer(f"conv_{n}", f"conv_{n}", 4, readers) for n in range(20))
    every = PrunableLayer.together(made, is_all=True)
    box.show_layers((*made, every), ("conv_1",))
    area.resize(240, 200)
    area.show()
    yield box


def shown_texts(box: LayerList) -> list[str]:
    return [box.item(row).text().split(" ")[0] for row in range(box.count()) if not box.isRowHidden(row)]


def test_a_list_in_a_form_that_scrolls_never_scrolls_itself(folding: LayerList, qtbot: QtBot) -> None:
    assert shown_texts(folding) == ["conv_19", "conv_18", "conv_17", "conv_16", "conv_15", "conv_1", "All", "Show"]
    last = folding.item(folding.count() - 1)
    assert last.text() == "Show 14 more"
    assert folding.verticalScrollBar().maximum() == 0
    QTest.mouseClick(folding.viewport(), Qt.MouseButton.LeftButton, pos=folding.visualItemRect(last).center())
    qtbot.waitUntil(lambda: len(shown_texts(folding)) == 22 and folding.verticalScrollBar().maximum() == 0)
    assert last.text() == "Show fewer"
    assert folding.layers.names == ("conv_1",)
    folding.tick(("conv_4",))
    folding.setFocus()
    folding.setCurrentItem(last)
    QTest.keyClick(folding, Qt.Key.Key_Space)
    assert "conv_4" in shown_texts(folding) and len(shown_texts(folding)) == 8
    assert folding.layers.names == ("conv_4",)


def test_the_row_that_keys_move_to_is_in_view(folding: LayerList, qtbot: QtBot) -> None:
    area = folding.window()
    assert isinstance(area, QScrollArea)
    last = folding.item(folding.count() - 1)
    folding.itemClicked.emit(last)
    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() > 0)
    area.activateWindow()
    folding.setFocus()
    qtbot.waitUntil(folding.hasFocus)
    folding.setCurrentRow(0)
    QTest.keyClick(folding, Qt.Key.Key_End)
    assert folding.currentItem() is last
    place = folding.viewport().mapTo(area.viewport(), folding.visualItemRect(last).center())
    assert area.viewport().rect().contains(place)


def test_a_few_more_rows_are_not_worth_folding(qtbot: QtBot) -> None:
    box = LayerList(is_folding=True)
    qtbot.addWidget(box)
    made = tuple(PrunableLayer(f"conv_{n}", f"conv_{n}", 4, (Reader("dense", "Dense", True),)) for n in range(7))
    box.show_layers(made, ("conv_6",))
    assert len(shown_texts(box)) == 7 and box.sizeHint().height() > LayerList().sizeHint().height()
