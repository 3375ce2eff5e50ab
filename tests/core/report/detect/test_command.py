"""The command that repeats a detection: what differs from the defaults, and it is read back as it was."""

from core.command_line.arguments import typed_classes
from core.detect.detectors.maximum_margin import MAXIMUM_MARGIN
from core.detect.detectors.weight_signature import WEIGHT_SIGNATURE
from core.detect.job import DetectionRequest
from core.report.detect.command import command_line, ranges_text
from core.scale import Scale
from tests.core.detect.planted import planted_network, quarter_images


def test_a_detection_with_the_defaults_names_its_files() -> None:
    words = command_line(DetectionRequest(planted_network(), Scale.UNIT, dataset=quarter_images()))
    assert words == (
        "detect", "--model", "planted.keras", "--validation", "quarters.h5", "--seed", "0", *Scale.UNIT.option_words,
        "--out", "detection",
    )  # fmt: skip


def test_what_differs_from_the_defaults_is_given() -> None:
    request = DetectionRequest(
        planted_network(),
        Scale.UNIT,
        dataset=quarter_images(),
        has_labels=False,
        detectors=(WEIGHT_SIGNATURE, MAXIMUM_MARGIN),
        classes=(0, 2, 3, 4),
        seed=7,
    )
    words = command_line(request)
    assert words[3:5] == ("--pictures", "quarters.h5")
    assert words[words.index("--detectors") + 1] == "weight-signature,maximum-margin"
    assert words[words.index("--classes") + 1] == "0,2-4"
    assert words[words.index("--seed") + 1] == "7"


def test_classes_are_read_back_as_they_were() -> None:
    for classes in ((5,), (0, 1), (0, 2, 3, 4, 9), (1, 3, 5)):
        assert typed_classes(ranges_text(classes)) == classes
