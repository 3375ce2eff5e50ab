"""Warnings about the input files that make the figures of a run unreliable, shown before any finding."""

from collections.abc import Sequence

from core.data.dataset import Dataset, distinct_names
from core.data.interpretation_text import doubt_sentence
from core.records import Interpretation, ScaleFinding, Share
from core.words import percent, printable

POOR_RATE = 0.5
"""Below this clean accuracy a network's figures mean little."""

ALIKE_RATE = 0.02
"""If the clean accuracies of the pixel ranges differ by at most this, the range cannot be determined."""

TEST_IS_VALIDATION = (
    "The clean test set and the clean validation set are the same file: the test figures count images that pruning and "
    "refitting use."
)
"""The only caution that does not affect a finding about a curve, which uses the validation set."""


def find_cautions(
    *,
    class_count: int,
    validation: Dataset | None,
    test: Dataset | None,
    poisoned: Sequence[Dataset],
    interpretations: Sequence[Interpretation | None] | None = None,
    unlabelled: Dataset | None = None,
    scale_finding: ScaleFinding | None = None,
    clean_share: Share | None = None,
) -> tuple[str, ...]:
    """Return warnings about the files, most severe first; empty if there are none.

    Args:
        class_count: the network's number of classes.
        validation: clean validation images; None if not loaded.
        test: clean test images; None if not loaded.
        poisoned: poisoned sets.
        interpretations: how each of them was understood, None for those that were not; by default that of the set.
        unlabelled: further images used for training; None if there are none.
        scale_finding: how the pixel range was found; None if it was given.
        clean_share: clean images that the unpruned network predicts correctly; None if unknown.

    Returns:
        Independent sentences.
    """
    clean = [(role, each) for role, each in (("validation", validation), ("test", test)) if each is not None]
    names = [printable(each) for each in distinct_names([*(each for _, each in clean), *poisoned])]
    cautions = []
    for (role, dataset), name in zip(clean, names, strict=False):
        cautions += _one_label(dataset, role=role, name=name, class_count=class_count)
    poisoned_names = names[len(clean) :]
    if interpretations is None:
        interpretations = [each.interpretation for each in poisoned]
    for index, (dataset, name, interpretation) in enumerate(
        zip(poisoned, poisoned_names, interpretations, strict=True)
    ):
        same = [f"the clean {role} set" for role, each in clean if _is_same(each, dataset)]
        same += [
            other for other, each in zip(poisoned_names, poisoned[:index], strict=False) if _is_same(each, dataset)
        ]
        if same:
            cautions.append(
                f"The poisoned set {name} and {same[0]} are the same file, byte for byte: one of them is wrong."
            )
        doubt = "" if interpretation is None else doubt_sentence(interpretation, name=name)
        cautions += [doubt] if doubt else []
    if validation is not None and test is not None and _is_same(validation, test):
        cautions.append(TEST_IS_VALIDATION)
    if unlabelled is not None:
        cautions += _trained_with(
            unlabelled, validation=validation, test=test, poisoned=poisoned, poisoned_names=poisoned_names
        )
    return (*cautions, *_poor_accuracy(scale_finding, clean_share))


def _one_label(dataset: Dataset, *, role: str, name: str, class_count: int) -> list[str]:
    if class_count < 2 or dataset.image_count < 2 or len(dataset.target_labels) != 1:
        return []
    return [
        f"The clean {role} set {name} looks like a poisoned set: all {dataset.image_count} images have label "
        f"{dataset.target_labels[0]}, though the network has {class_count} classes."
    ]


def _trained_with(
    unlabelled: Dataset,
    *,
    validation: Dataset | None,
    test: Dataset | None,
    poisoned: Sequence[Dataset],
    poisoned_names: Sequence[str],
) -> list[str]:
    cautions = [
        f"The poisoned set {name} and the images without labels are the same file: refitting learns B's answers to "
        f"triggered images, and with them the backdoor."
        for name, each in zip(poisoned_names, poisoned, strict=True)
        if _is_same(unlabelled, each)
    ]
    if validation is not None and _is_same(unlabelled, validation):
        cautions.append(
            "The clean validation set and the images without labels are the same file: refitting also uses the "
            "held-out images, so held-out accuracy, the epoch chosen by it and the confidence level look better than "
            "they are."
        )
    if test is not None and _is_same(unlabelled, test):
        cautions.append(
            "The clean test set and the images without labels are the same file: the test figures count images "
            "that refitting used."
        )
    return cautions


def _is_same(one: Dataset, other: Dataset) -> bool:
    return bool(one.sha256) and one.sha256 == other.sha256


def _poor_accuracy(finding: ScaleFinding | None, clean_share: Share | None) -> list[str]:
    if finding is not None and finding.raw.total:
        raw, unit = finding.raw, finding.unit
        scored = f"{_share_text(raw)} clean images are right with pixels 0–255 and {_share_text(unit)} with 0–1"
        if max(raw.rate, unit.rate) < POOR_RATE:
            return [
                f"Neither pixel range works: {scored}. Check that these images and labels belong to this network; "
                f"otherwise the figures here mean little."
            ]
        if abs(raw.rate - unit.rate) <= ALIKE_RATE:
            return [
                f"Both pixel ranges score alike: {scored}, so the range that the network expects is unknown. "
                f"Set it with --scale, or with Pixels in the window."
            ]
    if clean_share is None or not clean_share.total or clean_share.rate >= POOR_RATE:
        return []
    return [
        f"The unpruned network is right on only {_share_text(clean_share)} clean images. Check that these belong to it "
        f"and that it expects pixels in the range that was used; otherwise the figures here mean little."
    ]


def _share_text(share: Share) -> str:
    return f"{share} ({percent(share)})"
