"""The options that say how files are read: keys, the order of the labels, the weights' network; and triggers."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.command_line.arguments import check_once
from core.data.label_map import AS_IS, FOUND, label_map_of
from core.findings.label_order import ALPHABETICAL, FROM_ONE, LabelMap
from core.intake.data.choice import DataChoice, Part
from core.monitor import Monitor
from core.records import AttackKind
from core.scale import Scale

if TYPE_CHECKING:  # Keras takes seconds to import; help and wrong usage answer without it.
    from core.data.dataset import Dataset
    from core.network.network import Network

PANEL = "How the images are read"
VALIDATION, TEST, POISONED, UNLABELLED, PICTURES = "validation", "test", "poisoned", "unlabelled", "pictures"
_PARTS: dict[str, Part] = {VALIDATION: "validation", TEST: "test", POISONED: "test"}
_KEY_HELP = (
    "Key of the {} in a file that has several; SET=KEY for one of validation, test, poisoned, unlabelled, pictures."
)

DataKeyOption = Annotated[
    list[str] | None, typer.Option("--data-key", help=_KEY_HELP.format("images"), rich_help_panel=PANEL)
]
LabelKeyOption = Annotated[
    list[str] | None, typer.Option("--label-key", help=_KEY_HELP.format("labels"), rich_help_panel=PANEL)
]
LabelsOption = Annotated[
    str,
    typer.Option(
        "--labels",
        "--label-map",
        help=f"Order of the labels: {AS_IS}, {FROM_ONE} (counted from 1), {ALPHABETICAL} (0, 1, 10, 2: Keras' order of "
        f"folders), {FOUND} (by the network's answers to clean images), or a file of lines such as 10,2.",
        rich_help_panel=PANEL,
    ),
]
ArchitectureOption = Annotated[
    Path | None,
    typer.Option(
        "--architecture",
        help="The network of a file with weights alone, as model.to_json() writes it; by default the .json file of the "
        "same name beside it.",
        show_default=False,
    ),
]

TriggerOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--trigger",
        help="In place of --poisoned: a trigger, as detect writes it (.png with transparency, or .npz), that is laid "
        "over the clean test images, or without them over the validation images; --target names its class. All "
        "figures on them are marked as estimates. Can be repeated.",
        show_default=False,
    ),
]


@dataclass(frozen=True, slots=True)
class TypedTrigger:
    """A trigger's file, and the class that it draws the answers to; None for the class after each image's own."""

    path: Path
    label: int | None


@dataclass(frozen=True, slots=True)
class DataOptions:
    """How data are read.

    Attributes:
        data_keys: the keys of the images by set; "" stands for every set.
        label_keys: the keys of the labels, in the same way.
        labels: the order of the labels, as typed.
        architecture: the JSON file that describes the network; None for the one beside it.
        triggers: triggers of which poisoned sets are made, in place of files.
    """

    data_keys: Mapping[str, str] = field(default_factory=dict)
    label_keys: Mapping[str, str] = field(default_factory=dict)
    labels: str = AS_IS
    architecture: Path | None = None
    triggers: tuple[TypedTrigger, ...] = ()

    @property
    def trigger_paths(self) -> tuple[Path, ...]:
        """The files of the triggers."""
        return tuple(each.path for each in self.triggers)

    def choice(self, role: str, number: int = 1) -> DataChoice:
        """Return what was chosen for a set; several poisoned sets are numbered from 1 ("poisoned2=KEY")."""
        names = (f"{role}{number}", role, "")
        return DataChoice(
            data_key=next((self.data_keys[name] for name in names if name in self.data_keys), ""),
            label_key=next((self.label_keys[name] for name in names if name in self.label_keys), ""),
            part=_PARTS.get(role, ""),
        )

    def label_map(
        self, network: "Network", validation: "Dataset | None", *, scale: Scale | None, monitor: Monitor
    ) -> LabelMap | None:
        """Return the order of the labels; None takes them as they are.

        Args:
            network: the network.
            validation: clean images, on which the order can be found.
            scale: the pixel range; None if it is not known.
            monitor: receives progress, and can cancel.

        Raises:
            DatasetError: no order is found, or its file is refused.
            Cancelled: the job was cancelled.
        """
        if self.labels == AS_IS:
            return None
        if self.labels == FOUND:
            from core.metrics.label_order import find_order  # noqa: PLC0415  # imports Keras

            assert validation is not None, "the order is found on clean images"
            order = find_order(network, validation, scale=scale, monitor=monitor)
            return None if order is None else order.label_map
        return label_map_of(self.labels, network.class_count)


def with_data_options(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command with the options; it gets them as `how_read`."""

    def run(**arguments: Any) -> None:
        data_keys, label_keys = arguments.pop("data_key"), arguments.pop("label_key")
        labels = arguments.pop("labels")
        architecture = arguments.pop("architecture")
        how_read = replace(read_data_options(data_keys, label_keys, labels), architecture=architecture)
        command(**arguments, how_read=how_read)

    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [
        each for each in inspect.signature(command, eval_str=True).parameters.values() if each.name != "how_read"
    ]
    parameters.append(inspect.Parameter("data_key", keyword, default=None, annotation=DataKeyOption))
    parameters.append(inspect.Parameter("label_key", keyword, default=None, annotation=LabelKeyOption))
    parameters.append(inspect.Parameter("labels", keyword, default=AS_IS, annotation=LabelsOption))
    parameters.append(inspect.Parameter("architecture", keyword, default=None, annotation=ArchitectureOption))
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {}  # the signature has them
    run.__doc__ = command.__doc__
    return run


def with_triggers(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command with --trigger; it gets the triggers, with their classes, in `how_read`."""

    def run(**arguments: Any) -> None:
        paths = check_once(arguments.pop("trigger") or (), what="trigger", hint="--trigger")
        if paths:
            if arguments["poisoned"]:
                raise typer.BadParameter("it takes the place of --poisoned: give one of them", param_hint="--trigger")
            triggers = _typed_triggers(paths, arguments["target"] or ())
            arguments |= {"target": None, "how_read": replace(arguments["how_read"], triggers=triggers)}
        command(**arguments)

    signature = inspect.signature(command, eval_str=True)
    option = inspect.Parameter("trigger", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=TriggerOption)
    places = list(signature.parameters.values())
    after = 1 + [each.name for each in places].index("poisoned")
    run.__signature__ = signature.replace(parameters=[*places[:after], option, *places[after:]])  # type: ignore[attr-defined]
    run.__annotations__ = {}  # the signature has them
    run.__doc__ = command.__doc__
    return run


def _typed_triggers(paths: Sequence[Path], targets: Sequence[str]) -> tuple[TypedTrigger, ...]:
    words = [each.strip().lower() for each in targets]
    are_known = all(each == AttackKind.NEXT or (each.isascii() and each.isdigit() and len(each) <= 9) for each in words)
    if len(words) not in {1, len(paths)} or not are_known:
        raise typer.BadParameter(
            "give the class of the trigger, or next, once for all triggers or once for each", param_hint="--target"
        )
    wanted = words * len(paths) if len(words) == 1 else words
    labels = [None if each == AttackKind.NEXT else int(each) for each in wanted]
    return tuple(TypedTrigger(path, label) for path, label in zip(paths, labels, strict=True))


def read_data_options(data_keys: list[str] | None, label_keys: list[str] | None, labels: str) -> DataOptions:
    """Read the typed keys and the order of labels.

    Raises:
        typer.BadParameter: a set has two keys, or there is no such order.
    """
    orders = (AS_IS, FROM_ONE, ALPHABETICAL, FOUND)
    if labels not in orders and not Path(labels).is_file():
        raise typer.BadParameter(
            f"the order of labels must be {', '.join(orders)} or a file, got '{labels}'", param_hint="--labels"
        )
    return DataOptions(_by_set(data_keys or (), "--data-key"), _by_set(label_keys or (), "--label-key"), labels)


def _by_set(typed: "list[str] | tuple[()]", hint: str) -> dict[str, str]:
    keys: dict[str, str] = {}
    for each in typed:
        name, _, key = each.partition("=")
        if not key or name.rstrip("0123456789") not in (VALIDATION, TEST, POISONED, UNLABELLED, PICTURES):
            name, key = "", each
        if name in keys:
            raise typer.BadParameter(f"a set has one key, got '{keys[name]}' and '{key}'", param_hint=hint)
        keys[name] = key
    return keys
