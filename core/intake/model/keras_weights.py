"""The locations of each layer's weights in an HDF5 file, for the layouts of Keras 1 to 3."""

import re
from typing import Any

from core.intake.limits import Limits
from core.intake.model.description import Layer, NetworkDescription
from core.intake.model.layers import RULES
from core.intake.model.weight_shapes import weight_names
from core.intake.readers.screening import Screened, read_text, read_texts
from core.intake.refusal import Refusal, shortened

# The group with a network's layers in `.keras` files of Keras 3, and of Keras 2.12 and 2.13.
_LAYER_FOLDERS = ("layers", "_layer_checkpoint_dependencies")

Places = dict[str, list[str]]


def legacy_places(screened: Screened, network: NetworkDescription, root: str, *, limits: Limits) -> Places:
    """Return the datasets of each layer's weights in an `.h5` file, by the layer's flat name.

    Args:
        screened: the file.
        network: its flattened network.
        root: path of the group with one group per layer (`model_weights`, or `""`).
        limits: limits of the reading.

    Raises:
        Refusal: `missing-weights`.
    """
    places: Places = {}
    for member in network.members:
        wanted = _wanted(member)
        if not wanted:
            continue
        path = _join(root, member.name)
        if path not in screened.groups:
            raise _missing(member.name, "no weights are in the file")
        names = listed_names(screened, path, "weight_names", limits=limits) or []
        found = [_join(path, name.strip("/")) for name in names]
        if len(found) != len(wanted):
            raise _missing(member.name, f"expected {len(wanted)} weights, got {len(found)}")
        for (layer, index), place in zip(wanted, found, strict=True):
            if place not in screened.datasets:
                raise _missing(layer.name, f"'{shortened(place)}' is not in the file")
            count = len(weight_names(layer.class_name, layer.config))
            places.setdefault(layer.flat_name, [""] * count)[index] = place
    return places


def listed_names(screened: Screened, path: str, key: str, *, limits: Limits) -> list[str] | None:
    """Return a list of names in an attribute; Keras splits a long one into `key0`, `key1`…; None if it is absent."""
    group = screened.groups[path]
    names = read_texts(group, key, name=screened.name, limits=limits)
    part_index = 0
    while (part := read_texts(group, f"{key}{part_index}", name=screened.name, limits=limits)) is not None:
        names = [*(names or []), *part]
        part_index += 1
    return names


def current_places(screened: Screened, network: NetworkDescription, *, limits: Limits) -> Places:
    """Return the datasets of each layer's weights in a `.keras` or `.weights.h5` file, by the layer's flat name.

    Raises:
        Refusal: `missing-weights`.
    """
    places: Places = {}
    _current_places(screened, network, "", places, limits)
    return places


def folder_name(class_name: str) -> str:
    """Return Keras 3's group name of a layer: its class in snake case ("Conv2D" → "conv2d")."""
    spaced = re.sub(r"(?<=.)([A-Z][a-z]+)", r"_\1", class_name)
    return re.sub(r"(?<=[a-z])([A-Z])", r"_\1", spaced).lower()


def _current_places(screened: Screened, network: NetworkDescription, base: str, places: Places, limits: Limits) -> None:
    folder = next((_join(base, one) for one in _LAYER_FOLDERS if _join(base, one) in screened.groups), None)
    by_own_name = {} if folder is None else _own_names(screened, folder, limits)
    used: dict[str, int] = {}
    for member in network.members:
        if network.class_name == "Sequential" and isinstance(member, Layer) and member.class_name == "InputLayer":
            continue
        short = folder_name(member.class_name)
        used[short] = used.get(short, -1) + 1
        numbered = f"{short}_{used[short]}" if used[short] else short
        if not _wanted(member):
            continue
        candidates = [by_own_name.get(member.name), numbered, member.name]
        path = next(
            (
                _join(folder, one)
                for one in candidates
                if folder is not None and one is not None and _join(folder, one) in screened.groups
            ),
            None,
        )
        if path is None:
            raise _missing(member.name, "no weights are in the file")
        if isinstance(member, NetworkDescription):
            _current_places(screened, member, path, places, limits)
            continue
        count = len(weight_names(member.class_name, member.config))
        found = [_join(path, f"vars/{index}") for index in range(count)]
        there = len(screened.children(_join(path, "vars")))
        if there != count or any(one not in screened.datasets for one in found):
            raise _missing(member.name, f"expected {count} weights, got {there}")
        places[member.flat_name] = found


def _own_names(screened: Screened, folder: str, limits: Limits) -> dict[str, str]:
    """Return the group of each layer by the name that newer releases store in its `vars` group."""
    names = {}
    for child in screened.children(folder):
        group: Any = screened.groups.get(_join(folder, f"{child}/vars"))
        if group is not None and (own := read_text(group, "name", name=screened.name, limits=limits)):
            names[own] = child
    return names


def _wanted(member: Layer | NetworkDescription) -> list[tuple[Layer, int]]:
    """Return the weights of a layer or of a nested network in file order: trainable ones first."""
    trainable: list[tuple[Layer, int]] = []
    other: list[tuple[Layer, int]] = []
    _collect(member, True, trainable, other)
    return trainable + other


def _collect(
    member: Layer | NetworkDescription,
    is_trainable: bool,
    trainable: list[tuple[Layer, int]],
    other: list[tuple[Layer, int]],
) -> None:
    is_trainable = is_trainable and member.is_trainable
    if isinstance(member, NetworkDescription):
        for one in member.members:
            _collect(one, is_trainable, trainable, other)
        return
    trainable_count = len(RULES[member.class_name].trainable_weights(member.config))
    for index in range(len(weight_names(member.class_name, member.config))):
        (trainable if is_trainable and index < trainable_count else other).append((member, index))


def _join(*parts: str) -> str:
    return "/".join(part for part in parts if part)


def _missing(layer: str, what: str) -> Refusal:
    return Refusal("missing-weights", f"the weights of layer '{shortened(layer)}' do not fit it: {what}")
