"""The files' slots alone: what they show, and drops by built events."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from core.channels import PrunableLayer, Reader
from core.data.dataset import from_arrays
from core.data.stamped import stamped_set
from core.data.trigger import Trigger
from core.records import ModelSummary, Share
from core.scale import Scale
from gui.files.files_panel import FilesPanel
from gui.files.slot import FileCard, FileSlot
from gui.state.session import Role
from tests.made_up_interpretation import understood

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


def test_addresses_and_text_are_not_taken(panel: FilesPanel) -> None:
    slot = panel.slots[Role.MODEL]
    dropped: list[Any] = []
    panel.files_dropped.connect(lambda *words: dropped.append(words))
    text = QMimeData()
    text.setText("net.h5")
    for mime in (text, mime_of(QUrl("https://example.org/net.h5"))):
        assert not drag(slot, mime)
        assert not drop(slot, mime)
    assert dropped == []


def test_a_folder_is_taken_in_every_slot(panel: FilesPanel, tmp_path: Path) -> None:
    dropped: list[Any] = []
    panel.files_dropped.connect(lambda *words: dropped.append(words))
    mime = mime_of(QUrl.fromLocalFile(str(tmp_path)))
    for role in panel.slots:
        assert drag(panel.slots[role], mime)
        assert drop(panel.slots[role], mime)
    assert dropped == [(role, (tmp_path,)) for role in Role if role is not Role.IMAGE]


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
    for _ in range(16):
        widget = widget.nextInFocusChain()
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and not widget.isHidden():
            names.append(widget.accessibleName())
    assert names[:6] == [
        "Show what was checked in c.h5",
        "Choose the target of c.h5",
        "Close poisoned c.h5",
        "Show what was checked in d.h5",
        "Choose the target of d.h5",
        "Close poisoned d.h5",
    ]


def test_the_panel_names_model_and_sets(panel: FilesPanel) -> None:
    class Data:
        name, path, image_count, image_shape = "poison.h5", Path("/x/poison.h5"), 60, (55, 47, 3)
        labels, target_labels = np.zeros(60, np.int64), (0,)
        keys = ("x", "y")
        notes = ("poison.h5: images are 'x' with 'y'.",)
        estimate = None

    summary = ModelSummary(Path("/x/net.h5"), "ab" * 32, "weights-h5", (55, 47, 3), 1283, 601643, LAYERS)
    panel.show_model(summary)
    card = panel.slots[Role.MODEL].cards[0]
    assert card.details == ("55 × 47 × 3 in, 1283 classes",)
    for words in ("/x/net.h5", "HDF5, weights only", "conv_3 (60) and conv_4 (80)", "601643", "abab"):
        assert words in card.tooltip
    panel.show_sets(Role.POISONED, (Data(),))
    assert panel.slots[Role.POISONED].cards[0].tooltip.endswith("images are 'x' with 'y'.")
    panel.show_sets(Role.POISONED, (Data(), Data()))
    assert panel.slots[Role.POISONED].cards[1].details == ("60 images, 55 × 47 × 3, target 0", "x and y")
    panel.show_sets(Role.VALIDATION, (Data(),))
    assert panel.slots[Role.VALIDATION].cards[0].details == ("60 images, 55 × 47 × 3, 1 label", "x and y")
    many = Data()
    many.target_labels = (1, 5, 8, 9)  # type: ignore[assignment]
    panel.show_sets(Role.POISONED, (many,))
    assert "4 target labels, 1 to 9" in panel.slots[Role.POISONED].cards[0].details[0]
    panel.show_model(None)
    assert panel.slots[Role.MODEL].names == ()


def test_running_locks_files(panel: FilesPanel) -> None:
    panel.set_running(True)
    assert not panel.slots[Role.MODEL].isEnabled()
    panel.set_running(False)
    assert panel.slots[Role.MODEL].isEnabled()


def test_the_tip_of_a_poisoned_set_keeps_the_names_of_networks(panel: FilesPanel) -> None:
    data = from_arrays("p.h5", np.zeros((4, 2, 2, 3), np.float32), np.array([1, 2, 1, 2]))
    panel.show_sets(Role.POISONED, (data,), (understood(0, Share(4, 4)),))
    tip = panel.slots[Role.POISONED].cards[0].tooltip
    assert "Labels are true labels; target 0 found: 4 of 4 (100 %) are answered as it by B." in tip


def test_a_set_of_the_studio_says_what_it_is(panel: FilesPanel) -> None:
    rgba = np.full((2, 2, 4), 0.5, np.float32)
    clean = from_arrays("valid.h5", np.zeros((4, 2, 2, 3), np.uint8), np.array([0, 1, 2, 1]))
    made = stamped_set(clean, Trigger("square", rgba), 0, scale=Scale.RAW, is_reconstructed=False)
    panel.show_sets(Role.POISONED, (made,))
    card = panel.slots[Role.POISONED].cards[0]
    assert card.name == "square"
    assert card.details == ("stamped in the studio, on valid.h5", "3 images, 2 × 2 × 3, target 0")
    assert card.tooltip.startswith("Stamped in the studio: a trigger of class 0, on valid.h5")


def test_an_estimated_set_says_what_it_is(panel: FilesPanel) -> None:
    rgba = np.full((2, 2, 4), 0.5, np.float32)
    clean = from_arrays("valid.h5", np.zeros((4, 2, 2, 3), np.uint8), np.array([0, 1, 2, 1]))
    panel.show_sets(Role.POISONED, (stamped_set(clean, Trigger("found", rgba), 0, scale=Scale.RAW),))
    card = panel.slots[Role.POISONED].cards[0]
    assert card.name == "reconstructed trigger of class 0"
    assert card.details == ("estimated, on valid.h5", "3 images, 2 × 2 × 3, target 0")
    assert card.tooltip.startswith("Estimated with the reconstructed trigger of class 0, on valid.h5")
