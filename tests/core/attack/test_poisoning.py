"""Poisoning changes the requested share of images, and does not change its inputs."""

import numpy as np
import pytest
from numpy.typing import NDArray

from core.attack.poisoning import Attack, poison, poison_by_all, poisoned_copy
from core.data.trigger import Trigger
from core.errors import DatasetError

WHITE_CORNER = np.zeros((4, 4, 4), np.float32)
WHITE_CORNER[3, 3] = (255, 255, 255, 1)
TRIGGER = Trigger("white corner", WHITE_CORNER)


def make_set() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    images = np.random.default_rng(0).integers(0, 250, (40, 4, 4, 3), dtype=np.uint8)
    return images, np.arange(40) % 4


def test_a_share_gets_the_trigger_and_the_target_label() -> None:
    images, labels = make_set()
    before = images.copy(), labels.copy()
    result = poison(images, labels, trigger=TRIGGER, target_label=2, poisoning_rate=0.25, seed=5)
    assert len(result.poisoned_indices) == 10
    assert (labels[result.poisoned_indices] != 2).all()
    assert (result.labels[result.poisoned_indices] == 2).all()
    assert (result.images[result.poisoned_indices, 3, 3] == 255).all()
    others = np.setdiff1d(np.arange(40), result.poisoned_indices)
    np.testing.assert_array_equal(result.images[others], images[others])
    np.testing.assert_array_equal(result.labels[others], labels[others])
    np.testing.assert_array_equal(images, before[0])
    np.testing.assert_array_equal(labels, before[1])
    assert result.images.dtype == np.uint8


def test_the_seed_decides_who_is_poisoned() -> None:
    images, labels = make_set()
    first, same, other = (
        poison(images, labels, trigger=TRIGGER, target_label=0, poisoning_rate=0.3, seed=seed).poisoned_indices
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, same)
    assert not np.array_equal(first, other)


def test_labels_may_be_whole_floats_and_images_other_numbers() -> None:
    images, labels = make_set()
    result = poison(
        images.astype(np.float64),
        labels.astype(np.float64),
        trigger=TRIGGER,
        target_label=1,
        poisoning_rate=0.1,
        seed=0,
    )
    assert result.images.dtype == np.float32
    assert result.labels.dtype == np.int64


@pytest.mark.parametrize("rate", [0, 1, -0.1, 1.5, float("nan"), 0.9])
def test_bad_rates_are_refused(rate: float) -> None:
    images, labels = make_set()
    with pytest.raises(DatasetError, match="poisoning rate"):
        poison(images, labels, trigger=TRIGGER, target_label=1, poisoning_rate=rate, seed=0)


def test_bad_labels_and_shapes_are_refused() -> None:
    images, labels = make_set()

    def attempt(images: NDArray[np.uint8], labels: NDArray[np.generic], target_label: int = 1) -> None:
        poison(images, labels, trigger=TRIGGER, target_label=target_label, poisoning_rate=0.1, seed=0)

    with pytest.raises(DatasetError, match="target label must be one of"):
        attempt(images, labels, 9)
    with pytest.raises(DatasetError, match=r"labels must have shape \(40,\)"):
        attempt(images, labels[:3])
    with pytest.raises(DatasetError, match="whole numbers"):
        attempt(images, labels + 0.5)
    with pytest.raises(DatasetError, match="whole numbers"):
        attempt(images, labels - 1)
    with pytest.raises(DatasetError, match="shape"):
        attempt(images[0], labels)
    with pytest.raises(DatasetError, match=r"must have shape \(N, 4, 4, 3\)"):
        attempt(images[:, :3], labels)


def test_the_set_to_measure_with_leaves_the_target_class_out() -> None:
    images, labels = make_set()
    result = poisoned_copy(images, TRIGGER, 3, labels=labels)
    assert len(result.images) == 30
    assert (result.labels == 3).all()
    assert (labels[result.poisoned_indices] != 3).all()
    np.testing.assert_array_equal(result.images, TRIGGER.apply(images[labels != 3]))
    assert len(poisoned_copy(images, TRIGGER, 3, labels=labels, leave_out_target=False).labels) == 40
    assert len(poisoned_copy(images, TRIGGER, 3, leave_out_target=False).labels) == 40
    with pytest.raises(DatasetError, match="true labels are needed"):
        poisoned_copy(images, TRIGGER, 3)


def test_several_attacks_share_the_images_among_themselves() -> None:
    images, labels = make_set()
    attacks = [Attack(TRIGGER, 1, 0.25), Attack(TRIGGER, 3, 0.1)]
    result = poison_by_all(images, labels, attacks, seed=2)
    changed = {target: np.flatnonzero((result.labels == target) & (labels != target)) for target in (1, 3)}
    assert [len(changed[target]) for target in (1, 3)] == [10, 4]
    both = np.sort(np.concatenate(list(changed.values())))
    np.testing.assert_array_equal(result.poisoned_indices, both)
    np.testing.assert_array_equal(result.images[both], TRIGGER.apply(images[both]))
    others = np.setdiff1d(np.arange(len(labels)), both)
    np.testing.assert_array_equal(result.images[others], images[others])
    np.testing.assert_array_equal(result.labels[others], labels[others])
    again = poison_by_all(images, labels, attacks, seed=2)
    np.testing.assert_array_equal(again.poisoned_indices, result.poisoned_indices)
    with pytest.raises(DatasetError, match="poisoning rate"):
        poison_by_all(images, labels, [Attack(TRIGGER, 1, 0.6), Attack(TRIGGER, 3, 0.6)], seed=0)
