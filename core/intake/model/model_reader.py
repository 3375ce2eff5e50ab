"""Read a model file in the child: screen it, check it against the allow-list, write its weights as plain arrays."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from core.intake.limits import MIB, Limits
from core.intake.model.architecture_file import described_beside
from core.intake.model.architectures import KNOWN, Architecture
from core.intake.model.description import parse_network
from core.intake.model.foreign_code import refuse_code
from core.intake.model.graph.entries import Shape
from core.intake.model.graph.flattening import FlatNetwork, flattened
from core.intake.model.graph.members import NetworkDescription
from core.intake.model.graph.repeats import Repeats
from core.intake.model.keras_weights import (
    ARCHIVE_TRAINING,
    HDF5_TRAINING,
    Places,
    current_places,
    legacy_places,
    listed_names,
)
from core.intake.model.model_kind import foreign_reader, known_version, model_format, refuse_other_content
from core.intake.model.stored_scale import STORED_KEY, stored_scale
from core.intake.model.weight_shapes import weight_names
from core.intake.readers.archive import read_archive
from core.intake.readers.file_kind import check_whole_hdf5, open_hdf5
from core.intake.readers.scratch import Stored, write_array
from core.intake.readers.screening import Screened, check_array, read_text, screen
from core.intake.readers.strict_json import parse_json
from core.intake.refusal import Refusal, listed, shortened
from core.intake.source import START_BYTES, other_suffix

Progress = Callable[[int, int], None]


def read_model(
    file: BinaryIO,
    folder: Path,
    *,
    name: str,
    size_bytes: int,
    limits: Limits,
    on_progress: Progress,
    architecture: str = "",
) -> dict[str, object]:
    """Read a complete model, or weights whose network is known; return its description as plain JSON values.

    Args:
        file: the file.
        folder: the scratch folder.
        name: the file's name, for messages.
        size_bytes: the file's size.
        limits: limits of the reading.
        on_progress: called with the number of weights done and of all.
        architecture: the description of the network in a file beside this one, used if this one has none; may be empty.

    Raises:
        Refusal: see `codes.CODES`.
    """
    start = file.read(START_BYTES)
    file.seek(0)
    refuse_other_content(file, start, name, size_bytes=size_bytes)
    if (misnamed := other_suffix(file, name)) is not None:
        raise misnamed
    kind = model_format(start, name)
    if (read := foreign_reader(kind)) is not None:
        return read(file, folder, name=name, limits=limits, on_progress=on_progress)
    if kind == "zip":
        return _read_archive(file, folder, name=name, limits=limits, on_progress=on_progress)
    with open_hdf5(file, name) as opened:
        check_whole_hdf5(file, name)
        screened = screen(opened, name=name, size_bytes=size_bytes, limits=limits)
        return _read_hdf5(screened, folder, limits=limits, on_progress=on_progress, architecture=architecture)


def _read_archive(
    file: BinaryIO, folder: Path, *, name: str, limits: Limits, on_progress: Progress
) -> dict[str, object]:
    archive = read_archive(file, name=name, limits=limits)
    metadata = _parsed(archive.metadata, name) if archive.metadata else {}
    description = _parsed(archive.config, name)
    metadata = metadata if isinstance(metadata, dict) else {}
    version = str(metadata.get("keras_version", ""))
    scale = stored_scale(metadata.get(STORED_KEY), name)
    network = _network(description, name=name, limits=limits, is_keras_2=version.startswith("2"), is_archive=True)
    # An optimizer's state has a place of its own only where the file says how the network was trained.
    training = ARCHIVE_TRAINING if isinstance(description, dict) and description.get("compile_config") else ()
    weights = io.BytesIO(archive.weights)
    with open_hdf5(weights, name) as opened:
        check_whole_hdf5(weights, name)
        screened = screen(opened, name=name, size_bytes=len(archive.weights), limits=limits)
        flat = _flat(network, name)
        places = _placed(lambda: current_places(screened, network, limits=limits, training=training), name)
        return _written(
            flat,
            network,
            places=places,
            screened=screened,
            folder=folder,
            source_format="keras",
            limits=limits,
            on_progress=on_progress,
        ) | {"scale": scale, "keras_version": known_version(version)}


def _read_hdf5(
    screened: Screened, folder: Path, *, limits: Limits, on_progress: Progress, architecture: str
) -> dict[str, object]:
    name, root = screened.name, screened.groups[""]
    text = read_text(root, "model_config", name=name, limits=limits)
    if text is not None:
        version = read_text(root, "keras_version", name=name, limits=limits) or ""
        is_keras_2 = version[:1] in {"1", "2"}
        network = _network(_parsed(text, name), name=name, limits=limits, is_keras_2=is_keras_2)
        training = HDF5_TRAINING if _has_training(screened, limits) else ()
        flat = _flat(network, name)
        if "model_weights" not in screened.groups:
            raise Refusal("missing-weights", f"'{name}' describes a network but has no weights")
        places = _placed(
            lambda: legacy_places(screened, network, "model_weights", limits=limits, training=training), name
        )
        form = "keras2-h5" if is_keras_2 else "keras3-h5"
        stored = read_text(root, STORED_KEY, name=name, limits=limits)
        scale = stored_scale(None if stored is None else _parsed(stored, name), name)
        return _written(
            flat,
            network,
            places=places,
            screened=screened,
            folder=folder,
            source_format=form,
            limits=limits,
            on_progress=on_progress,
        ) | {"scale": scale, "keras_version": known_version(version)}
    found = set(screened.children(""))
    if found & {"data", "label"} and not found & {"layers", "model_weights"}:
        raise Refusal("images-not-model", f"'{name}' contains images, not a network: open it as data instead")
    root = _weights_root(screened, limits)
    if root is None and not found & {"layers", "model_weights"}:
        raise Refusal(
            "wrong-format",
            f"'{name}' is an HDF5 file without a network: expected a Keras model, got {listed(sorted(found))}",
        )
    described = described_beside(architecture)
    if described is not None:
        return _read_with_description(screened, folder, described, root=root, limits=limits, on_progress=on_progress)
    return _read_weights_only(screened, folder, root=root, limits=limits, on_progress=on_progress)


def _read_with_description(
    screened: Screened,
    folder: Path,
    described: dict[str, Any],
    *,
    root: str | None,
    limits: Limits,
    on_progress: Progress,
) -> dict[str, object]:
    name = screened.name
    written_by = described.get("keras_version") or read_text(
        screened.groups[""], "keras_version", name=name, limits=limits
    )
    is_keras_2 = str(written_by or "")[:1] in {"1", "2"}
    network = _network(described, name=name, limits=limits, is_keras_2=is_keras_2)
    flat = _flat(network, name)

    def find() -> Places:
        if root is None:
            return current_places(screened, network, limits=limits, training=ARCHIVE_TRAINING)
        return legacy_places(screened, network, root, limits=limits)

    return _written(
        flat,
        network,
        places=_placed(find, name),
        screened=screened,
        folder=folder,
        source_format="weights-h5",
        limits=limits,
        on_progress=on_progress,
    ) | {"keras_version": known_version(str(written_by or ""))}


def _has_training(screened: Screened, limits: Limits) -> bool:
    """Tell whether an `.h5` file says how its network was trained, and refuse code in it; it is not used."""
    name = screened.name
    text = read_text(screened.groups[""], "training_config", name=name, limits=limits)
    if text:
        try:
            refuse_code(_parsed(text, name))
        except Refusal as refusal:
            raise Refusal(refusal.code, f"the training of '{name}': {refusal}") from refusal
    return bool(text)


def _weights_root(screened: Screened, limits: Limits) -> str | None:
    """Return the group that lists layers' weights as in `.h5` files, as Keras finds it; None for the newer layout."""
    for root in ("", "model_weights"):
        if root in screened.groups and listed_names(screened, root, "layer_names", limits=limits) is not None:
            return root
    return None


def _read_weights_only(
    screened: Screened, folder: Path, *, root: str | None, limits: Limits, on_progress: Progress
) -> dict[str, object]:
    reasons = []
    for architecture in KNOWN:
        network = parse_network(architecture.described(1), limits=limits, is_keras_2=False)
        _flat(network, screened.name)
        try:
            if root is not None:
                _check_layer_names(screened, architecture, root)
                places = legacy_places(screened, network, root, limits=limits)
            else:
                places = current_places(screened, network, limits=limits, training=ARCHIVE_TRAINING)
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
        f"({'; '.join(reasons)}): save the whole model with model.save(…), or its description "
        "(model.to_json()) beside it as a .json file of the same name, or name that file (--architecture)",
    )


def _check_layer_names(screened: Screened, architecture: Architecture, root: str) -> None:
    with_weights = {path.removeprefix(f"{root}/").partition("/")[0] for path in screened.datasets}
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
        return parse_json(text)
    except ValueError as error:
        raise Refusal(
            "damaged-file", f"the description of the network in '{name}' is not valid JSON: {shortened(error)}"
        ) from error


def _network(
    description: Any, *, name: str, limits: Limits, is_keras_2: bool, is_archive: bool = False
) -> NetworkDescription:
    try:
        network = parse_network(description, limits=limits, is_keras_2=is_keras_2, is_archive=is_archive)
        refuse_code(description)
        return network
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
    written: dict[str, Stored] = {}
    repeats = Repeats(limits)
    for layer, inputs in flat.layers:
        stored = []
        paths = places.get(flat.weights_of.get(layer.flat_name, layer.flat_name), [])
        for weight, path in zip(weight_names(layer.class_name, layer.config), paths, strict=True):
            if path in written:
                repeats.add(written[path])
            else:
                _check_kind(screened, path, weight)
                written[path] = _write_weight(screened, path, folder, len(written), limits)
                on_progress(len(written), total)
            stored.append({"name": weight, **written[path].as_json()})
        described.append(
            {
                "name": layer.flat_name,
                "class_name": layer.class_name,
                "config": layer.config,
                "inputs": inputs,
                "weights": stored,
                "is_operation": layer.is_operation,
            }
        )
    return {
        "kind": "model",
        "source_format": source_format,
        "network_name": shortened(network.name, 100),
        "input_shape": input_shape,
        "output": flat.output,
        "left_out": flat.left_out,
        "repeated": flat.repeated(),
        "shapes": [{"layer": layer, "shape": shape} for layer, shape in _each_once(flat.shapes)],
        "layers": described,
    }


def _each_once(shapes: list[tuple[str, Shape]]) -> list[tuple[str, Shape]]:
    return [(layer, list(shape)) for layer, shape in dict.fromkeys((layer, tuple(shape)) for layer, shape in shapes)]


def _input_shape(network: NetworkDescription, name: str) -> list[int]:
    shape = network.input_shape
    if shape is None and isinstance(network.members[1 if len(network.members) > 1 else 0], NetworkDescription):
        shape = network.members[1].input_shape
    lengths = shape or []
    is_fixed = all(type(length) is int and 0 < length <= 16_384 for length in lengths)
    if not is_fixed or len(lengths) != 3 or np.prod(lengths) > 64 * MIB:
        got = "no shape" if shape is None else shortened(tuple(shape))
        raise Refusal(
            "wrong-input",
            f"the network in '{name}' must read images of a fixed shape (height, width, channels), got {got}",
        )
    return [int(length) for length in lengths]


def _check_kind(screened: Screened, path: str, weight: str) -> None:
    """Refuse whole numbers as weights, and weights that Keras rounds while it reads them."""
    dataset = screened.datasets[path]
    if dataset.dtype.kind in "iu" and weight != "count":
        raise Refusal(
            "bad-weights",
            f"'{shortened(path)}' in '{screened.name}' contains whole numbers: expected floating-point weights",
        )
    if "dtype" in dataset.attrs:
        raise Refusal("bad-weights", f"'{shortened(path)}' in '{screened.name}' is stored in a precision of its own")


def _write_weight(screened: Screened, path: str, folder: Path, index: int, limits: Limits) -> Stored:
    dataset = check_array(screened, path, limits)
    values = np.asarray(dataset[()])
    values = values.astype(np.int64 if values.dtype.kind in "iu" else np.float32)
    if not np.isfinite(values).all():
        raise Refusal(
            "bad-weights", f"'{shortened(path)}' in '{screened.name}' contains values that are not finite numbers"
        )
    return write_array(folder, f"weight_{index:04d}.npy", values)
