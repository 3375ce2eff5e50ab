"""Opening and closing models and data: what fits is taken, what does not leaves all as it was."""

from pathlib import Path
from typing import Any

import pytest

from core.scale import Scale
from gui.files.control import CLOSED
from gui.shell.wiring import WindowWiring
from gui.state.session import Role


@pytest.mark.parametrize("order", [(Role.MODEL, Role.VALIDATION), (Role.VALIDATION, Role.MODEL)])
def test_both_orders_of_opening_find_the_scale(wiring: WindowWiring, driver: Any, order: tuple[Role, Role]) -> None:
    names = {Role.MODEL: "net.h5", Role.VALIDATION: "v.h5"}
    for role in order:
        wiring.open_file(role, Path(names[role]))
        driver.settle()
    files = wiring.panels.files
    assert files.slots[Role.MODEL].names == ("net.h5",)
    assert files.slots[Role.VALIDATION].names == ("v.h5",)
    assert wiring.session.scale == Scale.RAW
    assert wiring.pages["prune"].form.scale_combo.currentText() == "auto (found: 0–255)"
    assert "95.00 %" in wiring.pages["prune"].form.scale_note.text()
    assert wiring.pages["prune"].form.layer_combo.currentData() == "conv_a"
    assert wiring.pages["prune"].form.start_button.isEnabled()
    assert wiring.window.windowTitle().startswith("net.h5")


def test_a_refused_model_leaves_everything_as_it_was(wiring: WindowWiring, driver: Any, expect_refusal: Any) -> None:
    driver.run_all()
    before = (wiring.session.network, wiring.session.run, wiring.session.step)
    wiring.open_file(Role.MODEL, Path("bad.h5"))
    driver.settle()
    assert (wiring.session.network, wiring.session.run, wiring.session.step) == before
    assert wiring.panels.messages.text == ""  # it is said once, where the file was meant to go
    slot = wiring.panels.files.slots[Role.MODEL]
    assert slot.error_text == "'bad.h5' is no model"
    assert slot.names == ("net.h5",)
    expect_refusal("not-a-model")


def test_data_that_do_not_fit_the_model_are_refused(wiring: WindowWiring, driver: Any, expect_refusal: Any) -> None:
    driver.open_all()
    before = wiring.session.validation
    wiring.open_file(Role.VALIDATION, Path("small.h5"))
    driver.settle()
    assert wiring.session.validation is before
    assert wiring.panels.files.slots[Role.VALIDATION].error_text == "'small.h5' does not fit"
    expect_refusal("misfit-input")


@pytest.mark.parametrize("is_closing", [True, False])
def test_a_model_that_does_not_fit_the_open_data_asks(
    wiring: WindowWiring, driver: Any, dialog: Any, is_closing: bool
) -> None:
    driver.open_all()
    dialog.prepare("ask_to_close_sets", is_closing)
    wiring.open_file(Role.MODEL, Path("small.h5"))
    driver.settle()
    assert dialog.calls[-1][1]["sentences"] == ("'v.h5' does not fit", "'p.h5' does not fit")
    names = wiring.panels.files.slots[Role.MODEL].names
    if is_closing:
        assert names == ("small.h5",)
        assert wiring.session.sets == ()
        assert wiring.panels.files.slots[Role.VALIDATION].names == ()
    else:
        assert names == ("net.h5",)
        assert len(wiring.session.sets) == 2


def test_several_models_at_once_are_refused(wiring: WindowWiring, driver: Any, expect_refusal: Any) -> None:
    wiring.file_control.open_files(Role.MODEL, (Path("a.h5"), Path("b.h5")))
    assert "got 2" in wiring.panels.files.slots[Role.MODEL].error_text
    expect_refusal("got 2")
    driver.settle()
    assert wiring.session.network is None


def test_several_poisoned_sets_stand_beside_each_other_and_one_is_closed(wiring: WindowWiring, driver: Any) -> None:
    wiring.file_control.open_files(Role.POISONED, (Path("a.h5"), Path("b.h5"), Path("c.h5")))
    driver.settle()
    slot = wiring.panels.files.slots[Role.POISONED]
    assert slot.names == ("a.h5", "b.h5", "c.h5")
    slot.clear_button(1).click()
    assert slot.names == ("a.h5", "c.h5")
    assert [data.name for data in wiring.session.poisoned] == ["a.h5", "c.h5"]
    wiring.open_file(Role.POISONED, Path("a.h5"))  # again: no double
    driver.settle()
    assert slot.names == ("c.h5", "a.h5")


def test_closing_the_model_closes_what_was_found_with_it(wiring: WindowWiring, driver: Any) -> None:
    driver.run_all()
    wiring.panels.files.slots[Role.MODEL].clear_button(0).click()
    assert wiring.session.network is None
    assert wiring.session.run is None
    assert not wiring.pages["prune"].form.start_button.isEnabled()
    assert wiring.session.validation is not None
    assert not wiring.menus.offered["pruned"].isEnabled()


def test_a_file_that_ends_a_curve_says_so(wiring: WindowWiring, driver: Any) -> None:
    driver.run_all()
    wiring.open_file(Role.TEST, Path("t.h5"))
    driver.settle()
    assert "the curve of the earlier files was discarded" in wiring.panels.messages.text
    assert wiring.pages["prune"].curves.empty_label.text().endswith("Press Run to measure and prune the channels.")


@pytest.mark.parametrize("is_all", [True, False])
def test_what_goes_with_closed_files_is_told_without_asking_for_another_run(
    wiring: WindowWiring, driver: Any, is_all: bool
) -> None:
    driver.run_all()
    if is_all:
        wiring.menus.close_all.trigger()
    else:
        wiring.panels.files.slots[Role.MODEL].clear_button(0).click()
    assert wiring.panels.messages.text == CLOSED


def test_a_repaired_network_is_told(wiring: WindowWiring, driver: Any) -> None:
    wiring.open_file(Role.MODEL, Path("repaired.keras"))
    driver.settle()
    assert "already a repaired network G" in wiring.panels.messages.text


def test_how_a_network_was_read_is_told(wiring: WindowWiring, driver: Any) -> None:
    wiring.open_file(Role.MODEL, Path("noted.keras"))
    driver.settle()
    assert wiring.panels.messages.text.count("RandomFlip was left out.") == 1


def test_only_further_images_open_without_labels(wiring: WindowWiring, driver: Any, expect_refusal: Any) -> None:
    wiring.open_file(Role.UNLABELLED, Path("bare.h5"))
    wiring.open_file(Role.TEST, Path("bare.h5"))
    driver.settle()
    assert wiring.session.unlabelled is not None
    assert wiring.session.test is None
    expect_refusal("missing-key")
