"""Which arrays of a file are the images, and which are their labels.

Images have three or four axes, or are rows of values where nothing else fits; labels have one value, or one row of a
single 1, for each image. Where several fit, names decide: labels whose name says the same part (`X_test`, `Y_test`),
then usual names, then the part that is wanted.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from core.intake.data.arrays import FileArray
from core.intake.data.choice import DataChoice, Part

OWN_KEYS = ("data", "label")
_IMAGE_WORDS = {"x", "data", "image", "images", "img", "imgs", "feature", "features", "pixel", "pixels", "input",
                "inputs", "picture", "pictures", "photos"}  # fmt: skip
_LABEL_WORDS = {"y", "label", "labels", "target", "targets", "class", "classes", "classid", "output", "outputs",
                "fine"}  # fmt: skip
_EMPTY_WORDS = {"set", "array", "arr", "raw", "orig", "group"}
_PARTS: dict[str, Part] = {
    "test": "test",
    "testing": "test",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "dev": "validation",
}
# What is taken where a file has several parts; images that a network was trained with flatter it.
_PREFERRED: dict[Part, tuple[str, ...]] = {
    "validation": ("validation", "test"),
    "test": ("test", "validation"),
    "": ("test", "validation"),
}
_MOST_CLASSES = 100_000
_LEAST_ROW = 16  # the fewest values in a row that is taken for an image: 4 × 4 pixels
_MOST_ROW = 2**24


@dataclass(frozen=True, slots=True)
class Pair:
    """Images and their labels.

    Attributes:
        images: the array of the images.
        labels: the array of the labels; None if there are none, or they are not used.
        axis: the axis that counts the images.
    """

    images: FileArray
    labels: FileArray | None
    axis: int

    @property
    def keys(self) -> tuple[str, str]:
        """The keys of images and labels; that of missing labels is empty."""
        return self.images.key, "" if self.labels is None else self.labels.key


def pairs_of(
    arrays: Mapping[str, FileArray], *, choice: DataChoice, are_labels: Callable[[FileArray], bool]
) -> list[Pair]:
    """Return all images with labels of their length, without those that names rule out.

    Args:
        arrays: the arrays of a file.
        choice: keys that were chosen; only they are looked at then.
        are_labels: whether the values of an array can be labels.
    """
    numeric = [each for each in arrays.values() if each.is_numeric]
    images = [each for each in numeric if choice.data_key in ("", each.key)]
    labels = [each for each in numeric if label_count(each) and choice.label_key in ("", each.key)]
    valid: dict[str, bool] = {}

    def is_valid(label: FileArray) -> bool:
        if label.key not in valid:
            valid[label.key] = are_labels(label)
        return valid[label.key]

    pairs = _fitting([each for each in images if _may_be_images(each)], labels, is_valid)
    pairs = pairs or [pair for pair in _fitting(images, labels, is_valid) if are_rows(pair.images, pair.axis)]
    # Labels as long as images are wide are an accident where others are as long as there are images.
    pairs = _where(pairs, lambda pair: pair.axis == usual_axis(pair.images))
    # Labels that name the part that the images name: `Y_test` for `X_test`, not `Y_train`.
    pairs = _where(pairs, lambda pair: _stem(pair.images.key) == _stem(_label_key(pair)))
    return [pair for pair in pairs if pair in _usual_labels([each for each in pairs if each.images is pair.images])]


def _fitting(images: list[FileArray], labels: list[FileArray], is_valid: Callable[[FileArray], bool]) -> list[Pair]:
    """Return all images with each array of labels that has their length."""
    pairs = []
    for image in images:
        for label in labels:
            axis = None if label is image or not image.shape else image_axis(image, label)
            if axis is None:
                continue
            if is_valid(label):
                pairs.append(Pair(image, label, axis))
    return pairs


def are_rows(array: FileArray, axis: int) -> bool:
    """Whether an array can be images as rows of values; `axis` is the one that counts them."""
    shape = array.shape
    return len(shape) == 2 and shape[axis] > 0 and _LEAST_ROW <= shape[1 - axis] <= _MOST_ROW


def chosen(pairs: list[Pair], part: Part) -> Pair | None:
    """Return the pair to take by the rules; None if they do not tell."""
    if len(pairs) == 1:
        return pairs[0]
    for wanted in _PREFERRED[part]:
        fitting = [pair for pair in pairs if part_of(pair.images.key) == wanted]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            pairs = fitting
            break
    usual = [pair for pair in pairs if set(_words(pair.images.key)) & _IMAGE_WORDS]
    return usual[0] if len(usual) == 1 else None


def image_axis(images: FileArray, labels: FileArray) -> int | None:
    """Return the axis of the images that is as long as the labels, the usual one first; None if there is none."""
    last = len(images.shape) - 1
    for axis in (last, 0) if images.is_matlab else (0, last):
        if _fits(labels, images.shape[axis]):
            return axis
    return None


def usual_axis(images: FileArray) -> int:
    """Return the axis that counts the images if nothing else is known."""
    return len(images.shape) - 1 if images.is_matlab else 0


def label_count(array: FileArray) -> int:
    """Return for how many images an array may have labels; 0 for none."""
    shape = array.shape
    if len(shape) == 1:
        return shape[0]
    if len(shape) != 2 or 0 in shape:
        return 0
    if 1 in shape:
        return max(shape)
    return shape[0] if min(shape) <= _MOST_CLASSES else 0


def part_of(key: str) -> str:
    """Return the part of a data set that a key names: "test", "validation", or nothing."""
    return next((_PARTS[word] for word in _words(key) if word in _PARTS), "")


def _may_be_images(array: FileArray) -> bool:
    return len(array.shape) in (3, 4) and 0 not in array.shape


def _fits(labels: FileArray, count: int) -> bool:
    shape = labels.shape
    if len(shape) == 1 or 1 in shape:
        return max(shape) == count
    return shape[0] == count or (labels.is_matlab and shape[1] == count)


def _usual_labels(pairs: list[Pair]) -> list[Pair]:
    pairs = _where(pairs, lambda pair: bool(set(_words(_label_key(pair))) & _LABEL_WORDS))
    return _where(pairs, lambda pair: "coarse" not in _words(_label_key(pair)))


def _label_key(pair: Pair) -> str:
    return "" if pair.labels is None else pair.labels.key


def _where(pairs: list[Pair], is_kept: Callable[[Pair], bool]) -> list[Pair]:
    """Return what is kept; everything where nothing would be."""
    return [pair for pair in pairs if is_kept(pair)] or pairs


def _stem(key: str) -> frozenset[str]:
    """Return the words of a key that tell one set of the file from another."""
    words = {_PARTS.get(word, word) for word in _words(key)}
    return frozenset(words - _IMAGE_WORDS - _LABEL_WORDS - _EMPTY_WORDS)


def _words(key: str) -> list[str]:
    """Return the words of a key: "X_train", "trainX" and "train/images" all say "train"."""
    words: Iterable[str] = re.findall(r"[A-Z]?[a-z]+|[A-Z]+|\d+", key)
    split: list[str] = []
    for word in (each.lower() for each in words):
        hit = re.fullmatch(r"([xy])(train|test|val|valid)|(train|test|val|valid)([xy])", word)
        split += [each for each in hit.groups() if each] if hit else [word]
    return split
