"""Opening networks and sets of images, and saving networks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from backdoor_inspector.arguments import chosen_targets
from backdoor_inspector.progress import watched
from core.errors import DatasetError
from core.intake.data.choice import DataChoice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backdoor_inspector.arguments import TargetName
    from backdoor_inspector.progress import ProgressCallback
    from backdoor_inspector.records import Dataset, DemoFiles, Inspection, Network, Repair, SavedModel
    from core.monitor import Monitor

AS_IS, FOUND = "as-is", "found"
Which = Literal["pruned", "repaired", "repaired_by_confidence"]


def demo() -> DemoFiles:
    """Return the paths of the embedded demo: a backdoored face classifier, a clean control, and the images for both.

    Raises:
        ModelFileError: `missing-demo`, if they are missing.
    """
    from core.demo.demo import demo_files  # noqa: PLC0415  # imported on use
    from core.errors import ModelFileError  # noqa: PLC0415

    files = demo_files()
    if not files.model.is_file():
        raise ModelFileError(f"the demo's files must be in '{files.folder}', but they are missing", code="missing-demo")
    return files


def open_network(
    path: str | Path,
    *,
    architecture: str | Path | None = None,
    progress: ProgressCallback | bool | None = None,
) -> Network:
    """Open a classifier: `.h5` of Keras 2 or 3, `.keras`, `.onnx`, `.tflite`, and others.

    The network of a weights-only `.h5` is known if it is the lab's, or if a `.json` file describes it
    (`model.to_json()`): `architecture`, or the one of the same name beside it. A SavedModel of Keras 2 opens by its
    folder. An ONNX or TensorFlow Lite network becomes one of Keras layers, which `save` writes as `.keras` or `.h5`.

    The file is read by a separate process under limits of time and memory, and nothing in it is executed.

    Args:
        path: the file.
        architecture: the JSON file that describes the network, if the file has weights alone.
        progress: see `prune`.

    Returns:
        The network; `summary` has its input shape (H, W, C), its class count K and its convolutions.

    Raises:
        ModelFileError: the file is refused.
        LayerError: its graph cannot be inspected.
    """
    with watched(progress) as monitor:
        return opened_network(path, monitor, architecture=None if architecture is None else Path(architecture))


def open_dataset(
    path: str | Path,
    *,
    network: Network | None = None,
    has_labels: bool = True,
    data_key: str = "",
    label_key: str = "",
    labels: str = "as-is",
    progress: ProgressCallback | bool | None = None,
) -> Dataset:
    """Open images (N, C, H, W), (N, H, W, C) or (N, H, W), 0–255 or 0–1, with labels (N,), (N, 1), (1, N) or (N, K).

    Taken are HDF5, `.npz`, `.npy` with the labels beside it, MATLAB files, CIFAR's pickled batches, folders of images
    by class, and tables (`.csv`) of names and labels beside images.

    Args:
        path: the file or folder.
        network: the network that gets the images: its input shape settles the file's layout, and labels must be its
            classes.
        has_labels: False reads only images, for `unlabelled` of `repair`; the labels are all 0.
        data_key: the key of the images, where the file has several; empty lets the names decide.
        label_key: the key of the labels; for `.npy`, the name of their file.
        labels: the order of the labels: "as-is", "from-1", "alphabetical", "found" (by the network's answers) or the
            path of a file of lines such as "10,2"; all but the first need `network`.
        progress: see `prune`.

    Returns:
        `images` (N, H, W, C) and `labels` (N,) int64, read-only; `notes` say how they were found. The images of a
        large file (above 64 MiB) are read where they are indexed; `numpy.asarray` reads all of them.

    Raises:
        DatasetError: the file is refused, or does not fit the network; a `KeyChoiceError` with `pairs` if it has
            several sets, and `data_key` must say which.
    """
    with watched(progress, needs_keras=labels == FOUND) as monitor:
        choice = DataChoice(data_key=data_key, label_key=label_key)
        if labels == AS_IS:
            return opened_dataset(path, network, monitor, has_labels=has_labels, choice=choice)
        return _relabelled(path, network, labels, choice, monitor)


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
    """Save B′ or G as a standard Keras model, completely or not at all; the file is reopened and compared first.

    Args:
        result: a network B′, a curve of `prune`, or a repair.
        path: where to, `.keras` or `.h5`.
        which: "pruned" for B′; "repaired" for G, which predicts K ("backdoored") where B and B′ disagree;
            "repaired_by_confidence" for the G by confidence of a repair.
        network: B, needed for a G made from a network or a repair; a curve knows its B.
        threshold: for a curve, selects the last step before clean validation accuracy has dropped by that much, (0, 1).
        pruned_count: for a curve, selects the step directly.
        overwrite: whether an existing file may be replaced; the file of B is never replaced.
        progress: see `prune`.

    Raises:
        ExportError: the file cannot be written, or does not reopen as the same network.
        PruningError: the result has no such network, or no step is given.
    """
    from backdoor_inspector.saving import build_and_save  # noqa: PLC0415  # imported on use

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


def _relabelled(
    path: str | Path, network: Network | None, labels: str, choice: DataChoice, monitor: Monitor
) -> Dataset:
    """Open a set with its labels in another order.

    Raises:
        DatasetError: `wrong-labels` without a network, or as `open_dataset`.
    """
    from core.data.dataset import check_fits  # noqa: PLC0415  # imports numpy
    from core.data.dataset import open_dataset as open_set  # noqa: PLC0415
    from core.data.label_map import label_map_of  # noqa: PLC0415

    if network is None:
        raise DatasetError("the order of labels is that of a network's classes: give network", code="wrong-labels")
    dataset = open_set(path, input_shape=network.input_shape, choice=choice, monitor=monitor)
    if labels == FOUND:
        from core.metrics.label_order import find_order  # noqa: PLC0415  # imports Keras

        order = find_order(network, dataset, scale=None, monitor=monitor)
        found = None if order is None else order.label_map
    else:
        found = label_map_of(labels, network.class_count)
    return check_fits(dataset.with_labels(found), class_count=network.class_count)


def opened_network(network: Network | str | Path, monitor: Monitor, *, architecture: Path | None = None) -> Network:
    """Return the network; open it if it is a path."""
    from core.network.network import Network, open_network  # noqa: PLC0415  # imports Keras

    if isinstance(network, Network):
        return network
    return open_network(Path(network), monitor=monitor, architecture=architecture)


def opened_dataset(
    dataset: Dataset | str | Path,
    network: Network | None,
    monitor: Monitor,
    *,
    has_labels: bool = True,
    choice: DataChoice | None = None,
) -> Dataset:
    """Return the set, opened if it is a path, in the layout of the network.

    Raises:
        DatasetError: it is refused, or does not fit.
    """
    from core.data.dataset import Dataset, check_fits, open_dataset  # noqa: PLC0415  # imports numpy

    shape = network.input_shape if network else None
    class_count = network.class_count if network and has_labels else None
    if isinstance(dataset, Dataset):
        return check_fits(dataset, input_shape=shape, class_count=class_count)
    return open_dataset(
        Path(dataset),
        input_shape=shape,
        class_count=class_count,
        has_labels=has_labels,
        choice=choice,
        monitor=monitor,
    )


def opened_datasets(
    datasets: Dataset | str | Path | Sequence[Dataset | str | Path],
    network: Network,
    monitor: Monitor,
    *,
    target: TargetName | Sequence[TargetName] = None,
) -> tuple[Dataset, ...]:
    """Return poisoned sets with their targets, opened if they are paths; a single set needs no list.

    Raises:
        DatasetError: one is refused, does not fit, or has no such target.
    """
    from core.data.dataset import Dataset  # noqa: PLC0415  # imports numpy

    several = [datasets] if isinstance(datasets, (Dataset, str, Path)) else datasets
    targets = chosen_targets(target, set_count=len(several))
    return tuple(
        opened_dataset(each, network, monitor).aimed_at(aim, class_count=network.class_count)
        for each, aim in zip(several, targets, strict=True)
    )
