"""Looking for a backdoor without triggered images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from backdoor_inspector.arguments import chosen_scale
from backdoor_inspector.files import opened_dataset, opened_network
from backdoor_inspector.progress import watched
from core.detect.detector import Detector, check_any_suits
from core.detect.detectors.registry import DETECTORS
from core.errors import DatasetError, DetectorError

if TYPE_CHECKING:
    from backdoor_inspector.arguments import AnyDataset, AnyNetwork, ScaleName
    from backdoor_inspector.progress import ProgressCallback
    from backdoor_inspector.records import Detection


def detect(
    network: AnyNetwork,
    validation: AnyDataset | None = None,
    *,
    pictures: AnyDataset | None = None,
    scale: ScaleName = None,
    detectors: Sequence[str] | None = None,
    classes: Sequence[int] | None = None,
    seed: int = 0,
    progress: ProgressCallback | bool | None = None,
) -> Detection:
    """Say whether a network has a backdoor, to which class, and what its trigger looks like, without triggered images.

    Args:
        network: opened, or a path.
        validation: clean images with labels, on which the pixel range is found; None if there are none.
        pictures: clean images in place of `validation` whose labels are not known; labels in the file are ignored.
            Without any images only detectors that need none are run.
        scale: see `prune`; None finds it on `validation`, or uses what is stored in the file of `network`.
        detectors: some of "weight-signature", "maximum-margin", "random-patches", "patch-inversion",
            "whole-picture-inversion" and "feature-inversion"; None runs all. They run in this order.
        classes: the classes to examine, each once; None examines all. Random ones join few.
        seed: seed of all random numbers.
        progress: see `prune`.

    Returns:
        A `Detection`. Its `verdict` has the outcome ("backdoored", "suspicious" or "nothing found", which does not show
        that the network is clean), the probability, the named classes and the evidence; it is None if no detector could
        examine a class. `triggers(label)` are the reconstructed triggers. As a table, it has a row for each class, the
        most likely target first.

    Raises:
        InspectorError: an input is refused; `DatasetError` `no-scale` if the pixel range must be given; `DetectorError`
            `no-detector` if no detector suits the network and the images.

    Example:
        >>> found = bi.detect("bd_net.h5", "valid.h5")
        >>> found.verdict.outcome, found.verdict.classes
        (<Outcome.BACKDOORED: 'backdoored'>, (0,))
    """
    chosen = _chosen_detectors(detectors)
    if validation is not None and pictures is not None:
        raise DatasetError("give validation or pictures, not both", code="too-many-sets")
    if classes is not None and len(set(classes)) < len(classes):
        raise DetectorError(f"each class must be given once, got {list(classes)}", code="repeated-class")
    with watched(progress) as monitor:
        from core.detect import job  # noqa: PLC0415  # imports Keras

        base = opened_network(network, monitor)
        images, has_labels = (validation, True) if validation is not None else (pictures, False)
        dataset = None if images is None else opened_dataset(images, base, monitor, has_labels=has_labels)
        check_any_suits(
            chosen,
            class_count=base.class_count,
            image_count=0 if dataset is None else dataset.image_count,
            has_labels=has_labels,
        )
        known = chosen_scale(scale)
        if known is None:
            known, _ = job.scale_of_images(base, dataset, has_labels=has_labels, monitor=monitor)
        request = job.DetectionRequest(
            base,
            known,
            dataset=dataset,
            has_labels=has_labels,
            detectors=chosen,
            classes=None if classes is None else tuple(int(each) for each in classes),
            seed=seed,
        )
        job.check_suits(request)
        return job.detect(request, monitor)


def _chosen_detectors(names: Sequence[str] | None) -> tuple[Detector, ...]:
    """Return the detectors of these names, in the order of the registry.

    Raises:
        DetectorError: a name is unknown or repeated, or there is none.
    """
    if names is None:
        return tuple(DETECTORS)
    given = [names] if isinstance(names, str) else list(names)
    unknown = [each for each in given if DETECTORS.find(each) is None]
    if unknown:
        known = ", ".join(f"'{each}'" for each in DETECTORS.names)
        raise DetectorError(f"a detector must be one of {known}, got '{unknown[0]}'", code="unknown-detector")
    if not given or len(set(given)) < len(given):
        raise DetectorError(f"give at least one detector, and each once, got {given}", code="repeated-detector")
    return tuple(each for each in DETECTORS if each.name in given)
