"""Nothing that was made here and is in no file is lost without a question."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton

from core.errors import ExportError
from core.repair.methods.finetune import FINETUNE
from core.repair.methods.occlusion import OCCLUSION
from gui.files import dialogs
from gui.repair import save as repair_save
from gui.shell.wiring import WindowWiring
from gui.state.session import Role
from tests.gui.stand_in_engine import FakeEngine
from tests.gui.window_driver import Driver


def questions(dialog: Any) -> list[dict[str, Any]]:
    return [words for name, words in dialog.calls if name == "ask_unsaved"]


def test_nothing_is_asked_if_there_is_nothing_to_lose(wiring: WindowWiring, driver: Driver, dialog: Any) -> None:
    driver.run_all()
    wiring.pages["compare"].panel.files_dropped.emit((Path("theirs.keras"),))
    driver.settle()
    assert [each.name for each in wiring.session.compared] == ["theirs.keras"]  # is a file already
    wiring.open_file(Role.MODEL, Path("other.h5"))
    driver.settle()
    wiring.window.close()
    assert not wiring.window.isVisible()
    assert questions(dialog) == []


def test_quitting_names_what_would_be_lost_and_can_be_given_up(
    wiring: WindowWiring, driver: Driver, dialog: Any
) -> None:
    driver.run_all()
    driver.repair(OCCLUSION)
    wiring.pages["compare"].additions.add_pruned()
    driver.settle()
    dialog.prepare("ask_unsaved", "cancel")
    wiring.menus.quit.trigger()
    assert wiring.window.isVisible()
    assert questions(dialog) == [
        {"action": "Quitting", "names": ["Occlusion", "conv_a, 2 pruned"], "running": ""},
    ]
    assert [each.name for each in wiring.session.repairs] == ["Occlusion"]
    dialog.prepare("ask_unsaved", "discard")
    wiring.window.close()
    assert not wiring.window.isVisible()


def test_what_was_saved_is_not_asked_about(
    wiring: WindowWiring, driver: Driver, dialog: Any, engine: FakeEngine
) -> None:
    driver.run_all()
    driver.repair(OCCLUSION)
    wiring.pages["compare"].additions.add_pruned()
    driver.settle()
    dialog.prepare("ask_save", (Path("g.keras"), True), (Path("b.keras"), True))
    wiring.pages["repair"].panel.save_model_requested.emit("repaired")
    driver.settle()
    assert [each.name for each in wiring.session.unsaved] == ["conv_a, 2 pruned"]
    wiring.pages["compare"].panel.save_model_requested.emit("pruned", 2)
    driver.settle()
    assert [each[:2] for each in engine.saved_repairs] == [("repaired", "Occlusion"), ("pruned", "conv_a, 2 pruned")]
    wiring.window.close()
    assert not wiring.window.isVisible()
    assert questions(dialog) == []


def test_save_writes_each_network_and_then_quits(
    wiring: WindowWiring, driver: Driver, dialog: Any, engine: FakeEngine
) -> None:
    driver.open_all()
    driver.repair(OCCLUSION)
    driver.repair(FINETUNE)
    dialog.prepare("ask_unsaved", "save")
    dialog.prepare("ask_save", (Path("a.keras"), True), (Path("b.keras"), True))
    wiring.window.close()
    assert wiring.window.isVisible()  # until everything is written
    driver.wait_until(lambda: not wiring.window.isVisible())
    assert [each[:3] for each in engine.saved_repairs] == [
        ("pruned", "Occlusion", Path("a.keras")),
        ("pruned", "Fine-tuning", Path("b.keras")),
    ]


def test_a_dialog_that_is_given_up_while_saving_keeps_the_window(
    wiring: WindowWiring, driver: Driver, dialog: Any
) -> None:
    driver.open_all()
    driver.repair(OCCLUSION)
    driver.repair(FINETUNE)
    dialog.prepare("ask_unsaved", "save")
    dialog.prepare("ask_save", (Path("a.keras"), True), None)
    wiring.window.close()
    driver.settle()
    QApplication.processEvents()
    assert wiring.window.isVisible()
    assert [each.name for each in wiring.session.unsaved] == ["Fine-tuning"]


def test_a_network_that_cannot_be_written_keeps_the_window(
    wiring: WindowWiring, driver: Driver, dialog: Any, monkeypatch: pytest.MonkeyPatch, expect_refusal: Any
) -> None:
    def job(_monitor: Any) -> None:
        raise ExportError("the disk is full", code="cannot-write")

    driver.open_all()
    driver.repair(OCCLUSION)
    monkeypatch.setattr(repair_save.repair_jobs, "save_repair", lambda *_arguments, **_words: job)
    dialog.prepare("ask_unsaved", "save")
    dialog.prepare("ask_save", (Path("a.keras"), True))
    wiring.window.close()
    driver.settle()
    QApplication.processEvents()
    assert wiring.window.isVisible()
    assert wiring.panels.messages.text == "The disk is full."
    assert [each.name for each in wiring.session.unsaved] == ["Occlusion"]
    expect_refusal("cannot-write")


@pytest.mark.parametrize("answer", ["cancel", "discard", "save"])
def test_another_model_waits_for_the_answer(wiring: WindowWiring, driver: Driver, dialog: Any, answer: str) -> None:
    driver.run_all()
    driver.repair(OCCLUSION)
    run = wiring.session.run
    dialog.prepare("ask_unsaved", answer)
    if answer == "save":
        dialog.prepare("ask_save", (Path("a.keras"), True))
    wiring.open_file(Role.MODEL, Path("other.h5"))
    driver.settle()
    QApplication.processEvents()
    driver.settle()
    assert questions(dialog) == [{"action": "Opening other.h5", "names": ["Occlusion"], "running": ""}]
    assert wiring.session.summary is not None
    is_kept = answer == "cancel"
    assert wiring.session.summary.path.name == ("net.h5" if is_kept else "other.h5")
    assert (wiring.session.run is run) is is_kept
    assert len(wiring.session.repairs) == is_kept


def test_a_file_that_is_refused_asks_nothing(
    wiring: WindowWiring, driver: Driver, dialog: Any, expect_refusal: Any
) -> None:
    driver.open_all()
    driver.repair(OCCLUSION)
    wiring.open_file(Role.MODEL, Path("bad.h5"))
    driver.settle()
    assert questions(dialog) == []
    expect_refusal("not-a-model")


def test_the_demo_and_closing_everything_wait_for_the_answer(wiring: WindowWiring, driver: Driver, dialog: Any) -> None:
    driver.open_all()
    driver.repair(OCCLUSION)
    dialog.prepare("ask_unsaved", "cancel", "cancel", "cancel", "discard")
    wiring.open_demo()
    wiring.open_control.close_all()
    wiring.panels.files.slots[Role.MODEL].clear_button(0).click()
    driver.settle()
    assert [each["action"] for each in questions(dialog)] == [
        "Opening the demo",
        "Closing all files",
        "Closing net.h5",
    ]
    assert [each.name for each in wiring.session.repairs] == ["Occlusion"]
    wiring.open_demo()
    driver.settle()
    assert wiring.session.repairs == ()
    assert wiring.session.run is not None


def test_a_repair_in_progress_is_asked_about_too(
    wiring: WindowWiring, driver: Driver, dialog: Any, engine: FakeEngine
) -> None:
    driver.open_all()
    engine.stop_repair_at = 2
    driver.start_repair(OCCLUSION, epochs=9)
    driver.wait_until(lambda: len(wiring.pages["repair"].panel.history.history) == 3)
    dialog.prepare("ask_unsaved", "cancel")
    wiring.window.close()
    assert wiring.window.isVisible()
    assert wiring.session.is_running
    assert questions(dialog) == [{"action": "Quitting", "names": [], "running": "Occlusion"}]
    dialog.prepare("ask_unsaved", "discard")
    wiring.window.close()
    assert not wiring.window.isVisible()


def test_saving_stops_the_repair_in_progress_first(
    wiring: WindowWiring, driver: Driver, dialog: Any, engine: FakeEngine
) -> None:
    driver.open_all()
    driver.repair(OCCLUSION)
    engine.stop_repair_at = 2
    driver.start_repair(FINETUNE, epochs=9)
    driver.wait_until(lambda: len(wiring.pages["repair"].panel.history.history) == 3)
    dialog.prepare("ask_unsaved", "save")
    dialog.prepare("ask_save", (Path("a.keras"), True))
    wiring.window.close()
    driver.wait_until(lambda: not wiring.window.isVisible())
    assert [each[1] for each in engine.saved_repairs] == ["Occlusion"]


def test_a_repair_that_ends_while_the_question_is_on_the_screen_is_asked_about(
    wiring: WindowWiring, driver: Driver, dialog: Any, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver.open_all()
    driver.repair(OCCLUSION)
    engine.stop_repair_at = 2
    driver.start_repair(FINETUNE, epochs=9)
    driver.wait_until(lambda: len(wiring.pages["repair"].panel.history.history) == 3)
    asked: list[dict[str, Any]] = []

    def ask(_parent: Any, **words: Any) -> str:
        asked.append(words)
        if len(asked) == 1:  # the repair ends before the answer
            engine.stop_repair_at = None
            driver.settle()
            return "discard"
        return "cancel"

    monkeypatch.setattr(dialogs, "ask_unsaved", ask)
    wiring.window.close()
    assert asked == [
        {"action": "Quitting", "names": ["Occlusion"], "running": "Fine-tuning"},
        {"action": "Quitting", "names": ["Occlusion", "Fine-tuning"], "running": ""},
    ]
    assert wiring.window.isVisible()
    assert [each.name for each in wiring.session.repairs] == ["Occlusion", "Fine-tuning"]
    monkeypatch.setattr(dialogs, "ask_unsaved", lambda *_arguments, **_words: "discard")


def test_closing_again_while_the_question_is_on_the_screen_asks_once(
    wiring: WindowWiring, driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver.open_all()
    driver.repair(OCCLUSION)
    asked: list[str] = []

    def ask(_parent: Any, *, action: str, **_words: Any) -> str:
        asked.append(action)
        wiring.window.close()
        return "cancel"

    monkeypatch.setattr(dialogs, "ask_unsaved", ask)
    wiring.window.close()
    assert asked == ["Quitting"]
    assert wiring.window.isVisible()
    monkeypatch.setattr(dialogs, "ask_unsaved", lambda *_arguments, **_words: "discard")


def answer_with(key: Qt.Key | None, button: str = "") -> list[str]:
    """Answer the next box by a key, or a click on a button; returns what is read in it."""
    told: list[str] = []

    def answer() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        told.extend([box.text(), box.informativeText()])
        told.extend(sorted(each.text().replace("&", "") for each in box.findChildren(QPushButton)))
        if key is not None:
            QTest.keyClick(box, key)
            return
        found = next(each for each in box.findChildren(QPushButton) if each.text().replace("&", "") == button)
        QTest.mouseClick(found, Qt.MouseButton.LeftButton)

    QTimer.singleShot(0, answer)
    return told


@pytest.mark.usefixtures("real_dialogs")
def test_the_question_itself(wiring: WindowWiring) -> None:
    told = answer_with(Qt.Key.Key_Escape)
    names = ["Occlusion", "Fine-tuning"]
    assert dialogs.ask_unsaved(wiring.window, action="Quitting", names=names, running="") == "cancel"
    assert told[:2] == [
        "Occlusion and Fine-tuning are not saved.",
        "Quitting discards them. Save first writes the repaired network B′ of each.",
    ]
    assert told[2:] == ["Cancel", "Discard", "Save"]
    answer_with(Qt.Key.Key_Return)
    assert dialogs.ask_unsaved(wiring.window, action="Quitting", names=names, running="") == "save"
    told = answer_with(None, "Discard")
    assert dialogs.ask_unsaved(wiring.window, action="Quitting", names=[], running="Pruning") == "discard"
    assert told == ["Pruning is still in progress.", "Quitting discards it.", "Cancel", "Discard"]
    told = answer_with(None, "Save")
    names = [f"Repair {number}" for number in range(9)]
    assert dialogs.ask_unsaved(wiring.window, action="Opening a.h5", names=names, running="X") == "save"
    assert told[0] == "Repair 0, Repair 1, Repair 2, Repair 3 and 5 more are not saved. X is still in progress."
    assert told[1].endswith("of each, and stops the repair.")
