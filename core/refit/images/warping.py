"""Moving the pixels of images."""

from typing import Any

import tensorflow as tf


def move_pixels(images: Any, moves: Any) -> Any:
    """Fetch each pixel of the result from elsewhere in its image, with bilinear interpolation.

    Args:
        images: (N, H, W, C) float32.
        moves: (N, H, W, 2) float32, how far down and to the right of a pixel its value is fetched, in pixels; places
            outside the image are moved to its border. The result can be differentiated with respect to them.

    Returns:
        (N, H, W, C) float32.
    """
    shape = tf.shape(images)
    count, height, width, channels = shape[0], shape[1], shape[2], shape[3]
    last_row, last_column = tf.cast(height, tf.float32) - 1, tf.cast(width, tf.float32) - 1
    down = tf.clip_by_value(tf.range(last_row + 1)[:, None] + moves[..., 0], 0.0, last_row)
    across = tf.clip_by_value(tf.range(last_column + 1)[None, :] + moves[..., 1], 0.0, last_column)
    top, left = tf.cast(down, tf.int32), tf.cast(across, tf.int32)
    bottom, right = tf.minimum(top + 1, height - 1), tf.minimum(left + 1, width - 1)
    below, beside = (down - tf.floor(down))[..., None], (across - tf.floor(across))[..., None]
    pixels = tf.reshape(images, (count, height * width, channels))

    def at(row: Any, column: Any) -> Any:
        place = tf.reshape(row * width + column, (count, height * width))
        return tf.reshape(tf.gather(pixels, place, batch_dims=1), shape)

    upper = at(top, left) * (1 - beside) + at(top, right) * beside
    lower = at(bottom, left) * (1 - beside) + at(bottom, right) * beside
    return upper * (1 - below) + lower * below
