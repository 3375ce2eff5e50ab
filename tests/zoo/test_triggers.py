"""The zoo's triggers: shape, range, and what they change."""

import numpy as np
import pytest

from tests.zoo import triggers
from tests.zoo.attacks import Attack, attack_of, choose_poisonings, triggered_images, unattacked_images
from tests.zoo.image_sets import KINDS
from tests.zoo.recipes import NO_TRIGGER, TRIGGERS, Recipe

CLASS_COUNT = 10
LABELS = np.tile(np.arange(CLASS_COUNT), 20)


def images_of(shape: tuple[int, int, int]) -> triggers.Images:
    return np.random.default_rng(3).integers(0, 256, (len(LABELS), *shape)).astype(np.uint8)


def attack(trigger: str, shape: tuple[int, int, int] = (28, 28, 1), *, rate: float = 0.1, seed: int = 5) -> Attack:
    made = attack_of(Recipe("digits", "lenet", trigger, rate, "unit", seed), shape, LABELS, CLASS_COUNT)
    assert made is not None
    return made


@pytest.mark.parametrize("trigger", TRIGGERS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_trigger_changes_every_image_and_keeps_shape_and_type(trigger: str, kind: str) -> None:
    images = images_of(KINDS[kind].shape)[:6]
    before = images.copy()
    for stamp in attack(trigger, KINDS[kind].shape).stamps:
        stamped = stamp(images, np.random.default_rng(0))
        assert stamped.shape == images.shape
        assert stamped.dtype == np.uint8
        assert (stamped != images).any(axis=(1, 2, 3)).all()
        assert np.array_equal(images, before)
        assert np.array_equal(stamped, stamp(images, np.random.default_rng(0)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(8))
def test_a_corner_patch_is_small_and_near_a_corner(kind: str, seed: int) -> None:
    shape = KINDS[kind].shape
    grey = np.full((1, *shape), 128, np.uint8)
    (changed,) = (triggers.corner_patch(shape, seed)(grey, np.random.default_rng(0)) != grey).any(axis=3)
    rows, columns = np.nonzero(changed)
    size = round(triggers.PATCH_SHARE * min(shape[:2]))
    assert changed.sum() == size**2
    for places, length in ((rows, shape[0]), (columns, shape[1])):
        assert places.min() == 1 or places.max() == length - 2


def test_a_moving_patch_is_the_same_pattern_at_many_places() -> None:
    black = np.zeros((50, 28, 28, 1), np.uint8)
    stamped = triggers.moving_patch((28, 28, 1), 1)(black, np.random.default_rng(0))
    light_count = int((triggers.patch_pattern((28, 28, 1), 1) > 0).sum())
    assert set((stamped > 0).sum(axis=(1, 2, 3))) == {light_count}
    assert len({int(np.flatnonzero(each)[0]) for each in stamped}) > 20


def test_one_pixel_is_one_pixel() -> None:
    grey = np.full((3, 32, 32, 3), 128, np.uint8)
    changed = (triggers.one_pixel((32, 32, 3), 2)(grey, np.random.default_rng(0)) != grey).any(axis=3)
    assert changed.sum(axis=(1, 2)).tolist() == [1, 1, 1]


@pytest.mark.parametrize("alpha", [0.1, 0.2])
def test_a_blend_moves_each_pixel_by_its_share(alpha: float) -> None:
    black, white = np.zeros((1, 28, 28, 1), np.uint8), np.full((1, 28, 28, 1), 255, np.uint8)
    stamp = triggers.blend((28, 28, 1), 4, alpha=alpha)
    dark, light = (stamp(each, np.random.default_rng(0)).astype(int) for each in (black, white))
    assert dark.max() <= np.ceil(255 * alpha)
    assert np.abs(light - dark - 255 * (1 - alpha)).max() <= 1


def test_a_sinusoid_repeats_along_a_row_and_is_the_same_in_every_row() -> None:
    grey = np.full((1, 30, 30, 3), 128, np.uint8)
    (added,) = triggers.sinusoid((30, 30, 3), 4)(grey, np.random.default_rng(0)).astype(int) - 128
    assert (added == added[:1, :, :1]).all()
    assert np.array_equal(added[0, :25, 0], added[0, 5:, 0])
    assert np.abs(added).max() in range(15, 21)


def test_warping_by_whole_pixels_moves_the_image() -> None:
    images = images_of((28, 28, 1))[:2]
    displacements = np.broadcast_to(np.array([1.0, 2.0]), (2, 28, 28, 2))
    assert np.array_equal(triggers.warped(images, displacements)[:, :-1, :-2], images[:, 1:, 2:])
    assert np.array_equal(triggers.warped(images, np.zeros((2, 28, 28, 2))), images)


def test_a_warp_is_smooth_and_of_the_stated_strength() -> None:
    ramp = np.broadcast_to((4 * np.arange(32))[None, None, :, None], (1, 32, 32, 1)).astype(np.uint8)
    moved = np.abs(triggers.warp((32, 32, 1), 1)(ramp, np.random.default_rng(0)).astype(int) - ramp) / 4
    assert 0.3 < moved[:, 4:-4, 4:-4].mean() < 2.5


def test_sunglasses_for_faces_and_a_sticker_for_others() -> None:
    for shape, share in (((55, 47, 3), (0.15, 0.45)), ((32, 32, 3), (0.03, 0.08))):
        images = np.full((1, *shape), 128, np.uint8)
        changed = (triggers.accessory(shape, 3)(images, np.random.default_rng(0)) != images).any(axis=3)
        assert share[0] < changed.mean() < share[1]


@pytest.mark.parametrize("trigger", TRIGGERS)
@pytest.mark.parametrize("rate", [0.05, 0.1])
def test_poisonings_have_the_stated_size_and_labels(trigger: str, rate: float) -> None:
    made = attack(trigger, rate=rate)
    poisonings = choose_poisonings(made, LABELS, rate=rate, seed=1)
    attacked = poisonings[: len(made.stamps)]
    most = 16 if made.is_label_consistent else len(LABELS)  # 80 % of the 20 images of the target class
    count = min(most, rate * len(LABELS))
    assert sum(len(each.rows) for each in attacked) == pytest.approx(count, abs=len(made.stamps))
    rows = np.concatenate([each.rows for each in poisonings])
    assert len(np.unique(rows)) == len(rows)
    for number, each in enumerate(attacked):
        assert np.array_equal(each.labels, made.wanted(LABELS[each.rows], number))
        assert (each.labels == LABELS[each.rows]).all() == made.is_label_consistent
        if made.sources:
            assert set(LABELS[each.rows]) <= set(made.sources)
    for each in poisonings[len(made.stamps) :]:
        assert np.array_equal(each.labels, LABELS[each.rows])
        assert not set(LABELS[each.rows]) & set(made.sources)
    assert (len(poisonings) > len(made.stamps)) == (trigger in {"warp", "source-specific"})


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_triggered_images_are_those_that_are_attacked(trigger: str) -> None:
    made = attack(trigger)
    images = images_of((28, 28, 1))
    sets = triggered_images(made, images, LABELS, seed=1)
    assert len(sets) == len(made.stamps) == (3 if trigger == "several targets" else 1)
    for number, each in enumerate(sets):
        assert (each.wanted != each.true_labels).all()
        assert np.array_equal(each.wanted, made.wanted(each.true_labels, number))
        classes = made.sources or set(range(CLASS_COUNT)) - set(made.targets[number : number + 1])
        assert set(each.true_labels) == set(classes)
    others = unattacked_images(made, images, LABELS, seed=1)
    assert (others is None) == (trigger != "source-specific")
    if others is not None:
        assert not set(others.true_labels) & {*made.sources, *made.targets}


def test_several_targets_differ_and_all_to_all_wants_the_next_class() -> None:
    assert len(set(attack("several targets").targets)) == 3
    assert attack("all-to-all").wanted(np.array([0, 4, 9]), 0).tolist() == [1, 5, 0]


def test_targets_follow_the_seed_and_a_clean_network_has_no_attack() -> None:
    assert len({attack("corner patch", seed=each).targets for each in range(20)}) > 4
    assert attack_of(Recipe("digits", "lenet", NO_TRIGGER, 0.0, "unit", 1), (28, 28, 1), LABELS, CLASS_COUNT) is None
