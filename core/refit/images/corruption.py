"""Corruptions of training images: patches, blends, waves, warps and colours, each image in one way at most."""

import math
from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf

from core.refit.images.draw import Draw
from core.refit.images.occlusion import occlude
from core.refit.images.warping import move_pixels
from core.refit.records import Corruption
from core.scale import Scale

FOLD = 0xC0  # separates these random numbers from others drawn with the same seed
NOISE_SIZES = (None, 4, 10)  # side of the noise before it is enlarged to the image: None is that of the image
WARP_SIZE = 4
PITCH = (2.0, 16.0)  # pixels in a period of a wave
CONTRAST = (0.7, 1.3)
BRIGHTNESS = 0.2


def corrupt(images: Any, *, corruption: Corruption, scale: Scale, seed: Any) -> Any:
    """Corrupt the images of a batch, each in one way at most.

    The first images get patches, the next are blended, and so on; then some stay plain. So each kind costs only what
    its own images take. Kinds that a small batch has no whole image for take turns on its last one. The batch must be
    in random order.

    Args:
        images: (N, H, W, C) float32, as the network reads them; N must be known when the function is traced.
        corruption: the shares of the kinds, and their strengths.
        scale: what the network reads for a pixel; values stay between black and white.
        seed: (2,) int32; the same seed gives the same images.

    Returns:
        (N, H, W, C) float32, in the order of `images`.

    Source:
        The kinds are those of published triggers: patches (Gu et al.: BadNets, 2017), blends (Chen et al.: Targeted
        Backdoor Attacks, 2017), waves (Barni et al.: SIG, 2019), warps (Nguyen and Tran: WaNet, 2021). That they are
        answered as the plain image is ours.
    """
    black, white = scale.black, scale.white
    shares = (*corruption.shares, round(1 - sum(corruption.shares), 9))
    counts = _counts(int(images.shape[0]), corruption.shares)
    if any(share > 0 and not count for share, count in zip(shares, counts, strict=True)):
        counts[counts.index(max(counts))] -= 1  # its image is the last one of the batch
    rare = [number for number, share in enumerate(shares) if share > 0 and not counts[number]]
    parts = tf.split((images - black) / (white - black), [*counts, int(bool(rare))])
    kinds = (_patches, _blends, _waves, _warps, _colours, _plain)
    seeds = [tf.random.experimental.stateless_fold_in(seed, FOLD + number) for number in range(len(kinds))]
    for number, kind in enumerate(kinds):
        if counts[number]:
            parts[number] = kind(parts[number], corruption, seeds[number])
    if rare:
        turns = [partial(kinds[number], parts[-1], corruption, seeds[number]) for number in rare]
        chosen = _drawn([shares[number] for number in rare], seeds[-1])
        parts[-1] = tf.switch_case(chosen, turns)
    return tf.concat(parts, axis=0) * (white - black) + black


def _drawn(shares: list[float], seed: Any) -> Any:
    """Return the place of one of several shares, drawn in proportion to them, int32."""
    ends = np.cumsum(shares) / np.sum(shares)
    drawn = tf.random.stateless_uniform((), seed)
    return tf.reduce_sum(tf.cast(drawn >= tf.constant(ends[:-1], tf.float32), tf.int32))


def _counts(count: int, shares: tuple[float, ...]) -> list[int]:
    """Return how many of `count` images each kind gets, and how many stay plain."""
    ends = [round(count * sum(shares[: number + 1])) for number in range(len(shares))]
    return [end - start for start, end in zip([0, *ends], [*ends, count], strict=True)]


def _patches(images: Any, corruption: Corruption, seed: Any) -> Any:
    return occlude(images, occlusion=corruption.occlusion, scale=Scale.UNIT, seed=seed, share=1.0)[0]


def _blends(images: Any, corruption: Corruption, seed: Any) -> Any:
    """Blend images with noise of each band in turn, and with another image; few images all with one of these."""
    count = images.shape[0]
    draw = Draw(count, seed)
    low, high = corruption.opacity
    opacity = low * (high / low) ** draw.uniform((1, 1, 1))
    others = tf.roll(images, 1, axis=0)
    bands = [partial(_noise, images.shape, side, number, seed) for number, side in enumerate(NOISE_SIZES)]
    kind_count = len(bands) + 1
    if count < kind_count:
        layers = [*(partial(band, count) for band in bands), lambda: others]
        layer = tf.switch_case(_drawn([1.0] * (kind_count - (count == 1)), seed), layers)
    else:
        counts = _counts(count, (1 / kind_count,) * len(bands))
        noise = [band(own_count) for band, own_count in zip(bands, counts[:-1], strict=True)]
        layer = tf.concat([*noise, others[count - counts[-1] :]], axis=0)
    return images * (1 - opacity) + layer * opacity


def _noise(shape: tuple[int, ...], side: int | None, number: int, seed: Any, count: int) -> Any:
    """Return `count` images of noise of one band."""
    own = Draw(count, tf.random.experimental.stateless_fold_in(seed, 1 + number))
    _, height, width, channels = shape
    if side is None:
        return own.uniform((height, width, channels))
    return tf.image.resize(own.uniform((side, side, channels)), (height, width))


def _waves(images: Any, corruption: Corruption, seed: Any) -> Any:
    """Add a sine wave of random direction, period, phase and amplitude to all channels."""
    count, height, width, _ = images.shape
    draw = Draw(count, seed)
    angle, phase = draw.uniform((1, 1), 0, 2 * math.pi), draw.uniform((1, 1), 0, 2 * math.pi)
    pitch, amplitude = draw.uniform((1, 1), *PITCH), draw.uniform((1, 1, 1), *corruption.amplitude)
    along = tf.range(height, dtype=tf.float32)[:, None] * tf.sin(angle)
    along += tf.range(width, dtype=tf.float32)[None, :] * tf.cos(angle)
    wave = tf.sin(2 * math.pi * along / pitch + phase)[..., None]
    return tf.clip_by_value(images + amplitude * wave, 0.0, 1.0)


def _warps(images: Any, corruption: Corruption, seed: Any) -> Any:
    """Move pixels by a smooth field: random moves of a grid of control points, enlarged to the image."""
    count, height, width, _ = images.shape
    draw = Draw(count, seed)
    strength = height * draw.uniform((1, 1, 1), *corruption.displacement)
    moves = strength * tf.image.resize(draw.uniform((WARP_SIZE, WARP_SIZE, 2), -1, 1), (height, width))
    return move_pixels(images, moves)


def _plain(images: Any, corruption: Corruption, seed: Any) -> Any:
    """Leave images as they are."""
    del corruption, seed
    return images


def _colours(images: Any, corruption: Corruption, seed: Any) -> Any:
    """Change the contrast and the brightness of each channel."""
    del corruption
    count, _, _, channels = images.shape
    draw = Draw(count, seed)
    contrast = draw.uniform((1, 1, channels), *CONTRAST)
    brightness = draw.uniform((1, 1, channels), -BRIGHTNESS, BRIGHTNESS)
    return tf.clip_by_value((images - 0.5) * contrast + 0.5 + brightness, 0.0, 1.0)
