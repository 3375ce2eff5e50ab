"""How poisoned sets are understood, in the window: asked of B, shown, and chosen by the user."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core.data.dataset import from_arrays
from core.monitor import Monitor
from core.records import AttackKind, Doubt, Interpretation, Share
from gui.files.target_control import NO_MODEL
from gui.files.target_dialog import ChosenTarget, TargetDialog
from gui.shell.wiring import WindowWiring
from gui.state.session import Role
from gui.state.understood import targets_of, with_earlier_target, without_unknown_target
from tests.gui.stand_in_figures import make_summary
from tests.made_up_interpretation import understood

FOUND = understood(3, Share(19, 20), left_out_count=2, as_labelled=Share(2, 20), class_count=5)


@pytest.mark.parametrize("target", [None, 0, 3, AttackKind.NEXT, AttackKind.LABELS])
def test_the_dialog_returns_what_it_was_opened_with(qtbot: QtBot, target: Any) -> None:
    dialog = TargetDialog(name="p.h5", target=target, class_count=5)
    qtbot.addWidget(dialog)
    assert dialog.chosen == ChosenTarget(target)
    assert dialog.label.isEnabled() == isinstance(target, int)
    assert dialog.label.maximum() == 4


def test_the_dialog_asks_for_a_class(qtbot: QtBot) -> None:
    dialog = TargetDialog(name="p.h5", target=None, class_count=5)
    qtbot.addWidget(dialog)
    dialog.choice.setCurrentIndex(1)
    dialog.label.setValue(9)  # there is no such class
    assert dialog.label.isEnabled() and dialog.chosen == ChosenTarget(4)


def test_a_set_is_understood_when_the_pixel_range_is_known(
    wiring: WindowWiring, driver: Any, engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def interpret(inputs: Any) -> Any:
        def job(monitor: Monitor) -> tuple[Interpretation, ...]:
            del monitor
            asked.append(inputs)
            return (FOUND,) * len(inputs.poisoned)

        return job

    monkeypatch.setattr("gui.files.jobs.interpret", interpret)
    slot = wiring.panels.files.slots[Role.POISONED]
    wiring.open_file(Role.POISONED, Path("p.h5"))
    driver.settle()
    assert asked == [] and wiring.session.interpretations == (None,)
    for role, name in ((Role.MODEL, "net.h5"), (Role.VALIDATION, "v.h5")):
        wiring.open_file(role, Path(name))
        driver.settle()
    assert wiring.session.interpretations == (FOUND,)
    assert slot.cards[0].details[1] == "true labels, target 3 found"
    assert "2 images of class 3 are left out" in slot.cards[0].tooltip
    assert targets_of(wiring.session.poisoned_sets) == {3}
    (known,) = wiring.session.poisoned_sets
    assert (known.target_labels, known.image_count, known.interpretation) == ((3,), 18, FOUND)
    count = len(asked)
    wiring.open_file(Role.POISONED, Path("other.h5"))
    driver.settle()
    assert len(asked) == count + 1 and wiring.session.interpretations == (FOUND, FOUND)
    wiring.file_control.close_file(Role.MODEL, 0)
    assert wiring.session.interpretations == (None, None)


def test_a_doubt_is_a_caution(wiring: WindowWiring, driver: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    driver.open_all()
    inputs = wiring.session.inputs
    assert inputs is not None and inputs.poisoned
    shown: list[int] = []
    wiring.session.interpretations_changed.connect(lambda: shown.append(1))
    doubtful = replace(FOUND, doubt=Doubt.UNKNOWN)
    wiring.session.set_interpretations(inputs, (doubtful,) * len(inputs.poisoned))
    assert shown == [1]
    # What was found for other files by now is not taken.
    wiring.session.close_poisoned(0)
    wiring.session.set_interpretations(inputs, (FOUND,) * len(inputs.poisoned))
    assert shown == [1] and wiring.session.interpretations == ()


def test_the_user_chooses_the_target(wiring: WindowWiring, driver: Any, dialog: Any) -> None:
    wiring.open_file(Role.POISONED, Path("p.h5"))
    driver.settle()
    button = wiring.panels.files.slots[Role.POISONED].target_button
    button(0).click()
    assert wiring.panels.messages.text == NO_MODEL
    driver.run_all()
    assert wiring.session.is_whole
    dialog.prepare("ask_target", None, ChosenTarget(None), ChosenTarget(4), ChosenTarget(99))
    button(0).click()  # cancelled
    button(0).click()  # the same
    assert wiring.session.is_whole and wiring.session.poisoned[0].target is None
    button(0).click()
    assert wiring.session.poisoned[0].target == 4
    assert wiring.session.run is None  # its curve is of another target
    driver.settle()
    button(0).click()
    assert "no class 99" in wiring.panels.messages.text and wiring.session.poisoned[0].target == 4


def test_only_poisoned_sets_have_targets(wiring: WindowWiring, driver: Any) -> None:
    driver.open_all()
    slots = wiring.panels.files.slots
    assert slots[Role.POISONED].target_button(0).isVisibleTo(slots[Role.POISONED])
    assert not slots[Role.VALIDATION].target_button(0).isVisibleTo(slots[Role.VALIDATION])


def test_a_set_that_is_opened_again_keeps_the_target_that_was_given(
    wiring: WindowWiring, driver: Any, dialog: Any
) -> None:
    driver.open_all()
    session = wiring.session
    path = session.poisoned[0].path
    dialog.prepare("ask_target", ChosenTarget(4))
    wiring.panels.files.slots[Role.POISONED].target_button(0).click()
    before = session.poisoned[0]
    wiring.open_file(Role.POISONED, path)  # as F5 does
    driver.settle()
    assert session.poisoned[0] is not before
    assert [each.target for each in session.poisoned] == [4]
    wiring.open_file(Role.POISONED, path.with_name("p2.h5"))  # another file knows nothing of it
    driver.settle()
    assert [each.target for each in session.poisoned] == [4, None]


@pytest.mark.parametrize(("class_count", "kept"), [(5, 4), (4, None), (None, 4)])
def test_a_target_is_kept_if_the_network_has_it(class_count: int | None, kept: int | None) -> None:
    opened = from_arrays("p.h5", np.zeros((4, 2, 2, 3), np.uint8), np.array([0, 1, 2, 1]))
    earlier = replace(opened, target=4)
    model = None if class_count is None else make_summary(class_count=class_count)
    assert with_earlier_target(opened, (earlier,), model).target == kept
    if model is not None:
        assert without_unknown_target((earlier,), model)[0].target == kept
    said = replace(opened, target=AttackKind.NEXT)
    assert with_earlier_target(said, (earlier,), model) is said
    following = replace(opened, target=AttackKind.NEXT)
    assert with_earlier_target(opened, (following,), model).target is AttackKind.NEXT
