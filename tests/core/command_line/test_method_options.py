"""What is typed of refitting: refused where it is of no use, and written out again."""

from typing import Any

import pytest
import typer

from core.command_line.app import make_app
from core.command_line.method_options import check_choices
from core.refit.records import Optimizer
from core.repair.choices import RefitChoices
from core.repair.method import RepairMethod
from core.repair.methods.anp import ANP
from core.repair.methods.finetune import FINETUNE
from core.repair.methods.occlusion import OCCLUSION
from core.repair.methods.prune import PRUNE
from core.repair.methods.registry import METHODS, all_settings
from core.repair.training_settings import TRAINING_SETTINGS
from core.report.repair.command import choice_arguments

EACH = (
    (RefitChoices(epochs=3), ["--epochs", "3"]),
    (RefitChoices(least_steps=0), ["--steps", "0"]),
    (RefitChoices(batch_size=7), ["--batch-size", "7"]),
    (RefitChoices(learning_rate=0.0005), ["--learning-rate", "0.0005"]),
    (RefitChoices(optimizer=Optimizer.SGD), ["--optimizer", "sgd"]),
    (RefitChoices(held_out_share=0.07), ["--held-out", "7"]),
    (RefitChoices(is_augmented=False), ["--augmentation", "none"]),
    (RefitChoices(is_augmented=True), ["--augmentation", "usual"]),
    (RefitChoices(is_mirrored=False), ["--no-mirroring"]),
    (RefitChoices(is_mirrored=True), ["--mirroring"]),
    (RefitChoices(distillation_weight=0.25), ["--distillation", "0.25"]),
    (RefitChoices(temperature=1.5), ["--temperature", "1.5"]),
    (RefitChoices(rollback_margin=0.055), ["--rollback", "5.5"]),
)


@pytest.mark.parametrize(("choices", "words"), EACH)
def test_choices_are_written_as_they_are_typed(choices: RefitChoices, words: list[str]) -> None:
    assert choice_arguments(choices, TRAINING_SETTINGS) == words


def test_every_choice_has_an_option_of_the_command() -> None:
    command: Any = typer.main.get_command(make_app())
    known = {name for each in command.commands["repair"].params for name in (*each.opts, *each.secondary_opts)}
    assert {name for each in all_settings() for name in each.option.split("/")} <= known
    assert {each.name for each in TRAINING_SETTINGS} == {name for choices, _ in EACH for name in choices.given}


@pytest.mark.parametrize("method", list(METHODS))
def test_what_a_method_has_no_use_for_is_refused_by_name(method: RepairMethod) -> None:
    for choices, words in EACH:
        (name,) = choices.given
        if name in method.setting_names:
            if name != "temperature" or method is OCCLUSION:
                check_choices(method, choices, has_unlabelled=False)
            continue
        with pytest.raises(typer.BadParameter) as caught:
            check_choices(method, choices, has_unlabelled=False)
        assert caught.value.message.endswith(f"leave {words[0]} out")


@pytest.mark.parametrize(
    ("method", "choices", "has_unlabelled", "told"),
    [
        (FINETUNE, RefitChoices(temperature=4.0), False, "finetune does not learn from them"),
        (FINETUNE, RefitChoices(distillation_weight=0.0), True, "the distillation weight is 0"),
        (OCCLUSION, RefitChoices(distillation_weight=0.0), False, "the distillation weight is 0"),
        (ANP, RefitChoices(), True, "anp does not train, so it cannot use images without labels"),
        (PRUNE, RefitChoices(), True, "prune does not train"),
    ],
)
def test_what_does_not_go_together_is_refused(
    method: RepairMethod, choices: RefitChoices, has_unlabelled: bool, told: str
) -> None:
    with pytest.raises(typer.BadParameter, match=told):
        check_choices(method, choices, has_unlabelled=has_unlabelled)


@pytest.mark.parametrize("method", [each for each in METHODS if each.is_refitting])
def test_all_methods_that_train_take_images_without_labels(method: RepairMethod) -> None:
    check_choices(method, RefitChoices(), has_unlabelled=True)
