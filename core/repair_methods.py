"""The ways to repair a network, and the settings each refits with; no Keras."""

import math
from dataclasses import replace
from enum import StrEnum

from core.refit_records import Augmentation, FineTuneSettings, Mixing, Occlusion

PRUNING_THRESHOLD = 0.04
OCCLUSION_STEPS = 750  # few pictures are passed over often
OCCLUSION_PASSES = 10  # and many at least that often
OCCLUSION_EPOCHS = 20


class Method(StrEnum):
    """How a network is repaired."""

    PRUNE = "prune"  # channels, up to an allowed drop of clean validation accuracy
    FINETUNE = "finetune"  # train on clean pictures
    FINE_PRUNING = "fine-pruning"  # both, one after the other
    FT_SAM = "ft-sam"  # train for a flat minimum
    OCCLUSION = "occlusion"  # train to answer on occluded pictures what B answers on plain ones

    @property
    def is_pruning(self) -> bool:
        """Whether channels are pruned."""
        return self in (Method.PRUNE, Method.FINE_PRUNING)

    @property
    def is_refitting(self) -> bool:
        """Whether weights are trained."""
        return self is not Method.PRUNE


def default_settings(method: Method, *, image_count: int, seed: int = 0) -> FineTuneSettings:
    """How a method refits unless told otherwise.

    Args:
        method: which; `PRUNE` refits nothing and has the plain ones.
        image_count: clean validation pictures.
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
        batch_size = 64
        training_count = max(image_count * (1 - plain.held_out_share), 1)
        passes = max(math.ceil(OCCLUSION_STEPS * batch_size / training_count), OCCLUSION_PASSES)
        epochs = min(passes, OCCLUSION_EPOCHS)
        return replace(
            plain,
            epochs=epochs,
            passes=math.ceil(passes / epochs),
            batch_size=batch_size,
            learning_rate=2e-3,
            distillation_weight=1.0,
            temperature=4.0,
            rollback_margin=1.0,
            averaging=0.99,
            augmentation=Augmentation(shift=0.06, light=0.15, turn=0.01, zoom=0.1),
            mixing=Mixing(),
            occlusion=Occlusion(),
        )
    return plain
