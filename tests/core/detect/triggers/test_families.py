"""Families of triggers: how they are laid over images, and their sizes."""

import numpy as np
import pytest

from core.detect.triggers.families import WARP_LIMIT, AdditiveFamily, PatchFamily, WarpFamily
from core.records import Share


def test_a_patch_is_laid_over_images_as_in_the_paper() -> None:
    rng = np.random.default_rng(1)
    raw_mask, raw_pattern = rng.normal(size=(2, 4, 4, 1)), rng.normal(size=(2, 4, 4, 3))
    images = rng.random((5, 4, 4, 3))
    mask, pattern = (np.tanh(raw_mask) + 1) / 2, (np.tanh(raw_pattern) + 1) / 2
    parameters = tuple(each.astype(np.float32) for each in (raw_mask, raw_pattern))
    seen = PatchFamily().apply(parameters, images.astype(np.float32)).numpy()
    for trigger in range(2):
        expected = (1 - mask[trigger]) * images + mask[trigger] * pattern[trigger]
        assert seen[trigger] == pytest.approx(expected, abs=1e-6)
    assert PatchFamily().size(parameters).numpy() == pytest.approx(mask.mean(axis=(1, 2, 3)), abs=1e-6)


def test_a_change_is_added_to_images_and_its_size_is_its_root_mean_square() -> None:
    rng = np.random.default_rng(2)
    raw, images = rng.normal(size=(2, 4, 4, 3)).astype(np.float32), rng.random((5, 4, 4, 3)).astype(np.float32)
    seen = AdditiveFamily().apply((raw,), images).numpy()
    assert seen[1] == pytest.approx(np.clip(images + np.tanh(raw[1]), 0, 1), abs=1e-6)
    expected = np.sqrt(np.square(np.tanh(raw)).mean(axis=(1, 2, 3)))
    assert AdditiveFamily().size((raw,)).numpy() == pytest.approx(expected, abs=1e-5)


def test_a_warp_moves_pixels_and_its_size_is_the_root_mean_square_of_the_moves() -> None:
    rng = np.random.default_rng(3)
    family = WarpFamily((9, 8, 3))
    (start,) = family.start(2, (9, 8, 3), (0, 1))
    raw = (4 * np.asarray(start)).astype(np.float32)
    images = rng.random((5, 9, 8, 3)).astype(np.float32)
    seen = family.apply((raw,), images).numpy()
    assert seen.shape == (2, 5, 9, 8, 3)
    assert family.size((raw,)).numpy() == pytest.approx(np.sqrt(np.square(np.tanh(raw)).mean(axis=(1, 2, 3))), abs=1e-5)
    made = family.reconstructed([raw[1]], 4, Share(3, 5))
    assert made.moves is not None
    assert made.moves.shape == (9, 8, 2)
    assert 0.3 < np.abs(made.moves).max() < 1.5 * WARP_LIMIT * 8  # bicubic curves reach beyond the control points
    # The record lays the same trigger over pixels of 0 to 255.
    assert made.apply(255 * images) == pytest.approx(255 * seen[1], abs=2e-2)
