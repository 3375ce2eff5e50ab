"""Trigger inversion in two families: a patch with its mask, and a change of the whole picture."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.detect.detector import Detector
from core.detect.null import robust_score, robust_scores
from core.detect.records import AllToAll, ClassScores, Needs

if TYPE_CHECKING:  # these import Keras; listing the detectors does not need it
    from core.detect.task import DetectionTask
    from core.detect.triggers.inversion import Inversion, Inverted
    from core.monitor import Monitor


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard triggers are searched.

    Attributes:
        step_count: number of steps.
        image_count: number of images per step and class.
    """

    step_count: int
    image_count: int

    @property
    def passes(self) -> int:
        """Images that go forward and back for one class."""
        return self.step_count * self.image_count


SCREENING = Effort(10, 12)
WHOLE = Effort(150, 24)
MOST_WHOLE = 24  # number of classes up to which all are examined whole
SHORTLIST = 10
NULL_COUNT = 14


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class TriggerInversion(Detector):
    """Searches the smallest trigger of each class; a target's is much smaller than the others'.

    Attributes:
        is_whole_picture: whether the whole picture is changed, instead of a patch.
        spread_floor: what is added to the spread of the other classes' statistics, in decades. Few classes tell a
            spread badly, and that of a logarithm is alike in all networks.
    """

    is_whole_picture: bool = False
    spread_floor: float
    is_costly: bool = True
    has_floor: bool = True
    finds_all_to_all: bool = True

    @property
    def settings(self) -> dict[str, int | float]:
        """Steps and images for each class, how many classes are examined whole, and the floor of the spread."""
        return {
            "step_count": WHOLE.step_count,
            "images_per_step": WHOLE.image_count,
            "screening_step_count": SCREENING.step_count,
            "screening_images_per_step": SCREENING.image_count,
            "most_whole": MOST_WHOLE,
            "shortlist": SHORTLIST,
            "null_count": NULL_COUNT,
            "spread_floor": self.spread_floor,
        }

    def run(self, task: "DetectionTask", monitor: "Monitor") -> ClassScores:
        """Screen all classes if there are many, then examine the shortlist and classes of the null whole.

        Raises:
            Cancelled: the job was cancelled.
        """
        classes = task.classes
        if len(classes) <= MOST_WHOLE:
            inversion = self._inversion(task, WHOLE)
            inverted = self._invert(inversion, classes, monitor, self.title, null=classes)
            return self._with_all_to_all(self._scores(inverted, null=classes), inversion, monitor, null=classes)
        screened = self._invert(
            self._inversion(task, SCREENING),
            classes,
            monitor,
            f"{self.title}: all classes",
            null=classes,
            is_screening=True,
        )
        screening = self._screening(screened)
        first, null = task.with_found(screening).shortlist(SHORTLIST, null_count=NULL_COUNT)
        examined = np.concatenate([first, null])
        inversion = self._inversion(task, WHOLE)
        inverted = self._invert(inversion, examined, monitor, f"{self.title}: shortlist", null=null)
        sentence = (
            f"All {len(classes)} classes were screened with {SCREENING.step_count} steps of {SCREENING.image_count} "
            f"images; {len(first)} and {len(null)} random ones were examined with {WHOLE.step_count} steps of "
            f"{WHOLE.image_count}."
        )
        return self._with_all_to_all(
            self._scores(inverted, null=null, sentence=sentence), inversion, monitor, null=null
        )

    def passes(self, task: "DetectionTask") -> float:
        """Screening of all classes and the whole search on the shortlist and the null."""
        count = len(task.classes)
        if count <= MOST_WHOLE:
            return (count + 1) * WHOLE.passes
        return count * SCREENING.passes + (SHORTLIST + NULL_COUNT + 1) * WHOLE.passes

    def _invert(
        self,
        inversion: "Inversion",
        classes: NDArray[np.int64],
        monitor: "Monitor",
        stage: str,
        *,
        null: NDArray[np.int64],
        is_screening: bool = False,
    ) -> "Inverted":
        def publish(found: "Inverted") -> None:
            monitor.publish(self._screening(found) if is_screening else self._scores(found, null=null))

        return inversion.run(
            classes,
            on_step=lambda done, total: monitor.checkpoint(stage, done_count=done, total_count=total),
            on_group=publish,
            while_waiting=monitor.stop_if_asked,
        )

    def _inversion(self, task: "DetectionTask", effort: Effort) -> "Inversion":
        from core.detect.triggers.families import AdditiveFamily, PatchFamily  # noqa: PLC0415
        from core.detect.triggers.inversion import Inversion  # noqa: PLC0415 - see ADR 17

        family = AdditiveFamily() if self.is_whole_picture else PatchFamily()
        return Inversion(
            task, family, step_count=effort.step_count, images_per_step=min(effort.image_count, task.image_count)
        )

    def _with_all_to_all(
        self, scores: ClassScores, inversion: "Inversion", monitor: "Monitor", *, null: NDArray[np.int64]
    ) -> ClassScores:
        """Search the trigger of an all-to-all attack, too: its size is compared with those of single classes."""
        size, trigger = inversion.run_all_to_all(
            on_step=lambda done, total: monitor.checkpoint(
                f"{self.title}: all to all", done_count=done, total_count=total
            ),
            while_waiting=monitor.stop_if_asked,
        )
        statistic = _statistic(size)
        score = robust_score(statistic, scores.statistic[null], spread_floor=self.spread_floor)
        found = AllToAll(statistic, score, trigger)
        return replace(scores, all_to_all=found)

    def _screening(self, screened: "Inverted") -> ClassScores:
        """After few steps no trigger is small yet: the classes whose loss fell fastest come first."""
        statistic = -screened.losses
        return ClassScores(self.name, statistic, robust_scores(statistic))

    def _scores(self, inverted: "Inverted", *, null: NDArray[np.int64], sentence: str = "") -> ClassScores:
        statistic = np.asarray(_statistic(inverted.sizes))
        null_only = np.full_like(statistic, np.nan)
        null_only[null] = statistic[null]
        scores = robust_scores(statistic, null_only, spread_floor=self.spread_floor)
        return ClassScores(self.name, statistic, scores, triggers=inverted.triggers, sentence=sentence)


def _statistic(sizes: Any) -> Any:
    """Return −log10 of sizes in (0, 1]."""
    return -np.log10(np.maximum(sizes, 1e-9)) + 0.0


PATCH_INVERSION = TriggerInversion(
    name="patch-inversion",
    title="Trigger inversion, patch",
    help="Searches for each class the smallest patch that draws clean images to it; a target's is much smaller.",
    source="Wang et al.: Neural Cleanse, IEEE S&P 2019, section V.A",
    needs=Needs.UNLABELLED,
    statistic_title="Size of the smallest patch, −log10 of its share of the picture",
    spread_floor=0.1,
)
WHOLE_PICTURE_INVERSION = TriggerInversion(
    name="whole-picture-inversion",
    title="Trigger inversion, whole picture",
    help="Searches for each class the faintest change of the whole picture that draws clean images to it.",
    source="Wang et al.: Neural Cleanse, IEEE S&P 2019, section V.A, with an additive trigger in place of a patch",
    needs=Needs.UNLABELLED,
    statistic_title="Strength of the faintest change, −log10 of its root mean square",
    spread_floor=0.07,
    is_whole_picture=True,
)
