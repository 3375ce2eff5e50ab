"""Parsing of a Keras description of a network into layers in computation order, including nested networks."""

from collections.abc import Mapping
from typing import Any

from core.intake.limits import Limits
from core.intake.model.graph.calls import node_inputs
from core.intake.model.graph.entries import (
    built_shapes,
    check_entry,
    check_network,
    check_place,
    check_trainable,
    read_shape,
    refuse_other_shared,
)
from core.intake.model.graph.flattening import unused_name
from core.intake.model.graph.members import Layer, NetworkDescription
from core.intake.model.graph.operations import is_operation, modules_of, read_operation
from core.intake.model.graph.stand_ins import Step, built_steps, stand_in
from core.intake.model.keras_order import in_keras_order
from core.intake.model.layers import ALIASES, check_dtype, checked_config
from core.intake.refusal import Refusal, listed, shortened

_CONTAINERS = {"Functional", "Sequential", "Model"}
_DEPTH = 8


def parse_network(
    description: Any, *, limits: Limits, is_keras_2: bool, is_archive: bool = False
) -> NetworkDescription:
    """Read a Keras description (`model_config`, `config.json`) against the allow-list.

    Args:
        description: parsed JSON.
        limits: limits of the reading.
        is_keras_2: whether Keras 2 wrote the file.
        is_archive: whether it is from a `.keras` file.

    Raises:
        Refusal: `unsupported-network`, `unsupported-layer`, `unsupported-config`, `channels-first` or `damaged-file`.
    """
    network = _Parser(limits, is_keras_2, is_archive).network(description, depth=0)
    refuse_other_shared(description)
    return network


class _Parser:
    def __init__(self, limits: Limits, is_keras_2: bool, is_archive: bool) -> None:
        self._limits, self._is_keras_2 = limits, is_keras_2
        self._has_tuples = is_keras_2 or not is_archive
        self._count = 0

    def network(self, description: Any, *, depth: int) -> NetworkDescription:
        class_name, config = _class_and_config(description)
        if class_name not in _CONTAINERS:
            raise Refusal(
                "unsupported-network",
                f"it contains a {shortened(class_name)}: expected a Functional or a Sequential network",
            )
        name = str(config.get("name") if isinstance(config, dict) else class_name)
        check_entry(description, name, is_keras_2=self._is_keras_2, is_root=depth == 0)
        check_network(class_name, config)
        if isinstance(config, dict):
            check_trainable(config, name)
            check_dtype(config.get("dtype"), f"network '{shortened(name)}'")
        if depth > _DEPTH:
            raise Refusal("unsupported-network", f"its networks are nested deeper than {_DEPTH} levels")
        if class_name == "Sequential":
            return self._sequential(description, config, depth)
        return self._functional(config, depth)

    def _member(self, entry: Any, depth: int) -> Layer | NetworkDescription:
        self._count += 1
        if self._count > self._limits.layer_count:
            raise Refusal("file-too-large", f"it has more than the {self._limits.layer_count:,} layers allowed")
        class_name, config = _class_and_config(entry)
        if class_name in _CONTAINERS:
            inner = self.network(entry, depth=depth + 1)
            _check_same_name(entry, inner.name)
            return inner
        class_name = ALIASES.get(class_name, class_name)
        config = config if isinstance(config, dict) else {}
        name = entry.get("name") or config.get("name")
        if not isinstance(name, str) or not name or len(name) > 256:
            raise Refusal("damaged-file", f"a layer of class {shortened(class_name)} has no usable name")
        is_of_operation = is_operation(entry)
        modules = modules_of(class_name) if is_of_operation else ()
        check_entry(entry, name, is_keras_2=self._is_keras_2, modules=modules)
        check_trainable(config, name)
        _check_same_name(entry, config.get("name", name))
        if is_of_operation:
            if entry.get("build_config"):
                raise Refusal("unsupported-config", f"the operation '{shortened(name)}' is built, as only layers are")
            operation = read_operation(entry, name=name)
            return Layer(name, class_name, {}, operation.reads, steps=operation.steps, operation=operation)
        if stand_in(class_name) is not None:
            check_dtype(config.get("dtype"), f"layer '{shortened(name)}'")
            steps = built_steps(class_name, config, layer=name)
            checked = {}
        else:
            steps = None
            checked = checked_config(
                class_name,
                config,
                layer=name,
                is_keras_2=self._is_keras_2,
                is_legacy="module" not in entry,
                has_tuples=self._has_tuples,
            )
            if checked.get("crop_to_aspect_ratio") and checked.get("pad_to_aspect_ratio"):
                where = f"layer '{shortened(name)}'"
                raise Refusal("unsupported-config", f"{where} crops and pads at once, which Keras does not compute")
        is_trainable = config.get("trainable") is not False
        shape, shapes = _stored_shape(config, name), built_shapes(entry, name)
        return Layer(name, class_name, checked, [], is_trainable, input_shape=shape, built_shapes=shapes, steps=steps)

    def _sequential(self, entry: dict[str, Any], config: Any, depth: int) -> NetworkDescription:
        # Releases before 2.2.3 stored only the list of layers.
        config = {"layers": config} if isinstance(config, list) else config
        members = [self._member(entry, depth) for entry in _list(config, "layers")]
        if not members or any(isinstance(member, Layer) and member.operation is not None for member in members):
            raise Refusal("unsupported-network", "it has no layers" if not members else "it is no plain row of layers")
        before = ""
        for member in members:
            if before:
                member.inputs = [before]
            before = member.name
        first, name = members[0], str(config.get("name") or "sequential")
        shape = first.input_shape
        built = built_shapes(entry, name)
        if config.get("build_input_shape") is not None:
            built.append(read_shape(config["build_input_shape"], name))
            shape = built[-1] if shape is None else shape
        if not (isinstance(first, Layer) and first.class_name == "InputLayer"):
            start = unused_name(f"{first.name}_input", {member.name for member in members})
            first.inputs = [start]
            members.insert(0, Layer(start, "InputLayer", {}, [], input_shape=shape))
        _check_names(members)
        return NetworkDescription(
            name=name,
            class_name="Sequential",
            members=members,
            input=members[0].name,
            output=members[-1].name,
            input_shape=shape,
            built_shapes=built,
        )

    def _functional(self, config: Any, depth: int) -> NetworkDescription:
        members = []
        for entry in _list(config, "layers"):
            member = self._member(entry, depth)
            if "name" not in entry:
                raise Refusal("damaged-file", f"the entry of layer '{shortened(member.name)}' has no name")
            if not (isinstance(member, Layer) and member.operation is not None):
                member.inputs = node_inputs(entry, member, is_keras_2=self._is_keras_2)
            members.append(member)
        _check_names(members)
        names = {member.name for member in members}
        # At the ends of a network, a nested one counts as its own first call; in Keras 3 not a Sequential one.
        numbers = (0, 1) if self._is_keras_2 else (1,)
        calls = {
            member.name: numbers
            for member in members
            if isinstance(member, NetworkDescription) and (self._is_keras_2 or member.class_name == "Functional")
        }
        ends = {}
        for key, word in (("input_layers", "inputs"), ("output_layers", "outputs")):
            found = _endpoints(config.get(key), calls)
            if len(found) != 1:
                raise Refusal("unsupported-network", f"it has {len(found)} {word}: only one is supported")
            if found[0] not in names:
                raise Refusal("damaged-file", f"its {word} name a layer '{shortened(found[0])}' that does not exist")
            ends[key] = found[0]
        for member in members:
            if unknown := [name for name in member.inputs if name not in names]:
                raise Refusal(
                    "damaged-file", f"layer '{shortened(member.name)}' reads {listed(unknown)}, which do not exist"
                )
        members = in_keras_order(members, input_name=ends["input_layers"], output_name=ends["output_layers"])
        _join_channels(members, output_name=ends["output_layers"])
        start = next(member for member in members if member.name == ends["input_layers"])
        return NetworkDescription(
            name=str(config.get("name") or "network"),
            class_name="Functional",
            members=members,
            input=ends["input_layers"],
            output=ends["output_layers"],
            is_trainable=config.get("trainable") is not False,
            input_shape=start.input_shape,
        )


def _stored_shape(config: dict[str, Any], name: str) -> list[Any] | None:
    """Return the input shape in a layer's settings, without the batch axis; its lengths are not checked."""
    found = [key for key in ("batch_shape", "batch_input_shape", "input_shape", "shape") if config.get(key) is not None]
    if not found:
        return None
    if len(found) > 1:
        raise Refusal("unsupported-config", f"layer '{shortened(name)}' has two input shapes")
    shape = config[found[0]]
    shape = shape.get("items") if isinstance(shape, dict) else shape
    if not isinstance(shape, list):
        raise Refusal("unsupported-config", f"layer '{shortened(name)}' has an input shape that is no list of lengths")
    return shape[1:] if found[0].startswith("batch") else shape


def _join_channels(members: "list[Layer | NetworkDescription]", *, output_name: str) -> None:
    """Let each stack of single channels take them out of the tensor itself.

    Raises:
        Refusal: `unsupported-network`, if a single channel is used otherwise.
    """
    picked = {}
    for member in members:
        if isinstance(member, Layer) and member.operation is not None and member.operation.channel is not None:
            picked[member.name] = (member.inputs[0], member.operation.channel)
    for member in members:
        is_stack = isinstance(member, Layer) and member.operation is not None and member.operation.is_stack
        found = [picked[name] for name in member.inputs if name in picked]
        if (found and not is_stack) or member.name == output_name in picked:
            raise Refusal("unsupported-network", f"layer '{shortened(member.name)}' reads a single channel")
        if is_stack:
            assert isinstance(member, Layer)
            if len(found) != len(member.inputs) or len({source for source, _ in found}) != 1:
                raise Refusal(
                    "unsupported-network",
                    f"layer '{shortened(member.name)}' stacks tensors: only the channels of one tensor can be stacked",
                )
            member.steps = (Step("TakeChannels", {"channels": [channel for _, channel in found]}),)


def _class_and_config(entry: Any) -> tuple[str, Any]:
    if not isinstance(entry, dict) or not isinstance(entry.get("class_name"), str):
        raise Refusal("damaged-file", "its description of the network is not one that Keras writes")
    return entry["class_name"], entry.get("config")


def _list(config: Any, key: str) -> list[Any]:
    values = config.get(key) if isinstance(config, dict) else None
    if not isinstance(values, list):
        raise Refusal("damaged-file", f"its description of the network has no list of {key}")
    return values


def _check_same_name(entry: dict[str, Any], name: object) -> None:
    """Refuse an entry whose two names differ: Keras connects layers by one of them and binds weights by the other."""
    if "name" in entry and entry["name"] != name:
        raise Refusal(
            "names-disagree", f"a layer is named '{shortened(entry['name'])}' and '{shortened(name)}' at once"
        )


def _check_names(members: "list[Layer | NetworkDescription]") -> None:
    seen: set[str] = set()
    for member in members:
        if member.name in seen:
            raise Refusal("damaged-file", f"two of its layers are named '{shortened(member.name)}'")
        seen.add(member.name)


def _endpoints(value: Any, calls: Mapping[str, tuple[int, ...]]) -> list[str]:
    """Return the layer names of `["input", 0, 0]`, `[["input", 0, 0], …]` or a dictionary of such.

    Args:
        value: the ends, as in the file.
        calls: the numbers that the call may have, by the name of a nested network; 0 for others.
    """
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        return []
    if len(value) == 3 and isinstance(value[0], str):
        value = [value]
    return [check_place(one, "its end", calls=calls.get(_first(one), (0,))) for one in value]


def _first(value: Any) -> str:
    return value[0] if isinstance(value, list) and value and isinstance(value[0], str) else ""
