"""The left panel alone: what it shows, what it says was chosen, and drops by built events."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from core.channels import LayerSet, PrunableLayer, Reader
from core.errors import PruningError
from core.order.order import PruningOrder
from core.order.orders.index import INDEX
from core.order.orders.registry import ORDERS
from core.records import ModelSummary, Scale, ScaleFinding, Share, Side
from core.repair.methods.finetune import FINETUNE
from core.repair.methods.registry import METHODS
from gui.files.files_panel import FilesPanel
from gui.files.slot import FileCard, FileSlot
from gui.state.pruning_run import Settings
from gui.state.session import Role, View, parse_thresholds

LAYERS = (
    PrunableLayer("conv_3", "pool_3", 60, (Reader("fc_1", "Dense", True), Reader("conv_4", "Conv2D", True))),
    PrunableLayer("conv_4", "conv_4", 80, (Reader("add", "Add", False),)),
)


@pytest.fixture
def panel(qtbot: QtBot) -> FilesPanel:
    panel = FilesPanel()
    qtbot.addWidget(panel)
    panel.resize(280, 700)
    panel.show()
    return panel


def mime_of(*urls: QUrl) -> QMimeData:
    mime = QMimeData()
    mime.setUrls(list(urls))
    return mime


def drag(widget: QWidget, mime: QMimeData) -> bool:
    """Bring something over a widget; gives whether it would take it."""
    event = QDragEnterEvent(
        QPoint(5, 5), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    event.ignore()
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


def drop(widget: QWidget, mime: QMimeData) -> bool:
    """Let it fall; gives whether it was taken."""
    event = QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    event.ignore()
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


@pytest.mark.parametrize("role", [Role.MODEL, Role.VALIDATION, Role.TEST, Role.POISONED])
def test_a_dropped_file_is_handed_on_with_its_role(panel: FilesPanel, tmp_path: Path, role: Role) -> None:
    path = tmp_path / "ä file.h5"
    path.write_bytes(b"x")
    dropped: list[Any] = []
    panel.files_dropped.connect(lambda *words: dropped.append(words))
    mime = mime_of(QUrl.fromLocalFile(str(path)))
    assert drag(panel.slots[role], mime)
    assert drop(panel.slots[role], mime)
    assert dropped == [(role, (path,))]


def test_folders_addresses_and_text_are_not_taken(panel: FilesPanel, tmp_path: Path) -> None:
    slot = panel.slots[Role.MODEL]
    dropped: list[Any] = []
    panel.files_dropped.connect(lambda *words: dropped.append(words))
    text = QMimeData()
    text.setText("net.h5")
    for mime in (text, mime_of(QUrl("https://example.org/net.h5")), mime_of(QUrl.fromLocalFile(str(tmp_path)))):
        assert not drag(slot, mime)
        assert not drop(slot, mime)
    assert dropped == []


def test_a_drag_over_a_slot_shows_and_goes(panel: FilesPanel, tmp_path: Path) -> None:
    slot = panel.slots[Role.TEST]
    before = slot.styleSheet()
    (tmp_path / "a").write_bytes(b"")
    assert drag(slot, mime_of(QUrl.fromLocalFile(str(tmp_path / "a"))))
    assert slot.styleSheet() != before
    QApplication.sendEvent(slot, QDragLeaveEvent())
    assert slot.styleSheet() == before


def test_a_slot_shows_files_and_a_refusal_beside_them(qtbot: QtBot) -> None:
    slot = FileSlot("Model", "nothing here", icon_name="model")
    qtbot.addWidget(slot)
    slot.show_files([FileCard("a.h5", ("small",), "/x/a.h5")])
    slot.show_error("b.h5 is no model")
    assert slot.names == ("a.h5",)
    slot.show_files(slot.cards)
    assert slot.error_text == "b.h5 is no model"  # another slot's file is no reason to forget it
    slot.dismiss_button.click()
    assert slot.error_text == ""
    assert slot.dismiss_button.isHidden()


def test_the_tab_key_goes_from_a_slots_button_to_its_files_and_on(qtbot: QtBot) -> None:
    panel = FilesPanel()
    qtbot.addWidget(panel)
    slot = panel.slots[Role.POISONED]
    slot.show_files([FileCard(name, (), "") for name in ("a.h5", "b.h5")])
    slot.show_files([FileCard(name, (), "") for name in ("c.h5", "d.h5")])
    names = []
    widget = slot.open_button
    for _ in range(12):
        widget = widget.nextInFocusChain()
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and not widget.isHidden():
            names.append(widget.accessibleName())
    assert names[:2] == ["Close poisoned c.h5", "Close poisoned d.h5"]


def test_the_tab_key_goes_through_all_settings_of_a_repair(panel: FilesPanel) -> None:
    panel.show_view(View.REPAIR)
    form = panel.repair_form
    form.choose_method(FINETUNE)
    form.more.toggle.click()
    more = (
        "least_steps", "batch_size", "optimizer", "distillation_weight", "rollback_margin", "is_mirrored",
        "is_augmented",
    )  # fmt: skip
    wanted = [
        form.method_combo, form.epochs_field, form.rate_field, form.seed_field, form.held_out_field,
        form.false_alarm_field, form.more.toggle, *(form.more.fields[name].widget for name in more),
    ]  # fmt: skip
    form.set_missing("")
    met = []
    widget = form.method_combo
    while widget is not form.cancel_button and len(met) < 40:
        is_met = widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible() and widget.isEnabled()
        if is_met and not isinstance(widget, QLineEdit):  # that of a field for numbers
            met.append(widget)
        widget = widget.nextInFocusChain()
    assert met == [*wanted, form.repair_button]


def test_no_setting_of_a_repair_is_cut_off(panel: FilesPanel) -> None:
    panel.show_view(View.REPAIR)
    panel.repair_form.more.toggle.click()
    for method in METHODS:
        panel.repair_form.choose_method(method)
        panel.resize(panel.minimumSizeHint().width(), 900)
        QApplication.processEvents()
        for each in panel.repair_form.findChildren(QWidget):
            if each.isVisible() and not isinstance(each, QComboBox):
                assert each.width() >= each.minimumSizeHint().width(), (method, each)


def test_run_and_cancel_stay_in_sight_when_the_rest_scrolls(panel: FilesPanel, qtbot: QtBot) -> None:
    panel.show_model(ModelSummary(Path("/x/net.h5"), "ab" * 32, "weights-h5", (55, 47, 3), 1283, 601643, LAYERS))
    panel.form.show_layers(LAYERS, Settings(layer=LayerSet.of("conv_3")))
    panel.resize(panel.minimumSizeHint().width(), 300)
    qtbot.waitUntil(lambda: panel.height() == 300, timeout=5000)
    for button in (panel.form.run_button, panel.form.cancel_button):
        assert panel.rect().contains(button.geometry().translated(button.parentWidget().mapTo(panel, QPoint())))


def test_the_panel_names_model_and_sets(panel: FilesPanel) -> None:
    class Data:
        name, path, image_count, image_shape = "poison.h5", Path("/x/poison.h5"), 60, (55, 47, 3)
        labels, target_labels = np.zeros(60, np.int64), (0,)

    summary = ModelSummary(Path("/x/net.h5"), "ab" * 32, "weights-h5", (55, 47, 3), 1283, 601643, LAYERS)
    panel.show_model(summary)
    card = panel.slots[Role.MODEL].cards[0]
    assert card.details == ("55 × 47 × 3 in, 1283 classes",)
    for words in ("/x/net.h5", "HDF5, weights only", "conv_3 (60) and conv_4 (80)", "601643", "abab"):
        assert words in card.tooltip
    panel.show_sets(Role.POISONED, (Data(), Data()))
    assert panel.slots[Role.POISONED].cards[1].details == ("60 images, 55 × 47 × 3, target 0",)
    panel.show_sets(Role.VALIDATION, (Data(),))
    assert panel.slots[Role.VALIDATION].cards[0].details == ("60 images, 55 × 47 × 3, 1 label",)
    many = Data()
    many.target_labels = (1, 5, 8, 9)  # type: ignore[assignment]
    panel.show_sets(Role.POISONED, (many,))
    assert "4 target labels, 1 to 9" in panel.slots[Role.POISONED].cards[0].details[0]
    panel.show_model(None)
    assert panel.slots[Role.MODEL].names == ()


def test_the_readers_of_the_chosen_layer_are_offered(panel: FilesPanel) -> None:
    form = panel.form
    form.show_layers(LAYERS, Settings(layer=LayerSet.of("conv_3"), reader="conv_4"))
    offered = [form.reader_combo.itemData(index) for index in range(form.reader_combo.count())]
    assert offered == [None, "fc_1", "conv_4"]
    assert form.reader_combo.currentData() == "conv_4"
    assert form.reader_note.text() == "conv_3 is read by fc_1 and conv_4"
    form.show_layers(LAYERS, Settings(layer=LayerSet.of("conv_4")))
    assert form.reader_combo.count() == 1
    assert form.reader_note.text() == "conv_4 is read by add"


def test_an_order_that_looks_at_poisoned_images_needs_some(panel: FilesPanel) -> None:
    form = panel.form
    place = form.order_combo.findData("difference")

    def is_offered() -> list[bool]:
        flags = (form.order_combo.model().index(row, 0).flags() for row in range(form.order_combo.count()))
        return [bool(each & Qt.ItemFlag.ItemIsEnabled) for each in flags]

    assert is_offered() == [row != place for row in range(len(ORDERS))]
    form.set_poisoned(is_open=True)
    assert all(is_offered())
    form.set_poisoned(is_open=False)
    assert not is_offered()[place]


def test_choosing_with_the_keyboard_is_said_once(panel: FilesPanel, qtbot: QtBot) -> None:
    form = panel.form
    form.show_layers(LAYERS, Settings(layer=LayerSet.of("conv_3")))
    chosen: list[Settings] = []
    form.settings_chosen.connect(chosen.append)
    qtbot.keyClick(form.order_combo, Qt.Key.Key_Down)
    assert chosen == [Settings(layer=LayerSet.of("conv_3"), order=ORDERS.get("layers"))]
    assert isinstance(chosen[0].order, PruningOrder)
    qtbot.keyClick(form.scale_combo, Qt.Key.Key_End)
    assert isinstance(chosen[-1].scale, Scale)
    sides: list[Side] = []
    form.side_chosen.connect(sides.append)
    qtbot.keyClick(form.side_combo, Qt.Key.Key_Down)
    assert sides == [Side.AFTER]
    assert isinstance(sides[0], Side)


def test_showing_settings_says_nothing(panel: FilesPanel) -> None:
    chosen: list[Any] = []
    panel.form.settings_chosen.connect(chosen.append)
    panel.form.thresholds_chosen.connect(chosen.append)
    panel.form.side_chosen.connect(chosen.append)
    panel.form.show_layers(LAYERS, Settings(layer=LayerSet.of("conv_4"), order=INDEX))
    panel.form.show_side(Side.AFTER)
    panel.form.show_thresholds((0.02, 0.1))
    panel.form.show_scale(
        ScaleFinding(Scale.UNIT, Share(0, 9), Share(9, 9), False), chosen=None, is_validation_open=True
    )
    assert chosen == []
    assert panel.form.thresholds_edit.text() == "2, 10"
    assert panel.form.scale_combo.currentText() == "auto (found: 0–1)"


def test_bad_thresholds_are_said_below_the_field_and_not_taken(panel: FilesPanel, qtbot: QtBot) -> None:
    form = panel.form
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


def test_bad_thresholds_hold_up_the_run_and_say_why(panel: FilesPanel) -> None:
    form = panel.form
    form.show_layers(LAYERS, Settings(layer=LayerSet.of("conv_3")))
    form.set_missing("")
    changed: list[Any] = []
    form.reason_changed.connect(lambda: changed.append(form.reason))
    form.thresholds_edit.setText("2, many")
    assert not form.run_button.isEnabled()
    assert "got 'many'" in form.run_button.toolTip()
    form.thresholds_edit.setText("2, 4")
    assert form.run_button.isEnabled()
    assert changed == ["thresholds must be points between 0 and 100 separated by commas, got 'many'.", ""]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2, 4, 10", (0.02, 0.04, 0.1)), ("10;2 %", (0.02, 0.1)), (" .5,", (0.005,)), ("99.9", (0.999,))],
)
def test_thresholds_are_read(text: str, expected: tuple[float, ...]) -> None:
    assert parse_thresholds(text) == expected


@pytest.mark.parametrize("text", ["", ",", "0", "100", "-2", "two", "nan", "inf", "2 4"])
def test_bad_thresholds_are_refused(text: str) -> None:
    with pytest.raises(PruningError) as caught:
        parse_thresholds(text)
    assert caught.value.code == "bad-threshold"


def test_running_locks_files_and_settings(panel: FilesPanel) -> None:
    panel.form.show_layers(LAYERS, Settings(layer=LayerSet.of("conv_3")))
    panel.form.set_missing("")
    assert panel.form.run_button.isEnabled()
    panel.set_running(True)
    assert not panel.form.run_button.isEnabled()
    assert not panel.form.layer_combo.isEnabled()
    assert not panel.slots[Role.MODEL].isEnabled()
    assert panel.form.thresholds_edit.isEnabled()
    panel.set_running(False)
    assert panel.form.run_button.isEnabled()
