"""Sessions of the real engine: what one window saved another one shows, to the last bit."""

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import InspectorError
from core.monitor import Monitor
from gui.session_file import jobs
from gui.session_file.autosave_folder import clean_copies
from gui.session_file.jobs import SavePlan
from gui.session_file.records import StoredForms, StoredPins
from tests.gui.real_windows import Opener, open_demo_files, open_saved, save, work
from tests.gui.session_file.same_records import differences
from tests.hostile.writing import layer, small_network, write_archive

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
    open_saved(second, path)
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
    _check_closing_meanwhile(path, open_real)
    _check_older(path, tmp_path)
    _check_damaged(path, tmp_path)
    _check_without(files, path, open_real)
    _check_folder_with_copies(first, files, tmp_path, open_real)


def _check_closing_meanwhile(path: Path, open_real: Opener) -> None:
    """A window that is closed while a session is being shown just closes."""
    driver = open_real()
    control = driver.wiring.session_files.control
    control.open_session(path)
    driver.wait_until(lambda: control.is_showing)
    driver.wiring.window.close()
    assert not control.is_showing


def _check_members(path: Path) -> None:
    """Only JSON, CSV, `.npy` and `.keras`, and no Python objects."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        assert {Path(name).suffix for name in names} == {".json", ".csv", ".npy", ".keras"}
        for name in names:
            if name.endswith(".npy"):
                with archive.open(name) as file:
                    np.load(file, allow_pickle=False)
        assert json.loads(archive.read("session.json"))["schema"] == 4


def _rewritten(path: Path, target: Path, edit: Callable[[dict[str, Any], dict[str, bytes]], None]) -> Path:
    """Write a session with another content, and with digests that fit it."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist() if name != "session.json"}
        document = json.loads(archive.read("session.json"))
    edit(document, members)
    document["members"] = {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in {**members, "session.json": json.dumps(document).encode()}.items():
            archive.writestr(name, content)
    return target


def _check_older(path: Path, folder: Path) -> None:
    """A session of version 1, which knows nothing of the forms, still opens."""

    def make_older(document: dict[str, Any], _members: dict[str, bytes]) -> None:
        state = document["objects"][document["state"]["object"]]
        assert state.pop("forms")["repair"]["method"] == "prune"
        assert len(state.pop("pins")["pins"]) == 1
        assert state.pop("gallery") == {"paths": []}
        document["schema"] = 1

    target = _rewritten(path, folder / "older.zip", make_older)
    opened = jobs.open_session(target, found={}, copies=folder / "copies")(Monitor())
    assert len(opened.runs) == 1
    assert opened.stored.forms == StoredForms()
    assert opened.stored.pins == StoredPins()


def _part(document: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the record of a part of the state."""
    objects: list[dict[str, Any]] = document["objects"]
    state = objects[document["state"]["object"]]
    return objects[state[name]["object"]]


def _check_damaged(path: Path, folder: Path) -> None:
    """Whatever a document says that its parts do not fit, it is refused with a sentence, before anything is shown."""

    def first_run(document: dict[str, Any]) -> dict[str, Any]:
        run: dict[str, Any] = document["objects"][_part(document, "pruning")["runs"][0]["object"]]
        return run

    def sweep(document: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = document["objects"][first_run(document)["sweep"]["object"]]
        return found

    def evil_network(_document: dict[str, Any], members: dict[str, bytes]) -> None:
        target = write_archive(folder / "evil.keras", small_network(layer("Lambda", "evil", ["flat"])))
        name = next(name for name in members if name.endswith(".keras"))
        members[name] = target.read_bytes()

    edits: dict[str, Callable[[dict[str, Any], dict[str, bytes]], None]] = {
        "step": lambda document, _: _part(document, "pruning").update(step=-1),
        "step-text": lambda document, _: _part(document, "pruning").update(step="7"),
        "thresholds": lambda document, _: _part(document, "pruning").update(thresholds=[5.0]),
        "mask": lambda document, _: _part(document, "pruning").update(hand_mask={"array": "a999"}),
        "layer": lambda document, _: _part(document, "pruning")["settings"]["layer"].update(names=["nothing"]),
        "points": lambda document, _: sweep(document).update(points=sweep(document)["points"][:3]),
        "share": lambda document, _: sweep(document)["points"][0]["validation"]["pruned"].update(count=10**9),
        "order": lambda document, _: first_run(document)["settings"].update(order="made-up"),
        "field": lambda document, _: sweep(document).update(__class__="os"),
        "names": lambda document, _: _part(document, "networks").update(
            compared=2 * _part(document, "networks")["compared"][:1]
        ),
        "rate": lambda document, _: _part(document, "networks").update(false_alarm_rate=7),
        "itself": lambda document, _: document["objects"].__setitem__(0, {"object": 0}),
        "state": lambda document, _: document.update(state={"object": 10**6}),
        "objects": lambda document, _: document.update(objects={}),
        "files": lambda document, _: document.update(files="all"),
        "evil-network": evil_network,
    }
    for name, edit in edits.items():
        target = _rewritten(path, folder / "edited.zip", edit)
        try:
            jobs.open_session(target, found={}, copies=folder / "copies")(Monitor())
        except InspectorError as error:
            assert str(error).isprintable(), name
        else:
            pytest.fail(f"a session with another {name} was opened")


def _check_without(files: Path, path: Path, open_real: Opener) -> None:
    """Without a set the rest opens, and it is said what does not."""
    hidden = files / "hidden.h5"
    (files / "clean_test.h5").rename(hidden)
    third = open_real()
    answers = [{}]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gui.session_file.control.ask_missing", lambda *_, **__: answers.pop(0))
        open_saved(third, path)
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
        open_saved(third, path)
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
        open_saved(third, path)
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
    open_saved(fourth, moved)
    session = fourth.wiring.session
    assert session.summary is not None
    assert session.summary.path.name == "backdoored.h5"
    assert session.is_whole
    assert len(session.repairs) == 1
    assert first.live_row() == fourth.live_row()
    # A session saved from there has them too, as those of the window go once it is closed.
    kept, copies = tmp_path / "kept.zip", session.summary.path.parents[1]
    save(fourth.wiring, fourth, SavePlan(kept))
    assert clean_copies() == ()
    fourth.wiring.session_files.control.clear_up()
    assert clean_copies() == (copies,)
    fifth = open_real()
    open_saved(fifth, kept)
    assert fifth.wiring.session.is_whole
    assert first.live_row() == fifth.live_row()
