"""Images converted to a network's input, and back for display."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.data.image import InputImage, as_seen, open_image, to_input
from core.errors import ImageFileError
from core.scale import Scale

FACE = np.random.default_rng(0).integers(0, 256, (55, 47, 3), dtype=np.uint8)
SHAPE = (55, 47, 3)


def image(rgb: np.ndarray, opacity: int = 255) -> InputImage:
    return InputImage("made.png", np.dstack([rgb, np.full(rgb.shape[:2], opacity, np.uint8)]))


@pytest.mark.parametrize("suffix", ["png", "bmp", "webp", "tiff"])
def test_a_image_of_the_networks_size_keeps_every_pixel(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"face.{suffix}"
    Image.fromarray(FACE).save(path, **({"lossless": True} if suffix == "webp" else {}))
    opened = open_image(path)
    assert opened.name == path.name
    assert not opened.rgba.flags.writeable
    assert np.array_equal(to_input(opened, input_shape=SHAPE, scale=Scale.RAW), FACE)
    unit = to_input(opened, input_shape=SHAPE, scale=Scale.UNIT)
    assert unit.dtype == np.float32
    assert np.array_equal(unit, FACE.astype(np.float32) / np.float32(255))
    assert np.array_equal(as_seen(unit, Scale.UNIT), FACE)
    assert np.array_equal(as_seen(FACE.astype(np.float32), Scale.RAW), FACE)


@pytest.mark.parametrize("size", [(550, 470), (700, 470), (550, 900), (110, 94), (20, 20), (1, 1), (3000, 7)])
def test_other_sizes_are_cut_around_the_centre_and_resized(size: tuple[int, int]) -> None:
    height, width = size
    got = to_input(image(np.full((height, width, 3), (200, 100, 50), np.uint8)), input_shape=SHAPE, scale=Scale.RAW)
    assert got.shape == SHAPE
    assert np.array_equal(got, np.broadcast_to(np.float32([200, 100, 50]), SHAPE))


def test_the_centre_is_what_remains() -> None:
    wide = np.zeros((110, 300, 3), np.uint8)
    wide[:, 103:197] = 255
    got = to_input(image(wide), input_shape=SHAPE, scale=Scale.RAW)
    assert got[:, 2:-2].min() > 250
    tall = np.zeros((300, 94, 3), np.uint8)
    tall[95:205] = 255
    assert to_input(image(tall), input_shape=SHAPE, scale=Scale.RAW)[2:-2].min() > 250


def test_what_is_transparent_is_laid_on_white() -> None:
    assert (to_input(image(FACE, opacity=0), input_shape=SHAPE, scale=Scale.RAW) == 255).all()
    half = to_input(image(np.zeros_like(FACE), opacity=51), input_shape=SHAPE, scale=Scale.RAW)
    assert (half == 204).all()


def test_networks_of_one_and_four_channels() -> None:
    grey = to_input(image(FACE), input_shape=(55, 47, 1), scale=Scale.RAW)
    assert grey.shape == (55, 47, 1)
    luminance = FACE.astype(float) @ [0.299, 0.587, 0.114]
    assert np.abs(grey[..., 0] - luminance).max() <= 1
    same = image(np.repeat(FACE[..., :1], 3, axis=2))
    assert np.array_equal(to_input(same, input_shape=(55, 47, 1), scale=Scale.RAW), FACE[..., :1])
    opaque = to_input(image(FACE, opacity=9), input_shape=(55, 47, 4), scale=Scale.RAW)
    assert (opaque[..., 3] == 9).all()
    with pytest.raises(ImageFileError, match="this one has 2"):
        to_input(image(FACE), input_shape=(55, 47, 2), scale=Scale.RAW)


def test_what_is_seen_is_clipped_and_rounded() -> None:
    assert as_seen(np.array([-3.0, 0.4, 254.6, 300.0]), Scale.RAW).tolist() == [0, 0, 255, 255]
    assert as_seen(np.array([-1.0, 0.5, 1.0, 2.0]), Scale.UNIT).tolist() == [0, 128, 255, 255]


def test_a_record_that_is_no_image_is_refused() -> None:
    for wrong in (FACE, np.zeros((0, 4, 4), np.uint8), np.zeros((4, 4, 4))):
        with pytest.raises(ImageFileError, match=r"'x\.png'"):
            InputImage("x.png", wrong)


def test_text_named_png_is_refused(tmp_path: Path) -> None:
    (tmp_path / "face.png").write_text("hello")
    with pytest.raises(ImageFileError, match=r"'face\.png' is not an image: expected PNG") as caught:
        open_image(tmp_path / "face.png")
    assert caught.value.code == "wrong-format"


def test_a_frame_is_what_the_network_is_shown() -> None:
    rgb = np.zeros((20, 60, 3), np.uint8)
    rgb[:, :20] = (10, 20, 30)
    rgb[:, 40:] = (200, 100, 50)
    wide = image(rgb)
    shape = (20, 20, 3)
    assert wide.frame_for(shape) == (20, 0, 40, 20)
    left = to_input(wide.framed((0, 0, 20, 20)), input_shape=shape, scale=Scale.RAW)
    right = to_input(wide.framed((40, 0, 60, 20)), input_shape=shape, scale=Scale.RAW)
    assert (left == (10, 20, 30)).all()
    assert (right == (200, 100, 50)).all()
    whole = to_input(wide.framed((0, 0, 60, 20)), input_shape=shape, scale=Scale.RAW)  # stretched
    assert np.abs(whole[:, 2] - (10, 20, 30)).max() <= 3 and np.abs(whole[:, 17] - (200, 100, 50)).max() <= 3
    assert wide.framed((0, 0, 20, 20)).framed(None).frame is None


@pytest.mark.parametrize("frame", [(-1, 0, 10, 10), (5, 0, 5, 10), (0, 0, 61, 20), (0, 9, 10, 8), (0, 0, np.nan, 9)])
def test_a_frame_outside_the_image_is_refused(frame: tuple[float, float, float, float]) -> None:
    with pytest.raises(ImageFileError, match="frame"):
        image(np.zeros((20, 60, 3), np.uint8)).framed(frame)
