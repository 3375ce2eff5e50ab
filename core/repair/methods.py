"""The ways to repair a network, and the settings each refits with; no Keras."""

from dataclasses import replace
from enum import StrEnum

from core.channels import Order
from core.refit.records import Augmentation, Mixing, Occlusion, RefitSettings

PRUNING_THRESHOLD = 0.04
OCCLUSION_STEPS = 2000
UNLABELLED_WEIGHT = 0.5  # of B's answers, where a method that learns from labels alone is given images without


class Method(StrEnum):
    """How a network is repaired."""

    PRUNE = "prune"  # channels, up to an allowed drop of clean validation accuracy
    ANP = "anp"  # the same, in the order of masks that are optimized against adversarial noise
    FINETUNE = "finetune"  # train on clean images
    FINE_PRUNING = "fine-pruning"  # both, one after the other
    FT_SAM = "ft-sam"  # train for a flat minimum
    OCCLUSION = "occlusion"  # train to answer on occluded images what B answers on plain ones
    AUTO = "auto"  # try some of these and choose by clean images alone, see `core.repair.recipe`

    @property
    def is_choosing(self) -> bool:
        """Whether others are tried, each with its own settings."""
        return self is Method.AUTO

    @property
    def is_pruning(self) -> bool:
        """Whether channels are pruned."""
        return self in (Method.PRUNE, Method.ANP, Method.FINE_PRUNING, Method.AUTO)

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


def default_settings(method: Method, *, seed: int = 0, has_unlabelled: bool = False) -> RefitSettings:
    """How a method refits unless told otherwise.

    Args:
        method: which; `PRUNE` and `ANP` refit nothing and have the plain ones, and so has `AUTO`, of which the methods
            that it tries take seed, held-out share and what `core.repair.choices.OF_ALL_PLANS` names.
        seed: of everything that is drawn.
        has_unlabelled: whether there are images without labels: B's answers then count `UNLABELLED_WEIGHT` where they
            would not count at all.

    FT-SAM differs from its authors' code (BackdoorBench: radius 2, label smoothing 0.1, gradient descent with momentum)
    by Adam and a smaller radius: on a network that takes pixels of 0 to 255 theirs ends in no numbers at all.
    """
    is_given_more = has_unlabelled and method.is_refitting and not method.is_choosing
    plain = RefitSettings(seed=seed, distillation_weight=UNLABELLED_WEIGHT if is_given_more else 0.0)
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
            least_steps=OCCLUSION_STEPS,
            batch_size=64,
            learning_rate=2e-3,
            distillation_weight=1.0,
            temperature=4.0,
            rollback_margin=1.0,
            choice_tolerance=0.01,
            averaging=0.99,
            augmentation=Augmentation(shift=0.06, light=0.15, turn=0.01, zoom=0.1),
            mixing=Mixing(),
            occlusion=Occlusion(),
        )
    return plain
