"""The main job: find the pixel scale, rank the channels, and prune them one after the other."""

from dataclasses import dataclass
from functools import partial

from core.channels import LayerSet
from core.cut.tensor_store import MEMORY_BUDGET_BYTES
from core.display import Row, TableRecord
from core.findings.scale_finding import ScaleFinding
from core.metrics.interpretation import with_interpretations
from core.metrics.scale_search import with_scale
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.order.anp_settings import AnpSettings
from core.order.order import PruningOrder
from core.order.orders.registry import DEFAULT_ORDER
from core.sweep.evaluator_on_demand import EvaluatorOnDemand
from core.sweep.masked_evaluator import MaskedEvaluator
from core.sweep.records import Sweep
from core.sweep.stopwatch import Stopwatch
from core.sweep.sweep import run_sweep
from core.thread_pool import run_aside


@dataclass(frozen=True, slots=True, eq=False)
class InspectionRequest:
    """The inputs of the job.

    Attributes:
        inputs: the network and the sets; the validation images define the order and the stops. Without a pixel range
            it is detected.
        layer: the convolution whose channels are pruned, or several as one.
        reader: prune only what this layer reads; None prunes the channel's output.
        order: in which order channels are pruned.
        memory_bytes: how much of the outputs of the layers before the cut is kept in memory; the rest goes to a
            temporary file.
        mask_settings: how masks are optimized, for the order by mask; None uses the defaults.
    """

    inputs: EvaluationInputs
    layer: str | LayerSet
    reader: str | None = None
    order: PruningOrder = DEFAULT_ORDER
    memory_bytes: int = MEMORY_BUDGET_BYTES
    mask_settings: AnpSettings | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Inspection(TableRecord):
    """The results of the job.

    Attributes:
        sweep: the complete curve.
        scale_finding: how the scale was detected; None if it was given.
        evaluator: scores further masks quickly.
    """

    sweep: Sweep
    scale_finding: ScaleFinding | None
    evaluator: MaskedEvaluator | EvaluatorOnDemand

    def as_rows(self) -> tuple[Row, ...]:
        """The rows of the curve."""
        return self.sweep.as_rows()


def inspect(request: InspectionRequest, *, monitor: Monitor) -> Inspection:
    """Run the main job; publish the `ScaleFinding`, growing `Ranking`s and growing `SweepEstimate`s.

    Raises:
        LayerError: no such layer or reader.
        Cancelled: the job was cancelled.
    """
    stopwatch = Stopwatch()
    inputs, finding = request.inputs, None
    if inputs.scale is None:
        with stopwatch.phase("finding the pixel range"):
            inputs, finding = with_scale(inputs, monitor=monitor)
    if inputs.poisoned:
        with stopwatch.phase("finding the target"):
            inputs = with_interpretations(inputs, monitor=monitor)
    make_evaluator = partial(
        MaskedEvaluator, inputs, layer=request.layer, reader=request.reader, memory_bytes=request.memory_bytes
    )
    evaluator = run_aside(make_evaluator, while_waiting=monitor.stop_if_asked)
    sweep = run_sweep(
        evaluator,
        order=request.order,
        monitor=monitor,
        stopwatch=stopwatch,
        mask_settings=request.mask_settings,
    )
    return Inspection(sweep, finding, evaluator)
