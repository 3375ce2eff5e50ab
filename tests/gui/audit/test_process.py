"""An audit that is started in the window: the real command in a process of its own, which is stopped or fails."""

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from core.audit.folder_lock import is_running
from core.audit.reading import is_audit
from core.audit.records import Ending
from core.data.dataset import Dataset
from core.data.dataset_writing import write_dataset
from core.scale import Scale
from gui.audit import process
from gui.audit.form import NO_CHECK, NO_MODELS
from gui.audit.page import AuditPage
from gui.audit.process import LOG_NAME, NO_DASK, AuditProcess, command, why_no_audit
from gui.shell.main_window import MainWindow
from gui.shell.wiring import WindowWiring
from gui.state.preferences import Preferences
from gui.state.session import Role
from tests.core.conftest import marked_file, marked_sets  # noqa: F401 - fixtures
from tests.gui.conftest import DialogRecorder
from tests.gui.window_driver import Driver

WAITS = "import sys, time; sys.stderr.write('waiting\\n'); sys.stderr.flush(); time.sleep(600)"

FINISHES = """
import signal, sys, time

def say(word):
    sys.stderr.write(word + "\\n")
    sys.stderr.flush()

def on_first(number, frame):
    signal.signal(signal.SIGINT, on_second)
    say("finishing")

def on_second(number, frame):
    say("ended")
    sys.exit(130)

signal.signal(signal.SIGINT, on_first)
say("waiting")
end_s = time.monotonic() + 600
while time.monotonic() < end_s:
    time.sleep(0.1)
"""


@pytest.fixture
def real(qtbot: QtBot) -> Iterator[WindowWiring]:
    """A window with the real engine behind it."""
    window = MainWindow(Preferences())
    qtbot.addWidget(window)
    window.resize(1280, 720)
    window.show()
    qtbot.waitUntil(lambda: window.wiring is not None)
    assert window.wiring is not None
    yield window.wiring
    window.close()


@pytest.fixture
def stubborn(monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of the command, a process that says something and then waits until it is stopped."""
    monkeypatch.setattr(process, "command", lambda: [sys.executable, "-c", WAITS])


@pytest.fixture
def page(wiring: WindowWiring, tmp_path: Path) -> Iterator[AuditPage]:
    """The page, with models and a folder for the results chosen."""
    page = wiring.page(AuditPage)
    wiring.panels.show_page("audit")
    (tmp_path / "models").mkdir()
    page.audit_form.choose_models(tmp_path / "models")
    yield page
    page.control.process.end()


@pytest.mark.slow
def test_a_real_audit_is_started_watched_and_its_model_opened(
    real: WindowWiring,
    qtbot: QtBot,
    tmp_path: Path,
    marked_file: Path,  # noqa: F811 - the fixture
    marked_sets: tuple[Dataset, Dataset],  # noqa: F811 - the fixture
    dialog: DialogRecorder,
) -> None:
    models = tmp_path / "models"
    models.mkdir()
    shutil.copyfile(marked_file, models / "good.keras")
    (models / "broken.h5").write_bytes(b"no network")
    for each in marked_sets:
        write_dataset(tmp_path / each.name, np.asarray(each.images), np.asarray(each.labels))
    driver, page = Driver(qtbot, real), real.page(AuditPage)
    form, panel = page.audit_form, page.audit_panel
    driver.settle()
    real.open_file(Role.VALIDATION, tmp_path / "clean.h5")
    real.open_file(Role.POISONED, tmp_path / "poisoned.h5")
    driver.settle()
    real.panels.show_page("audit")
    dialog.prepare("ask_export_folder", models)
    QTest.mouseClick(panel.empty_start_button, Qt.MouseButton.LeftButton)
    for name, box in form.boxes.items():
        box.setChecked(name.value == "prune")
    form.workers_field.setValue(1)
    assert "clean.h5 and poisoned.h5" in form.sets_note.text()
    QTest.mouseClick(form.start_button, Qt.MouseButton.LeftButton)
    assert page.control.process.is_running and not form.start_button.isEnabled()
    driver.wait_until(lambda: not page.control.process.is_running)
    driver.wait_until(lambda: panel.banner.heading.text() == "Ended: 2 of 2 networks")
    endings = {each.row.name: each.row.ending for each in panel.table.rows}
    assert endings == {"broken.h5": Ending.REFUSED, "good.keras": Ending.FINISHED}
    assert "The audit has ended" in real.panels.messages.text
    assert is_audit(tmp_path / "models-audit") and form.start_button.isEnabled()
    panel.table.choose([each.row.name for each in panel.table.shown].index("good.keras"))
    QTest.keyClick(panel.table, Qt.Key.Key_Return)
    driver.wait_until(lambda: real.session.summary is not None)
    driver.settle()
    assert real.session.summary is not None and real.session.summary.path == models / "good.keras"
    assert len(real.session.poisoned) == 1  # the set of the audit is open already
    assert real.panels.page.key == "prune"


def test_stop_is_ctrl_c(page: AuditPage, driver: Driver, wiring: WindowWiring, stubborn: None) -> None:
    form, out = page.audit_form, Path(page.audit_form.choice.out)
    QTest.mouseClick(form.start_button, Qt.MouseButton.LeftButton)
    driver.wait_until(lambda: "waiting" in (out / LOG_NAME).read_text())
    assert page.audit_panel.banner.heading.text() == "Starting the audit …"
    assert wiring.menus.actions["audit", "stop"].isEnabled()
    QTest.mouseClick(form.cancel_button, Qt.MouseButton.LeftButton)
    assert "Stop once more" in wiring.panels.messages.text
    driver.wait_until(lambda: not page.control.process.is_running)
    assert "KeyboardInterrupt" in (out / LOG_NAME).read_text()
    assert form.start_button.isEnabled() and not form.cancel_button.isEnabled()


def test_a_second_stop_ends_what_the_first_lets_go_on(
    page: AuditPage, driver: Driver, wiring: WindowWiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "command", lambda: [sys.executable, "-c", FINISHES])
    form, out = page.audit_form, Path(page.audit_form.choice.out)
    QTest.mouseClick(form.start_button, Qt.MouseButton.LeftButton)
    driver.wait_until(lambda: "waiting" in (out / LOG_NAME).read_text())
    QTest.mouseClick(form.cancel_button, Qt.MouseButton.LeftButton)
    driver.wait_until(lambda: "finishing" in (out / LOG_NAME).read_text())
    assert page.control.process.is_running and form.cancel_button.isEnabled()
    QTest.mouseClick(form.cancel_button, Qt.MouseButton.LeftButton)
    driver.wait_until(lambda: not page.control.process.is_running)
    assert (out / LOG_NAME).read_text().split() == ["waiting", "finishing", "ended"]
    assert "The audit was stopped" in wiring.panels.messages.text
    assert form.start_button.isEnabled() and not form.cancel_button.isEnabled()


def test_what_an_audit_says_before_it_fails_is_shown(page: AuditPage, driver: Driver, wiring: WindowWiring) -> None:
    QTest.mouseClick(page.audit_form.start_button, Qt.MouseButton.LeftButton)  # the folder is empty
    driver.wait_until(lambda: not page.control.process.is_running)
    text = wiring.panels.messages.text
    assert text.startswith("The audit could not be made: refused [no-models]: there is no network in")
    assert wiring.panels.messages.kind == "error"


@pytest.mark.parametrize("answer", ["cancel", "keep", "end"])
def test_closing_the_window_asks_what_becomes_of_an_audit(
    page: AuditPage, driver: Driver, wiring: WindowWiring, dialog: DialogRecorder, stubborn: None, answer: str
) -> None:
    page.control.start()
    running = page.control.process._process
    assert running is not None
    dialog.prepare("ask_running_audit", answer)
    wiring.window.close()
    assert wiring.window.isVisible() is (answer == "cancel")
    assert (running.poll() is None) is (answer != "end")
    if answer == "cancel":
        assert page.control.process.is_running
        dialog.prepare("ask_running_audit", "end")
        wiring.window.close()
    running.kill()
    running.wait()


def test_without_dask_audits_can_only_be_watched(
    page: AuditPage, wiring: WindowWiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert page.audit_form.start_button.isEnabled()
    monkeypatch.setattr(process.importlib.util, "find_spec", lambda _name: None)
    assert why_no_audit() == NO_DASK
    page.audit_form.set_unavailable(why_no_audit())
    assert not page.audit_form.start_button.isEnabled()
    assert page.audit_form.note.text() == NO_DASK == wiring.menus.actions["audit", "start"].toolTip()
    assert page.audit_panel.empty_watch_button.isEnabled()


def test_the_form_says_what_is_missing(page: AuditPage) -> None:
    form = page.audit_form
    assert form.reason == ""
    for box in form.boxes.values():
        box.setChecked(False)
    assert form.note.text() == form.start_button.toolTip() == NO_CHECK
    form.models_field.clear()
    assert form.start_button.toolTip() == NO_MODELS


def test_the_open_sets_and_the_settings_are_given_to_the_command(
    page: AuditPage, driver: Driver, wiring: WindowWiring, tmp_path: Path
) -> None:
    driver.open_all()
    page.audit_form.workers_field.setValue(3)
    session = wiring.session
    assert "--scale" not in page.control.words()
    session.choose_settings(replace(session.settings, scale=Scale.SYMMETRIC))
    assert page.audit_form.sets_note.text().endswith("Pixels −1 to 1, as chosen.")
    assert session.validation is not None
    words = page.control.words()
    assert words[:5] == ["audit", str(tmp_path / "models"), "--out", str(tmp_path / "models-audit"), "--checks"]
    assert words[5] == "prune,detect"
    assert words[words.index("--validation") + 1] == str(session.validation.path.absolute())
    assert words[words.index("--poisoned") + 1] == str(session.poisoned[0].path.absolute())
    assert words[-4:] == ["--scale", "symmetric", "--workers", "3"]


def test_a_folder_that_cannot_be_written_is_refused(page: AuditPage, wiring: WindowWiring, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    page.audit_form.out_field.setText(str(tmp_path / "file" / "out"))
    page.control.start()
    assert "cannot be written" in wiring.panels.messages.text
    assert not page.control.process.is_running


def test_the_command_is_that_of_this_checkout_or_of_the_package(
    qapp: QObject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert command()[0] == sys.executable and command()[1].endswith(f"{os.sep}main.py")
    monkeypatch.setattr(process, "is_checkout", lambda: False)
    monkeypatch.setattr(process, "__name__", "backdoor_inspector.gui.audit.process")
    assert command()[1:] == ["-m", "backdoor_inspector"]
    assert not is_running(tmp_path) and not AuditProcess(qapp).is_running


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_in_place_of_the_log_is_not_written_through(
    qapp: QObject, tmp_path: Path, qtbot: QtBot, stubborn: None
) -> None:
    own = tmp_path / "own.txt"
    own.write_text("kept", encoding="utf-8")
    (tmp_path / "sent").mkdir()
    (tmp_path / "sent" / LOG_NAME).symlink_to(own)
    started = AuditProcess(qapp)
    started.start([], tmp_path / "sent")
    qtbot.waitUntil(lambda: "waiting" in (tmp_path / "sent" / LOG_NAME).read_text("utf-8"))
    started.end()
    assert own.read_text("utf-8") == "kept"
