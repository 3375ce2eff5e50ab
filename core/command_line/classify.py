"""`classify`: what B, B′ and G say about pictures, one JSON line a picture."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.command_line.console import Status, put, refuse, say
from core.command_line.start_keras import start_keras
from core.errors import ImageFileError, ModelFileError
from core.monitor import Monitor
from core.records import ClassScore, Scale


@dataclass(frozen=True, slots=True)
class ClassifyOptions:
    """What was asked for.

    Attributes:
        model: the network B.
        pruned: a pruned network B′; None: only B answers.
        pictures: the pictures.
        scale: the pixel range; None finds it on `validation`, or takes 0–255.
        validation: clean images to find the pixel range on.
    """

    model: Path
    pruned: Path | None
    pictures: tuple[Path, ...]
    scale: Scale | None
    validation: Path | None


def classify(options: ClassifyOptions, monitor: Monitor) -> Status:
    """Print a JSON line a picture; a picture that is refused gets its line on stderr and the others go on.

    Raises:
        InspectorError: a network or the validation images were refused.
        Cancelled: asked to stop.
    """
    start_keras(monitor)
    from core import classification  # noqa: PLC0415  # these bring Keras
    from core.network import open_network  # noqa: PLC0415
    from core.picture import open_picture, to_input  # noqa: PLC0415

    network = open_network(options.model, monitor=monitor)
    pruned_network = None
    if options.pruned is not None:
        pruned_network = open_network(options.pruned, monitor=monitor)
        if pruned_network.input_shape != network.input_shape or pruned_network.class_count != network.class_count:
            raise ModelFileError(
                f"the pruned network must have input {network.input_shape} and {network.class_count} classes as "
                f"'{options.model}' has, got {pruned_network.input_shape} and {pruned_network.class_count} in "
                f"'{options.pruned}'",
                code="misfit-pruned",
            )
    scale = options.scale or _find_scale(options, network, monitor)
    status = Status.DONE
    for done_count, path in enumerate(options.pictures):
        monitor.checkpoint("Classifying pictures", done_count=done_count, total_count=len(options.pictures))
        try:
            pixels = to_input(open_picture(path, monitor=monitor), input_shape=network.input_shape, scale=scale.value)
        except ImageFileError as error:
            refuse(error)
            status = Status.REFUSED
            continue
        answer = classification.classify(network, pixels, scale=scale, pruned_network=pruned_network)
        has_pruned = pruned_network is not None
        line = {
            "picture": str(path),
            "label": answer.base[0].label,
            "base": _scores(answer.base),
            "pruned": _scores(answer.pruned) if has_pruned else None,
            "repaired_label": answer.repaired_label if has_pruned else None,
            "is_flagged": answer.is_flagged if has_pruned else None,
            "scale": scale.value,
        }
        put(json.dumps(line))
    return status


def _scores(scores: tuple[ClassScore, ...]) -> list[dict[str, float]]:
    return [{"label": each.label, "value": each.value} for each in scores]


def _find_scale(options: ClassifyOptions, network: Any, monitor: Monitor) -> Scale:
    if options.validation is None:
        say("Pixels are fed as 0–255; where the network wants 0–1, say --scale unit (or find it with --validation).")
        return Scale.RAW
    from core.dataset import open_dataset  # noqa: PLC0415  # these bring Keras
    from core.evaluation import find_scale  # noqa: PLC0415

    validation = open_dataset(
        options.validation, input_shape=network.input_shape, class_count=network.class_count, monitor=monitor
    )
    return find_scale(network, validation, monitor=monitor).scale
