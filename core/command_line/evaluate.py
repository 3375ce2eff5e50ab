"""`evaluate`: what a network is worth as it is."""

import json
from dataclasses import dataclass
from pathlib import Path

from core.command_line.console import Status, put
from core.command_line.start_keras import start_keras
from core.monitor import Monitor
from core.records import Scale, Share
from core.report.results import share_as_dict
from core.report.table import aligned
from core.version import versions
from core.words import TARGET_NOTE, bounds, percent, printable, scale_name


@dataclass(frozen=True, slots=True)
class EvaluateOptions:
    """What was asked for: the files, the pixel range (None finds it on clean images), and how to print."""

    model: Path
    validation: Path | None
    test: Path | None
    poisoned: tuple[Path, ...]
    scale: Scale | None
    is_json: bool


def evaluate(options: EvaluateOptions, monitor: Monitor) -> Status:
    """Print clean accuracies and attack success rates of a network.

    Raises:
        InspectorError: an input was refused.
        Cancelled: asked to stop.
    """
    start_keras(monitor)
    from core import evaluation  # noqa: PLC0415  # these bring Keras
    from core.dataset import Dataset, open_dataset  # noqa: PLC0415
    from core.network import open_network  # noqa: PLC0415

    network = open_network(options.model, monitor=monitor)

    def opened(path: Path | None) -> Dataset | None:
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
    result = evaluation.evaluate(
        network, validation=validation, test=test, poisoned=poisoned, scale=scale, monitor=monitor
    )
    summary = network.summary
    if options.is_json:
        answer = {
            "model": {"path": str(options.model), "sha256": summary.sha256, "class_count": summary.class_count},
            "scale": scale.value,
            "how": "given" if finding is None else "found",
            "clean_validation_accuracy": share_as_dict(result.validation) if result.validation else None,
            "clean_test_accuracy": share_as_dict(result.test) if result.test else None,
            "attack_success_rate": [
                {"path": str(path), "sha256": each.sha256, "target_labels": list(each.target_labels)}
                | share_as_dict(share)
                for path, each, share in zip(options.poisoned, poisoned, result.poisoned, strict=True)
            ],
            "notes": [TARGET_NOTE] if poisoned else [],
            "versions": versions(),
        }
        put(json.dumps(answer, indent=2))
        return Status.DONE
    how = f" (clean images right: {finding.raw} with 0–255, {finding.unit} with 0–1)" if finding else " (as asked)"
    rows = [["", "rate", "images", "95 % interval"]]
    measures = [("clean validation accuracy", result.validation), ("clean test accuracy", result.test)]
    rows += [_row(label, share) for label, share in measures if share is not None]
    rows += [
        _row(f"ASR, {printable(each.name)} (target {', '.join(map(str, each.target_labels[:8]))})", share)
        for each, share in zip(poisoned, result.poisoned, strict=True)
    ]
    put("\n".join([f"Pixels {scale_name(scale)}{how}", "", *aligned(rows), *(["", TARGET_NOTE] if poisoned else [])]))
    return Status.DONE


def _row(label: str, share: Share) -> list[str]:
    return [label, percent(share), str(share), bounds(share)]
