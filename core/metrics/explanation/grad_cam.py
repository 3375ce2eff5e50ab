"""Grad-CAM: where the features that speak for a class are."""

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from core.cut.graph import CONVOLUTIONS, Graph, call_arguments, single_output

NO_CONVOLUTION = "this network has no convolution whose output still has places: Grad-CAM has nothing to look at"


@dataclass(frozen=True, slots=True, eq=False)
class GradCam:
    """The map of one network.

    Attributes:
        map: how strongly each place speaks for the class, (h, w) float32, at least 0, as large as the
            layer's output.
        layer: the name of the last convolution.
    """

    map: NDArray[np.float32]
    layer: str


def find_grad_cam(model: keras.Model, pixels: NDArray[np.float32], label: int) -> GradCam | str:
    """Return Grad-CAM at the last convolution, or as a sentence why there is none.

    Args:
        model: (N, H, W, C) -> (N, K), of standard layers; not changed.
        pixels: the image as the network reads it, (H, W, C) float32.
        label: the class.

    Source:
        Selvaraju et al.: Grad-CAM, 2017, equations 1 and 2: the channels of the last convolution, weighted by the mean
        gradient of the class's score before the softmax, where their sum is positive.
    """
    layer = last_convolution(model)
    if layer is None:
        return NO_CONVOLUTION
    maps, slopes = _gradients(model, layer, pixels[np.newaxis], label)
    if slopes is None:
        return f"the answer does not depend on the output of {layer} in a way that has a gradient"
    weights = slopes.mean(axis=(0, 1))
    found = np.maximum((maps * weights).sum(axis=-1), 0).astype(np.float32)
    if not np.isfinite(found).all():
        return "the gradients of this network are no numbers for this image"
    return GradCam(found, layer)


def last_convolution(model: keras.Model) -> str | None:
    """Return the activation behind the last convolution whose output has more than one place; None without one."""
    graph = Graph(model)
    found = None
    for name, layer in graph.layers.items():  # input side first
        if type(layer).__name__ in CONVOLUTIONS and _has_places(layer.output):
            found = name
    while found is not None:  # what is right behind it belongs to it: a normalization, an activation
        readers = graph.consumers[found]
        if len(readers) != 1 or graph.kind(readers[0]) not in ("Activation", "ReLU", "LeakyReLU", "BatchNormalization"):
            break
        found = readers[0]
    return found


def _gradients(
    model: keras.Model, layer: str, pixels: NDArray[np.float32], label: int
) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """Return a layer's output (h, w, C) and the gradient of the class's score with respect to it; None without one."""
    graph = Graph(model)
    values: dict[str, Any] = {graph.input_layer: tf.constant(pixels)}
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        for name, each in graph.layers.items():
            if name not in values:
                values[name] = each(*call_arguments(each, [values[source] for source in graph.inputs[name]]))
            if name == layer:
                tape.watch(values[name])
        score = _score(model, graph, values, label)
    slopes = tape.gradient(score, values[layer])
    return np.asarray(values[layer])[0], None if slopes is None else np.asarray(slopes)[0]


def _score(model: keras.Model, graph: Graph, values: dict[str, Any], label: int) -> Any:
    """Return the score of a class before a softmax or a sigmoid, so that its gradient is not lost where that is 1."""
    single = single_output(model.outputs[0])
    name = graph.output_layer if single is None else single._keras_history.operation.name
    last = graph.layers[name]
    inputs = [values[source] for source in graph.inputs[name]]
    activation = getattr(getattr(last, "activation", None), "__name__", "")
    is_bounded = activation in ("softmax", "sigmoid") or isinstance(last, keras.layers.Softmax)
    if is_bounded and isinstance(last, keras.layers.Dense):
        scores = tf.matmul(inputs[0], last.kernel)
        scores = scores + last.bias if last.use_bias else scores
    else:
        is_plain = isinstance(last, keras.layers.Activation | keras.layers.Softmax)
        scores = inputs[0] if is_bounded and is_plain else values[name]
    if single is not None:
        return scores[0, 0] if label == 1 else -scores[0, 0]
    return scores[0, label]


def _has_places(output: Any) -> bool:
    shape = output.shape
    return len(shape) == 4 and all(size is None or size > 1 for size in shape[1:3])
