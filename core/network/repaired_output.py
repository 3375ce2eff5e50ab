"""The layers that a repaired network G ends with: the agreement of two arg-maxima, and a level of confidence.

All are standard layers, so that no code of ours is needed to load G (ADR 4, ADR 12).
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
    """G's outputs, made of those of B and of B′.

    Args:
        base: outputs of B, a Keras tensor of shape (N, K).
        pruned: outputs of B′, the same.
        level: of confidence, as `core.network.confidence.rounded_level` makes it; None for the rule of agreement.
        is_non_negative: whether no output of B can be negative; they are handed through then.
        is_probability: whether B′'s outputs are probabilities; else their softmax is.
        name: makes a layer's name of a wanted.

    Returns:
        Shape (N, K + 1): the answer where it counts, and 1 at the end where it does not.
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
    """1 where the largest probability is not below the level, else 0; shape (N, 1).

    Exact in float32: the difference of two numbers has their order's sign, and as the level is 0 or at least
    `SMALLEST_LEVEL`, it is zero or large enough to be sharpened.
    """
    layers = keras.layers
    probabilities = outputs if is_probability else layers.Softmax(name=name("pruned_probabilities"))(outputs)
    confidence = _largest(probabilities, name=name, of="confidence")
    above = layers.Rescaling(1.0, offset=-float(level), name=name("above_level"))(confidence)
    sharp = layers.Rescaling(SHARPNESS, offset=1.0, name=name("above_level_sharpened"))(above)
    return layers.ReLU(max_value=1.0, name=name("is_confident"))(sharp)


def _largest(outputs: Any, *, name: Callable[[str], str], of: str) -> Any:
    """The largest of (N, K) in each row, shape (N, 1)."""
    column = keras.layers.Reshape((int(outputs.shape[-1]), 1), name=name(f"{of}_column"))(outputs)
    return keras.layers.GlobalMaxPooling1D(name=name(f"{of}_best"))(column)


def _first_best(outputs: Any, *, name: Callable[[str], str], of: str) -> Any:
    """1 for the first of the best outputs, else 0: exactly what arg max says, in standard layers; shape (N, K)."""
    layers = keras.layers
    class_count = int(outputs.shape[-1])
    below = layers.Subtract(name=name(f"{of}_below_best"))([outputs, _largest(outputs, name=name, of=of)])
    sharp = layers.Rescaling(SHARPNESS, offset=1.0, name=name(f"{of}_sharpened"))(below)
    is_best = layers.ReLU(max_value=1.0, name=name(f"{of}_is_best"))(sharp)
    # Of several equal bests the first counts: weights K, K-1, ... 1 make it the largest.
    countdown = layers.EinsumDense("ab,b->ab", output_shape=(class_count,), name=name(f"{of}_countdown"))
    weighted = countdown(is_best)
    countdown.set_weights([np.arange(class_count, 0, -1, dtype=np.float32)])
    first = _largest(weighted, name=name, of=f"{of}_countdown")
    below_first = layers.Subtract(name=name(f"{of}_below_first"))([weighted, first])
    raised = layers.Rescaling(1.0, offset=1.0, name=name(f"{of}_raised"))(below_first)
    return layers.ReLU(max_value=1.0, name=name(f"{of}_class"))(raised)
