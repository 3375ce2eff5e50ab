"""Evaluating, classifying and comparing networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from backdoor_inspector.arguments import chosen_scale
from backdoor_inspector.files import opened_dataset, opened_datasets, opened_network
from backdoor_inspector.progress import watched
from core.errors import DatasetError, ModelFileError
from core.network.confidence import DEFAULT_FALSE_ALARM_RATE
from core.network.inputs import EvaluationInputs
from core.scale import Scale

if TYPE_CHECKING:
    from backdoor_inspector.arguments import AnyDataset, AnyNetwork, ScaleName, TargetName
    from backdoor_inspector.progress import ProgressCallback
    from backdoor_inspector.records import Comparison, Dataset, Evaluation, ImageAnswer, Network, Repair, StripEvidence
    from core.compare.comparison import Candidate
    from core.monitor import Monitor
    from core.network.network import FloatArray


def evaluate(
    network: AnyNetwork,
    *,
    validation: AnyDataset | None = None,
    test: AnyDataset | None = None,
    poisoned: AnyDataset | Sequence[AnyDataset] = (),
    target: TargetName | Sequence[TargetName] = None,
    scale: ScaleName = None,
    progress: ProgressCallback | bool | None = None,
) -> Evaluation:
    """Measure clean accuracy and attack success of a network as it is.

    Args:
        network: opened, or a path.
        validation: clean validation images.
        test: clean test images.
        poisoned: one or several sets of triggered images.
        target: see `prune`.
        scale: what the network reads for a pixel: "raw" (0–255), "unit" (0–1), "symmetric" (−1 to 1), "imagenet",
            "caffe", "raw-bgr" …, factors such as "1/127.5", or a `Scale`; None finds it on clean images.
        progress: see `prune`.

    Returns:
        An `Evaluation`; each figure is a share with `count`, `total`, `rate` in [0, 1] and its 95 % `interval`.

    Raises:
        InspectorError: an input is refused; `DatasetError` `no-images` if there are no images, or `no-scale`
            if there are no clean images to find the pixel range on.

    Example:
        >>> bi.evaluate("bd_net.h5", test="test.h5").test.rate
        0.99
    """
    with watched(progress) as monitor:
        from core.metrics import evaluation  # noqa: PLC0415  # these import Keras
        from core.metrics.interpretation import interpret_sets  # noqa: PLC0415

        classifier = opened_network(network, monitor)
        clean = [None if each is None else opened_dataset(each, classifier, monitor) for each in (validation, test)]
        attacks = opened_datasets(poisoned, classifier, monitor, target=target)
        first = clean[0] or clean[1]
        if first is None and not attacks:
            raise DatasetError("give at least one of validation, test and poisoned", code="no-images")
        if first is None and scale is None and classifier.summary.scale is None:
            raise DatasetError(
                "what the network reads is found on clean images: give validation or test, or scale, such as 'unit'",
                code="no-scale",
            )
        known = _scale_of(classifier, first, scale, monitor)
        loaded = [each for each in clean if each is not None]
        return evaluation.evaluate(
            classifier,
            validation=clean[0],
            test=clean[1],
            poisoned=interpret_sets(classifier, attacks, clean=loaded, scale=known, monitor=monitor),
            scale=known,
            monitor=monitor,
        )


def classify(
    network: AnyNetwork,
    image: str | Path,
    *,
    pruned: AnyNetwork | Repair | None = None,
    validation: AnyDataset | None = None,
    scale: ScaleName = None,
    progress: ProgressCallback | bool | None = None,
) -> ImageAnswer:
    """Classify one image with B, B′ and G.

    Args:
        network: B, opened or a path.
        image: a PNG, JPEG, WebP, BMP, GIF or TIFF file; scaled to the network's input size.
        pruned: B′ as a repair, a network or a path; None uses B itself, so nothing is flagged.
        validation: clean images to find the pixel range on.
        scale: see `evaluate`; None uses that of a repair, else finds it on `validation`, else uses what is stored in
            the file of `network`, else "raw".
        progress: see `prune`.

    Returns:
        An `ImageAnswer`: the five best classes of B and of B′, and whether G flags the image.

    Raises:
        InspectorError: an input is refused; `ModelFileError` `repaired-already` if B or B′ is a G.
    """
    with watched(progress) as monitor:
        from core.data.image import open_image, to_input  # noqa: PLC0415  # these import Keras
        from core.metrics import classification  # noqa: PLC0415
        from core.network.network import Network  # noqa: PLC0415
        from core.network.rebuild import check_same_kind  # noqa: PLC0415
        from core.repair.job import Repair  # noqa: PLC0415

        base = _not_repaired(opened_network(network, monitor))
        level, other = None, None
        if isinstance(pruned, Repair):
            level, other = pruned.level.level, Network(pruned.model, path=base.summary.path)
            scale = scale or pruned.scale
        elif pruned is not None:
            other = _not_repaired(opened_network(pruned, monitor))
        if other is not None:
            check_same_kind(base, other.model)
        images = None if validation is None else opened_dataset(validation, base, monitor)
        found = _scale_of(base, images, scale, monitor)
        pixels = to_input(open_image(Path(image), monitor=monitor), input_shape=base.input_shape, scale=found)
        return classification.classify(base, pixels, scale=found, pruned_network=other, level=level)


def strip(
    network: AnyNetwork,
    image: str | Path,
    clean: AnyDataset,
    *,
    poisoned: AnyDataset | Sequence[AnyDataset] = (),
    target: TargetName | Sequence[TargetName] = None,
    scale: ScaleName = None,
    seed: int = 0,
    progress: ProgressCallback | bool | None = None,
) -> StripEvidence:
    """Blend an image with clean ones, and see whether the network's answer survives (STRIP): evidence, no verdict.

    Args:
        network: opened, or a path.
        image: see `classify`.
        clean: at least 40 clean images: up to 64 to blend with, and up to 100 others to compare the image with.
        poisoned: sets of triggered images, to say how well they are told from clean ones on this network.
        target: see `prune`.
        scale: see `evaluate`; None finds it on `clean`.
        seed: seed of the draw of clean images.
        progress: see `prune`.

    Returns:
        A `StripEvidence`: the answer, the mean entropy of the blends' answers in bits, how many blends keep the answer,
        and the same for clean images in `calibration`.

    Raises:
        InspectorError: an input is refused; `DetectorError` `few-images` for fewer than 40 clean images, and
            `repaired-already` for a G.

    Example:
        >>> evidence = bi.strip("bd_net.h5", "face.png", "valid.h5", poisoned="sunglasses.h5")
        >>> evidence.higher_entropy
        Share(count=98, total=100)
    """
    with watched(progress) as monitor:
        from core.data.image import open_image, to_input  # noqa: PLC0415  # these import Keras
        from core.detect.strip.blending import Blender  # noqa: PLC0415
        from core.detect.strip.job import calibrate  # noqa: PLC0415
        from core.detect.strip.records import evidence_of  # noqa: PLC0415
        from core.metrics.interpretation import interpret_sets  # noqa: PLC0415

        base = opened_network(network, monitor)
        images = opened_dataset(clean, base, monitor)
        found = _scale_of(base, images, scale, monitor)
        pixels = to_input(open_image(Path(image), monitor=monitor), input_shape=base.input_shape, scale=found)
        blender = Blender(base, found, images, seed=seed)
        attacks = opened_datasets(poisoned, base, monitor, target=target)
        counted = interpret_sets(base, attacks, clean=[images], scale=found, monitor=monitor)
        calibration = calibrate(blender, monitor, poisoned=counted)
        return evidence_of(blender.answers(pixels[None], monitor.unseen()), calibration)


def compare(
    network: AnyNetwork,
    repaired: Mapping[str, Repair | AnyNetwork],
    *,
    validation: AnyDataset,
    test: AnyDataset | None = None,
    poisoned: AnyDataset | Sequence[AnyDataset] = (),
    target: TargetName | Sequence[TargetName] = None,
    false_alarm_rate: float = DEFAULT_FALSE_ALARM_RATE,
    scale: ScaleName = None,
    progress: ProgressCallback | bool | None = None,
) -> Comparison:
    """Compare repaired networks of one B on the same images.

    Args:
        network: B, opened or a path.
        repaired: name -> a repair, a network B′, or the path of a B′ or of a G saved by this project.
        validation: clean validation images.
        test: clean test images.
        poisoned: one or several sets of triggered images.
        target: see `prune`.
        false_alarm_rate: the share of clean images that G by confidence may flag, (0, 1), for networks
            without a confidence level.
        scale: see `evaluate`.
        progress: see `prune`.

    Returns:
        A `Comparison`: B as `base` and one row per network, in the given order.

    Raises:
        InspectorError: an input is refused, or is not a repaired network of B.

    Example:
        >>> bi.compare(network, {"pruned": bi.pruned_network(curve, threshold=0.04)}, validation="valid.h5")
    """
    with watched(progress) as monitor:
        from core.compare.job import compare_networks  # noqa: PLC0415  # imports Keras

        base = _not_repaired(opened_network(network, monitor))
        images = opened_dataset(validation, base, monitor)
        found = _scale_of(base, images, scale, monitor)
        inputs = EvaluationInputs(
            network=base,
            validation=images,
            test=None if test is None else opened_dataset(test, base, monitor),
            poisoned=opened_datasets(poisoned, base, monitor, target=target),
            scale=found,
        )
        probe = inputs.probe()
        return compare_networks(
            inputs,
            [_candidate(name, each, base, probe, monitor) for name, each in repaired.items()],
            false_alarm_rate=false_alarm_rate,
            monitor=monitor,
        )


def _candidate(
    name: str, repaired: Repair | AnyNetwork, base: Network, probe: FloatArray, monitor: Monitor
) -> Candidate:
    from core.compare.candidate_file import open_candidate  # noqa: PLC0415  # these import Keras
    from core.compare.comparison import Candidate, how_repaired  # noqa: PLC0415
    from core.compare.weight_difference import weight_difference  # noqa: PLC0415
    from core.repair.job import Repair  # noqa: PLC0415

    if isinstance(repaired, (str, Path)):
        return open_candidate(Path(repaired), base, monitor, name=name, probe=probe)
    if isinstance(repaired, Repair):
        return Candidate(name, how_repaired(repaired), repaired.model, repaired.level.level)
    return Candidate(name, weight_difference(base, repaired), repaired.model)


def _scale_of(network: Network, clean: Dataset | None, scale: ScaleName, monitor: Monitor) -> Scale:
    """Return what the network reads: as given, else as found on clean images, as stored in its file, or 0–255."""
    from core.metrics.scale_search import find_scale  # noqa: PLC0415  # imports Keras

    given = chosen_scale(scale)
    if given is not None or clean is None:
        return given or network.summary.scale or Scale.RAW
    return find_scale(network, clean, monitor=monitor).scale


def _not_repaired(network: Network) -> Network:
    """Return the network, unless it is a repaired network G.

    Raises:
        ModelFileError: it is a G.
    """
    if network.summary.is_repaired:
        raise ModelFileError(
            f"'{network.summary.path}' is already a repaired network G: give the B that it was made from, or B′",
            code="repaired-already",
        )
    return network
