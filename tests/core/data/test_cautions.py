"""Warnings about the input files."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.data.cautions import find_cautions
from core.data.dataset import Dataset
from core.findings.scale_finding import OtherReading, ScaleFinding, ScaleReason
from core.records import AttackKind, Doubt, Interpretation, Share
from core.scale import Scale
from tests.made_up_interpretation import understood
from tests.made_up_scales import found


def made(name: str, labels: list[int], *, sha256: str = "") -> Dataset:
    images = np.zeros((len(labels), 2, 2, 3), np.uint8)
    return Dataset(Path(name).name, Path(name), images, np.array(labels, np.int64), sha256 or name, 0.0)


def doubtful(doubt: Doubt, *, targets: tuple[int, ...]) -> Interpretation:
    return understood(
        2,
        Share(38, 40),
        kind=AttackKind.LABELS if len(targets) > 1 else AttackKind.ONE,
        targets=targets,
        doubt=doubt,
        favourite_count=39,
        as_labelled=Share(38, 40),
        class_count=5,
    )


CLEAN = made("clean.h5", [0, 1, 2, 3] * 10)
POISONED = made("poisoned.h5", [0] * 40)


def test_good_files_raise_no_doubt() -> None:
    finding = found(Scale.RAW, Share(39, 40), Share(1, 40))
    assert (
        find_cautions(
            class_count=100,
            validation=CLEAN,
            test=made("test.h5", [1, 2]),
            poisoned=[POISONED, made("multi.h5", [1, 5, 8] * 20), made("two.h5", [1, 5])],
            scale_finding=finding,
            clean_share=Share(39, 40),
        )
        == ()
    )


def test_swapped_sets() -> None:
    cautions = find_cautions(class_count=100, validation=POISONED, test=None, poisoned=[CLEAN])
    assert cautions[0] == (
        "All 40 images of the clean validation set poisoned.h5 have label 0, though the network has 100 classes, so "
        "figures on them say little. If they carry a trigger, open them as a poisoned set; otherwise open clean images "
        "of all classes."
    )
    # Four labels in forty images could be the targets of several triggers.
    assert len(cautions) == 1
    cautions = find_cautions(
        class_count=5,
        validation=None,
        test=POISONED,
        poisoned=[CLEAN],
        interpretations=[doubtful(Doubt.CLEAN_OR_ALL_TO_ALL, targets=(0, 1, 2, 3))],
    )
    assert cautions[0].startswith("All 40 images of the clean test set poisoned.h5 have label 0")
    assert "poisoned set clean.h5 looks like a clean set: its 40 images have 4 different labels" in cautions[1]
    assert "its ASR is then the share predicted as the label in the file" in cautions[1]


@pytest.mark.parametrize("doubt", [each for each in Doubt if each is not Doubt.NONE])
def test_a_doubtful_interpretation_is_a_caution_that_names_the_set(doubt: Doubt) -> None:
    interpretation = doubtful(doubt, targets=(3,))
    usual = {"class_count": 5, "validation": None, "test": None}
    (caution,) = find_cautions(poisoned=[POISONED], interpretations=[interpretation], **usual)
    assert "poisoned.h5" in caution and caution.endswith(".")
    # By default it is that of the set itself.
    rows = np.arange(40)
    counted = POISONED.interpreted(interpretation, rows=rows, wanted=np.full(40, 3))
    assert find_cautions(poisoned=[counted], **usual) == (caution,)
    certain = doubtful(Doubt.NONE, targets=(3,))
    assert find_cautions(poisoned=[POISONED], interpretations=[certain], **usual) == ()


def test_the_same_file_twice() -> None:
    twin = made("a/clean.h5", [0] * 40, sha256="clean.h5")
    assert find_cautions(class_count=100, validation=CLEAN, test=None, poisoned=[twin])[0] == (
        "The poisoned set a/clean.h5 and the clean validation set are the same file, byte for byte: "
        "one of them is wrong."
    )
    again = made("b/poisoned.h5", [0] * 40, sha256="poisoned.h5")
    assert (
        "b/poisoned.h5 and /poisoned.h5 are the same file, byte for byte"
        in find_cautions(class_count=100, validation=CLEAN, test=None, poisoned=[POISONED, again])[0]
    )
    nameless = made("x.h5", [0, 1])
    assert not find_cautions(class_count=100, validation=nameless, test=None, poisoned=[made("y.h5", [0])])


@pytest.mark.parametrize(
    ("raw", "unit", "temperatures", "start"),
    [
        (3, 2, None, "No pixel range works: at best 3 of 100"),
        (90, 90, (1.0, 1.2), "Pixels 0–255 and 0–1 score alike: 90 of 100 (90.00 %) and 90 of 100"),
        (90, 90, (1.0, 250.0), None),
        (90, 60, None, None),
    ],
)
def test_the_pixel_range(raw: int, unit: int, temperatures: tuple[float, float] | None, start: str | None) -> None:
    finding = found(Scale.RAW, Share(raw, 100), Share(unit, 100), temperatures=temperatures)
    cautions = find_cautions(
        class_count=100, validation=CLEAN, test=None, poisoned=[], scale_finding=finding, clean_share=Share(raw, 100)
    )
    assert len(cautions) == (start is not None)
    assert not start or cautions[0].startswith(start)


def test_a_wrong_range_that_was_asked_for() -> None:
    cautions = find_cautions(class_count=100, validation=CLEAN, test=None, poisoned=[], clean_share=Share(1, 40))
    assert cautions[0].startswith("The unpruned network is right on only 1 of 40 (2.50 %) clean images.")


def test_images_without_labels_that_are_also_judged_by() -> None:
    test = made("test.h5", [1, 2])
    usual = {"class_count": 100, "validation": CLEAN, "test": test, "poisoned": [POISONED]}
    again = made("more.h5", [0] * 40, sha256=POISONED.sha256)
    assert find_cautions(**usual, unlabelled=again) == (
        "The poisoned set poisoned.h5 and the images without labels are the same file: refitting learns B's answers to "
        "triggered images, and with them the backdoor.",
    )
    again = made("more.h5", [0, 0], sha256=test.sha256)
    assert find_cautions(**usual, unlabelled=again) == (
        "The clean test set and the images without labels are the same file: the test figures count images that "
        "refitting used.",
    )
    again = made("more.h5", [0, 0], sha256=CLEAN.sha256)
    assert find_cautions(**usual, unlabelled=again) == (
        "The clean validation set and the images without labels are the same file: refitting also uses the held-out "
        "images, so held-out accuracy, the epoch chosen by it and the confidence level look better than they are.",
    )
    assert find_cautions(**usual, unlabelled=made("more.h5", [0, 0])) == ()


def test_a_test_set_that_is_the_validation_set() -> None:
    twin = made("b/clean.h5", [0, 1, 2, 3] * 10, sha256=CLEAN.sha256)
    usual = {"class_count": 100, "poisoned": [POISONED]}
    assert find_cautions(validation=CLEAN, test=twin, **usual) == (
        "The clean test set and the clean validation set are the same file: the test figures count images that "
        "pruning and refitting use.",
    )
    assert find_cautions(validation=None, test=twin, **usual) == ()
    nameless = made("x.h5", [0, 1])
    nameless = Dataset(nameless.name, nameless.path, nameless.images, nameless.labels, "", 0.0)
    assert find_cautions(validation=nameless, test=nameless, **usual) == ()


def test_images_that_are_prepared_otherwise_are_a_doubt() -> None:
    finding = replace(
        found(Scale.RAW, Share(80, 100), Share(70, 100)), other=OtherReading("pixels are inverted", Share(95, 100))
    )
    (caution,) = cautions_of(finding)
    assert "80 of 100 (80.00 %) clean images are right with pixels 0–255, but 95 of 100 (95.00 %) if pixels" in caution
    assert caution.endswith("open the new files; otherwise the figures here mean little.")
    (caution,) = cautions_of(replace(finding, reason=ScaleReason.AS_IS, scale=Scale.SYMMETRIC))
    assert "80 of 100 (80.00 %) clean images are right as they are, but 95 of 100" in caution


def cautions_of(finding: ScaleFinding) -> tuple[str, ...]:
    values = replace(CLEAN, pixel_minimum=-1.0) if finding.reason is ScaleReason.AS_IS else CLEAN
    return find_cautions(
        class_count=5, validation=values, test=None, poisoned=(), scale_finding=finding, clean_share=finding.right
    )


def test_values_that_are_not_those_of_the_given_scale_are_a_doubt() -> None:
    images = np.linspace(-1, 1, 40 * 12, dtype=np.float32).reshape(40, 2, 2, 3)
    values = replace(CLEAN, images=images, pixel_minimum=-1.0, pixel_maximum=1.0)

    def given(scale: Scale) -> tuple[str, ...]:
        return find_cautions(
            class_count=4, validation=values, test=None, poisoned=(), clean_share=Share(30, 40), given_scale=scale
        )

    assert given(Scale.SYMMETRIC) == ()
    (caution,) = given(Scale.UNIT)
    assert caution.startswith(
        "The values of clean.h5, −1 to 1, are fed to the network as they are, though pixels 0–1 are"
    )
