"""The command that does again what a repair of the window did."""

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from core.repair.choices import RefitChoices
from core.repair.methods import Method, default_settings
from core.report.origin import opening_words

if TYPE_CHECKING:
    from core.repair.job import RepairRequest


def command_line(request: "RepairRequest") -> tuple[str, ...]:
    """Words that, after `python main.py`, do the same again: all that is not the method's own is named."""
    method, masks = request.method, request.mask_settings
    words = opening_words("repair", request.inputs)
    if request.unlabelled is not None:
        words += ["--unlabelled", str(request.unlabelled.path)]
    words += ["--method", method.value]
    if request.layers:
        words += ["--layers", request.layers.text]
    if method is Method.ANP and masks is not None and masks.mask_threshold is not None:
        words += ["--mask-threshold", f"{masks.mask_threshold:.10g}"]
    elif method.is_pruning and not method.is_choosing:
        words += ["--threshold", f"{100 * request.threshold:g}"]
    if method.is_refitting:
        words += choice_words(_choices(request))
    seed = _seed(request)
    if seed is not None:
        words += ["--seed", str(seed)]
    words += ["--false-alarms", f"{100 * request.false_alarm_rate:g}"]
    if request.inputs.scale is not None:
        words += ["--scale", request.inputs.scale.value]
    return (*words, "--out", "repaired")


def _choices(request: "RepairRequest") -> RefitChoices:
    """What differs from the method's own, and what every form shows."""
    settings = request.settings
    assert settings is not None
    if request.method.is_choosing:
        return replace(request.choices, held_out_share=settings.held_out_share)
    usual = default_settings(request.method, has_unlabelled=request.unlabelled is not None)
    return replace(
        RefitChoices.between(usual, settings),
        epochs=settings.epochs,
        learning_rate=settings.learning_rate,
        held_out_share=settings.held_out_share,
    )


def _seed(request: "RepairRequest") -> int | None:
    """The seed of what is drawn; None where nothing is."""
    if request.method is Method.ANP:
        return request.mask_settings.seed if request.mask_settings is not None else 0
    return request.settings.seed if request.settings is not None and request.method.is_refitting else None


OPTIONS = {
    "epochs": "--epochs",
    "least_steps": "--steps",
    "batch_size": "--batch-size",
    "learning_rate": "--learning-rate",
    "optimizer": "--optimizer",
    "held_out_share": "--held-out",
    "is_augmented": "--augmentation",
    "is_mirrored": "--mirroring",
    "distillation_weight": "--distillation",
    "temperature": "--temperature",
    "rollback_margin": "--rollback",
}
"""What each field of `RefitChoices` is called."""
OF_HUNDRED = frozenset({"held_out_share", "rollback_margin"})  # typed in percent or points


class AugmentationChoice(StrEnum):
    """How training images vary."""

    USUAL = "usual"
    NONE = "none"

    @property
    def is_augmented(self) -> bool:
        """Whether they do."""
        return self is AugmentationChoice.USUAL


def choice_words(choices: RefitChoices) -> list[str]:
    """What has to be typed for these choices."""
    return [word for name, value in choices.given.items() for word in _words(name, value)]


def _words(name: str, value: Any) -> list[str]:
    option = OPTIONS[name]
    if name == "is_mirrored":
        return [option if value else "--no-mirroring"]
    if name == "is_augmented":
        return [option, (AugmentationChoice.USUAL if value else AugmentationChoice.NONE).value]
    if isinstance(value, str):
        return [option, str(value)]
    return [option, f"{100 * value if name in OF_HUNDRED else value:.10g}"]
