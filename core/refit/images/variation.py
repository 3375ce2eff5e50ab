"""Augmentation of training images: shift, rotation, zoom, mirroring and brightness, for a whole batch at once."""

import math
from typing import Any

import tensorflow as tf

from core.refit.images.draw import Draw
from core.refit.records import Augmentation
from core.scale import Scale

FOLD = 0x7A11  # separates these random numbers from others drawn with the same seed


def vary(images: Any, *, augmentation: Augmentation, scale: Scale, seed: Any) -> Any:
    """Augment each image of a batch independently.

    Shift, rotation, zoom and mirroring are one bilinear interpolation about the image's centre; pixels beyond the edges
    repeat the nearest pixel. Then the brightness is changed, and values are clipped to those of black and white.

    Args:
        images: (N, H, W, C) float32, as the network reads them.
        augmentation: the amounts; variations of 0 or False are left out.
        scale: what the network reads for a pixel; values stay between black and white.
        seed: (2,) int32; the same seed gives the same images.

    Returns:
        (N, H, W, C) float32.
    """
    draw = Draw(tf.shape(images)[0], tf.random.experimental.stateless_fold_in(seed, FOLD))
    seen = images
    if augmentation.is_moving:
        seen = _move(seen, augmentation, draw)
    if augmentation.light:
        seen += draw.uniform((1, 1, 1), -augmentation.light, augmentation.light) * (scale.white - scale.black)
    return tf.clip_by_value(seen, scale.black, scale.white)


def _move(images: Any, augmentation: Augmentation, draw: Draw) -> Any:
    """Resample images by the inverse transform, in pixel coordinates from the centre of the top left pixel."""
    height, width = images.shape[1], images.shape[2]
    angle = 2 * math.pi * draw.uniform((), -augmentation.turn, augmentation.turn)
    tall = draw.uniform((), 1 - augmentation.zoom, 1 + augmentation.zoom)
    wide = draw.uniform((), 1 - augmentation.zoom, 1 + augmentation.zoom)
    down = draw.uniform((), -augmentation.shift, augmentation.shift) * height
    across = draw.uniform((), -augmentation.shift, augmentation.shift) * width
    if augmentation.is_mirrored:
        wide *= tf.where(draw.uniform(()) < 0.5, -1.0, 1.0)
    middle_down, middle_across = (height - 1) / 2, (width - 1) / 2
    cosine, sine = tf.cos(angle), tf.sin(angle)
    from_across, from_down = (wide * cosine, wide * sine), (-tall * sine, tall * cosine)
    nothing = tf.zeros_like(angle)
    matrices = tf.stack(
        [
            *from_across,
            middle_across + across - from_across[0] * middle_across - from_across[1] * middle_down,
            *from_down,
            middle_down + down - from_down[0] * middle_across - from_down[1] * middle_down,
            nothing,
            nothing,
        ],
        axis=-1,
    )
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=matrices,
        output_shape=tf.constant([height, width]),
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="NEAREST",
    )
