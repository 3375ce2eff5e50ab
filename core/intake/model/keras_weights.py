"""The datasets with each layer's weights in an HDF5 file, bound as Keras binds them, for the layouts of Keras 1 to 3.

Keras takes weights by position and ignores most names in a file. A file in which a name disagrees with the position
would show one network here and be another one elsewhere: it is refused.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from core.intake.limits import Limits
from core.intake.model.graph.attention import CLASS, PROJECTIONS
from core.intake.model.graph.members import Layer, NetworkDescription
from core.intake.model.graph.stand_ins import TRAINING_ONLY
from core.intake.readers.screening import Screened, check_array, read_text, read_texts
from core.intake.refusal import Refusal, listed, shortened

# The group with a network's layers in `.keras` files of Keras 3, and of Keras 2.12 and 2.13.
_LAYERS, _OLD_LAYERS = "layers", "_layer_checkpoint_dependencies"
# Layers that draw random numbers in training; releases of Keras 3 store the state of the generator.
_RANDOM_LAYERS = {"Dropout", "AlphaDropout", "SpatialDropout2D", "GaussianDropout", "GaussianNoise"}
_TOP_LEVEL = "top_level_model_weights"
# Keras 2 and Keras 3 name the kernel of a DepthwiseConv2D differently.
_SAME_WEIGHTS = {"depthwise_kernel": "kernel"}

_WEIGHT_NAMES = frozenset(
    {
        *("kernel", "bias", "depthwise_kernel", "pointwise_kernel", "gamma", "beta", "alpha"),
        *("moving_mean", "moving_variance", "mean", "variance", "count"),
    }
)

Places = dict[str, list[str]]

HDF5_TRAINING, ARCHIVE_TRAINING = ("optimizer_weights",), ("optimizer", "metrics", "compile_metrics", "loss_tracker")
"""Groups of a file that are not part of its network, in each format: the training state."""


def legacy_places(
    screened: Screened, network: NetworkDescription, root: str, *, limits: Limits, training: tuple[str, ...] = ()
) -> Places:
    """Return the datasets of each layer's weights in an `.h5` file, by the layer's flat name.

    Keras gives the n-th layer that has weights the n-th group of `layer_names` that has any, and in it the datasets in
    the order of `weight_names` (`load_weights_from_hdf5_group` in `keras.src.legacy.saving.legacy_h5_format`).

    Args:
        screened: the file.
        network: its network, flattened.
        root: path of the group with one group per layer (`model_weights`, or `""`).
        limits: limits of the reading.
        training: groups with the training state, if the file may have one.

    Raises:
        Refusal: `missing-weights`, `names-disagree`, `unread-data` or `unsupported-config`.
    """
    _check_one_layout(screened, root, limits=limits)
    members = [(member, found) for member in network.members if (found := _expected(member))]
    groups = _groups_with_weights(screened, root, limits=limits)
    group_names = [name for name, _ in groups]
    for member, _ in members:
        if member.name not in group_names:
            raise _missing(member.name, "no weights are in the file")
    if group_names != [member.name for member, _ in members]:
        raise Refusal(
            "names-disagree",
            f"it lists the weights of {listed(group_names)}, but Keras gives them to its layers in the order "
            f"{listed(member.name for member, _ in members)}",
        )
    places: Places = {}
    for (member, expected), (name, datasets) in zip(members, groups, strict=True):
        if len(datasets) != len(expected):
            raise _missing(member.name, f"expected {len(expected)} weights, got {len(datasets)}")
        for (layer, index), dataset in zip(expected, datasets, strict=True):
            place = _join(root, name, dataset)
            if place not in screened.datasets:
                raise _missing(layer.name, f"'{shortened(place)}' is not in the file")
            names = layer.weights
            _check_weight_name(layer, names[index], dataset)
            places.setdefault(layer.flat_name, [""] * len(names))[index] = place
    _check_unread(screened, places, training=training)
    _check_nested_normalization(screened, network, places, limits=limits)
    return places


def listed_names(screened: Screened, path: str, key: str, *, limits: Limits) -> list[str] | None:
    """Return a list of names in an attribute; Keras splits a long one into `key0`, `key1`…; None if it is absent."""
    group = screened.groups[path]
    names = read_texts(group, key, name=screened.name, limits=limits, is_list=True)
    if names is not None:
        return names
    part_index = 0
    while (
        part := read_texts(group, f"{key}{part_index}", name=screened.name, limits=limits, is_list=True)
    ) is not None:
        names = [*(names or []), *part]
        part_index += 1
    return names


def current_places(
    screened: Screened, network: NetworkDescription, *, limits: Limits, training: tuple[str, ...] = ()
) -> Places:
    """Return the datasets of each layer's weights in a `.keras` or `.weights.h5` file, by the layer's flat name.

    Keras finds the group of a layer by the layer's class and its number among the layers of that class
    (`_load_container_state` in `keras.src.saving.saving_lib`). The name that newer releases store beside the weights is
    not used by Keras, but must be the layer's, and stand beside all weights or none.

    Args:
        screened: the file.
        network: its network, flattened.
        limits: limits of the reading.
        training: groups with the training state, if the file may have one.

    Raises:
        Refusal: `missing-weights`, `names-disagree` or `unread-data`.
    """
    if _LAYERS in screened.groups and _OLD_LAYERS in screened.groups:
        raise Refusal("unread-data", f"it has weights both in '{_LAYERS}' and in '{_OLD_LAYERS}'")
    has_names = any(
        "name" in group.attrs for path, group in screened.groups.items() if path.rpartition("/")[2] == "vars"
    )
    search = _Search(screened, _OLD_LAYERS if _OLD_LAYERS in screened.groups else _LAYERS, limits, has_names)
    search.find(network, search.folder)
    _check_unread(screened, search.places, allowed=search.random_states, training=training)
    return search.places


def folder_name(class_name: str) -> str:
    """Return Keras 3's group name of a layer: its class in snake case ("Conv2D" → "conv2d")."""
    spaced = re.sub(r"(?<=.)([A-Z][a-z]+)", r"_\1", class_name)
    return re.sub(r"(?<=[a-z])([A-Z])", r"_\1", spaced).lower()


@dataclass(frozen=True, slots=True)
class _Search:
    """Finds the weights of a network's layers by class and number.

    Attributes:
        screened: the file.
        folder: name of the group with a network's layers.
        limits: limits of the reading.
        has_names: whether the file stores names beside weights.
        places: the weights found so far.
        random_states: where the states of random generators may be.
    """

    screened: Screened
    folder: str
    limits: Limits
    has_names: bool
    places: Places = field(default_factory=dict)
    random_states: set[str] = field(default_factory=set)

    def find(self, network: NetworkDescription, base: str) -> None:
        """Find the weights of a network whose layers are in the group `base`."""
        used: dict[str, int] = {}
        for member in network.members:
            if network.class_name == "Sequential" and isinstance(member, Layer) and member.class_name == "InputLayer":
                continue
            if isinstance(member, Layer) and member.operation is not None:
                continue
            short = folder_name(member.class_name)
            used[short] = used.get(short, -1) + 1
            path = _join(base, f"{short}_{used[short]}" if used[short] else short)
            self._check_own_name(path, member.name)
            if isinstance(member, NetworkDescription):
                self.find(member, _join(path, self.folder))
            else:
                self._find_layer(member, path)

    def _find_layer(self, layer: Layer, path: str) -> None:
        if layer.class_name in _RANDOM_LAYERS:
            self.random_states.add(_join(path, "seed_generator/vars/0"))
        if layer.class_name in TRAINING_ONLY:
            self.random_states.update(self._random_states(path))
        count = len(layer.weights)
        if layer.class_name == CLASS:
            self.random_states.add(_join(path, "_dropout_layer/seed_generator/vars/0"))
            self._find_attention(layer, path)
        if not count or layer.class_name == CLASS:
            return
        if path not in self.screened.groups:
            raise _missing(layer.name, "no weights are in the file")
        found = [_join(path, f"vars/{index}") for index in range(count)]
        there = len(self.screened.children(_join(path, "vars")))
        if there != count or any(one not in self.screened.datasets for one in found):
            raise _missing(layer.name, f"expected {count} weights, got {there}")
        self.places[layer.flat_name] = found

    def _find_attention(self, layer: Layer, path: str) -> None:
        """Find the weights of an attention, in a group for each of its projections."""
        each = len(layer.weights) // len(PROJECTIONS)
        found = []
        for folder, projection in PROJECTIONS.items():
            inner = _join(path, folder)
            parts = [_join(inner, f"vars/{index}") for index in range(each)]
            there = (
                len(self.screened.children(_join(inner, "vars"))) if _join(inner, "vars") in self.screened.groups else 0
            )
            if there != each or any(one not in self.screened.datasets for one in parts):
                raise _missing(layer.name, f"expected {each} weights of its {projection}, got {there}")
            self._check_own_name(inner, projection)
            found += parts
        self.places[layer.flat_name] = found

    def _random_states(self, path: str) -> list[str]:
        """Return the states of random generators below a group: two whole numbers each, which are no weights."""
        return [
            place
            for place, dataset in self.screened.datasets.items()
            if place.startswith(f"{path}/") and dataset.dtype.kind in "iu" and dataset.shape == (2,)
        ]

    def _check_own_name(self, path: str, name: str) -> None:
        group = self.screened.groups.get(_join(path, "vars"))
        own = None if group is None else read_text(group, "name", name=self.screened.name, limits=self.limits)
        is_unnamed = own is None and not (self.has_names and group is not None)
        if not is_unnamed and own != name:
            named = "have no name" if own is None else f"are named '{shortened(own)}'"
            raise Refusal(
                "names-disagree",
                f"the weights in '{shortened(path)}' {named}, but Keras gives them to the layer '{shortened(name)}'",
            )


def _groups_with_weights(screened: Screened, root: str, *, limits: Limits) -> list[tuple[str, list[str]]]:
    """Return the groups of `layer_names` that have weights, each with the names of its datasets."""
    names = listed_names(screened, root, "layer_names", limits=limits)
    if names is None:
        raise Refusal("missing-weights", "it does not list its layers' weights")
    if len(set(names)) != len(names):
        raise Refusal("names-disagree", "it lists the weights of a layer twice")
    groups = []
    for name in [*names, _TOP_LEVEL]:
        path = _join(root, name)
        if path not in screened.groups:
            if name == _TOP_LEVEL:
                continue
            raise _missing(name, "no weights are in the file")
        if datasets := listed_names(screened, path, "weight_names", limits=limits):
            groups.append((name, datasets))
    return groups


def _check_one_layout(screened: Screened, root: str, *, limits: Limits) -> None:
    """Refuse a file that has weights for two readers: Keras chooses one by the file's name, and by what it is asked."""
    if root and listed_names(screened, "", "layer_names", limits=limits) is not None:
        raise Refusal("names-disagree", "it lists the weights of its layers twice, for the network and without it")
    if any(path.rpartition("/")[0].endswith("/vars") for path in screened.datasets):
        raise Refusal("names-disagree", "it has weights as in a .weights.h5 file, and lists them as in an .h5 file")


def _check_nested_normalization(
    screened: Screened, network: NetworkDescription, places: Places, *, limits: Limits
) -> None:
    """Refuse a nested Normalization layer whose statistics Keras reads from an `.h5` file and does not use.

    `_set_weights` calls `finalize_state` of the layers of the outer network alone; a nested one goes on with mean 0 and
    variance 1.
    """
    for layer in _layers(network):
        if layer.class_name != "Normalization" or layer in network.members or not layer.weights:
            continue
        for place, used in zip(places[layer.flat_name], (0.0, 1.0), strict=False):
            if not np.all(np.asarray(check_array(screened, place, limits)[()]) == used):
                raise Refusal(
                    "unsupported-config",
                    f"layer '{shortened(layer.name)}' of class Normalization is in a nested network, where Keras 3 "
                    "does not use its mean and variance from an .h5 file: save the network as .keras where it was made",
                )


def _check_weight_name(layer: Layer, expected: str, dataset: str) -> None:
    """Refuse a weight whose name is that of another weight; names that Keras never gives are left alone."""
    folder, _, last = dataset.rpartition("/")
    stem = last.partition(":")[0]
    owner = ""
    if layer.class_name == CLASS:
        owner, _, expected = expected.rpartition("_")
    if owner and folder.rpartition("/")[2] != owner:
        raise Refusal(
            "names-disagree",
            f"layer '{shortened(layer.name)}' takes '{shortened(dataset)}' as the {expected} of its {owner}",
        )
    if stem in _WEIGHT_NAMES and _SAME_WEIGHTS.get(stem, stem) != _SAME_WEIGHTS.get(expected, expected):
        raise Refusal(
            "names-disagree",
            f"layer '{shortened(layer.name)}' takes '{shortened(dataset)}' as its {expected}",
        )


def _check_unread(
    screened: Screened, places: Places, *, training: tuple[str, ...], allowed: set[str] | None = None
) -> None:
    """Refuse data that no layer reads, other than the training state: they could be the weights of another network."""
    read = {place for found in places.values() for place in found} | (allowed or set())
    if unread := sorted(
        path for path in screened.datasets if path not in read and path.partition("/")[0] not in training
    ):
        raise Refusal("unread-data", f"it contains data that none of its layers reads: {listed(unread)}")


def _expected(member: Layer | NetworkDescription) -> list[tuple[Layer, int]]:
    """Return the weights of a layer or of a nested network, each as a layer and an index, in Keras' order.

    Keras lists trainable weights first, unless the whole network is not trainable. Networks nested more deeply do not
    change that; each of their layers does.
    """
    if isinstance(member, Layer):
        return [(member, index) for index in range(len(member.weights))]
    trainable: list[tuple[Layer, int]] = []
    other: list[tuple[Layer, int]] = []
    for layer in _layers(member):
        for index in range(len(layer.weights)):
            is_first = member.is_trainable and layer.is_trainable and index < layer.trainable_count
            (trainable if is_first else other).append((layer, index))
    return trainable + other


def _layers(network: NetworkDescription) -> Iterator[Layer]:
    for member in network.members:
        if isinstance(member, NetworkDescription):
            yield from _layers(member)
        else:
            yield member


def _join(*parts: str) -> str:
    return "/".join(part for part in parts if part)


def _missing(layer: str, what: str) -> Refusal:
    return Refusal("missing-weights", f"the weights of layer '{shortened(layer)}' do not fit it: {what}")
