"""The dialogs themselves, with Qt's own answered."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QDialog, QLabel, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from core.version import VERSION
from gui.files import dialogs
from gui.state.session import Role

pytestmark = pytest.mark.usefixtures("real_dialogs")
KINDS = {".keras": "Keras model", ".h5": "HDF5 model"}


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    parent = QWidget()
    qtbot.addWidget(parent)
    return parent


def answer_with(monkeypatch: pytest.MonkeyPatch, name: str, answer: Any) -> list[tuple[Any, ...]]:
    calls: list[tuple[Any, ...]] = []

    def fake(*words: Any) -> Any:
        calls.append(words)
        return answer

    monkeypatch.setattr(dialogs, name, fake)
    return calls


def test_one_file_is_asked_for(parent: QWidget, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = answer_with(monkeypatch, "open_file", "/x/net.h5")
    assert dialogs.ask_open(parent, role=Role.MODEL, folder="/x") == (Path("/x/net.h5"),)
    assert calls[0][2] == "/x"
    assert "*.keras" in calls[0][3]
    answer_with(monkeypatch, "open_file", "")
    assert dialogs.ask_open(parent, role=Role.MODEL, folder="/x") == ()
    answer_with(monkeypatch, "open_files", ["/x/a.png", "/x/b.png"])
    assert dialogs.ask_open(parent, role=Role.IMAGE, folder="/x") == (Path("/x/a.png"), Path("/x/b.png"))
    assert dialogs.ask_trigger(parent, folder="/x") is None


def test_several_poisoned_files_are_asked_for(parent: QWidget, monkeypatch: pytest.MonkeyPatch) -> None:
    answer_with(monkeypatch, "open_files", ["/x/a.h5", "/x/b.h5"])
    assert dialogs.ask_open(parent, role=Role.POISONED, folder="/x") == (Path("/x/a.h5"), Path("/x/b.h5"))


@pytest.mark.parametrize(
    ("typed", "chosen", "expected"),
    [
        ("/x/g.keras", "Keras model (*.keras)", (Path("/x/g.keras"), True)),
        ("/x/g.H5", "Keras model (*.keras)", (Path("/x/g.H5"), True)),
        ("/x/g", "HDF5 model (*.h5)", (Path("/x/g.h5"), False)),
        ("/x/g.v2", "", (Path("/x/g.v2.keras"), False)),
        ("", "", None),
    ],
)
def test_a_missing_suffix_is_added_and_then_nothing_may_be_replaced(
    parent: QWidget, monkeypatch: pytest.MonkeyPatch, typed: str, chosen: str, expected: Any
) -> None:
    calls = answer_with(monkeypatch, "save_file", (typed, chosen))
    answer = dialogs.ask_save(parent, title="Save", suggestion=Path("/x/net.keras"), kinds=KINDS)
    assert answer == expected
    assert calls[0][2:] == ("/x/net.keras", "Keras model (*.keras);;HDF5 model (*.h5)")


@pytest.mark.parametrize(("words", "expected"), [("Open it", True), ("Keep", False)])
def test_data_that_do_not_fit_are_asked_about(
    parent: QWidget, monkeypatch: pytest.MonkeyPatch, words: str, expected: bool
) -> None:
    def exec_box(box: QMessageBox) -> int:
        assert "b.h5" in box.text()
        assert "one" in box.informativeText()
        assert box.defaultButton().text().startswith("Keep")
        next(button for button in box.buttons() if button.text().startswith(words)).click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", exec_box)
    assert dialogs.ask_to_close_sets(parent, model_name="b.h5", sentences=("one", "two")) is expected


def test_the_texts_can_be_shown(parent: QWidget, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(QMessageBox, "exec", lambda box: shown.append(box.text() + box.informativeText()))
    monkeypatch.setattr(
        QDialog, "exec", lambda box: shown.append("".join(label.text() for label in box.findChildren(QLabel)))
    )
    dialogs.show_method(parent)
    dialogs.show_about(parent, sandbox="off, files: <none>")
    dialogs.show_unforeseen(parent, summary="<b>x</b>", details="trace")
    assert "bypass" in shown[0]
    assert VERSION in shown[1]
    assert "sandbox: off, files: <none>." in shown[1]  # a label of plain text
    assert "<b>x</b>" in shown[2]


@pytest.mark.parametrize(("words", "expected"), [("Keep", "keep"), ("End", "end"), ("Cancel", "cancel")])
def test_what_becomes_of_a_running_audit_is_asked(
    parent: QWidget, monkeypatch: pytest.MonkeyPatch, words: str, expected: str
) -> None:
    def exec_box(box: QMessageBox) -> int:
        assert box.text() == "The audit of models is still running."
        assert box.defaultButton().text().startswith("Keep")
        next(button for button in box.buttons() if words in button.text()).click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", exec_box)
    assert dialogs.ask_running_audit(parent, name="The audit of models") == expected
