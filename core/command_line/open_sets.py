"""What commands share: clean validation and test images and poisoned sets, opened for a network; notes about it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from core.channels import ChannelTensor, PrunableLayer
from core.command_line.console import say
from core.command_line.data_options import POISONED, TEST, VALIDATION, DataOptions, TypedTrigger
from core.command_line.run_options import RunOptions
from core.data.dataset import Dataset, check_fits, open_dataset
from core.data.label_map import AS_IS
from core.data.stamped import stamped_set
from core.data.trigger import open_trigger
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.records import Target
from core.scale import Scale
from core.words import NO_TENSOR_CHOICE

if TYPE_CHECKING:  # Keras takes seconds to import; help and wrong usage answer without it.
    from core.network.network import Network


def say_notes(network: "Network") -> None:
    """Print how the file of a network was read, where that is worth a word."""
    for note in network.summary.notes:
        say(f"Note: {note}")


def say_if_no_choice(layer: PrunableLayer, tensor: ChannelTensor | None) -> None:
    """Print that a chosen tensor changes nothing, if that is so."""
    if tensor is not None and layer.tensor is None:
        say(f"Note: --tensor changes nothing. {NO_TENSOR_CHOICE}")


@dataclass(frozen=True, slots=True)
class OpenedSets:
    """The sets of a command, with the labels in the chosen order; None if not given."""

    validation: Dataset | None
    test: Dataset | None
    poisoned: tuple[Dataset, ...]


class SetOptions(Protocol):
    """The options of a command that name its sets and say how they are read."""

    @property
    def validation(self) -> Path | None:
        """Clean validation images."""
        ...

    @property
    def test(self) -> Path | None:
        """Clean test images."""
        ...

    @property
    def poisoned(self) -> tuple[Path, ...]:
        """Poisoned sets."""
        ...

    @property
    def targets(self) -> tuple[Target, ...]:
        """What was typed about the target of each of them."""
        ...

    @property
    def scale(self) -> Scale | None:
        """The pixel range; None finds it."""
        ...

    @property
    def how_read(self) -> DataOptions:
        """Keys of images and labels, and the order of the labels."""
        ...


def open_sets(network: "Network", options: RunOptions, monitor: Monitor) -> EvaluationInputs:
    """Open images and check that they and their labels fit a network.

    Raises:
        DatasetError: a set was refused.
        Cancelled: the job was cancelled.
    """
    opened = open_chosen(network, options, monitor)
    assert opened.validation is not None
    return EvaluationInputs(network, opened.validation, opened.test, opened.poisoned, options.scale)


def open_chosen(network: "Network", options: SetOptions, monitor: Monitor) -> OpenedSets:
    """Open the sets that a command's options name; the poisoned ones have the targets that were given.

    Triggers are laid over the test images, or without them over the validation images.

    Raises:
        DatasetError: a set was refused, or the network has no such target.
        ImageFileError: a trigger was refused.
        Cancelled: the job was cancelled.
    """
    opened = open_each(
        network,
        validation=options.validation,
        test=options.test,
        poisoned=options.poisoned,
        how_read=options.how_read,
        scale=options.scale,
        monitor=monitor,
    )
    aimed = tuple(
        each.aimed_at(target, class_count=network.class_count)
        for each, target in zip(opened.poisoned, options.targets, strict=True)
    )
    base = opened.test or opened.validation
    if base is None or not options.how_read.triggers:
        return replace(opened, poisoned=aimed)
    made = _stamped(network, options.how_read.triggers, base, scale=options.scale, monitor=monitor)
    return replace(opened, poisoned=(*aimed, *made))


def open_each(
    network: "Network",
    *,
    validation: Path | None,
    test: Path | None,
    poisoned: Sequence[Path],
    how_read: DataOptions,
    scale: Scale | None,
    monitor: Monitor,
) -> OpenedSets:
    """Open the sets that are given, and say how their images were found where that is not obvious.

    Args:
        network: the network that gets the images.
        validation: clean validation images.
        test: clean test images.
        poisoned: poisoned sets.
        how_read: keys, and the order of the labels.
        scale: the pixel range the network expects; None if it is not known.
        monitor: receives progress, and can cancel.

    Raises:
        DatasetError: a set was refused.
        Cancelled: the job was cancelled.
    """
    limit = network.class_count if how_read.labels == AS_IS else None

    def opened(path: Path | None, role: str, number: int = 1) -> Dataset | None:
        if path is None:
            return None
        choice = how_read.choice(role, number)
        dataset = open_dataset(path, input_shape=network.input_shape, class_count=limit, choice=choice, monitor=monitor)
        for note in dataset.notes:
            say(note)
        return dataset

    clean_test, clean = opened(test, TEST), opened(validation, VALIDATION)
    attacks = [opened(path, POISONED, number) for number, path in enumerate(poisoned, start=1)]
    label_map = how_read.label_map(network, clean or clean_test, scale=scale, monitor=monitor)
    if label_map is not None:
        say(f"The labels are read in another order: {label_map.words}.")

    def ordered(dataset: Dataset) -> Dataset:
        return check_fits(dataset.with_labels(label_map), class_count=network.class_count)

    return OpenedSets(
        None if clean is None else ordered(clean),
        None if clean_test is None else ordered(clean_test),
        tuple(ordered(each) for each in attacks if each is not None),
    )


def _stamped(
    network: "Network", triggers: Sequence[TypedTrigger], base: Dataset, *, scale: Scale | None, monitor: Monitor
) -> tuple[Dataset, ...]:
    """Return a poisoned set for each trigger: the clean images with it.

    Args:
        network: the network that gets the images.
        triggers: the triggers.
        base: the clean images.
        scale: what the network reads for a pixel; None if it is not known.
        monitor: receives progress, and can cancel.

    Raises:
        DatasetError: the network has no such class, or a trigger does not fit the images.
        ImageFileError: a trigger's file was refused.
        Cancelled: the job was cancelled.
    """
    height, width, _ = base.image_shape
    made = []
    for each in triggers:
        base.aimed_at(each.label, class_count=network.class_count)  # refuses other classes
        trigger = open_trigger(each.path, height=height, width=width, monitor=monitor)
        made.append(stamped_set(base, trigger, each.label, scale=scale, trigger_path=each.path))
    return tuple(made)


def say_if_not_savable(network: "Network", monitor: Monitor) -> None:
    """Try in time whether networks made from this one can be saved; print a caution if not.

    Raises:
        Cancelled: the job was cancelled.
    """
    from core.network.dry_save import reason_not_savable  # noqa: PLC0415  # imports Keras

    reason = reason_not_savable(network, monitor=monitor)
    if reason:
        say(f"Caution: {reason}")
