"""The settings that are folded away: each method's own, what it has a use for, and what was changed."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from core.refit.records import Optimizer
from core.repair.choices import NO_AUGMENTATION, RefitChoices
from core.repair.methods import Method, default_settings
from gui.repair.more_settings import EACH_ITS_OWN, OFF, TITLE, MoreSettings

TRAINING = [each for each in Method if each.is_refitting and not each.is_choosing]


@pytest.fixture
def more(qtbot: QtBot) -> MoreSettings:
    more = MoreSettings()
    qtbot.addWidget(more)
    more.show()
    more.toggle.click()
    return more


def offered(more: MoreSettings) -> set[str]:
    fields: dict[str, QWidget] = {name: widgets[-1] for name, widgets in more._rows.items()}
    return {name for name, widget in fields.items() if widget.isVisibleTo(more)}


def test_it_is_folded_until_somebody_asks(qtbot: QtBot) -> None:
    more = MoreSettings()
    qtbot.addWidget(more)
    more.show()
    assert not more.isHidden()
    assert not more.batch_field.isVisible()
    qtbot.keyClick(more.toggle, Qt.Key.Key_Space)
    assert more.batch_field.isVisible()
    more.toggle.click()
    assert not more.batch_field.isVisible()


def test_a_method_is_offered_what_it_has_a_use_for(more: MoreSettings) -> None:
    training = {
        "batch_size", "least_steps", "optimizer", "distillation_weight", "temperature", "rollback_margin",
        "is_mirrored", "is_augmented",
    }  # fmt: skip
    wanted = dict.fromkeys(TRAINING, training)
    wanted |= {Method.PRUNE: set(), Method.ANP: {"mask_threshold"}}
    wanted[Method.AUTO] = {"batch_size", "is_mirrored", "is_augmented"}
    for method in Method:
        more.show_method(method)
        assert offered(more) == wanted[method], method
        assert more.is_of_use == bool(wanted[method])


@pytest.mark.parametrize("method", TRAINING)
@pytest.mark.parametrize("before", [Method.OCCLUSION, Method.FINETUNE])
def test_a_method_brings_its_own_values(more: MoreSettings, method: Method, before: Method) -> None:
    more.show_method(before)
    more.batch_field.setValue(7)
    more.mirror_check.setChecked(False)
    more.weight_field.setValue(0.3)
    more.show_method(method)
    usual = default_settings(method)
    assert more.choices == RefitChoices()
    assert more.toggle.text() == TITLE
    assert (more.batch_field.number, more.steps_field.number) == (usual.batch_size, usual.least_steps)
    assert more.weight_field.value() == usual.distillation_weight
    assert more.rollback_field.value() == pytest.approx(100 * usual.rollback_margin)
    assert more.mirror_check.isChecked() and more.vary_check.isChecked()
    is_occluding = method is Method.OCCLUSION
    assert more.vary_check.text() == ("Shift, turn, zoom and light them" if is_occluding else "Shift and light them")


def test_what_is_changed_is_said_and_chosen(more: MoreSettings) -> None:
    more.show_method(Method.OCCLUSION)
    changed: list[str] = []
    more.changed.connect(lambda: changed.append(more.toggle.text()))
    more.batch_field.setValue(16)
    more.steps_field.setValue(300)
    more.optimizer_combo.setCurrentIndex(1)
    more.weight_field.setValue(0.75)
    more.temperature_field.setValue(2.5)
    more.rollback_field.setValue(7)
    more.mirror_check.setChecked(False)
    assert changed[0] == f"{TITLE}, 1 changed"
    assert changed[-1] == more.toggle.accessibleName() == f"{TITLE}, 7 changed"
    assert more.choices == RefitChoices(
        batch_size=16, least_steps=300, optimizer=Optimizer.SGD, distillation_weight=0.75, temperature=2.5,
        rollback_margin=0.07, is_mirrored=False,
    )  # fmt: skip


@pytest.mark.parametrize("method", [Method.FINETUNE, Method.AUTO])
def test_mirroring_and_the_rest_go_alone_or_together(more: MoreSettings, method: Method) -> None:
    more.show_method(method)
    usual = default_settings(method)
    own = usual.augmentation
    for is_mirrored, is_varied, wanted in (
        (True, True, own),
        (False, True, replace(own, is_mirrored=False)),
        (True, False, replace(NO_AUGMENTATION, is_mirrored=True)),
        (False, False, NO_AUGMENTATION),
    ):
        more.mirror_check.setChecked(is_mirrored)
        more.vary_check.setChecked(is_varied)
        assert more.choices.put_on(usual) == replace(usual, augmentation=wanted)


def test_the_plans_of_repair_for_me_have_batches_of_their_own(more: MoreSettings) -> None:
    more.show_method(Method.AUTO)
    assert more.batch_field.text() == EACH_ITS_OWN
    assert more.choices.batch_size is None
    more.batch_field.setValue(32)  # the plain settings', which not all plans have
    assert more.choices.batch_size == 32
    assert more.toggle.text() == f"{TITLE}, 1 changed"
    more.show_method(Method.FINETUNE)
    assert (more.batch_field.minimum(), more.batch_field.text()) == (1, "32 images")


def test_masks_may_have_a_bound(more: MoreSettings) -> None:
    more.show_method(Method.ANP)
    assert (more.mask_threshold, more.mask_field.text()) == (None, OFF)
    more.mask_field.setValue(0.2)
    assert (more.mask_threshold, more.toggle.text()) == (0.2, f"{TITLE}, 1 changed")
    more.show_method(Method.PRUNE)
    assert more.mask_threshold is None


def test_a_temperature_needs_answers(more: MoreSettings) -> None:
    more.show_method(Method.FINETUNE)
    assert not more.temperature_field.isEnabled()
    more.weight_field.setValue(0.5)
    more.temperature_field.setValue(4)
    assert more.temperature_field.isEnabled()
    assert more.choices == RefitChoices(distillation_weight=0.5, temperature=4)
    more.weight_field.setValue(0)
    assert more.choices == RefitChoices()


def test_images_without_labels_bring_a_weight_that_may_be_changed(more: MoreSettings) -> None:
    more.show_method(Method.FINETUNE)
    more.set_unlabelled(is_open=True)
    assert more.choices.distillation_weight == 0.5
    assert more.toggle.text() == TITLE  # nobody changed it
    assert not more.weight_note.isVisible()
    more.weight_field.setValue(0)
    assert more.choices.distillation_weight is None
    assert more.weight_note.isVisible()
    assert more.toggle.text() == f"{TITLE}, 1 changed"
    more.weight_field.setValue(0.2)
    more.set_unlabelled(is_open=False)
    assert more.choices.distillation_weight == 0.2
    more.show_method(Method.OCCLUSION)
    assert more.weight_field.minimum() > 0  # its mixed images have no other answers


def test_while_a_job_goes_on_it_can_be_looked_at(more: MoreSettings) -> None:
    more.set_running(is_running=True)
    assert more.toggle.isEnabled()
    assert not more.batch_field.isEnabled() and not more.mirror_check.isEnabled()
    more.set_running(is_running=False)
    assert more.batch_field.isEnabled()


def test_each_has_a_name_a_tooltip_and_room_for_its_text(more: MoreSettings) -> None:
    for method in (Method.ANP, Method.AUTO, *TRAINING):
        more.show_method(method)
        more.adjustSize()
        for field in more._fields:
            assert field.toolTip() and field.accessibleName()
            if field.isVisible():
                text = field.lineEdit().fontMetrics().horizontalAdvance(field.text())
                assert text <= field.lineEdit().width(), (method, field.text())
    assert more.mirror_check.toolTip() and more.vary_check.toolTip() and more.optimizer_combo.toolTip()
