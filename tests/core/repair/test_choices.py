"""What is chosen in place of a method's own settings, put on and found again."""

from dataclasses import fields, replace

import pytest

from core.errors import DatasetError
from core.refit.records import Augmentation, Optimizer, RefitSettings
from core.repair.choices import NO_AUGMENTATION, RefitChoices, check_distillation
from core.repair.method import RepairMethod
from core.repair.methods.anp import ANP
from core.repair.methods.auto import AUTO
from core.repair.methods.fine_pruning import FINE_PRUNING
from core.repair.methods.finetune import FINETUNE
from core.repair.methods.ft_sam import FT_SAM
from core.repair.methods.occlusion import OCCLUSION
from core.repair.methods.prune import PRUNE
from core.repair.methods.registry import METHODS
from core.repair.training_settings import UNLABELLED_WEIGHT

ALL = {
    "epochs": 3,
    "least_steps": 7,
    "batch_size": 5,
    "learning_rate": 0.25,
    "optimizer": Optimizer.SGD,
    "held_out_share": 0.4,
    "is_augmented": False,
    "is_mirrored": True,
    "distillation_weight": 0.3,
    "temperature": 2.5,
    "rollback_margin": 0.07,
}
REFITTING = [each for each in METHODS if each.is_refitting and not each.is_choosing]


def test_nothing_chosen_leaves_the_methods_own() -> None:
    for method in METHODS:
        usual = method.default_settings(seed=3)
        assert RefitChoices().applied_to(usual) == usual
        assert RefitChoices.between(usual, usual) == RefitChoices()
    assert dict(RefitChoices().given) == {}


@pytest.mark.parametrize("method", REFITTING)
def test_each_choice_changes_its_setting_and_no_other(method: RepairMethod) -> None:
    assert set(ALL) == {each.name for each in fields(RefitChoices)} - {"others"}
    usual = method.default_settings()
    for name, value in ALL.items():
        choices = RefitChoices(**{name: value})
        made = choices.applied_to(usual)
        if name == "is_augmented":
            assert made == replace(usual, augmentation=NO_AUGMENTATION)
        elif name == "is_mirrored":
            assert made == replace(usual, augmentation=replace(usual.augmentation, is_mirrored=value))
        else:
            assert made == replace(usual, **{name: value})
            assert RefitChoices.between(usual, made) == choices


@pytest.mark.parametrize(
    ("chosen", "augmentation"),
    [
        (RefitChoices(is_mirrored=False), replace(Augmentation(), is_mirrored=False)),
        (RefitChoices(is_augmented=False), NO_AUGMENTATION),
        (RefitChoices(is_augmented=False, is_mirrored=True), replace(NO_AUGMENTATION, is_mirrored=True)),
        (RefitChoices(is_augmented=True), Augmentation()),
    ],
)
def test_mirroring_goes_alone_and_with_the_rest(chosen: RefitChoices, augmentation: Augmentation) -> None:
    usual = RefitSettings()
    made = chosen.applied_to(usual)
    assert made == replace(usual, augmentation=augmentation)
    assert RefitChoices.between(usual, made).applied_to(usual) == made


def test_values_that_do_not_go_together_are_refused() -> None:
    with pytest.raises(DatasetError, match="images made of two"):
        RefitChoices(distillation_weight=0.0).applied_to(OCCLUSION.default_settings())
    with pytest.raises(DatasetError, match="held_out_share"):
        RefitChoices(held_out_share=0.7).applied_to(RefitSettings())


def test_methods_take_what_they_have_a_use_for() -> None:
    for method in REFITTING:
        assert method.setting_names == set(ALL)
    assert AUTO.setting_names == {"batch_size", "held_out_share", "is_augmented", "is_mirrored"}
    assert PRUNE.setting_names == frozenset()
    assert ANP.setting_names == {"mask_threshold"}


def test_images_without_labels_bring_a_weight_with_them() -> None:
    weights = {each: each.default_settings(has_unlabelled=True).distillation_weight for each in METHODS}
    taking = {FINETUNE, FINE_PRUNING, FT_SAM}
    assert {each for each, weight in weights.items() if weight == UNLABELLED_WEIGHT} == taking
    assert weights[OCCLUSION] == 1
    assert weights[AUTO] == weights[PRUNE] == weights[ANP] == 0


@pytest.mark.parametrize(
    ("choices", "has_more", "told"),
    [
        (RefitChoices(distillation_weight=0.0), True, "without labels are used only"),
        (RefitChoices(temperature=2.0), False, "finetune does not learn from them"),
    ],
)
def test_what_needs_a_weight_is_refused_without(choices: RefitChoices, has_more: bool, told: str) -> None:
    method = FINETUNE
    usual = method.default_settings(has_unlabelled=has_more)
    with pytest.raises(DatasetError, match=told):
        check_distillation(method, choices.applied_to(usual), choices, has_more=has_more)
    weighted = replace(choices, distillation_weight=0.1)
    check_distillation(method, weighted.applied_to(usual), weighted, has_more=has_more)
