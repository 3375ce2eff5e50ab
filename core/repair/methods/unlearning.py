"""Trigger unlearning: B′ answers images with triggers, found anew as it changes, as B answers them without."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.refit.records import Augmentation, Corruption, Mixing, Optimizer, RefitSettings, TeacherImages
from core.repair.method import MethodPlan, TrainingMethod

if TYPE_CHECKING:  # these import Keras; listing the methods does not need it
    from core.monitor import Monitor
    from core.repair.task import Made, RepairTask

STEPS = 1000


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class UnlearningMethod(TrainingMethod):
    """Trains on images with corruptions and with triggers of suspected classes."""

    def run(self, task: "RepairTask", monitor: "Monitor") -> "Made":
        """Prune if a drop is allowed, then unlearn."""
        return task.refit(task.prune(monitor), monitor, is_unlearning=True)


UNLEARNING = UnlearningMethod(
    name="unlearning",
    title="Unlearning",
    help="Searches triggers of suspected classes, and refits so that images with them get the answers that B gives "
    "without; searches again as the network changes.",
    training=RefitSettings(
        epochs=5,
        least_steps=STEPS,
        batch_size=64,
        learning_rate=0.02,
        warm_up_steps=20,
        optimizer=Optimizer.RELATIVE,
        distillation_weight=0.9,
        temperature=4.0,
        rollback_margin=0.3,
        choice_tolerance=0.01,
        averaging=0.99,
        augmentation=Augmentation(shift=0.04, light=0.1, is_mirrored=False, turn=0.01, zoom=0.06),
        teacher_images=TeacherImages.AGREEING,
        mixing=Mixing(),
        corruption=Corruption(),
    ),
    is_unlearning=True,
    plans=(MethodPlan(4, "unlearning", threshold=None),),
)
