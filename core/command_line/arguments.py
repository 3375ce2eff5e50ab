"""Options that several commands share, and parsing of their values."""

import math
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypedDict

import typer

from core.channels import ChannelTensor
from core.detect.records import NEXT_CLASS
from core.errors import PruningError
from core.network.confidence import CERTAINTY
from core.records import AttackKind, Target, parse_target
from core.scale import Scale, parse_scale
from core.sweep.thresholds import LARGEST_POINTS, SMALLEST_POINTS, parse_thresholds
from core.words import printable


class FileKind(StrEnum):
    """What a file is read as."""

    AUTO = "auto"
    MODEL = "model"
    DATA = "data"
    IMAGE = "image"
    RESULTS = "results"


ModelOption = Annotated[
    Path, typer.Option("--model", help="The network: .h5, .keras, .onnx or .tflite.", show_default=False)
]
ValidationOption = Annotated[
    Path,
    typer.Option(
        "--validation",
        help="Clean validation images: .h5, .npz, .npy, .mat, a CIFAR batch, a folder of images by class, or a .csv.",
        show_default=False,
    ),
]
TestOption = Annotated[Path | None, typer.Option("--test", help="Clean test images, as above; for reporting only.")]
PoisonedOption = Annotated[
    list[Path] | None, typer.Option("--poisoned", help="Images with the trigger, as above; can be repeated.")
]
UnlabelledOption = Annotated[
    Path | None,
    typer.Option("--unlabelled", help="Further clean images, for methods that train; labels in it are ignored."),
]
TargetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--target",
        help="Target of a poisoned set: a class, next (the class after the true one), each (another class for each "
        "true one, as B answers), labels (those in the file), or auto, which finds it. Once for all sets, or once for "
        "each in their order.",
        show_default=False,
    ),
]
ScaleOption = Annotated[
    str,
    typer.Option(
        "--scale",
        metavar="SCALE",
        help="What the network reads for a pixel: auto finds it; raw is 0–255, unit 0–1, symmetric −1 to 1, imagenet "
        "its mean and deviation, caffe its mean in BGR, raw-bgr and so on blue first; or factor:offset, one or one for "
        "each channel, such as 1/127.5:-1.",
    ),
]
AUTO = "auto"
LARGEST_SEED = 2**31 - 1
_LONGEST_NUMBER = 6  # digits of a class
SeedOption = Annotated[int, typer.Option("--seed", min=0, max=LARGEST_SEED, help="Seed of all random numbers.")]
TENSOR_HELP = (
    "Where channels are ranked and zeroed if a batch normalization follows the activation: behind the activation (the "
    "default) or behind the normalization."
)
TensorOption = Annotated[ChannelTensor | None, typer.Option("--tensor", help=TENSOR_HELP)]
OutOption = Annotated[Path, typer.Option("--out", help="The folder for the results.", show_default=False)]
OverwriteOption = Annotated[bool, typer.Option("--overwrite", help="Replace earlier results in that folder.")]
FalseAlarmsOption = Annotated[
    float,
    typer.Option(
        "--false-alarms",
        min=SMALLEST_POINTS,
        max=LARGEST_POINTS,
        help=f"Clean images that G by confidence may flag, in percent, with {CERTAINTY * 100:g} % certainty.",
    ),
]
ProgressOption = Annotated[
    bool | None,
    typer.Option("--progress/--no-progress", help="Progress on stderr; by default if that is a terminal."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def parse_memory(text: str) -> int:
    """Parse a size such as "512M" or "1.5G" to bytes.

    Raises:
        typer.BadParameter: it is not such a size.
    """
    number, unit = text[:-1], text[-1:].upper()
    factor = {"M": 1 << 20, "G": 1 << 30}.get(unit)
    try:
        size = float(number) * (factor or math.nan)
    except ValueError:
        size = math.nan
    if not 0 <= size < math.inf:
        raise typer.BadParameter(f"a size must look like 512M or 2G, got {printable(text)}", param_hint="--memory")
    return int(size)


def typed_scale(text: str) -> Scale | None:
    """Read what the network reads for a pixel; None if it is to be found.

    Raises:
        typer.BadParameter: neither a name nor numbers.
    """
    if text.strip().lower() == AUTO:
        return None
    try:
        return parse_scale(text)
    except ValueError as error:
        raise typer.BadParameter(printable(str(error)), param_hint="--scale") from error


def typed_thresholds(text: str) -> tuple[float, ...]:
    """Read allowed drops in points ("2,4,10") as rates.

    Raises:
        typer.BadParameter: `parse_thresholds` refuses the text.
    """
    try:
        return parse_thresholds(text)
    except PruningError as error:
        raise typer.BadParameter(str(error), param_hint="--thresholds") from error


def check_layer_names(text: str, *, hint: str) -> None:
    """Check that no name in "conv_1, conv_2" is empty; the network is not open yet.

    Args:
        text: the typed text.
        hint: the option's name.

    Raises:
        typer.BadParameter: a name is empty.
    """
    if not all(each.strip() for each in text.split(",")):
        raise typer.BadParameter(
            f"convolutions must be names separated by commas, or all, got '{printable(text)}'", param_hint=hint
        )


class Attacks(TypedDict):
    """The poisoned sets, and what was typed about the target of each."""

    poisoned: tuple[Path, ...]
    targets: tuple[Target, ...]


def typed_attacks(poisoned: Sequence[Path] | None, targets: Sequence[str] | None) -> Attacks:
    """Return the poisoned sets with their targets; check that no set is repeated.

    Raises:
        typer.BadParameter: two sets are the same file, a text is no target, or the number of targets is neither one nor
            that of the sets.
    """
    paths = check_once(poisoned or (), what="poisoned set", hint="--poisoned")
    return {"poisoned": paths, "targets": _parse_targets(targets or (), set_count=len(paths))}


def _parse_targets(texts: Sequence[str], *, set_count: int) -> tuple[Target, ...]:
    targets = tuple(_parse_target(text) for text in texts)
    if not targets:
        return (None,) * set_count
    if not set_count:
        raise typer.BadParameter("there is no poisoned set: give --poisoned, too", param_hint="--target")
    if len(targets) == 1:
        return targets * set_count
    if len(targets) != set_count:
        raise typer.BadParameter(
            f"give it once for all poisoned sets or once for each of the {set_count}, got {len(targets)}",
            param_hint="--target",
        )
    return targets


def _parse_target(text: str) -> Target:
    try:
        return parse_target(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--target") from error


def check_once(paths: Sequence[Path], *, what: str, hint: str) -> tuple[Path, ...]:
    """Return files of one kind; check that none is repeated.

    Raises:
        typer.BadParameter: two are the same file.
    """
    for index, path in enumerate(paths):
        for other in paths[:index]:
            if path == other or (path.exists() and other.exists() and path.samefile(other)):
                raise typer.BadParameter(
                    f"each {what} must be given only once, but '{printable(str(path))}' and '{printable(str(other))}' "
                    f"are the same file",
                    param_hint=hint,
                )
    return tuple(paths)


def check_new(path: Path | None, *, inputs: Sequence[Path], overwrite: bool, hint: str) -> None:
    """Check that a file to write is none of the inputs, and that an existing one may be replaced.

    Raises:
        typer.BadParameter: it is, or may not.
    """
    if path is None or not path.exists():
        return
    if any(each.exists() and path.samefile(each) for each in inputs):
        raise typer.BadParameter("a file that is screened is never replaced", param_hint=hint)
    if not overwrite:
        raise typer.BadParameter("there is already such a file: give --overwrite, too", param_hint=hint)


def check_named(files: Sequence[str]) -> tuple[Path, ...]:
    """Return the files; check that no name is empty, which would be the current folder.

    Raises:
        typer.BadParameter: one is.
    """
    if not all(files):
        raise typer.BadParameter("an empty name names no file", param_hint="FILE")
    return tuple(map(Path, files))


def typed_classes(text: str | None, *, hint: str = "--classes") -> tuple[int, ...] | None:
    """Read classes such as "0,3-5", in ascending order; None stays None.

    Args:
        text: what was typed.
        hint: the option's name.

    Raises:
        typer.BadParameter: it is no class or range, or a class is repeated.
    """
    if text is None:
        return None
    classes: list[int] = []
    for part in text.split(","):
        first, dash, last = (each.strip() for each in part.partition("-"))
        if not all(_is_class(each) for each in ((first, last) if dash else (first,))):
            raise typer.BadParameter(f"classes must look like 0,3-5, got '{printable(part.strip())}'", param_hint=hint)
        if dash and int(last) < int(first):
            raise typer.BadParameter(f"a range must ascend, got {first}-{last}", param_hint=hint)
        classes += range(int(first), int(last if dash else first) + 1)
    if len(set(classes)) < len(classes):
        repeated = next(each for place, each in enumerate(sorted(classes)[1:]) if each == sorted(classes)[place])
        raise typer.BadParameter(f"each class must be given once, got {repeated} twice", param_hint=hint)
    return tuple(sorted(classes))


def typed_suspects(text: str | None) -> tuple[int, ...]:
    """Read classes such as "0,3-5", "next" among them for an all-to-all attack; nothing typed is empty.

    Raises:
        typer.BadParameter: as `typed_classes`.
    """
    if text is None:
        return ()
    parts = [each.strip() for each in text.split(",")]
    classes = [each for each in parts if each.lower() != AttackKind.NEXT]
    named = typed_classes(",".join(classes), hint="--suspects") if classes else ()
    return (*(named or ()), *([NEXT_CLASS] if len(classes) < len(parts) else []))


def _is_class(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER
