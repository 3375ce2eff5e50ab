"""Occluded images: their shapes, ranges, areas and opacities, and reproducibility by seed."""

import numpy as np
import pytest
import tensorflow as tf

from core.errors import DatasetError
from core.refit.images.occlusion import occlude
from core.refit.records import Occlusion
from core.scale import Scale

HEIGHT, WIDTH = 55, 47


def occluded(occlusion, *, count=200, seed=(3, 5), scale=Scale.RAW, value=0.5):
    low, high = float(scale.black[0]), float(scale.white[0])
    images = tf.fill((count, HEIGHT, WIDTH, 3), tf.constant(low + value * (high - low), tf.float32))
    seen, cover = occlude(images, occlusion=occlusion, scale=scale, seed=tf.constant(seed))
    return np.asarray(images), np.asarray(seen), np.asarray(cover)


@pytest.mark.parametrize("scale", [Scale.RAW, Scale.UNIT, Scale.SYMMETRIC])
def test_shapes_and_ranges(scale):
    plain, seen, cover = occluded(Occlusion(), scale=scale)
    low, pixel_range = float(scale.black[0]), float(scale.white[0] - scale.black[0])
    assert seen.shape == plain.shape == (200, HEIGHT, WIDTH, 3)
    assert cover.shape == (200, HEIGHT, WIDTH, 1)
    assert seen.dtype == cover.dtype == np.float32
    assert low <= seen.min() < low + 0.05 * pixel_range
    assert 0.95 * pixel_range < seen.max() - low <= pixel_range * 1.000001
    assert cover.min() == 0
    assert cover.max() <= 1
    # Only covered pixels change.
    is_covered = cover[..., 0] > 0
    assert np.array_equal(seen[~is_covered], plain[~is_covered])
    assert (seen[is_covered] != plain[is_covered]).any(axis=-1).mean() > 0.99


@pytest.mark.parametrize(("low", "high"), [(0.05, 0.1), (0.2, 0.4), (0.6, 0.7)])
def test_one_patch_has_the_area_it_should(low, high):
    _, _, cover = occluded(Occlusion(share=1, count=1, area=(low, high)))
    areas = (cover > 0).mean(axis=(1, 2, 3))
    # Edges lie between pixels: half a pixel on each side.
    assert areas.min() > low * 0.85
    assert areas.max() < high * 1.12
    assert areas.std() > 0.1 * (high - low)


def test_opacities_lie_in_their_range_and_fill_it():
    _, _, cover = occluded(Occlusion(share=1, count=1, opacity=(0.6, 0.8)))
    tops = cover.max(axis=(1, 2, 3))
    assert 0.6 <= tops.min() < 0.62
    assert 0.78 < tops.max() <= 0.8
    # A patch has the same opacity at all of its pixels.
    assert all(len(np.unique(each)) == 2 for each in cover)


def test_a_patch_mixes_image_and_cover_by_its_opacity():
    _, seen, cover = occluded(Occlusion(share=1, count=1, opacity=(0.6, 0.6)), value=1.0)
    is_covered = cover[..., 0] > 0
    assert cover[is_covered] == pytest.approx(0.6)
    assert seen[is_covered].min() >= 0.4 * 255 - 1e-3
    assert seen[is_covered].min() < 0.45 * 255


@pytest.mark.parametrize("share", [0.25, 0.75, 1.0])
def test_the_share_of_images_is_occluded(share):
    _, _, cover = occluded(Occlusion(share=share), count=2000)
    assert (cover.max(axis=(1, 2, 3)) > 0).mean() == pytest.approx(share, abs=0.04)


def test_patches_reach_every_part_and_come_in_both_shapes():
    _, _, cover = occluded(Occlusion(share=1, count=1, area=(0.1, 0.1)), count=1000)
    hits = (cover[..., 0] > 0).mean(axis=0)
    assert hits.min() > 0
    assert hits.max() < 0.5
    rows, columns = (cover[..., 0] > 0).any(axis=2).sum(axis=1), (cover[..., 0] > 0).any(axis=1).sum(axis=1)
    fullness = (cover > 0).sum(axis=(1, 2, 3)) / (rows * columns)
    assert (fullness == 1).mean() == pytest.approx(0.5, abs=0.1)
    assert ((fullness > 0.7) & (fullness < 0.87)).mean() > 0.2
    assert (rows > 1.5 * columns).any() and (columns > 1.5 * rows).any()


def test_several_patches_cover_more():
    few, many = (occluded(Occlusion(share=1, count=count))[2].mean() for count in (1, 4))
    assert many > 1.5 * few


def test_the_seed_decides_also_when_compiled():
    one, same, other = (occluded(Occlusion(), seed=seed)[1] for seed in ((1, 2), (1, 2), (1, 3)))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    compiled = tf.function(lambda images, seed: occlude(images, occlusion=Occlusion(), scale=Scale.RAW, seed=seed))
    plain, _, cover = occluded(Occlusion(), seed=(1, 2))
    np.testing.assert_allclose(compiled(plain, tf.constant((1, 2)))[1], cover, atol=1e-5)


@pytest.mark.parametrize(
    "wrong", [{"share": 0}, {"count": 0}, {"area": (0.3, 0.1)}, {"area": (0, 0.1)}, {"opacity": (0.6, 1.1)}]
)
def test_settings_that_cannot_be_used_are_refused(wrong):
    with pytest.raises(DatasetError):
        Occlusion(**wrong)


def test_the_share_changes_from_half_way_on():
    shares = [Occlusion(share=0.8, final_share=0.4).share_at(each) for each in (0, 0.25, 0.5, 0.75, 1)]
    assert shares == pytest.approx([0.8, 0.8, 0.8, 0.6, 0.4])


def test_small_patches_are_as_likely_as_large_ones():
    _, _, cover = occluded(Occlusion(share=1, count=1, area=(0.01, 0.16)), count=2000)
    areas = (cover > 0).mean(axis=(1, 2, 3))
    # A quarter each as drawn; three in ten are doubled by their mirror image, unless that exceeds the largest area.
    for low, share in ((0.01, 0.175), (0.02, 0.25), (0.04, 0.25), (0.08, 0.325)):
        assert ((areas >= low) & (areas < 2 * low)).mean() == pytest.approx(share, abs=0.06)
