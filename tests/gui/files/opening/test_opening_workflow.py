"""A whole project dropped on the real window, with the real engine and networks whose answers are known."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from core.recognition.records import FileRole
from gui.shell.main_window import MainWindow
from gui.shell.wiring import WindowWiring
from gui.state.preferences import Preferences
from tests.core.recognition.conftest import files  # noqa: F401 - a fixture
from tests.gui.conftest import DialogRecorder
from tests.gui.files.opening.drags import Drag
from tests.gui.window_driver import Driver


@pytest.fixture
def real(qtbot: QtBot) -> Iterator[WindowWiring]:
    """A window with the real engine behind it."""
    window = MainWindow(Preferences())
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: window.wiring is not None)
    assert window.wiring is not None
    yield window.wiring
    window.close()


def test_a_folder_and_a_picture_dropped_on_the_menu_bar(
    real: WindowWiring,
    qtbot: QtBot,
    files: dict[str, Path],  # noqa: F811 - the fixture
    tmp_path: Path,
    dialog: DialogRecorder,
) -> None:
    folder = tmp_path / "project"
    (folder / "networks").mkdir(parents=True)
    shutil.copy(files["network"], folder / "networks" / "n.keras")
    for name in ("clean", "target", "true"):
        shutil.copy(files[name], folder / files[name].name)
    (folder / "notes.txt").write_text("nothing to open")
    (folder / "torn.h5").write_bytes(files["clean"].read_bytes()[:3000])
    picture = tmp_path / "red.png"
    Image.new("RGB", (8, 8), (200, 0, 0)).save(picture)
    driver, session = Driver(qtbot, real), real.session
    Drag(real.window, [folder, picture]).drop(real.window.menuBar())
    driver.settle()
    assert dialog.calls == []
    assert session.summary is not None
    assert session.summary.path.name == "n.keras"
    assert session.validation is not None
    assert session.validation.name == files["clean"].name
    assert {data.name for data in session.poisoned} == {files["target"].name, files["true"].name}
    assert session.image_name == "red.png"
    assert "torn.h5" in real.panels.messages.text
    before = (session.network, session.sets)
    shutil.copy(files["network"], tmp_path / "m.keras")
    dialog.prepare("ask_roles", None, (FileRole.MODEL, FileRole.NONE))
    two = Drag(real.window, [folder / "networks" / "n.keras", tmp_path / "m.keras"])
    two.drop(real.panels.classifier)
    driver.settle()
    assert (session.network, session.sets) == before
    two.drop(real.panels.classifier)
    driver.settle()
    assert session.network is not before[0]
    assert [data.name for data in session.sets] == [data.name for data in before[1]]
