"""Random-patch screen: the class that random patches draw answers to."""

from typing import TYPE_CHECKING

import numpy as np

from core.detect.detector import Detector
from core.detect.null import robust_scores
from core.detect.records import ClassScores, Needs, Statistics

if TYPE_CHECKING:  # these import Keras; listing the detectors does not need it
    from core.detect.task import DetectionTask
    from core.monitor import Monitor

PATCH_COUNT = 640
IMAGES_PER_PATCH = 8
PUBLISHED_EVERY = 8  # in chunks of patches
# A count of k votes has a deviation of about sqrt(k): on this scale all counts have one alike (Anscombe, 1948).
_ANSCOMBE = 3 / 8


class RandomPatches(Detector):
    """Lays random patches over clean images; a patch that draws half of its images to one class votes for it."""

    @property
    def settings(self) -> dict[str, int | float]:
        """Number of patches, and of images that each is tried on."""
        return {"patch_count": PATCH_COUNT, "images_per_patch": IMAGES_PER_PATCH}

    def run(self, task: "DetectionTask", monitor: "Monitor") -> ClassScores:
        """Count the votes; publishes on the way.

        Raises:
            Cancelled: the job was cancelled.
        """
        from core.cut.batches import outputs_in_batches  # noqa: PLC0415 - see ADR 17
        from core.detect.fooling import try_patches  # noqa: PLC0415 - imports TensorFlow

        assert task.dataset is not None
        rows = task.rows(PATCH_COUNT)
        labels = np.asarray(task.dataset.labels).copy()
        if not task.has_labels:
            # Without true labels the network's own answer on the image as it is counts as right.
            pixels = task.dataset.rows(rows, scale=task.scale)
            labels[rows] = outputs_in_batches(task.network.model, pixels).argmax(axis=-1)
        votes = np.zeros(task.network.class_count)
        trials = try_patches(
            task.network,
            task.dataset,
            rows,
            scale=task.scale,
            seed=task.seed,
            monitor=monitor,
            tried_count=PATCH_COUNT,
            stage=self.title,
            images_per_patch=IMAGES_PER_PATCH,
            labels=labels,
        )
        for number, (_, _, counts) in enumerate(trials, 1):
            classes, hits = counts.argmax(axis=1), counts.max(axis=1)
            np.add.at(votes, classes[2 * hits >= IMAGES_PER_PATCH], 1)
            if number % PUBLISHED_EVERY == 0:
                monitor.publish(self._scores(votes, task))
        return self._scores(votes, task)

    def passes(self, task: "DetectionTask") -> float:
        """A third of a pass forward and back for each patch and image, as they only go forward."""
        return PATCH_COUNT * IMAGES_PER_PATCH / 3

    def _scores(self, votes: Statistics, task: "DetectionTask") -> ClassScores:
        statistic = np.full(len(votes), np.nan)
        statistic[task.classes] = votes[task.classes]
        return ClassScores(self.name, statistic, robust_scores(2 * np.sqrt(statistic + _ANSCOMBE)))


RANDOM_PATCHES = RandomPatches(
    name="random-patches",
    title="Random patches",
    help="Lays random patches over clean images; a patch that draws half of them to one class votes for that class.",
    source=(
        "One pattern that fools a network on most images: Moosavi-Dezfooli et al.: Universal Adversarial "
        "Perturbations, CVPR 2017, section 2; here random and opaque, as triggers are"
    ),
    needs=Needs.UNLABELLED,
    statistic_title="Votes of 640 patches",
)
