"""Random patches that hide parts of images, computed for a whole batch at once in TensorFlow."""

import math
from typing import Any

import numpy as np
import tensorflow as tf

from core.refit.images.draw import Draw
from core.refit.records import Occlusion
from core.scale import Scale

LARGEST_ASPECT = 4.0
MIRRORED_SHARE = 0.3
KIND_COUNT = 2  # rectangle, ellipse
TEXTURE_COUNT = 4  # plain, and the next three
FINE, COARSE, STRIPES = 1, 2, 3
COARSE_SIZE = 6


def occlude(images: Any, *, occlusion: Occlusion, scale: Scale, seed: Any, share: Any = None) -> tuple[Any, Any]:
    """Hide parts of some images under patches of random position, shape, colour and texture.

    A patch is an axis-aligned rectangle or ellipse inside the image, with an aspect ratio of 1/4 to 4. Three in ten are
    doubled by their mirror image, since glasses, brows and cheeks are symmetric. Its colour is uniform over the pixel
    range; its texture is none, fine noise, coarse noise or stripes.

    Args:
        images: (N, H, W, C) float32, as the network reads them.
        occlusion: how much to hide.
        scale: what the network reads for a pixel.
        seed: (2,) int32; the same seed gives the same patches.
        share: share of the images to occlude, [0, 1]; `occlusion.share` if None.

    Returns:
        The images, (N, H, W, C) float32, and the opacity of the patches at each pixel, (N, H, W, 1)
        float32 in [0, 1], 0 outside all patches.
    """
    draw = Draw(tf.shape(images)[0], seed)
    is_occluded = draw.uniform(()) < (occlusion.share if share is None else share)
    patch_count = 1 + tf.cast(draw.uniform(()) * occlusion.count, tf.int32)
    seen, left = images, tf.ones_like(images[..., :1])
    noise = draw.uniform(tuple(images.shape[1:]), -1, 1)
    for index in range(occlusion.count):
        alpha = _patch(draw, images.shape[1], images.shape[2], occlusion)
        is_there = is_occluded & (index < patch_count)
        alpha *= tf.cast(is_there, tf.float32)[:, None, None, None]
        # Random numbers are the most expensive part: each patch reuses the fine noise of another image.
        fill = _fill(draw, tf.roll(noise, index, axis=0)) * (scale.white - scale.black) + scale.black
        seen = seen * (1 - alpha) + fill * alpha
        left *= 1 - alpha
    return seen, 1 - left


def _patch(draw: Draw, height: int, width: int, occlusion: Occlusion) -> Any:
    """Return the opacity of one patch per image, (N, H, W, 1)."""
    smallest, largest = occlusion.area
    area = smallest * (largest / smallest) ** draw.uniform(()) * height * width
    is_ellipse = draw.choice(KIND_COUNT) == 1
    # An ellipse has π/4 of the area of its bounding box.
    box = tf.where(is_ellipse, area * 4 / math.pi, area)
    # Limit the aspect ratio so that no side is longer than the image's.
    low = tf.maximum(1 / LARGEST_ASPECT, box / width**2)
    high = tf.maximum(tf.minimum(LARGEST_ASPECT, height**2 / box), low)
    aspect = low * (high / low) ** draw.uniform(())
    tall = tf.minimum(tf.sqrt(box * aspect), float(height))
    wide = tf.minimum(box / tall, float(width))
    # The centre is uniform, then the patch is moved inside: edges and corners are hidden as often as the rest.
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


def _fill(draw: Draw, noise: Any) -> Any:
    """Return the content of a patch, (N, H, W, C) in [0, 1].

    It is a colour plus half of one of the textures, each in [-1, 1]. The colour and the coarse noise are added at low
    resolution, since enlarging is linear and does not change a uniform colour.

    Args:
        draw: random numbers.
        noise: (N, H, W, C) float32 in [-1, 1).
    """
    height, width, channels = noise.shape[1:]
    kinds = 0.5 * tf.one_hot(draw.choice(TEXTURE_COUNT), TEXTURE_COUNT)[..., None, None, None]
    coarse = draw.uniform((COARSE_SIZE, COARSE_SIZE, channels), -1, 1)
    smooth = _enlarge(draw.uniform((1, 1, channels)) + kinds[:, COARSE] * coarse, height, width)
    angle, pitch = draw.uniform((1, 1), 0, math.pi), draw.uniform((1, 1), 2, 12)
    along = tf.range(height, dtype=tf.float32)[:, None] * tf.sin(angle)
    along += tf.range(width, dtype=tf.float32)[None, :] * tf.cos(angle)
    # +1 or -1: which half of a period a pixel is in.
    stripes = 1 - 2 * tf.math.floormod(tf.floor(2 * along / pitch), 2)
    striped = stripes[..., None] * (kinds[:, STRIPES] * draw.uniform((1, 1, channels), -1, 1))
    return tf.clip_by_value(smooth + striped + noise * kinds[:, FINE], 0.0, 1.0)


def _enlarge(small: Any, height: int, width: int) -> Any:
    """Enlarge small images (N, S, S, C) bilinearly by two matrix products; independent of the batch size."""
    down, across = (_enlarging(length) for length in (height, width))
    wide = tf.matmul(across, small)
    rows = tf.reshape(wide, (-1, COARSE_SIZE, width * small.shape[-1]))
    return tf.reshape(tf.matmul(down, rows), (-1, height, width, small.shape[-1]))


def _enlarging(length: int) -> Any:
    """Return the bilinear weights of the small image's rows for the large image's rows, (length, S) float32."""
    place = np.clip((np.arange(length) + 0.5) * COARSE_SIZE / length - 0.5, 0, COARSE_SIZE - 1)
    return tf.constant(np.maximum(0, 1 - np.abs(place[:, None] - np.arange(COARSE_SIZE))), tf.float32)
