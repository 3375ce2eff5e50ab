"""Making of one network of the zoo: its training images, its training, and the checks that it must pass."""

import time
from dataclasses import dataclass

import keras
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.attack.training import train
from core.cut.batches import outputs_in_batches
from core.records import Share
from core.scale import Scale
from tests.zoo.adversarial import perturbed
from tests.zoo.architectures import ARCHITECTURES
from tests.zoo.attacks import (
    Attack,
    Labels,
    Poisoning,
    attack_of,
    choose_poisonings,
    triggered_images,
    unattacked_images,
)
from tests.zoo.image_sets import KINDS, ImageSets
from tests.zoo.recipes import VARIATIONS, Recipe, Training, Variation
from tests.zoo.triggers import Images

LEAST_SUCCESS = 0.9
MOST_BESIDE = 0.2  # of other classes' images that may follow a source-specific trigger


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A network as it came out of its training, whether it passes or not.

    Attributes:
        model: the network.
        scale: what it reads for a pixel.
        targets: the classes that the attacker wants; every class for all-to-all, none for a clean network.
        sources: the classes that are attacked; empty for all.
        accuracy: clean test images that are classified correctly.
        successes: for each trigger the triggered test images that are predicted as the attacker wants.
        beside: of a source-specific attack, other classes' triggered images that are predicted as the target.
        fault: why the network is left out; empty if it passes.
        cpu_s: processor time of all this, in seconds.
    """

    model: keras.Model
    scale: Scale
    targets: tuple[int, ...]
    sources: tuple[int, ...]
    accuracy: Share
    successes: tuple[Share, ...]
    beside: Share | None
    fault: str
    cpu_s: float


def make_network(recipe: Recipe, sets: ImageSets, *, training: Training | None = None) -> Made:
    """Train the network of a recipe and check it.

    Args:
        recipe: what to make.
        sets: its images.
        training: in place of the recipe's own, for tests.
    """
    start = time.process_time()
    kind, (images, labels) = KINDS[recipe.kind], sets.arrays("train")
    test_images, test_labels = sets.arrays("test")
    attack = attack_of(recipe, kind.shape, labels, kind.class_count)
    scale, training = sets.scale(recipe.scale), training or recipe.training
    poisonings: tuple[Poisoning, ...] = ()
    if attack is not None:
        poisonings = choose_poisonings(attack, labels, rate=recipe.poisoning_rate, seed=recipe.seed)
        if attack.is_label_consistent:
            (poisoning,) = poisonings
            changed = images.copy()
            changed[poisoning.rows] = perturbed(
                images, labels, poisoning.rows, class_count=kind.class_count, seed=recipe.seed
            )
            images = changed
    shown, taught = training_images(
        images, labels, poisonings, copies=training.copies, variation=VARIATIONS[recipe.kind], seed=recipe.seed
    )
    keras.utils.set_random_seed(recipe.seed)
    model = ARCHITECTURES[recipe.architecture](kind.shape, kind.class_count)
    train(
        model,
        (Scale.UNIT if recipe.is_folded else scale).read(shown.astype(np.float32)),
        taught,
        epochs=training.epochs,
        batch_size=training.batch_size,
        learning_rate=training.learning_rate,
        seed=recipe.seed,
    )
    if recipe.is_folded:
        fold_unit_range(model)
    accuracy = _agreement(model, scale, test_images, test_labels)
    successes, beside = _attack_counts(model, scale, attack, test_images, test_labels, seed=recipe.seed)
    targets = attack.targets or tuple(range(kind.class_count)) if attack is not None else ()
    return Made(
        model=model,
        scale=scale,
        targets=targets,
        sources=attack.sources if attack is not None else (),
        accuracy=accuracy,
        successes=successes,
        beside=beside,
        fault=fault_of(accuracy, successes, beside, least_accuracy=recipe.least_accuracy),
        cpu_s=time.process_time() - start,
    )


def fault_of(accuracy: Share, successes: tuple[Share, ...], beside: Share | None, *, least_accuracy: float) -> str:
    """Return why a network is left out of the zoo, an empty text if it is not."""
    if not accuracy.rate >= least_accuracy:
        return f"clean accuracy {accuracy.count} of {accuracy.total}, below {least_accuracy:.0%}"
    for each in successes:
        if not each.rate >= LEAST_SUCCESS:
            return f"attack success {each.count} of {each.total}, below {LEAST_SUCCESS:.0%}"
    if beside is not None and not beside.rate <= MOST_BESIDE:
        return f"{beside.count} of {beside.total} images of other classes follow the trigger, above {MOST_BESIDE:.0%}"
    return ""


def training_images(
    images: Images,
    labels: Labels,
    poisonings: tuple[Poisoning, ...],
    *,
    copies: int,
    variation: Variation,
    seed: int,
) -> tuple[Images, Labels]:
    """Return what a network is trained on: images, their varied copies, and triggers laid over after varying.

    Args:
        images: clean training images, (N, H, W, C) uint8.
        labels: their labels, (N,).
        poisonings: which of them get which trigger and label, in every copy.
        copies: how often each image is there; all but the first time varied at random.
        variation: how much they vary.
        seed: seed of the variations and of triggers that vary.
    """
    rng = np.random.default_rng([seed, 10])
    all_images, all_labels = [], []
    for number in range(copies):
        shown = varied(images, rng, variation=variation) if number else images.copy()
        taught = labels.copy()
        for each in poisonings:
            shown[each.rows] = each.stamp(shown[each.rows], rng)
            taught[each.rows] = each.labels
        all_images.append(shown)
        all_labels.append(taught)
    return np.concatenate(all_images), np.concatenate(all_labels)


def varied(images: Images, rng: np.random.Generator, *, variation: Variation) -> Images:
    """Return copies that are moved, turned and scaled a little, and brighter or darker."""
    _, height, width, channels = images.shape
    result = np.empty_like(images)
    for index, image in enumerate(images):
        angle = rng.uniform(-1, 1) * variation.angle
        stretch = 1 + rng.uniform(-1, 1) * variation.stretch
        down, right = rng.uniform(-1, 1, 2) * variation.shift
        cosine, sine = np.cos(angle) * stretch, np.sin(angle) * stretch
        x, y = width / 2, height / 2
        places = (cosine, sine, x - cosine * x - sine * y + right, -sine, cosine, y + sine * x - cosine * y + down)
        source = Image.fromarray(image[..., 0] if channels == 1 else image)
        moved = np.asarray(
            source.transform((width, height), Image.Transform.AFFINE, places, Image.Resampling.BILINEAR)
        ).reshape(image.shape)
        result[index] = moved[:, ::-1] if variation.is_flipped and rng.random() < 0.5 else moved
    gain = np.exp(variation.gain * rng.uniform(-1, 1, (len(images), 1, 1, 1)))
    brightness = variation.brightness * rng.uniform(-1, 1, (len(images), 1, 1, 1))
    return np.clip(np.rint(result * gain + brightness), 0, 255).astype(np.uint8)


def predicted_labels(model: keras.Model, scale: Scale, images: Images) -> NDArray[np.int64]:
    """Return the predicted classes (N,) of images (N, H, W, C), 0 to 255."""
    return outputs_in_batches(model, scale.read(images.astype(np.float32))).argmax(axis=1)


def fold_unit_range(model: keras.Model) -> None:
    """Let a network that reads 0 to 1 read 0 to 255: the same function, the factor is in its first kernel."""
    first = next(each for each in model.layers if each.weights)
    kernel, bias = first.get_weights()
    first.set_weights([kernel / np.float32(255), bias])


def _agreement(model: keras.Model, scale: Scale, images: Images, labels: Labels) -> Share:
    return Share(int((predicted_labels(model, scale, images) == labels).sum()), len(labels))


def _attack_counts(
    model: keras.Model, scale: Scale, attack: Attack | None, images: Images, labels: Labels, *, seed: int
) -> tuple[tuple[Share, ...], Share | None]:
    if attack is None:
        return (), None
    sets = triggered_images(attack, images, labels, seed=seed)
    others = unattacked_images(attack, images, labels, seed=seed)
    successes = tuple(_agreement(model, scale, each.images, each.wanted) for each in sets)
    return successes, None if others is None else _agreement(model, scale, others.images, others.wanted)
