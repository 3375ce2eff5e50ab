"""A detection's results as JSON, its classes as CSV, and as text."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.detect.detectors.registry import DETECTORS
from core.detect.verdict import Outcome
from core.report.csv_cells import write_csv
from core.report.detect import text
from core.report.detect.record import DetectionReport, ShownTrigger
from core.report.detect.text import (
    all_to_all_sentence,
    evidence_sentence,
    heading,
    limit_sentences,
    next_sentences,
    probability_sentence,
    trigger_sentence,
)
from core.report.json_values import (
    Json,
    input_as_dict,
    model_as_dict,
    run_as_dict,
    scale_as_dict,
    share_as_dict,
    write_json,
)
from core.words import counted, duration_text, scale_text

if TYPE_CHECKING:  # it imports Keras
    from core.detect.job import Detection


def write_classes_csv(path: Path, detection: "Detection") -> None:
    """Write one row per class, ascending: its probability and the detectors' scores; empty if it was not examined.

    Raises:
        ExportError: the file could not be written.
    """
    header = ["class", "probability", *(each.detector for each in detection.scores)]
    rows = sorted(detection.as_rows(), key=lambda each: int(each["class"]))
    cells = ([row["class"], *("" if row[name] is None else repr(row[name]) for name in header[1:])] for row in rows)
    write_csv(path, header, cells)


def write_detection_json(path: Path, report: DetectionReport, *, files: Sequence[str]) -> None:
    """Write `detection_as_dict` as JSON.

    Raises:
        ExportError: the file could not be written.
    """
    write_json(path, detection_as_dict(report, files=files))


def detection_as_dict(report: DetectionReport, *, files: Sequence[str] = ()) -> Json:
    """Return the whole report as plain JSON values; null for a number that does not exist.

    Args:
        report: the report.
        files: names of the files that are written together.
    """
    verdict, detection = report.verdict, report.detection
    combination = verdict.combination
    images = input_as_dict(report.images) if report.images else None
    scale = scale_as_dict(detection.request.scale, report.origin.scale_finding)
    if report.origin.scale_finding is None:
        scale["how"] = report.scale_how
    return {
        **run_as_dict(report.origin, files=files),
        "inputs": {
            "model": model_as_dict(report.origin.model, path=report.origin.model_path),
            "validation": images if report.has_labels else None,
            "pictures": None if report.has_labels else images,
        },
        "scale": scale,
        "verdict": verdict.outcome.value,
        "probability": verdict.probability,
        "reliability": share_as_dict(verdict.reliability),
        "thresholds": {"backdoored": combination.backdoored_from, "suspicious": combination.suspicious_from},
        "classes": list(verdict.classes),
        "is_all_to_all": verdict.is_all_to_all,
        "most_likely_class": verdict.most_likely,
        "evidence": [
            {
                "detector": each.detector,
                "class": each.label,
                "statistic": _finite(each.statistic),
                "score": _finite(each.score),
                "place": each.place or None,
                "examined_count": each.examined,
                "contribution": each.contribution,
                "sentence": evidence_sentence(each),
            }
            for each in verdict.evidence
        ],
        "triggers": [_trigger(each) for each in report.triggers],
        "limits": {
            "kinds": [
                {"kind": each.kind, "noticed": share_as_dict(each.noticed), "named": share_as_dict(each.named)}
                for each in verdict.kinds
            ],
            "false_alarms": share_as_dict(combination.false_alarms),
            "false_verdicts": share_as_dict(combination.false_verdicts),
            "sentences": list(limit_sentences(verdict, detection.scores, detection.request.names)),
        },
        "next": list(steps_of(report)),
        "detectors": [
            {
                "detector": each.detector,
                "title": DETECTORS.get(each.detector).title,
                "needs": DETECTORS.get(each.detector).needs.value,
                "source": DETECTORS.get(each.detector).source,
                "settings": dict(DETECTORS.get(each.detector).settings),
                "ending": each.ending.value,
                "sentence": each.sentence,
                "examined_count": len(each.examined),
                "statistic": DETECTORS.get(each.detector).statistic_title,
                "statistics": [_finite(float(value)) for value in each.statistic],
                "seconds": round(each.seconds, 2),
                "all_to_all": None
                if each.all_to_all is None
                else {"statistic": _finite(each.all_to_all.statistic), "score": _finite(each.all_to_all.score)},
                "took_part": each.detector in verdict.detectors,
            }
            for each in detection.scores
        ],
        "wanted_classes": None if detection.request.classes is None else list(detection.request.classes),
        "seed": detection.request.seed,
        "seconds": round(detection.seconds, 2),
        "zoo": report.zoo,
    }


def detection_text(report: DetectionReport) -> str:
    """Format the verdict, evidence, triggers and limits as plain text."""
    verdict, detection = report.verdict, report.detection
    lines = [*report.origin.caution_lines, heading(verdict), probability_sentence(verdict), ""]
    lines += evidence_sentences(report)
    lines += ["", *trigger_notes(report), *(trigger_line(each) for each in report.triggers)] if report.triggers else []
    lines += [
        "",
        *limit_sentences(verdict, detection.scores, detection.request.names),
        "",
        *steps_of(report),
        "",
    ]
    return "\n".join([*lines, *origin_sentences(report)])


def evidence_sentences(report: DetectionReport) -> tuple[str, ...]:
    """Return what each detector says of the most likely class; first, if it is that, of an all-to-all attack."""
    verdict = report.verdict
    of_all = [all_to_all_sentence(each) for each in report.detection.scores] if verdict.is_all_to_all else []
    return (*filter(None, of_all), *text.evidence_sentences(verdict.evidence))


def steps_of(report: DetectionReport) -> tuple[str, ...]:
    """Return what to do next."""
    return next_sentences(
        report.verdict, is_complete=report.detection.is_complete, has_images=report.images is not None
    )


def origin_sentences(report: DetectionReport) -> tuple[str, ...]:
    """Return on what the detectors worked: images, pixel range, seed, time."""
    request = report.detection.request
    images = "No images" if report.images is None else counted(report.images.image_count, "clean image")
    if report.images is not None and not report.has_labels:
        images += " without labels"
    return (
        f"{images}; seed {request.seed}; {duration_text(report.detection.seconds)}.",
        f"{scale_text(request.scale, report.origin.scale_finding, given=report.scale_how)}.",
    )


def trigger_notes(report: DetectionReport) -> tuple[str, ...]:
    """Return what must be known of triggers that are shown though nothing was found."""
    return (text.ANY_NETWORK,) if report.verdict.outcome is Outcome.NOTHING_FOUND else ()


def trigger_line(shown: ShownTrigger) -> str:
    """Return which detector found a trigger and what it does."""
    return f"{DETECTORS.get(shown.detector).title}: {trigger_sentence(shown.trigger)}"


def _trigger(shown: ShownTrigger) -> Json:
    trigger = shown.trigger
    change = trigger.change
    return {
        "class": None if trigger.label < 0 else trigger.label,
        "detector": shown.detector,
        "kind": "patch" if change is None else "whole picture",
        "success": share_as_dict(trigger.success),
        "covered_share": trigger.covered_share if change is None else None,
        "root_mean_square_change": None if change is None else float((change.astype(float) ** 2).mean() ** 0.5),
        "files": list(shown.files),
        "sentence": trigger_line(shown),
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
