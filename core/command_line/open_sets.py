"""The sets that commands share: clean validation and test images and poisoned sets, opened for a network."""

from pathlib import Path
from typing import TYPE_CHECKING

from core.command_line.run_options import RunOptions
from core.data.dataset import Dataset, open_dataset
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs

if TYPE_CHECKING:  # Keras takes seconds to import; help and wrong usage answer without it.
    from core.network.network import Network


def open_sets(network: "Network", options: RunOptions, monitor: Monitor) -> EvaluationInputs:
    """Open images and check that they and their labels fit a network.

    Raises:
        DatasetError: a set was refused.
        Cancelled: the job was cancelled.
    """

    def opened(path: Path) -> Dataset:
        return open_dataset(path, input_shape=network.input_shape, class_count=network.class_count, monitor=monitor)

    test = opened(options.test) if options.test else None
    validation = opened(options.validation)
    poisoned = tuple(
        opened(path).aimed_at(target, class_count=network.class_count)
        for path, target in zip(options.poisoned, options.targets, strict=True)
    )
    return EvaluationInputs(network, validation, test, poisoned, options.scale)
