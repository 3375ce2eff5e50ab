"""Weight signature: the mean weight that leads to each class in the last layer."""

from typing import TYPE_CHECKING, Any

import numpy as np

from core.detect.detector import Detector
from core.detect.null import robust_scores
from core.detect.records import ClassScores, Needs, Statistics
from core.errors import DetectorError

if TYPE_CHECKING:  # these import Keras; listing the detectors does not need it
    from core.detect.task import DetectionTask
    from core.monitor import Monitor


class WeightSignature(Detector):
    """Compares the classes' mean weights in the layer that computes the outputs."""

    def run(self, task: "DetectionTask", monitor: "Monitor") -> ClassScores:
        """Read the weights; takes milliseconds.

        Raises:
            DetectorError: no layer with one weight vector a class computes the outputs.
            Cancelled: the job was cancelled.
        """
        monitor.checkpoint(self.title)
        statistic = np.full(task.network.class_count, np.nan)
        statistic[task.classes] = mean_weights(task.network.model)[task.classes]
        return ClassScores(self.name, statistic, robust_scores(statistic))

    def passes(self, task: "DetectionTask") -> float:
        """No image goes through the network."""
        return 0.0


def mean_weights(model: Any) -> Statistics:
    """Return the mean weight that leads to each class, shape (K,), float64.

    Args:
        model: a Keras model whose outputs are computed by a dense layer, or by a convolution that is then averaged over
            the picture; activations, pooling and shapes may follow.

    Raises:
        DetectorError: another kind of layer computes the outputs.
    """
    class_count = int(model.outputs[0].shape[-1])
    layer = model.outputs[0]._keras_history.operation
    while not getattr(layer, "kernel", None) is not None:
        inputs = layer.input if hasattr(layer, "input") else None
        if inputs is None or isinstance(inputs, list | tuple) or layer.weights or not hasattr(inputs, "_keras_history"):
            raise DetectorError(
                f"no dense layer with a weight for each class computes the outputs, but '{layer.name}'",
                code="no-output-weights",
            )
        layer = inputs._keras_history.operation
    kernel = np.asarray(layer.kernel, dtype=np.float64)
    if kernel.shape[-1] != class_count:
        raise DetectorError(
            f"the last layer with weights, '{layer.name}', has {kernel.shape[-1]} outputs: expected {class_count}, one "
            "for each class",
            code="no-output-weights",
        )
    return np.asarray(kernel.reshape(-1, class_count).mean(axis=0))


WEIGHT_SIGNATURE = WeightSignature(
    name="weight-signature",
    title="Weight signature",
    help="Compares the mean weights that lead to each class in the last layer; a target's are often larger.",
    source="Fields et al.: Trojan Signatures in DNN Weights, ICCV workshops, 2021, section 3",
    needs=Needs.NOTHING,
    statistic_title="Mean weight",
)
