"""Maps from the labels in a file to the classes of a network, where these are counted otherwise."""

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import DatasetError
from core.findings.label_order import ALPHABETICAL, FROM_ONE, LabelMap, LabelOrder
from core.intake.refusal import Refusal
from core.intake.source import open_source
from core.records import Share

FOUND, AS_IS = "found", "as-is"
POOR_RATE = 0.5
"""Below this share of right answers the order of labels is doubted."""

_CLEARLY, _NEARLY_ALL, _MOST = 0.25, 0.75, 0.6
_LEAST_COUNT, _LEAST_PER_LABEL, _FEW_LABELS = 10, 3, 3
_LARGEST_FILE_BYTES = 4_000_000
_LINE = re.compile(r"\s*(\d{1,9})\s*[,;:\t ]\s*(\d{1,9})\s*")


def counted_from_one(class_count: int) -> LabelMap:
    """Return the map of labels that count from 1."""
    return LabelMap(FROM_ONE, {label: label - 1 for label in range(1, class_count + 1)})


def in_alphabetical_order(class_count: int) -> LabelMap:
    """Return the map of labels whose classes are sorted as texts: "0", "1", "10", as Keras sorts folders."""
    ordered = sorted(range(class_count), key=str)
    return LabelMap(ALPHABETICAL, {label: index for index, label in enumerate(ordered)})


def label_map_of(order: str, class_count: int) -> LabelMap:
    """Return the map for a usual order by its name, or for a file by its path.

    Args:
        order: "from-1", "alphabetical", or the path of a file.
        class_count: the network's number of classes.

    Raises:
        DatasetError: the file is refused.
    """
    usual = {FROM_ONE: counted_from_one, ALPHABETICAL: in_alphabetical_order}
    return usual[order](class_count) if order in usual else read_label_map(Path(order))


def read_label_map(path: Path) -> LabelMap:
    """Read a text file with a label and its class in each line ("10,2"); a heading and empty lines are left out.

    Raises:
        DatasetError: `wrong-labels`, or it cannot be read.
    """
    try:
        with open_source(path) as file:
            content = file.read(_LARGEST_FILE_BYTES + 1)
    except Refusal as refusal:
        raise DatasetError(f"the order of labels cannot be read: {refusal}", code=refusal.code) from refusal
    except OSError as error:
        raise DatasetError(
            f"the order of labels in '{path.name}' cannot be read: {error.strerror or error}", code="unreadable-file"
        ) from error
    if len(content) > _LARGEST_FILE_BYTES:
        raise DatasetError(f"'{path.name}' is too long for an order of labels", code="file-too-large")
    classes: dict[int, int] = {}
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), start=1):
        hit = _LINE.fullmatch(line)
        if hit is None:
            if not line.strip() or (number == 1 and not any(each.isdigit() for each in line)):
                continue
            raise DatasetError(
                f"line {number} of '{path.name}' must be a label and its class, such as 10,2", code="wrong-labels"
            )
        label, index = map(int, hit.groups())
        if label in classes:
            raise DatasetError(f"'{path.name}' has label {label} twice", code="wrong-labels")
        classes[label] = index
    if not classes:
        raise DatasetError(f"'{path.name}' has no label and class in any line", code="wrong-labels")
    return LabelMap(path.name, classes)


def find_label_order(labels: NDArray[np.int64], predicted: NDArray[np.int64], *, class_count: int) -> LabelOrder | None:
    """Find the order of labels in which a network is right, where they are no classes or it is mostly wrong.

    A usual order counts if most images are right in it. Else each label gets a class of its own, those first for whose
    images the network predicts one class most often. Such an order counts if at least 60 % of the images are right in
    it (75 % with two or three labels, where a network that confuses them looks like another order), and if nearly all
    labels get the class that is predicted for them most often.

    Args:
        labels: (N,) int64, as in the file.
        predicted: (N,) int64 in [0, class_count).
        class_count: the network's number of classes.

    Returns:
        The order; None if there is none, or none is needed.
    """
    found, places = np.unique(labels, return_inverse=True)
    count = len(labels)
    right = int((labels == predicted).sum())
    is_possible = int(found.max(initial=0)) < class_count  # else the labels cannot be classes as they are
    if len(found) < 2 or count < _LEAST_COUNT or (is_possible and right >= POOR_RATE * count):
        return None
    best: LabelOrder | None = None
    for each in (counted_from_one(class_count), in_alphabetical_order(class_count)):
        if all(int(label) in each.classes for label in found):
            mapped = int((each.applied_to(labels, name="") == predicted).sum())
            is_clear = mapped >= POOR_RATE * count and mapped >= right + _CLEARLY * count
            if is_clear and (best is None or mapped > best.mapped.count):
                best = LabelOrder(each, Share(mapped, count))
    return best or _permutation(found, places, predicted, class_count, right=right if is_possible else 0)


def _permutation(
    found: NDArray[np.int64], places: NDArray[np.intp], predicted: NDArray[np.int64], class_count: int, *, right: int
) -> LabelOrder | None:
    total = len(predicted)
    if total < _LEAST_PER_LABEL * len(found) or len(found) > class_count:
        return None
    counts = np.zeros((len(found), class_count), dtype=np.int64)
    np.add.at(counts, (places, predicted), 1)
    label_counts = counts.sum(axis=1)
    indices = _own_classes(counts / label_counts[:, np.newaxis])
    if indices is None:
        return None
    own_counts = counts[np.arange(len(found)), indices]
    mapped = int(own_counts.sum())
    usual = int(label_counts[own_counts == counts.max(axis=1)].sum())  # images of labels that get their usual class
    least = _NEARLY_ALL if len(found) <= _FEW_LABELS else _MOST
    if mapped < max(least * total, right + _CLEARLY * total) or usual < _NEARLY_ALL * total:
        return None
    classes = {int(label): int(index) for label, index in zip(found, indices, strict=True)}
    return LabelOrder(LabelMap(FOUND, classes), Share(mapped, total))


def _own_classes(shares: NDArray[np.float64]) -> NDArray[np.intp] | None:
    """Give each label a class of its own, the clearest ones first.

    Args:
        shares: how often each class is predicted for the images of each label, (labels, classes), in [0, 1].

    Returns:
        The class of each label, (labels,); None if several labels are left for which only classes of others are
        predicted.
    """
    labels, classes = np.nonzero(shares)
    order = np.argsort(-shares[labels, classes], kind="stable")
    indices = np.full(len(shares), -1, dtype=np.intp)
    is_free = np.ones(shares.shape[1], dtype=np.bool_)
    for label, index in zip(labels[order].tolist(), classes[order].tolist(), strict=True):
        if indices[label] < 0 and is_free[index]:
            indices[label], is_free[index] = index, False
    left = np.flatnonzero(indices < 0)
    if len(left) == 1 and is_free.sum() == 1:
        indices[left] = np.flatnonzero(is_free)
        return indices
    return None if len(left) else indices
