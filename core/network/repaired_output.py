"""The final layers of a repaired network G: the agreement of two arg-maxima, and a confidence level.

All are standard layers, so G can be loaded without custom code (ADR 4, ADR 12).
"""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from core.cut.graph import PROBABILITIES

# Larger than the inverse of the smallest normal difference of two float32, so that any difference reaches -1.
SHARPNESS = 1e38
NON_NEGATIVE = (*PROBABILITIES, "relu", "relu6", "softplus", "exponential")


def repaired_output(
    base: Any,
    pruned: Any,
    *,
    level: np.float32 | None,
    is_non_negative: bool,
    is_probability: bool,
    name: Callable[[str], str],
) -> Any:
    """Build G's outputs from those of B and B′.

    Args:
        base: outputs of B, a Keras tensor of shape (N, K).
        pruned: outputs of B′, of the same shape.
        level: confidence level, as returned by `core.network.confidence.rounded_level`; None for the rule of agreement.
        is_non_negative: whether no output of B can be negative; if so they are passed on.
        is_probability: whether B′'s outputs are probabilities; otherwise their softmax is used.
        name: returns a free layer name similar to the given one.

    Returns:
        Shape (N, K + 1): B's answer for an image that is not flagged; 1 as last output for a flagged image.
    """
    layers = keras.layers
    base_class = _first_best(base, name=name, of="base")
    counts = layers.Dot(axes=1, name=name("agree"))([base_class, _first_best(pruned, name=name, of="pruned")])
    if level is not None:
        is_confident = _is_confident(pruned, level=level, is_probability=is_probability, name=name)
        # `Graph.is_repaired` looks for a Dot here.
        counts = layers.Dot(axes=1, name=name("agree_confidently"))([counts, is_confident])
    answer = layers.Multiply(name=name("agreed_answer"))([base if is_non_negative else base_class, counts])
    flag = layers.Rescaling(-1.0, offset=1.0, name=name("backdoored"))(counts)
    return layers.Concatenate(name=name("repaired"))([answer, flag])


def _is_confident(outputs: Any, *, level: np.float32, is_probability: bool, name: Callable[[str], str]) -> Any:
    """Return 1 if the largest probability is not below the level, else 0; shape (N, 1).

    Exact in float32: the sign of a difference of two numbers is exact, and since the level is 0 or at least
    `SMALLEST_LEVEL`, the difference is zero or large enough to be sharpened.
    """
    layers = keras.layers
    probabilities = outputs if is_probability else layers.Softmax(name=name("pruned_probabilities"))(outputs)
    confidence = _largest(probabilities, name=name, of="confidence")
    above = layers.Rescaling(1.0, offset=-float(level), name=name("above_level"))(confidence)
    sharp = layers.Rescaling(SHARPNESS, offset=1.0, name=name("above_level_sharpened"))(above)
    return layers.ReLU(max_value=1.0, name=name("is_confident"))(sharp)


def _largest(outputs: Any, *, name: Callable[[str], str], of: str) -> Any:
    """Return the largest of (N, K) in each row, shape (N, 1)."""
    column = keras.layers.Reshape((int(outputs.shape[-1]), 1), name=name(f"{of}_column"))(outputs)
    return keras.layers.GlobalMaxPooling1D(name=name(f"{of}_best"))(column)


def _first_best(outputs: Any, *, name: Callable[[str], str], of: str) -> Any:
    """Return 1 for the first of the best outputs, else 0: arg max as a one-hot in standard layers; shape (N, K)."""
    layers = keras.layers
    class_count = int(outputs.shape[-1])
    below = layers.Subtract(name=name(f"{of}_below_best"))([outputs, _largest(outputs, name=name, of=of)])
    sharp = layers.Rescaling(SHARPNESS, offset=1.0, name=name(f"{of}_sharpened"))(below)
    is_best = layers.ReLU(max_value=1.0, name=name(f"{of}_is_best"))(sharp)
    # Of several equal outputs the first counts: weights K, K-1, ... 1 make it the largest.
    countdown = layers.EinsumDense("ab,b->ab", output_shape=(class_count,), name=name(f"{of}_countdown"))
    weighted = countdown(is_best)
    countdown.set_weights([np.arange(class_count, 0, -1, dtype=np.float32)])
    first = _largest(weighted, name=name, of=f"{of}_countdown")
    below_first = layers.Subtract(name=name(f"{of}_below_first"))([weighted, first])
    raised = layers.Rescaling(1.0, offset=1.0, name=name(f"{of}_raised"))(below_first)
    return layers.ReLU(max_value=1.0, name=name(f"{of}_class"))(raised)
