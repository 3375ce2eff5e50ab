"""Corruptions: each image one kind, in its range, and the same whatever the network reads for a pixel."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from core.errors import DatasetError
from core.refit.images.corruption import corrupt
from core.refit.records import Corruption
from core.scale import Scale

COUNT, SHAPE = 40, (20, 16, 3)
KINDS = ("patches", "blends", "waves", "warps", "colours")
NOTHING = dict.fromkeys(KINDS, 0.0)
STANDARDIZED = Scale("standardized", (120.0, 110.0, 100.0), (60.0, 50.0, 70.0))


def unit_images() -> NDArray[np.float32]:
    """Return smooth images in [0, 1]."""
    rng = np.random.default_rng(2)
    return np.asarray(tf.image.resize(rng.uniform(0.1, 0.9, (COUNT, 5, 4, 3)), SHAPE[:2]), np.float32)


def corrupted(corruption: Corruption, *, scale: Scale = Scale.UNIT, seed: tuple[int, int] = (3, 5)) -> Any:
    """Return plain and corrupted images, both in [0, 1]."""
    plain, low, high = unit_images(), scale.black, scale.white
    seen = corrupt(tf.constant(plain * (high - low) + low), corruption=corruption, scale=scale, seed=tf.constant(seed))
    assert seen.shape == plain.shape and seen.dtype == tf.float32
    return plain, (np.asarray(seen) - low) / (high - low)


def changes(plain: NDArray[np.float32], seen: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the largest change of each image."""
    return np.asarray(np.abs(seen - plain).max(axis=(1, 2, 3)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_changes_its_own_share_of_the_images_and_no_others(kind: str) -> None:
    plain, seen = corrupted(Corruption(**{**NOTHING, kind: 0.25}))
    largest = changes(plain, seen)
    assert (largest[:10] > 0.004).all()
    assert (largest[10:] < 1e-6).all()
    assert seen.min() >= 0 and seen.max() <= 1 + 1e-6


def test_the_kinds_follow_each_other_and_the_rest_stays_plain() -> None:
    plain, seen = corrupted(Corruption(patches=0.2, blends=0.2, waves=0.2, warps=0.2, colours=0.1))
    largest = changes(plain, seen)
    assert (largest[:36] > 0.004).all() and (largest[36:] < 1e-6).all()


@pytest.mark.parametrize("count", [1, 2, 8])
def test_in_small_batches_every_kind_takes_its_turn(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each kind is made to mark its images; on average each gets its share."""
    marks = dict(zip(KINDS, (0.1, 0.3, 0.5, 0.7, 0.9), strict=True))
    for kind, mark in marks.items():
        monkeypatch.setattr(f"{corrupt.__module__}._{kind}", lambda images, *_, mark=mark: tf.ones_like(images) * mark)
    plain = tf.zeros((count, *SHAPE))
    batches = [
        np.asarray(corrupt(plain, corruption=Corruption(), scale=Scale.UNIT, seed=tf.constant((seed, 1))))[:, 0, 0, 0]
        for seed in range(400 // count)
    ]
    seen = np.concatenate(batches)
    shares = {kind: float(np.isclose(seen, mark).mean()) for kind, mark in marks.items()}
    assert min(shares.values()) > 0
    assert 0.05 < np.isclose(seen, 0).mean() < 0.6
    assert shares["patches"] == max(shares.values())


def test_a_few_blends_take_turns_too() -> None:
    """Noise that is enlarged is smoother than fine noise; a single image has no other one to be blended with."""
    plain = tf.fill((1, *SHAPE), 0.5)
    layers = []
    for seed in range(40):
        corruption = Corruption(**{**NOTHING, "blends": 1.0}, opacity=(1.0, 1.0))
        seen = np.asarray(corrupt(plain, corruption=corruption, scale=Scale.UNIT, seed=tf.constant((seed, 1))))[0]
        assert np.abs(seen - 0.5).max() > 0.1
        layers.append(float(np.abs(np.diff(seen, axis=1)).mean()))
    assert min(layers) < 0.1 < 0.25 < max(layers)


@pytest.mark.parametrize("scale", [Scale.RAW, Scale.SYMMETRIC, STANDARDIZED])
def test_it_is_the_same_whatever_the_network_reads_for_a_pixel(scale: Scale) -> None:
    _, unit = corrupted(Corruption())
    _, other = corrupted(Corruption(), scale=scale)
    assert np.abs(unit - other).max() < 1e-3


def test_the_seed_decides() -> None:
    _, one = corrupted(Corruption())
    _, same = corrupted(Corruption())
    _, other = corrupted(Corruption(), seed=(3, 6))
    assert np.array_equal(one, same)
    assert (changes(one, other)[:20] > 0.004).mean() > 0.9


def test_a_blend_moves_each_image_by_its_opacity() -> None:
    plain, seen = corrupted(Corruption(**{**NOTHING, "blends": 1.0}, opacity=(0.2, 0.2)))
    layer = (seen - 0.8 * plain) / 0.2
    assert layer.min() > -1e-4 and layer.max() < 1 + 1e-4
    # The first quarter is fine noise, the last another image of the batch.
    assert layer[:10].std() > 0.25
    others = np.abs(layer[30:, None] - plain[None]).max(axis=(2, 3, 4))
    assert (others.min(axis=1) < 1e-4).all()


def test_a_wave_is_no_larger_than_its_amplitude_and_the_same_in_all_channels() -> None:
    plain, seen = corrupted(Corruption(**{**NOTHING, "waves": 1.0}, amplitude=(0.05, 0.05)))
    difference = seen - plain
    assert 0.045 < np.abs(difference).max() < 0.0501
    assert np.abs(difference - difference[..., :1]).max() < 1e-5


def test_a_warp_keeps_a_plain_image_and_moves_no_further_than_it_may() -> None:
    settings = Corruption(**{**NOTHING, "warps": 1.0}, displacement=(0.1, 0.1))
    ramp = np.broadcast_to(np.arange(20, dtype=np.float32)[None, :, None, None] / 20, (8, 20, 16, 1))
    seen = np.asarray(corrupt(tf.constant(ramp), corruption=settings, scale=Scale.UNIT, seed=tf.constant((1, 2))))
    # A row is 1/20 brighter than the one above it, and no pixel moves by more than two rows.
    assert 0.02 < np.abs(seen - ramp).max() <= 2 / 20 + 1e-5
    still = tf.fill((8, 20, 16, 1), 0.25)
    assert np.asarray(corrupt(still, corruption=settings, scale=Scale.UNIT, seed=tf.constant((1, 2)))) == pytest.approx(
        0.25, abs=1e-6
    )


@pytest.mark.parametrize(
    "words", [{"patches": 0.9, "blends": 0.2}, {"waves": -0.1}, {"opacity": (0.0, 0.1)}, {"amplitude": (0.3, 0.1)}]
)
def test_settings_out_of_range_are_refused(words: dict[str, Any]) -> None:
    with pytest.raises(DatasetError):
        Corruption(**words)
