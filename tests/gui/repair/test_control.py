"""Repairs from the form to the table, stopped ones, and those whose files have changed."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent

from core.repair.method import RepairMethod
from core.repair.methods.auto import AUTO
from core.repair.methods.fine_pruning import FINE_PRUNING
from core.repair.methods.finetune import FINETUNE
from core.repair.methods.occlusion import OCCLUSION
from core.repair.methods.prune import PRUNE
from gui.repair.control import DISCARDED, STOPPED
from gui.shell.wiring import WindowWiring
from gui.state.session import Role, StartFiles
from tests.gui.stand_in_engine import FakeEngine
from tests.gui.watched_events import events_of
from tests.gui.window_driver import Driver


def names(wiring: WindowWiring) -> list[str]:
    return [each.name for each in wiring.session.repairs]


def test_nothing_is_repaired_without_files_and_it_is_said_why(wiring: WindowWiring, driver: Driver) -> None:
    form = wiring.pages["repair"].form
    assert form.start_button.toolTip() == "Open a model first."
    assert wiring.pages["repair"].panel.empty_label.text().endswith("\n\nOpen a model first.")
    assert not wiring.menus.actions["repair", "repair"].isEnabled()
    wiring.open_start_files(StartFiles(model=Path("net.h5")))
    driver.settle()
    assert form.start_button.toolTip().startswith("Open a clean validation set first")
    wiring.pages["repair"].control.start()
    driver.settle()
    assert wiring.panels.messages.text.startswith("Open a clean validation set first")
    wiring.open_file(Role.VALIDATION, Path("v.h5"))
    driver.settle()
    assert form.start_button.isEnabled()
    wiring.panels.show_page("repair")
    assert wiring.menus.actions["repair", "repair"].isEnabled()


def test_a_repaired_network_is_not_repaired_and_it_is_said_why(
    wiring: WindowWiring, driver: Driver, engine: FakeEngine
) -> None:
    driver.open_all()
    wiring.open_file(Role.MODEL, Path("repaired.keras"))
    driver.settle()
    told = "This model is already a repaired network G: open the network B that it was made from."
    form, panel = wiring.pages["repair"].form, wiring.pages["repair"].panel
    assert (form.start_button.isEnabled(), form.start_button.toolTip()) == (False, told)
    assert panel.empty_label.text().endswith(told)
    assert not wiring.menus.actions["repair", "repair"].isEnabled()
    started = list(engine.started)
    wiring.pages["repair"].control.start()
    driver.settle()
    assert wiring.panels.messages.text == told
    assert engine.started == started and names(wiring) == []
    assert wiring.pages["prune"].form.start_button.isEnabled()  # pruning is looked at all the same
    wiring.open_file(Role.MODEL, Path("net.h5"))
    driver.settle()
    assert form.start_button.isEnabled()


def test_a_repair_is_shown_kept_and_asked(wiring: WindowWiring, driver: Driver, engine: FakeEngine) -> None:
    driver.open_all()
    wiring.open_file(Role.IMAGE, Path("face.png"))
    driver.settle()
    assert not wiring.panels.classifier.answer_view.network_combo.isVisibleTo(wiring.panels.classifier)
    driver.repair(OCCLUSION)
    panel = wiring.pages["repair"].panel
    assert wiring.panels.page.key == "repair"
    assert names(wiring) == ["Occlusion"]
    assert engine.started[-1] == "repair occlusion"
    assert [each.epoch for each in panel.history.history] == [0, 1, 2, 3]
    assert panel.history.chart.mark == (3, "kept")
    assert panel.history.chart.cursor_step == 3
    assert [(row.title, row.detail) for row in panel.table.rows] == [
        ("B", "as opened"),
        ("B′", "repaired"),
        ("G", "by agreement"),
        ("G", "by confidence"),
    ]
    assert "Epochs were counted." in panel.told.label.text()
    assert panel.save_pruned_button.isEnabled()
    assert engine.asked[-1] == "Occlusion"
    assert wiring.panels.classifier.answer_view.network_combo.currentText() == "Occlusion"
    told = "G by confidence: backdoored — at 20.0\u00a0% B′ is below the confidence level of 50.0\u00a0%"
    assert wiring.panels.classifier.answer_view.confidence_verdict.text() == told
    assert wiring.pages["repair"].form.start_button.isEnabled()


def test_repairs_are_numbered_and_can_be_looked_at_again(
    wiring: WindowWiring, driver: Driver, engine: FakeEngine
) -> None:
    driver.open_all()
    driver.repair(FINETUNE)
    driver.repair(FINETUNE, epochs=5)
    driver.repair(PRUNE)
    panel = wiring.pages["repair"].panel
    assert names(wiring) == ["Fine-tuning", "Fine-tuning (2)", "Pruning"]
    assert engine.started[-1] == "repair prune conv_a"
    assert panel.repair_combo.currentText() == "Pruning"
    assert not panel.history.isVisibleTo(panel)  # nothing was refitted
    parts = (panel.view, panel.told, panel.banner)
    assert not any(part.isHidden() for part in parts)
    with events_of(*parts, kind=QEvent.Type.HideToParent) as hidden:
        panel.repair_combo.setCurrentIndex(1)
        panel.repair_combo.activated.emit(1)
    assert hidden == []  # each would lay the page out twice
    assert len(panel.history.history) == 6
    assert panel.history.isVisibleTo(panel)
    assert wiring.pages["repair"].control.shown is wiring.session.repairs[1]


def test_stopping_a_refit_keeps_the_best_so_far(wiring: WindowWiring, driver: Driver, engine: FakeEngine) -> None:
    driver.open_all()
    engine.stop_repair_at = 2
    driver.start_repair(OCCLUSION, epochs=9)
    panel = wiring.pages["repair"].panel
    driver.wait_until(lambda: len(panel.history.history) == 3)
    assert panel.history.chart.cursor_step == 2
    assert not panel.save_pruned_button.isEnabled()
    assert not wiring.panels.files.slots[Role.MODEL].isEnabled()
    assert wiring.pages["repair"].form.cancel_button.isEnabled()
    wiring.pages["repair"].form.cancel_button.click()
    driver.settle()
    assert wiring.session.repairs[0].is_cut_short
    assert panel.notice.text() == "Stopped after 2 epochs of 9: the best so far, epoch 2, was kept."
    assert panel.save_pruned_button.isEnabled()
    assert wiring.panels.files.slots[Role.MODEL].isEnabled()


def test_what_repair_for_me_tries_is_told_while_it_goes_on(
    wiring: WindowWiring, driver: Driver, engine: FakeEngine
) -> None:
    driver.open_all()
    form, panel = wiring.pages["repair"].form, wiring.pages["repair"].panel
    assert form.method is AUTO  # who chooses nothing gets this
    assert not form.epochs_field.isVisibleTo(form)
    assert not form.threshold_field.isVisibleTo(form)
    assert form.seed_field.isVisibleTo(form)
    assert form.layer_list.isVisibleTo(form)
    engine.stop_repair_at = 2
    wiring.pages["repair"].control.start()
    driver.wait_until(lambda: len(panel.history.history) == 3)
    assert [(row.title, str(row.held_out), row.words) for row in panel.attempts.rows] == [
        ("B", "19 of 20", ""),
        ("pruning", "18 of 20", "still fooled"),
        ("occlusion", "None", "in progress …"),
    ]
    assert panel.attempts.model().index(1, 2).data() == "50.00 %"
    assert "trying occlusion, 3 of at most 4" in panel._header.detail.text()
    engine.stop_repair_at = None
    driver.settle()
    assert names(wiring) == ["Repair for me"]
    assert (panel.attempts.rows[-1].words, panel.attempts.rows[-1].is_chosen) == ("chosen", True)
    assert panel.attempts.isVisibleTo(panel)
    assert (panel.banner.heading.text(), panel.banner.kind) == ("Weakened", "warning")
    assert panel.banner.sentence.text().startswith(
        "Validation images show no sign of a backdoor, but only 20 images were held out, too few to tell what accuracy "
        "is lost."
    )
    driver.repair(FINETUNE)
    assert not panel.attempts.isVisibleTo(panel)
    assert form.epochs_field.isVisibleTo(form)


@pytest.mark.parametrize("method", [OCCLUSION, PRUNE])
def test_stopping_before_there_is_anything_keeps_nothing(
    wiring: WindowWiring, driver: Driver, engine: FakeEngine, method: RepairMethod
) -> None:
    driver.open_all()
    driver.repair(FINETUNE)
    engine.stop_repair_at = 0
    driver.start_repair(method)
    driver.wait_until(lambda: len(engine.started) == 5)
    wiring.pages["repair"].form.cancel_button.click()
    driver.settle()
    assert names(wiring) == ["Fine-tuning"]
    assert wiring.panels.messages.text == f"{STOPPED} Fine-tuning is shown again."
    assert len(wiring.pages["repair"].panel.history.history) == 4


def test_what_goes_wrong_leaves_what_there_was(
    wiring: WindowWiring, driver: Driver, engine: FakeEngine, dialog: Any, log_guard: list[Any]
) -> None:
    driver.open_all()
    driver.repair(FINETUNE)
    engine.unforeseen = RuntimeError("nobody foresaw this")
    dialog.prepare("show_unforeseen", None)
    driver.repair(OCCLUSION)
    assert names(wiring) == ["Fine-tuning"]
    assert wiring.pages["repair"].form.start_button.isEnabled()
    assert wiring.pages["repair"].control.shown is wiring.session.repairs[0]
    log_guard.clear()


def test_a_repair_of_files_that_changed_is_not_kept(wiring: WindowWiring, driver: Driver, engine: FakeEngine) -> None:
    driver.open_all()
    engine.stop_repair_at = 3
    driver.start_repair(OCCLUSION, epochs=9)
    driver.wait_until(lambda: len(wiring.pages["repair"].panel.history.history) == 4)
    wiring.file_control.close_file(Role.POISONED, 0)
    engine.stop_repair_at = None
    driver.settle()
    assert names(wiring) == []
    assert wiring.panels.messages.text == DISCARDED


def test_files_stay_while_a_repair_goes_on(wiring: WindowWiring, driver: Driver, engine: FakeEngine) -> None:
    driver.open_all()
    engine.stop_repair_at = 1
    driver.start_repair(OCCLUSION)
    driver.wait_until(lambda: wiring.pages["repair"].control.is_running)
    wiring.open_file(Role.TEST, Path("t.h5"))
    assert "while a run or a repair is in progress" in wiring.panels.messages.text
    assert not wiring.menus.actions["prune", "run"].isEnabled()
    assert not wiring.menus.actions["repair", "repair"].isEnabled()
    wiring.runner.cancel()
    driver.settle()
    assert wiring.session.test is None
    assert wiring.menus.actions["repair", "repair"].isEnabled()


def test_repairs_go_with_their_model_and_that_is_said(wiring: WindowWiring, driver: Driver) -> None:
    driver.open_all()
    driver.repair(OCCLUSION)
    wiring.open_file(Role.TEST, Path("t.h5"))
    driver.settle()
    assert names(wiring) == ["Occlusion"]  # other data do not change what was repaired
    wiring.open_file(Role.MODEL, Path("other.h5"))
    driver.settle()
    assert names(wiring) == []
    gone = "1 repaired network of the earlier model was discarded; saved files stay."
    assert gone in wiring.panels.messages.text
    assert wiring.session.classified is None
    assert not wiring.pages["repair"].panel.save_pruned_button.isEnabled()


def test_closing_the_window_does_not_wait_for_what_could_be_kept(
    wiring: WindowWiring, driver: Driver, engine: FakeEngine
) -> None:
    driver.open_all()
    engine.stop_repair_at = 2
    driver.start_repair(OCCLUSION, epochs=9)
    driver.wait_until(lambda: len(wiring.pages["repair"].panel.history.history) == 3)
    wiring.window.close()
    assert not wiring.runner._thread.isRunning()
    assert names(wiring) == []


def test_images_without_labels_are_used_where_they_help(wiring: WindowWiring, driver: Driver) -> None:
    driver.open_all()
    wiring.panels.show_page("repair")
    slot = wiring.panels.files.slots[Role.UNLABELLED]
    wiring.panels.files.files_dropped.emit(Role.UNLABELLED, (Path("more.h5"),))
    driver.settle()
    assert slot.names == ("more.h5",)
    assert slot.isVisibleTo(wiring.panels.files)
    driver.repair(OCCLUSION)
    kept = wiring.session.repairs[0]
    assert kept.inputs.unlabelled is wiring.session.unlabelled is not None
    form = wiring.pages["repair"].form
    form.choose_method(PRUNE)
    assert not slot.isVisibleTo(wiring.panels.files)
    form.choose_method(FINETUNE)
    assert slot.isVisibleTo(wiring.panels.files)
    assert form.settings.uses_unlabelled
    slot.clear_button(0).click()
    assert not form.settings.uses_unlabelled
    assert wiring.session.unlabelled is None
    assert names(wiring) == ["Occlusion"]


def test_pruning_by_hand_asks_the_pruned_network_again(
    wiring: WindowWiring, driver: Driver, engine: FakeEngine
) -> None:
    driver.run_all()
    wiring.open_file(Role.IMAGE, Path("face.png"))
    driver.settle()
    driver.repair(OCCLUSION)
    assert engine.asked[-1] == "Occlusion"
    wiring.pages["prune"].curves.chart.cursor_moved.emit(3)
    driver.settle()
    assert engine.asked[-1] is None
    assert wiring.session.classified is None
    combo = wiring.panels.classifier.answer_view.network_combo
    assert [combo.itemText(place) for place in range(combo.count())] == ["3 of 6 channels pruned", "Occlusion"]
    combo.activated.emit(1)
    driver.settle()
    assert engine.asked[-1] == "Occlusion"


@pytest.mark.parametrize("kind", ["pruned", "repaired", "by_confidence"])
def test_networks_of_a_repair_are_saved(
    wiring: WindowWiring, driver: Driver, engine: FakeEngine, dialog: Any, tmp_path: Path, kind: str
) -> None:
    driver.open_all()
    driver.repair(FINE_PRUNING)
    path = tmp_path / "out.keras"
    dialog.prepare("ask_save", (path, True))
    wiring.pages["repair"].panel.save_model_requested.emit(kind)
    driver.settle()
    assert engine.saved_repairs == [(kind, "Fine-pruning", path, True)]
    assert dialog.calls[-1][1]["suggestion"].name == f"net_fine-pruning_{kind}.keras"
    assert str(path) in wiring.panels.messages.text


def test_a_repair_is_exported(
    wiring: WindowWiring, driver: Driver, engine: FakeEngine, dialog: Any, tmp_path: Path
) -> None:
    driver.open_all()
    driver.repair(FINETUNE)
    for kind in ("csv", "json", "report"):
        dialog.prepare("ask_save", (tmp_path / kind, True))
        wiring.pages["repair"].panel.export_requested.emit(kind)
        driver.settle()
    assert engine.exported == [(f"{kind} Fine-tuning", tmp_path / kind) for kind in ("csv", "json", "report")]
