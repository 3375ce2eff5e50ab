"""`classify`: the predictions of B, B′ and G for images, one JSON line per image."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.command_line.console import Status, put, refuse, say
from core.command_line.data_options import DataOptions
from core.command_line.early_checks import check_files_early, images_that_open
from core.command_line.open_sets import open_each, say_notes
from core.command_line.run_options import chosen_data
from core.data.cautions import find_cautions
from core.data.image import open_image, to_input
from core.errors import ImageFileError, ModelFileError
from core.monitor import Monitor
from core.network.start_keras import start_keras
from core.records import ClassScore
from core.scale import Scale


@dataclass(frozen=True, slots=True)
class ClassifyOptions:
    """The options of the command.

    Attributes:
        model: the network B.
        pruned: a pruned network B′; None uses only B.
        images: the images.
        scale: the pixel range; None finds it on `validation`, or uses 0–255.
        validation: clean images to find the pixel range on.
        how_read: keys of these images and their labels, and the order of the labels.
    """

    model: Path
    pruned: Path | None
    images: tuple[Path, ...]
    scale: Scale | None
    validation: Path | None
    how_read: DataOptions = field(default_factory=DataOptions)


def classify(options: ClassifyOptions, monitor: Monitor) -> Status:
    """Print one JSON line per image; with B′, or for a repaired network, it says whether the image is flagged.

    A refused image gets its line on stderr, and the others are still classified.

    Raises:
        InspectorError: a network or the validation images were refused.
        Cancelled: the job was cancelled.
    """
    networks = [options.model, *([options.pruned] if options.pruned else [])]
    check_files_early(
        models=networks,
        data=chosen_data(options.validation, None, (), options.how_read),
        architecture=options.how_read.architecture,
        monitor=monitor,
    )
    images = images_that_open(options.images, monitor=monitor)
    status = Status.DONE if len(images) == len(options.images) else Status.REFUSED
    if not images:
        return status
    start_keras(monitor)
    from core.metrics import classification  # noqa: PLC0415  # these import Keras
    from core.network.network import open_network  # noqa: PLC0415

    network = open_network(options.model, monitor=monitor, architecture=options.how_read.architecture)
    say_notes(network)
    is_repaired = network.summary.is_repaired
    pruned_network = None
    if options.pruned is not None:
        pruned_network = open_network(options.pruned, monitor=monitor)
        for path, each in ((options.model, network), (options.pruned, pruned_network)):
            if each.summary.is_repaired:
                raise ModelFileError(
                    f"'{path}' is already a repaired network G, which flags images by itself: "
                    f"give it alone as --model, or give a network and its pruned one",
                    code="repaired-already",
                )
        if pruned_network.input_shape != network.input_shape or pruned_network.class_count != network.class_count:
            raise ModelFileError(
                f"the pruned network must have input {network.input_shape} and {network.class_count} classes as "
                f"'{options.model}' has, got {pruned_network.input_shape} and {pruned_network.class_count} in "
                f"'{options.pruned}'",
                code="misfit-pruned",
            )
    scale, how = (options.scale, "given") if options.scale else _find_scale(options, network, monitor)
    for done_count, path in enumerate(images):
        monitor.checkpoint("Classifying images", done_count=done_count, total_count=len(images))
        try:
            pixels = to_input(open_image(path, monitor=monitor), input_shape=network.input_shape, scale=scale)
        except ImageFileError as error:
            refuse(error)
            status = Status.REFUSED
            continue
        answer = classification.classify(network, pixels, scale=scale, pruned_network=pruned_network)
        has_pruned = pruned_network is not None
        repaired_label = answer.base[0].label if is_repaired else answer.repaired_label if has_pruned else None
        flag = network.class_count - 1 if is_repaired else network.class_count
        line = {
            "picture": str(path),
            "label": answer.base[0].label,
            "base": _scores(answer.base),
            "pruned": _scores(answer.pruned) if has_pruned else None,
            "repaired_label": repaired_label,
            "is_flagged": None if repaired_label is None else repaired_label == flag,
            "scale": scale.name,
            "scale_how": how,
        }
        put(json.dumps(line))
    return status


def _scores(scores: tuple[ClassScore, ...]) -> list[dict[str, float]]:
    return [{"label": each.label, "value": each.value} for each in scores]


def _find_scale(options: ClassifyOptions, network: Any, monitor: Monitor) -> tuple[Scale, str]:
    if options.validation is None:
        stored: Scale | None = network.summary.scale
        if stored is not None:
            return stored, "stored"
        say("Pixels are fed as 0–255; if the network expects 0–1, use --scale unit (or --validation to find it).")
        return Scale.RAW, "assumed"
    from core.metrics.scale_search import find_scale  # noqa: PLC0415  # imports Keras

    opened = open_each(
        network,
        validation=options.validation,
        test=None,
        poisoned=(),
        how_read=options.how_read,
        scale=None,
        monitor=monitor,
    )
    validation = opened.validation
    assert validation is not None
    finding = find_scale(network, validation, monitor=monitor)
    for caution in find_cautions(
        class_count=network.class_count, validation=validation, test=None, poisoned=(), scale_finding=finding
    ):
        say(f"Caution: {caution}")
    return finding.scale, "found"
