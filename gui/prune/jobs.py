"""The jobs of the window: plain callables `(Monitor) -> result` that hold all they need and touch no widget.

The engine is imported inside the callables, in the worker: the window paints before TensorFlow is there.
"""

# ruff: noqa: PLC0415 - the point of this file is that the engine is imported late

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.channels import LayerSet
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.order.order import PruningOrder
from core.records import ScaleFinding, SweepPoint
from core.sweep.stops import Stop
from gui.job_runner import Job
from gui.state.masked_network import MaskedNetwork

if TYPE_CHECKING:
    from core.network.model_file import SavedModel
    from core.sweep.inspection import Inspection, InspectionRequest
    from core.sweep.masked_evaluator import MaskedEvaluator


@dataclass(frozen=True, slots=True, eq=False)
class PruneInputs:
    """What a run is made of.

    Attributes:
        evaluation: the network and the sets; without a pixel range the run finds it.
        layer: what is pruned.
        reader: the one reader that stops reading; None prunes the output.
        order: which channels go first.
        scale_finding: how the pixel range was found; None when the person chose it.
    """

    evaluation: EvaluationInputs
    layer: LayerSet
    reader: str | None
    order: PruningOrder
    scale_finding: ScaleFinding | None

    def request(self) -> "InspectionRequest":
        """The engine's own record of it."""
        from core.sweep.inspection import InspectionRequest

        return InspectionRequest(self.evaluation, layer=self.layer, reader=self.reader, order=self.order)


def inspect(inputs: PruneInputs) -> Job:
    """Rank and prune; publishes as it goes and gives an `Inspection`."""

    def job(monitor: Monitor) -> "Inspection":
        from core.sweep.inspection import inspect as run

        inspection = run(inputs.request(), monitor=monitor)
        # A range that was found before the run is reported as found, not as given.
        return replace(inspection, scale_finding=inspection.scale_finding or inputs.scale_finding)

    return job


def score(evaluator: "MaskedEvaluator", channel_mask: NDArray[np.bool_]) -> Job:
    """Score a mask made by hand; publishes the `SweepPoint` of a sample and gives the exact one."""
    channel_mask = channel_mask.copy()
    pruned_count = int((~channel_mask).sum())

    def job(monitor: Monitor) -> SweepPoint:
        return evaluator.score(channel_mask, pruned_count=pruned_count, monitor=monitor)

    return job


def export(kind: str, path: Path, *, inputs: PruneInputs, inspection: "Inspection", stops: tuple[Stop, ...]) -> Job:
    """Write the curve, the results or the report; gives the path.

    Args:
        kind: "csv", "json", "png", "svg" or "report".
        path: where to.
        inputs: what the run was made of.
        inspection: what it found.
        stops: the rows of the results table.
    """

    def job(monitor: Monitor) -> Path:
        from core.report.prune.curve_csv import write_curve_csv
        from core.report.prune.curve_image import write_curve_image
        from core.report.prune.page import write_html
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
    """Build B′ or G, save it, and read it back; gives a `SavedModel`.

    Args:
        masked: B and what is pruned in it.
        path: where to, ".keras" or ".h5".
        is_repaired: G instead of B′.
        inputs: the sets; on images of each the file that was written must answer as the network does.
        forbidden: the open files, which are never written over.
        may_replace: whether the person agreed to replace what is there.
    """

    def job(monitor: Monitor) -> "SavedModel":
        from core.network.model_file import save_model
        from core.network.rebuild import build_pruned, build_repaired

        assert masked.layer is not None and masked.channel_mask is not None
        monitor.checkpoint("Building the network")
        probe = replace(inputs, scale=masked.scale).probe()
        model = build_pruned(
            masked.network,
            layer=masked.layer,
            channel_mask=masked.channel_mask,
            reader=masked.reader,
            probe=probe,
        )
        if is_repaired:
            model = build_repaired(masked.network, model, probe=probe)
        return save_model(model, path, probe=probe, forbidden=forbidden, overwrite=may_replace, monitor=monitor)

    return job
