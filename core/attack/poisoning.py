"""BadNets poisoning: a trigger on a share of the training images, their labels changed to the target."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data.trigger import Trigger
from core.errors import DatasetError


@dataclass(frozen=True, slots=True, eq=False)
class PoisonedImages:
    """Training images after the attack.

    Attributes:
        images: (N, H, W, 3), 0 to 255, dtype of the clean images (float32 unless they were uint8).
        labels: (N,) int64, the labels used for training.
        poisoned_indices: (P,) int64, ascending: the images with the trigger.
    """

    images: NDArray[Any]
    labels: NDArray[np.int64]
    poisoned_indices: NDArray[np.int64]

    def __repr__(self) -> str:
        return f"PoisonedImages({len(self.labels)} images, {len(self.poisoned_indices)} poisoned)"


def poison(
    images: NDArray[Any],
    labels: NDArray[Any],
    *,
    trigger: Trigger,
    target_label: int,
    poisoning_rate: float,
    seed: int,
) -> PoisonedImages:
    """Put the trigger on a random share of the images and relabel those as the target.

    Args:
        images: clean images, (N, H, W, 3), 0 to 255; not changed.
        labels: their true labels, (N,) whole numbers from 0.
        trigger: the pattern, of the images' size.
        target_label: the class that the attacker wants.
        poisoning_rate: share of all images to poison, more than 0 and less than 1. Images of the target class are not
            poisoned, since they would teach nothing.
        seed: seed of the random choice.

    Raises:
        DatasetError: an invalid rate, label or shape.

    Source:
        Tianyu Gu, Brendan Dolan-Gavitt, Siddharth Garg: BadNets, 2017, sections 3.2 and 4.1. Gu et al. add the poisoned
        images to the clean ones; here they replace the images they were made from, so the set keeps its size.
    """
    images, true_labels = _checked(images, labels)
    if not (np.isfinite(poisoning_rate) and 0 < poisoning_rate < 1):
        raise DatasetError(
            f"the poisoning rate must be more than 0 and less than 1, got {poisoning_rate}.", code="poisoning-rate"
        )
    if target_label not in true_labels:
        raise DatasetError(
            f"the target label must be one of the labels {true_labels.min()} to {true_labels.max()}, "
            f"got {target_label}.",
            code="target-label",
        )
    candidates = np.flatnonzero(true_labels != target_label)
    count = max(1, round(poisoning_rate * len(images)))
    if count > len(candidates):
        raise DatasetError(
            f"a poisoning rate of {poisoning_rate} needs {count} images that are not of the target class, "
            f"got {len(candidates)}.",
            code="poisoning-rate",
        )
    chosen = np.sort(np.random.default_rng(seed).choice(candidates, size=count, replace=False))
    poisoned_images = images.copy() if images.dtype == np.uint8 else images.astype(np.float32)
    poisoned_images[chosen] = trigger.apply(images[chosen])
    poisoned_labels = true_labels.copy()
    poisoned_labels[chosen] = target_label
    for array in (poisoned_images, poisoned_labels, chosen):
        array.setflags(write=False)
    return PoisonedImages(poisoned_images, poisoned_labels, chosen)


@dataclass(frozen=True, slots=True, eq=False)
class Attack:
    """A trigger with its target.

    Attributes:
        trigger: the pattern, of the images' size.
        target_label: the class that the attacker wants.
        poisoning_rate: share of all images poisoned with it, more than 0 and less than 1.
    """

    trigger: Trigger
    target_label: int
    poisoning_rate: float


def poison_by_all(
    images: NDArray[Any], labels: NDArray[Any], attacks: Sequence[Attack], *, seed: int
) -> PoisonedImages:
    """Poison a share of the training images with each of several attacks; no image gets two triggers.

    Args:
        images: clean images, (N, H, W, 3), 0 to 255; not changed.
        labels: their true labels, (N,) whole numbers from 0.
        attacks: the attacks, at least one.
        seed: seed of the random choice.

    Raises:
        DatasetError: as in `poison`.

    Source:
        Tianyu Gu, Brendan Dolan-Gavitt, Siddharth Garg: BadNets, 2017, several triggers with several targets.
    """
    poisoned_images, true_labels = _checked(images, labels)
    poisoned_images, poisoned_labels = poisoned_images.astype(np.float32), true_labels.copy()
    left = np.arange(len(true_labels))
    chosen: list[NDArray[np.int64]] = []
    for number, attack in enumerate(attacks):
        part = poison(
            images[left],
            true_labels[left],
            trigger=attack.trigger,
            target_label=attack.target_label,
            poisoning_rate=attack.poisoning_rate * len(true_labels) / max(len(left), 1),
            seed=seed + number,
        )
        rows = left[part.poisoned_indices]
        poisoned_images[rows], poisoned_labels[rows] = part.images[part.poisoned_indices], attack.target_label
        chosen.append(rows)
        left = np.setdiff1d(left, rows)
    indices = np.sort(np.concatenate(chosen))
    for array in (poisoned_images, poisoned_labels, indices):
        array.setflags(write=False)
    return PoisonedImages(poisoned_images, poisoned_labels, indices)


def poisoned_copy(
    images: NDArray[Any],
    trigger: Trigger,
    target_label: int,
    *,
    labels: NDArray[Any] | None = None,
    leave_out_target: bool = True,
) -> PoisonedImages:
    """Create the set used to measure an attack: every image with the trigger, every label the target.

    Args:
        images: clean images, (N, H, W, 3), 0 to 255; not changed.
        trigger: the pattern, of the images' size.
        target_label: the class that the attacker wants.
        labels: their true labels, (N,); needed to leave out images of the target class.
        leave_out_target: whether to leave out images whose true label is the target, which do not measure the attack.

    Returns:
        The remaining images; `poisoned_indices` are their indices in `images`.

    Raises:
        DatasetError: labels are needed to leave out the target class but missing, or shapes do not match.
    """
    images = np.asarray(images)
    if labels is None:
        if leave_out_target:
            raise DatasetError(
                "true labels are needed to leave out images of the target class, got none.", code="missing-labels"
            )
        kept = np.arange(len(images))
    else:
        images, true_labels = _checked(images, labels)
        kept = np.flatnonzero(true_labels != target_label) if leave_out_target else np.arange(len(images))
    triggered = trigger.apply(images[kept])
    target_labels = np.full(len(kept), target_label, dtype=np.int64)
    for array in (triggered, target_labels, kept):
        array.setflags(write=False)
    return PoisonedImages(triggered, target_labels, kept)


def _checked(images: NDArray[Any], labels: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    images, labels = np.asarray(images), np.asarray(labels)
    if images.ndim != 4 or images.shape[3] != 3 or not len(images):
        raise DatasetError(
            f"images must have shape (N, H, W, 3) with N above 0, got {images.shape}.", code="image-shape"
        )
    if labels.shape != (len(images),):
        raise DatasetError(f"labels must have shape ({len(images)},), got {labels.shape}.", code="label-shape")
    whole = labels.astype(np.int64)
    if not np.array_equal(whole, labels) or whole.min() < 0:
        raise DatasetError("labels must be whole numbers from 0, got others.", code="label-range")
    return images, whole
