"""Names and example images of classes in the window."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.errors import DatasetError
from core.images.class_names import ClassNames
from core.monitor import Monitor
from gui.classes import jobs
from gui.shell.wiring import WindowWiring
from gui.state.open_files import Role
from gui.state.preferences import Preferences
from gui.theme import class_names
from tests.gui.window_driver import Driver


@pytest.fixture(autouse=True)
def opened(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, int | None]]:
    """Names stand in for the engine's: each class is called after the file, "bad…" is refused."""
    found: list[tuple[Path, int | None]] = []

    def open_names(path: Path, *, class_count: int | None) -> Any:
        def job(_monitor: Monitor) -> ClassNames:
            found.append((path, class_count))
            if path.name.startswith("bad"):
                raise DatasetError(f"'{path.name}' is not text", code="wrong-format")
            return ClassNames(path, {label: f"{path.stem} {label}" for label in range(10)})

        return job

    monkeypatch.setattr(jobs, "open_names", open_names)
    return found


def test_names_are_shown_and_remembered_with_the_model(
    wiring: WindowWiring, driver: Driver, dialog: Any, opened: list[Any]
) -> None:
    driver.open_all()
    assert not wiring.menus.no_names.isEnabled()
    dialog.prepare("ask_names", Path("signs.txt"))
    wiring.menus.names.trigger()
    driver.settle()
    assert opened == [(Path("signs.txt"), 10)]
    assert class_names.short_text(3) == "3 signs 3"
    assert wiring.panels.messages.text == "Names for 10 classes are shown, from signs.txt."
    assert wiring.menus.no_names.isEnabled()
    wiring.open_file(Role.MODEL, Path("other.h5"))
    driver.settle()
    assert class_names.current() is None  # the names were those of another model
    wiring.open_file(Role.MODEL, Path("net.h5"))
    driver.settle()
    assert class_names.name_of(0) == "signs 0"
    wiring.menus.no_names.trigger()
    assert class_names.short_text(3) == "3"
    wiring.open_file(Role.MODEL, Path("other.h5"))
    driver.settle()
    wiring.open_file(Role.MODEL, Path("net.h5"))
    driver.settle()
    assert class_names.current() is None


def test_a_refused_file_changes_nothing(
    wiring: WindowWiring, driver: Driver, dialog: Any, expect_refusal: Callable[[str], None]
) -> None:
    driver.open_all()
    wiring.names_control.open(Path("signs.txt"))
    driver.settle()
    dialog.prepare("ask_names", Path("bad.txt"), None)
    wiring.menus.names.trigger()
    driver.settle()
    assert "'bad.txt' is not text" in wiring.panels.messages.text
    assert class_names.name_of(1) == "signs 1"
    wiring.menus.names.trigger()  # cancelled
    assert class_names.name_of(1) == "signs 1"
    expect_refusal("wrong-format")


def test_names_may_be_opened_before_the_model(wiring: WindowWiring, driver: Driver) -> None:
    wiring.names_control.open(Path("signs.txt"))
    driver.settle()
    driver.open_all()
    assert class_names.name_of(9) == "signs 9"
    model = wiring.session.summary
    assert model is not None
    assert wiring.preferences.names_of(model.path) == Path("signs.txt").absolute()


def test_the_classifier_and_the_table_say_the_names(wiring: WindowWiring, driver: Driver) -> None:
    driver.run_all()
    wiring.open_file(Role.IMAGE, Path("face.png"))
    driver.settle()
    answer = wiring.panels.classifier.answer_view
    assert answer.verdict.text() == "G says: 0, the attacker's target — not stopped by this B′"
    wiring.names_control.open(Path("signs.txt"))
    driver.settle()
    assert answer.verdict.text().startswith("G says: 0 signs 0, the attacker's target")
    assert answer.base_bars.accessibleDescription().startswith("0 signs 0: 20.0 %")
    assert "class 1 (signs 1)" in answer.base_bars.toolTip()
    columns = wiring.pages["prune"].results.model.columns
    assert any("target label 0 signs 0" in column.tip for column in columns)
    form = wiring.pages["repair"].form
    form.suspects_faces.show_classes((3, -1))
    assert form.suspects_faces.accessibleName() == "class 3 (signs 3)"


def test_example_images_follow_the_open_files(wiring: WindowWiring, driver: Driver) -> None:
    assert not class_names.has_faces()
    driver.open_all()
    face = class_names.face_of(4)
    assert face is not None
    assert (face.width(), face.height()) == (8, 8)
    assert class_names.face_of(4) is face
    assert class_names.face_of(9) is None  # no image of this class
    wiring.file_control.close_all()
    assert not class_names.has_faces()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Class 3 is first of 10 classes", "Class 3 (signs 3) is first of 10 classes"),
        ("classes 3, 4 and 5 are named", "classes 3 (signs 3), 4 (signs 4) and 5 (signs 5) are named"),
        ("the target label 0.", "the target label 0 (signs 0)."),
        ("class 12 of 30", "class 12 of 30"),  # it has no name
        ("10 classes", "10 classes"),
        ("at class 5 % more", "at class 5 % more"),
    ],
)
def test_sentences_get_names(text: str, named: str) -> None:
    class_names.use_names(ClassNames(Path("signs.txt"), {label: f"signs {label}" for label in range(10)}))
    assert class_names.named(text) == named
    class_names.use_names(None)
    assert class_names.named(text) == text


def test_a_long_name_is_elided() -> None:
    class_names.use_names(ClassNames(Path("signs.txt"), {0: "x" * 80, 1: "a\u202eb"}))
    assert class_names.short_text(0) == f"0 {'x' * 23}…"
    assert class_names.class_text(1) == "class 1 (a\\u202eb)"
    class_names.use_names(None)


def test_names_are_kept_for_a_number_of_models() -> None:
    preferences = Preferences()
    for number in range(150):
        preferences.remember_names(Path(f"{number}.h5"), Path("names.txt"))
    assert len(preferences.names) == 100
    assert preferences.names_of(Path("149.h5")) == Path("names.txt").absolute()
    assert preferences.names_of(Path("0.h5")) is None
