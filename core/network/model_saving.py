"""Saving of network files: without training state, verified by reopening, with what the network reads for a pixel."""

import contextlib
import functools
import hashlib
import itertools
import json
import logging
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import numpy.typing as npt

from core.cut.batches import outputs_in_batches
from core.errors import ExportError, InspectorError
from core.export_file import written_whole
from core.intake.model.stored_scale import STORED_KEY
from core.monitor import Monitor
from core.network.model_file import open_model
from core.network.two_classes import stored_output
from core.scale import Scale
from core.thread_pool import run_aside


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
    scale: Scale | None = None,
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
        scale: what the network reads for a pixel; stored in the file, where Keras does not look at it.
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
            run_aside(functools.partial(_write, model, partial, scale), while_waiting=monitor.stop_if_asked)
            monitor.checkpoint(stage, done_count=1, total_count=3)
            compare = functools.partial(
                _compare, model, partial, path.name, probe=probe, scale=scale, monitor=monitor.unseen()
            )
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


def _write(model: keras.Model, path: Path, scale: Scale | None) -> None:
    # The same layers without optimizer and loss.
    # One tensor, not a list of one: Keras stores the difference in the file and warns about it at every call.
    inputs = model.inputs[0] if len(model.inputs) == 1 else model.inputs
    bare = keras.Model(inputs, stored_output(model) if len(model.outputs) == 1 else model.outputs, name=model.name)
    with _without_advice():
        bare.save(path)
    stored = None if scale is None else {"scale": scale.as_json()}
    if path.suffix == ".keras":
        _rewrite_archive(path, stored)
    elif stored is not None:
        with h5py.File(path, "r+") as file:
            file.attrs[STORED_KEY] = json.dumps(stored)


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


def _rewrite_archive(path: Path, stored: dict[str, Any] | None) -> None:
    """Remove times and memory addresses from a `.keras` archive, and store what the network reads."""
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in sorted(archive.namelist())}
    metadata = json.loads(entries["metadata.json"])
    metadata.pop("date_saved", None)
    if stored is not None:
        metadata[STORED_KEY] = stored
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


def _compare(
    model: keras.Model,
    written: Path,
    name: str,
    *,
    probe: npt.NDArray[np.float32],
    scale: Scale | None,
    monitor: Monitor,
) -> None:
    try:
        opened = open_model(written, monitor=monitor, is_logged=False)
    except InspectorError as error:
        reason = str(error).replace(written.name, name)
        raise ExportError(
            f"'{name}' was not saved: it could not be reopened ({reason})", code="save-differs"
        ) from error
    reopened = opened.model
    if opened.scale != scale:
        raise ExportError(f"'{name}' was not saved: what it reads for a pixel would change", code="save-differs")
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
