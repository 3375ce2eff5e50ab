"""Trigger inversion in feature space: a generator that changes what is not needed for the right answers."""

from typing import TYPE_CHECKING

import numpy as np

from core.detect.detector import Detector
from core.detect.records import ClassScores, Needs

if TYPE_CHECKING:  # these import Keras; listing the detectors does not need it
    from core.detect.task import DetectionTask
    from core.monitor import Monitor

MASK_STEPS = 60
GENERATOR_STEPS = 240
IMAGES_PER_STEP = 24
POOL_COUNT = 256  # images that the mask and the generator are made on
MEASURED_COUNT = 128  # images that the generator's answers are counted on
LARGEST_CHANGE = 0.15
"""Bound of the root mean square of what the generator changes, for pixels in [0, 1]."""

_GENERATOR_COST = 2.0  # passes of the network that one image takes with the generator, about


class FeatureInversion(Detector):
    """Trains a generator whose changes leave benign features alone; the answers it draws are the target's."""

    @property
    def settings(self) -> dict[str, int | float]:
        """Steps, images and the bound of the change."""
        return {
            "mask_steps": MASK_STEPS,
            "generator_steps": GENERATOR_STEPS,
            "images_per_step": IMAGES_PER_STEP,
            "pool_count": POOL_COUNT,
            "measured_count": MEASURED_COUNT,
            "largest_change": LARGEST_CHANGE,
        }

    def run(self, task: "DetectionTask", monitor: "Monitor") -> ClassScores:
        """Train the generator and count its answers.

        Raises:
            DetectorError: the network does not end in a dense layer that reads features.
            Cancelled: the job was cancelled.
        """
        from core.detect.triggers.decoupling import Decoupling  # noqa: PLC0415 - imports TensorFlow, see ADR 17

        found = Decoupling(task).run(
            on_step=lambda done, total: monitor.checkpoint(self.title, done_count=done, total_count=total),
            while_waiting=monitor.stop_if_asked,
        )
        class_count = task.network.class_count
        own = np.where(found.labels >= 0, found.labels, found.before)
        statistic, scores = np.full(class_count, np.nan), np.full(class_count, np.nan)
        for label in task.classes:
            others = own != label
            rate = float((found.answers[others] == label).mean()) if others.any() else 0.0
            statistic[label] = rate
            # In standard deviations of a share, against one that is spread over all classes.
            distance = np.arcsin(np.sqrt(rate)) - np.arcsin(np.sqrt(1 / class_count))
            scores[label] = 2 * np.sqrt(others.sum()) * distance
        return ClassScores(self.name, statistic, scores)

    def passes(self, task: "DetectionTask") -> float:
        """The generator's steps; the number of classes does not matter."""
        return _GENERATOR_COST * GENERATOR_STEPS * IMAGES_PER_STEP + POOL_COUNT


FEATURE_INVERSION = FeatureInversion(
    name="feature-inversion",
    title="Trigger inversion, features",
    help="Trains a generator that changes the features not needed for right answers; it draws images to the target.",
    source="Xu et al.: Towards Reliable and Efficient Backdoor Trigger Inversion, ICLR 2024, section 4",
    needs=Needs.UNLABELLED,
    score_unit="standard deviations from the share by chance",
    statistic_title="Share of the images of other classes that the generator draws to the class",
)
