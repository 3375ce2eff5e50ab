"""The jobs on the planted network: the triggers sharpen, the target is named, and what is exported can be read."""

import json
from pathlib import Path

import numpy as np
import pytest

from core.data.dataset import from_arrays
from core.detect.detectors.maximum_margin import MAXIMUM_MARGIN
from core.detect.detectors.trigger_inversion import PATCH_INVERSION
from core.detect.detectors.weight_signature import WEIGHT_SIGNATURE
from core.monitor import Monitor
from core.scale import Scale
from gui.detect.jobs import detect_backdoors, estimate_detection, export_detection
from gui.state.detections import DetectionInputs, DetectionSettings, KeptDetection
from tests.core.detect.planted import CLASS_COUNT, TARGET, planted_network, quarter_images

SETTINGS = DetectionSettings((WEIGHT_SIGNATURE, PATCH_INVERSION), seed=1)


def make_inputs(*, has_images: bool = True) -> DetectionInputs:
    """The planted network with its images."""
    return DetectionInputs(planted_network(), quarter_images() if has_images else None, has_images, Scale.UNIT)


@pytest.fixture(scope="module")
def found() -> tuple[KeptDetection, list[object]]:
    """A detection, and what it published."""
    published: list[object] = []
    kept = detect_backdoors(make_inputs(), SETTINGS)(Monitor(on_partial=published.append))
    return kept, published


def test_the_target_comes_first_and_its_trigger_sharpens(found: tuple[KeptDetection, list[object]]) -> None:
    kept, published = found
    assert kept.is_over and kept.ranked[0] == TARGET
    first = published[0]
    assert isinstance(first, KeptDetection) and not first.scores and first.images is not None
    assert first.images.besides(0, 3).shape == (3, 8, 8, 1)
    later = [first.with_found(each, is_over=False) for each in published[1:]]  # type: ignore[arg-type]
    sizes = [each.triggers(TARGET)[0][1].covered_share for each in later if each.triggers(TARGET)]
    assert len(sizes) > 3 and sizes[-1] < sizes[0]
    assert all(each.verdict is None for each in later) and kept.verdict is not None
    assert np.isfinite(later[0].suspicion).all()


def test_the_time_of_detectors_whose_images_are_missing_is_zero() -> None:
    seconds = estimate_detection(make_inputs(has_images=False), DetectionSettings((MAXIMUM_MARGIN, PATCH_INVERSION)))(
        Monitor()
    )
    assert seconds["maximum-margin"] > 0 and seconds["patch-inversion"] == 0


def test_images_of_a_file_that_holds_what_the_network_reads_are_shown_as_pixels() -> None:
    images, scale = quarter_images(), Scale("standardized", (100.0,), (50.0,))
    read = (np.asarray(images.images, np.float32) - 100) / 50
    shown = []
    for dataset in (images, from_arrays("standardized.h5", read, np.asarray(images.labels))):
        inputs = DetectionInputs(planted_network(), dataset, True, scale)
        kept = detect_backdoors(inputs, DetectionSettings((WEIGHT_SIGNATURE,)))(Monitor())
        assert kept.images is not None
        shown.append(kept.images.pixels)
    np.testing.assert_allclose(shown[1], shown[0], atol=1e-3)
    assert shown[0].max() > 100


def test_what_is_exported_can_be_read(found: tuple[KeptDetection, list[object]], tmp_path: Path) -> None:
    kept, _ = found
    for kind, name in (("csv", "c.csv"), ("json", "d.json"), ("report", "d.html")):
        assert export_detection(kind, tmp_path / name, kept)(Monitor()) == tmp_path / name
    rows = (tmp_path / "c.csv").read_text("utf-8").splitlines()
    assert rows[0] == "class,probability,weight-signature,patch-inversion" and len(rows) == CLASS_COUNT + 1
    stored = json.loads((tmp_path / "d.json").read_text("utf-8"))
    assert kept.verdict is not None
    assert stored["verdict"] == kept.verdict.outcome
    assert "<html" in (tmp_path / "d.html").read_text("utf-8")
