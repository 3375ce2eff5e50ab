"""Files and networks that were closed or removed come back with all that was made of them."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from core.repair.methods.finetune import FINETUNE
from core.repair.methods.occlusion import OCCLUSION
from gui.files.control import DISCARDED
from gui.shell.wiring import WindowWiring
from gui.state.session import Role
from gui.undo import history as history_module
from tests.gui.prune_page import click_bar, click_curve, redo, shown, undo
from tests.gui.window_driver import Driver


def test_a_closed_file_comes_back_with_its_curve(pruned: WindowWiring, driver: Driver) -> None:
    click_bar(pruned, 5)
    driver.settle()
    before, poisoned, run = shown(pruned), pruned.session.poisoned, pruned.session.run
    slot = pruned.panels.files.slots[Role.POISONED]
    slot.clear_button(0).click()
    driver.settle()
    assert pruned.session.poisoned == () and pruned.session.run is None
    assert pruned.edit_menu.undo.text() == "&Undo “Close p.h5”"
    undo(pruned)
    driver.settle()
    assert pruned.session.poisoned[0] is poisoned[0]
    assert pruned.session.run is run
    assert shown(pruned) == before
    redo(pruned)
    driver.settle()
    assert pruned.session.poisoned == () and pruned.session.run is None
    undo(pruned)
    assert shown(pruned) == before


def test_what_was_said_of_a_step_is_taken_back_with_it(pruned: WindowWiring, driver: Driver) -> None:
    pruned.panels.files.slots[Role.POISONED].clear_button(0).click()
    driver.settle()
    assert pruned.panels.messages.text == DISCARDED
    undo(pruned)
    driver.settle()
    assert pruned.session.run is not None
    assert pruned.panels.messages.text == ""


def test_a_closed_model_comes_back_with_all_that_was_made_of_it(
    pruned: WindowWiring, driver: Driver, dialog: Any
) -> None:
    driver.repair(OCCLUSION)
    network, before = pruned.session.network, shown(pruned)
    dialog.prepare("ask_unsaved", "discard")
    pruned.panels.files.slots[Role.MODEL].clear_button(0).click()
    driver.settle()
    assert pruned.session.network is None and pruned.session.compared == ()
    undo(pruned)
    driver.settle()
    assert pruned.session.network is network
    assert [each.name for each in pruned.session.repairs] == ["Occlusion"]
    assert [each.name for each in pruned.session.compared] == ["Occlusion"]
    assert pruned.session.classified is pruned.session.compared[0]
    assert shown(pruned) == before


def test_closing_the_model_again_asks_about_what_was_made_since(
    pruned: WindowWiring, driver: Driver, dialog: Any
) -> None:
    pruned.panels.files.slots[Role.MODEL].clear_button(0).click()
    driver.settle()
    undo(pruned)
    driver.repair(OCCLUSION)
    dialog.prepare("ask_unsaved", "cancel")
    redo(pruned)
    assert pruned.session.network is not None
    dialog.prepare("ask_unsaved", "discard")
    redo(pruned)
    assert pruned.session.network is None
    undo(pruned)
    assert [each.name for each in pruned.session.repairs] == ["Occlusion"]


def test_a_removed_network_comes_back_to_its_place_and_later_ones_stay(pruned: WindowWiring, driver: Driver) -> None:
    driver.repair(OCCLUSION)
    driver.repair(FINETUNE)
    pruned.panels.show_page("compare")
    panel = pruned.pages["compare"].panel
    panel.choose(1)
    panel.view.setFocus()
    QTest.keyClick(panel.view, Qt.Key.Key_Delete)
    assert [each.name for each in pruned.session.compared] == ["Fine-tuning"]
    assert [each.name for each in pruned.session.repairs] == ["Fine-tuning"]
    driver.repair(FINETUNE)
    assert pruned.edit_menu.undo.text() == "&Undo “Remove Occlusion from the comparison”"
    undo(pruned)
    assert [each.name for each in pruned.session.compared] == ["Occlusion", "Fine-tuning", "Fine-tuning (2)"]
    assert [each.name for each in pruned.session.repairs] == ["Occlusion", "Fine-tuning", "Fine-tuning (2)"]
    redo(pruned)
    assert [each.name for each in pruned.session.repairs] == ["Fine-tuning", "Fine-tuning (2)"]


def test_another_model_begins_a_new_history(pruned: WindowWiring, driver: Driver) -> None:
    click_curve(pruned, 5)
    pruned.open_file(Role.MODEL, Path("other.h5"))
    driver.settle()
    assert pruned.history.labels == ()
    assert pruned.edit_menu.undo.text() == "&Undo"
    assert not pruned.edit_menu.undo.isEnabled()
    undo(pruned)
    assert pruned.session.summary is not None
    assert pruned.session.summary.path.name == "other.h5"


def test_opening_files_at_the_start_is_nothing_to_undo_but_replacing_one_is(
    pruned: WindowWiring, driver: Driver
) -> None:
    assert pruned.history.labels == ()
    before = shown(pruned)
    pruned.open_file(Role.VALIDATION, Path("v2.h5"))
    driver.settle()
    assert pruned.session.run is None
    assert pruned.history.labels == ("Open v2.h5",)
    undo(pruned)
    driver.settle()
    assert pruned.session.validation is not None
    assert pruned.session.validation.name == "v.h5"
    assert shown(pruned) == before


def test_a_pixel_range_that_is_not_known_yet_is_found_when_files_come_back(
    pruned: WindowWiring, driver: Driver
) -> None:
    pruned.open_file(Role.VALIDATION, Path("v2.h5"))
    driver.settle()
    assert pruned.session.scale_finding is not None
    undo(pruned)
    redo(pruned)
    driver.settle()
    assert pruned.session.validation is not None and pruned.session.validation.name == "v2.h5"
    assert pruned.session.scale_finding is not None


def test_closed_sets_do_not_fill_the_memory(
    pruned: WindowWiring, driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    pruned.panels.files.slots[Role.POISONED].clear_button(0).click()
    assert len(pruned.history.labels) == 1
    monkeypatch.setattr(history_module, "MOST_BYTES", 10)
    pruned.panels.files.slots[Role.VALIDATION].clear_button(0).click()
    assert pruned.history.labels == ("Close v.h5",)
    undo(pruned)
    assert pruned.session.validation is not None
