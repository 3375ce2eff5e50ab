"""The files of a repair in a folder: the networks, and the report on them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import InspectorError
from core.monitor import Monitor
from core.report.prune.curve_csv import write_curve_csv
from core.report.repair.files import write_history_csv, write_repair_html, write_repair_json
from core.report.repair.network_saves import NetworkSaves
from core.report.repair.record import RepairReport

if TYPE_CHECKING:  # these import Keras
    from core.repair.job import Repair, RepairRequest

NETWORKS = ("pruned.keras", "repaired.keras", "repaired_by_confidence.keras")


def save_networks(
    folder: Path,
    request: "RepairRequest",
    repaired: "Repair",
    *,
    on_failed: Callable[[InspectorError], object],
    monitor: Monitor,
) -> NetworkSaves:
    """Save B′ and both Gs, each if it can be.

    Args:
        folder: where to.
        request: what was asked for.
        repaired: its result.
        on_failed: called for each network that cannot be saved.
        monitor: receives progress, and can cancel.

    Raises:
        ExportError: the disk is full or cannot be written.
        Cancelled: the job was cancelled.
    """
    from core.network.rebuild import build_repaired  # noqa: PLC0415  # imports Keras

    probe = replace(request.inputs, scale=repaired.scale).probe()
    saves = NetworkSaves(folder, probe=probe, scale=repaired.scale, on_failed=on_failed, monitor=monitor)
    pruned = repaired.model
    saves.save("pruned.keras", lambda: pruned)
    build = partial(build_repaired, request.inputs.network, pruned, probe=probe)
    saves.save("repaired.keras", build)
    level = repaired.level.level
    saves.save("repaired_by_confidence.keras", partial(build, confidence_level=level))
    return saves


def write_repair_files(
    folder: Path, report: RepairReport, *, names: Sequence[str], curves: Sequence[str], monitor: Monitor
) -> None:
    """Write curves, epochs, results and page of a repair.

    Args:
        folder: where to.
        report: the report.
        names: names of all files that are written together, for the results.
        curves: a name for each curve.
        monitor: receives progress, and can cancel.

    Raises:
        ExportError: a file could not be written.
        Cancelled: the job was cancelled.
    """
    monitor.checkpoint("Writing the report", done_count=0, total_count=1)
    for name, sweep in zip(curves, report.sweeps, strict=False):
        write_curve_csv(folder / name, sweep)
    write_history_csv(folder / "history.csv", report)
    write_repair_json(folder / "results.json", report, files=names)
    write_repair_html(folder / "report.html", report)
    monitor.checkpoint("Writing the report", done_count=1, total_count=1)
