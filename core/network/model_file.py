"""Opening and saving of network files: rebuilt from a checked description, verified after saving."""

import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import contextlib
import functools
import hashlib
import itertools
import json
import logging
import sys
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from core.cut.batches import LARGEST_VALUES, outputs_in_batches, patch_values, values_per_image
from core.errors import ExportError, InspectorError, ModelFileError
from core.export_file import written_whole
from core.intake.answers import ModelDescription
from core.intake.client import Reading, read_file
from core.intake.limits import MIB
from core.intake.refusal import Refusal
from core.monitor import Monitor
from core.network.layer_building import applied
from core.network.two_classes import is_single, stored_output, with_two_classes
from core.thread_pool import run_aside

_CALLS_PER_LAYER = 4


@dataclass(frozen=True, slots=True, eq=False)
class OpenedModel:
    """A network that was opened.

    Attributes:
        model: the network, plain Keras, in inference form.
        description: the description it was rebuilt from.
        path: the file.
        name: the file's name.
        sha256: SHA-256 of the file, in hexadecimal.
        source_format: `"keras2-h5"`, `"keras3-h5"`, `"keras"` or `"weights-h5"`.
        input_shape: height, width, channels.
        class_count: number of outputs, K.
    """

    model: keras.Model
    description: ModelDescription
    path: Path
    name: str
    sha256: str
    source_format: str
    input_shape: tuple[int, int, int]
    class_count: int

    def __repr__(self) -> str:
        return f"OpenedModel({self.name!r}, {self.source_format}, {self.input_shape} -> {self.class_count})"


def open_model(path: Path | str, *, monitor: Monitor | None = None, is_logged: bool = True) -> OpenedModel:
    """Open a network from an `.h5` or `.keras` file, or from a weights file of a known architecture.

    No code of the file is executed: the network is rebuilt from allowed Keras layers.

    Args:
        path: the file.
        monitor: receives progress, and can cancel.
        is_logged: whether the log names the file; not for the temporary file of a save.

    Raises:
        ModelFileError: the file is refused.
        Cancelled: the job was cancelled.
    """
    path, monitor = Path(path), monitor or Monitor()
    reading = read_file("model", path, monitor=monitor, is_logged=is_logged)
    description = reading.answer
    assert isinstance(description, ModelDescription)
    try:
        model = _rebuilt(reading, description, monitor)
    except Refusal as refusal:
        raise ModelFileError(
            f"the network in '{path.name}' cannot be opened: {refusal}", code=refusal.code
        ) from refusal
    height, width, channels = description.input_shape
    return OpenedModel(
        model=model,
        description=description,
        path=path,
        name=path.name,
        sha256=description.sha256,
        source_format=description.source_format,
        input_shape=(height, width, channels),
        class_count=int(model.output_shape[-1]),
    )


@dataclass(frozen=True, slots=True)
class SavedModel:
    """A network file that was saved, reopened and found equal.

    Attributes:
        path: the file.
        sha256: SHA-256 of the file, in hexadecimal.
        size_bytes: size of the file.
    """

    path: Path
    sha256: str
    size_bytes: int


def save_model(
    model: keras.Model,
    path: Path | str,
    *,
    probe: npt.NDArray[np.float32],
    forbidden: Sequence[Path] = (),
    overwrite: bool = False,
    monitor: Monitor | None = None,
) -> SavedModel:
    """Save a network atomically, without training state, as `.keras` or `.h5` by the path's suffix.

    Before the file gets its final name it is opened again like any other file; every weight and the outputs for `probe`
    must be unchanged. Equal networks give equal files.

    Args:
        model: a functional or sequential network of allowed layers.
        path: the target.
        probe: (n, H, W, C) float32, inputs to compare the outputs on.
        forbidden: files that must not be replaced (the opened ones).
        overwrite: whether another existing file may be replaced.
        monitor: receives progress, and can cancel.

    Raises:
        ExportError: `wrong-suffix`, `would-replace-input`, `already-exists`, `write-failed` or `save-differs`.
        Cancelled: the job was cancelled; no file is left behind.
    """
    path, monitor = Path(path), monitor or Monitor()
    if path.suffix not in {".keras", ".h5"}:
        raise ExportError(f"a network must be saved as .keras or .h5, got '{path.name}'", code="wrong-suffix")
    _refuse_target(path, forbidden, overwrite=overwrite)
    stage = f"Saving {path.name}"
    monitor.checkpoint(stage, total_count=3)
    try:
        with written_whole(path, suffix=path.suffix) as partial:
            # A large network takes seconds; after a cancel the thread runs on into a file without a name.
            run_aside(functools.partial(_write, model, partial), while_waiting=monitor.stop_if_asked)
            monitor.checkpoint(stage, done_count=1, total_count=3)
            compare = functools.partial(_compare, model, partial, path.name, probe, monitor.unseen())
            run_aside(compare, while_waiting=monitor.stop_if_asked)
            monitor.checkpoint(stage, done_count=2, total_count=3)
            content = partial.read_bytes()
            _refuse_target(path, forbidden, overwrite=overwrite)
            # The last chance to stop: after it the file exists.
            monitor.checkpoint(stage, done_count=3, total_count=3)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, NotImplementedError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ExportError(f"'{path.name}' could not be written: {reason}", code="write-failed") from error
    return SavedModel(path, hashlib.sha256(content).hexdigest(), len(content))


def _rebuilt(reading: Reading, description: ModelDescription, monitor: Monitor) -> keras.Model:
    """Rebuild the network.

    Raises:
        Refusal: a layer does not fit its inputs, or the output is not one score per class.
    """
    # Keras walks a network by recursion, a few calls for each layer, here and wherever the network is copied later.
    sys.setrecursionlimit(max(sys.getrecursionlimit(), 1_000 + _CALLS_PER_LAYER * len(description.layers)))
    tensors: dict[str, Any] = {}
    for index, layer in enumerate(description.layers):
        monitor.checkpoint(f"Building {reading.name}", done_count=index, total_count=len(description.layers))
        if layer.name in tensors or any(name not in tensors for name in layer.inputs):
            raise Refusal("intake-answer", f"layer '{layer.name}' comes before its inputs")
        if layer.class_name == "InputLayer":
            if tensors:
                raise Refusal("unsupported-network", "it has more than one input")
            tensors[layer.name] = keras.Input(tuple(description.input_shape), name=layer.name, dtype="float32")
        else:
            tensors[layer.name] = applied(reading, layer, [tensors[name] for name in layer.inputs])
    _check_shapes(description, tensors)
    output = tensors.get(description.output)
    first = description.layers[0]
    if output is None or first.class_name != "InputLayer":
        raise Refusal("intake-answer", "it has no input or no output")
    if is_single(output):
        output = with_two_classes(output, taken=set(tensors))
    if len(output.shape) != 2 or output.shape[-1] is None or output.shape[-1] < 2:
        raise Refusal(
            "wrong-output",
            f"it must output one score per class, or one sigmoid or logit for two classes, got an output of shape "
            f"{output.shape[1:]}",
        )
    model = keras.Model(tensors[first.name], output, name=_model_name(description.network_name))
    _refuse_too_large(model)
    return model


def _check_shapes(description: ModelDescription, tensors: dict[str, Any]) -> None:
    """Check that each layer is computed on the shape for which Keras would build it.

    Raises:
        Refusal: `shapes-disagree`.
    """
    for stated in description.shapes:
        if stated.layer not in tensors:
            raise Refusal("intake-answer", f"it has no layer '{stated.layer}'")
        real = tuple(tensors[stated.layer].shape[1:])
        is_same_rank = len(real) == len(stated.shape)
        if not is_same_rank or any(wanted not in (None, got) for wanted, got in zip(stated.shape, real, strict=True)):
            raise Refusal(
                "shapes-disagree",
                f"Keras builds what reads '{stated.layer}' for an input of shape {tuple(stated.shape)}, but it has the "
                f"shape {real}",
            )


def _refuse_too_large(model: keras.Model) -> None:
    """Refuse a network that takes too much memory for a single image."""
    values = values_per_image(model.layers) + patch_values(model.layers)
    if values > LARGEST_VALUES:
        raise Refusal(
            "file-too-large",
            f"one image takes {4 * values / MIB:,.0f} MiB in its layers: at most {4 * LARGEST_VALUES // MIB:,} MiB are "
            "allowed",
        )


def _model_name(name: str) -> str:
    safe = "".join(character if character.isalnum() or character in "_-." else "_" for character in name)
    return safe.strip("._-") or "network"


def _refuse_target(path: Path, forbidden: Sequence[Path], *, overwrite: bool) -> None:
    for one in forbidden:
        is_same = path.resolve() == Path(one).resolve()
        with contextlib.suppress(OSError):
            is_same = is_same or path.samefile(one)
        if is_same:
            raise ExportError(
                f"'{path.name}' is one of the opened files, which are never replaced: choose another name",
                code="would-replace-input",
            )
    if not path.parent.is_dir():
        # Keras would create the folder.
        raise ExportError(
            f"'{path.name}' could not be written: there is no folder '{path.parent}'", code="write-failed"
        )
    if path.is_dir() or (not overwrite and (path.exists() or path.is_symlink())):
        raise ExportError(f"'{path.name}' already exists: choose another name", code="already-exists")


def _write(model: keras.Model, path: Path) -> None:
    # The same layers without optimizer and loss.
    # One tensor, not a list of one: Keras stores the difference in the file and warns about it at every call.
    inputs = model.inputs[0] if len(model.inputs) == 1 else model.inputs
    bare = keras.Model(inputs, stored_output(model) if len(model.outputs) == 1 else model.outputs, name=model.name)
    with _without_advice():
        bare.save(path)
    if path.suffix == ".keras":
        _make_reproducible(path)


@contextlib.contextmanager
def _without_advice() -> Iterator[None]:
    """Silence the advice to use `.keras`, which Keras logs for each `.h5` file."""
    logger = logging.getLogger("absl")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def _make_reproducible(path: Path) -> None:
    """Remove times and memory addresses from a `.keras` archive."""
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in sorted(archive.namelist())}
    metadata = json.loads(entries["metadata.json"])
    metadata.pop("date_saved", None)
    entries["metadata.json"] = json.dumps(metadata).encode()
    numbers: dict[int, int] = {}
    counter = itertools.count(1)

    def renumbered(pairs: dict[str, Any]) -> dict[str, Any]:
        if isinstance(shared := pairs.get("shared_object_id"), int):
            pairs["shared_object_id"] = (
                numbers[shared] if shared in numbers else numbers.setdefault(shared, next(counter))
            )
        return pairs

    entries["config.json"] = json.dumps(json.loads(entries["config.json"], object_hook=renumbered)).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in entries.items():
            archive.writestr(zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0)), content)


def _compare(model: keras.Model, written: Path, name: str, probe: npt.NDArray[np.float32], monitor: Monitor) -> None:
    try:
        reopened = open_model(written, monitor=monitor, is_logged=False).model
    except InspectorError as error:
        reason = str(error).replace(written.name, name)
        raise ExportError(
            f"'{name}' was not saved: it could not be reopened ({reason})", code="save-differs"
        ) from error
    before, after = _weights(model), _weights(reopened)
    if before.keys() != after.keys():
        raise ExportError(f"'{name}' was not saved: its layers would change", code="save-differs")
    for layer, weights in before.items():
        for one, other in zip(weights, after[layer], strict=True):
            if not np.array_equal(one, other):
                raise ExportError(
                    f"'{name}' was not saved: the weights of layer '{layer}' would change",
                    code="save-differs",
                )
    answers = [outputs_in_batches(one, probe) for one in (model, reopened)]
    if not np.array_equal(answers[0].argmax(axis=1), answers[1].argmax(axis=1)) or not np.array_equal(
        answers[0], answers[1]
    ):
        raise ExportError(f"'{name}' was not saved: its outputs would change", code="save-differs")


def _weights(model: keras.Model) -> dict[str, list[npt.NDArray[Any]]]:
    """Return the weights of each layer that has any, by layer name, including nested networks."""
    weights: dict[str, list[npt.NDArray[Any]]] = {}
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            weights |= _weights(layer)
        elif layer.weights:
            weights[layer.name] = layer.get_weights()
    return weights
