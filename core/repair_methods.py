"""The ways to repair a network, and the settings each refits with; no Keras."""

from dataclasses import replace
from enum import StrEnum

from core.channels import Order
from core.refit_records import FineTuneSettings, Occlusion

PRUNING_THRESHOLD = 0.04


class Method(StrEnum):
    """How a network is repaired."""

    PRUNE = "prune"  # channels, up to an allowed drop of clean validation accuracy
    ANP = "anp"  # the same, in the order of masks that are optimized against adversarial noise
    FINETUNE = "finetune"  # train on clean pictures
    FINE_PRUNING = "fine-pruning"  # both, one after the other
    FT_SAM = "ft-sam"  # train for a flat minimum
    OCCLUSION = "occlusion"  # train to answer on occluded pictures what B answers on plain ones

    @property
    def is_pruning(self) -> bool:
        """Whether channels are pruned."""
        return self in (Method.PRUNE, Method.ANP, Method.FINE_PRUNING)

    @property
    def is_joint(self) -> bool:
        """Whether several layers are pruned as one, and not one after the other."""
        return self is Method.ANP

    @property
    def order(self) -> Order:
        """In which order channels are pruned."""
        return Order.ANP if self is Method.ANP else Order.ASCENDING

    @property
    def is_refitting(self) -> bool:
        """Whether weights are trained."""
        return self not in (Method.PRUNE, Method.ANP)


def default_settings(method: Method, *, seed: int = 0) -> FineTuneSettings:
    """How a method refits unless told otherwise.

    Args:
        method: which; `PRUNE` and `ANP` refit nothing and have the plain ones.
        seed: of everything that is drawn.

    FT-SAM differs from its authors' code (BackdoorBench: radius 2, label smoothing 0.1, gradient descent with momentum)
    by Adam and a smaller radius: on a network that takes pixels of 0 to 255 theirs ends in no numbers at all.
    """
    plain = FineTuneSettings(seed=seed)
    if method is Method.FT_SAM:
        return replace(
            plain,
            learning_rate=1e-3,
            perturbation_radius=0.5,
            rollback_margin=1.0,
        )
    if method is Method.OCCLUSION:
        return replace(
            plain,
            epochs=60,
            learning_rate=1e-3,
            distillation_weight=0.7,
            temperature=2.0,
            rollback_margin=1.0,
            occlusion=Occlusion(),
        )
    return plain
