"""Opening networks and sets of images, and saving networks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from backdoor_inspector.progress import watched

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backdoor_inspector.progress import ProgressCallback
    from backdoor_inspector.records import Dataset, DemoFiles, Inspection, Network, Repair, SavedModel
    from core.monitor import Monitor

Which = Literal["pruned", "repaired", "repaired_by_confidence"]


def demo() -> DemoFiles:
    """Name the files of the embedded demo: a backdoored face classifier, a clean control, and the images for both.

    Raises:
        ModelFileError: `missing-demo`, when they are not there.
    """
    from core.demo.demo import demo_files  # noqa: PLC0415  # imports wait until they are needed
    from core.errors import ModelFileError  # noqa: PLC0415

    files = demo_files()
    if not files.model.is_file():
        raise ModelFileError(
            f"the demo's files must be in '{files.folder}', but they are not there", code="missing-demo"
        )
    return files


def open_network(path: str | Path, *, progress: ProgressCallback | bool | None = None) -> Network:
    """Open a classifier: `.h5` of Keras 2 or 3, `.keras`, or the weights-only `.h5` of the lab's network.

    The file is read by a separate process under limits of time and memory, and nothing in it is executed.

    Args:
        path: the file.
        progress: see `prune`.

    Returns:
        The network; `summary` tells its input shape (H, W, C), its K classes and its convolutions.

    Raises:
        ModelFileError: the file is refused.
        LayerError: its graph is of a kind that cannot be inspected.
    """
    with watched(progress) as monitor:
        return opened_network(path, monitor)


def open_dataset(
    path: str | Path,
    *,
    network: Network | None = None,
    has_labels: bool = True,
    progress: ProgressCallback | bool | None = None,
) -> Dataset:
    """Open an HDF5 file with `data` (N, C, H, W) or (N, H, W, C), 0–255 or 0–1, and `label` (N,).

    Args:
        path: the file.
        network: what the images are for: its input shape settles the file's layout, and labels must be its classes.
        has_labels: False reads `data` alone, for `unlabelled` of `repair`; the labels are all 0.
        progress: see `prune`.

    Returns:
        `images` (N, H, W, C) and `labels` (N,) int64, read-only and usually memory-mapped.

    Raises:
        DatasetError: the file is refused, or does not fit the network.
    """
    with watched(progress, needs_keras=False) as monitor:
        return opened_dataset(path, network, monitor, has_labels=has_labels)


def save(
    result: Network | Inspection | Repair,
    path: str | Path,
    which: Which = "pruned",
    *,
    network: Network | None = None,
    threshold: float | None = None,
    pruned_count: int | None = None,
    overwrite: bool = False,
    progress: ProgressCallback | bool | None = None,
) -> SavedModel:
    """Save B′ or G as a standard Keras model, whole or not at all; it is opened again and compared before.

    Args:
        result: a network B′, a curve of `prune`, or a repair.
        path: where to, `.keras` or `.h5`.
        which: "pruned" for B′; "repaired" for G, which answers K ("backdoored") where B and B′ disagree;
            "repaired_by_confidence" for the G of a repair that also asks for confidence.
        network: B, for a G made of a network or of a repair; a curve knows its own.
        threshold: with a curve, the last step before clean validation accuracy has dropped by that much, (0, 1).
        pruned_count: with a curve, the step instead.
        overwrite: whether another existing file may be replaced; the file of B never is.
        progress: see `prune`.

    Raises:
        ExportError: it cannot be written, or would not come back the same.
        PruningError: this result has no such network, or the step is not named.
    """
    from backdoor_inspector.saving import build_and_save  # noqa: PLC0415  # imports wait until they are needed

    with watched(progress) as monitor:
        return build_and_save(
            result,
            Path(path),
            which,
            network=network,
            threshold=threshold,
            pruned_count=pruned_count,
            overwrite=overwrite,
            monitor=monitor,
        )


def opened_network(network: Network | str | Path, monitor: Monitor) -> Network:
    """The network, opened where it is a path."""
    from core.network.network import Network, open_network  # noqa: PLC0415  # brings Keras

    return network if isinstance(network, Network) else open_network(Path(network), monitor=monitor)


def opened_dataset(
    dataset: Dataset | str | Path, network: Network | None, monitor: Monitor, *, has_labels: bool = True
) -> Dataset:
    """The set, opened where it is a path, and laid out for a network.

    Raises:
        DatasetError: it is refused, or does not fit.
    """
    from core.data.dataset import Dataset, check_fits, open_dataset  # noqa: PLC0415  # brings numpy

    shape = network.input_shape if network else None
    class_count = network.class_count if network and has_labels else None
    if isinstance(dataset, Dataset):
        return check_fits(dataset, input_shape=shape, class_count=class_count)
    return open_dataset(
        Path(dataset), input_shape=shape, class_count=class_count, has_labels=has_labels, monitor=monitor
    )


def opened_datasets(
    datasets: Dataset | str | Path | Sequence[Dataset | str | Path], network: Network, monitor: Monitor
) -> tuple[Dataset, ...]:
    """The sets, opened where they are paths; one alone needs no list."""
    from core.data.dataset import Dataset  # noqa: PLC0415  # brings numpy

    several = [datasets] if isinstance(datasets, (Dataset, str, Path)) else datasets
    return tuple(opened_dataset(each, network, monitor) for each in several)
