"""How the open poisoned sets are understood: descriptions of the sets, and their targets."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.network.inputs import EvaluationInputs
from core.records import Interpretation, ModelSummary, PoisonedSet, Target

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


def with_earlier_target(data: "Dataset", poisoned: Sequence["Dataset"], model: ModelSummary | None) -> "Dataset":
    """Return a poisoned set with what a person said about the target of the same file when it was open before.

    Args:
        data: the set.
        poisoned: the open poisoned sets.
        model: the open network, which must have the target; None without one.
    """
    if data.target is not None or data.is_estimated:
        return data
    earlier = next((each for each in poisoned if each.path == data.path and not each.is_estimated), None)
    if earlier is None or (model is not None and not _has_target(earlier, model)):
        return data
    return replace(data, target=earlier.target)


def without_unknown_target(poisoned: tuple["Dataset", ...], model: ModelSummary) -> tuple["Dataset", ...]:
    """Return poisoned sets, without targets that are no classes of a network."""
    return tuple(each if _has_target(each, model) else replace(each, target=None) for each in poisoned)


def _has_target(data: "Dataset", model: ModelSummary) -> bool:
    return not isinstance(data.target, int) or 0 <= data.target < model.class_count
