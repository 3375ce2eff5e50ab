"""Detection: every chosen detector in turn, each with what it needs; what was found is kept when the job is stopped."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

from core.data.dataset import Dataset
from core.detect.detector import Detector, check_any_suits
from core.detect.detectors.registry import DETECTORS
from core.detect.records import ClassScores, Ending, Needs, ReconstructedTrigger, unsuitable
from core.detect.task import DetectionTask
from core.detect.verdict import Verdict, verdict_of
from core.display import MOST_ROWS, Row, TableRecord, rows_as_html
from core.errors import Cancelled, DatasetError, DetectorError
from core.findings.scale_finding import ScaleFinding
from core.metrics.readings import candidate_scales
from core.metrics.scale_search import find_scale
from core.monitor import Monitor
from core.network.network import Network
from core.records import Share
from core.scale import Scale
from core.thread_pool import run_aside

COMPILED_STEPS = 8
"""What compiling takes in a detector, in plain steps of the network; about: measured were 2 to 12."""


@dataclass(frozen=True, slots=True, eq=False)
class DetectionRequest:
    """What to examine, with what.

    Attributes:
        network: the network.
        scale: the pixel range the network expects.
        dataset: clean images; None if there are none: detectors that need some are then not run.
        has_labels: whether the labels of `dataset` are the true ones.
        detectors: the detectors, in the order in which they run.
        classes: the classes to examine; None examines all. Random ones join few classes, see `DetectionTask.classes`.
        seed: seed of all random numbers.
    """

    network: Network
    scale: Scale
    dataset: Dataset | None = None
    has_labels: bool = True
    detectors: tuple[Detector, ...] = field(default_factory=lambda: tuple(DETECTORS))
    classes: tuple[int, ...] | None = None
    seed: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the detectors."""
        return tuple(each.name for each in self.detectors)


@dataclass(frozen=True, eq=False)
class Detection(TableRecord):
    """What the detectors found.

    Attributes:
        request: what was examined.
        scores: the scores of each detector, in the order in which they ran; the last ones are missing if the job was
            stopped.
        seconds: how long it took.
        right: of some of the clean images, those that the network answers correctly; None without labels.
    """

    request: DetectionRequest
    scores: tuple[ClassScores, ...]
    seconds: float = 0.0
    right: Share | None = None

    @property
    def is_complete(self) -> bool:
        """Whether every detector ran to its end, or could not be run."""
        is_whole = len(self.scores) == len(self.request.detectors)
        return is_whole and all(each.ending is not Ending.STOPPED for each in self.scores)

    @cached_property
    def verdict(self) -> Verdict | None:
        """What the detectors say together; None if none of them examined a class to its end."""
        return verdict_of(self.scores, right=self.right)

    def triggers(self, label: int) -> tuple[tuple[str, ReconstructedTrigger], ...]:
        """Return the reconstructed triggers of a class, with the names of their detectors, in the order of the run."""
        return tuple((each.detector, each.triggers[label]) for each in self.scores if label in each.triggers)

    def as_rows(self) -> tuple[Row, ...]:
        """A row for each class, the most likely first: its probability and each detector's score; None if unknown."""
        class_count = self.request.network.class_count
        verdict = self.verdict
        order = list(range(class_count) if verdict is None else verdict.ranked)
        order += [label for label in range(class_count) if label not in set(order)]
        return tuple(
            {
                "class": label,
                "probability": None if verdict is None else _or_none(verdict.class_probabilities[label]),
                **{each.detector: _or_none(each.scores[label]) for each in self.scores},
            }
            for label in order
        )

    def _repr_html_(self) -> str:
        """Return the outcome and the most likely classes as HTML, for notebooks."""
        verdict = self.verdict
        text = "no verdict"
        if verdict is not None:
            classes = f": {', '.join(map(str, verdict.classes))}" if verdict.classes else ""
            classes = ": all-to-all" if verdict.is_all_to_all else classes
            text = f"{verdict.outcome}{classes} (probability {verdict.probability:.2f})"
        rows = [
            {name: round(value, 3) if isinstance(value, float) else value for name, value in row.items()}
            for row in self.as_rows()[:MOST_ROWS]
        ]
        return f"<p><b>{text}</b></p>{rows_as_html(rows)}"

    def __repr__(self) -> str:
        return f"Detection({self.request.network.summary.path.name}, {list(self.scores)})"


def estimate_seconds(request: DetectionRequest) -> dict[str, float]:
    """Return how long each detector takes, by its name, measured by a few passes on this machine; 0 if not run.

    For a small network compiling the steps takes most of the time.

    Raises:
        DetectorError: `unknown-class`.
    """
    task = _task(request)

    def seconds(detector: Detector) -> float:
        passes = 0.0 if detector.unmet_need(task) else detector.passes(task)
        if not passes:
            return 0.0
        to_compile, per_image = task.seconds_taken
        return COMPILED_STEPS * to_compile + passes * per_image

    return {each.name: seconds(each) for each in request.detectors}


def detect(request: DetectionRequest, monitor: Monitor) -> Detection:
    """Run the detectors; publish a `Detection` whenever one has found something.

    A detector that does not suit the network or the images is left out with a sentence, and the others go on. A job
    that is stopped returns what was found so far.

    Args:
        request: what to examine.
        monitor: receives progress and partial results, and can cancel.

    Raises:
        DetectorError: `unknown-class`.
        Cancelled: the job was cancelled before anything was found, or its result is not needed.
    """
    begin_s = time.monotonic()
    task = _task(request)
    # Built aside: the first call of Keras takes seconds for a large network.
    run_aside(partial(getattr, task, "logits"), while_waiting=monitor.stop_if_asked)
    if task.dataset is not None and task.image_count:
        is_finite, right = run_aside(task.check_answers, while_waiting=monitor.stop_if_asked)
    else:
        is_finite, right = True, None
    done: tuple[ClassScores, ...] = ()
    for detector in request.detectors:
        watched = _Watched(monitor, partial(_publish, monitor, request, done, right))
        detector_begin_s = time.monotonic()
        try:
            scores = _run(detector, task, watched, is_finite=is_finite)
        except Cancelled:
            kept = watched.last
            if not monitor.resume() or (kept is None and not done):
                raise
            stopped = () if kept is None else (replace(kept, ending=Ending.STOPPED),)
            return Detection(request, (*done, *stopped), time.monotonic() - begin_s, right)
        scores = replace(scores, seconds=time.monotonic() - detector_begin_s)
        done = (*done, scores)
        task = task.with_found(scores)
        monitor.publish(Detection(request, done, time.monotonic() - begin_s, right))
    return Detection(request, done, time.monotonic() - begin_s, right)


def check_suits(request: DetectionRequest) -> None:
    """Check that at least one of the detectors can examine the network with these images.

    Raises:
        DetectorError: `unknown-class`; or `no-detector`, none of them can.
    """
    task = _task(request)
    check_any_suits(
        request.detectors,
        class_count=request.network.class_count,
        image_count=task.image_count,
        has_labels=request.has_labels,
    )


def checked_verdict(detection: Detection) -> Verdict:
    """Return the verdict of a detection.

    Raises:
        DetectorError: `no-verdict`; the sentence says why there is none.
    """
    if detection.verdict is not None:
        return detection.verdict
    examined = [each.detector for each in detection.scores if len(each.examined)]
    why = next((each.sentence for each in detection.scores if each.ending is Ending.UNSUITABLE), "")
    if examined:
        why = f"nothing was fitted for these detectors together: {', '.join(examined)}"
    raise DetectorError(
        f"no verdict: {why or 'the answers of the network are no finite numbers'}",
        code="no-verdict",
    )


def scale_of_images(
    network: Network, dataset: Dataset | None, *, has_labels: bool, monitor: Monitor
) -> tuple[Scale, ScaleFinding | None]:
    """Return what a network reads for a pixel, and how that was found.

    With labels it is found on the images. Without, it is what is stored in the model file, or what a file holds that
    has no pixels but what the network reads.

    Args:
        network: the network.
        dataset: clean images; None if there are none.
        has_labels: whether the labels of `dataset` are the true ones.
        monitor: receives progress, and can cancel.

    Returns:
        The scale; how it was found, None without labels.

    Raises:
        DatasetError: `no-scale`, it must be given.
        Cancelled: the job was cancelled.
    """
    if dataset is not None and has_labels:
        finding = find_scale(network, dataset, monitor=monitor)
        return finding.scale, finding
    if network.summary.scale is not None:
        return network.summary.scale, None
    if dataset is not None and dataset.is_converted:
        return candidate_scales(dataset)[0], None
    raise DatasetError(
        f"'{network.summary.path.name}' does not say what its network reads for a pixel, and there are no clean images "
        f"with labels to find it on: give --validation or --scale",
        code="no-scale",
    )


def _or_none(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _task(request: DetectionRequest) -> DetectionTask:
    class_count = request.network.class_count
    unknown = [each for each in request.classes or () if not 0 <= each < class_count]
    if unknown:
        raise DetectorError(f"a class must be from 0 to {class_count - 1}, got {unknown[0]}", code="unknown-class")
    return DetectionTask(
        request.network,
        request.scale,
        dataset=request.dataset,
        has_labels=request.has_labels,
        seed=request.seed,
        wanted=request.classes,
    )


def _run(detector: Detector, task: DetectionTask, monitor: Monitor, *, is_finite: bool) -> ClassScores:
    """Run a detector, or say why it cannot be run.

    `is_finite`: whether the network answers the clean images with finite numbers. The largest of others is no answer.
    """
    class_count = task.network.class_count
    if sentence := detector.unmet_need(task):
        return unsuitable(detector.name, class_count, sentence)
    if detector.needs is not Needs.NOTHING and not is_finite:
        sentence = f"{detector.title}: the network answers clean images with outputs that are no finite numbers"
        return unsuitable(detector.name, class_count, sentence)
    try:
        scores = detector.run(task, monitor)
    except DetectorError as error:
        return unsuitable(detector.name, class_count, f"{detector.title}: {error}")
    if not len(scores.examined):
        return unsuitable(detector.name, class_count, f"{detector.title}: no class has a finite score")
    return scores


def _publish(
    monitor: Monitor,
    request: DetectionRequest,
    done: tuple[ClassScores, ...],
    right: Share | None,
    partial_scores: ClassScores,
) -> None:
    monitor.publish(Detection(request, (*done, replace(partial_scores, ending=Ending.STOPPED)), right=right))


class _Watched(Monitor):
    """The job's monitor as a detector sees it; keeps what the detector published last."""

    def __init__(self, monitor: Monitor, on_scores: Callable[[ClassScores], None]) -> None:
        super().__init__()
        self._monitor, self._on_scores = monitor, on_scores
        self.last: ClassScores | None = None

    def stop_if_asked(self) -> None:
        """Raise `Cancelled` if the job was asked to stop."""
        self._monitor.stop_if_asked()

    def checkpoint(
        self, stage: str, *, done_count: int = 0, total_count: int = 0, fraction: float | None = None
    ) -> None:
        """Report progress, and stop if asked to."""
        self._monitor.checkpoint(stage, done_count=done_count, total_count=total_count, fraction=fraction)

    def publish(self, partial: object) -> None:
        """Keep the scores, and pass them on."""
        assert isinstance(partial, ClassScores)
        self.last = partial
        self._on_scores(partial)
