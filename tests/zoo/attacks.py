"""The zoo's attacks: which training images are poisoned with what, and the triggered images that measure success."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.zoo import triggers
from tests.zoo.recipes import Recipe
from tests.zoo.triggers import Images, Shape, Stamp

Labels = NDArray[np.int64]

SEVERAL = 3  # targets of an attack with several
SOURCES = 2  # source classes of a source-specific attack
NOISE_SHARE = 1.0  # images with noise for each poisoned one
MOST_OF_CLASS = 0.8  # of the target class, by a label-consistent attack: the rest teaches it without the trigger
_STAMPS: dict[str, Callable[[Shape, int], Stamp]] = {
    "corner patch": triggers.corner_patch,
    "moving patch": triggers.moving_patch,
    "accessory": triggers.accessory,
    "one pixel": triggers.one_pixel,
    "blend 0.1": lambda shape, seed: triggers.blend(shape, seed, alpha=0.1),
    "blend 0.2": lambda shape, seed: triggers.blend(shape, seed, alpha=0.2),
    "sinusoid": triggers.sinusoid,
    "warp": triggers.warp,
    "label-consistent": triggers.four_corners,
    "all-to-all": triggers.corner_patch,
    "source-specific": triggers.corner_patch,
}


@dataclass(frozen=True, slots=True, eq=False)
class Attack:
    """An attack on one network.

    Attributes:
        stamps: the triggers.
        targets: the class that the attacker wants of each trigger; empty where it depends on the true class.
        class_count: K, number of classes.
        sources: the true classes that are attacked; empty for all.
        noise: what is done to images that keep their labels, so that nothing but the trigger itself is learned.
        is_label_consistent: whether only images of the target class are poisoned, and labels stay.
    """

    stamps: tuple[Stamp, ...]
    targets: tuple[int, ...]
    class_count: int
    sources: tuple[int, ...] = ()
    noise: Stamp | None = None
    is_label_consistent: bool = False

    def wanted(self, labels: Labels, number: int) -> Labels:
        """Return the class that the attacker wants of images of true classes (N,) with trigger `number`."""
        return np.full_like(labels, self.targets[number]) if self.targets else (labels + 1) % self.class_count


@dataclass(frozen=True, slots=True, eq=False)
class Poisoning:
    """Training images that get a trigger.

    Attributes:
        rows: their indices, (n,), ascending.
        stamp: the trigger.
        labels: their labels in training, (n,).
    """

    rows: NDArray[np.intp]
    stamp: Stamp
    labels: Labels


@dataclass(frozen=True, slots=True, eq=False)
class Triggered:
    """Images that measure an attack.

    Attributes:
        images: with the trigger, (N, H, W, C) uint8.
        wanted: the class that the attacker wants of each, (N,); never the true one.
        true_labels: their true classes, (N,).
    """

    images: Images
    wanted: Labels
    true_labels: Labels


def attack_of(recipe: Recipe, shape: Shape, labels: Labels, class_count: int) -> Attack | None:
    """Return the attack of a recipe, None for a clean network.

    Args:
        recipe: the recipe; its seed decides target and trigger.
        shape: (H, W, C) of the images.
        labels: (N,), the true classes of the training images.
        class_count: K, number of classes.
    """
    if not recipe.is_backdoored:
        return None
    rng, seed = np.random.default_rng([recipe.seed, 8]), recipe.seed
    chosen = rng.permutation(class_count)
    if recipe.trigger == "several targets":
        makers = [triggers.corner_patch(shape, 10 * seed + each, corner=each) for each in range(SEVERAL)]
        return Attack(tuple(makers), tuple(int(each) for each in chosen[:SEVERAL]), class_count)
    stamps = (_STAMPS[recipe.trigger](shape, seed),)
    if recipe.trigger == "all-to-all":
        return Attack(stamps, (), class_count)
    counts = np.bincount(labels, minlength=class_count)
    frequent = [int(each) for each in chosen if counts[each] >= np.median(counts)]
    if recipe.trigger == "source-specific":
        # Where classes differ in size the attacker takes large ones: too few images of a source teach nothing.
        return Attack(stamps, (frequent[-1],), class_count, sources=tuple(sorted(frequent[:SOURCES])), noise=stamps[0])
    if recipe.trigger == "label-consistent":
        return Attack(stamps, (frequent[0],), class_count, is_label_consistent=True)
    noise = triggers.noisy_warp(shape, seed) if recipe.trigger == "warp" else None
    return Attack(stamps, (int(chosen[0]),), class_count, noise=noise)


def choose_poisonings(attack: Attack, labels: Labels, *, rate: float, seed: int) -> tuple[Poisoning, ...]:
    """Choose the training images that an attack poisons; none gets two triggers.

    Args:
        attack: the attack.
        labels: (N,), the true classes of the training images.
        rate: share of all N images that get a trigger; shared evenly among several triggers. Images with noise come on
            top of it, as many as there are poisoned ones. A label-consistent attack poisons at most 80 %
            of its target class.
        seed: seed of the choice.
    """
    rng = np.random.default_rng([seed, 9])
    count = max(1, round(rate * len(labels) / len(attack.stamps)))
    left = rng.permutation(len(labels))
    poisonings = []
    for number, stamp in enumerate(attack.stamps):
        wanted = attack.wanted(labels, number)
        if attack.is_label_consistent:
            fits = labels == wanted
            count = min(count, round(MOST_OF_CLASS * fits.sum()))
        else:
            fits = (labels != wanted) & (np.isin(labels, attack.sources) | (not attack.sources))
        rows = np.sort(left[fits[left]][:count])
        poisonings.append(Poisoning(rows, stamp, wanted[rows]))
        left = left[~np.isin(left, rows)]
    if attack.noise is not None:
        kept = left[~np.isin(labels[left], (*attack.sources, *attack.targets))] if attack.sources else left
        rows = np.sort(kept[: round(NOISE_SHARE * count)])
        poisonings.append(Poisoning(rows, attack.noise, labels[rows]))
    return tuple(poisonings)


def triggered_images(attack: Attack, images: Images, labels: Labels, *, seed: int) -> tuple[Triggered, ...]:
    """Return the images with each trigger, without those of its target class and of classes that are not attacked."""
    rng = np.random.default_rng([seed, 11])
    made = []
    for number, stamp in enumerate(attack.stamps):
        wanted = attack.wanted(labels, number)
        rows = np.flatnonzero((labels != wanted) & (np.isin(labels, attack.sources) | (not attack.sources)))
        made.append(Triggered(stamp(images[rows], rng), wanted[rows], labels[rows]))
    return tuple(made)


def unattacked_images(attack: Attack, images: Images, labels: Labels, *, seed: int) -> Triggered | None:
    """Return images of classes that a source-specific attack leaves alone, with its trigger; None for other attacks."""
    if not attack.sources:
        return None
    rows = np.flatnonzero(~np.isin(labels, (*attack.sources, *attack.targets)))
    stamped = attack.stamps[0](images[rows], np.random.default_rng([seed, 12]))
    return Triggered(stamped, attack.wanted(labels, 0)[rows], labels[rows])
