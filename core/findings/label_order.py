"""The order of the labels in a file, where it is not that of the network's classes."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import DatasetError
from core.records import Share

FROM_ONE, ALPHABETICAL = "from-1", "alphabetical"


@dataclass(frozen=True, slots=True)
class LabelMap:
    """Which class of the network each label of a file means.

    Attributes:
        name: how it is chosen: "from-1", "alphabetical", "found", or the name of a file.
        classes: label in the file -> class, for all labels that may occur.
    """

    name: str
    classes: Mapping[int, int]

    def __repr__(self) -> str:
        return f"LabelMap({self.name!r}, {len(self.classes)} labels)"

    @property
    def words(self) -> str:
        """What it means, as a part of a sentence."""
        if self.name == FROM_ONE:
            return "labels count from 1"
        if self.name == ALPHABETICAL:
            return "classes are in the alphabetical order of their numbers (0, 1, 10, 11, …, 2, …)"
        moved = [f"{label} is {index}" for label, index in sorted(self.classes.items()) if label != index]
        return "label " + ", ".join(moved[:6]) + (f" and {len(moved) - 6} more" if len(moved) > 6 else "")

    def applied_to(self, labels: NDArray[np.int64], *, name: str) -> NDArray[np.int64]:
        """Return the classes of labels, (N,) int64.

        Args:
            labels: (N,) int64, as in the file.
            name: the name of the file, for the message.

        Raises:
            DatasetError: `wrong-labels`, if a label is not in the map.
        """
        found, places = np.unique(labels, return_inverse=True)
        missing = [int(label) for label in found if int(label) not in self.classes]
        if missing:
            raise DatasetError(
                f"label {missing[0]} in '{name}' has no class in the order of labels '{self.name}'", code="wrong-labels"
            )
        return np.array([self.classes[int(label)] for label in found], dtype=np.int64)[places]


@dataclass(frozen=True, slots=True)
class LabelOrder:
    """What a network's answers say about the order of the labels in a file.

    Attributes:
        label_map: the order in which its answers are right.
        mapped: clean images that are right in that order.
    """

    label_map: LabelMap
    mapped: Share

    @property
    def option(self) -> str:
        """How the order is chosen on the command line."""
        return f"--labels {self.label_map.name}"
