"""Mixed images: which are mixed, their shares, and reproducibility by seed."""

import numpy as np
import pytest
import tensorflow as tf

from core.errors import DatasetError
from core.refit.images.mixing import mix
from core.refit.records import Mixing

COUNT, HEIGHT, WIDTH = 400, 20, 15


def mixed(mixing, *, seed=(3, 5)):
    """Return images in which image n is n everywhere, so that the parts of a mixture can be identified."""
    values = np.arange(COUNT, dtype=np.float32)
    images = tf.tile(tf.constant(values)[:, None, None, None], (1, HEIGHT, WIDTH, 3))
    seen, is_mixed = mix(images, mixing=mixing, seed=tf.constant(seed))
    return values, np.asarray(seen), np.asarray(is_mixed)


def test_the_rest_stays_as_it_is():
    values, seen, is_mixed = mixed(Mixing(mixup=0.3, cutmix=0.3))
    assert np.array_equal(seen[~is_mixed], np.broadcast_to(values[~is_mixed, None, None, None], seen[~is_mixed].shape))
    assert 0.5 < is_mixed.mean() < 0.7


def test_mixup_lets_a_second_image_shine_through_by_up_to_a_half():
    values, seen, is_mixed = mixed(Mixing(mixup=1.0, cutmix=0.0))
    assert is_mixed.all()
    assert np.ptp(seen, axis=(1, 2, 3)).max() < 1e-3  # the same everywhere
    moved = np.abs(seen[:, 0, 0, 0] - values)
    # At most half of |first - second|; the largest possible distance is COUNT.
    assert 0.2 * COUNT < moved.max() <= 0.5 * COUNT
    assert (moved > 0.5).mean() > 0.9


def test_cutmix_shows_a_second_image_in_one_box():
    values, seen, is_mixed = mixed(Mixing(mixup=0.0, cutmix=1.0))
    assert is_mixed.all()
    is_other = seen[..., 0] != values[:, None, None]
    for image, other in zip(seen[..., 0], is_other, strict=True):
        if other.any():
            assert len(np.unique(image[other])) == 1
            rows, columns = other.any(axis=1), other.any(axis=0)
            assert np.array_equal(other, rows[:, None] & columns[None])
            assert (np.diff(np.flatnonzero(rows)) == 1).all()
            assert rows.sum() <= 0.7 * HEIGHT + 1
            assert columns.sum() <= 0.7 * WIDTH + 1
    assert is_other.mean() > 0.08


def test_the_same_seed_mixes_the_same():
    one, other, third = (mixed(Mixing(), seed=seed)[1] for seed in ((1, 2), (1, 2), (1, 3)))
    assert np.array_equal(one, other)
    assert not np.array_equal(one, third)


def test_shares_are_checked():
    with pytest.raises(DatasetError, match=r"cutmix must lie between 0 and 0\.4, got 0\.5"):
        Mixing(mixup=0.6, cutmix=0.5)
