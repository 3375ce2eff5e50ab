"""`compare`: compares repaired networks of one B, with table, scatter and report."""

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.command_line.console import Status
from core.command_line.early_checks import check_files_early
from core.command_line.open_sets import open_sets, say_notes
from core.command_line.output_folder import OutputFolder
from core.command_line.run_options import RunOptions, print_results
from core.compare.comparison import Candidate, unique_name
from core.errors import ModelFileError
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.network.start_keras import start_keras
from core.report.compare.files import (
    WIDEST,
    comparison_as_dict,
    comparison_text,
    write_comparison_csv,
    write_comparison_json,
)
from core.report.compare.page import write_comparison_html
from core.report.compare.record import ComparisonReport, describe_comparison, network_files
from core.report.compare.scatter_image import write_scatter_image
from core.thread_pool import run_aside
from core.words import make_distinct


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareOptions(RunOptions):
    """The options of the command.

    Attributes:
        repaired: the files of repaired networks.
        false_alarm_rate: the share of clean images that G by confidence may flag, (0, 1).
    """

    repaired: tuple[Path, ...]
    false_alarm_rate: float


def compare(options: CompareOptions, monitor: Monitor) -> Status:
    """Compare repaired networks, write the results, print the table.

    Raises:
        InspectorError: an input was refused, or the results cannot be written.
        Cancelled: the job was cancelled; nothing is written.
    """
    names = ["compare.csv", "results.json", *(["compare.png"] if options.has_attacks else []), "report.html"]
    networks = (options.model, *options.repaired)
    inputs = (*networks, *options.data)
    with OutputFolder(options.out, names=names, overwrite=options.overwrite, inputs=inputs) as folder:
        check_files_early(
            models=networks,
            data=options.chosen_data,
            architecture=options.how_read.architecture,
            triggers=options.how_read.trigger_paths,
            monitor=monitor,
        )
        start_keras(monitor)
        report = _compare(options, monitor)
        monitor.checkpoint("Writing the report", done_count=0, total_count=1)
        write_comparison_csv(folder.staging / "compare.csv", report)
        write_comparison_json(folder.staging / "results.json", report, files=names)
        if options.has_attacks:
            # The first image of all takes seconds: Matplotlib looks for fonts.
            path = folder.staging / "compare.png"
            run_aside(lambda: write_scatter_image(path, report.comparison), while_waiting=monitor.stop_if_asked)
        write_comparison_html(folder.staging / "report.html", report)
        monitor.checkpoint("Writing the report", done_count=1, total_count=1)
        folder.commit()
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDEST
    text = comparison_text(report, width=width)
    print_results(options, results=comparison_as_dict(report, files=names), text=text, files=names)
    return Status.DONE


def _compare(options: CompareOptions, monitor: Monitor) -> ComparisonReport:
    from core.compare.job import compare_networks  # noqa: PLC0415  # these import Keras
    from core.metrics.scale_search import with_scale  # noqa: PLC0415
    from core.network.network import open_network  # noqa: PLC0415

    base = open_network(options.model, monitor=monitor, architecture=options.how_read.architecture)
    say_notes(base)
    if base.summary.is_repaired:
        raise ModelFileError(
            f"'{options.model}' is already a repaired network G: give the network B that it was made from as --model",
            code="repaired-already",
        )
    inputs, finding = with_scale(open_sets(base, options, monitor), monitor=monitor)
    candidates = _candidates(options, inputs, monitor)
    comparison = compare_networks(inputs, candidates, false_alarm_rate=options.false_alarm_rate, monitor=monitor)
    hashes = [each.sha256 for each in candidates]
    return describe_comparison(
        inputs,
        comparison,
        files=network_files(options.repaired, hashes),
        scale_finding=finding,
        command_line=options.command_line,
    )


def _candidates(options: CompareOptions, inputs: EvaluationInputs, monitor: Monitor) -> list[Candidate]:
    from core.compare.candidate_file import open_candidate  # noqa: PLC0415  # imports Keras

    found: list[Candidate] = []
    probe = inputs.probe()
    names = _names(options.repaired)
    for done_count, (path, wanted) in enumerate(zip(options.repaired, names, strict=True)):
        monitor.checkpoint("Opening networks", done_count=done_count, total_count=len(names))
        name = unique_name(wanted, [each.name for each in found])
        found.append(open_candidate(path, inputs.network, monitor, name=name, probe=probe))
    return found


def _names(paths: Sequence[Path]) -> tuple[str, ...]:
    """Return distinct names of files, with folders if these differ, as most files are called "pruned.keras"."""
    folders = [each.resolve().parent for each in paths]
    has_folders = len(set(folders)) > 1
    shown = [
        f"{folder.name}/{each.name}" if has_folders else each.name for each, folder in zip(paths, folders, strict=True)
    ]
    return make_distinct([(name, folder.parent.name) for name, folder in zip(shown, folders, strict=True)])
