"""Command-line options created from registries: the names an option accepts, and an option for each setting."""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import typer

from core.registry.setting import Setting


@dataclass(frozen=True, slots=True)
class Choice:
    """An option that accepts one of several names.

    Attributes:
        option: the option's name, such as "--method".
        help: help text.
        names: the accepted names.
        default: the name used without the option.
    """

    option: str
    help: str
    names: Sequence[str]
    default: str


def with_options(
    command: Callable[..., None],
    *,
    choices: Mapping[str, Choice],
    settings: Iterable[Setting] = (),
    panel: Callable[[Setting], str] = lambda setting: setting.label,
    note: Callable[[Setting], str] = lambda setting: setting.help,
) -> Callable[..., None]:
    """Return the command with options for the current registries.

    Args:
        command: has a parameter for each key of `choices`, and takes setting values by name as keywords.
        choices: by parameter name, the names it accepts.
        settings: settings that become further options; each is None if not given.
        panel: returns the help panel of a setting.
        note: returns the help text of a setting.
    """

    def run(**arguments: Any) -> None:
        command(**arguments)

    parameters = []
    for each in inspect.signature(command, eval_str=True).parameters.values():
        if each.name in choices:
            parameters.append(_choice(each.name, choices[each.name]))
        elif each.kind is not inspect.Parameter.VAR_KEYWORD:
            parameters.append(each)
    parameters += [_option(each, panel=panel(each), note=note(each)) for each in settings]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {}  # the signature has them
    run.__doc__ = command.__doc__
    return run


def listed(heading: str, words: Mapping[str, str]) -> str:
    """Format the end of a command's help: a heading, and a paragraph for each name.

    Args:
        heading: the heading.
        words: by name, a sentence about it.
    """
    return "\n\n".join([heading, *(f"{name}: {text}" for name, text in words.items())])


def _choice(name: str, choice: Choice) -> inspect.Parameter:
    option = typer.Option(choice.option, help=choice.help)
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=choice.default,
        annotation=Annotated[_names(name, choice.names), option],
    )


def _option(setting: Setting, *, panel: str, note: str) -> inspect.Parameter:
    kind: Any = _names(setting.name, setting.choices) if setting.choices else setting.kind
    option = typer.Option(
        setting.option, min=setting.lowest, max=setting.highest, help=f"{note}.", rich_help_panel=panel
    )
    return inspect.Parameter(
        setting.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, option]
    )


def _names(title: str, words: Iterable[str]) -> Any:
    """Return the words as an enumeration, which Typer offers and checks."""
    return StrEnum(title, {word: word for word in words})
