"""Opening and closing models and data: what fits is taken, what does not leaves all as it was."""

from pathlib import Path
from typing import Any

import pytest

from core.records import Scale
from gui.shell.wiring import Desk
from gui.state.session import Role


@pytest.mark.parametrize("order", [(Role.MODEL, Role.VALIDATION), (Role.VALIDATION, Role.MODEL)])
def test_both_orders_of_opening_find_the_scale(desk: Desk, driver: Any, order: tuple[Role, Role]) -> None:
    names = {Role.MODEL: "net.h5", Role.VALIDATION: "v.h5"}
    for role in order:
        desk.open_file(role, Path(names[role]))
        driver.settle()
    files = desk.panels.files
    assert files.slots[Role.MODEL].names == ("net.h5",)
    assert files.slots[Role.VALIDATION].names == ("v.h5",)
    assert desk.workspace.scale is Scale.RAW
    assert files.form.scale_combo.currentText() == "auto (found: 0–255)"
    assert "95.00 %" in files.form.scale_note.text()
    assert files.form.layer_combo.currentData() == "conv_a"
    assert files.form.run_button.isEnabled()
    assert desk.window.windowTitle().startswith("net.h5")


def test_a_refused_model_leaves_everything_as_it_was(desk: Desk, driver: Any, expect_refusal: Any) -> None:
    driver.run_all()
    before = (desk.workspace.network, desk.workspace.run, desk.workspace.step)
    desk.open_file(Role.MODEL, Path("bad.h5"))
    driver.settle()
    assert (desk.workspace.network, desk.workspace.run, desk.workspace.step) == before
    assert desk.panels.messages.text == ""  # it is said once, where the file was meant to go
    slot = desk.panels.files.slots[Role.MODEL]
    assert slot.error_text == "'bad.h5' is no model"
    assert slot.names == ("net.h5",)
    expect_refusal("not-a-model")


def test_data_that_do_not_fit_the_model_are_refused(desk: Desk, driver: Any, expect_refusal: Any) -> None:
    driver.open_all()
    before = desk.workspace.validation
    desk.open_file(Role.VALIDATION, Path("small.h5"))
    driver.settle()
    assert desk.workspace.validation is before
    assert desk.panels.files.slots[Role.VALIDATION].error_text == "'small.h5' does not fit"
    expect_refusal("misfit-input")


@pytest.mark.parametrize("is_closing", [True, False])
def test_a_model_that_does_not_fit_the_open_data_asks(desk: Desk, driver: Any, dialog: Any, is_closing: bool) -> None:
    driver.open_all()
    dialog.prepare("ask_to_close_sets", is_closing)
    desk.open_file(Role.MODEL, Path("small.h5"))
    driver.settle()
    assert dialog.calls[-1][1]["sentences"] == ("'v.h5' does not fit", "'p.h5' does not fit")
    names = desk.panels.files.slots[Role.MODEL].names
    if is_closing:
        assert names == ("small.h5",)
        assert desk.workspace.sets == ()
        assert desk.panels.files.slots[Role.VALIDATION].names == ()
    else:
        assert names == ("net.h5",)
        assert len(desk.workspace.sets) == 2


def test_several_models_at_once_are_refused(desk: Desk, driver: Any, expect_refusal: Any) -> None:
    desk.file_control.open_files(Role.MODEL, (Path("a.h5"), Path("b.h5")))
    assert "got 2" in desk.panels.files.slots[Role.MODEL].error_text
    expect_refusal("got 2")
    driver.settle()
    assert desk.workspace.network is None


def test_several_poisoned_sets_stand_beside_each_other_and_one_is_closed(desk: Desk, driver: Any) -> None:
    desk.file_control.open_files(Role.POISONED, (Path("a.h5"), Path("b.h5"), Path("c.h5")))
    driver.settle()
    slot = desk.panels.files.slots[Role.POISONED]
    assert slot.names == ("a.h5", "b.h5", "c.h5")
    slot.clear_button(1).click()
    assert slot.names == ("a.h5", "c.h5")
    assert [data.name for data in desk.workspace.poisoned] == ["a.h5", "c.h5"]
    desk.open_file(Role.POISONED, Path("a.h5"))  # again: no double
    driver.settle()
    assert slot.names == ("c.h5", "a.h5")


def test_closing_the_model_closes_what_was_found_with_it(desk: Desk, driver: Any) -> None:
    driver.run_all()
    desk.panels.files.slots[Role.MODEL].clear_button(0).click()
    assert desk.workspace.network is None
    assert desk.workspace.run is None
    assert not desk.panels.files.form.run_button.isEnabled()
    assert desk.workspace.validation is not None
    assert not desk.menus.save_pruned.isEnabled()


def test_a_file_that_ends_a_curve_says_so(desk: Desk, driver: Any) -> None:
    driver.run_all()
    desk.open_file(Role.TEST, Path("t.h5"))
    driver.settle()
    assert "the curve made with the earlier ones is gone" in desk.panels.messages.text
    assert desk.panels.curves.empty_label.text() == "Press Run to measure and prune the channels."


def test_a_repaired_network_is_told(desk: Desk, driver: Any) -> None:
    desk.open_file(Role.MODEL, Path("repaired.keras"))
    driver.settle()
    assert "a repaired network G already" in desk.panels.messages.text


def test_only_further_pictures_open_without_labels(desk: Desk, driver: Any, expect_refusal: Any) -> None:
    desk.open_file(Role.UNLABELLED, Path("bare.h5"))
    desk.open_file(Role.TEST, Path("bare.h5"))
    driver.settle()
    assert desk.workspace.unlabelled is not None
    assert desk.workspace.test is None
    expect_refusal("missing-key")
