"""The results as JSON."""

import os
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from core.metrics.figures import ATTACK, CLEAN_VALIDATION
from core.metrics.network_scores import NetworkKind
from core.order.ranking import Ranking
from core.report.json_values import (
    Json,
    origin_as_dict,
    pruned_as_dict,
    repaired_as_dict,
    scale_as_dict,
    share_as_dict,
    share_or_none,
    write_json,
)
from core.report.prune.record import Report
from core.report.prune.shape_text import shape_advice, shape_sentence
from core.report.prune.verdict import find_verdict
from core.sweep.curve_shape import ShapeFinding
from core.sweep.records import Sweep
from core.sweep.stops import Stop
from core.sweep.stopwatch import Effort
from core.words import points


def write_results_json(path: str | os.PathLike[str], report: Report, *, files: Sequence[str] = ()) -> None:
    """Write `results_as_dict` as JSON.

    Raises:
        ExportError: the file could not be written.
    """
    write_json(path, results_as_dict(report, files=files))


def results_as_dict(report: Report, *, files: Sequence[str] = ()) -> Json:
    """Return the whole report as plain JSON values: table, order, activations, scale, bypass, inputs, versions.

    `tensor` of the layer is "activation" or "normalization", where channels are ranked and zeroed; null if no batch
    normalization follows the activation.

    A share is `{"rate", "count", "total", "interval": [low, high]}`, rates in [0, 1], with the 95 % Wilson
    interval; the rate of no images is null. `shapes` has the curve shape of each poisoned set
    (`core.sweep.curve_shape`), worst first; it is empty if there are cautions, as no conclusion is drawn then.

    Args:
        report: the report.
        files: names of the files that are written together, itself among them.
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
        "notes": list(report.origin.notes),
        "layer": _layer(report),
        "reader": sweep.reader,
        "order": {
            "kind": sweep.ranking.kind.name,
            "is_oracle": sweep.ranking.kind.is_oracle,
            "channels": _order(sweep.ranking),
            "mask_settings": asdict(sweep.mask_settings) if sweep.mask_settings else None,
        },
        "channels": _channels(report),
        "dead_count": sweep.ranking.dead_count,
        "settled_count": sweep.settled_count,
        "effort": _effort(sweep.effort),
    }


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


def _bypass(report: Report) -> Json | None:
    bypass = report.sweep.bypass
    if bypass is None:
        return None
    return {"layer": bypass.layer, "cut_reader": bypass.cut_reader, "open_readers": list(bypass.open_readers)}


def _shape(sweep: Sweep, finding: ShapeFinding) -> Json:
    """Return the shape of one set's curve, and both rates at the step that shows it; null if there is no set."""
    accuracy = CLEAN_VALIDATION.share_at(finding.point, NetworkKind.PRUNED)
    return {
        "file": finding.poisoned_set.name if finding.poisoned_set else None,
        "shape": finding.shape.value,
        "may_be": [each.value for each in finding.others],
        "sentence": shape_sentence(sweep, finding),
        "advice": shape_advice(sweep, finding),
        "pruned_count": finding.point.pruned_count,
        CLEAN_VALIDATION.key: share_or_none(accuracy),
        ATTACK.key: share_as_dict(finding.attack(finding.point)) if finding.poisoned_set else None,
    }


def _layer(report: Report) -> Json:
    layer = report.sweep.ranking.layer
    return {
        "name": layer.name,
        "measured_at": layer.measured_at,
        "tensor": layer.tensor.value if layer.tensor is not None else None,
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
    """Return channel indices; pairs [layer, index] if the sweep covers several layers."""
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
