"""An audit in a folder, and the page that watches it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.audit.journal import FILE_NAME, STATE, Journal, RunState
from gui.audit.panel import AuditPanel
from gui.shell.wiring import WindowWiring
from tests.gui.conftest import DialogRecorder
from tests.gui.window_driver import Driver


@pytest.fixture
def panel(wiring: WindowWiring) -> AuditPanel:
    return wiring.pages["audit"].audit_panel


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "night"
    made.mkdir()
    return made


@pytest.fixture
def journal(folder: Path) -> Iterator[Journal]:
    with Journal(folder / FILE_NAME) as journal:
        journal.set_fact("total", "4")
        journal.set_fact(STATE, RunState.BEGUN)
        yield journal


@pytest.fixture
def watch(
    wiring: WindowWiring, driver: Driver, panel: AuditPanel, dialog: DialogRecorder
) -> Callable[[Path, int], None]:
    """Shows the page, chooses a folder by the button, and waits for a number of rows."""

    def watch_folder(folder: Path, count: int) -> None:
        wiring.window.resize(1440, 900)
        wiring.panels.show_page("audit")
        dialog.prepare("ask_export_folder", folder)
        QTest.mouseClick(panel.empty_watch_button, Qt.MouseButton.LeftButton)
        driver.wait_until(lambda: len(panel.table.rows) == count and panel.banner.heading.text()[:7] != "Reading")
        QApplication.processEvents()

    return watch_folder
