"""Jobs that look for a backdoor and estimate how long that takes.

The engine is imported inside the callables, in the worker thread, so that the window opens before TensorFlow loads.
"""

# ruff: noqa: PLC0415 - the engine is imported late on purpose

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.detect.records import ReconstructedTrigger
from core.monitor import Monitor
from core.scale import WHITE, Scale
from core.thread_pool import run_aside
from gui.job_runner import Job
from gui.state.detections import DetectionInputs, DetectionSettings, KeptDetection, ShownImages

if TYPE_CHECKING:
    from core.data.dataset import Dataset
    from core.detect.job import DetectionRequest

SHOWN_COUNT = 8  # images that are kept to show triggers on


def estimate_detection(inputs: DetectionInputs, settings: DetectionSettings) -> Job:
    """Return a job that measures how long each detector takes; it returns seconds by the detectors' names."""

    def job(monitor: Monitor) -> dict[str, float]:
        from core.detect.job import estimate_seconds

        request = _request(inputs, settings, inputs.scale or Scale.RAW)
        return run_aside(partial(estimate_seconds, request), while_waiting=monitor.stop_if_asked)

    return job


def detect_backdoors(inputs: DetectionInputs, settings: DetectionSettings) -> Job:
    """Return a job that runs detectors; it returns a `KeptDetection`.

    It publishes a `ScaleFinding` if the pixel range is not known, then a `KeptDetection` without results, then
    a `Detection` whenever something is found. A job that is stopped returns what was found so far.
    """

    def job(monitor: Monitor) -> KeptDetection:
        from core.detect.job import detect
        from core.metrics.scale_search import find_scale

        scale = inputs.scale
        if scale is None:
            assert inputs.dataset is not None
            finding = find_scale(inputs.network, inputs.dataset, monitor=monitor)
            monitor.publish(finding)
            scale = finding.scale
        images = None if inputs.dataset is None else _shown_images(inputs.dataset, inputs.has_labels)
        kept = KeptDetection(inputs.with_scale(scale), settings, images)
        monitor.publish(kept)
        return kept.with_found(detect(_request(inputs, settings, scale), monitor), is_over=True)

    return job


def save_trigger(path: Path, trigger: ReconstructedTrigger) -> Job:
    """Return a job that writes a trigger as .png or .npz; it returns the path."""

    def job(monitor: Monitor) -> Path:
        from core.report.detect.trigger_file import write_trigger

        monitor.checkpoint(f"Writing {path.name}")
        write_trigger(trigger, path)
        return path

    return job


def _request(inputs: DetectionInputs, settings: DetectionSettings, scale: Scale) -> "DetectionRequest":
    from core.detect.job import DetectionRequest

    return DetectionRequest(
        inputs.network,
        scale,
        dataset=inputs.dataset,
        has_labels=inputs.has_labels,
        detectors=settings.detectors,
        classes=settings.classes,
        seed=settings.seed,
    )


def _shown_images(dataset: "Dataset", has_labels: bool) -> ShownImages:
    """Return the first images of the first few labels, or the first images if labels are not known."""
    labels = np.asarray(dataset.labels)
    if has_labels:
        _, firsts = np.unique(labels, return_index=True)
        rows = np.sort(firsts)[:SHOWN_COUNT]
        rest = np.setdiff1d(np.arange(min(len(labels), 10 * SHOWN_COUNT)), rows)
        rows = np.concatenate([rows, rest[: max(0, SHOWN_COUNT - len(rows))]])
    else:
        rows = np.arange(min(len(labels), SHOWN_COUNT))
    pixels = WHITE * dataset.rows(rows, scale=Scale.UNIT)
    shown_labels = labels[rows] if has_labels else np.full(len(rows), -1)
    return ShownImages(pixels.astype(np.float32), shown_labels.astype(np.int64))
