"""The command that repeats a repair of the window."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from core.detect.records import NEXT_CLASS
from core.records import AttackKind
from core.registry.setting import Part, Setting
from core.repair.choices import RefitChoices
from core.report.origin import are_files, opening_words

if TYPE_CHECKING:
    from core.repair.job import RepairRequest


def command_line(request: "RepairRequest") -> tuple[str, ...]:
    """Return the arguments that, after `python main.py`, repeat a repair: everything that differs from the defaults.

    Nothing repeats one on a reconstructed trigger that was not saved.
    """
    method = request.method
    if not are_files(request.inputs):
        return ()
    words = opening_words("repair", request.inputs)
    if request.unlabelled is not None:
        words += ["--unlabelled", str(request.unlabelled.path)]
    words += ["--method", method.name]
    if request.layers:
        words += ["--layers", request.layers.text]
    if method.is_pruning and any(each.tensor is not None for each in request.inputs.network.summary.layers):
        words += ["--tensor", request.inputs.network.tensor.value]
    given = request.choices.given
    is_bounded = any(each.stops_pruning and each.name in given for each in method.settings)
    if method.is_pruning and not method.is_choosing and not is_bounded:
        words += ["--threshold", f"{100 * request.threshold:g}"]
    words += choice_arguments(_choices(request), method.settings)
    if request.suspects:
        typed = [AttackKind.NEXT if each == NEXT_CLASS else str(each) for each in request.suspects]
        words += ["--suspects", ",".join(typed)]
    if method.is_drawing:
        words += ["--seed", str(request.settings.seed if request.settings is not None else 0)]
    words += ["--false-alarms", f"{100 * request.false_alarm_rate:g}"]
    if request.inputs.scale is not None:
        words += request.inputs.scale.option_words
    return (*words, "--out", "repaired")


def _choices(request: "RepairRequest") -> RefitChoices:
    """Return the choices that differ from the method's defaults, and those that the form always shows."""
    settings, method = request.settings, request.method
    if settings is None or not method.is_refitting:
        return request.choices
    if method.is_choosing:
        return replace(request.choices, held_out_share=settings.held_out_share)
    usual = method.default_settings(has_unlabelled=request.unlabelled is not None)
    always = {
        each.name: getattr(settings, each.name)
        for each in method.settings
        if each.is_in_main_form and each.part is Part.TRAINING
    }
    return replace(RefitChoices.between(usual, settings), **always, others=request.choices.others)


def choice_arguments(choices: RefitChoices, settings: Iterable[Setting]) -> list[str]:
    """Return the arguments for choices.

    Args:
        choices: the chosen settings.
        settings: the settings of the method.
    """
    known = {each.name: each for each in settings}
    return [word for name, value in choices.given.items() if name in known for word in known[name].arguments_of(value)]
