"""Command-line options for the settings of repair methods: created from the settings, and checked per method."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer

from core.channels import ChannelTensor
from core.command_line.arguments import TENSOR_HELP, typed_suspects
from core.command_line.registry_options import Choice, listed, with_options
from core.errors import InspectorError
from core.registry.setting import Part, Setting
from core.repair.choices import RefitChoices, check_distillation
from core.repair.method import RepairMethod
from core.repair.methods.registry import DEFAULT_METHOD, METHODS, all_settings, methods_with
from core.words import joined

PRUNING = "Pruning, for methods that prune"
TRAINING = "Training, for methods that train; the defaults are the method's"
PrunedLayersOption = Annotated[
    str | None,
    typer.Option(
        "--layers",
        help="Convolutions to prune: conv_1,conv_2 or all; by default as in prune, for anp all.",
        rich_help_panel=PRUNING,
    ),
]
PrunedTensorOption = Annotated[
    ChannelTensor | None, typer.Option("--tensor", help=TENSOR_HELP, rich_help_panel=PRUNING)
]


SuspectsOption = Annotated[
    str | None,
    typer.Option(
        "--suspects",
        help="Classes that a backdoor may lead to, such as 0,3-5, as detect names them; next for an all-to-all attack. "
        "Their triggers are unlearned. By default they are looked for.",
        rich_help_panel=TRAINING,
    ),
]


def with_methods(command: Callable[..., None]) -> Callable[..., None]:
    """Return the command `repair` with the registered methods and their settings.

    Args:
        command: takes the method's name as `method`, and setting values by name as keywords.
    """
    method = Choice("--method", "The repair method, see below.", METHODS.names, default=DEFAULT_METHOD.name)
    return with_options(command, choices={"method": method}, settings=all_settings(), panel=_panel, note=_note)


def methods_listed() -> str:
    """Return what each method does, for the help."""
    return listed("The methods:", {each.name: each.help for each in METHODS})


def check_pruning(
    method: RepairMethod,
    typed: Mapping[str, Any],
    *,
    layers: str | None,
    tensor: ChannelTensor | None,
    threshold: float | None,
) -> None:
    """Check that the method uses what was typed about pruning.

    Args:
        method: the repair method.
        typed: option values by setting name; None if not given.
        layers: the typed layers.
        tensor: the typed tensor.
        threshold: the typed drop in points.

    Raises:
        typer.BadParameter: it does not.
    """
    given = {"--layers": layers, "--tensor": tensor, "--threshold": None if method.is_choosing else threshold}
    for hint, value in given.items():
        if value is not None and not method.is_pruning:
            raise typer.BadParameter(f"{method.name} does not prune channels", param_hint=hint)
    if threshold is not None and method.is_choosing:
        raise typer.BadParameter(f"{method.name} has its own settings: leave --threshold out")
    deciding = [each for each in method.settings if each.stops_pruning and typed[each.name] is not None]
    if threshold is not None and deciding:
        raise typer.BadParameter(f"{deciding[0].option_name} replaces the threshold: leave --threshold out")


def check_suspects(method: RepairMethod, text: str | None) -> tuple[int, ...]:
    """Read the suspected classes; empty if none were typed.

    Raises:
        typer.BadParameter: the method unlearns no triggers, or the text names no classes.
    """
    if text is not None and not method.is_unlearning:
        owners = joined([each.name for each in METHODS if each.is_unlearning])
        raise typer.BadParameter(f"only {owners} unlearn triggers of suspected classes", param_hint="--suspects")
    return typed_suspects(text)


def read_choices(method: RepairMethod, typed: Mapping[str, Any], *, has_unlabelled: bool) -> RefitChoices:
    """Convert and check the typed settings.

    Args:
        method: the repair method.
        typed: option values by setting name; None if not given.
        has_unlabelled: whether there are images without labels.

    Raises:
        typer.BadParameter: the method does not use a setting, or values conflict.
    """
    settings = all_settings()
    values = {each.name: each.value_of(typed.get(each.name)) for each in settings}
    choices = RefitChoices.of(values, settings)
    check_choices(method, choices, has_unlabelled=has_unlabelled)
    return choices


def check_choices(method: RepairMethod, choices: RefitChoices, *, has_unlabelled: bool) -> None:
    """Check that a method uses all typed settings.

    Raises:
        typer.BadParameter: it does not use one, or values conflict.
    """
    given = choices.given
    useless = [each for each in all_settings() if each.name in given and each.name not in method.setting_names]
    training = [each.arguments_of(given[each.name])[0] for each in useless if each.part is Part.TRAINING]
    for each in useless:
        if each.part is not Part.TRAINING:
            owners = joined([owner.name for owner in methods_with(each.name)])
            what = "masks" if each.part is Part.MASKS else "it"
            verb = "has" if each.part is Part.MASKS else "takes"
            raise typer.BadParameter(f"only {owners} {verb} {what}", param_hint=each.option_name)
    if training and method.is_choosing:
        raise typer.BadParameter(f"{method.name} has its own settings: leave {joined(training)} out")
    if training and method.is_refitting:
        raise typer.BadParameter(f"{method.name} has no such setting: leave {joined(training)} out")
    if training:
        raise typer.BadParameter(f"{method.name} does not train: leave {joined(training)} out")
    if has_unlabelled and not method.is_refitting:
        raise typer.BadParameter(
            f"{method.name} does not train, so it cannot use images without labels", param_hint="--unlabelled"
        )
    try:
        settings = choices.applied_to(method.default_settings(has_unlabelled=has_unlabelled))
        check_distillation(method, settings, choices, has_more=has_unlabelled)
    except InspectorError as error:
        raise typer.BadParameter(str(error)) from error


def _note(setting: Setting) -> str:
    """Return what a setting does, and which methods use it if that is not obvious."""
    chooser = [each.name for each in METHODS if each.is_choosing and setting.name in each.setting_names]
    more = f"; {joined(chooser)} uses it, too" if chooser else ""
    owners = f"{joined([each.name for each in methods_with(setting.name)])}: " if setting.part is Part.MASKS else ""
    return f"{owners}{setting.help}{more}"


def _panel(setting: Setting) -> str:
    """Return the help panel of a setting's option."""
    if setting.part is Part.TRAINING:
        return TRAINING
    if setting.part is Part.MASKS:
        return PRUNING
    return joined([each.title for each in methods_with(setting.name)])
