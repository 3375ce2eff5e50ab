"""The jobs of the Prune page: plain callables `(Monitor) -> result` that hold all they need and touch no widget.

The engine is imported inside the callables, in the worker, so that the window is drawn before TensorFlow is loaded.
"""

# ruff: noqa: PLC0415 - the engine must be imported late

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.channels import LayerSet
from core.findings.scale_finding import ScaleFinding
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.order.order import PruningOrder
from core.records import SweepPoint
from core.sweep.stops import Stop
from core.thread_pool import run_aside
from gui.export.report_pdf import write_report_pdf
from gui.job_runner import Job
from gui.state.masked_network import MaskedNetwork

if TYPE_CHECKING:
    from core.network.model_saving import SavedModel
    from core.sweep.evaluator_on_demand import EvaluatorOnDemand
    from core.sweep.inspection import Inspection, InspectionRequest
    from core.sweep.masked_evaluator import MaskedEvaluator


@dataclass(frozen=True, slots=True, eq=False)
class PruneInputs:
    """The inputs of a run.

    Attributes:
        evaluation: the network and the sets; if it has no pixel range, the run finds it.
        layer: the layers to prune.
        reader: the only layer that stops reading pruned channels; None prunes them for all layers.
        order: which channels go first.
        scale_finding: how the pixel range was found; None if the user chose it.
    """

    evaluation: EvaluationInputs
    layer: LayerSet
    reader: str | None
    order: PruningOrder
    scale_finding: ScaleFinding | None

    def request(self) -> "InspectionRequest":
        """Convert to the engine's request."""
        from core.sweep.inspection import InspectionRequest

        return InspectionRequest(self.evaluation, layer=self.layer, reader=self.reader, order=self.order)


def inspect(inputs: PruneInputs) -> Job:
    """Return a job that ranks and prunes the channels; it publishes partial results and returns an `Inspection`."""

    def job(monitor: Monitor) -> "Inspection":
        from core.sweep.inspection import inspect as run

        inspection = run(inputs.request(), monitor=monitor)
        # A range found before the run is reported as found, not as chosen.
        return replace(inspection, scale_finding=inspection.scale_finding or inputs.scale_finding)

    return job


def score(evaluator: "MaskedEvaluator | EvaluatorOnDemand", channel_mask: NDArray[np.bool_]) -> Job:
    """Return a job that scores a mask made by hand.

    It publishes the `SweepPoint` of a sample and returns the exact one.
    """
    channel_mask = channel_mask.copy()
    pruned_count = int((~channel_mask).sum())

    def job(monitor: Monitor) -> SweepPoint:
        return evaluator.score(channel_mask, pruned_count=pruned_count, monitor=monitor)

    return job


def measure_difference(inputs: PruneInputs) -> Job:
    """Return a job that measures how much activations differ between poisoned and clean images, (C,)."""

    def job(monitor: Monitor) -> NDArray[np.float64] | None:
        from core.sweep.trigger_effect import measure_trigger_effect

        return measure_trigger_effect(inputs.evaluation, inputs.layer, reader=inputs.reader, monitor=monitor)

    return job


def export(kind: str, path: Path, *, inputs: PruneInputs, inspection: "Inspection", stops: tuple[Stop, ...]) -> Job:
    """Return a job that writes the curve, the results or the report, and returns the path.

    Args:
        kind: "csv", "json", "png", "svg", "report" or "pdf" (the report as PDF).
        path: of the file to write.
        inputs: the inputs of the run.
        inspection: the result of the run.
        stops: the rows of the results table.
    """

    def job(monitor: Monitor) -> Path:
        from core.report.prune.curve_csv import write_curve_csv
        from core.report.prune.curve_image import write_curve_image
        from core.report.prune.page import page_text, write_html
        from core.report.prune.record import describe_inspection
        from core.report.prune.results import write_results_json

        monitor.checkpoint(f"Writing {path.name}")
        sweep = inspection.sweep
        if kind == "csv":
            write_curve_csv(path, sweep)
        elif kind in ("png", "svg"):
            write_curve_image(path, sweep, stops)
        else:
            record = describe_inspection(inputs.request(), inspection, stops=stops)
            if kind == "json":
                write_results_json(path, record, files=(path.name,))
            elif kind == "pdf":
                write_report_pdf(path, page_text(record))
            else:
                write_html(path, record)
        return path

    return job


def save_network(
    masked: MaskedNetwork,
    path: Path,
    *,
    is_repaired: bool,
    inputs: EvaluationInputs,
    forbidden: tuple[Path, ...],
    may_replace: bool,
) -> Job:
    """Return a job that builds B′ or G, saves it, reads it back, and returns a `SavedModel`.

    Args:
        masked: B and its channel mask.
        path: of the file to write, ".keras" or ".h5".
        is_repaired: True saves G, False B′.
        inputs: the sets; on images of each, the saved network must answer as the one in memory.
        forbidden: the open files, which are never overwritten.
        may_replace: whether the user agreed to overwrite an existing file.
    """

    def job(monitor: Monitor) -> "SavedModel":
        from core.network.model_saving import save_model
        from core.network.rebuild import build_pruned, build_repaired

        assert masked.layer is not None and masked.channel_mask is not None
        monitor.checkpoint("Building the network")
        probe = replace(inputs, scale=masked.scale).probe()
        build = partial(
            build_pruned,
            masked.network,
            layer=masked.layer,
            channel_mask=masked.channel_mask,
            reader=masked.reader,
            probe=probe,
        )
        model = run_aside(build, while_waiting=monitor.stop_if_asked)
        if is_repaired:
            build_both = partial(build_repaired, masked.network, model, probe=probe)
            model = run_aside(build_both, while_waiting=monitor.stop_if_asked)
        return save_model(
            model, path, probe=probe, scale=masked.scale, forbidden=forbidden, overwrite=may_replace, monitor=monitor
        )

    return job
