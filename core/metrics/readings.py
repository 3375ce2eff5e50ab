"""What is tried to find how a network reads images: scales, and ways to prepare images that no scale stands for."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import Dataset
from core.scale import NAMED, WHITE, Scale
from core.words import scale_name

FloatArray = NDArray[np.float32]

SAMPLE_COUNT = 1000
SAMPLE_SEED = 0

_AXES = (1, 2, 3)


@dataclass(frozen=True, slots=True, eq=False)
class Preparation:
    """A way to prepare images.

    Attributes:
        words: what is done, as a clause: "each image is …".
        prepare: takes what the file holds in pixels, (n, H, W, C) float32, 0–255; returns what a network reads.
    """

    words: str
    prepare: Callable[[FloatArray], FloatArray]


def preparations(dataset: Dataset, sample: NDArray[np.int64], scales: Sequence[Scale]) -> list[Preparation]:
    """Return the ways to try on a set.

    Args:
        dataset: the images.
        sample: rows from which a mean image is computed.
        scales: the scales to try on pixels, where the file holds other values.
    """
    if dataset.is_converted:
        low, high = dataset.channel_ranges()
        own = Scale.of_values(low.min(), high.max()) if dataset.channel_count else Scale.of_values(low, high)
        return [_from_values(own, each) for each in scales if each.fits(dataset.image_shape[2])]
    mean = dataset.rows(sample, scale=Scale.RAW).mean(axis=0, dtype=np.float64).astype(np.float32)
    return [
        Preparation("each image is standardized by its own mean and deviation", _standardized),
        Preparation("each image is stretched from its darkest to its brightest value", _stretched),
        Preparation("the mean image is subtracted from pixels 0–1", lambda pixels: (pixels - mean) / WHITE),
        Preparation("the mean image is subtracted from pixels 0–255", lambda pixels: pixels - mean),
        Preparation("pixels are inverted, 1 to 0", lambda pixels: 1 - pixels / WHITE),
        Preparation("pixels are inverted, 255 to 0", lambda pixels: WHITE - pixels),
    ]


def candidate_scales(dataset: Dataset) -> list[Scale]:
    """Return the scales that are tried on a set, the usual ones first; one that is no pixels has only its own."""
    return [Scale.of_values(*dataset.channel_ranges())] if dataset.is_converted else [*_usual(dataset), *rare(dataset)]


def rare(dataset: Dataset) -> list[Scale]:
    """Return the scales that few people train with: they are chosen only where every usual one is clearly behind.

    These are −0.5 to 0.5, the images' or ImageNet's mean subtracted without a deviation, and numbers for CIFAR-10,
    which are used for other colour images, too.
    """
    if dataset.is_converted:
        return []
    channels = dataset.image_shape[2]
    mean, _ = _statistics(dataset)
    plain = [Scale("half", (127.5,), (WHITE,)), Scale("centred", mean, (WHITE,)), Scale("mean subtracted", mean)]
    plain.append(Scale("ImageNet's mean", tuple(reversed(Scale.CAFFE.mean))))
    usual = _usual(dataset)
    plain += [each for each in _STATISTICS if each.name == _CIFAR and each not in usual]
    swapped = [Scale("mean subtracted", mean).in_bgr()] if channels == 3 else []
    return [each for each in (*plain, *swapped) if each.fits(channels)]


def _usual(dataset: Dataset) -> list[Scale]:
    """Return the file's own range, then the more usual scales.

    These are 0–255, 0–1, −1 to 1, ImageNet's mean and deviation, those of these images, and of usual sets that they may
    be from; the same in blue, green, red.
    """
    channels = dataset.image_shape[2]
    own, other = (Scale.UNIT, Scale.RAW) if dataset.is_unit_range else (Scale.RAW, Scale.UNIT)
    plain = [own, other, Scale.SYMMETRIC, *(each for each in NAMED.values() if len(each.mean) > 1 and not each.is_bgr)]
    mean, deviation = _statistics(dataset)
    standardized = Scale("standardized", mean, deviation)
    plain += [each for each in _STATISTICS if each.fits(channels) and _is_near(each, standardized)]
    plain.append(standardized)
    if channels > 1:
        plain.append(Scale("standardized as one", *_as_one(mean, deviation)))
    swapped = [Scale.CAFFE, *(each.in_bgr() for each in plain)] if channels == 3 else []
    return [each for each in (*plain, *swapped) if each.fits(channels)]


def sample_of(dataset: Dataset) -> NDArray[np.int64]:
    """Return the rows of at most 1,000 images, drawn with a fixed seed, ascending."""
    rows = np.arange(dataset.image_count)
    if len(rows) <= SAMPLE_COUNT:
        return rows
    return np.sort(np.random.default_rng(SAMPLE_SEED).choice(rows, SAMPLE_COUNT, replace=False))


def _statistics(dataset: Dataset) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return mean and deviation of each channel over (a sample of) the images, in pixel values."""
    pixels = dataset.rows(sample_of(dataset), scale=Scale.RAW).astype(np.float64)
    mean, deviation = pixels.mean(axis=(0, 1, 2)), pixels.std(axis=(0, 1, 2))
    return tuple(map(float, mean)), tuple(map(float, np.maximum(deviation, 1.0)))


def _as_one(mean: Sequence[float], deviation: Sequence[float]) -> tuple[tuple[float], tuple[float]]:
    """Return mean and deviation over all channels together, from those of each."""
    means = np.array(mean)
    middle = float(means.mean())
    variance = float(np.mean(np.square(deviation) + np.square(means - middle)))
    return (middle,), (math.sqrt(variance),)


def _is_near(one: Scale, other: Scale) -> bool:
    """Whether means are within a quarter of a deviation, and deviations within a quarter."""
    mean, deviation = np.array(one.mean), np.array(one.deviation)
    shift, ratio = np.abs(mean - np.array(other.mean)) / deviation, np.array(other.deviation) / deviation
    return bool((shift <= 0.25).all() and (ratio <= 1.25).all() and (ratio >= 0.8).all())


def _of_shares(name: str, mean: Sequence[float], deviation: Sequence[float]) -> Scale:
    return Scale(name, tuple(WHITE * each for each in mean), tuple(WHITE * each for each in deviation))


_CIFAR = "CIFAR-10"
# Mean and deviation of the training images of usual sets, as tutorials give them for pixels 0–1; the first ones for
# CIFAR-10 are means of each image's deviation.
_STATISTICS = (
    _of_shares(_CIFAR, (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)),
    _of_shares(_CIFAR, (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)),
    _of_shares("CIFAR-100", (0.5071, 0.4867, 0.4408), (0.2675, 0.2565, 0.2761)),
    _of_shares("GTSRB", (0.3337, 0.3064, 0.3171), (0.2672, 0.2564, 0.2629)),
    _of_shares("GTSRB", (0.3403, 0.3121, 0.3214), (0.2724, 0.2608, 0.2669)),
    _of_shares("MNIST", (0.1307,), (0.3081,)),
    _of_shares("Fashion-MNIST", (0.2860,), (0.3530,)),
)


def _from_values(own: Scale, wanted: Scale) -> Preparation:
    def prepare(values: FloatArray) -> FloatArray:
        return wanted.read(own.pixels(values).astype(np.float32))

    return Preparation(f"the file's values are turned back into pixels {scale_name(wanted)}", prepare)


def _standardized(pixels: FloatArray) -> FloatArray:
    """As `tf.image.per_image_standardization` does, which limits the deviation from below."""
    least = 1 / np.sqrt(np.prod(pixels.shape[1:]))
    deviation = np.maximum(pixels.std(axis=_AXES, keepdims=True, dtype=np.float64), least)
    return ((pixels - pixels.mean(axis=_AXES, keepdims=True, dtype=np.float64)) / deviation).astype(np.float32)


def _stretched(pixels: FloatArray) -> FloatArray:
    low, high = pixels.min(axis=_AXES, keepdims=True), pixels.max(axis=_AXES, keepdims=True)
    stretched: FloatArray = (pixels - low) / np.maximum(high - low, 1)
    return stretched
