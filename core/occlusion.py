"""Random patches that hide parts of pictures, made for a whole batch at once in TensorFlow."""

import math
from typing import Any

import tensorflow as tf

from core.draw import Draw
from core.refit_records import Occlusion

LARGEST_ASPECT = 4.0
MIRRORED_SHARE = 0.3
KIND_COUNT = 2  # rectangle, ellipse
TEXTURE_COUNT = 4  # plain, fine noise, coarse noise, stripes
COARSE_SIZE = 6


def occlude(
    pictures: Any, *, occlusion: Occlusion, pixel_range: float, seed: Any, share: Any = None
) -> tuple[Any, Any]:
    """Hide parts of some pictures under patches of any place, shape, colour and texture.

    A patch is an upright rectangle or ellipse that lies wholly in the picture, its sides' ratio at most 4 either way;
    three in ten are doubled by their mirror image, as glasses, brows and cheeks are. Its colour is uniform over the
    pixel range, its texture none, fine noise, coarse noise or stripes.

    Args:
        pictures: (N, H, W, C) float32, 0 to `pixel_range`.
        occlusion: how much is hidden.
        pixel_range: 255 or 1.
        seed: (2,) int32; the same seed gives the same patches.
        share: share of the pictures that are occluded, [0, 1]; `occlusion.share` when left out.

    Returns:
        The pictures, (N, H, W, C) float32, 0 to `pixel_range`; and how opaque each pixel's cover is, (N, H, W, 1)
        float32 in [0, 1], 0 where nothing lies.
    """
    draw = Draw(tf.shape(pictures)[0], seed)
    is_occluded = draw.uniform(()) < (occlusion.share if share is None else share)
    patch_count = 1 + tf.cast(draw.uniform(()) * occlusion.count, tf.int32)
    seen, left = pictures, tf.ones_like(pictures[..., :1])
    for index in range(occlusion.count):
        alpha = _patch(draw, pictures.shape[1], pictures.shape[2], occlusion)
        is_there = is_occluded & (index < patch_count)
        alpha *= tf.cast(is_there, tf.float32)[:, None, None, None]
        fill = _fill(draw, pictures.shape[1], pictures.shape[2], pictures.shape[3]) * pixel_range
        seen = seen * (1 - alpha) + fill * alpha
        left *= 1 - alpha
    return seen, 1 - left


def _patch(draw: Draw, height: int, width: int, occlusion: Occlusion) -> Any:
    """Opacity of one patch a picture, (N, H, W, 1)."""
    smallest, largest = occlusion.area
    area = smallest * (largest / smallest) ** draw.uniform(()) * height * width
    is_ellipse = draw.choice(KIND_COUNT) == 1
    # A box's area is its sides' product; the ellipse in it has π/4 of that.
    box = tf.where(is_ellipse, area * 4 / math.pi, area)
    # The ratio is kept from making a side longer than the picture's.
    low = tf.maximum(1 / LARGEST_ASPECT, box / width**2)
    high = tf.maximum(tf.minimum(LARGEST_ASPECT, height**2 / box), low)
    aspect = low * (high / low) ** draw.uniform(())
    tall = tf.minimum(tf.sqrt(box * aspect), float(height))
    wide = tf.minimum(box / tall, float(width))
    # The middle lies anywhere, then the patch is pushed inside: edges and corners are hidden as often as the rest.
    top = tf.clip_by_value(draw.uniform(()) * height - tall / 2, 0.0, height - tall)
    start = tf.clip_by_value(draw.uniform(()) * width - wide / 2, 0.0, width - wide)
    down = (tf.range(height, dtype=tf.float32) + 0.5 - (top + tall / 2)[:, None]) / (tall / 2)[:, None]
    across = (tf.range(width, dtype=tf.float32) + 0.5 - (start + wide / 2)[:, None]) / (wide / 2)[:, None]
    down, across = down[:, :, None], across[:, None, :]
    inside = tf.where(
        is_ellipse[:, None, None], down**2 + across**2 <= 1, tf.maximum(tf.abs(down), tf.abs(across)) <= 1
    )
    is_mirrored = (draw.uniform(()) < MIRRORED_SHARE) & (area * 2 <= occlusion.area[1] * height * width)
    inside |= tf.reverse(inside, [2]) & is_mirrored[:, None, None]
    opacity = draw.uniform((), *occlusion.opacity)
    return tf.cast(inside, tf.float32)[..., None] * opacity[:, None, None, None]


def _fill(draw: Draw, height: int, width: int, channels: int) -> Any:
    """What covers a picture under a patch's opacity, (N, H, W, C) in [0, 1]."""
    colour = draw.uniform((1, 1, channels))
    fine = draw.uniform((height, width, channels), -1, 1)
    coarse = tf.image.resize(draw.uniform((COARSE_SIZE, COARSE_SIZE, channels), -1, 1), (height, width))
    angle, pitch = draw.uniform((1, 1), 0, math.pi), draw.uniform((1, 1), 2, 12)
    along = tf.range(height, dtype=tf.float32)[:, None] * tf.sin(angle)
    along += tf.range(width, dtype=tf.float32)[None, :] * tf.cos(angle)
    stripes = tf.sign(tf.sin(2 * math.pi * along / pitch))[..., None] * draw.uniform((1, 1, channels), -1, 1)
    texture = tf.stack([tf.zeros_like(fine), fine, coarse, tf.broadcast_to(stripes, tf.shape(fine))])
    kinds = tf.one_hot(draw.choice(TEXTURE_COUNT), TEXTURE_COUNT)
    chosen = tf.einsum("nk,knhwc->nhwc", kinds, texture)
    return tf.clip_by_value(colour + 0.5 * chosen, 0.0, 1.0)
