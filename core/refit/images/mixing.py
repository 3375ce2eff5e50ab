"""Mixtures of two images, to query the teacher on more images than there are."""

from typing import Any

import tensorflow as tf

from core.refit.images.draw import Draw
from core.refit.records import Mixing

BOX_SIDES = (0.2, 0.7)  # smallest and largest side of a cutmix box, as shares of the image's
LEAST_OF_THE_FIRST = 0.5
FOLD = 0x3158  # separates these random numbers from others drawn with the same seed


def mix(images: Any, *, mixing: Mixing, seed: Any) -> tuple[Any, Any]:
    """Mix some images of a batch with other images of the batch.

    Mixup blends two images, λ · first + (1 - λ) · second with λ uniform in [0.5, 1). Cutmix shows the second image in a
    box, with sides of 0.2 to 0.7 of the image's and its centre anywhere.

    Args:
        images: (N, H, W, C) float32.
        mixing: shares of images to mix.
        seed: (2,) int32; the same seed gives the same mixtures.

    Returns:
        The images, (N, H, W, C) float32, and which of them are mixed, (N,) bool.

    Source:
        Hongyi Zhang et al.: mixup: Beyond Empirical Risk Minimization, 2018, section 2, and Sangdoo Yun et al.:
        CutMix, 2019, section 3.1. Both also mix the labels; here the teacher labels the mixture, and the shares of the
        two images are drawn as above instead of from a beta distribution.
    """
    count, height, width = tf.shape(images)[0], images.shape[1], images.shape[2]
    draw = Draw(count, tf.random.experimental.stateless_fold_in(seed, FOLD))
    others = tf.gather(images, tf.argsort(draw.uniform(())))
    kind = draw.uniform(())
    is_mixup = kind < mixing.mixup
    is_cutmix = ~is_mixup & (kind < mixing.mixup + mixing.cutmix)
    through = 1 - draw.uniform((1, 1, 1), LEAST_OF_THE_FIRST, 1.0)
    down = _is_in_box(draw, height)
    across = _is_in_box(draw, width)
    box = tf.cast(down[:, :, None] & across[:, None, :], tf.float32)[..., None]
    weight = tf.where(is_mixup[:, None, None, None], through, tf.where(is_cutmix[:, None, None, None], box, 0.0))
    return images * (1 - weight) + others * weight, is_mixup | is_cutmix


def _is_in_box(draw: Draw, length: int) -> Any:
    """Return which rows (or columns) are inside the box, (N, length) bool."""
    middle, side = draw.uniform((1,)), draw.uniform((1,), *BOX_SIDES)
    place = (tf.range(length, dtype=tf.float32)[None] + 0.5) / length
    return tf.abs(place - middle) < side / 2
