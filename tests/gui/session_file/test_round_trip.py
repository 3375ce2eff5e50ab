"""Sessions of the real engine: what one window saved another one shows, to the last bit."""

import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from gui.session_file.jobs import SavePlan
from tests.gui.real_windows import Opener, open_demo_files, save, work
from tests.gui.session_file.same_records import differences

pytestmark = pytest.mark.slow


@pytest.fixture
def files(demo: Path, tmp_path: Path) -> Path:
    """A copy of the demo's files, which may be moved and changed."""
    return Path(shutil.copytree(demo, tmp_path / "files"))


def test_everything_comes_back_exactly(files: Path, tmp_path: Path, open_real: Opener) -> None:
    first = open_real()
    open_demo_files(first, files)
    work(first)
    path = tmp_path / "one.zip"
    save(first.wiring, first, SavePlan(path))
    second = open_real()
    second.wiring.session_files.control.open_session(path)
    second.settle()
    states = [each.wiring.session_files.state.take() for each in (first, second)]
    assert differences(*states) == []
    assert states[1].contents == "backdoored.h5, 3 sets of images, 1 run, 1 repair, 1 further network, 1 detection"
    for key in ("prune", "repair", "detect", "compare"):
        assert first.wiring.pages[key].panel.isVisible() == second.wiring.pages[key].panel.isVisible()
    assert first.live_row() == second.live_row()
    # What needs the evaluator is computed when it is asked for, and is the same.
    points = []
    for driver in (first, second):
        session = driver.wiring.session
        driver.wiring.pages["prune"].hand.toggle_channel(7)
        driver.wait_until(lambda session=session: session.hand_point is not None)
        points.append(session.hand_point)
    assert points[0] == points[1]
    # The run is known by its settings: choosing others and these again shows it at once.
    session = second.wiring.session
    assert session.finished[session.effective_settings] is session.run
    _check_members(path)
    _check_without(files, path, open_real)
    _check_folder_with_copies(first, files, tmp_path, open_real)


def _check_members(path: Path) -> None:
    """Only JSON, CSV, `.npy` and `.keras`, and no Python objects."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        assert {Path(name).suffix for name in names} == {".json", ".csv", ".npy", ".keras"}
        for name in names:
            if name.endswith(".npy"):
                with archive.open(name) as file:
                    np.load(file, allow_pickle=False)
        assert json.loads(archive.read("session.json"))["schema"] == 1


def _check_without(files: Path, path: Path, open_real: Opener) -> None:
    """Without a set the rest opens, and it is said what does not."""
    hidden = files / "hidden.h5"
    (files / "clean_test.h5").rename(hidden)
    third = open_real()
    control = third.wiring.session_files.control
    answers = [{}]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gui.session_file.control.ask_missing", lambda *_, **__: answers.pop(0))
        control.open_session(path)
        third.settle()
    session = third.wiring.session
    assert session.network is not None
    assert (session.test, session.run, session.repairs) == (None, None, ())
    assert [each.counted for each in session.compared] == [None, None]  # their weights are there
    assert "clean_test.h5" in third.wiring.panels.messages.text
    assert "without figures" in third.wiring.panels.messages.text
    # Found in another place, everything is there again.
    answers = [{2: hidden}]  # after the model and the validation set
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gui.session_file.control.ask_missing", lambda *_, **__: answers.pop(0))
        control.open_session(path)
        third.settle()
    assert session.test is not None
    assert session.test.path == hidden
    assert len(session.repairs) == 1
    assert session.is_whole
    # A changed file is not taken for what it was.
    before = third.wiring.session_files.state.take()
    (files / "clean_test.h5").write_bytes((files / "clean_validation.h5").read_bytes())
    asked = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "gui.session_file.control.ask_missing", lambda _window, opened, **__: asked.append(opened.missing)
        )
        control.open_session(path)
        third.settle()
    assert [each.sentence for (each,) in asked] == ["'clean_test.h5' has changed since the session was saved"]
    assert differences(before, third.wiring.session_files.state.take()) == []  # cancelled: nothing has changed
    hidden.replace(files / "clean_test.h5")


def _check_folder_with_copies(first, files: Path, tmp_path: Path, open_real: Opener) -> None:  # type: ignore[no-untyped-def]
    """With copies a session opens where none of the files is."""
    folder = tmp_path / "elsewhere.session"
    save(first.wiring, first, SavePlan(folder, is_folder=True, has_copies=True))
    moved = Path(shutil.move(folder, tmp_path / "moved.session"))
    shutil.rmtree(files)
    fourth = open_real()
    fourth.wiring.session_files.control.open_session(moved)
    fourth.settle()
    session = fourth.wiring.session
    assert session.summary is not None
    assert session.summary.path.name == "backdoored.h5"
    assert session.is_whole
    assert len(session.repairs) == 1
    assert first.live_row() == fourth.live_row()
