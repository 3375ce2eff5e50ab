"""The options of `repair` that stand for settings of refitting: what they are called, and which method takes them."""

from typing import Annotated

import typer

from core.errors import InspectorError
from core.refit.records import Optimizer
from core.repair.choices import RefitChoices, check_distillation, useful_to
from core.repair.methods import UNLABELLED_WEIGHT, Method, default_settings
from core.report.repair.command import AugmentationChoice, _words
from core.words import joined

PANEL = "Training, for methods that train: by default as the method has it"


EpochsOption = Annotated[
    int | None, typer.Option("--epochs", min=1, help="Passes over the images.", rich_help_panel=PANEL)
]
StepsOption = Annotated[
    int | None,
    typer.Option(
        "--steps",
        min=0,
        help="Steps of training at least: few images are passed over more often in an epoch.",
        rich_help_panel=PANEL,
    ),
]
BatchSizeOption = Annotated[
    int | None, typer.Option("--batch-size", min=1, help="Images a step; auto takes it, too.", rich_help_panel=PANEL)
]
LearningRateOption = Annotated[
    float | None, typer.Option("--learning-rate", min=1e-9, max=1, help="At the start.", rich_help_panel=PANEL)
]
OptimizerOption = Annotated[
    Optimizer | None,
    typer.Option("--optimizer", help="What takes the steps; sgd has a momentum of 0.9.", rich_help_panel=PANEL),
]
AugmentationOption = Annotated[
    AugmentationChoice | None,
    typer.Option(
        "--augmentation",
        help="How training images vary: as usual with the method, or not at all; auto takes it, too.",
        rich_help_panel=PANEL,
    ),
]
MirroringOption = Annotated[
    bool | None,
    typer.Option(
        "--mirroring/--no-mirroring",
        help="Whether half of the training images are mirrored. Leave it out where left and right tell classes apart, "
        "as with digits and traffic signs; auto takes it, too.",
        rich_help_panel=PANEL,
    ),
]
DistillationOption = Annotated[
    float | None,
    typer.Option(
        "--distillation",
        min=0,
        max=1,
        help="How much of the loss are B's answers, the rest are labels: 1 for occlusion, else 0, with --unlabelled "
        f"{UNLABELLED_WEIGHT:g}.",
        rich_help_panel=PANEL,
    ),
]
TemperatureOption = Annotated[
    float | None,
    typer.Option("--temperature", min=1, max=1000, help="Softens the answers in distillation.", rich_help_panel=PANEL),
]
RollbackOption = Annotated[
    float | None,
    typer.Option(
        "--rollback",
        min=0,
        max=100,
        help="Fall of held-out clean accuracy after which training goes back to the best epoch, in points.",
        rich_help_panel=PANEL,
    ),
]
HeldOutOption = Annotated[
    float | None,
    typer.Option(
        "--held-out",
        min=1,
        max=50,
        help="Validation images that choose the epoch, in percent; auto takes it, too.",
        rich_help_panel=PANEL,
    ),
]


def check_choices(method: Method, choices: RefitChoices, *, has_unlabelled: bool) -> None:
    """Check that a method has a use for what was typed.

    Raises:
        typer.BadParameter: it has none, or values do not go together.
    """
    useful = useful_to(method)
    useless = [_words(name, value)[0] for name, value in choices.given.items() if name not in useful]
    if useless and method.is_choosing:
        raise typer.BadParameter(f"auto has its own settings: leave {joined(useless)} out")
    if useless:
        raise typer.BadParameter(f"{method.value} trains nothing: leave {joined(useless)} out")
    if has_unlabelled and not method.is_refitting:
        raise typer.BadParameter(
            f"{method.value} trains nothing, and learns nothing from images without labels", param_hint="--unlabelled"
        )
    try:
        settings = choices.put_on(default_settings(method, has_unlabelled=has_unlabelled))
        check_distillation(method, settings, choices, has_more=has_unlabelled)
    except InspectorError as error:
        raise typer.BadParameter(str(error)) from error
