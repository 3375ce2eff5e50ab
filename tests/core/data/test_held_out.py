"""The held-out images are a proportional share of each class, and reproducible by seed."""

import numpy as np
import pytest

from core.data.held_out import split_held_out
from core.errors import DatasetError


@pytest.mark.parametrize(("share", "counts"), [(0.2, {2, 3}), (0.5, {5, 6, 7})])
def test_each_class_gives_its_share(share: float, counts: set[int]) -> None:
    labels = np.random.default_rng(0).permutation(np.repeat(np.arange(7), 12))
    training, held_out = split_held_out(labels, share=share, seed=3)
    assert np.array_equal(np.sort(np.concatenate([training, held_out])), np.arange(84))
    assert len(held_out) == round(84 * share)
    assert set(np.bincount(labels[held_out], minlength=7).tolist()) <= counts
    assert (np.diff(held_out) > 0).all() and (np.diff(training) > 0).all()


def test_the_seed_decides() -> None:
    labels = np.repeat(np.arange(30), 2)
    one, same, other = (split_held_out(labels, share=0.2, seed=seed)[1] for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_some_are_left_on_either_side() -> None:
    for share in (0.01, 0.5):
        training, held_out = split_held_out(np.array([4, 4]), share=share, seed=0)
        assert (len(training), len(held_out)) == (1, 1)
    with pytest.raises(DatasetError, match="at least 2 validation images"):
        split_held_out(np.array([1]), share=0.2, seed=0)
