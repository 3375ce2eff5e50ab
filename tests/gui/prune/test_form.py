"""The settings of a run alone: what they show, and what they say was chosen."""

from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.channels import LayerSet, PrunableLayer, Reader
from core.order.order import PruningOrder
from core.order.orders.registry import ORDERS
from core.records import Share, Side
from core.scale import Scale
from gui.prune.form import PruneForm
from gui.state.pruning_run import Settings
from tests.made_up_scales import found

LAYERS = (
    PrunableLayer("conv_3", "pool_3", 60, (Reader("fc_1", "Dense", True), Reader("conv_4", "Conv2D", True))),
    PrunableLayer("conv_4", "conv_4", 80, (Reader("add", "Add", False),)),
)


@pytest.fixture
def form(qtbot: QtBot) -> PruneForm:
    form = PruneForm()
    qtbot.addWidget(form)
    qtbot.addWidget(form.buttons)
    form.show()
    return form


def test_the_readers_of_the_chosen_layer_are_offered(form: PruneForm) -> None:
    form.show_layers(LAYERS, Settings(layer=LayerSet.of("conv_3"), reader="conv_4"))
    offered = [form.reader_combo.itemData(index) for index in range(form.reader_combo.count())]
    assert offered == [None, "fc_1", "conv_4"]
    assert form.reader_combo.currentData() == "conv_4"
    assert form.reader_note.text() == "conv_3 is read by fc_1 and conv_4"
    form.show_layers(LAYERS, Settings(layer=LayerSet.of("conv_4")))
    assert form.reader_combo.count() == 1
    assert form.reader_note.text() == "conv_4 is read by add"


def test_an_order_that_looks_at_poisoned_images_needs_some(form: PruneForm) -> None:
    place = form.order_combo.findData("difference")

    def is_offered() -> list[bool]:
        flags = (form.order_combo.model().index(row, 0).flags() for row in range(form.order_combo.count()))
        return [bool(each & Qt.ItemFlag.ItemIsEnabled) for each in flags]

    assert is_offered() == [row != place for row in range(len(ORDERS))]
    form.set_poisoned(is_open=True)
    assert all(is_offered())
    form.set_poisoned(is_open=False)
    assert not is_offered()[place]


def test_choosing_with_the_keyboard_is_said_once(form: PruneForm, qtbot: QtBot) -> None:
    form.show_layers(LAYERS, Settings(layer=LayerSet.of("conv_3")))
    chosen: list[Settings] = []
    form.settings_chosen.connect(chosen.append)
    qtbot.keyClick(form.order_combo, Qt.Key.Key_Down)
    assert chosen == [Settings(layer=LayerSet.of("conv_3"), order=ORDERS.get("layers"))]
    assert isinstance(chosen[0].order, PruningOrder)
    qtbot.keyClick(form.scale_combo, Qt.Key.Key_Down)
    assert chosen[-1].scale == Scale.RAW
    sides: list[Side] = []
    form.side_chosen.connect(sides.append)
    qtbot.keyClick(form.side_combo, Qt.Key.Key_Down)
    assert sides == [Side.AFTER]
    assert isinstance(sides[0], Side)


def test_showing_settings_says_nothing(form: PruneForm) -> None:
    chosen: list[Any] = []
    form.settings_chosen.connect(chosen.append)
    form.thresholds_chosen.connect(chosen.append)
    form.side_chosen.connect(chosen.append)
    form.show_layers(LAYERS, Settings(layer=LayerSet.of("conv_4"), order=ORDERS.get("index")))
    form.show_side(Side.AFTER)
    form.show_thresholds((0.02, 0.1))
    form.show_scale(found(Scale.UNIT, Share(9, 9), Share(0, 9)), chosen=None, is_validation_open=True)
    assert chosen == []
    assert form.thresholds_edit.text() == "2, 10"
    assert form.scale_combo.currentText() == "auto (found: 0–1)"


def test_bad_thresholds_are_said_below_the_field_and_not_taken(form: PruneForm, qtbot: QtBot) -> None:
    taken: list[Any] = []
    form.thresholds_chosen.connect(taken.append)
    form.thresholds_edit.clear()
    qtbot.keyClicks(form.thresholds_edit, "2, many")
    qtbot.keyClick(form.thresholds_edit, Qt.Key.Key_Return)
    assert "got 'many'" in form.thresholds_note.text()
    assert taken == []
    form.thresholds_edit.clear()
    qtbot.keyClicks(form.thresholds_edit, "10, 2,2")
    qtbot.keyClick(form.thresholds_edit, Qt.Key.Key_Return)
    assert form.thresholds_note.text() == ""
    assert taken == [(0.02, 0.1)]
    assert form.thresholds_edit.text() == "2, 10"


def test_bad_thresholds_hold_up_the_run_and_say_why(form: PruneForm) -> None:
    form.show_layers(LAYERS, Settings(layer=LayerSet.of("conv_3")))
    form.set_missing("")
    changed: list[Any] = []
    form.reason_changed.connect(lambda: changed.append(form.reason))
    form.thresholds_edit.setText("2, many")
    assert not form.start_button.isEnabled()
    assert "got 'many'" in form.start_button.toolTip()
    form.thresholds_edit.setText("2, 4")
    assert form.start_button.isEnabled()
    assert changed == [
        "thresholds must be numbers from 0.0001 to 99.9999 with commas between, got 'many' in '2, many'",
        "",
    ]


def test_running_locks_settings(form: PruneForm) -> None:
    form.show_layers(LAYERS, Settings(layer=LayerSet.of("conv_3")))
    form.set_missing("")
    assert form.start_button.isEnabled()
    form.set_running(True)
    assert not form.start_button.isEnabled()
    assert not form.layer_combo.isEnabled()
    assert form.thresholds_edit.isEnabled()
    form.set_running(False)
    assert form.start_button.isEnabled()
