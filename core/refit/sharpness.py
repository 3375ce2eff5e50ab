"""The weight perturbation that FT-SAM uses to find flat minima."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

SMALLEST_NORM = 1e-12


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
