"""Keys of a file and the order of its labels: asked, remembered, offered and undone."""

from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from gui.files.data_choices import DESCRIBE, UNDO, USE
from gui.files.key_dialog import KeyDialog
from gui.shell.wiring import WindowWiring
from gui.state.session import Role
from tests.gui.stand_in_engine import FakeEngine
from tests.gui.stand_in_figures import ORDER, PAIRS

TEST, TRAIN = ("X_test", "Y_test"), ("X_train", "Y_train")


def opened(wiring: WindowWiring, driver: Any, role: Role, name: str) -> tuple[str, ...]:
    wiring.open_file(role, Path(name))
    driver.settle()
    return wiring.panels.files.slots[role].names


def test_a_file_with_several_sets_is_asked_once(
    wiring: WindowWiring, driver: Any, dialog: Any, engine: FakeEngine
) -> None:
    dialog.prepare("ask_keys", TRAIN)
    assert opened(wiring, driver, Role.VALIDATION, "pairs.h5") == ("pairs.h5",)
    assert wiring.session.validation is not None
    assert wiring.session.validation.keys == TRAIN
    assert dialog.calls[-1][1] == {"name": "pairs.h5", "pairs": PAIRS, "chosen": TEST}
    assert [each.data_key for each in engine.choices] == ["", "X_train"]
    assert [each.part for each in engine.choices] == ["validation", "validation"]
    assert wiring.panels.files.slots[Role.VALIDATION].cards[0].details[-1] == "X_train and Y_train"
    # Remembered for this file in this role: closed and opened again it is not asked about.
    wiring.file_control.close_file(Role.VALIDATION, 0)
    assert opened(wiring, driver, Role.VALIDATION, "pairs.h5") == ("pairs.h5",)
    assert wiring.preferences.keys_of(Role.VALIDATION, Path("pairs.h5")) == TRAIN
    assert len(dialog.calls) == 1
    # Where it is open it is opened again to choose anew; and another role has its own choice.
    dialog.prepare("ask_keys", TEST, TEST)
    opened(wiring, driver, Role.VALIDATION, "pairs.h5")
    opened(wiring, driver, Role.TEST, "pairs.h5")
    assert wiring.preferences.keys_of(Role.VALIDATION, Path("pairs.h5")) == TEST


def test_the_proposed_set_is_taken_at_once(wiring: WindowWiring, driver: Any, dialog: Any, engine: FakeEngine) -> None:
    dialog.prepare("ask_keys", TEST)
    assert opened(wiring, driver, Role.TEST, "pairs.h5") == ("pairs.h5",)
    assert engine.started == ["pairs.h5"]


@pytest.mark.parametrize("name", ["pairs.h5", "several.h5"])
def test_no_choice_opens_nothing(
    name: str, wiring: WindowWiring, driver: Any, dialog: Any, log_guard: list[Any]
) -> None:
    dialog.prepare("ask_keys", None)
    assert opened(wiring, driver, Role.VALIDATION, name) == ()
    assert wiring.panels.files.slots[Role.VALIDATION].error_text == ""
    assert wiring.preferences.keys == {}
    log_guard.clear()


def test_where_the_rules_do_not_tell_the_choice_opens_the_file(
    wiring: WindowWiring, driver: Any, dialog: Any, log_guard: list[Any]
) -> None:
    dialog.prepare("ask_keys", TRAIN)
    assert opened(wiring, driver, Role.VALIDATION, "several.h5") == ("several.h5",)
    assert dialog.calls[-1][1]["chosen"] is None
    log_guard.clear()


def test_an_order_of_labels_is_offered_taken_and_undone(wiring: WindowWiring, driver: Any) -> None:
    wiring.open_file(Role.MODEL, Path("net.h5"))
    opened(wiring, driver, Role.VALIDATION, "shuffled.h5")
    opened(wiring, driver, Role.POISONED, "p.h5")
    slot = wiring.panels.files.slots[Role.VALIDATION]
    assert "19 of 20 images (95.00 %) are right if labels count from 1" in slot.offer_text
    assert slot.offer_button.text() == USE
    slot.offer_button.click()
    driver.settle()
    session = wiring.session
    assert session.label_map is ORDER.label_map
    assert [each.label_map for each in session.sets] == [ORDER.label_map, ORDER.label_map]
    assert session.scale_finding is not None
    assert session.scale_finding.label_order is None
    assert slot.offer_button.text() == UNDO
    opened(wiring, driver, Role.TEST, "t.h5")
    assert session.test is not None
    assert session.test.label_map is ORDER.label_map
    slot.offer_button.click()
    driver.settle()
    assert session.label_map is None
    assert {each.label_map for each in session.sets} == {None}
    assert slot.offer_button.text() == USE


def test_a_set_whose_labels_are_not_in_the_order_stays_as_in_its_file(wiring: WindowWiring, driver: Any) -> None:
    wiring.open_file(Role.MODEL, Path("net.h5"))
    opened(wiring, driver, Role.VALIDATION, "shuffled.h5")
    opened(wiring, driver, Role.TEST, "other.h5")
    opened(wiring, driver, Role.POISONED, "p.h5")
    slots, session = wiring.panels.files.slots, wiring.session
    slots[Role.VALIDATION].offer_button.click()
    driver.settle()
    assert session.label_map is ORDER.label_map
    assert [each.label_map for each in session.sets] == [ORDER.label_map, None, ORDER.label_map]
    assert "those of the file" in slots[Role.TEST].offer_text
    slots[Role.TEST].offer_button.click()
    assert slots[Role.TEST].error_text == "label 0 in 'other.h5' has no class"
    assert [each.label_map for each in session.sets] == [ORDER.label_map, None, ORDER.label_map]
    slots[Role.VALIDATION].offer_button.click()
    driver.settle()
    assert {each.label_map for each in session.sets} == {None}
    assert (slots[Role.TEST].offer_text, slots[Role.POISONED].offer_text) == ("", "")


def test_poisoned_sets_can_keep_the_labels_of_their_files(wiring: WindowWiring, driver: Any) -> None:
    wiring.open_file(Role.MODEL, Path("net.h5"))
    opened(wiring, driver, Role.VALIDATION, "shuffled.h5")
    opened(wiring, driver, Role.POISONED, "p.h5")
    slots, session = wiring.panels.files.slots, wiring.session
    slots[Role.VALIDATION].offer_button.click()
    driver.settle()
    slot = slots[Role.POISONED]
    assert (slot.offer_text, slot.offer_button.text()) == (slots[Role.VALIDATION].offer_text, UNDO)
    slot.offer_button.click()
    driver.settle()
    assert [each.label_map for each in session.sets] == [ORDER.label_map, None]
    opened(wiring, driver, Role.POISONED, "q.h5")  # the next one as well
    assert [each.label_map for each in session.sets] == [ORDER.label_map, None, None]
    assert slot.offer_button.text() == USE
    slot.offer_button.click()
    driver.settle()
    assert [each.label_map for each in session.sets] == 3 * [ORDER.label_map]


def test_an_order_that_a_test_set_needs_leaves_the_others(
    wiring: WindowWiring, driver: Any, log_guard: list[Any]
) -> None:
    wiring.open_file(Role.MODEL, Path("net.h5"))
    opened(wiring, driver, Role.VALIDATION, "v.h5")
    assert opened(wiring, driver, Role.TEST, "one.h5") == ()
    wiring.panels.files.slots[Role.TEST].offer_button.click()
    driver.settle()
    assert wiring.panels.files.slots[Role.TEST].names == ("one.h5",)
    assert [each.label_map for each in wiring.session.sets] == [None, ORDER.label_map]
    log_guard.clear()


def test_a_set_that_is_refused_in_the_order_in_use_opens_as_in_its_file(
    wiring: WindowWiring, driver: Any, log_guard: list[Any]
) -> None:
    wiring.open_file(Role.MODEL, Path("net.h5"))
    opened(wiring, driver, Role.VALIDATION, "shuffled.h5")
    slots = wiring.panels.files.slots
    slots[Role.VALIDATION].offer_button.click()
    driver.settle()
    assert opened(wiring, driver, Role.POISONED, "other.h5") == ()
    assert slots[Role.POISONED].error_text == "label 0 in 'other.h5' has no class"
    slots[Role.POISONED].offer_button.click()
    driver.settle()
    assert slots[Role.POISONED].names == ("other.h5",)
    assert slots[Role.POISONED].error_text == ""
    assert [each.label_map for each in wiring.session.sets] == [ORDER.label_map, None]
    log_guard.clear()


def test_labels_outside_of_the_classes_open_in_their_order(
    wiring: WindowWiring, driver: Any, log_guard: list[Any]
) -> None:
    wiring.open_file(Role.MODEL, Path("net.h5"))
    assert opened(wiring, driver, Role.VALIDATION, "one.h5") == ()
    slot = wiring.panels.files.slots[Role.VALIDATION]
    assert slot.error_text == "'one.h5' has a label 5"
    assert slot.offer_button.text() == USE
    slot.offer_button.click()
    driver.settle()
    assert slot.names == ("one.h5",)
    assert slot.error_text == ""
    assert slot.offer_button.text() == UNDO
    log_guard.clear()


def test_another_model_reads_the_labels_as_they_are(wiring: WindowWiring, driver: Any) -> None:
    wiring.open_file(Role.MODEL, Path("net.h5"))
    opened(wiring, driver, Role.VALIDATION, "shuffled.h5")
    slot = wiring.panels.files.slots[Role.VALIDATION]
    slot.offer_button.click()
    driver.settle()
    wiring.open_file(Role.MODEL, Path("net2.h5"))
    driver.settle()
    assert wiring.session.label_map is None
    assert {each.label_map for each in wiring.session.sets} == {None}
    assert slot.offer_button.text() == USE


def test_a_folder_is_asked_for_and_opened(wiring: WindowWiring, driver: Any, dialog: Any) -> None:
    dialog.prepare("ask_folder", Path("pets"), None, Path("more"))
    wiring.panels.files.slots[Role.VALIDATION].folder_button.click()
    driver.settle()
    assert wiring.panels.files.slots[Role.VALIDATION].names == ("pets",)
    wiring.panels.files.slots[Role.TEST].folder_button.click()
    wiring.menus.folder_openers[Role.POISONED].trigger()
    driver.settle()
    assert wiring.panels.files.slots[Role.POISONED].names == ("more",)
    assert wiring.panels.files.slots[Role.TEST].names == ()


def test_the_folder_of_a_saved_model_is_asked_for_and_opened(wiring: WindowWiring, driver: Any, dialog: Any) -> None:
    dialog.prepare("ask_folder", Path("saved"))
    wiring.panels.files.slots[Role.MODEL].folder_button.click()
    driver.settle()
    assert dialog.calls[-1][1]["role"] is Role.MODEL
    assert wiring.panels.files.slots[Role.MODEL].names == ("saved",)


def test_the_dialog_shows_what_there_is_and_says_what_was_chosen(qtbot: QtBot) -> None:
    box = KeyDialog(name="a.h5", pairs=PAIRS, chosen=TRAIN, parent=None)
    qtbot.addWidget(box)
    assert box.keys == TRAIN
    cells = [[box.table.item(row, column).text() for column in range(4)] for row in range(2)]  # type: ignore[union-attr]
    assert cells[0] == ["X_test", "Y_test", "20", "20 × 8 × 8 × 3"]
    box.table.selectRow(0)
    assert box.keys == TEST
    other = KeyDialog(name="a.h5", pairs=PAIRS, chosen=None, parent=None)
    qtbot.addWidget(other)
    assert other.keys == TEST
    with qtbot.waitSignal(other.accepted):
        other.table.cellDoubleClicked.emit(1, 0)


def test_weights_alone_open_with_the_description_that_is_chosen(
    wiring: WindowWiring, driver: Any, dialog: Any, log_guard: list[Any]
) -> None:
    slot = wiring.panels.files.slots[Role.MODEL]
    assert opened(wiring, driver, Role.MODEL, "weights.h5") == ()
    assert "contains weights alone" in slot.error_text
    assert slot.offer_button.text() == DESCRIBE
    dialog.prepare("ask_architecture", None)
    slot.offer_button.click()
    driver.settle()
    assert slot.names == ()
    dialog.prepare("ask_architecture", Path("elsewhere.json"))
    slot.offer_button.click()
    driver.settle()
    assert (slot.names, slot.error_text, slot.offer_text) == (("weights.h5",), "", "")
    assert dialog.calls[-1][1] == {"name": "weights.h5", "folder": "."}
    log_guard.clear()


def test_the_offer_of_a_description_goes_with_the_refusal(
    wiring: WindowWiring, driver: Any, log_guard: list[Any]
) -> None:
    opened(wiring, driver, Role.MODEL, "weights.h5")
    assert opened(wiring, driver, Role.MODEL, "net.h5") == ("net.h5",)
    assert wiring.panels.files.slots[Role.MODEL].offer_text == ""
    log_guard.clear()
