"""`prune`: the whole pruning job, from the files to the repaired networks and the report."""

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from core.channels import ChannelTensor, LayerSet
from core.command_line.console import Status, refuse
from core.command_line.early_checks import check_files_early
from core.command_line.open_sets import open_sets, say_if_no_choice, say_if_not_savable, say_notes
from core.command_line.output_folder import OutputFolder
from core.command_line.run_options import RunOptions, print_results
from core.cut.readers import check_reader
from core.monitor import Monitor
from core.network.start_keras import start_keras
from core.order.order import PruningOrder
from core.records import Side
from core.report.prune.folder import write_pruning_files
from core.report.prune.record import Report, describe_inspection
from core.report.prune.results import results_as_dict
from core.report.prune.table import table_text
from core.report.prune.verdict import IN_VIEW_COUNT, bypass_sentence, find_verdict
from core.report.repair.network_saves import NetworkSaves
from core.sweep.stops import Stop, find_stops
from core.words import layer_title, points, scale_text, tensor_words

if TYPE_CHECKING:  # importing Keras takes seconds; help and usage errors do not need it
    from core.sweep.inspection import Inspection, InspectionRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class PruneOptions(RunOptions):
    """The options of the command.

    Attributes:
        layer: the layer to prune, as typed; None uses the network's default layer.
        reader: prune only what this layer reads; None prunes the channel's output.
        tensor: which tensor is ranked and zeroed; None uses that behind the activation.
        order: the pruning order.
        thresholds: allowed drops of clean validation accuracy, in (0, 1).
        memory_bytes: how many bytes of the layers' outputs are kept in memory.
    """

    layer: str | None
    reader: str | None
    tensor: ChannelTensor | None
    order: PruningOrder
    thresholds: tuple[float, ...]
    memory_bytes: int


def prune(options: PruneOptions, monitor: Monitor) -> Status:
    """Inspect a network, write the results, print the table.

    Raises:
        InspectorError: an input was refused, or the results cannot be written.
        Cancelled: the job was cancelled; nothing is written.
    """
    names = _file_names(options.thresholds)
    inputs = (options.model, *options.data)
    with OutputFolder(options.out, names=names, overwrite=options.overwrite, inputs=inputs) as folder:
        check_files_early(
            models=[options.model],
            data=options.chosen_data,
            architecture=options.how_read.architecture,
            triggers=options.how_read.trigger_paths,
            monitor=monitor,
        )
        request, inspection = _inspect(options, monitor)
        stops = find_stops(inspection.sweep, options.thresholds)
        saves = _save_networks(request, inspection, stops, folder=folder.staging, monitor=monitor)
        names = [each for each in names if each not in saves.failed]
        report = describe_inspection(
            request, inspection, stops=stops, command_line=options.command_line, not_saved=saves.sentences
        )
        write_pruning_files(folder.staging, report, names=names, monitor=monitor)
        monitor.checkpoint("Writing the report", done_count=1, total_count=1)
        folder.commit()
    print_results(options, results=results_as_dict(report, files=names), text=_summary(report), files=names)
    return Status.REFUSED if saves.failed else Status.DONE


def _file_names(thresholds: Sequence[float]) -> list[str]:
    names = ["curve.csv", "results.json", "curve.png"]
    for threshold in thresholds:
        names += [f"pruned_{points(threshold)}.keras", f"repaired_{points(threshold)}.keras"]
    return [*names, "report.html"]


def _inspect(options: PruneOptions, monitor: Monitor) -> "tuple[InspectionRequest, Inspection]":
    start_keras(monitor)
    from core.network.network import open_network  # noqa: PLC0415  # these import Keras
    from core.sweep.inspection import InspectionRequest, inspect  # noqa: PLC0415

    network = open_network(options.model, monitor=monitor, architecture=options.how_read.architecture)
    network = network.with_tensor(options.tensor or ChannelTensor.ACTIVATION)
    say_notes(network)
    say_if_not_savable(network, monitor)
    layer = LayerSet.of(network.default_layer()) if options.layer is None else network.parse_layers(options.layer)
    prunable = network.layer(layer)
    if options.reader is not None:
        check_reader(prunable, options.reader)
    say_if_no_choice(prunable, options.tensor)
    request = InspectionRequest(
        open_sets(network, options, monitor),
        layer=layer,
        reader=options.reader,
        order=options.order,
        memory_bytes=options.memory_bytes,
    )
    return request, inspect(request, monitor=monitor)


def _save_networks(
    request: "InspectionRequest",
    inspection: "Inspection",
    stops: Sequence[Stop],
    *,
    folder: Path,
    monitor: Monitor,
) -> NetworkSaves:
    """Save B′ and G of the last step before each crossing, each if it can be."""
    from core.network.rebuild import build_pruned, build_repaired  # noqa: PLC0415  # imports Keras

    network, sweep = request.inputs.network, inspection.sweep
    probe = inspection.evaluator.inputs.probe()
    saves = NetworkSaves(folder, probe=probe, scale=sweep.scale, on_failed=refuse, monitor=monitor)
    saved: dict[int, str] = {}
    kept = [stop for stop in stops if stop.side is Side.BEFORE and stop.threshold is not None]
    for done_count, stop in enumerate(kept):
        monitor.checkpoint("Saving networks", done_count=done_count, total_count=len(kept))
        assert stop.point is not None and stop.threshold is not None
        pruned_count = stop.point.pruned_count
        pruned_name, repaired_name = (f"{kind}_{points(stop.threshold)}.keras" for kind in ("pruned", "repaired"))
        if pruned_count in saved:
            for name in (pruned_name, repaired_name):
                saves.copy(name, of=f"{name.partition('_')[0]}_{saved[pruned_count]}.keras")
            continue
        channel_mask = sweep.ranking.channel_mask(pruned_count)
        pruned = saves.save(
            pruned_name,
            partial(
                build_pruned,
                network,
                layer=request.layer,
                channel_mask=channel_mask,
                reader=request.reader,
                probe=probe,
            ),
        )
        if pruned is not None:
            saves.save(repaired_name, partial(build_repaired, network, pruned, probe=probe))
        else:
            saves.skip(repaired_name, because_of=pruned_name)
        saved[pruned_count] = points(stop.threshold)
    return saves


def _summary(report: Report) -> str:
    sweep = report.sweep
    verdict = find_verdict(sweep, report.stops, report.origin.cautions)
    # The bypass is a note below the table.
    sentences = [each for each in verdict.sentences if each != bypass_sentence(sweep)]
    place = tensor_words(sweep.ranking.layer)
    pruned = f"what {sweep.reader} reads of it, zero{place}" if place else f"what {sweep.reader} reads of it"
    if sweep.reader is None:
        pruned = f"output{place}, for every reader"
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    return "\n".join(
        [
            verdict.headline,
            "",
            *report.origin.not_saved,
            *([""] if report.origin.not_saved else []),
            scale_text(sweep.scale, report.origin.scale_finding),
            f"Layer {layer_title(sweep.ranking.layer)}: {pruned}; {sweep.ranking.kind.name} order",
            "",
            table_text(sweep, report.stops, width=width),
            "",
            *([*report.origin.notes, ""] if report.origin.notes else []),
            verdict.headline,
            *sentences[:IN_VIEW_COUNT],
            *(f"  · {each}" for each in sentences[IN_VIEW_COUNT:]),
        ]
    )
