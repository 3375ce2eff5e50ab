"""The command that repeats a detection of the window."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.detect.detectors.registry import DETECTORS
from core.network.inputs import EvaluationInputs
from core.report.origin import opening_words

if TYPE_CHECKING:
    from core.detect.job import DetectionRequest


def command_line(request: "DetectionRequest") -> tuple[str, ...]:
    """Return the arguments that, after `python main.py`, repeat a detection."""
    network, dataset = request.network, request.dataset
    if dataset is not None and request.has_labels:
        words = opening_words("detect", EvaluationInputs(network, dataset, None, (), request.scale))
    else:
        words = ["detect", "--model", os.fspath(network.summary.path)]
        if network.summary.architecture is not None:
            words += ["--architecture", os.fspath(network.summary.architecture)]
        if dataset is not None:
            words += ["--pictures", os.fspath(dataset.path)]
            if any(dataset.keys) and dataset.keys[0] != "data":
                words += ["--data-key", f"pictures={dataset.keys[0]}"]
    names = [each.name for each in request.detectors]
    if names != list(DETECTORS.names):
        words += ["--detectors", ",".join(names)]
    if request.classes is not None:
        words += ["--classes", ranges_text(request.classes)]
    return (*words, "--seed", str(request.seed), *request.scale.option_words, "--out", "detection")


def ranges_text(classes: Sequence[int]) -> str:
    """Return classes, ascending, as "0,3-5"."""
    parts: list[list[int]] = []
    for label in classes:
        if parts and label == parts[-1][-1] + 1:
            parts[-1] = [parts[-1][0], label]
        else:
            parts.append([label])
    return ",".join("-".join(map(str, each)) for each in parts)
