"""The commands and their options."""

import math
import sys
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from core.channels import Order
from core.command_line.console import Status, put, run_job, say
from core.monitor import Monitor
from core.records import Scale
from core.repair_methods import PRUNING_THRESHOLD, Method
from core.version import NAME, VERSION
from core.words import points, printable

LARGEST_SEED = 2**31 - 1
SMALLEST_THRESHOLD, LARGEST_THRESHOLD = 0.0001, 99.9999

NO_DISPLAY = (
    "There is no display to open a window on. Try `./run --demo`, which does the demo's job here in the terminal, "
    "or `./run prune --help` for your own files."
)


class ScaleChoice(StrEnum):
    """The range of pixel values that the network wants."""

    AUTO = "auto"
    RAW = "raw"
    UNIT = "unit"

    @property
    def scale(self) -> Scale | None:
        """The range; None where it is to be found."""
        return None if self is ScaleChoice.AUTO else Scale(self.value)


app = typer.Typer(
    add_completion=False,
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    help="See, cut out and repair the backdoor of an image classifier. Without a command: the window.",
    epilog="With ./run in front instead of python main.py, everything is set up first; ./run test runs all tests.",
)

ModelOption = Annotated[Path, typer.Option("--model", help="The network: .h5 or .keras.", show_default=False)]
TestOption = Annotated[Path | None, typer.Option("--test", help="Clean test images, .h5; only watched.")]
PoisonedOption = Annotated[
    list[Path] | None, typer.Option("--poisoned", help="Images with the trigger, .h5; may be given several times.")
]
ScaleOption = Annotated[
    ScaleChoice, typer.Option("--scale", help="Pixels the network wants: raw is 0–255, unit is 0–1, auto finds it.")
]
ProgressOption = Annotated[
    bool | None,
    typer.Option("--progress/--no-progress", help="Progress on stderr; by default where that is a terminal."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def run(arguments: list[str]) -> int:
    """Run the command that the arguments name and return the exit status."""
    command = typer.main.get_command(app)
    try:
        command.main(args=arguments, prog_name="main.py", standalone_mode=True)
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else Status.DONE
    return Status.DONE


@app.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    demo: Annotated[bool, typer.Option("--demo", help="Open the embedded demo; without a display, in here.")] = False,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """What is to be done when no command is named."""
    if version:
        put(f"{NAME} {VERSION}")
        raise typer.Exit(Status.DONE)
    if context.invoked_subcommand is not None:
        if demo:
            raise typer.BadParameter("--demo goes without a command")
        return
    if demo:
        from core.command_line.demo import run_demo  # noqa: PLC0415  # only where it is asked for

        _finish(run_demo, has_progress=True, writes=True)
    say(NO_DISPLAY)
    raise typer.Exit(Status.WRONG_USAGE)


@app.command(name="prune")
def prune_command(
    *,
    model: ModelOption,
    validation: Annotated[Path, typer.Option("--validation", help="Clean validation images, .h5.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="The folder for the results.", show_default=False)],
    test: TestOption = None,
    poisoned: PoisonedOption = None,
    layer: Annotated[
        str | None,
        typer.Option("--layer", help="One, several with commas, or all; by default the last one with several readers."),
    ] = None,
    reader: Annotated[
        str | None, typer.Option("--reader", help="Prune only what this layer reads; by default for every reader.")
    ] = None,
    order: Annotated[
        Order,
        typer.Option("--order", help="What goes first; anp optimizes masks, difference looks at poisoned images."),
    ] = Order.ASCENDING,
    thresholds: Annotated[
        str, typer.Option("--thresholds", help="Allowed drops of clean validation accuracy, in points.")
    ] = "2,4,10",
    scale: ScaleOption = ScaleChoice.AUTO,
    memory: Annotated[
        str,
        typer.Option("--memory", help="Of the layers' outputs kept in memory, as 512M or 2G; the rest on disk."),
    ] = "256M",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace earlier results in that folder.")] = False,
    progress: ProgressOption = None,
    json: JsonOption = False,
) -> None:
    """Prune channel after channel, and write curve, table, repaired networks and a report.

    In the folder: curve.csv, curve.png, results.json, report.html, and for each threshold pruned_….keras (B′) and
    repaired_….keras (G), of the last step before the threshold is crossed.
    """
    from core.command_line.prune import PruneOptions, prune  # noqa: PLC0415  # one command needs one command's imports

    options = PruneOptions(
        model=model,
        validation=validation,
        test=test,
        poisoned=check_poisoned(poisoned or ()),
        layer=layer,
        reader=reader,
        order=order,
        thresholds=parse_thresholds(thresholds),
        scale=scale.scale,
        memory_bytes=parse_memory(memory),
        out=out,
        overwrite=overwrite,
        is_json=json,
        command_line=tuple(sys.argv[1:]),
    )
    _finish(lambda monitor: prune(options, monitor), has_progress=progress, writes=True)


@app.command(name="repair")
def repair_command(
    *,
    model: ModelOption,
    validation: Annotated[Path, typer.Option("--validation", help="Clean validation images, .h5.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="The folder for the results.", show_default=False)],
    test: TestOption = None,
    poisoned: PoisonedOption = None,
    unlabelled: Annotated[
        Path | None,
        typer.Option("--unlabelled", help="Further clean images, .h5, for occlusion; labels in it are not looked at."),
    ] = None,
    method: Annotated[Method, typer.Option("--method", help="How it is repaired.")] = Method.OCCLUSION,
    layers: Annotated[
        str | None,
        typer.Option("--layers", help="What pruning goes over: conv_1,conv_2 or all; by default as in prune, anp all."),
    ] = None,
    threshold: Annotated[
        float, typer.Option("--threshold", help="Drop of clean validation accuracy that pruning may reach, in points.")
    ] = 100 * PRUNING_THRESHOLD,
    mask_threshold: Annotated[
        float | None,
        typer.Option("--mask-threshold", min=0, max=1, help="anp: prune all masks below it, whatever that costs."),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option("--epochs", min=1, help="Passes over the images; by default the method's.")
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option("--learning-rate", min=1e-9, help="At the start; by default the method's.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, max=LARGEST_SEED, help="Of all that is drawn.")] = 0,
    scale: ScaleOption = ScaleChoice.AUTO,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace earlier results in that folder.")] = False,
    progress: ProgressOption = None,
    json: JsonOption = False,
) -> None:
    """Repair a network on clean validation images alone; test and poisoned sets only report.

    In the folder: results.json, history.csv, report.html, pruned.keras (B′) and repaired.keras (G); curve.csv where
    channels are pruned.
    """
    from core.command_line.repair import RepairOptions, repair  # noqa: PLC0415  # as above

    if layers is not None and not method.is_pruning:
        raise typer.BadParameter(f"{method.value} prunes no channels", param_hint="--layers")
    if not method.is_refitting and (epochs is not None or learning_rate is not None):
        raise typer.BadParameter(f"{method.value} trains nothing: leave --epochs and --learning-rate out")
    if mask_threshold is not None and method is not Method.ANP:
        raise typer.BadParameter("only anp has masks", param_hint="--mask-threshold")
    if unlabelled is not None and method is not Method.OCCLUSION:
        raise typer.BadParameter("only occlusion learns from images without labels", param_hint="--unlabelled")
    options = RepairOptions(
        model=model,
        validation=validation,
        test=test,
        poisoned=check_poisoned(poisoned or ()),
        unlabelled=unlabelled,
        method=method,
        layers=tuple(each.strip() for each in layers.split(",")) if layers else (),
        threshold=parse_thresholds(f"{threshold:.10g}")[0],
        mask_threshold=mask_threshold,
        epochs=epochs,
        learning_rate=learning_rate,
        seed=seed,
        scale=scale.scale,
        out=out,
        overwrite=overwrite,
        is_json=json,
        command_line=tuple(sys.argv[1:]),
    )
    _finish(lambda monitor: repair(options, monitor), has_progress=progress, writes=True)


@app.command(name="evaluate")
def evaluate_command(
    *,
    model: ModelOption,
    validation: Annotated[Path | None, typer.Option("--validation", help="Clean validation images, .h5.")] = None,
    test: TestOption = None,
    poisoned: PoisonedOption = None,
    scale: ScaleOption = ScaleChoice.AUTO,
    progress: ProgressOption = None,
    json: JsonOption = False,
) -> None:
    """Print clean accuracy and attack success rate of a network as it is."""
    from core.command_line.evaluate import EvaluateOptions, evaluate  # noqa: PLC0415  # as above

    if validation is None and test is None:
        if not poisoned:
            raise typer.BadParameter("give at least one of --validation, --test and --poisoned")
        if scale is ScaleChoice.AUTO:
            raise typer.BadParameter(
                "the pixel range is found on clean images: give --validation or --test, or say --scale raw or unit"
            )
    options = EvaluateOptions(model, validation, test, check_poisoned(poisoned or ()), scale.scale, json)
    _finish(lambda monitor: evaluate(options, monitor), has_progress=progress)


@app.command(name="classify")
def classify_command(
    *,
    pictures: Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="Pictures.", show_default=False)],
    model: ModelOption,
    pruned: Annotated[
        Path | None, typer.Option("--pruned", help="A pruned network; with it the repaired one answers too.")
    ] = None,
    validation: Annotated[
        Path | None, typer.Option("--validation", help="Clean images to find the pixel range on.")
    ] = None,
    scale: ScaleOption = ScaleChoice.AUTO,
    progress: ProgressOption = None,
) -> None:
    """Print a JSON line a picture: what the network says, and whether the repaired one calls it backdoored."""
    from core.command_line.classify import ClassifyOptions, classify  # noqa: PLC0415  # as above

    options = ClassifyOptions(model, pruned, tuple(pictures), scale.scale, validation)
    _finish(lambda monitor: classify(options, monitor), has_progress=progress)


@app.command(name="build-demo")
def build_demo_command(
    *,
    out: Annotated[
        Path | None, typer.Option("--out", help="The folder; by default the one the demo is read from.")
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="Another demo of the same kind.")] = None,
    progress: ProgressOption = None,
) -> None:
    """Make the demo's faces and networks again: minutes of drawing and training."""
    from core.command_line.demo import build_demo_files  # noqa: PLC0415  # as above

    _finish(lambda monitor: build_demo_files(out, seed=seed, monitor=monitor), has_progress=progress, writes=True)


def parse_memory(text: str) -> int:
    """Bytes of "512M" or "1.5G".

    Raises:
        typer.BadParameter: it is no such size.
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


def parse_thresholds(text: str) -> tuple[float, ...]:
    """Allowed drops in points ("2,4,10") as rates, without repetition.

    Raises:
        typer.BadParameter: one is not a number between 0 and 100.
    """
    rates: dict[float, None] = {}
    for part in text.split(","):
        try:
            value = float(part)
        except ValueError:
            value = math.nan
        if not SMALLEST_THRESHOLD <= value <= LARGEST_THRESHOLD:
            raise typer.BadParameter(
                f"thresholds must be numbers from {SMALLEST_THRESHOLD} to {LARGEST_THRESHOLD} with commas between, "
                f"got '{part.strip()}' in '{text}'",
                param_hint="--thresholds",
            )
        rates[round(value / 100, 10)] = None
    names = [points(rate) for rate in rates]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise typer.BadParameter(
            f"thresholds must differ in their first six digits, as files are named by them: "
            f"two in '{text}' are both '{twice}'",
            param_hint="--thresholds",
        )
    return tuple(rates)


def check_poisoned(paths: Sequence[Path]) -> tuple[Path, ...]:
    """The poisoned sets, each given once.

    Raises:
        typer.BadParameter: two are the same file.
    """
    for index, path in enumerate(paths):
        for other in paths[:index]:
            if path == other or (path.exists() and other.exists() and path.samefile(other)):
                raise typer.BadParameter(
                    f"each poisoned set is given once, but '{printable(str(path))}' and '{printable(str(other))}' "
                    f"are the same file",
                    param_hint="--poisoned",
                )
    return tuple(paths)


def _finish(job: Callable[[Monitor], Status], *, has_progress: bool | None, writes: bool = False) -> None:
    raise typer.Exit(run_job(job, has_progress=has_progress, writes=writes))
