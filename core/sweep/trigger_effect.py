"""How much each channel's activation differs between poisoned and clean images."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from core.channels import LayerSet
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.order.orders.difference import DIFFERENCE
from core.order.ranking import ActivationMeter
from core.sweep.masked_evaluator import MaskedEvaluator
from core.thread_pool import ThreadPool, run_aside

STAGE = "Measuring activations"


def measure_trigger_effect(
    inputs: EvaluationInputs, layer: LayerSet, *, reader: str | None, monitor: Monitor
) -> NDArray[np.float64] | None:
    """Return the absolute difference of mean activations, (C,), as the order "difference" ranks by it.

    Args:
        inputs: the network and the sets.
        layer: the convolutions.
        reader: the only layer that reads pruned channels no more; None for all.
        monitor: receives progress, and can cancel.

    Returns:
        The differences; over several layers standardized within each; None if no poisoned set is open.

    Raises:
        LayerError: no such layer or reader.
        Cancelled: the job was cancelled.
    """
    if not inputs.poisoned:
        return None
    make = partial(MaskedEvaluator, inputs, layer=layer, reader=reader)
    evaluator = run_aside(make, while_waiting=monitor.stop_if_asked)
    total_count = evaluator.image_counts[0] + sum(each.image_count for each in inputs.poisoned)
    meter = ActivationMeter(evaluator.layer, kind=DIFFERENCE, image_total=total_count)
    done_count = 0

    def report() -> None:
        monitor.checkpoint(STAGE, done_count=done_count, total_count=total_count)

    try:
        with ThreadPool() as threads:
            for is_poisoned, measured in evaluator.measure(threads, has_poisoned=True, while_waiting=report):
                (meter.add_poisoned if is_poisoned else meter.add)(measured)
                done_count += measured.image_count
    finally:
        evaluator.release()
    return meter.ranking().scores
