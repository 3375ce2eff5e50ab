"""The commands and their options."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from core.command_line.arguments import (
    AUTO,
    FalseAlarmsOption,
    FileKind,
    JsonOption,
    ModelOption,
    OutOption,
    OverwriteOption,
    PoisonedOption,
    ProgressOption,
    ScaleOption,
    SeedOption,
    TargetOption,
    TensorOption,
    TestOption,
    UnlabelledOption,
    ValidationOption,
    check_layer_names,
    check_named,
    check_new,
    check_once,
    parse_memory,
    typed_attacks,
    typed_scale,
    typed_thresholds,
)
from core.command_line.command_group import CommandGroup
from core.command_line.commands.audit_arguments import audit_command
from core.command_line.commands.classify_arguments import classify_command
from core.command_line.commands.detect_arguments import detect_command, detectors_listed
from core.command_line.console import Status, put, run_job, run_printing, say
from core.command_line.data_options import DataOptions, with_data_options, with_triggers
from core.command_line.method_options import (
    PRUNING,
    PrunedLayersOption,
    PrunedTensorOption,
    SuspectsOption,
    check_pruning,
    check_suspects,
    methods_listed,
    read_choices,
    with_methods,
)
from core.command_line.registry_options import Choice, listed, with_options
from core.environment import command_name, is_checkout
from core.monitor import Monitor
from core.network.confidence import DEFAULT_FALSE_ALARM_RATE
from core.order.orders.registry import DEFAULT_ORDER, ORDERS
from core.repair.method import PRUNING_THRESHOLD
from core.repair.methods.registry import METHODS
from core.sweep.thresholds import LARGEST_POINTS, SMALLEST_POINTS
from core.version import NAME, VERSION

NO_DISPLAY = (
    f"There is no display for a window. Try `{command_name()} --demo`, which runs the demo in the "
    f"terminal, or `{command_name()} prune --help` for your own files."
)


def run(arguments: list[str]) -> int:
    """Run the command that the arguments name and return the exit status."""
    command = typer.main.get_command(make_app())

    def work() -> int:
        try:
            command.main(args=arguments, prog_name="main.py" if is_checkout() else command_name(), standalone_mode=True)
        except SystemExit as exit_:
            return exit_.code if isinstance(exit_.code, int) else Status.DONE
        return Status.DONE

    return run_printing(work)


def make_app() -> typer.Typer:
    """Create the Typer application from the current registries."""
    app = typer.Typer(
        cls=CommandGroup,
        add_completion=False,
        no_args_is_help=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        pretty_exceptions_enable=False,
        help="Inspect, prune and repair backdoored image classifiers. Without a command: the window.",
        epilog="With ./run in front instead of python main.py, everything is set up first; ./run test runs all tests."
        if is_checkout()
        else None,
    )
    app.callback(invoke_without_command=True)(start)
    app.command(
        name="prune", epilog=listed("The orders:", {each.name: f"{each.title}. {each.help}." for each in ORDERS})
    )(with_data_options(with_triggers(_with_orders(prune_command))))
    app.command(name="detect", epilog=detectors_listed())(with_data_options(detect_command))
    app.command(name="repair", epilog=methods_listed())(with_data_options(with_triggers(with_methods(repair_command))))
    app.command(name="compare")(with_data_options(with_triggers(compare_command)))
    app.command(name="evaluate")(with_data_options(with_triggers(evaluate_command)))
    app.command(name="classify")(with_data_options(classify_command))
    app.command(name="audit")(audit_command)
    app.command(name="screen")(screen_command)
    app.command(name="build-demo")(build_demo_command)
    return app


def start(
    context: typer.Context,
    demo: Annotated[
        bool, typer.Option("--demo", help="Open the embedded demo; without a display, run it in the terminal.")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version, and whether files are read in a sandbox.")
    ] = False,
) -> None:
    """Run without a command: print the version, or run the demo."""
    if version:
        from core.intake.sandbox.in_use import sandbox_state  # noqa: PLC0415  # only on use

        put(f"{NAME} {VERSION}")
        put(f"sandbox: {sandbox_state().sentence}")
        raise typer.Exit(Status.DONE)
    if context.invoked_subcommand is not None:
        if demo:
            raise typer.BadParameter("--demo cannot be combined with a command")
        return
    if demo:
        from core.command_line.commands.demo import run_demo  # noqa: PLC0415  # only on use

        _finish(run_demo, has_progress=True, writes=True)
    say(NO_DISPLAY)
    raise typer.Exit(Status.WRONG_USAGE)


def prune_command(
    *,
    model: ModelOption,
    validation: ValidationOption,
    out: OutOption,
    test: TestOption = None,
    poisoned: PoisonedOption = None,
    target: TargetOption = None,
    layer: Annotated[
        str | None,
        typer.Option("--layer", help="One, several with commas, or all; by default the last one with several readers."),
    ] = None,
    reader: Annotated[
        str | None, typer.Option("--reader", help="Prune only what this layer reads; by default for every reader.")
    ] = None,
    tensor: TensorOption = None,
    order: str,
    thresholds: Annotated[
        str, typer.Option("--thresholds", help="Allowed drops of clean validation accuracy, in points.")
    ] = "2,4,10",
    scale: ScaleOption = AUTO,
    memory: Annotated[
        str,
        typer.Option("--memory", help="Memory for the layers' outputs, such as 512M or 2G; the rest is kept on disk."),
    ] = "256M",
    overwrite: OverwriteOption = False,
    progress: ProgressOption = None,
    json: JsonOption = False,
    how_read: DataOptions,
) -> None:
    """Prune channel after channel, and write curve, table, repaired networks and a report.

    Files in the folder: curve.csv, curve.png, results.json, report.html, and for each threshold pruned_….keras (B′) and
    repaired_….keras (G), of the last step before the threshold is crossed.
    """
    from core.command_line.commands.prune import PruneOptions, prune  # noqa: PLC0415  # a command imports only what it needs

    if layer is not None:
        check_layer_names(layer, hint="--layer")
    options = PruneOptions(
        model=model,
        validation=validation,
        test=test,
        **typed_attacks(poisoned, target),
        layer=layer,
        reader=reader,
        tensor=tensor,
        order=ORDERS.get(order),
        thresholds=typed_thresholds(thresholds),
        scale=typed_scale(scale),
        memory_bytes=parse_memory(memory),
        out=out,
        overwrite=overwrite,
        is_json=json,
        command_line=tuple(sys.argv[1:]),
        how_read=how_read,
    )
    _finish(lambda monitor: prune(options, monitor), has_progress=progress, writes=True)


def repair_command(
    *,
    model: ModelOption,
    validation: ValidationOption,
    out: OutOption,
    test: TestOption = None,
    poisoned: PoisonedOption = None,
    target: TargetOption = None,
    unlabelled: UnlabelledOption = None,
    method: str,
    layers: PrunedLayersOption = None,
    tensor: PrunedTensorOption = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            "--threshold",
            min=SMALLEST_POINTS,
            max=LARGEST_POINTS,
            help=f"Drop of clean validation accuracy that pruning may reach, in points; {100 * PRUNING_THRESHOLD:g} "
            "by default.",
            rich_help_panel=PRUNING,
        ),
    ] = None,
    suspects: SuspectsOption = None,
    false_alarms: FalseAlarmsOption = 100 * DEFAULT_FALSE_ALARM_RATE,
    seed: SeedOption = 0,
    scale: ScaleOption = AUTO,
    overwrite: OverwriteOption = False,
    progress: ProgressOption = None,
    json: JsonOption = False,
    how_read: DataOptions,
    **settings: Any,
) -> None:
    """Repair a network on clean validation images alone; test and poisoned sets are only reported.

    Files in the folder: results.json, history.csv, report.html, pruned.keras (B′), repaired.keras (G by agreement) and
    repaired_by_confidence.keras (G by confidence); curve.csv where channels are pruned.
    """
    from core.command_line.commands.repair import RepairOptions, repair  # noqa: PLC0415  # as above

    how = METHODS.get(method)
    check_pruning(how, settings, layers=layers, tensor=tensor, threshold=threshold)
    choices = read_choices(how, settings, has_unlabelled=unlabelled is not None)
    if layers is not None:
        check_layer_names(layers, hint="--layers")
    options = RepairOptions(
        model=model,
        validation=validation,
        test=test,
        **typed_attacks(poisoned, target),
        unlabelled=unlabelled,
        method=how,
        layers=layers,
        tensor=tensor,
        threshold=PRUNING_THRESHOLD if threshold is None else typed_thresholds(f"{threshold:.10g}")[0],
        false_alarm_rate=round(false_alarms / 100, 10),
        choices=choices,
        suspects=check_suspects(how, suspects),
        seed=seed,
        scale=typed_scale(scale),
        out=out,
        overwrite=overwrite,
        is_json=json,
        command_line=tuple(sys.argv[1:]),
        how_read=how_read,
    )
    _finish(lambda monitor: repair(options, monitor), has_progress=progress, writes=True)


def compare_command(
    *,
    model: ModelOption,
    validation: ValidationOption,
    repaired: Annotated[
        list[Path],
        typer.Option(
            "--repaired", help="A repaired network of it: a B′, or a G made here; can be repeated.", show_default=False
        ),
    ],
    out: OutOption,
    test: TestOption = None,
    poisoned: PoisonedOption = None,
    target: TargetOption = None,
    false_alarms: FalseAlarmsOption = 100 * DEFAULT_FALSE_ALARM_RATE,
    scale: ScaleOption = AUTO,
    overwrite: OverwriteOption = False,
    progress: ProgressOption = None,
    json: JsonOption = False,
    how_read: DataOptions,
) -> None:
    """Compare repaired networks on the same images: clean accuracy, attack success and what each flags.

    Files in the folder: compare.csv, results.json, report.html, and compare.png if there are poisoned sets.
    """
    from core.command_line.commands.compare import CompareOptions, compare  # noqa: PLC0415  # as above

    options = CompareOptions(
        model=model,
        validation=validation,
        test=test,
        **typed_attacks(poisoned, target),
        false_alarm_rate=round(false_alarms / 100, 10),
        repaired=check_once(repaired, what="repaired network", hint="--repaired"),
        scale=typed_scale(scale),
        out=out,
        overwrite=overwrite,
        is_json=json,
        command_line=tuple(sys.argv[1:]),
        how_read=how_read,
    )
    _finish(lambda monitor: compare(options, monitor), has_progress=progress, writes=True)


def evaluate_command(
    *,
    model: ModelOption,
    validation: Annotated[Path | None, typer.Option("--validation", help="Clean validation images.")] = None,
    test: Annotated[Path | None, typer.Option("--test", help="Clean test images.")] = None,
    poisoned: PoisonedOption = None,
    target: TargetOption = None,
    scale: ScaleOption = AUTO,
    progress: ProgressOption = None,
    json: JsonOption = False,
    how_read: DataOptions,
) -> None:
    """Print clean accuracy and attack success rate of a network as it is."""
    from core.command_line.commands.evaluate import EvaluateOptions, evaluate  # noqa: PLC0415  # as above

    if validation is None and test is None and not poisoned:
        raise typer.BadParameter("give at least one of --validation, --test and --poisoned")
    attacks = typed_attacks(poisoned, target)
    options = EvaluateOptions(model, validation, test, typed_scale(scale), json, how_read, **attacks)
    _finish(lambda monitor: evaluate(options, monitor), has_progress=progress)


def screen_command(
    *,
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="Files, or folders with all files in them.")],
    read_as: Annotated[
        FileKind, typer.Option("--as", help="What to read each file as; auto finds it from the first bytes.")
    ] = FileKind.AUTO,
    sarif: Annotated[
        Path | None, typer.Option("--sarif", help="Write the findings to this file, too, in SARIF 2.1.0.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing SARIF file.")] = False,
    progress: ProgressOption = None,
    json: JsonOption = False,
) -> None:
    """Check files of any kind as when they are opened, and say what was found; nothing in them is executed.

    The exit status is 0 if all files open, and 3 if one is refused.
    """
    from core.command_line.commands.screen import ScreenOptions, screen  # noqa: PLC0415  # as above

    paths = check_named(files)
    check_new(sarif, inputs=paths, overwrite=overwrite, hint="--sarif")
    options = ScreenOptions(paths, read_as.value, sarif, json)
    _finish(lambda monitor: screen(options, monitor), has_progress=progress)


def build_demo_command(
    *,
    out: Annotated[
        Path | None, typer.Option("--out", help="The folder; by default the folder of the embedded demo.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, help="Seed of all random numbers; another seed makes another demo.")
    ] = None,
    progress: ProgressOption = None,
) -> None:
    """Rebuild the demo's faces and networks, which takes minutes."""
    from core.command_line.commands.demo import build_demo_files  # noqa: PLC0415  # as above

    _finish(lambda monitor: build_demo_files(out, seed=seed, monitor=monitor), has_progress=progress, writes=True)


def _with_orders(command: Callable[..., None]) -> Callable[..., None]:
    """Return the command `prune` with the registered orders."""
    order = Choice("--order", "What is pruned first, see below.", ORDERS.names, default=DEFAULT_ORDER.name)
    return with_options(command, choices={"order": order})


def _finish(job: Callable[[Monitor], Status], *, has_progress: bool | None, writes: bool = False) -> None:
    raise typer.Exit(run_job(job, has_progress=has_progress, writes=writes))
