"""Maximum margin (MM-BD): how far a picture can push each class above all others."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.detect.detector import Detector
from core.detect.null import robust_scores
from core.detect.records import ClassScores, Needs, Statistics

if TYPE_CHECKING:  # these import Keras; listing the detectors does not need it
    from core.detect.task import DetectionTask
    from core.monitor import Monitor

START_COUNT = 10  # random pictures that the ascent starts from, for each class
STEP_COUNT = 100
SCREENING_STARTS = 1  # where there are many classes, all are screened so, and the shortlist is examined whole
SCREENING_STEPS = 24
MOST_WHOLE = 64  # number of classes up to which all are examined whole
SHORTLIST = 12
NULL_COUNT = 20


class MaximumMargin(Detector):
    """Ascends the margin of each class from random pictures."""

    @property
    def settings(self) -> dict[str, int | float]:
        """Starts and steps for each class, and how many classes are examined whole."""
        return {
            "start_count": START_COUNT,
            "step_count": STEP_COUNT,
            "screening_start_count": SCREENING_STARTS,
            "screening_step_count": SCREENING_STEPS,
            "most_whole": MOST_WHOLE,
            "shortlist": SHORTLIST,
            "null_count": NULL_COUNT,
        }

    def run(self, task: "DetectionTask", monitor: "Monitor") -> ClassScores:
        """Find the maximum margins of all classes; publishes after each batch of classes.

        Raises:
            Cancelled: the job was cancelled.
        """
        classes = task.classes
        if len(classes) <= MOST_WHOLE:
            statistic = self._margins(task, classes, (START_COUNT, STEP_COUNT), monitor, self.title)
            return ClassScores(self.name, statistic, robust_scores(statistic))
        screened = self._margins(
            task, classes, (SCREENING_STARTS, SCREENING_STEPS), monitor, f"{self.title}: all classes"
        )
        screening = ClassScores(self.name, screened, robust_scores(screened))
        rng = np.random.default_rng([task.seed, len(classes)])
        first = screening.ranked[:SHORTLIST]
        null = rng.permutation(screening.ranked[SHORTLIST:])[:NULL_COUNT]
        examined = np.sort(np.concatenate([first, null]))
        statistic = self._margins(task, examined, (START_COUNT, STEP_COUNT), monitor, f"{self.title}: shortlist")
        null_only = np.full_like(statistic, np.nan)
        null_only[null] = statistic[null]
        sentence = (
            f"All {len(classes)} classes were screened with {SCREENING_STARTS} start and {SCREENING_STEPS} steps; "
            f"{SHORTLIST} and {len(null)} random ones were examined with {START_COUNT} starts and {STEP_COUNT} steps."
        )
        return ClassScores(self.name, statistic, robust_scores(statistic, null_only), sentence=sentence)

    def passes(self, task: "DetectionTask") -> float:
        """Each start and step of a class is one image."""
        count = len(task.classes)
        if count <= MOST_WHOLE:
            return count * START_COUNT * STEP_COUNT
        return count * SCREENING_STARTS * SCREENING_STEPS + (SHORTLIST + NULL_COUNT) * START_COUNT * STEP_COUNT

    def _margins(
        self,
        task: "DetectionTask",
        classes: NDArray[np.int64],
        effort: tuple[int, int],
        monitor: "Monitor",
        stage: str,
    ) -> Statistics:
        from core.detect.ascent import MarginAscent  # noqa: PLC0415 - imports TensorFlow, see ADR 17

        start_count, step_count = effort
        ascent = MarginAscent(task, step_count=step_count)
        statistic = np.full(task.network.class_count, np.nan)
        labels = np.repeat(classes, start_count)
        best = np.full(len(labels), -np.inf)
        for first in range(0, len(labels), task.batch_size):
            part = slice(first, first + task.batch_size)

            def tell(step: int, first: int = first, count: int = len(labels[part])) -> None:
                done = first * step_count + step * count
                monitor.checkpoint(stage, done_count=done, total_count=len(labels) * step_count)

            best[part] = ascent.run(labels[part], fold=first, on_step=tell, while_waiting=monitor.stop_if_asked)
            found = np.full_like(statistic, -np.inf)
            np.maximum.at(found, labels[: part.stop], best[: part.stop])
            statistic = np.where(np.isfinite(found), found, np.nan)
            monitor.publish(ClassScores(self.name, statistic.copy(), robust_scores(statistic)))
        return statistic


MAXIMUM_MARGIN = MaximumMargin(
    name="maximum-margin",
    title="Maximum margin",
    help="Searches for each class the picture that is answered as that class by the largest margin; needs no images.",
    source=(
        "Wang et al.: MM-BD: Post-Training Detection of Backdoor Attacks with Arbitrary Backdoor Pattern Types Using a "
        "Maximum Margin Statistic, IEEE S&P 2024, section 3.2"
    ),
    needs=Needs.NOTHING,
    statistic_title="Maximum margin of the logits",
)
