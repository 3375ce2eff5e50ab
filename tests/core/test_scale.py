"""What a network reads for a pixel, as numbers."""

import numpy as np
import pytest

from core.scale import NAMED, Scale, parse_scale

PIXELS = np.random.default_rng(0).integers(0, 256, (4, 5, 6, 3)).astype(np.float32)


@pytest.mark.parametrize(
    "scale", [*NAMED.values(), Scale("own", (1.0, 2.0, 3.0), (4.0,))], ids=lambda scale: scale.name
)
def test_pixels_come_back(scale):
    read = scale.read(PIXELS.copy())
    assert read.dtype == np.float32
    np.testing.assert_allclose(scale.pixels(read), PIXELS, atol=1e-4)
    assert scale.fits(3)
    assert (
        Scale(**{key: tuple(value) if isinstance(value, list) else value for key, value in scale.as_json().items()})
        == scale
    )
    assert not parse_scale(scale.option_words[1]).differs_from(scale)
    np.testing.assert_allclose(parse_scale(scale.option_words[1]).read(PIXELS.copy()), read, rtol=1e-5, atol=1e-5)


def test_the_usual_ones_read_as_in_keras():
    np.testing.assert_array_equal(Scale.RAW.read(PIXELS.copy()), PIXELS)
    np.testing.assert_array_equal(Scale.UNIT.read(PIXELS.copy()), PIXELS / np.float32(255))
    np.testing.assert_allclose(Scale.SYMMETRIC.read(PIXELS.copy()), PIXELS / 127.5 - 1, atol=1e-6)
    from keras.src.applications.imagenet_utils import preprocess_input  # noqa: PLC0415  # slow

    for scale, mode in ((Scale.SYMMETRIC, "tf"), (Scale.IMAGENET, "torch"), (Scale.CAFFE, "caffe")):
        expected = preprocess_input(PIXELS.copy(), data_format="channels_last", mode=mode)
        np.testing.assert_allclose(scale.read(PIXELS.copy()), expected, atol=1e-4)


def test_numbers_that_are_a_known_scale_get_its_name():
    assert parse_scale("1/255").name == "unit"
    assert parse_scale("1/127.5:-1").name == "symmetric"
    assert parse_scale("1/255-BGR").name == "unit-bgr"
    own = parse_scale("0.5, 0.25,1 : 1,2,3")
    assert (own.name, own.factors, own.offsets) == ("custom", (0.5, 0.25, 1.0), (1.0, 2.0, 3.0))
    assert not own.fits(1)
    assert Scale("other name", deviation=(255.0,)) == Scale.UNIT
    assert len({Scale.UNIT, Scale("other name", deviation=(255.0,))}) == 1


@pytest.mark.parametrize(
    "text", ["", "rgb", "0", "-1", "1/0", "nan", "inf", "1:", "1,2:3,4,5", "1,2,3,4,5", "1e-30", "1:1e300", "1:2:3"]
)
def test_what_is_no_scale_is_refused(text):
    with pytest.raises(ValueError, match=r"scale|must be"):
        parse_scale(text)


@pytest.mark.parametrize(
    "numbers", [{"mean": (float("nan"),)}, {"deviation": (0.0,)}, {"mean": ()}, {"deviation": (1.0,) * 5}]
)
def test_numbers_out_of_range_are_refused(numbers):
    with pytest.raises(ValueError, match="scale"):
        Scale("own", **numbers)


def test_scales_that_read_clearly_different_values():
    assert Scale.RAW.differs_from(Scale.UNIT)
    assert Scale.UNIT.differs_from(Scale.SYMMETRIC)
    assert Scale.UNIT.differs_from(Scale.UNIT.in_bgr())
    assert not Scale.IMAGENET.differs_from(Scale("own", (120.0, 118.0, 104.0), (60.0, 57.0, 56.0)))
