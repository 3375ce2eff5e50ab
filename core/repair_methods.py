"""The ways to repair a network, and the settings each refits with; no Keras."""

from dataclasses import replace
from enum import StrEnum

from core.refit_records import FineTuneSettings, Occlusion, Optimizer

PRUNING_THRESHOLD = 0.04


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


def default_settings(method: Method, *, seed: int = 0) -> FineTuneSettings:
    """How a method refits unless told otherwise.

    Args:
        method: which; `PRUNE` refits nothing and has the plain ones.
        seed: of everything that is drawn.

    Source:
        FT-SAM's radius 2 and label smoothing 0.1: the defaults of the authors' BackdoorBench.
    """
    plain = FineTuneSettings(seed=seed)
    if method is Method.FT_SAM:
        return replace(
            plain,
            epochs=30,
            optimizer=Optimizer.SGD,
            learning_rate=0.01,
            perturbation_radius=2.0,
            label_smoothing=0.1,
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
