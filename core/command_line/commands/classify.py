"""`classify`: the predictions of B, B′ and G for images, one JSON line per image."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.command_line.console import Status, put, refuse, say
from core.command_line.data_options import DataOptions
from core.command_line.early_checks import check_files_early, images_that_open
from core.command_line.open_sets import OpenedSets, open_chosen, say_notes
from core.command_line.run_options import chosen_data
from core.data.cautions import find_cautions
from core.data.image import open_image, to_input
from core.detect.strip.records import evidence_of, plain
from core.errors import ImageFileError, ModelFileError
from core.monitor import Monitor
from core.network.start_keras import start_keras
from core.records import ClassScore, Target
from core.report.detect.strip_text import NO_TRIGGERED, NOT_A_VERDICT, triggered_sentence
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
        has_strip: whether each image is blended with those of `validation`.
        seed: seed of the draw of these images.
        poisoned: triggered images, to say how well they are told from clean ones by that.
        targets: what was said about the target of each.
    """

    model: Path
    pruned: Path | None
    images: tuple[Path, ...]
    scale: Scale | None
    validation: Path | None
    how_read: DataOptions = field(default_factory=DataOptions)
    has_strip: bool = False
    seed: int = 0
    poisoned: tuple[Path, ...] = ()
    targets: tuple[Target, ...] = ()

    @property
    def test(self) -> None:
        """No test images are used."""


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
        data=chosen_data(options.validation, None, options.poisoned, options.how_read),
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
    is_opened = options.validation is not None and (options.scale is None or options.has_strip)
    opened = open_chosen(network, options, monitor) if is_opened else None
    scale, how = (options.scale, "given") if options.scale else _find_scale(opened, network, monitor)
    strip = _Strip(network, scale, opened, options, monitor) if options.has_strip and opened is not None else None
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
        put(json.dumps(line if strip is None else line | {"strip": strip.of(pixels, monitor)}))
    return status


class _Strip:
    """Blends images with clean ones; the clean and the triggered images are measured first.

    Args:
        network: the network.
        scale: the pixel range it expects.
        opened: the sets.
        options: the options of the command.
        monitor: receives progress, and can cancel.

    Raises:
        DetectorError: the network or the clean images do not suit it.
        Cancelled: the job was cancelled.
    """

    def __init__(
        self, network: Any, scale: Scale, opened: OpenedSets, options: ClassifyOptions, monitor: Monitor
    ) -> None:
        from core.detect.strip.blending import Blender  # noqa: PLC0415  # these import Keras
        from core.detect.strip.job import calibrate  # noqa: PLC0415
        from core.metrics.interpretation import interpret_sets  # noqa: PLC0415

        assert opened.validation is not None
        self._blender = Blender(network, scale, opened.validation, seed=options.seed)
        poisoned = interpret_sets(network, opened.poisoned, clean=[opened.validation], scale=scale, monitor=monitor)
        self._calibration = calibrate(self._blender, monitor, poisoned=poisoned)
        for each in self._calibration.triggered:
            say(triggered_sentence(each))
        say(NOT_A_VERDICT if self._calibration.triggered else f"{NO_TRIGGERED} {NOT_A_VERDICT}")

    def of(self, pixels: Any, monitor: Monitor) -> dict[str, object]:
        """Return the figures of an image (H, W, C), as the network reads it, as plain JSON values."""
        answers = self._blender.answers(pixels[None], monitor.unseen())
        return plain(evidence_of(answers, self._calibration))


def _scores(scores: tuple[ClassScore, ...]) -> list[dict[str, float]]:
    return [{"label": each.label, "value": each.value} for each in scores]


def _find_scale(opened: OpenedSets | None, network: Any, monitor: Monitor) -> tuple[Scale, str]:
    if opened is None:
        stored: Scale | None = network.summary.scale
        if stored is not None:
            return stored, "stored"
        say("Pixels are fed as 0–255; if the network expects 0–1, use --scale unit (or --validation to find it).")
        return Scale.RAW, "assumed"
    from core.metrics.scale_search import find_scale  # noqa: PLC0415  # imports Keras

    validation = opened.validation
    assert validation is not None
    finding = find_scale(network, validation, monitor=monitor)
    for caution in find_cautions(
        class_count=network.class_count, validation=validation, test=None, poisoned=(), scale_finding=finding
    ):
        say(f"Caution: {caution}")
    return finding.scale, "found"
