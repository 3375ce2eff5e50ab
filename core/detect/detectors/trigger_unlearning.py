"""Trigger unlearning: whose smallest trigger does not come back when a copy of the network has unlearned it."""

from typing import TYPE_CHECKING

import numpy as np

from core.detect.detector import Detector
from core.detect.detectors.trigger_inversion import PATCH_INVERSION, WHOLE, WHOLE_PICTURE_INVERSION, statistic_of
from core.detect.null import robust_scores
from core.detect.records import ClassScores, Needs
from core.errors import DetectorError

if TYPE_CHECKING:  # these import Keras; listing the detectors does not need it
    from core.detect.inversion import Inverted
    from core.detect.task import DetectionTask, IndexArray
    from core.monitor import Monitor

STEP_COUNT = 120
CLEAN_COUNT = 24  # images as they are, in each step
STAMPED_COUNT = 48  # images with a trigger, in each step
RATE = 0.005  # of a weight's first step, as a share of its tensor's root mean square
POOL_COUNT = 256
SUSPICIOUS_COUNT, MIDDLE_COUNT = 4, 4
SPREAD_FLOOR = 0.1


class TriggerUnlearning(Detector):
    """Unlearns the triggers of an inversion on a copy of the network, and inverts once more.

    A backdoor is a short way to its target that the network does not need for clean images. Once it is unlearned, the
    smallest trigger of the target becomes as large as that of any class. What draws a clean network to a class is a
    part of how it knows the class: a copy that has unlearned one such trigger has another of nearly the same size.
    """

    @property
    def settings(self) -> dict[str, int | float]:
        """Steps, images and classes, and the floor of the spread."""
        return {
            "step_count": STEP_COUNT,
            "clean_count": CLEAN_COUNT,
            "stamped_count": STAMPED_COUNT,
            "rate": RATE,
            "pool_count": POOL_COUNT,
            "suspicious_count": SUSPICIOUS_COUNT,
            "middle_count": MIDDLE_COUNT,
            "spread_floor": SPREAD_FLOOR,
        }

    def run(self, task: "DetectionTask", monitor: "Monitor") -> ClassScores:
        """Unlearn the triggers of some classes, and search theirs again.

        Raises:
            DetectorError: `no-triggers`, no inversion found any before it.
            Cancelled: the job was cancelled.
        """
        from core.detect.inversion import AdditiveFamily, Inversion, PatchFamily  # noqa: PLC0415 - see ADR 17
        from core.detect.unlearning import Course, unlearned  # noqa: PLC0415 - imports TensorFlow

        before = next(
            (each for name in _INVERSIONS for each in task.found if each.detector == name and each.triggers), None
        )
        if before is None:
            raise DetectorError(
                "it unlearns triggers that an inversion found, and none found any before it", code="no-triggers"
            )
        classes = chosen_classes(before)
        learned = unlearned(
            task,
            [before.triggers[label] for label in classes.tolist()],
            Course(STEP_COUNT, CLEAN_COUNT, STAMPED_COUNT, RATE, POOL_COUNT),
            on_step=lambda done: monitor.checkpoint(
                f"{self.title}: unlearning", done_count=done, total_count=STEP_COUNT
            ),
            while_waiting=monitor.stop_if_asked,
        )
        family = PatchFamily() if before.detector == PATCH_INVERSION.name else AdditiveFamily()
        inverted = Inversion(
            learned, family, step_count=WHOLE.step_count, images_per_step=min(WHOLE.image_count, task.image_count)
        ).run(
            classes,
            on_step=lambda done, total: monitor.checkpoint(
                f"{self.title}: searching again", done_count=done, total_count=total
            ),
            on_group=lambda found: monitor.publish(self._scores(before, found)),
            while_waiting=monitor.stop_if_asked,
        )
        return self._scores(before, inverted)

    def passes(self, task: "DetectionTask") -> float:
        """The steps of unlearning and the inversion of the classes."""
        count = min(len(task.classes), SUSPICIOUS_COUNT + MIDDLE_COUNT)
        return STEP_COUNT * (CLEAN_COUNT + STAMPED_COUNT) + count * WHOLE.passes

    def _scores(self, before: ClassScores, inverted: "Inverted") -> ClassScores:
        growth = before.statistic - np.asarray(statistic_of(inverted.sizes))
        return ClassScores(self.name, growth, robust_scores(growth, spread_floor=SPREAD_FLOOR))


def chosen_classes(before: ClassScores) -> "IndexArray":
    """Return the most suspicious classes with a trigger, and those in the middle of the ranking."""
    ranked = [label for label in before.ranked.tolist() if label in before.triggers]
    first, rest = ranked[:SUSPICIOUS_COUNT], ranked[SUSPICIOUS_COUNT:]
    begin = max(0, len(ranked) // 2 - SUSPICIOUS_COUNT - MIDDLE_COUNT // 2)
    return np.array([*first, *rest[begin : begin + MIDDLE_COUNT]], np.int64)


_INVERSIONS = (PATCH_INVERSION.name, WHOLE_PICTURE_INVERSION.name)

TRIGGER_UNLEARNING = TriggerUnlearning(
    name="trigger-unlearning",
    title="Trigger unlearning",
    help=(
        "Unlearns the triggers that were found on a copy, and searches again: a backdoor's does not come back, that of "
        "a clean class does."
    ),
    source="Unlearning: Wang et al.: Neural Cleanse, IEEE S&P 2019, section VI.C; here to tell which trigger returns",
    needs=Needs.UNLABELLED,
    statistic_title="Growth of the smallest trigger after unlearning, log10",
    is_costly=True,
    has_floor=True,
    needs_triggers=True,
)
