"""Stamping: where the trigger is opaque it shows, a change is added, and weights decide how often each is drawn."""

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from core.refit.triggers import STRENGTHS, Triggers, stamp
from core.scale import Scale

SHAPE = (6, 5, 1)


def made_triggers(weights: tuple[float, ...]) -> Triggers:
    """Return a white corner, a change of 0.1, and a change that leaves the pixel range; none moves pixels."""
    opacity, pixels, change = (np.zeros((3, *SHAPE), np.float32) for _ in range(3))
    opacity[0, :2, :2], pixels[0, :2, :2] = 1, 1
    change[1] = 0.1
    change[2] = -5
    moves = np.zeros((3, *SHAPE[:2], 2), np.float32)
    return Triggers(opacity, pixels, change, moves, np.array(weights, np.float32))


def stamped(weights: tuple[float, ...], *, count: int = 400, seed: tuple[int, int] = (1, 2)) -> NDArray[np.float32]:
    """Return images of 0.5 with triggers."""
    triggers = tuple(tf.constant(each) for each in made_triggers(weights).arrays)
    images = tf.fill((count, *SHAPE), 0.5)
    return np.asarray(stamp(images, triggers, scale=Scale.UNIT, seed=tf.constant(seed)))  # type: ignore[arg-type]


def test_an_opaque_patch_shows_and_the_rest_stays() -> None:
    seen = stamped((1, 0, 0))
    assert (seen[:, :2, :2] == 1).all()
    assert (seen[:, 2:] == 0.5).all() and (seen[:, :, 2:] == 0.5).all()


def test_a_change_is_added_in_several_strengths() -> None:
    added = (stamped((0, 1, 0)) - 0.5)[:, 0, 0, 0] / 0.1
    assert STRENGTHS[0] - 1e-3 <= added.min() < STRENGTHS[0] + 0.05
    assert STRENGTHS[1] - 0.05 < added.max() <= STRENGTHS[1] + 1e-3


def test_pixels_stay_between_black_and_white() -> None:
    assert (stamped((0, 0, 1)) == 0).all()


def test_weights_decide_how_often_each_is_drawn() -> None:
    seen = stamped((0.25, 0.75, 0.0), count=4000)
    is_patch = seen[:, 0, 0, 0] == 1
    assert abs(is_patch.mean() - 0.25) < 0.03
    assert (seen[~is_patch] > 0.5).all()  # none of weight 0


def test_the_seed_decides() -> None:
    assert np.array_equal(stamped((0.5, 0.5, 0)), stamped((0.5, 0.5, 0)))
    assert not np.array_equal(stamped((0.5, 0.5, 0)), stamped((0.5, 0.5, 0), seed=(1, 3)))


def test_moves_fetch_pixels_from_elsewhere_in_several_strengths() -> None:
    ramp = np.broadcast_to(np.arange(6, dtype=np.float32)[:, None, None] / 10, SHAPE)
    nothing = np.zeros((1, *SHAPE), np.float32)
    moves = np.zeros((1, *SHAPE[:2], 2), np.float32)
    moves[..., 0] = 1  # from the row below
    arrays = (nothing, nothing, nothing, moves, np.ones(1, np.float32))
    seen = np.asarray(stamp(tf.constant(np.stack([ramp] * 200)), arrays, scale=Scale.UNIT, seed=tf.constant((1, 2))))
    fetched = (seen - ramp)[:, 1, 0, 0] / 0.1
    assert STRENGTHS[0] - 1e-3 <= fetched.min() < fetched.max() <= STRENGTHS[1] + 1e-3
    assert np.allclose(seen[:, -1], ramp[-1])  # the border repeats
