"""The optimizers of refitting, and the weight perturbation that FT-SAM uses to find flat minima."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from core.refit.records import Optimizer

MOMENTUM = 0.9
SMALLEST_GRADIENT = 1e-12  # of RelativeAdam: smaller gradients make smaller steps
SMALLEST_NORM = 1e-12  # of a perturbation
LEAST_VECTOR_SIZE = 1e-3  # of biases and shifts, which are often zero at first, and must be able to grow


class RelativeAdam(keras.optimizers.Adam):
    """Adam with steps relative to each tensor's size: the learning rate times its root mean square at the start.

    A network and its twin with a kernel multiplied by 255 and pixels divided by 255 are the same function, but a step
    of one size moves one of them 255 times as far. Here both functions move alike. The size is that at the start: sizes
    that follow the weights would let these grow without bound.

    Source:
        Noam Shazeer, Mitchell Stern: Adafactor: Adaptive Learning Rates with Sublinear Memory Cost, ICML 2018,
        section 8 (relative step size). Of its parts only this one is used. Yang You et al.: Large Batch Optimization
        for Deep Learning, ICLR 2020 (LAMB), divides by the size of the step as well, so that noise alone moves a tensor
        as far as a clear gradient does.
    """

    def __init__(self, learning_rate: float) -> None:
        super().__init__(learning_rate, epsilon=SMALLEST_GRADIENT)
        self._sizes: list[float] = []

    def build(self, variables: Sequence[Any]) -> None:
        """Measure the sizes of the variables."""
        super().build(variables)
        self._sizes = [_size(each.numpy()) for each in variables]

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Make Adam's step at the learning rate of this variable."""
        size = self._sizes[self._get_variable_index(variable)]
        super().update_step(gradient, variable, learning_rate * size)


def make_optimizer(kind: Optimizer, *, learning_rate: float) -> Any:
    """Return a new optimizer.

    Args:
        kind: which one.
        learning_rate: its learning rate, above 0.
    """
    if kind is Optimizer.SGD:
        return keras.optimizers.SGD(learning_rate, momentum=MOMENTUM)
    if kind is Optimizer.RELATIVE:
        return RelativeAdam(learning_rate)
    return keras.optimizers.Adam(learning_rate)


def adaptive_perturbation(weights: Sequence[Any], gradients: Sequence[Any], *, radius: float) -> list[Any]:
    """Return the perturbation of the weights before the gradient step: ε = ρ · T² g / ‖T g‖₂ with T = diag(|w|).

    It solves max ⟨ε, g⟩ over ‖T⁻¹ ε‖₂ ≤ ρ, the first-order form of the inner problem. Large weights, which backdoors
    tend to have, move further, and zero weights do not move. The norm is taken over all weights.

    Args:
        weights: float32 tensors w of any shapes.
        gradients: gradients g of the loss with respect to them, the same shapes.
        radius: ρ, at least 0.

    Returns:
        One float32 tensor per weight, of its shape; zeros if all of T g is zero.

    Source:
        Mingli Zhu, Shaokui Wei, Li Shen, Yanbo Fan, Baoyuan Wu: Enhancing Fine-Tuning Based Backdoor Defense with
        Sharpness-Aware Minimization, ICCV 2023 (the method's inner maximization); the element-wise T is that of
        Jungmin Kwon et al.: ASAM: Adaptive Sharpness-Aware Minimization for Scale-Invariant Learning of Deep Neural
        Networks, ICML 2021, without its constant η.
    """
    scaled = [tf.abs(weight) * gradient for weight, gradient in zip(weights, gradients, strict=True)]
    norm = tf.linalg.global_norm(scaled)
    factor = tf.where(norm > SMALLEST_NORM, radius / tf.maximum(norm, SMALLEST_NORM), 0.0)
    return [tf.abs(weight) * each * factor for weight, each in zip(weights, scaled, strict=True)]


def _size(array: Any) -> float:
    """Return the root mean square of a tensor's entries that are not 0, as pruned ones are held at 0.

    At least `LEAST_VECTOR_SIZE` for a vector; 0 if all entries of another tensor are.
    """
    entries = array[array != 0]
    size = float(np.sqrt(np.mean(np.square(entries, dtype=np.float64)))) if entries.size else 0.0
    return max(size, LEAST_VECTOR_SIZE) if array.ndim < 2 else size
