"""The dialog with the checks of a file, and the buttons that show it."""

import json
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from core.screen.verdict import FileVerdict
from gui.files import dialogs
from gui.files.verdict_dialog import VerdictDialog, contents, suggested
from gui.shell.wiring import WindowWiring
from gui.state.session import Role

OPENED = FileVerdict(Path("/x/net.h5"), "model", 1234, "ab" * 32, facts=(("classes", "5"),), sandbox="on")
REFUSED = FileVerdict(Path("/x/<b>.h5"), "model", 9, "cd" * 32, "bad-weights", "<i>'k'</i> is NaN", sandbox="on")


def texts(dialog: VerdictDialog) -> str:
    return "\n".join(label.text() for label in dialog.findChildren(QLabel))


def test_it_shows_checks_hash_sandbox_and_versions(qtbot: QtBot) -> None:
    dialog = VerdictDialog(OPENED, sandbox="off", on_save=lambda: None)
    qtbot.addWidget(dialog)
    shown = texts(dialog)
    for words in ("net.h5 opens as a network", "ab" * 32, "1,234 bytes", "classes 5", "Keras loads", "no backdoor"):
        assert words in shown
    assert "on" in shown.split("\n")  # the file's own sandbox, not the window's
    marks = [label.accessibleName() for label in dialog.findChildren(QLabel) if label.accessibleName()]
    assert marks == ["passed"] * 7
    dialog.copy_button.click()
    assert QGuiApplication.clipboard().text() == dialog.text
    assert dialog.text.startswith("/x/net.h5: opens as a network")


def test_a_refused_file_names_the_failed_check_and_no_text_is_markup(qtbot: QtBot) -> None:
    dialog = VerdictDialog(REFUSED, sandbox="on", on_save=lambda: None)
    qtbot.addWidget(dialog)
    assert "<b>.h5 was refused as a network [bad-weights]" in dialog.heading.text()
    assert dialog.sentence.text() == "<i>'k'</i> is NaN"
    marks = [label.accessibleName() for label in dialog.findChildren(QLabel) if label.accessibleName()]
    assert marks.count("failed") == 1
    assert marks.count("not completed") == 5  # of the file itself, the SHA-256 is known


def test_it_saves_json_and_sarif(
    qtbot: QtBot, real_dialogs: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    targets = [tmp_path / "found.json", tmp_path / "found.sarif", tmp_path / "nowhere" / "found.json"]
    failures: list[str] = []
    monkeypatch.setattr(dialogs, "ask_save", lambda *_parents, **words: (targets.pop(0), True) if targets else None)
    monkeypatch.setattr(dialogs, "show_not_written", lambda _parent, *, sentence: failures.append(sentence))

    def press(dialog: VerdictDialog) -> int:
        for _ in range(4):
            dialog.save_button.click()
        return 0

    monkeypatch.setattr(VerdictDialog, "exec", press)
    dialogs.show_verdict(None, REFUSED)  # type: ignore[arg-type]
    assert json.loads((tmp_path / "found.json").read_text("utf-8"))["files"][0]["code"] == "bad-weights"
    assert json.loads((tmp_path / "found.sarif").read_text("utf-8"))["version"] == "2.1.0"
    assert len(failures) == 1
    taken = tmp_path / "taken.json"
    taken.write_text("mine")
    targets[:] = [taken]
    monkeypatch.setattr(dialogs, "ask_save", lambda *_parents, **words: (targets.pop(0), False) if targets else None)
    dialogs.show_verdict(None, REFUSED)  # type: ignore[arg-type]
    monkeypatch.setattr(dialogs, "ask_save", lambda *_parents, **words: (taken, True))
    dialogs.show_verdict(None, REFUSED, forbidden=[taken])  # type: ignore[arg-type]
    assert taken.read_text() == "mine"
    assert "did not agree" in failures[1]
    assert "never overwritten" in failures[-1]
    assert suggested(REFUSED.path) == Path("/x/<b>_checks.json")
    assert set(contents(OPENED, sandbox="on")) == {".json", ".sarif"}


def test_the_buttons_show_the_checks_of_open_and_refused_files(
    wiring: WindowWiring, driver: Any, dialog: Any, expect_refusal: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[tuple[Path, Role]] = []

    def check_file(path: Path, role: Role, choice: Any) -> Any:
        checked.append((path, role))
        return lambda _monitor: FileVerdict(path, "model" if role is Role.MODEL else "data")

    monkeypatch.setattr("gui.files.jobs.check_file", check_file)
    driver.open_all()
    wiring.open_file(Role.MODEL, Path("bad.h5"))
    driver.settle()
    expect_refusal("not-a-model")
    slots = wiring.panels.files.slots
    assert not slots[Role.MODEL].refusal_button.isHidden()
    dialog.prepare("show_verdict", None, None, None)
    slots[Role.MODEL].refusal_button.click()
    driver.settle()
    slots[Role.MODEL].checks_button(0).click()
    driver.settle()
    slots[Role.POISONED].checks_button(0).click()
    driver.settle()
    assert [(path.name, role) for path, role in checked] == [
        ("bad.h5", Role.MODEL),
        ("net.h5", Role.MODEL),
        (wiring.session.poisoned[0].path.name, Role.POISONED),
    ]
    assert dialog.names().count("show_verdict") == 3
    slots[Role.MODEL].dismiss_button.click()
    assert slots[Role.MODEL].refusal_button.isHidden()
