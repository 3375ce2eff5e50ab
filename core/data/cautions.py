"""Warnings about the input files that make the figures of a run unreliable, shown before any finding."""

from collections.abc import Sequence

from core.data.dataset import Dataset, distinct_names
from core.data.interpretation_text import doubt_sentence
from core.findings.scale_finding import OtherReading, ScaleFinding, ScaleReason
from core.records import Interpretation, Share
from core.scale import Scale
from core.words import joined, number_text, percent, printable, scale_name

POOR_RATE = 0.5
"""Below this clean accuracy a network's figures mean little."""

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
    given_scale: Scale | None = None,
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
        given_scale: the pixel range if it was given; None if it was found, or is not known yet.

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
    named = list(zip([*(each for _, each in clean), *poisoned], names, strict=True))
    cautions += _other_pixels(named, scale_finding)
    cautions += [] if given_scale is None else _other_values(named, given_scale)
    return (*cautions, *_poor_accuracy(scale_finding, clean_share))


def _one_label(dataset: Dataset, *, role: str, name: str, class_count: int) -> list[str]:
    if class_count < 2 or dataset.image_count < 2 or len(dataset.target_labels) != 1:
        return []
    return [
        f"All {dataset.image_count} images of the clean {role} set {name} have label {dataset.target_labels[0]}, "
        f"though the network has {class_count} classes, so figures on them say little. If they carry a trigger, open "
        f"them as a poisoned set; otherwise open clean images of all classes."
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
    return bool(one.sha256) and one.sha256 == other.sha256 and one.keys[0] == other.keys[0]


def _other_pixels(named: Sequence[tuple[Dataset, str]], finding: ScaleFinding | None) -> list[str]:
    """Warn of sets that are not read as they are, and of pixels that no clean set tells how to read."""
    cautions = []
    grey = [name for each, name in named if each.channel_count == 1]
    if grey:
        cautions.append(f"The network reads one channel: the colour images of {joined(grey)} are read as grey.")
    colour = [name for each, name in named if each.channel_count not in (None, 1)]
    if colour:
        cautions.append(
            f"The network reads colours: the grey images of {joined(colour)} are read as red, green and blue."
        )
    if finding is None:
        return cautions
    if finding.reason is ScaleReason.AS_IS:
        pixels = [name for each, name in named if not each.is_converted]
        if pixels:
            cautions.append(
                f"The clean images hold what the network reads, but {joined(pixels)} holds pixels: black and white are "
                f"taken to be the smallest and the largest value of the clean images. Set the right one with --scale, "
                f"or with Pixels in the window."
            )
    elif finding.stored is not None and finding.stored != finding.scale:
        cautions.append(
            f"The model file says that its network reads pixels {scale_name(finding.stored)}, but clean images are "
            f"right more often with {scale_name(finding.scale)}, which is used."
        )
    return cautions


def _other_values(named: Sequence[tuple[Dataset, str]], given: Scale) -> list[str]:
    """Warn of files that are fed as they are, though their values are clearly not those of the scale that was given."""
    cautions = []
    for dataset, name in named:
        if dataset.is_converted and Scale.of_values(*dataset.channel_ranges()).differs_from(given):
            lowest, highest = number_text(dataset.pixel_minimum), number_text(dataset.pixel_maximum)
            cautions.append(
                f"The values of {name}, {lowest} to {highest}, are fed to the network as they are, though pixels "
                f"{scale_name(given)} are set. If the network reads these, save the images as pixels, 0–255 or 0–1."
            )
    return cautions


def _poor_accuracy(finding: ScaleFinding | None, clean_share: Share | None) -> list[str]:
    if finding is not None and finding.right.total:
        if (order := finding.label_order) is not None:
            return [
                f"The labels are in another order than the network's classes: only {_share_text(finding.right)} clean "
                f"images are right as they are, but {_share_text(order.mapped)} if {order.label_map.words}. Choose it "
                f"with {order.option}, or in the window with the button at the file; otherwise the figures here mean "
                f"nothing."
            ]
        if finding.other is not None:
            return [_better_otherwise(finding, finding.other)]
        if max(each.right.rate for each in finding.scores) < POOR_RATE:
            return [
                f"No pixel range works: at best {_share_text(finding.right)} clean images are right, with pixels "
                f"{scale_name(finding.scale)}. Check that these images and labels belong to this network; "
                f"otherwise the figures here mean little."
            ]
        if finding.rival is not None:
            return [
                f"Pixels {scale_name(finding.scale)} and {scale_name(finding.rival.scale)} score alike: "
                f"{_share_text(finding.right)} and {_share_text(finding.rival.right)} clean images are right, so what "
                f"the network reads is a guess. Set it with --scale, or with Pixels in the window."
            ]
    if clean_share is None or not clean_share.total or clean_share.rate >= POOR_RATE:
        return []
    return [
        f"The unpruned network is right on only {_share_text(clean_share)} clean images. Check that these belong to it "
        f"and that it expects pixels in the range that was used; otherwise the figures here mean little."
    ]


def _better_otherwise(finding: ScaleFinding, other: OtherReading) -> str:
    if finding.reason is ScaleReason.AS_IS:
        return (
            f"The file does not hold what the network reads: {_share_text(finding.right)} clean images are right as "
            f"they are, but {_share_text(other.right)} if {other.words}. Save them as pixels, 0–255 or 0–1, and open "
            f"that file; otherwise the figures here mean little."
        )
    return (
        f"The network seems to be trained on images that are prepared otherwise: {_share_text(finding.right)} clean "
        f"images are right with pixels {scale_name(finding.scale)}, but {_share_text(other.right)} if {other.words}. "
        f"Prepare all images so, save these numbers and open the new files; otherwise the figures here mean little."
    )


def _share_text(share: Share) -> str:
    return f"{share} ({percent(share)})"
