"""Read a model file in the child: screen it, check it against the allow-list, write its weights as plain arrays."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from core.intake.limits import MIB, Limits
from core.intake.model.architectures import KNOWN, Architecture
from core.intake.model.description import FlatNetwork, NetworkDescription, flattened, parse_network
from core.intake.model.keras_weights import Places, current_places, legacy_places, listed_names
from core.intake.model.weight_shapes import weight_names
from core.intake.readers.file_kind import open_hdf5
from core.intake.readers.scratch import Stored, write_array
from core.intake.readers.screening import Screened, check_array, read_text, screen
from core.intake.refusal import Refusal, listed, shortened

_ARCHIVE_ENTRIES = {"config.json": 64 * MIB, "metadata.json": MIB, "model.weights.h5": None}
_ARCHIVE_RATIO = 200

Progress = Callable[[int, int], None]


def read_model(
    file: BinaryIO, folder: Path, *, name: str, size_bytes: int, limits: Limits, on_progress: Progress
) -> dict[str, object]:
    """Read a complete model, or the weights of a known network; return its description as plain JSON values.

    Raises:
        Refusal: see `codes.CODES`.
    """
    signature = file.read(4)
    file.seek(0)
    if signature == b"PK\x03\x04":
        return _read_archive(file, folder, name=name, limits=limits, on_progress=on_progress)
    with open_hdf5(file, name) as opened:
        screened = screen(opened, name=name, size_bytes=size_bytes, limits=limits)
        return _read_hdf5(screened, folder, limits=limits, on_progress=on_progress)


def _read_archive(
    file: BinaryIO, folder: Path, *, name: str, limits: Limits, on_progress: Progress
) -> dict[str, object]:
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise Refusal("truncated-file", f"'{name}' is a truncated or damaged .keras archive") from error
    with archive:
        entries = archive.infolist()
        _check_entries(entries, name, limits)
        if not {"config.json", "model.weights.h5"} <= {entry.filename for entry in entries}:
            raise Refusal(
                "wrong-format",
                f"'{name}' is a zip archive but not a .keras model: expected config.json and model.weights.h5, "
                f"got {listed(entry.filename for entry in entries)}",
            )
        try:
            text = archive.read("config.json")
            weights = archive.read("model.weights.h5")
            metadata = json.loads(archive.read("metadata.json")) if "metadata.json" in archive.namelist() else {}
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError, RuntimeError) as error:
            raise Refusal("damaged-file", f"'{name}' is a damaged .keras archive") from error
    description = _parsed(text, name)
    version = str(metadata.get("keras_version", "")) if isinstance(metadata, dict) else ""
    network = _network(description, name=name, limits=limits, is_keras_2=version.startswith("2"))
    with open_hdf5(io.BytesIO(weights), name) as opened:
        screened = screen(opened, name=name, size_bytes=len(weights), limits=limits)
        flat = _flat(network, name)
        places = _placed(lambda: current_places(screened, network, limits=limits), name)
        return _written(
            flat,
            network,
            places=places,
            screened=screened,
            folder=folder,
            source_format="keras",
            limits=limits,
            on_progress=on_progress,
        )


def _check_entries(entries: list[zipfile.ZipInfo], name: str, limits: Limits) -> None:
    names = [entry.filename for entry in entries]
    if len(set(names)) != len(names):
        raise Refusal("unsafe-archive", f"'{name}' contains an entry twice")
    for entry in entries:
        if entry.filename not in _ARCHIVE_ENTRIES:
            code = "unsafe-archive" if "config.json" in names else "wrong-format"
            raise Refusal(
                code,
                f"'{name}' contains an entry '{shortened(entry.filename)}': expected a .keras model of "
                f"{listed(sorted(_ARCHIVE_ENTRIES))}",
            )
        largest = _ARCHIVE_ENTRIES[entry.filename] or limits.model_bytes
        if entry.file_size > largest:
            raise Refusal("file-too-large", f"'{entry.filename}' in '{name}' claims {entry.file_size:,} bytes")
        if entry.file_size > MIB and entry.file_size > _ARCHIVE_RATIO * max(1, entry.compress_size):
            raise Refusal("unsafe-archive", f"'{entry.filename}' in '{name}' is compressed too strongly to be a model")
        if entry.flag_bits & 1:
            raise Refusal("unsafe-archive", f"'{name}' is encrypted")


def _read_hdf5(screened: Screened, folder: Path, *, limits: Limits, on_progress: Progress) -> dict[str, object]:
    name, root = screened.name, screened.groups[""]
    text = read_text(root, "model_config", name=name, limits=limits)
    if text is not None:
        version = read_text(root, "keras_version", name=name, limits=limits) or ""
        is_keras_2 = version[:1] in {"1", "2"}
        network = _network(_parsed(text, name), name=name, limits=limits, is_keras_2=is_keras_2)
        flat = _flat(network, name)
        weights_root = "model_weights" if "model_weights" in screened.groups else ""
        places = _placed(lambda: legacy_places(screened, network, weights_root, limits=limits), name)
        form = "keras2-h5" if is_keras_2 else "keras3-h5"
        return _written(
            flat,
            network,
            places=places,
            screened=screened,
            folder=folder,
            source_format=form,
            limits=limits,
            on_progress=on_progress,
        )
    found = set(screened.children(""))
    if found & {"data", "label"} and not found & {"layers", "model_weights"}:
        raise Refusal("images-not-model", f"'{name}' contains images, not a network: open it as data instead")
    is_legacy = listed_names(screened, "", "layer_names", limits=limits) is not None
    if not is_legacy and not found & {"layers", "model_weights"}:
        raise Refusal(
            "wrong-format", f"'{name}' is an HDF5 file without a network: expected a Keras model, got {listed(found)}"
        )
    return _read_weights_only(screened, folder, is_legacy=is_legacy, limits=limits, on_progress=on_progress)


def _read_weights_only(
    screened: Screened, folder: Path, *, is_legacy: bool, limits: Limits, on_progress: Progress
) -> dict[str, object]:
    reasons = []
    for architecture in KNOWN:
        network = parse_network(architecture.described(1), limits=limits, is_keras_2=False)
        _flat(network, screened.name)
        try:
            if is_legacy:
                _check_layer_names(screened, architecture)
                places = legacy_places(screened, network, "", limits=limits)
            else:
                places = current_places(screened, network, limits=limits)
            class_count = _class_count(screened, architecture, places)
        except Refusal as refusal:
            reasons.append(f"{architecture.name}: {refusal}")
            continue
        network = parse_network(architecture.described(class_count), limits=limits, is_keras_2=False)
        flat = _flat(network, screened.name)
        return _written(
            flat,
            network,
            places=places,
            screened=screened,
            folder=folder,
            source_format="weights-h5",
            limits=limits,
            on_progress=on_progress,
        )
    raise Refusal(
        "missing-architecture",
        f"'{screened.name}' contains weights but not their network, and they do not fit a known network "
        f"({'; '.join(reasons)}): save the whole model with model.save(…)",
    )


def _check_layer_names(screened: Screened, architecture: Architecture) -> None:
    with_weights = {path.partition("/")[0] for path in screened.datasets}
    if foreign := sorted(with_weights - architecture.weights.keys()):
        raise Refusal("missing-architecture", f"it has no layer {listed(foreign)}")


def _class_count(screened: Screened, architecture: Architecture, places: Places) -> int:
    class_count = 0
    for layer, expected in architecture.weights.items():
        kernel, bias = (tuple(screened.datasets[place].shape) for place in places[layer])
        if len(kernel) != len(expected) or any(
            wanted not in (None, got) for wanted, got in zip(expected, kernel, strict=True)
        ):
            wanted_text = str(tuple("classes" if one is None else one for one in expected)).replace("'", "")
            raise Refusal("missing-architecture", f"'{layer}' has a kernel of shape {kernel}: expected {wanted_text}")
        if bias != kernel[-1:]:
            raise Refusal("missing-architecture", f"'{layer}' has a bias of shape {bias}: expected {kernel[-1:]}")
        class_count = kernel[-1]
    return class_count


def _parsed(text: str | bytes, name: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refusal("damaged-file", f"the description of the network in '{name}' is not readable JSON") from error


def _network(description: Any, *, name: str, limits: Limits, is_keras_2: bool) -> NetworkDescription:
    try:
        return parse_network(description, limits=limits, is_keras_2=is_keras_2)
    except Refusal as refusal:
        raise Refusal(refusal.code, f"the network in '{name}' cannot be opened: {refusal}") from refusal


def _flat(network: NetworkDescription, name: str) -> FlatNetwork:
    try:
        return flattened(network)
    except Refusal as refusal:
        raise Refusal(refusal.code, f"the network in '{name}' cannot be opened: {refusal}") from refusal


def _placed(find: Callable[[], Places], name: str) -> Places:
    try:
        return find()
    except Refusal as refusal:
        raise Refusal(refusal.code, f"the network in '{name}' cannot be opened: {refusal}") from refusal


def _written(
    flat: FlatNetwork,
    network: NetworkDescription,
    *,
    places: Places,
    screened: Screened,
    folder: Path,
    source_format: str,
    limits: Limits,
    on_progress: Progress,
) -> dict[str, object]:
    input_shape = _input_shape(network, screened.name)
    described = []
    total = sum(len(paths) for paths in places.values())
    done = 0
    for layer, inputs in flat.layers:
        stored = []
        for weight, path in zip(
            weight_names(layer.class_name, layer.config), places.get(layer.flat_name, []), strict=True
        ):
            stored.append({"name": weight, **_write_weight(screened, path, folder, done, limits).as_json()})
            done += 1
            on_progress(done, total)
        described.append(
            {
                "name": layer.flat_name,
                "class_name": layer.class_name,
                "config": layer.config,
                "inputs": inputs,
                "weights": stored,
            }
        )
    return {
        "kind": "model",
        "source_format": source_format,
        "network_name": shortened(network.name, 100),
        "input_shape": input_shape,
        "output": flat.output,
        "layers": described,
    }


def _input_shape(network: NetworkDescription, name: str) -> list[int]:
    shape = network.input_shape
    if shape is None and isinstance(network.members[1 if len(network.members) > 1 else 0], NetworkDescription):
        shape = network.members[1].input_shape
    is_fixed = isinstance(shape, list) and all(type(length) is int and 0 < length <= 16_384 for length in shape)
    if not is_fixed or len(shape) != 3 or np.prod(shape) > 64 * MIB:
        got = "no shape" if shape is None else shortened(tuple(shape) if isinstance(shape, list) else shape)
        raise Refusal(
            "wrong-input",
            f"the network in '{name}' must read images of a fixed shape (height, width, channels), got {got}",
        )
    return [int(length) for length in shape]


def _write_weight(screened: Screened, path: str, folder: Path, index: int, limits: Limits) -> Stored:
    dataset = check_array(screened, path, limits)
    values = np.asarray(dataset[()])
    values = values.astype(np.int64 if values.dtype.kind in "iu" else np.float32)
    if not np.isfinite(values).all():
        raise Refusal(
            "bad-weights", f"'{shortened(path)}' in '{screened.name}' contains values that are not finite numbers"
        )
    return write_array(folder, f"weight_{index:04d}.npy", values)
