"""The sets of a worker: each is read once and kept open for the networks that follow."""

from collections import OrderedDict
from pathlib import Path

from core.data.dataset import Dataset, check_fits, open_dataset
from core.monitor import Monitor
from core.network.network import Network

MOST_KEPT = 8


class OpenSets:
    """Keeps the sets that were read last; images of large ones stay on the disk, and are read where they are used."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, tuple[int, ...]], Dataset] = OrderedDict()

    def open(self, path: Path, sha256: str, network: Network, monitor: Monitor) -> Dataset:
        """Return a set that fits a network.

        Args:
            path: the file or folder.
            sha256: the hash of its contents, by which it is known again.
            network: the network.
            monitor: receives progress, and can cancel.

        Raises:
            DatasetError: it is refused, or does not fit.
            Cancelled: the job was cancelled.
        """
        name = (sha256, tuple(network.input_shape))
        dataset = self._kept.get(name)
        if dataset is None:
            dataset = open_dataset(path, input_shape=network.input_shape, monitor=monitor)
            self._kept[name] = dataset
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(name)
        return check_fits(dataset, input_shape=network.input_shape, class_count=network.class_count)
