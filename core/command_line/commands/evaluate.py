"""`evaluate`: what a network is worth as it is."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.command_line.console import Status, put
from core.command_line.early_checks import check_files_early
from core.data.cautions import find_cautions
from core.monitor import Monitor
from core.network.start_keras import start_keras
from core.records import Scale, Share
from core.report.json_values import share_as_dict
from core.report.text_table import aligned
from core.version import versions
from core.words import TARGET_NOTE, bounds, percent, printable, scale_name

if TYPE_CHECKING:
    from core.data.dataset import Dataset


@dataclass(frozen=True, slots=True)
class EvaluateOptions:
    """What was asked for: the files, the pixel range (None finds it on clean images), and how to print."""

    model: Path
    validation: Path | None
    test: Path | None
    poisoned: tuple[Path, ...]
    scale: Scale | None
    is_json: bool


@dataclass(frozen=True, slots=True)
class SetFigures:
    """One set's images predicted as the label in the file, and those flagged; None where nothing can be flagged."""

    hit: Share
    flagged: Share | None


def evaluate(options: EvaluateOptions, monitor: Monitor) -> Status:
    """Print clean accuracies and attack success rates of a network; of a repaired one, what it flags too.

    Raises:
        InspectorError: an input was refused.
        Cancelled: asked to stop.
    """
    check_files_early(
        models=[options.model], data=[options.validation, options.test, *options.poisoned], monitor=monitor
    )
    start_keras(monitor)
    from core.data.dataset import distinct_names, open_dataset  # noqa: PLC0415
    from core.metrics import evaluation  # noqa: PLC0415  # these bring Keras
    from core.network.network import open_network  # noqa: PLC0415

    network = open_network(options.model, monitor=monitor)

    def opened(path: Path | None) -> "Dataset | None":
        if path is None:
            return None
        return open_dataset(path, input_shape=network.input_shape, class_count=network.class_count, monitor=monitor)

    validation, test = opened(options.validation), opened(options.test)
    poisoned = [each for each in map(opened, options.poisoned) if each is not None]
    scale, finding = options.scale, None
    if scale is None:
        clean = validation or test
        assert clean is not None, "the pixel range cannot be found without clean images"
        finding = evaluation.find_scale(network, clean, monitor=monitor)
        scale = finding.scale
    summary = network.summary

    def measured(dataset: "Dataset | None") -> SetFigures | None:
        if dataset is None:
            return None
        labels = evaluation.predict_labels(network, dataset, scale=scale, monitor=monitor)
        flagged = int((labels == network.class_count - 1).sum()) if summary.is_repaired else None
        return SetFigures(
            Share(int((labels == dataset.labels).sum()), dataset.image_count),
            None if flagged is None else Share(flagged, dataset.image_count),
        )

    on_clean = {"validation": measured(validation), "test": measured(test)}
    attacks = [each for each in map(measured, poisoned) if each is not None]
    names = [printable(each) for each in distinct_names(poisoned)]
    cautions = find_cautions(
        class_count=network.class_count,
        validation=validation,
        test=test,
        poisoned=poisoned,
        scale_finding=finding,
        clean_share=next((each.hit for each in on_clean.values() if each is not None), None),
    )
    if options.is_json:
        answer = {
            "cautions": list(cautions),
            "model": {
                "path": str(options.model),
                "sha256": summary.sha256,
                "class_count": summary.class_count,
                "is_repaired": summary.is_repaired,
            },
            "scale": scale.value,
            "how": "given" if finding is None else "found",
            **{f"clean_{role}_accuracy": share_as_dict(each.hit) if each else None for role, each in on_clean.items()},
            "false_alarm_rate": {role: _flagged_as_dict(each) for role, each in on_clean.items()},
            "attack_success_rate": [
                {"path": str(path), "sha256": each.sha256, "target_labels": list(each.target_labels)}
                | share_as_dict(attack.hit)
                | {"detection_rate": _flagged_as_dict(attack)}
                for path, each, attack in zip(options.poisoned, poisoned, attacks, strict=True)
            ],
            "notes": [TARGET_NOTE] if poisoned else [],
            "versions": versions(),
        }
        put(json.dumps(answer, indent=2))
        return Status.DONE
    how = f" (clean images right: {finding.raw} with 0–255, {finding.unit} with 0–1)" if finding else " (as asked)"
    rows = [["", "rate", "images", "95 % interval"]]
    rows += [_row(f"clean {role} accuracy", each.hit) for role, each in on_clean.items() if each is not None]
    rows += [
        _row(f"ASR, {name} (target {_first(each.target_labels)})", attack.hit)
        for name, each, attack in zip(names, poisoned, attacks, strict=True)
    ]
    rows += [_row(f"false alarm, {role}", each.flagged) for role, each in on_clean.items() if each and each.flagged]
    rows += [
        _row(f"detection, {name}", each.flagged) for name, each in zip(names, attacks, strict=True) if each.flagged
    ]
    lines = [
        *(f"Caution: {each}" for each in cautions),
        *([""] if cautions else []),
        f"Pixels {scale_name(scale)}{how}",
    ]
    if summary.is_repaired:
        lines.append(f"This is a repaired network G: its last class, {network.class_count - 1}, says “backdoored”.")
    put("\n".join([*lines, "", *aligned(rows), *(["", TARGET_NOTE] if poisoned else [])]))
    return Status.DONE


def _first(labels: Sequence[int], *, count: int = 8) -> str:
    return ", ".join(map(str, labels[:count])) + (", …" if len(labels) > count else "")


def _flagged_as_dict(measured: SetFigures | None) -> dict[str, Any] | None:
    return share_as_dict(measured.flagged) if measured is not None and measured.flagged is not None else None


def _row(label: str, share: Share) -> list[str]:
    return [label, percent(share), str(share), bounds(share)]
