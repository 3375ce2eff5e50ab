"""The jobs of the window: plain callables `(Monitor) -> result` that hold all they need and touch no widget.

The engine is imported inside the callables, in the worker: the window paints before TensorFlow is there.
"""

# ruff: noqa: PLC0415 - the point of this file is that the engine is imported late

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.channels import Order, PrunableLayer
from core.errors import ModelFileError
from core.monitor import Monitor
from core.records import Bypass, Scale, ScaleFinding, Stop, Sweep, SweepPoint
from gui.job_runner import Job
from gui.run import Curve
from gui.workspace import StartFiles, Workspace

if TYPE_CHECKING:
    from core.dataset import Dataset
    from core.inspection import Inspection, InspectionRequest
    from core.model_file import SavedModel
    from core.network import Network
    from core.report import Verdict
    from core.workbench import Workbench

PROBE_COUNT = 32  # images that a saved network is compared on


@dataclass(frozen=True, slots=True, eq=False)
class MaskedNetwork:
    """A network and what is pruned in it.

    Attributes:
        network: B.
        scale: the pixel range that it is fed.
        layer: whose channels are pruned, several with commas between them, or `ALL_LAYERS`; None while nothing can be.
        channel_mask: (C,) bool, True = kept; None prunes nothing.
        reader: the one reader that stops reading; None prunes the output.
    """

    network: "Network"
    scale: Scale
    layer: str | None
    channel_mask: NDArray[np.bool_] | None
    reader: str | None

    def __post_init__(self) -> None:
        if self.channel_mask is not None:
            channel_mask = self.channel_mask.copy()
            channel_mask.flags.writeable = False
            object.__setattr__(self, "channel_mask", channel_mask)


@dataclass(frozen=True, slots=True, eq=False)
class RunInputs:
    """What a run is made of; the fields are those of `core.inspection.InspectionRequest`.

    Attributes:
        scale_finding: how `scale` was found; None when the person chose it.
    """

    network: "Network"
    validation: "Dataset"
    test: "Dataset | None"
    poisoned: tuple["Dataset", ...]
    layer: str
    reader: str | None
    order: Order
    scale: Scale | None
    scale_finding: ScaleFinding | None

    def request(self) -> "InspectionRequest":
        """The engine's own record of it."""
        from core.inspection import InspectionRequest

        return InspectionRequest(
            network=self.network,
            validation=self.validation,
            test=self.test,
            poisoned=self.poisoned,
            layer=self.layer,
            reader=self.reader,
            order=self.order,
            scale=self.scale,
        )


def warm_up() -> Job:
    """Import the engine and, with it, TensorFlow."""

    def job(monitor: Monitor) -> None:
        from core.command_line.start_keras import start_keras

        start_keras(monitor)  # its greetings stay out of the terminal
        import core.classification
        import core.inspection
        import core.picture
        import core.report  # noqa: F401 - imported for its cost, not its names

    return job


def open_model(path: Path) -> Job:
    """Open a model file; gives a `Network`."""

    def job(monitor: Monitor) -> "Network":
        from core.network import open_network

        return open_network(path, monitor=monitor)

    return job


def open_set(path: Path, *, input_shape: tuple[int, int, int] | None, class_count: int | None, has_labels: bool) -> Job:
    """Open a data file, checked against the open model if there is one; gives a `Dataset`.

    Args:
        path: the file.
        input_shape: of the open model.
        class_count: of the open model.
        has_labels: whether the file's labels are looked at.
    """

    def job(monitor: Monitor) -> "Dataset":
        from core.dataset import open_dataset

        return open_dataset(
            path, input_shape=input_shape, class_count=class_count, has_labels=has_labels, monitor=monitor
        )

    return job


def check_fits(dataset: "Dataset", *, input_shape: tuple[int, int, int], class_count: int | None) -> "Dataset":
    """The set as the model wants it laid out.

    Raises:
        DatasetError: it does not fit.
    """
    from core.dataset import check_fits as check

    return check(dataset, input_shape=input_shape, class_count=class_count)


def demo_start() -> StartFiles:
    """The files of the embedded demo.

    Raises:
        ModelFileError: the demo is not there.
    """
    from core.demo import demo_files

    files = demo_files()
    if not files.model.is_file():
        raise ModelFileError(
            f"the demo's files must be in '{files.folder}', but they are not there; './run build-demo' makes them",
            code="missing-demo",
        )
    return StartFiles(
        model=files.model,
        validation=files.validation,
        test=files.test,
        poisoned=(files.poisoned,),
        picture=files.pictures[0] if files.pictures else None,
    )


def find_scale(network: "Network", validation: "Dataset") -> Job:
    """Find the pixel range that the network wants; gives a `ScaleFinding`."""

    def job(monitor: Monitor) -> ScaleFinding:
        from core.evaluation import find_scale as find

        return find(network, validation, monitor=monitor)

    return job


def inspect(inputs: RunInputs) -> Job:
    """Rank and prune; publishes as it goes and gives an `Inspection`."""

    def job(monitor: Monitor) -> "Inspection":
        from core.inspection import inspect as run

        inspection = run(inputs.request(), monitor=monitor)
        # A range that was found before the run is reported as found, not as given.
        return replace(inspection, scale_finding=inspection.scale_finding or inputs.scale_finding)

    return job


def score(workbench: "Workbench", channel_mask: NDArray[np.bool_]) -> Job:
    """Score a mask made by hand; publishes the `SweepPoint` of a sample and gives the exact one."""
    channel_mask = channel_mask.copy()
    pruned_count = int((~channel_mask).sum())

    def job(monitor: Monitor) -> SweepPoint:
        return workbench.score(channel_mask, pruned_count=pruned_count, monitor=monitor)

    return job


def find_stops(curve: Curve, thresholds: Sequence[float]) -> tuple[Stop, ...]:
    """The rows of the results table; light enough for the GUI thread."""
    from core.pruning import find_stops as find

    return find(curve, thresholds)


def find_verdict(sweep: Sweep, stops: Sequence[Stop], cautions: Sequence[str]) -> "Verdict":
    """What a whole curve says in words; light enough for the GUI thread."""
    from core.report import find_verdict as find

    return find(sweep, stops, cautions)


def find_cautions(workspace: Workspace, *, has_refit: bool) -> tuple[str, ...]:
    """Doubts about the files that are open; light enough for the GUI thread.

    Args:
        workspace: has the files.
        has_refit: whether those count that matter to refitting alone.
    """
    from core.cautions import find_cautions as find

    if workspace.summary is None:
        return ()
    start = workspace.run.points[0].validation if workspace.run is not None and workspace.run.points else None
    return find(
        class_count=workspace.summary.class_count,
        validation=workspace.validation,
        test=workspace.test,
        poisoned=workspace.poisoned,
        unlabelled=workspace.unlabelled if has_refit else None,
        scale_finding=workspace.scale_finding if workspace.settings.scale is None else None,
        clean_share=start.pruned if start else None,
    )


def find_bypass(layer: PrunableLayer, *, reader: str | None) -> Bypass | None:
    """Who goes on reading the channels of a layer; light enough for the GUI thread."""
    from core.pruning import find_bypass as find

    return find(layer, reader=reader)


def export(kind: str, path: Path, *, inputs: RunInputs, inspection: "Inspection", stops: tuple[Stop, ...]) -> Job:
    """Write the curve, the results or the report; gives the path.

    Args:
        kind: "csv", "json", "png", "svg" or "report".
        path: where to.
        inputs: what the run was made of.
        inspection: what it found.
        stops: the rows of the results table.
    """

    def job(monitor: Monitor) -> Path:
        from core import report

        monitor.checkpoint(f"Writing {path.name}")
        sweep = inspection.sweep
        if kind == "csv":
            report.write_curve_csv(path, sweep)
        elif kind in ("png", "svg"):
            report.write_curve_picture(path, sweep, stops)
        else:
            record = report.describe_inspection(inputs.request(), inspection, stops=stops)
            if kind == "json":
                report.write_results_json(path, record, files=(path.name,))
            else:
                report.write_html(path, record)
        return path

    return job


def save_network(
    masked: MaskedNetwork,
    path: Path,
    *,
    is_repaired: bool,
    probe: "Dataset",
    forbidden: tuple[Path, ...],
    may_replace: bool,
) -> Job:
    """Build B′ or G, save it, and read it back; gives a `SavedModel`.

    Args:
        masked: B and what is pruned in it.
        path: where to, ".keras" or ".h5".
        is_repaired: G instead of B′.
        probe: images on which the file that was written must answer as the network does.
        forbidden: the open files, which are never written over.
        may_replace: whether the person agreed to replace what is there.
    """

    def job(monitor: Monitor) -> "SavedModel":
        from core.model_file import save_model
        from core.repair import build_pruned, build_repaired

        assert masked.layer is not None and masked.channel_mask is not None
        monitor.checkpoint("Building the network")
        pixels = probe.rows(np.arange(min(PROBE_COUNT, probe.image_count)), scale=masked.scale)
        model = build_pruned(
            masked.network,
            layer=masked.layer,
            channel_mask=masked.channel_mask,
            reader=masked.reader,
            probe=pixels,
        )
        if is_repaired:
            model = build_repaired(masked.network, model, probe=pixels)
        return save_model(model, path, probe=pixels, forbidden=forbidden, overwrite=may_replace, monitor=monitor)

    return job
