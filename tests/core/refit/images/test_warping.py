"""Moving pixels: whole and half pixels, the border, and the gradient that trigger inversion needs."""

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from core.refit.images.warping import move_pixels

IMAGES = np.arange(2 * 4 * 5 * 3, dtype=np.float32).reshape(2, 4, 5, 3)


def moved(down: float, right: float) -> NDArray[np.float32]:
    """Return the images with all pixels fetched from `down` and `right` of their places."""
    return np.asarray(move_pixels(tf.constant(IMAGES), tf.zeros((2, 4, 5, 2)) + tf.constant([down, right], tf.float32)))


def test_nothing_moved_is_the_same_image_bit_for_bit() -> None:
    assert np.array_equal(moved(0, 0), IMAGES)


def test_whole_pixels_are_fetched_from_below_and_from_the_right() -> None:
    assert np.array_equal(moved(1, 2)[:, :3, :3], IMAGES[:, 1:, 2:])


def test_half_a_pixel_is_the_mean_of_two() -> None:
    assert np.allclose(moved(0.5, 0)[:, :3], (IMAGES[:, 1:] + IMAGES[:, :3]) / 2)


def test_the_border_repeats() -> None:
    assert np.array_equal(moved(-9, 0), np.broadcast_to(IMAGES[:, :1], IMAGES.shape))
    assert np.array_equal(moved(0, 9), np.broadcast_to(IMAGES[:, :, -1:], IMAGES.shape))


def test_the_gradient_says_how_pixels_change() -> None:
    moves = tf.zeros((2, 4, 5, 2)) + 0.25
    with tf.GradientTape() as tape:
        tape.watch(moves)
        total = tf.reduce_sum(move_pixels(tf.constant(IMAGES), moves)[:, :3, :4])
    gradient = np.asarray(tape.gradient(total, moves))[:, :3, :4]
    # A row further down adds 15 to each of three channels, a column further right 3.
    assert np.allclose(gradient, [45, 9])
