"""Which classes a network confuses: how many images of each class it answers as each other class."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.images.answers import FLAGGED, ImageAnswers, Labels, Who
from core.images.selection import Selection
from core.metrics.network_scores import SetRole


@dataclass(frozen=True, slots=True, eq=False)
class Confusions:
    """How many images of each class a network answers as each class, right answers included.

    Attributes:
        answers: the answers that are counted.
        who: the network.
        labels: the class of the images of each pair, (M,) int64; see `CountedImages.labels`.
        answered: the answer of each pair, (M,) int64; `FLAGGED` where G answers “backdoored”.
        counts: number of images of each pair, (M,) int64, at least 1.
        totals: number of images of the class of each pair, (M,) int64.
    """

    answers: ImageAnswers
    who: Who
    labels: Labels
    answered: Labels
    counts: NDArray[np.int64]
    totals: NDArray[np.int64]

    @property
    def pair_count(self) -> int:
        """Number of pairs, M."""
        return len(self.labels)

    @property
    def is_confused(self) -> NDArray[np.bool_]:
        """Which pairs are of another class than the images have, (M,)."""
        return np.asarray(self.labels != self.answered)

    @property
    def confused_count(self) -> int:
        """Number of images that are answered as another class, or flagged."""
        return int(self.counts[self.is_confused].sum())

    @property
    def order(self) -> Labels:
        """Positions of the confused pairs, the largest first; equal ones in the order of their classes."""
        places = np.flatnonzero(self.is_confused)
        return places[np.argsort(-self.counts[places], kind="stable")]

    @property
    def classes(self) -> Labels:
        """The classes that images have or that are answered, ascending, (K,); `FLAGGED` is the last one."""
        found = np.union1d(self.labels, self.answered)
        return np.concatenate([found[found != FLAGGED], found[found == FLAGGED]])

    def matrix(self, classes: Labels) -> NDArray[np.int64]:
        """Return how many images of each class (rows) are answered as each class (columns), (K, K)."""
        places = {int(label): place for place, label in enumerate(classes)}
        found = np.zeros((len(classes), len(classes)), dtype=np.int64)
        for label, answered, count in zip(self.labels, self.answered, self.counts, strict=True):
            found[places[int(label)], places[int(answered)]] = count
        return found


@dataclass(frozen=True, slots=True)
class AskedConfusion:
    """The images of one class that a network answers as one class, or all of one class, which a person asks to see.

    Attributes:
        role: the role of the set.
        who: the network.
        label: the class of the images.
        answered: the answer; `FLAGGED` for “backdoored”, None for any.
        count: number of images.
        total: number of images of the set.
        place: position of the set among those of its role.
    """

    role: SetRole
    who: Who
    label: int
    answered: int | None
    count: int
    total: int
    place: int = 0

    @property
    def selection(self) -> Selection:
        """The images."""
        return Selection(self.who, label=self.label, answered=self.answered)

    @property
    def name(self) -> str:
        """What is counted."""
        if self.answered is None:
            return "images of the class"
        return "confused images" if self.label != self.answered else "right answers"

    @property
    def shown_count(self) -> int:
        """The number of images that are shown."""
        return self.count


def confusions_of(answers: ImageAnswers, who: Who) -> Confusions:
    """Count the answers of a network by the class of the images."""
    labels, answered = answers.images.labels, answers.labels_with_flags(who)
    pairs = np.stack([labels, answered])
    (found_labels, found_answered), counts = np.unique(pairs, axis=1, return_counts=True)
    classes, totals = np.unique(labels, return_counts=True)
    of_class = totals[np.searchsorted(classes, found_labels)]
    return Confusions(answers, who, found_labels, found_answered, counts, of_class)
