"""The settings that are folded away: each method's own, what it has a use for, and what was changed."""

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from core.refit.records import Optimizer
from core.repair.choices import NO_AUGMENTATION, RefitChoices
from core.repair.method import RepairMethod
from core.repair.methods.activation_bounds import BOUNDS
from core.repair.methods.anp import ANP, MASK_THRESHOLD
from core.repair.methods.auto import AUTO
from core.repair.methods.finetune import FINETUNE
from core.repair.methods.occlusion import OCCLUSION
from core.repair.methods.prune import PRUNE
from core.repair.methods.registry import METHODS
from core.repair.training_settings import BATCH_SIZE
from gui.repair.more_settings import TITLE, MoreSettings
from gui.widgets.number_field import NumberField

TRAINING = [each for each in METHODS if each.is_refitting and not each.is_choosing]


@pytest.fixture
def more(qtbot: QtBot) -> MoreSettings:
    more = MoreSettings()
    qtbot.addWidget(more)
    more.show()
    more.toggle.click()
    return more


def field(more: MoreSettings, name: str) -> Any:
    return more.fields[name].widget


def offered(more: MoreSettings) -> set[str]:
    fields: dict[str, QWidget] = {name: widgets[-1] for name, widgets in more._rows.items()}
    return {name for name, widget in fields.items() if widget.isVisibleTo(more)}


def test_it_is_folded_until_somebody_asks(qtbot: QtBot) -> None:
    more = MoreSettings()
    qtbot.addWidget(more)
    more.show()
    assert not more.isHidden()
    assert not field(more, "batch_size").isVisible()
    qtbot.keyClick(more.toggle, Qt.Key.Key_Space)
    assert field(more, "batch_size").isVisible()
    more.toggle.click()
    assert not field(more, "batch_size").isVisible()


def test_a_method_is_offered_what_it_has_a_use_for(more: MoreSettings) -> None:
    training = {
        "batch_size", "least_steps", "optimizer", "distillation_weight", "temperature", "rollback_margin",
        "is_mirrored", "is_augmented",
    }  # fmt: skip
    wanted = dict.fromkeys(TRAINING, training)
    wanted |= {PRUNE: set(), ANP: {"mask_threshold"}, BOUNDS: {"bound_drop"}}
    wanted[AUTO] = {"batch_size", "is_mirrored", "is_augmented"}
    for method in wanted:
        more.show_method(method)
        assert offered(more) == wanted[method], method
        assert more.is_used == bool(wanted[method])


@pytest.mark.parametrize("method", TRAINING)
@pytest.mark.parametrize("before", [OCCLUSION, FINETUNE])
def test_a_method_brings_its_own_values(more: MoreSettings, method: RepairMethod, before: RepairMethod) -> None:
    more.show_method(before)
    field(more, "batch_size").setValue(7)
    field(more, "is_mirrored").setChecked(False)
    field(more, "distillation_weight").setValue(0.3)
    more.show_method(method)
    usual = method.default_settings()
    assert more.choices == RefitChoices()
    assert more.toggle.text() == TITLE
    assert (field(more, "batch_size").number, field(more, "least_steps").number) == (
        usual.batch_size,
        usual.least_steps,
    )
    assert field(more, "distillation_weight").value() == usual.distillation_weight
    assert field(more, "rollback_margin").value() == pytest.approx(100 * usual.rollback_margin)
    assert field(more, "is_mirrored").isChecked() == usual.augmentation.is_mirrored
    assert field(more, "is_augmented").isChecked()
    assert field(more, "is_augmented").text() == (
        "Shift, turn, zoom and light them" if usual.augmentation.turn else "Shift and light them"
    )


def test_what_is_changed_is_said_and_chosen(more: MoreSettings) -> None:
    more.show_method(OCCLUSION)
    changed: list[str] = []
    more.changed.connect(lambda: changed.append(more.toggle.text()))
    field(more, "batch_size").setValue(16)
    field(more, "least_steps").setValue(300)
    field(more, "optimizer").setCurrentIndex(1)
    field(more, "distillation_weight").setValue(0.75)
    field(more, "temperature").setValue(2.5)
    field(more, "rollback_margin").setValue(7)
    field(more, "is_mirrored").setChecked(False)
    assert changed[0] == f"{TITLE}, 1 changed"
    assert changed[-1] == more.toggle.accessibleName() == f"{TITLE}, 7 changed"
    assert more.choices == RefitChoices(
        batch_size=16, least_steps=300, optimizer=Optimizer.SGD, distillation_weight=0.75, temperature=2.5,
        rollback_margin=0.07, is_mirrored=False,
    )  # fmt: skip


@pytest.mark.parametrize("method", [FINETUNE, AUTO])
def test_mirroring_and_the_rest_go_alone_or_together(more: MoreSettings, method: RepairMethod) -> None:
    more.show_method(method)
    usual = method.default_settings()
    own = usual.augmentation
    for is_mirrored, is_varied, wanted in (
        (True, True, own),
        (False, True, replace(own, is_mirrored=False)),
        (True, False, replace(NO_AUGMENTATION, is_mirrored=True)),
        (False, False, NO_AUGMENTATION),
    ):
        field(more, "is_mirrored").setChecked(is_mirrored)
        field(more, "is_augmented").setChecked(is_varied)
        assert more.choices.applied_to(usual) == replace(usual, augmentation=wanted)


def test_the_plans_of_repair_for_me_have_batches_of_their_own(more: MoreSettings) -> None:
    more.show_method(AUTO)
    assert field(more, "batch_size").text() == BATCH_SIZE.none_text
    assert more.choices.batch_size is None
    field(more, "batch_size").setValue(32)  # the plain settings', which not all plans have
    assert more.choices.batch_size == 32
    assert more.toggle.text() == f"{TITLE}, 1 changed"
    more.show_method(FINETUNE)
    assert (field(more, "batch_size").minimum(), field(more, "batch_size").text()) == (1, "32 images")


def test_masks_may_have_a_bound(more: MoreSettings) -> None:
    more.show_method(ANP)
    assert (more.choices.given.get("mask_threshold"), field(more, "mask_threshold").text()) == (
        None,
        MASK_THRESHOLD.none_text,
    )
    field(more, "mask_threshold").setValue(0.2)
    assert (more.choices.given.get("mask_threshold"), more.toggle.text()) == (0.2, f"{TITLE}, 1 changed")
    more.show_method(PRUNE)
    assert not more.is_stopping


def test_a_temperature_needs_answers(more: MoreSettings) -> None:
    more.show_method(FINETUNE)
    assert not field(more, "temperature").isEnabled()
    field(more, "distillation_weight").setValue(0.5)
    field(more, "temperature").setValue(4)
    assert field(more, "temperature").isEnabled()
    assert more.choices == RefitChoices(distillation_weight=0.5, temperature=4)
    field(more, "distillation_weight").setValue(0)
    assert more.choices == RefitChoices()


def test_images_without_labels_bring_a_weight_that_may_be_changed(more: MoreSettings) -> None:
    more.show_method(FINETUNE)
    more.set_unlabelled(is_open=True)
    assert more.choices.distillation_weight == 0.5
    assert more.toggle.text() == TITLE  # nobody changed it
    assert not more.weight_note.isVisible()
    field(more, "distillation_weight").setValue(0)
    assert more.choices.distillation_weight is None
    assert more.weight_note.isVisible()
    assert more.toggle.text() == f"{TITLE}, 1 changed"
    field(more, "distillation_weight").setValue(0.2)
    more.set_unlabelled(is_open=False)
    assert more.choices.distillation_weight == 0.2
    more.show_method(OCCLUSION)
    assert field(more, "distillation_weight").minimum() > 0  # its mixed images have no other answers


def test_while_a_job_goes_on_it_can_be_looked_at(more: MoreSettings) -> None:
    more.set_running(is_running=True)
    assert more.toggle.isEnabled()
    assert not field(more, "batch_size").isEnabled() and not field(more, "is_mirrored").isEnabled()
    more.set_running(is_running=False)
    assert field(more, "batch_size").isEnabled()


def test_each_has_a_name_a_tooltip_and_room_for_its_text(more: MoreSettings) -> None:
    for method in (ANP, AUTO, *TRAINING):
        more.show_method(method)
        more.adjustSize()
        for each in more.fields.values():
            shown = each.widget
            assert shown.toolTip() and (shown.accessibleName() or shown.text())
            if isinstance(shown, NumberField) and shown.isVisible():
                text = shown.lineEdit().fontMetrics().horizontalAdvance(shown.text())
                assert text <= shown.lineEdit().width(), (method, shown.text())
