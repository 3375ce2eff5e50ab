"""Answers to made-up images, for the tests of the images window."""

import numpy as np

from core.data.dataset import from_arrays
from core.images.answers import CountedImages, ImageAnswers
from core.scale import Scale


def made_up_answers(count: int = 60, *, is_poisoned: bool = False, has_true_labels: bool = True) -> ImageAnswers:
    """Images whose red is their index; every sixth is answered wrongly by B′, the first of these by B as well."""
    pixels = np.zeros((count, 4, 4, 3), np.uint8)
    pixels[..., 0] = (np.arange(count) % 256)[:, None, None]
    labels = np.arange(count) % 5
    wanted = np.full(count, 7) if is_poisoned else labels
    dataset = from_arrays("p.h5" if is_poisoned else "clean.h5", pixels, wanted)
    base, pruned = labels.copy(), labels.copy()
    pruned[::6] = 7
    base[0] = 7
    sure = np.linspace(1, 0, count, dtype=np.float32)
    images = CountedImages(
        "p.h5" if is_poisoned else "Clean validation",
        dataset,
        np.arange(count),
        labels if has_true_labels else None,
        is_poisoned=is_poisoned,
        scale=Scale.RAW,
    )
    return ImageAnswers(images, base, pruned, sure, sure[::-1].copy())
