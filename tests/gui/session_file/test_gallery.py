"""The images of the gallery come back with a session, and with the window that crashed."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import InspectorError
from gui.session_file.checks import check_session
from gui.session_file.jobs import OpenedSession
from gui.session_file.records import StoredGallery, StoredSession
from gui.shell.wiring import WindowWiring
from tests.gui.window_driver import Driver


def opened(stored: StoredSession) -> OpenedSession:
    """A session that was read without a run."""
    return OpenedSession(Path("s.zip"), stored, (), (), (), is_folder=False, has_copies=False)


@pytest.fixture
def paths(tmp_path: Path) -> tuple[Path, ...]:
    """Three image files."""
    made = tuple(tmp_path / f"{name}.png" for name in "abc")
    for number, path in enumerate(made):
        Image.fromarray(np.full((8, 8, 3), 60 * number, np.uint8)).save(path)
    return made


def test_the_images_come_back_in_their_order_and_are_answered_again(
    wiring: WindowWiring, driver: Driver, paths: tuple[Path, ...]
) -> None:
    driver.open_all()
    gallery, state = wiring.image_tools.gallery, wiring.session_files.state
    gallery.add((paths[2], paths[0], paths[1]))
    driver.settle()
    stored = state.take()
    assert stored.gallery.paths == tuple(map(str, (paths[2], paths[0], paths[1])))
    assert "3 images in the gallery" in stored.contents
    gallery.window.model.clear()
    gallery.window.close()
    for _ in state.put_back(opened(stored)):
        driver.settle()
    driver.settle()
    entries = gallery.window.model.entries
    assert [each.path for each in entries] == [paths[2], paths[0], paths[1]]
    assert all(each.answer is not None and not each.is_stale for each in entries)
    assert not gallery.window.isVisible()
    assert wiring.panels.classifier.image_bar.gallery_button.text() == "3"


def test_an_image_that_is_no_longer_there_is_said_in_its_row(
    wiring: WindowWiring, driver: Driver, paths: tuple[Path, ...], log_guard: list[object]
) -> None:
    driver.open_all()
    state = wiring.session_files.state
    wiring.image_tools.gallery.add(paths)
    driver.settle()
    stored = state.take()
    paths[1].unlink()
    for _ in state.put_back(opened(stored)):
        driver.settle()
    driver.settle()
    entries = wiring.image_tools.gallery.window.model.entries
    assert [bool(each.error) for each in entries] == [False, True, False]
    log_guard.clear()


def test_a_session_without_a_gallery_empties_the_one_that_is_open(
    wiring: WindowWiring, driver: Driver, paths: tuple[Path, ...]
) -> None:
    driver.open_all()
    state = wiring.session_files.state
    stored = state.take()
    wiring.image_tools.gallery.add(paths)
    driver.settle()
    for _ in state.put_back(opened(stored)):
        driver.settle()
    driver.settle()
    assert wiring.image_tools.gallery.paths == ()


def test_a_change_of_the_gallery_is_saved_automatically(
    wiring: WindowWiring, driver: Driver, paths: tuple[Path, ...]
) -> None:
    driver.open_all()
    autosave = wiring.session_files.control.autosave
    autosave._timer.stop()
    wiring.image_tools.gallery.add(paths)
    driver.settle()
    assert autosave._timer.isActive()


@pytest.mark.parametrize("path", ["", "a.png", "no\0path"])
def test_a_path_that_is_none_is_refused(path: str, tmp_path: Path) -> None:
    check_session(StoredSession(gallery=StoredGallery((str(tmp_path / "a.png"),))))
    with pytest.raises(InspectorError):
        check_session(StoredSession(gallery=StoredGallery((path if "\0" not in path else str(tmp_path) + path,))))
