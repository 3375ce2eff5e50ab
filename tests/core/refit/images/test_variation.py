"""Augmented images: pixel positions, brightness, and reproducibility by seed."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from core.errors import DatasetError
from core.refit.images.variation import vary
from core.refit.records import Augmentation
from core.scale import Scale

STILL = Augmentation(shift=0, light=0, is_mirrored=False)
COUNT, HEIGHT, WIDTH = 60, 21, 17


def make_images(channels=3, *, low=60.0, high=120.0):
    return np.random.default_rng(0).uniform(low, high, (COUNT, HEIGHT, WIDTH, channels)).astype(np.float32)


def varied(given, augmentation, *, seed=(3, 5), scale=Scale.RAW):
    return np.asarray(vary(tf.constant(given), augmentation=augmentation, scale=scale, seed=seed))


def dot(place):
    """Return black images with a white pixel at the same position in each."""
    given = np.zeros((COUNT, HEIGHT, WIDTH, 1), np.float32)
    given[:, place[0], place[1]] = 255
    return given


def middles(seen):
    """Return the centre of brightness of each image, (N, 2): row and column."""
    weight = seen[..., 0] / seen.sum(axis=(1, 2, 3))[:, None, None]
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    return np.stack([(weight * rows).sum(axis=(1, 2)), (weight * columns).sum(axis=(1, 2))], axis=1)


def test_nothing_asked_for_changes_nothing():
    given = make_images()
    assert np.array_equal(varied(given, STILL), given)


def test_mirroring_turns_half_of_them_left_to_right_and_nothing_else():
    given = make_images()
    seen = varied(given, replace(STILL, is_mirrored=True))
    is_same = np.isclose(seen, given, atol=1e-3).all(axis=(1, 2, 3))
    is_mirrored = np.isclose(seen, given[:, :, ::-1], atol=1e-3).all(axis=(1, 2, 3))
    assert (is_same ^ is_mirrored).all()
    assert 0.3 < is_mirrored.mean() < 0.7


def test_shifts_reach_their_bound_and_no_further():
    seen = middles(varied(dot((10, 8)), replace(STILL, shift=0.2)))
    moved = np.abs(seen - [10, 8]).max(axis=0)
    assert (moved <= [0.2 * HEIGHT + 1e-3, 0.2 * WIDTH + 1e-3]).all()
    assert (moved > [0.15 * HEIGHT, 0.15 * WIDTH]).all()


def test_turns_keep_the_distance_to_the_middle():
    # Interpolating a single pixel shifts its centre of brightness slightly.
    seen = middles(varied(dot((4, 8)), replace(STILL, turn=0.1))) - [10, 8]
    assert np.allclose(np.hypot(*seen.T), 6, atol=0.35)
    angles = np.arctan2(seen[:, 1], -seen[:, 0]) / (2 * np.pi)
    assert 0.07 < np.abs(angles).max() < 0.11
    assert angles.min() < -0.05 < 0.05 < angles.max()


def test_zoom_scales_height_and_width_apart():
    seen = middles(varied(dot((4, 3)), replace(STILL, zoom=0.2)))
    down, across = (10 - seen[:, 0]) / 6, (8 - seen[:, 1]) / 5
    for scales in (down, across):
        assert 1 / 1.25 < scales.min() < 0.92
        assert 1.1 < scales.max() < 1 / 0.75
    assert np.abs(down - across).max() > 0.1


def test_the_middle_stays_where_nothing_is_shifted():
    seen = middles(varied(dot((10, 8)), replace(STILL, turn=0.5, zoom=0.3, is_mirrored=True)))
    assert np.allclose(seen, [10, 8], atol=0.01)


def test_what_comes_in_at_the_edge_is_the_nearest_pixel():
    given = np.zeros((COUNT, HEIGHT, WIDTH, 1), np.float32)
    given[:, :, :8] = 100
    seen = varied(given, replace(STILL, shift=0.4))
    assert (seen[:, :, 0] == 100).all()
    assert (seen[:, :, -1] == 0).all()


def test_light_is_added_and_cut_off_at_the_pixel_range():
    given = make_images()
    moved = varied(given, replace(STILL, light=0.2)) - given
    assert np.ptp(moved, axis=(1, 2, 3)).max() < 1e-3
    assert 0.15 * 255 < np.abs(moved).max() <= 0.2 * 255
    bright = varied(make_images(low=250, high=255), replace(STILL, light=0.2))
    assert bright.max() == 255
    dark = varied(make_images(low=0, high=0.01) / 255, replace(STILL, light=0.2), scale=Scale.UNIT)
    assert dark.min() == 0.0 and 0.15 < dark.max() <= 0.21


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_seed_gives_the_same_and_another_one_others(channels):
    everything = Augmentation(shift=0.1, light=0.1, turn=0.05, zoom=0.1)
    given = make_images(channels)
    one = varied(given, everything)
    assert one.shape == given.shape and one.dtype == np.float32
    assert np.array_equal(one, varied(given, everything))
    assert not np.isclose(one, varied(given, everything, seed=(3, 6))).all(axis=(1, 2, 3)).any()
    assert not np.isclose(one, varied(given, everything, seed=(4, 5))).all(axis=(1, 2, 3)).any()


@pytest.mark.parametrize("wrong", [{"shift": 0.6}, {"turn": -0.1}, {"zoom": 1}, {"light": 1.1}, {"light": -1}])
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(DatasetError, match=next(iter(wrong))):
        Augmentation(**wrong)
