"""Files that change on the disk: noticed however they are written, said, and reloaded on F5."""

import os
import shutil
from pathlib import Path
from threading import Event

import h5py
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.monitor import Monitor
from gui.disk_watch import jobs
from gui.disk_watch.jobs import find_changed, find_missing, watched_files
from gui.disk_watch.watch import KEEP, RELOAD, UNCHANGED
from gui.state.session import Role, Session, StartFiles
from tests.gui.real_windows import Opener
from tests.gui.window_driver import Driver
from tests.patience import PATIENCE_S


@pytest.fixture
def validation(demo: Path, tmp_path: Path) -> Path:
    """A copy of the demo's validation set that may be changed."""
    return Path(shutil.copy(demo / "clean_validation.h5", tmp_path / "v.h5"))


@pytest.fixture
def driver(open_real: Opener, validation: Path) -> Driver:
    """A window with the set open, and no model, so that it takes no TensorFlow."""
    driver = open_real()
    driver.wiring.open_start_files(StartFiles(validation=validation))
    driver.settle()
    return driver


def shortened(path: Path, target: Path) -> Path:
    """Write the first ten images of a set to another file."""
    with h5py.File(path) as file:
        content = {name: file[name][:10] for name in ("data", "label")}
    with h5py.File(target, "w") as file:
        for name, values in content.items():
            file[name] = values
    return target


def bar_of(driver: Driver):  # type: ignore[no-untyped-def]
    return driver.wiring.session_files.changed_bar


def image_count(session: Session) -> int:
    assert session.validation is not None
    return session.validation.image_count


def test_a_file_that_is_replaced_is_noticed_and_reloaded(
    driver: Driver, validation: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    session = driver.wiring.session
    before = image_count(session)
    for count in (1, 2):  # a file that was replaced is still watched
        shortened(validation, tmp_path / "new.h5").replace(validation)  # as editors do
        if count == 2:
            with h5py.File(validation, "r+") as file:
                file["data"][0] = 0
        driver.wait_until(lambda: bar_of(driver).isVisible())
        assert "v.h5 has changed on the disk" in bar_of(driver).text
        qtbot.mouseClick(bar_of(driver).buttons[RELOAD], Qt.MouseButton.LeftButton)
        driver.wait_until(lambda: not bar_of(driver).isVisible())
        driver.settle()
        assert image_count(session) == 10 < before


def test_a_file_that_is_written_over_is_noticed(driver: Driver, validation: Path, qtbot: QtBot) -> None:
    with h5py.File(validation, "r+") as file:
        file["data"][0] = 255 - file["data"][0]
    driver.wait_until(lambda: bar_of(driver).isVisible())
    old = driver.wiring.session.validation
    qtbot.mouseClick(bar_of(driver).buttons[KEEP], Qt.MouseButton.LeftButton)
    assert not bar_of(driver).isVisible()
    driver.wiring.session_files.watch._look()
    driver.settle()
    assert not bar_of(driver).isVisible()  # it was answered
    assert driver.wiring.session.validation is old
    window = driver.wiring.window
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, Qt.Key.Key_F5)
    driver.settle()
    assert driver.wiring.session.validation is not old
    assert find_changed(watched_files(driver.wiring.session))(Monitor()) == ()


def test_a_file_that_only_got_another_time_has_not_changed(driver: Driver, validation: Path) -> None:
    os.utime(validation)
    driver.wiring.session_files.watch._look()
    driver.settle()
    assert not bar_of(driver).isVisible()
    driver.wiring.menus.sessions.reload.trigger()
    driver.settle()
    assert driver.wiring.panels.messages.text == UNCHANGED


def test_a_file_that_is_gone_is_said_and_stays_open(driver: Driver, validation: Path, tmp_path: Path) -> None:
    validation.rename(tmp_path / "elsewhere.h5")
    driver.wait_until(lambda: bar_of(driver).isVisible())
    assert "v.h5 cannot be read any more" in bar_of(driver).text
    assert list(bar_of(driver).buttons) == [KEEP]
    driver.wiring.menus.sessions.reload.trigger()
    driver.settle()
    assert driver.wiring.session.validation is not None
    (tmp_path / "elsewhere.h5").rename(validation)
    driver.wait_until(lambda: not bar_of(driver).isVisible())


def test_closing_the_file_ends_the_watch(driver: Driver) -> None:
    watcher = driver.wiring.session_files.watch._watcher
    assert watcher.files()
    driver.wiring.panels.files.slots[Role.VALIDATION].clear_button(0).click()
    assert (watcher.files(), watcher.directories()) == ([], [])


def test_a_file_system_that_does_not_answer_holds_up_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = Event()
    silent, gone = tmp_path / "silent.h5", tmp_path / "gone.h5"
    monkeypatch.setattr(jobs, "_is_there", lambda path: path != gone and answers.wait())
    monkeypatch.setattr(jobs, "LOOK_S", 0.01)
    assert find_missing((silent, gone))(Monitor()) == frozenset()
    monkeypatch.setattr(jobs, "LOOK_S", PATIENCE_S)
    answers.set()
    assert find_missing((silent, gone))(Monitor()) == {gone}
