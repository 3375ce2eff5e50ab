"""Settings of the optimization of masks against adversarial noise; no Keras."""

from dataclasses import dataclass

from core.errors import PruningError


@dataclass(frozen=True, slots=True)
class AnpSettings:
    """Settings of adversarial neuron pruning.

    Attributes:
        iterations: optimization steps, at least 1.
        batch_size: images per step, at least 1.
        learning_rate: learning rate of the masks, above 0.
        momentum: momentum of the masks' gradient descent, [0, 1).
        noise_limit: largest perturbation of a channel's weight and bias, relative to them, [0, 10].
        noise_steps: gradient steps towards the worst noise, at least 1.
        clean_weight: weight of the loss without noise; the loss with the worst noise gets the rest; [0, 1].
        held_out_share: share of the validation images that the masks are not optimized on, (0, 0.5].
        mask_threshold: prune every channel whose mask is below it, [0, 1], regardless of clean accuracy; used by
            repair only. None stops by clean accuracy.
        seed: seed of the split, the order of the images and the initial noise of each step.

    The noise limit, the clean weight, the momentum and the single noise step are the authors'. Their learning rate is
    0.2, for 2,000 iterations of 128 images on networks whose batch normalization uses each batch's own statistics.
    """

    iterations: int = 200
    batch_size: int = 32
    learning_rate: float = 0.02
    momentum: float = 0.9
    noise_limit: float = 0.4
    noise_steps: int = 1
    clean_weight: float = 0.2
    held_out_share: float = 0.2
    mask_threshold: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("iterations", "batch_size", "noise_steps"):
            _check_range(name, getattr(self, name), 1, 10**6)
        _check_range("learning_rate", self.learning_rate, 1e-9, 1000)
        _check_range("momentum", self.momentum, 0, 0.999)
        _check_range("noise_limit", self.noise_limit, 0, 10)
        _check_range("clean_weight", self.clean_weight, 0, 1)
        _check_range("held_out_share", self.held_out_share, 1e-6, 0.5)
        if self.mask_threshold is not None:
            _check_range("mask_threshold", self.mask_threshold, 0, 1)
        _check_range("seed", self.seed, 0, 2**31 - 1)


def _check_range(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise PruningError(f"{name} must lie between {low:g} and {high:g}, got {value}", code="mask-setting")
