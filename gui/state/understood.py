"""How the open poisoned sets are understood: descriptions of the sets, and their targets."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.network.inputs import EvaluationInputs
from core.records import Interpretation, PoisonedSet, Target

if TYPE_CHECKING:
    from core.data.dataset import Dataset

MOST_TARGETS = 10  # the labels of a poisoned set with more than these are not taken for targets


@dataclass(frozen=True, slots=True, eq=False)
class Understood:
    """What was found out about the poisoned sets of some inputs.

    Attributes:
        inputs: the model, the sets and the pixel range that it was found by; None if nothing was.
        interpretations: how each poisoned set is understood.
    """

    inputs: EvaluationInputs | None = None
    interpretations: tuple[Interpretation, ...] = ()

    def of(self, inputs: EvaluationInputs | None, *, set_count: int) -> tuple[Interpretation | None, ...]:
        """Return how each poisoned set is understood; None for all if other inputs are open by now."""
        if inputs is None or inputs != self.inputs:
            return (None,) * set_count
        return self.interpretations


def describe_sets(
    poisoned: Sequence["Dataset"], interpretations: Sequence[Interpretation | None]
) -> tuple[PoisonedSet, ...]:
    """Return the descriptions of poisoned sets, with the images that are counted if that is known."""
    return tuple(
        PoisonedSet(each.name, known.targets, each.image_count - known.left_out_count, known)
        if known is not None
        else PoisonedSet(each.name, each.target_labels, each.image_count)
        for each, known in zip(poisoned, interpretations, strict=True)
    )


def targets_of(sets: Sequence[PoisonedSet]) -> frozenset[int]:
    """Return the target labels of all poisoned sets; sets with more than `MOST_TARGETS` labels are left out."""
    labels = [each.target_labels for each in sets]
    return frozenset(label for each in labels if len(each) <= MOST_TARGETS for label in each)


def with_target(
    poisoned: tuple["Dataset", ...], index: int, target: Target, *, class_count: int
) -> tuple["Dataset", ...]:
    """Return the poisoned sets, the one at `index` with what the user says about its target.

    Raises:
        DatasetError: the model has no such class.
    """
    aimed = poisoned[index].aimed_at(target, class_count=class_count)
    return (*poisoned[:index], aimed, *poisoned[index + 1 :])
