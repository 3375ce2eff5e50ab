"""Records as values of a JSON file; the parts that every results file shares."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.data.interpretation_text import interpretation_sentence
from core.export_file import write_file
from core.findings.scale_finding import ScaleFinding
from core.intake.sandbox.in_use import sandbox_state
from core.metrics.figures import Figure, figures_of
from core.metrics.network_scores import NetworkKind, NetworkScores
from core.network.confidence import CERTAINTY, ConfidenceLevel
from core.records import Interpretation, ModelSummary, Share, SweepPoint
from core.report.origin import InputFile, Origin, RunOrigin
from core.scale import Scale
from core.version import NAME, versions
from core.words import is_estimated

FORMAT = 1
Json = dict[str, Any]


def write_json(path: str | os.PathLike[str], values: Json) -> None:
    """Write plain JSON values, indented, as UTF-8.

    Raises:
        ExportError: the file could not be written.
    """
    write_file(Path(path), json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def run_as_dict(origin: RunOrigin, *, files: Sequence[str]) -> Json:
    """Return what all results files say of a run as plain JSON values: application, time, command and files."""
    return {
        "format": FORMAT,
        "application": NAME,
        "created": origin.created.isoformat(),
        "command_line": list(origin.command_line),
        "versions": versions(),
        "sandbox": sandbox_state().sentence,
        "files": list(files),
        "cautions": list(origin.cautions),
    }


def origin_as_dict(origin: Origin, *, files: Sequence[str]) -> Json:
    """Return the application, time and files of a report as plain JSON values."""
    return {
        **run_as_dict(origin, files=files),
        "not_saved": list(origin.not_saved),
        "inputs": {
            "model": model_as_dict(origin.model, path=origin.model_path),
            "validation": input_as_dict(origin.validation),
            "test": input_as_dict(origin.test) if origin.test else None,
            "poisoned": [
                {
                    **input_as_dict(each),
                    "target_labels": list(each.target_labels),
                    "interpretation": interpretation_as_dict(each.interpretation),
                    "estimated_from": _made_of(each),
                }
                for each in origin.poisoned
            ],
        },
    }


def share_as_dict(share: Share) -> Json:
    """Return a share as plain JSON values."""
    return {
        "rate": share.rate if share.total else None,
        "count": share.count,
        "total": share.total,
        "interval": list(share.interval),
    }


def share_or_none(share: Share | None) -> Json | None:
    """Return a share as plain JSON values; null if there is none."""
    return None if share is None else share_as_dict(share)


def pruned_as_dict(point: SweepPoint, poisoned_names: Sequence[str]) -> Json:
    """Return the figures of B′ as plain JSON values; null if a set is not loaded."""
    scores = NetworkScores.of_point(point, NetworkKind.PRUNED)
    return figures_as_dict(figures_of(NetworkKind.PRUNED), scores, poisoned_names)


def repaired_as_dict(point: SweepPoint, poisoned_names: Sequence[str]) -> Json:
    """Return the figures of G as plain JSON values; null if a set is not loaded."""
    scores = NetworkScores.of_point(point, NetworkKind.REPAIRED)
    return figures_as_dict(figures_of(NetworkKind.REPAIRED), scores, poisoned_names)


def figures_as_dict(figures: Sequence[Figure], scores: NetworkScores, poisoned_names: Sequence[str] = ()) -> Json:
    """Return figures by JSON key; null if a set is not loaded, and a list for poisoned sets.

    Args:
        figures: the figures, in the order of the keys.
        scores: scores of the network.
        poisoned_names: distinct names of the poisoned sets.
    """
    values: Json = {}
    for figure in figures:
        shares, place = figure.shares(scores), values
        for key in figure.json_keys[:-1]:
            place = place.setdefault(key, {})
        place[figure.json_keys[-1]] = (
            shares_as_dicts(shares, poisoned_names) if figure.is_of_many else share_or_none(shares[0])
        )
    return values


def by_confidence_as_dict(
    point: SweepPoint,
    level: ConfidenceLevel,
    poisoned_names: Sequence[str],
    *,
    is_held_out: bool,
    is_given: bool = False,
) -> Json:
    """Return the figures and the level of G by confidence as plain JSON values.

    Args:
        point: B′ and G by confidence.
        level: the confidence level.
        poisoned_names: distinct names of the poisoned sets.
        is_held_out: whether the level was found on images that B′ was not made with.
        is_given: whether the level came with the network, so that its requested share is unknown.
    """
    return {
        "confidence_level": level.level,
        "calibration": {
            "asked_false_alarm_rate": None if is_given else level.false_alarm_rate,
            "certainty": None if is_given else CERTAINTY,
            "is_honoured": None if is_given else level.is_honoured,
            "is_held_out": is_held_out,
            "false_alarm_rate": share_as_dict(level.measured),
        },
        **repaired_as_dict(point, poisoned_names),
    }


def model_as_dict(model: ModelSummary, *, path: str) -> Json:
    """Return a network summary as plain JSON values."""
    return {
        "path": path,
        "sha256": model.sha256,
        "format": model.source_format,
        "input_shape": list(model.input_shape),
        "class_count": model.class_count,
        "parameter_count": model.parameter_count,
        "notes": list(model.notes),
    }


def shares_as_dicts(shares: Sequence[Share | None], names: Sequence[str]) -> list[Json]:
    """Return the share and name of each poisoned set as plain JSON values."""
    pairs = zip(names, shares, strict=True)
    return [
        {"file": name, "is_estimated": is_estimated(name), **(share_as_dict(each) if each is not None else {})}
        for name, each in pairs
    ]


def input_as_dict(file: InputFile) -> Json:
    """Return a data file as plain JSON values."""
    return {"path": file.path, "sha256": file.sha256, "image_count": file.image_count}


def _made_of(file: InputFile) -> Json | None:
    """Return what an estimated set was made of as plain JSON values; null for a file."""
    if file.made_of is None:
        return None
    return {"images": input_as_dict(file.made_of), "trigger": file.trigger_path or None}


def interpretation_as_dict(interpretation: Interpretation | None) -> Json | None:
    """Return how a poisoned set was understood as plain JSON values; null if it was not."""
    if interpretation is None:
        return None
    return {
        "labels": "true" if interpretation.has_true_labels else "target",
        "attack": interpretation.kind.value,
        "target_labels": list(interpretation.targets),
        "how": "given" if interpretation.is_given else "found",
        "is_estimated": interpretation.is_estimated,
        "doubt": interpretation.doubt.value,
        "answered_as_wanted": share_as_dict(interpretation.answered),
        "answered_as_labelled": share_as_dict(interpretation.as_labelled),
        "is_sampled": interpretation.is_sampled,
        "is_compared_with_clean_images": interpretation.is_compared,
        "image_count": interpretation.image_count,
        "left_out_count": interpretation.left_out_count,
        "sources": list(interpretation.sources),
        "targets_by_true_label": [{"label": label, "target": wanted} for label, wanted in interpretation.wanted],
        "by_true_label": [{"label": each.label, **share_as_dict(each.share)} for each in interpretation.by_source],
        "sentence": interpretation_sentence(interpretation),
    }


def scale_as_dict(scale: Scale, finding: ScaleFinding | None) -> Json:
    """Return what the network reads for a pixel, and how that was found, as plain JSON values."""
    numbers = {"scale": scale.name, "mean": list(scale.mean), "deviation": list(scale.deviation), "bgr": scale.is_bgr}
    if finding is None:
        return numbers | {"how": "given"}
    return numbers | {
        "how": "found",
        "reason": finding.reason.value,
        "is_sampled": finding.is_sampled,
        "tried": [
            {
                "scale": each.scale.name,
                "clean_accuracy": share_as_dict(each.right),
                "cross_entropy": each.cross_entropy,
                "temperature": each.temperature,
            }
            for each in finding.scores
        ],
    }
