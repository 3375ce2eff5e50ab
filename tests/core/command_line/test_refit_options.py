"""What is typed of refitting: refused where it is of no use, and written out again."""

from typing import Any

import pytest
import typer

from core.command_line.app import app
from core.command_line.refit_options import check_choices
from core.refit.records import Optimizer
from core.repair.choices import RefitChoices, useful_to
from core.repair.methods import Method
from core.report.repair.command import OPTIONS, choice_words

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
    assert choice_words(choices) == words


def test_every_choice_has_an_option_of_the_command() -> None:
    command: Any = typer.main.get_command(app)
    known = {name for each in command.commands["repair"].params for name in (*each.opts, *each.secondary_opts)}
    assert set(OPTIONS.values()) | {"--no-mirroring"} <= known
    assert set(OPTIONS) == {name for choices, _ in EACH for name in choices.given}


@pytest.mark.parametrize("method", list(Method))
def test_what_a_method_has_no_use_for_is_refused_by_name(method: Method) -> None:
    for choices, words in EACH:
        (name,) = choices.given
        if name in useful_to(method):
            if name != "temperature" or method is Method.OCCLUSION:
                check_choices(method, choices, has_unlabelled=False)
            continue
        with pytest.raises(typer.BadParameter) as caught:
            check_choices(method, choices, has_unlabelled=False)
        assert caught.value.message.endswith(f"leave {words[0]} out")


@pytest.mark.parametrize(
    ("method", "choices", "has_unlabelled", "told"),
    [
        (Method.FINETUNE, RefitChoices(temperature=4.0), False, "finetune learns nothing from them"),
        (Method.FINETUNE, RefitChoices(distillation_weight=0.0), True, "the distillation weight is 0"),
        (Method.OCCLUSION, RefitChoices(distillation_weight=0.0), False, "the distillation weight is 0"),
        (Method.ANP, RefitChoices(), True, "anp trains nothing, and learns nothing from images without labels"),
        (Method.PRUNE, RefitChoices(), True, "prune trains nothing"),
    ],
)
def test_what_does_not_go_together_is_refused(
    method: Method, choices: RefitChoices, has_unlabelled: bool, told: str
) -> None:
    with pytest.raises(typer.BadParameter, match=told):
        check_choices(method, choices, has_unlabelled=has_unlabelled)


@pytest.mark.parametrize("method", [each for each in Method if each.is_refitting])
def test_all_methods_that_train_take_images_without_labels(method: Method) -> None:
    check_choices(method, RefitChoices(), has_unlabelled=True)
