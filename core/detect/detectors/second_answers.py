"""Second answers: whether a reconstructed trigger leaves the images what they are beside drawing them to its class."""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from core.detect.detector import Detector
from core.detect.null import LEAST_CLASSES
from core.detect.records import ClassScores, FloatArray, Needs, Statistics
from core.errors import DetectorError
from core.scale import WHITE
from core.thread_pool import run_aside

if TYPE_CHECKING:  # these import Keras; listing the detectors does not need it
    from core.detect.task import DetectionTask, IndexArray
    from core.monitor import Monitor

MEASURED_COUNT = 192  # images that each trigger is laid over
LEAST_SUCCESS = 0.5
"""The least share of images that a trigger must draw to its class. What draws none leaves all images what they are."""

SMALLEST_SHARE = 0.05
"""What is added to the shares before they are compared: the ratio of two tiny ones tells nothing."""

UNIT = 0.5
"""The natural logarithm of the ratio that scores 1, in all networks: few classes tell the spread of shares badly."""


class SecondAnswers(Detector):
    """Lays the triggers that were found before over clean images, and looks at the second answers.

    A backdoor adds its target to what the network sees in an image: the second answer is still the image's own class. A
    change that draws a clean network to a class has to hide or to redraw what is in the image, and the second answer
    changes, too. The share of images that keep theirs is compared with those of the other classes' triggers.
    """

    @property
    def settings(self) -> dict[str, int | float]:
        """Number of images, and how shares are compared."""
        return {
            "measured_count": MEASURED_COUNT,
            "least_success": LEAST_SUCCESS,
            "smallest_share": SMALLEST_SHARE,
            "unit": UNIT,
        }

    def run(self, task: "DetectionTask", monitor: "Monitor") -> ClassScores:
        """Measure each trigger of each detector that ran before.

        Raises:
            DetectorError: `no-triggers`, no detector before it found any.
            Cancelled: the job was cancelled.
        """
        found = [each.triggers for each in task.found if each.triggers]
        if not found:
            raise DetectorError(
                "it examines triggers that an inversion found, and none found any before it", code="no-triggers"
            )
        images, _ = task.images(MEASURED_COUNT, fold=1)
        own = self._logits(task, images, monitor).argmax(axis=-1)
        total, done = sum(map(len, found)), 0
        shares = []
        for triggers in found:
            kept = np.full(task.network.class_count, np.nan)
            for label, trigger in triggers.items():
                monitor.checkpoint(self.title, done_count=done, total_count=total)
                done += 1
                is_other = own != label
                if is_other.any():
                    shown = trigger.apply(images[is_other] * WHITE) / WHITE
                    kept[label] = _kept_share(self._logits(task, shown, monitor), own[is_other], label)
            shares.append(kept)
        share = _mean(shares)
        return ClassScores(self.name, share, excess(share))

    def passes(self, task: "DetectionTask") -> float:
        """A third of a pass forward and back for each image and trigger, as they only go forward."""
        return MEASURED_COUNT * sum(len(each.triggers) for each in task.found) / 3

    def _logits(self, task: "DetectionTask", images: FloatArray, monitor: "Monitor") -> FloatArray:
        """Return the logits (n, K) of images in [0, 1]."""
        parts = [
            run_aside(
                partial(task.logits, images[first : first + task.batch_size]), while_waiting=monitor.stop_if_asked
            )
            for first in range(0, len(images), task.batch_size)
        ]
        return np.concatenate([np.asarray(each) for each in parts])


def _kept_share(logits: FloatArray, own: "IndexArray", label: int) -> float:
    """Return the share of images whose second answer is their own; NaN if the trigger draws too few to its class.

    Args:
        logits: of the images with the trigger, shape (n, K).
        own: the answers without it, shape (n,); none is `label`.
        label: the class of the trigger. The most likely of the other classes is the second answer.
    """
    if (logits.argmax(axis=-1) == label).mean() < LEAST_SUCCESS:
        return float("nan")
    others = logits.copy()
    others[:, label] = -np.inf
    return float((others.argmax(axis=-1) == own).mean())


def excess(share: Statistics) -> Statistics:
    """Return how much larger each class's share is than the median of the others, as a logarithm in `UNIT`s.

    The ratio is compared, as the shares of a network with a thousand classes are all small.

    Args:
        share: shape (K,), in [0, 1]; NaN for classes that were not examined.

    Returns:
        Shape (K,), float64; NaN likewise, and everywhere if fewer than 3 classes were examined.
    """
    known = np.flatnonzero(np.isfinite(share))
    scores = np.full(share.shape, np.nan)
    if len(known) < LEAST_CLASSES:
        return scores
    for label in known:
        middle = np.median(share[known[known != label]])
        scores[label] = np.log((share[label] + SMALLEST_SHARE) / (middle + SMALLEST_SHARE)) / UNIT
    return scores


def _mean(values: list[Statistics]) -> Statistics:
    """Return the mean of what is known of each class, shape (K,); NaN where nothing is."""
    stacked = np.stack(values)
    count = np.isfinite(stacked).sum(axis=0)
    total = np.nansum(stacked, axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


SECOND_ANSWERS = SecondAnswers(
    name="second-answers",
    title="Second answers",
    help=(
        "Lays each trigger that was found over clean images: under a backdoor's, the second answer is still what the "
        "image shows."
    ),
    source=(
        "The second answer under Neural Cleanse's triggers, measured on networks of known state for this program; "
        "that a backdoor's features are apart from the benign ones: Xu et al., ICLR 2024, section 4"
    ),
    needs=Needs.UNLABELLED,
    statistic_title="Share of the images whose second answer, under the triggers, is their own",
    score_unit="half steps of the natural logarithm above the others' median (+1 is about 1.65 times it)",
    is_costly=True,
    has_floor=True,
    needs_triggers=True,
)
