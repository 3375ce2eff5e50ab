"""The gallery's answers are those of the classifier."""

from pathlib import Path

import numpy as np
from PIL import Image

from core.data.image import open_image
from core.monitor import Monitor
from core.scale import Scale
from gui.classifier.asked import AskedNetworks, WornTrigger
from gui.classifier.gallery.jobs import MOST_COUNT, answer_images, find_images, read_images
from gui.classifier.jobs import ShownImage, classify
from gui.state.masked_network import MaskedNetwork
from tests.core.detect.planted import SIZE, planted_network


def test_each_image_is_answered_as_the_classifier_answers_it(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for number in range(3):
        pixels = rng.integers(0, 256, (SIZE + 5 * number, SIZE, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
    network = planted_network()
    masked = MaskedNetwork(network, Scale.UNIT, None, None, None)
    found = find_images([tmp_path])(Monitor())
    assert [path.name for path in found.paths] == ["0.png", "1.png", "2.png"]
    read = read_images(found.paths, input_shape=network.input_shape)(Monitor())
    for is_on in (False, True):
        worn = WornTrigger(is_on, None)
        got = answer_images(AskedNetworks(masked, None, None, "B"), [each.pixels for each in read], worn)(Monitor())
        for path, answer in zip(found.paths, got.answers, strict=True):
            alone = classify(masked, ShownImage(open_image(path), is_on, None))(Monitor())
            assert np.array_equal(answer.seen, alone.seen)
            assert [each.label for each in answer.base] == [each.label for each in alone.base]
            assert np.allclose([e.value for e in answer.base], [e.value for e in alone.base], atol=1e-5)


def test_files_are_taken_whatever_they_are_called_but_not_too_many(tmp_path: Path) -> None:
    odd = tmp_path / "face.dat"
    odd.write_bytes(b"")
    (tmp_path / "hidden").mkdir()
    assert find_images([odd])(Monitor()).paths == (odd,)
    found = find_images([odd] * (MOST_COUNT + 3))(Monitor())
    assert (len(found.paths), found.found_count) == (MOST_COUNT, MOST_COUNT + 3)


def test_a_damaged_image_is_refused_alone(tmp_path: Path) -> None:
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(b"nothing")
    read = read_images([tmp_path / "a.png", tmp_path / "b.png"], input_shape=(4, 4, 3))(Monitor())
    assert read[0].pixels is not None and not read[0].error
    assert read[1].pixels is None and "b.png" in read[1].error
