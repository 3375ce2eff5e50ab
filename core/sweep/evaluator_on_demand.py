"""The evaluator of a curve that was read from a file: it is made when the first mask is scored."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from core.channels import LayerSet
from core.metrics.interpretation import with_interpretations
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.records import SweepPoint
from core.sweep.masked_evaluator import MaskedEvaluator, MaskedLabels
from core.sweep.records import Sweep
from core.thread_pool import ThreadPool, run_aside

STAGE = "Walking the curve again"


class EvaluatorOnDemand:
    """Scores masks like the evaluator of a sweep; for the first one the curve is walked again.

    Args:
        inputs: the network, the sets and the pixel range, as the sweep was given them.
        layer: the convolution whose channels are masked, or several as one.
        sweep: the whole curve.

    Attributes:
        inputs: the network, the sets and the pixel range.
        layer: the convolution whose channels are masked, or several as one.
        reader: as in `Sweep`.

    Raises:
        LayerError: no such layer.
    """

    def __init__(self, inputs: EvaluationInputs, *, layer: str | LayerSet, sweep: Sweep) -> None:
        self.inputs = inputs
        self.layer = inputs.network.layer(layer)
        self.reader = sweep.reader
        self._sweep = sweep
        self._evaluator: MaskedEvaluator | None = None

    @property
    def is_quick(self) -> bool:
        """Whether a mask set by hand is scored quickly; never before the first one."""
        return self._evaluator is not None and self._evaluator.is_quick

    def score(
        self, channel_mask: NDArray[np.bool_], *, pruned_count: int, channel_index: int = -1, monitor: Monitor
    ) -> SweepPoint:
        """Score B′ and G under a mask, shape (C,), True = kept; see `MaskedEvaluator.score`.

        Raises:
            Cancelled: the job was cancelled.
        """
        if self._evaluator is None:
            self._evaluator = self._made(monitor)
        return self._evaluator.score(
            channel_mask, pruned_count=pruned_count, channel_index=channel_index, monitor=monitor
        )

    def labels(self, channel_mask: NDArray[np.bool_], set_index: int, *, monitor: Monitor) -> MaskedLabels:
        """Return the labels that the figures of a mask count in one of the sets; see `MaskedEvaluator.labels`.

        Raises:
            Cancelled: the job was cancelled.
        """
        if self._evaluator is None:
            self._evaluator = self._made(monitor)
        return self._evaluator.labels(channel_mask, set_index, monitor=monitor)

    def release(self) -> None:
        """Free the memory."""
        if self._evaluator is not None:
            self._evaluator.release()

    def _made(self, monitor: Monitor) -> MaskedEvaluator:
        inputs = with_interpretations(self.inputs, monitor=monitor) if self.inputs.poisoned else self.inputs
        sweep, done_count = self._sweep, 0
        make = partial(MaskedEvaluator, inputs, layer=self.layer.layer_set, reader=sweep.reader)
        evaluator = run_aside(make, while_waiting=monitor.stop_if_asked)

        def report() -> None:
            monitor.checkpoint(STAGE, done_count=done_count, total_count=evaluator.image_total)

        with ThreadPool() as threads:
            for _, counts in evaluator.walk(sweep.ranking.order, threads, while_waiting=report):
                done_count += counts.image_count
        evaluator.remember(sweep.points, sweep.ranking)
        return evaluator
