"""Jobs that look for a backdoor and estimate how long that takes.

The engine is imported inside the callables, in the worker thread, so that the window opens before TensorFlow loads.
"""

# ruff: noqa: PLC0415 - the engine is imported late on purpose

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.detect.records import ReconstructedTrigger
from core.monitor import Monitor
from core.scale import WHITE, Scale
from core.thread_pool import run_aside
from gui.export.report_pdf import write_report_pdf
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

        request = _request(inputs, settings)
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

        known = inputs
        if known.scale is None:
            assert known.dataset is not None
            finding = find_scale(known.network, known.dataset, monitor=monitor)
            monitor.publish(finding)
            known = known.with_finding(finding)
        assert known.scale is not None
        images = None if known.dataset is None else _shown_images(known.dataset, known.scale, known.has_labels)
        kept = KeptDetection(known, settings, images)
        monitor.publish(kept)
        return kept.with_found(detect(_request(known, settings), monitor), is_over=True)

    return job


def save_trigger(path: Path, trigger: ReconstructedTrigger) -> Job:
    """Return a job that writes a trigger as .png or .npz; it returns the path."""

    def job(monitor: Monitor) -> Path:
        from core.report.detect.trigger_file import write_trigger

        monitor.checkpoint(f"Writing {path.name}")
        write_trigger(trigger, path)
        return path

    return job


def export_detection(kind: str, path: Path, kept: KeptDetection) -> Job:
    """Return a job that exports a detection with a verdict; it returns the path.

    Args:
        kind: "csv" (its classes), "json", "report" or "pdf" (the report as PDF).
        path: the file to write.
        kept: the detection.
    """

    def job(monitor: Monitor) -> Path:
        from core.report.detect.command import command_line
        from core.report.detect.page import detection_page_text, write_detection_html
        from core.report.detect.record import describe_detection
        from core.report.detect.results import write_classes_csv, write_detection_json

        assert kept.detection is not None
        assert kept.verdict is not None
        monitor.checkpoint(f"Writing {path.name}")
        if kind == "csv":
            write_classes_csv(path, kept.detection)
            return path
        report = describe_detection(
            kept.detection,
            kept.verdict,
            scale_finding=None if kept.inputs.is_scale_given else kept.inputs.scale_finding,
            is_scale_given=kept.inputs.is_scale_given,
            command_line=command_line(kept.detection.request),
            monitor=monitor,
        )
        # The triggers are in the page; their files are saved one by one.
        report = replace(report, triggers=tuple(replace(each, files=()) for each in report.triggers))
        if kind == "json":
            write_detection_json(path, report, files=(path.name,))
        elif kind == "pdf":
            write_report_pdf(path, detection_page_text(report))
        else:
            write_detection_html(path, report)
        return path

    return job


def _request(inputs: DetectionInputs, settings: DetectionSettings) -> "DetectionRequest":
    from core.detect.job import DetectionRequest

    return DetectionRequest(
        inputs.network,
        inputs.scale or Scale.RAW,  # an estimate of the time does not depend on it
        dataset=inputs.dataset,
        has_labels=inputs.has_labels,
        detectors=settings.detectors,
        classes=settings.classes,
        seed=settings.seed,
    )


def _shown_images(dataset: "Dataset", scale: Scale, has_labels: bool) -> ShownImages:
    """Return the first images of the first few labels, or the first images if labels are not known.

    Values that a file holds as the network reads them become pixels again.
    """
    labels = np.asarray(dataset.labels)
    if has_labels:
        _, firsts = np.unique(labels, return_index=True)
        rows = np.sort(firsts)[:SHOWN_COUNT]
        rest = np.setdiff1d(np.arange(min(len(labels), 10 * SHOWN_COUNT)), rows)
        rows = np.concatenate([rows, rest[: max(0, SHOWN_COUNT - len(rows))]])
    else:
        rows = np.arange(min(len(labels), SHOWN_COUNT))
    drawn = dataset.rows(rows, scale=Scale.UNIT)
    pixels = np.clip(scale.pixels(drawn), 0, WHITE) if dataset.is_converted else WHITE * drawn
    shown_labels = labels[rows] if has_labels else np.full(len(rows), -1)
    return ShownImages(pixels.astype(np.float32), shown_labels.astype(np.int64))
