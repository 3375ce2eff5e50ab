"""What is dropped on a panel as a whole: the comparison takes repaired networks when it can have them."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.compare.panel import ComparePanel
from gui.widgets.dropped_files import take_files

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def carrying(*paths: Path) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(each)) for each in paths])
    return mime


def drag_of(mime: QMimeData) -> QDragEnterEvent:
    event = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, mime, LEFT, NONE)
    event.ignore()
    return event


def drop_of(mime: QMimeData) -> QDropEvent:
    event = QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, mime, LEFT, NONE)
    event.ignore()
    return event


def test_files_are_taken_where_it_is_open(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "a.keras").touch()
    both = carrying(tmp_path / "a.keras", tmp_path)
    for is_open, taken in ((True, (tmp_path / "a.keras",)), (False, ())):
        event = drop_of(both)
        assert take_files(event, is_open=is_open) == taken
        assert event.isAccepted() is is_open
    assert take_files(drop_of(carrying(tmp_path))) == ()


@pytest.fixture
def panel(qtbot: QtBot) -> ComparePanel:
    panel = ComparePanel()
    qtbot.addWidget(panel)
    return panel


def test_repaired_networks_fall_on_the_comparison(panel: ComparePanel, tmp_path: Path) -> None:
    (tmp_path / "a.keras").touch()
    mime = carrying(tmp_path / "a.keras")
    dropped: list[Any] = []
    panel.files_dropped.connect(dropped.append)
    title = panel._header.title
    panel.set_addable(files="Open a network first.", pruned="")
    refused = drag_of(mime)
    QApplication.sendEvent(panel, refused)
    assert (refused.isAccepted(), title.text()) == (False, "Compare")
    panel.set_addable(files="", pruned="")
    for last in (QDragLeaveEvent(), drop_of(mime)):
        over = drag_of(mime)
        QApplication.sendEvent(panel, over)
        assert over.isAccepted()
        assert title.text() == "Drop repaired networks here to compare them"
        QApplication.sendEvent(panel, last)
        assert title.text() == "Compare"
    assert dropped == [(tmp_path / "a.keras",)]
