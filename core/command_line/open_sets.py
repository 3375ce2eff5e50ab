"""The sets that commands share: clean validation and test images and poisoned sets, opened for a network."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.command_line.run_options import RunOptions
from core.monitor import Monitor

if TYPE_CHECKING:  # Keras takes seconds to import; help and wrong usage answer without it.
    from core.data.dataset import Dataset
    from core.network.network import Network


@dataclass(frozen=True, slots=True, eq=False)
class Sets:
    """The images of a run.

    Attributes:
        validation: clean validation images.
        test: clean test images; None when not given.
        poisoned: poisoned sets.
    """

    validation: "Dataset"
    test: "Dataset | None"
    poisoned: "tuple[Dataset, ...]"


def open_sets(network: "Network", options: RunOptions, monitor: Monitor) -> Sets:
    """Open images and see that they and their labels fit a network.

    Raises:
        DatasetError: one was refused.
        Cancelled: asked to stop.
    """
    from core.data.dataset import open_dataset  # noqa: PLC0415  # brings Keras

    def opened(path: Path) -> "Dataset":
        return open_dataset(path, input_shape=network.input_shape, class_count=network.class_count, monitor=monitor)

    test = opened(options.test) if options.test else None
    return Sets(opened(options.validation), test, tuple(opened(each) for each in options.poisoned))
