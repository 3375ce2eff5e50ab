"""The results as JSON, for programs."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.channels import Ranking
from core.confidence import CERTAINTY, ConfidenceLevel
from core.curve_shape import ShapeFinding
from core.export_file import write_file
from core.records import ModelSummary, Scale, ScaleFinding, Share, Stop, Sweep, SweepPoint
from core.report.origin import InputFile, Origin
from core.report.record import Report
from core.report.shape_text import shape_advice, shape_sentence
from core.report.verdict import find_verdict
from core.stopwatch import Effort
from core.version import NAME, versions
from core.words import TARGET_NOTE, points

FORMAT = 1

Json = dict[str, Any]


def write_results_json(path: str | os.PathLike[str], report: Report, *, files: Sequence[str] = ()) -> None:
    """Write `results_as_dict` as JSON.

    Raises:
        ExportError: it could not be written.
    """
    write_json(path, results_as_dict(report, files=files))


def write_json(path: str | os.PathLike[str], told: Json) -> None:
    """Write plain JSON values, indented, as UTF-8.

    Raises:
        ExportError: it could not be written.
    """
    write_file(Path(path), json.dumps(told, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def results_as_dict(report: Report, *, files: Sequence[str] = ()) -> Json:
    """The whole report in plain JSON values: table, order, activations, scale, bypass, inputs, versions.

    A share is `{"rate", "count", "total", "interval": [low, high]}`, rates in [0, 1], the interval Wilson's
    at 95 %; the rate of no images is null. `shapes` is what `core.curve_shape` says of each poisoned set, worst first;
    it is empty where there are cautions, as nothing is concluded then.

    Args:
        report: what to tell.
        files: names of the files that are written together with it, itself among them.
    """
    sweep = report.sweep
    verdict = find_verdict(sweep, report.stops, report.origin.cautions)
    return {
        **origin_as_dict(report.origin, files=files),
        "command_line_is_equivalent": not report.is_command_line_typed,
        "scale": scale_as_dict(report.sweep.scale, report.origin.scale_finding),
        "verdict": {"headline": verdict.headline, "sentences": list(verdict.sentences)},
        "shapes": [_shape(sweep, each) for each in verdict.shapes],
        "bypass": _bypass(report),
        "table": [_row(stop, report) for stop in report.stops],
        "notes": [TARGET_NOTE] if report.origin.poisoned else [],
        "layer": _layer(report),
        "reader": sweep.reader,
        "order": {
            "kind": sweep.ranking.kind.value,
            "is_oracle": sweep.ranking.kind.is_oracle,
            "channels": _order(sweep.ranking),
            "mask_settings": asdict(sweep.mask_settings) if sweep.mask_settings else None,
        },
        "channels": _channels(report),
        "dead_count": sweep.ranking.dead_count,
        "settled_count": sweep.settled_count,
        "effort": _effort(sweep.effort),
    }


def origin_as_dict(origin: Origin, *, files: Sequence[str]) -> Json:
    """What made a report, when, and of which files, in plain JSON values."""
    return {
        "format": FORMAT,
        "application": NAME,
        "created": origin.created.isoformat(),
        "command_line": list(origin.command_line),
        "versions": versions(),
        "files": list(files),
        "cautions": list(origin.cautions),
        "inputs": {
            "model": model_as_dict(origin.model, path=origin.model_path),
            "validation": input_as_dict(origin.validation),
            "test": input_as_dict(origin.test) if origin.test else None,
            "poisoned": [
                {**input_as_dict(each), "target_labels": list(each.target_labels)} for each in origin.poisoned
            ],
        },
    }


def share_as_dict(share: Share) -> Json:
    """A share in plain JSON values."""
    return {
        "rate": share.rate if share.total else None,
        "count": share.count,
        "total": share.total,
        "interval": list(share.interval),
    }


def pruned_as_dict(point: SweepPoint, poisoned_names: Sequence[str]) -> Json:
    """What B′ is worth, in plain JSON values; null where a set is not loaded."""
    return {
        **_clean(point, "pruned"),
        "attack_success_rate": shares_as_dicts([each.pruned for each in point.poisoned], poisoned_names),
    }


def repaired_as_dict(point: SweepPoint, poisoned_names: Sequence[str]) -> Json:
    """What G is worth, in plain JSON values; null where a set is not loaded."""
    return {
        **_clean(point, "repaired"),
        "attack_success_rate": shares_as_dicts([each.repaired for each in point.poisoned], poisoned_names),
        "detection_rate": shares_as_dicts([each.flagged for each in point.poisoned], poisoned_names),
        "false_alarm_rate": {
            role: share_as_dict(score.flagged) if score else None
            for role, score in (("validation", point.validation), ("test", point.test))
        },
    }


def guarded_as_dict(
    point: SweepPoint,
    level: ConfidenceLevel,
    poisoned_names: Sequence[str],
    *,
    is_held_out: bool,
    is_given: bool = False,
) -> Json:
    """What G by confidence is worth and what it asks for, in plain JSON values.

    Args:
        point: B′ and G by confidence.
        level: the confidence that it asks for.
        poisoned_names: what tells the poisoned sets apart.
        is_held_out: whether the level was found on images that B′ was not refitted with.
        is_given: whether it came with the network, so that nobody knows for which share it was found.
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
    """An inspected network in plain JSON values."""
    return {
        "path": path,
        "sha256": model.sha256,
        "format": model.source_format,
        "input_shape": list(model.input_shape),
        "class_count": model.class_count,
        "parameter_count": model.parameter_count,
    }


def _clean(point: SweepPoint, kind: str) -> Json:
    scores = (("validation", point.validation), ("test", point.test))
    return {f"clean_{role}_accuracy": share_as_dict(getattr(score, kind)) if score else None for role, score in scores}


def shares_as_dicts(shares: Sequence[Share], names: Sequence[str]) -> list[Json]:
    """A share of each poisoned set with the set's name, in plain JSON values."""
    return [{"file": name, **share_as_dict(each)} for name, each in zip(names, shares, strict=True)]


def _effort(effort: Effort | None) -> Json | None:
    if effort is None:
        return None
    return {
        "phases_s": {name: round(seconds, 3) for name, seconds in effort.phases_s},
        "update_count": effort.update_count,
        "skipped_update_count": effort.skipped_update_count,
        "short_update_count": effort.short_update_count,
        "spilled_bytes": effort.spilled_bytes,
        "peak_memory_bytes": effort.peak_memory_bytes,
    }


def input_as_dict(file: InputFile) -> Json:
    """A data file in plain JSON values."""
    return {"path": file.path, "sha256": file.sha256, "image_count": file.image_count}


def scale_as_dict(scale: Scale, finding: ScaleFinding | None) -> Json:
    """The pixel range and how it was found, in plain JSON values."""
    if finding is None:
        return {"scale": scale.value, "how": "given"}
    return {
        "scale": finding.scale.value,
        "how": "found",
        "clean_accuracy_raw": share_as_dict(finding.raw),
        "clean_accuracy_unit": share_as_dict(finding.unit),
        "is_sampled": finding.is_sampled,
    }


def _bypass(report: Report) -> Json | None:
    bypass = report.sweep.bypass
    if bypass is None:
        return None
    return {"layer": bypass.layer, "cut_reader": bypass.cut_reader, "open_readers": list(bypass.open_readers)}


def _shape(sweep: Sweep, finding: ShapeFinding) -> Json:
    """The shape of one set's curve, and both rates at the step that shows it; null where there is no set."""
    accuracy = finding.point.validation
    return {
        "file": finding.poisoned_set.name if finding.poisoned_set else None,
        "shape": finding.shape.value,
        "may_be": [each.value for each in finding.others],
        "sentence": shape_sentence(sweep, finding),
        "advice": shape_advice(sweep, finding),
        "pruned_count": finding.point.pruned_count,
        "clean_validation_accuracy": share_as_dict(accuracy.pruned) if accuracy else None,
        "attack_success_rate": share_as_dict(finding.attack(finding.point)) if finding.poisoned_set else None,
    }


def _layer(report: Report) -> Json:
    layer = report.sweep.ranking.layer
    return {
        "name": layer.name,
        "measured_at": layer.measured_at,
        "channel_count": layer.channel_count,
        "parts": [each.name for each in layer.parts],
        "readers": [
            {"layer": each.layer, "class_name": each.class_name, "is_cuttable": each.is_cuttable}
            for each in layer.readers
        ],
    }


def _channels(report: Report) -> list[Json]:
    ranking = report.sweep.ranking
    steps = {int(channel): step for step, channel in enumerate(ranking.order, start=1)}
    return [
        {
            "layer": ranking.layer.locate(index)[0],
            "channel_index": ranking.layer.locate(index)[1],
            "activation": float(ranking.activations[index]),
            "peak": float(ranking.peaks[index]),
            "score": None if ranking.scores is None else float(ranking.scores[index]),
            "is_dead": bool(ranking.dead[index]),
            "pruning_step": steps[index],
        }
        for index in range(ranking.layer.channel_count)
    ]


def _order(ranking: Ranking) -> list[Any]:
    """Channel indices; [layer, index] each where the sweep goes over all layers."""
    located = [ranking.layer.locate(int(each)) for each in ranking.order]
    return [list(each) for each in located] if ranking.layer.parts else [channel for _, channel in located]


def _row(stop: Stop, report: Report) -> Json:
    row: Json = {
        "threshold": stop.threshold,
        "threshold_points": None if stop.threshold is None else float(points(stop.threshold)),
        "side": stop.side.value if stop.side else None,
        "pruned_count": stop.point.pruned_count if stop.point else None,
        "channels_left": stop.channels_left,
        "pruned_network": None,
        "repaired_network": None,
    }
    point = stop.point
    if point is None:
        return row
    names = [each.name for each in report.sweep.poisoned_sets]
    row["pruned_network"] = pruned_as_dict(point, names)
    row["repaired_network"] = repaired_as_dict(point, names)
    return row
