"""Patches that draw a network's answers to one class, found on clean images alone, and the share that still work.

A backdoored network predicts its target on more patterns than the trigger. Of many random patches, those are kept under
which most of several different images get the same wrong answer. The share of (patch, image) pairs for which a repaired
network still gives that answer stands in for the attack success rate, and a defender can measure it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from core.cut.batches import batch_size
from core.data.dataset import Dataset
from core.monitor import Monitor
from core.network.network import FloatArray, Network
from core.records import Share
from core.refit.images.occlusion import occlude
from core.refit.records import Occlusion
from core.scale import Scale
from core.thread_pool import run_aside

STAGE = "Searching patches that fool the network"
TRIED_COUNT = 2000
KEPT_COUNT = 100
IMAGES_PER_PATCH = 12  # images that each patch is tried on
LEAST_FOOLED = 6  # images that a patch must fool to be kept
FOLD = 0x5EED  # separates these patches from those that refitting draws with the same seed
CHUNK = 20  # patches per step: 240 images
MEASURED_COUNT = 100  # largest number of images that a network's rate is measured on

IndexArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class FoolingPatches:
    """Patches, and the class to which each draws the answers.

    Attributes:
        covers: a patch's pixels times its opacity, shape (P, H, W, C), float32, as the network reads them, read-only.
        opacities: shape (P, H, W, 1), float32 in [0, 1], read-only.
        labels: shape (P,), int64 in [0, K), read-only.
    """

    covers: FloatArray
    opacities: FloatArray
    labels: NDArray[np.int64]

    def __post_init__(self) -> None:
        for each in (self.covers, self.opacities, self.labels):
            each.flags.writeable = False

    def __repr__(self) -> str:
        return f"FoolingPatches({len(self.labels)} patches to {len(np.unique(self.labels))} classes)"


def find_fooling_patches(
    network: Network,
    dataset: Dataset,
    rows: IndexArray,
    *,
    scale: Scale,
    seed: int,
    monitor: Monitor,
    tried_count: int = TRIED_COUNT,
    kept_count: int = KEPT_COUNT,
) -> FoolingPatches:
    """Try random patches on clean images, and keep those that draw most of them to one wrong class.

    A patch that draws fewer than half of its images to one class is not kept, so the result may be empty.

    Args:
        network: B.
        dataset: clean images.
        rows: rows of the images to try patches on, shape (n,), int64, at least one.
        scale: the pixel range the network expects.
        seed: seed of the patches and the drawn images.
        monitor: receives progress, and can cancel.
        tried_count: number of patches to try, at least 1.
        kept_count: largest number of patches to keep, 1 to `tried_count`.

    Raises:
        Cancelled: the job was cancelled.

    Source:
        One pattern that fools a network on most images, and the fooling rate: Seyed-Mohsen Moosavi-Dezfooli et al.:
        Universal Adversarial Perturbations, 2017, section 2. There it is computed from gradients and small; here it is
        random and opaque, as triggers are.
    """
    found: list[tuple[FloatArray, FloatArray, IndexArray, FloatArray]] = []
    trials = try_patches(
        network, dataset, rows, scale=scale, seed=seed, monitor=monitor, tried_count=tried_count, stage=STAGE
    )
    for covers, opacities, counts in trials:
        found.append((covers, opacities, counts.argmax(axis=1), counts.max(axis=1)))
        # Keep only the best candidates in memory.
        if sum(len(each[2]) for each in found) > 2 * kept_count:
            found = [_best(found, kept_count)]
    covers, opacities, labels, fooled = _best(found, kept_count)
    is_fooling = fooled >= LEAST_FOOLED
    return FoolingPatches(covers[is_fooling], opacities[is_fooling], labels[is_fooling])


def try_patches(
    network: Network,
    dataset: Dataset,
    rows: IndexArray,
    *,
    scale: Scale,
    seed: int,
    monitor: Monitor,
    tried_count: int,
    stage: str,
    images_per_patch: int = IMAGES_PER_PATCH,
    labels: IndexArray | None = None,
) -> Iterator[tuple[FloatArray, FloatArray, IndexArray]]:
    """Lay random patches over clean images, and count the wrong answers.

    Args:
        network: the network.
        dataset: clean images.
        rows: rows of the images to draw from, shape (n,), int64, at least one.
        scale: the pixel range the network expects.
        seed: seed of the patches and the drawn images.
        monitor: receives progress, and can cancel.
        tried_count: number of patches, at least 1.
        stage: name of the stage, shown to the user.
        images_per_patch: number of images that each patch is tried on.
        labels: what is a right answer for each image of the set, shape (N,), int64; None takes the true labels.

    Yields:
        For each `CHUNK` patches: covers and opacities, as in `FoolingPatches`, and the number of images that got each
        class as a wrong answer, shape (P, K), int64.

    Raises:
        Cancelled: the job was cancelled.
    """
    rng = np.random.default_rng(seed)
    answer, draw = _answerer(network), _drawer(dataset.image_shape, scale)
    right = dataset.labels if labels is None else labels
    for start in range(0, tried_count, CHUNK):
        monitor.checkpoint(stage, done_count=start, total_count=tried_count)
        covers, opacities = run_aside(
            partial(draw, tf.constant([seed, start], tf.int32)), while_waiting=monitor.stop_if_asked
        )
        chosen = rng.choice(rows, images_per_patch, replace=len(rows) < images_per_patch)
        pixels = dataset.rows(chosen, scale=scale)
        task = partial(answer, pixels, covers, opacities)
        answers = np.asarray(run_aside(task, while_waiting=monitor.stop_if_asked))
        is_wrong = answers != right[chosen]
        counts = np.stack(
            [
                np.bincount(row[wrong], minlength=network.class_count)
                for row, wrong in zip(answers, is_wrong, strict=True)
            ]
        )
        yield np.asarray(covers), np.asarray(opacities), counts
    monitor.checkpoint(stage, done_count=tried_count, total_count=tried_count)


def count_fooled(
    network: Network, patches: FoolingPatches, dataset: Dataset, rows: IndexArray, *, scale: Scale, monitor: Monitor
) -> Share:
    """Return the share of (patch, clean image) pairs that get the class to which the patch drew B's answers.

    Pairs whose image has that class are left out. At most 100 images, evenly spaced, are used.

    Args:
        network: B or B′.
        patches: patches found on B.
        dataset: clean images.
        rows: rows of the images to use, shape (n,), int64.
        scale: the pixel range the network expects.
        monitor: receives progress, and can cancel.

    Raises:
        Cancelled: the job was cancelled.
    """
    chosen = rows[np.linspace(0, len(rows) - 1, min(len(rows), MEASURED_COUNT)).astype(np.int64)]
    answer = _answerer(network)
    fooled_count = pair_count = 0
    patch_count = len(patches.labels)
    for start in range(0, patch_count, CHUNK):
        part = slice(start, start + CHUNK)
        for first in range(0, len(chosen), IMAGES_PER_PATCH):
            monitor.checkpoint("Trying the patches", done_count=start, total_count=patch_count)
            some = chosen[first : first + IMAGES_PER_PATCH]
            task = partial(answer, dataset.rows(some, scale=scale), patches.covers[part], patches.opacities[part])
            answers = np.asarray(run_aside(task, while_waiting=monitor.stop_if_asked))
            targets = patches.labels[part, None]
            counts = dataset.labels[some][None] != targets
            fooled_count += int((counts & (answers == targets)).sum())
            pair_count += int(counts.sum())
    return Share(fooled_count, pair_count)


def _best(
    found: list[tuple[FloatArray, FloatArray, IndexArray, FloatArray]], count: int
) -> tuple[FloatArray, FloatArray, IndexArray, FloatArray]:
    """Return the patches that fool most images; ties keep the first."""
    covers, opacities, labels, fooled = (np.concatenate(each) for each in zip(*found, strict=True))
    kept = np.sort(np.argsort(-fooled, kind="stable")[:count])
    return covers[kept], opacities[kept], labels[kept], fooled[kept]


def _drawer(image_shape: tuple[int, int, int], scale: Scale) -> Any:
    """Return a compiled function seed -> covers and opacities of `CHUNK` patches."""
    nothing = tf.zeros((CHUNK, *image_shape))

    @tf.function(input_signature=[tf.TensorSpec((2,), tf.int32)], autograph=False)  # type: ignore[untyped-decorator]
    def draw(seed: Any) -> Any:
        # On a black image, the result is the patch times its opacity.
        own_seed = tf.random.experimental.stateless_fold_in(seed, FOLD)
        return occlude(nothing, occlusion=Occlusion(), scale=scale, seed=own_seed, share=1.0)

    return draw


def _answerer(network: Network) -> Any:
    """Return a function (images (n, H, W, C), covers (p, …), opacities (p, …)) -> predicted labels (p, n).

    It is compiled, and called for as few images and patches at a time as fit in memory.
    """
    model, shape = network.model, network.input_shape
    images = tf.TensorSpec((None, *shape), tf.float32)
    opacities = tf.TensorSpec((None, *shape[:2], 1), tf.float32)

    @tf.function(input_signature=[images, images, opacities], autograph=False)  # type: ignore[untyped-decorator]
    def answer(pixels: Any, covers: Any, opacities: Any) -> Any:
        seen = pixels[None] * (1 - opacities[:, None]) + covers[:, None]
        labels = tf.argmax(model(tf.reshape(seen, (-1, *shape)), training=False), axis=-1)
        return tf.reshape(labels, (tf.shape(covers)[0], tf.shape(pixels)[0]))

    def answer_in_parts(pixels: Any, covers: Any, opacities: Any) -> IndexArray:
        size = batch_size(model.layers, most=len(pixels) * len(covers))
        images = min(size, len(pixels))
        patches = max(1, size // images)
        labels = np.empty((len(covers), len(pixels)), np.int64)
        for first in range(0, len(covers), patches):
            for start in range(0, len(pixels), images):
                some, part = slice(first, first + patches), slice(start, start + images)
                labels[some, part] = answer(pixels[part], covers[some], opacities[some])
        return labels

    return answer_in_parts
