"""`repair`: prunes, refits or both, and writes the repaired networks and a report."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.channels import NO_LAYERS, ChannelTensor
from core.command_line.console import Status, refuse, say
from core.command_line.data_options import UNLABELLED
from core.command_line.early_checks import check_files_early
from core.command_line.open_sets import open_sets, say_if_no_choice, say_if_not_savable, say_notes
from core.command_line.output_folder import OutputFolder
from core.command_line.run_options import RunOptions, print_results
from core.data.dataset import open_dataset
from core.monitor import Monitor
from core.network.start_keras import start_keras
from core.repair.checks import check_layers, check_not_repaired
from core.repair.choices import RefitChoices
from core.repair.method import RepairMethod
from core.report.repair.files import repair_as_dict, repair_text
from core.report.repair.folder import NETWORKS, save_networks, write_repair_files
from core.report.repair.record import describe_repair

if TYPE_CHECKING:  # importing Keras takes seconds; help and usage errors do not need it
    from core.repair.job import RepairRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairOptions(RunOptions):
    """The options of the command.

    Attributes:
        unlabelled: further clean images.
        method: the repair method.
        layers: the layers to prune, as typed; None uses the network's default layer.
        tensor: which tensor is ranked and zeroed; None uses that behind the activation.
        threshold: drop of clean validation accuracy that pruning may reach, in (0, 1).
        false_alarm_rate: share of clean images that G by confidence may flag, in (0, 1).
        choices: the typed settings, which replace the method's defaults.
        suspects: classes whose triggers are unlearned; empty to look for some.
        seed: seed of all random numbers.
    """

    unlabelled: Path | None
    method: RepairMethod
    layers: str | None
    tensor: ChannelTensor | None
    threshold: float
    false_alarm_rate: float
    choices: RefitChoices
    suspects: tuple[int, ...]
    seed: int


def repair(options: RepairOptions, monitor: Monitor) -> Status:
    """Repair a network, write the results, print the table.

    Raises:
        InspectorError: an input was refused, or the results cannot be written.
        Cancelled: the job was cancelled; nothing is written.
    """
    names = _file_names(options)
    data = (*options.data, *([options.unlabelled] if options.unlabelled else []))
    with OutputFolder(options.out, names=names, overwrite=options.overwrite, inputs=(options.model, *data)) as folder:
        more = (options.unlabelled, options.how_read.choice(UNLABELLED)) if options.unlabelled else None
        check_files_early(
            models=[options.model],
            data=options.chosen_data,
            unlabelled=more,
            architecture=options.how_read.architecture,
            triggers=options.how_read.trigger_paths,
            monitor=monitor,
        )
        start_keras(monitor)
        from core.repair.job import repair_network  # noqa: PLC0415  # imports Keras

        request = _request(options, monitor)
        repaired = repair_network(request, monitor=monitor)
        saves = save_networks(folder.staging, request, repaired, on_failed=refuse, monitor=monitor)
        report = describe_repair(request, repaired, command_line=options.command_line, not_saved=saves.sentences)
        curves = _curve_names(options)
        # A network without convolutions has no curve.
        names = [each for each in names if each not in {*curves[len(report.sweeps) :], *saves.failed}]
        write_repair_files(folder.staging, report, names=names, curves=curves, monitor=monitor)
        folder.commit()
    print_results(options, results=repair_as_dict(report, files=names), text=repair_text(report), files=names)
    return Status.REFUSED if saves.failed else Status.DONE


def _file_names(options: RepairOptions) -> list[str]:
    return [*_curve_names(options), "history.csv", "results.json", *NETWORKS, "report.html"]


def _curve_names(options: RepairOptions) -> list[str]:
    """Return one name per separately pruned layer, or more: only the network knows names that contain commas."""
    if not options.method.is_pruning:
        return []
    count = 1 if options.method.is_joint or options.layers is None else options.layers.count(",") + 1
    return ["curve.csv", *(f"curve_{number}.csv" for number in range(2, count + 1))]


def _request(options: RepairOptions, monitor: Monitor) -> "RepairRequest":
    from core.network.network import open_network  # noqa: PLC0415  # these import Keras
    from core.repair.job import RepairRequest  # noqa: PLC0415

    network = open_network(options.model, monitor=monitor, architecture=options.how_read.architecture)
    network = network.with_tensor(options.tensor or ChannelTensor.ACTIVATION)
    say_notes(network)
    check_not_repaired(network.summary)
    say_if_not_savable(network, monitor)
    layers = NO_LAYERS
    if options.method.is_pruning:
        typed = layers if options.layers is None else network.parse_layers(options.layers)
        layers = check_layers(network, typed, method=options.method)
        if layers:
            say_if_no_choice(network.layer(layers), options.tensor)
    inputs = open_sets(network, options, monitor)
    unlabelled = None
    if options.unlabelled is not None:
        unlabelled = open_dataset(
            options.unlabelled,
            input_shape=network.input_shape,
            has_labels=False,
            choice=options.how_read.choice(UNLABELLED),
            monitor=monitor,
        )
        for note in unlabelled.notes:
            say(note)
    usual = options.method.default_settings(seed=options.seed, has_unlabelled=unlabelled is not None)
    return RepairRequest(
        inputs,
        method=options.method,
        layers=layers,
        threshold=options.threshold,
        false_alarm_rate=options.false_alarm_rate,
        settings=options.choices.applied_to(usual),
        unlabelled=unlabelled,
        mask_settings=options.method.mask_settings(options.choices, seed=options.seed),
        choices=options.choices,
        suspects=options.suspects,
    )
