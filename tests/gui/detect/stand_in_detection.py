"""A detection of the stand-in engine, whose figures are known: class 3 stands out, and its trigger is a white patch."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from core.detect.combination import Combination, Logistic
from core.detect.records import AllToAll, ClassScores, Ending, ReconstructedTrigger
from core.detect.verdict import verdict_by
from core.errors import Cancelled
from core.monitor import Monitor
from core.records import Share
from core.scale import Scale
from gui.job_runner import Job
from gui.state.detections import DetectionInputs, DetectionSettings, KeptDetection, ShownImages
from tests.made_up_scales import found

CLASS_COUNT, SIDE, TARGET = 10, 8, 3
MAKERS = ("patch-inversion", "whole-picture-inversion")  # detectors that reconstruct triggers


def make_combination(names: tuple[str, ...], *, backdoored_from: float = 0.7) -> Combination:
    """A combination that weighs all detectors equally."""
    of_class = Logistic((4.0 / len(names),) * len(names), -4.0)
    return Combination(names, of_class, Logistic((1.0,), 0.0), backdoored_from, min(0.5, backdoored_from))


def make_images() -> ShownImages:
    """Eight images of classes 0 to 4."""
    labels = np.arange(8) % 5
    return ShownImages(np.full((8, SIDE, SIDE, 3), 100.0, np.float32), labels)


def make_trigger(label: int, *, has_change: bool = False) -> ReconstructedTrigger:
    """A white patch of 4 pixels, or a brighter picture."""
    opacity = np.zeros((SIDE, SIDE, 1), np.float32)
    change = np.full((SIDE, SIDE, 3), 10.0, np.float32) if has_change else None
    if not has_change:
        opacity[:2, :2] = 1.0
    return ReconstructedTrigger(label, opacity, np.full((SIDE, SIDE, 3), 255.0, np.float32), Share(15, 16), change)


def make_scores(name: str, *, ending: Ending = Ending.DONE, top: float = 6.0, all_to_all: float = -2.0) -> ClassScores:
    """Scores in which class 3 stands out, with the triggers of classes 3 and 5 where the detector makes some."""
    scores = np.linspace(-1, 1, CLASS_COUNT)
    scores[TARGET] = top
    has_triggers = name in MAKERS
    triggers = {label: make_trigger(label, has_change=name == MAKERS[1]) for label in (TARGET, 5) if has_triggers}
    pairs = AllToAll(0.5, all_to_all, make_trigger(-1, has_change=name == MAKERS[1])) if has_triggers else None
    return ClassScores(name, scores.copy(), scores, triggers, pairs, ending, seconds=2.0)


def make_detection(settings: DetectionSettings, count: int, *, is_partial: bool = False) -> Any:
    """What the first `count` detectors found, the last of them on its way if it is partial."""
    names = [each.name for each in settings.detectors[:count]]
    endings = [Ending.STOPPED if is_partial and name == names[-1] else Ending.DONE for name in names]
    scores = tuple(make_scores(name, ending=ending) for name, ending in zip(names, endings, strict=True))
    whole = [each for each in scores if each.ending is Ending.DONE]
    verdict = verdict_by(make_combination(tuple(each.detector for each in whole)), whole) if whole else None
    return SimpleNamespace(scores=scores, verdict=verdict, seconds=2.0 * count)


class FakeDetector:
    """Stands for the detectors: the part of the stand-in engine that the page Detect uses."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.exported: list[tuple[str, Path]] = []
        self.stop_detection_at: int | None = None  # a detection waits when this many detectors have found something
        self.is_detection_empty = False  # a detection goes on without a result until it is cancelled
        self.estimated: list[Any] = []  # the classes of each estimate of how long a detection takes

    def estimate_detection(self, inputs: DetectionInputs, settings: DetectionSettings) -> Job:
        def job(monitor: Monitor) -> dict[str, float]:
            self.estimated.append(settings.classes)
            return {each.name: 10.0 for each in settings.detectors if not inputs.missing(each)}

        return job

    def detect_backdoors(self, inputs: DetectionInputs, settings: DetectionSettings) -> Job:
        def job(monitor: Monitor) -> KeptDetection:
            self.started.append(f"detect {len(settings.detectors)} {settings.classes} {settings.seed}")
            known = (
                inputs
                if inputs.scale is not None
                else inputs.with_finding(found(Scale.RAW, Share(19, 20), Share(1, 20)))
            )
            kept = KeptDetection(known, settings, make_images())
            monitor.checkpoint("Detecting")
            count = 0
            try:
                if self.is_detection_empty:
                    while True:
                        monitor.checkpoint("Detecting")
                monitor.publish(kept)
                for count in range(1, len(settings.detectors) + 1):
                    monitor.publish(make_detection(settings, count, is_partial=True))
                    while self.stop_detection_at == count:
                        monitor.checkpoint("Detecting", done_count=count, total_count=len(settings.detectors))
            except Cancelled:
                if not count or not monitor.resume():
                    raise
                return kept.with_found(make_detection(settings, count, is_partial=True), is_over=True)
            return kept.with_found(make_detection(settings, count), is_over=True)

        return job

    def export_detection(self, kind: str, path: Path, kept: KeptDetection) -> Job:
        def job(monitor: Monitor) -> Path:
            assert kept.verdict is not None
            self.exported.append((f"{kind} {kept.verdict.outcome}", path))
            return path

        return job
