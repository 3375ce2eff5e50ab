"""How to repair: what a method brings with it, and what it has a use for."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.channels import ALL_LAYERS, NO_LAYERS, LayerSet, PrunableLayer
from core.detect.records import NEXT_CLASS
from core.repair.method import RepairMethod
from core.repair.methods.anp import ANP
from core.repair.methods.auto import AUTO
from core.repair.methods.fine_pruning import FINE_PRUNING
from core.repair.methods.finetune import FINETUNE
from core.repair.methods.occlusion import OCCLUSION
from core.repair.methods.prune import PRUNE
from core.repair.methods.registry import METHODS
from gui.repair.form import NO_CONVOLUTION, NO_LAYER, RepairForm
from gui.widgets.number_field import NumberField
from tests.gui.stand_in_figures import make_summary


@pytest.fixture
def form(qtbot: QtBot) -> RepairForm:
    form = RepairForm()
    qtbot.addWidget(form)
    layers = make_summary().layers
    together = PrunableLayer.together(layers, is_all=True)
    form.show_layers((*layers, together), "conv_a")
    form.set_missing("")
    return form


def rows(form: RepairForm) -> list[str]:
    return [form.layer_list.item(place).data(Qt.ItemDataRole.UserRole) for place in range(form.layer_list.count())]


@pytest.mark.parametrize("method", list(METHODS))
def test_a_method_brings_its_own_settings(form: RepairForm, method: RepairMethod) -> None:
    form.epochs_field.setValue(7)
    form.choose_method(PRUNE)
    form.choose_method(method)
    usual = method.default_settings()
    if method.is_refitting:
        assert (form.settings.epochs, form.settings.learning_rate) == (usual.epochs, pytest.approx(usual.learning_rate))
        assert form.settings.refit == usual
    assert form.settings.method is method
    assert form.method_note.text() == method.help
    assert form.layer_list.isVisibleTo(form) == method.is_pruning
    assert form.epochs_field.isVisibleTo(form) == (method.is_refitting and not method.is_choosing)
    assert form.threshold_field.isVisibleTo(form) == (method.is_pruning and not method.is_choosing)
    usual = ALL_LAYERS if method.is_joint else LayerSet.of("conv_a")
    assert form.settings.layers == (usual if method.is_pruning else NO_LAYERS)
    assert form.takes_unlabelled == method.is_refitting
    assert form.seed_field.isVisibleTo(form) == method.is_drawing
    assert form.held_out_field.isVisibleTo(form) == method.is_refitting
    assert form.more.isVisibleTo(form) == (method is not PRUNE)


def test_every_method_is_offered_with_words_of_its_own(form: RepairForm) -> None:
    combo = form.method_combo
    offered = [(combo.itemText(row), combo.itemData(row)) for row in range(combo.count())]
    assert offered == [(method.title, method.name) for method in METHODS]
    tips = [combo.itemData(row, Qt.ItemDataRole.ToolTipRole) for row in range(combo.count())]
    assert tips == [method.help for method in METHODS] and all(tips)


def test_all_as_one_goes_with_no_single_layer(form: RepairForm) -> None:
    form.choose_method(PRUNE)
    assert rows(form) == ["conv_b", "conv_a", "all"]
    form.layer_list.item(0).setCheckState(Qt.CheckState.Checked)
    assert form.settings.layers == LayerSet.of("conv_b", "conv_a")
    form.layer_list.item(2).setCheckState(Qt.CheckState.Checked)
    assert form.settings.layers == ALL_LAYERS
    form.layer_list.item(1).setCheckState(Qt.CheckState.Checked)
    assert form.settings.layers == LayerSet.of("conv_a")
    form.layer_list.item(1).setCheckState(Qt.CheckState.Unchecked)
    assert form.reason == form.layer_note.text() == NO_LAYER
    assert not form.start_button.isEnabled()
    form.choose_method(FINETUNE)  # prunes nothing
    assert form.start_button.isEnabled()


def test_a_network_without_convolutions_is_refitted_or_chosen_for(form: RepairForm) -> None:
    form.show_layers((), "")
    form.choose_method(AUTO)
    assert (form.reason, form.settings.layers, form.layer_list.isHidden()) == ("", NO_LAYERS, True)
    assert form.start_button.isEnabled()
    form.choose_method(FINE_PRUNING)
    assert form.reason == form.layer_note.text() == NO_CONVOLUTION
    assert not form.start_button.isEnabled()
    form.choose_method(OCCLUSION)
    assert form.start_button.isEnabled() and form.layer_note.isHidden()


def test_what_is_ticked_stays_while_the_layers_do(form: RepairForm) -> None:
    form.choose_method(PRUNE)
    form.layer_list.item(0).setCheckState(Qt.CheckState.Checked)
    form.show_layers(form._layers, "conv_a")
    assert form.settings.layers == LayerSet.of("conv_b", "conv_a")
    form.show_layers(form._layers[:1], "conv_a")
    assert form.settings.layers == LayerSet.of("conv_a")


def test_nothing_changes_while_a_repair_goes_on(form: RepairForm) -> None:
    form.set_running(True)
    assert not form.start_button.isEnabled()
    assert not form.method_combo.isEnabled()
    assert not form.seed_field.isEnabled()
    form.set_running(False)
    assert form.start_button.isEnabled()
    form.set_missing("Open a model first.")
    assert form.start_button.toolTip() == "Open a model first."


def test_what_is_folded_away_counts_too(form: RepairForm) -> None:
    form.choose_method(FINETUNE)
    form.set_unlabelled(is_open=True)
    form.epochs_field.setValue(3)
    form.more.fields["is_mirrored"].widget.setChecked(False)
    form.more.fields["batch_size"].widget.setValue(8)
    own = FINETUNE.default_settings(has_unlabelled=True)
    augmentation = replace(own.augmentation, is_mirrored=False)
    assert form.settings.refit == replace(own, epochs=3, batch_size=8, augmentation=augmentation)
    assert form.settings.text.endswith("seed 0, batch 8, distillation 0.5, not mirrored")
    assert form.settings.uses_unlabelled
    form.more.fields["distillation_weight"].widget.setValue(0)
    assert form.settings.takes_unlabelled and not form.settings.uses_unlabelled


def test_a_detection_fills_in_the_suspects_and_what_was_typed_stays(form: RepairForm) -> None:
    form.choose_method(AUTO)
    assert form.settings.suspects == ()
    form.offer_suspects((3, NEXT_CLASS), class_count=10)
    assert form.suspects_field.text() == "3, next"
    assert form.settings.suspects == (NEXT_CLASS, 3)
    assert "suspects all to all and 3" in form.settings.text
    form.offer_suspects((), class_count=10)  # another network
    assert form.settings.suspects == ()
    form.suspects_field.setText("1, 4-5")
    form.offer_suspects((3,), class_count=10)
    assert form.settings.suspects == (1, 4, 5)
    form.suspects_field.setText("12")
    assert "from 0 to 9" in form.reason
    form.choose_method(PRUNE)
    assert not form.suspects_field.isVisibleTo(form)
    assert form.reason == "" and form.settings.suspects == ()


def test_masks_with_a_bound_stop_nowhere_else(form: RepairForm) -> None:
    form.choose_method(ANP)
    form.seed_field.setValue(5)
    assert form.threshold_field.isEnabled()
    assert form.settings.text == "all up to 4 points, seed 5"
    form.more.fields["mask_threshold"].widget.setValue(0.25)
    assert not form.threshold_field.isEnabled()
    assert form.settings.choices.given == {"mask_threshold": 0.25}
    assert form.settings.text == "all masks below 0.25, seed 5"
    form.choose_method(PRUNE)
    assert form.threshold_field.isEnabled()
    assert not form.settings.choices.given


def test_fields_have_names_and_shortcuts_to_their_labels(form: RepairForm) -> None:
    for field in (form.method_combo, form.layer_list, form.threshold_field, form.epochs_field, form.rate_field):
        assert field.accessibleName()


def test_numbers_are_shown_with_no_more_digits_than_they_need(qtbot: QtBot) -> None:
    rate = NumberField(1e-6, 1, step=0, decimals=6)
    share = NumberField(1, 50, decimals=1, suffix=" %")
    for field in (rate, share):
        qtbot.addWidget(field)
    rate.setValue(5e-4)
    share.setValue(20)
    assert (rate.text(), share.text()) == ("0.0005", "20 %")
    rate.lineEdit().setText("0.25")
    assert rate.value() == 0.25
    share.setValue(70)
    assert share.value() == 50
