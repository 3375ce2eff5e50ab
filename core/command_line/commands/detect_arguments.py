"""What can be typed after `detect`; nothing heavy is imported for it."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from core.command_line.arguments import (
    AUTO,
    JsonOption,
    OverwriteOption,
    ProgressOption,
    ScaleOption,
    SeedOption,
    typed_classes,
    typed_scale,
)
from core.command_line.console import run_job
from core.command_line.data_options import DataOptions
from core.command_line.registry_options import listed
from core.detect.detector import Detector
from core.detect.detectors.registry import DETECTORS
from core.detect.records import Needs
from core.detect.verdict import Outcome
from core.words import printable

DEMO_FOLDER = Path("demo-detection")


class FailOn(StrEnum):
    """The outcome from which the exit status is not 0."""

    BACKDOORED = "backdoored"
    SUSPICIOUS = "suspicious"

    @property
    def outcome(self) -> Outcome:
        """The outcome of that name."""
        return Outcome(self.value)


def detect_command(
    *,
    model: Annotated[
        Path | None, typer.Option("--model", help="The network: .h5, .keras, .onnx or .tflite.", show_default=False)
    ] = None,
    validation: Annotated[
        Path | None,
        typer.Option("--validation", help="Clean images with labels, in any form that other commands take."),
    ] = None,
    pictures: Annotated[
        Path | None,
        typer.Option("--pictures", help="Clean images without labels: a folder or a file; labels in it are ignored."),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="The folder for the results.", show_default=False)] = None,
    detectors: Annotated[
        str | None, typer.Option("--detectors", help="Some of those below, separated by commas; by default all.")
    ] = None,
    classes: Annotated[
        str | None,
        typer.Option(
            "--classes", help="The classes to examine, such as 0,3-5; random others join few. By default all of them."
        ),
    ] = None,
    seed: SeedOption = 0,
    fail_on: Annotated[
        FailOn | None,
        typer.Option("--fail-on", help="Exit with status 4 if the verdict is this or worse; by default with 0."),
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help=f"Examine the embedded demo; results go to {DEMO_FOLDER} without --out.")
    ] = False,
    demo_control: Annotated[
        bool, typer.Option("--demo-control", help="Examine the demo's clean control, which has no backdoor.")
    ] = False,
    scale: ScaleOption = AUTO,
    overwrite: OverwriteOption = False,
    progress: ProgressOption = None,
    json: JsonOption = False,
    how_read: DataOptions,
) -> None:
    """Say whether a network has a backdoor, to which class, and what its trigger looks like, without triggered images.

    Files in the folder: results.json, classes.csv, report.html, and for each class that is named trigger_….png; .npz
    beside it where the trigger changes the whole picture. Without images only detectors that need none are run.
    """
    from core.command_line.commands.detect import DetectOptions, detect  # noqa: PLC0415  # only on use

    is_demo = demo or demo_control
    if is_demo:
        if demo and demo_control:
            raise typer.BadParameter("give --demo or --demo-control, not both")
        if model is not None or validation is not None or pictures is not None:
            raise typer.BadParameter("the demo has its own network and images: leave out --model and the images")
        model, validation = _demo_files(is_control=demo_control)
    if model is None:
        raise typer.BadParameter("give a network, or --demo", param_hint="--model")
    if out is None and not is_demo:
        raise typer.BadParameter("give a folder for the results", param_hint="--out")
    if validation is not None and pictures is not None:
        raise typer.BadParameter("give --validation or --pictures, not both: labels help, if there are some")
    options = DetectOptions(
        model=model,
        validation=validation,
        pictures=pictures,
        scale=typed_scale(scale),
        detectors=typed_detectors(detectors),
        classes=typed_classes(classes),
        seed=seed,
        fail_on=None if fail_on is None else fail_on.outcome,
        out=DEMO_FOLDER if out is None else out,
        overwrite=overwrite or out is None,
        is_json=json,
        command_line=tuple(sys.argv[1:]),
        how_read=how_read,
    )
    raise typer.Exit(run_job(lambda monitor: detect(options, monitor), has_progress=progress, writes=True))


def detectors_listed() -> str:
    """Return the detectors for the end of the command's help."""
    return listed("The detectors:", {each.name: f"{each.help}{_needs(each)}" for each in DETECTORS})


def typed_detectors(text: str | None) -> tuple[Detector, ...]:
    """Read names separated by commas; the detectors run in the order of the registry. None are all.

    Raises:
        typer.BadParameter: a name is unknown or repeated.
    """
    if text is None:
        return tuple(DETECTORS)
    names = [each.strip() for each in text.split(",")]
    for place, name in enumerate(names):
        if DETECTORS.find(name) is None:
            raise typer.BadParameter(
                f"a detector must be one of {', '.join(DETECTORS.names)}, got '{printable(name)}'",
                param_hint="--detectors",
            )
        if name in names[:place]:
            raise typer.BadParameter(f"each detector must be given once, got '{name}' twice", param_hint="--detectors")
    return tuple(each for each in DETECTORS if each.name in names)


def _needs(detector: Detector) -> str:
    return "" if detector.needs is Needs.NOTHING else f" Needs {detector.needed}."


def _demo_files(*, is_control: bool) -> tuple[Path, Path]:
    from core.demo.demo import demo_files  # noqa: PLC0415  # only on use

    files = demo_files()
    return (files.control_model if is_control else files.model), files.validation
