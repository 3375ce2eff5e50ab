"""Parsing of a Keras description of a network into layers in computation order, including nested networks."""

from dataclasses import dataclass, field
from typing import Any

from core.intake.limits import Limits
from core.intake.model.keras_order import in_keras_order
from core.intake.model.layers import ALIASES, RULES, Config, checked_config
from core.intake.refusal import Refusal, listed, shortened

_CONTAINERS = {"Functional", "Sequential", "Model"}
_MODULES = ("keras", "tensorflow.keras", "tf_keras", "builtins")
_DEPTH = 8


@dataclass(slots=True)
class Layer:
    """A layer as described in the file.

    Attributes:
        name: its name inside its network.
        class_name: a class of the allow-list.
        config: its checked settings.
        inputs: names of the layers that it reads, inside its network.
        is_trainable: whether Keras lists its weights among the trainable ones.
        flat_name: its name in the flattened network, unique.
        input_shape: the stored shape of its input, without the batch axis.
    """

    name: str
    class_name: str
    config: Config
    inputs: list[str]
    is_trainable: bool = True
    flat_name: str = ""
    input_shape: Any = None


@dataclass(slots=True)
class NetworkDescription:
    """A network or a nested network: its members in Keras' order, one input, one output.

    Attributes:
        name: its name.
        class_name: "Functional" or "Sequential".
        members: its layers and nested networks in the order of Keras' `model.layers`, in which weights are bound.
        input, output: names of the members that are its input and its output.
        inputs: names of the layers that it reads, inside the network around it.
        is_trainable: whether Keras lists the weights of its trainable layers first; a Sequential one always does.
        input_shape: the stored shape of its input, without the batch axis.
    """

    name: str
    class_name: str
    members: "list[Layer | NetworkDescription]"
    input: str
    output: str
    inputs: list[str] = field(default_factory=list)
    is_trainable: bool = True
    input_shape: Any = None


def parse_network(description: Any, *, limits: Limits, is_keras_2: bool) -> NetworkDescription:
    """Read a Keras description (`model_config`, `config.json`) against the allow-list.

    Raises:
        Refusal: `unsupported-network`, `unsupported-layer`, `unsupported-config`, `channels-first` or `damaged-file`.
    """
    return _Parser(limits, is_keras_2).network(description, depth=0)


@dataclass(frozen=True, slots=True)
class FlatNetwork:
    """A network without nesting.

    Attributes:
        layers: all layers in computation order, each with the flat names of its inputs; names are unique.
        output: the flat name of the output layer.
    """

    layers: list[tuple[Layer, list[str]]]
    output: str


def flattened(network: NetworkDescription) -> FlatNetwork:
    """Flatten the nested networks of a network, and set each layer's `flat_name`.

    Raises:
        Refusal: `unsupported-network`, if layers read each other in a cycle.
    """
    layers: list[tuple[Layer, list[str]]] = []
    output = _flatten(network, [], layers, set(), prefix="", is_nested=False)
    return FlatNetwork(layers, output)


class _Parser:
    def __init__(self, limits: Limits, is_keras_2: bool) -> None:
        self._limits, self._is_keras_2 = limits, is_keras_2
        self._count = 0

    def network(self, description: Any, *, depth: int) -> NetworkDescription:
        class_name, config = _class_and_config(description)
        if class_name not in _CONTAINERS:
            raise Refusal(
                "unsupported-network",
                f"it contains a {shortened(class_name)}: expected a Functional or a Sequential network",
            )
        _check_origin(description, str(config.get("name") if isinstance(config, dict) else class_name))
        if depth > _DEPTH:
            raise Refusal("unsupported-network", f"its networks are nested deeper than {_DEPTH} levels")
        if class_name == "Sequential":
            return self._sequential(config, depth)
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
        _check_origin(entry, name)
        _check_same_name(entry, config.get("name", name))
        checked = checked_config(
            class_name, config, layer=name, is_keras_2=self._is_keras_2, is_legacy="module" not in entry
        )
        if config.get("batch_shape") and config.get("batch_input_shape"):
            raise Refusal("unsupported-config", f"layer '{shortened(name)}' has two input shapes")
        shape = config.get("batch_shape") or config.get("batch_input_shape")
        shape = shape.get("items") if isinstance(shape, dict) else shape
        shape = list(shape[1:]) if isinstance(shape, list) else None
        return Layer(name, class_name, checked, [], config.get("trainable") is not False, input_shape=shape)

    def _sequential(self, config: Any, depth: int) -> NetworkDescription:
        # Releases before 2.2.3 stored only the list of layers.
        config = {"layers": config} if isinstance(config, list) else config
        members = [self._member(entry, depth) for entry in _list(config, "layers")]
        if not members:
            raise Refusal("unsupported-network", "it has no layers")
        before = ""
        for member in members:
            if before:
                member.inputs = [before]
            before = member.name
        shape = members[0].input_shape
        if shape is None and isinstance(config.get("build_input_shape"), list):
            shape = config["build_input_shape"][1:]
        first = members[0]
        if not (isinstance(first, Layer) and first.class_name == "InputLayer"):
            name = _unused(f"{first.name}_input", {member.name for member in members})
            first.inputs = [name]
            members.insert(0, Layer(name, "InputLayer", {}, [], input_shape=shape))
        _check_names(members)
        return NetworkDescription(
            name=str(config.get("name") or "sequential"),
            class_name="Sequential",
            members=members,
            input=members[0].name,
            output=members[-1].name,
            input_shape=shape,
        )

    def _functional(self, config: Any, depth: int) -> NetworkDescription:
        members = []
        for entry in _list(config, "layers"):
            member = self._member(entry, depth)
            member.inputs = _node_inputs(entry, member)
            members.append(member)
        _check_names(members)
        names = {member.name for member in members}
        ends = {}
        for key, word in (("input_layers", "inputs"), ("output_layers", "outputs")):
            found = _endpoints(config.get(key))
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


def _class_and_config(entry: Any) -> tuple[str, Any]:
    if not isinstance(entry, dict) or not isinstance(entry.get("class_name"), str):
        raise Refusal("damaged-file", "its description of the network is not one that Keras writes")
    return entry["class_name"], entry.get("config")


def _list(config: Any, key: str) -> list[Any]:
    values = config.get(key) if isinstance(config, dict) else None
    if not isinstance(values, list):
        raise Refusal("damaged-file", f"its description of the network has no list of {key}")
    return values


def _check_origin(entry: dict[str, Any], name: str) -> None:
    module = entry.get("module")
    registered = entry.get("registered_name")
    is_foreign = module is not None and not (
        isinstance(module, str) and any(module == one or module.startswith(f"{one}.") for one in _MODULES)
    )
    if is_foreign or (registered is not None and registered != entry["class_name"]):
        found = registered if not is_foreign else f"{module}.{entry['class_name']}"
        raise Refusal("unsupported-layer", f"layer '{shortened(name)}' is of the foreign class {shortened(found)}")


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


def _endpoints(value: Any) -> list[str]:
    """Return the layer names of `["input", 0, 0]`, `[["input", 0, 0], …]` or a dictionary of such."""
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        return []
    if len(value) == 3 and isinstance(value[0], str):
        value = [value]
    return [str(one[0]) for one in value if isinstance(one, list) and one]


def _node_inputs(entry: dict[str, Any], member: Layer | NetworkDescription) -> list[str]:
    nodes = entry.get("inbound_nodes") or []
    is_input = isinstance(member, Layer) and member.class_name == "InputLayer"
    name = shortened(member.name)
    if not isinstance(nodes, list):
        raise Refusal("damaged-file", f"the connections of layer '{name}' are not ones that Keras writes")
    if len(nodes) > 1:
        raise Refusal(
            "unsupported-network", f"layer '{name}' is used {len(nodes)} times: each layer may be used only once"
        )
    inputs = _node_tensors(nodes[0], name) if nodes else []
    least, most = RULES[member.class_name].input_count if isinstance(member, Layer) else (1, 1)
    if not least <= len(inputs) <= most or (is_input and inputs):
        expected = f"{least}" if least == most else f"{least} to {most}"
        raise Refusal("unsupported-network", f"layer '{name}' reads {len(inputs)} layers: expected {expected}")
    return inputs


def _node_tensors(node: Any, name: str) -> list[str]:
    if isinstance(node, dict):
        _check_call(node.get("kwargs"), name)
        found: list[Any] = []
        _collect(node.get("args"), found, name, depth=0)
        return [_history(history, name) for history in found]
    if isinstance(node, list):
        if len(node) >= 3 and isinstance(node[0], str):
            node = [node]
        for tensor in node:
            if isinstance(tensor, list) and len(tensor) > 3:
                _check_call(tensor[3], name)
        return [_history(tensor, name) for tensor in node]
    raise Refusal("damaged-file", f"the connections of layer '{name}' are not ones that Keras writes")


def _collect(value: Any, found: list[Any], name: str, depth: int) -> None:
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        config = value.get("config")
        found.append(config.get("keras_history") if isinstance(config, dict) else None)
    elif isinstance(value, dict) and value.get("class_name") == "__tuple__" and depth < 4:
        _collect(value.get("items"), found, name, depth + 1)
    elif isinstance(value, list) and depth < 4:
        for one in value:
            _collect(one, found, name, depth + 1)
    else:
        raise Refusal(
            "unsupported-network", f"layer '{name}' is called with {shortened(value)} besides what other layers give"
        )


def _history(value: Any, name: str) -> str:
    if not (isinstance(value, list) and len(value) >= 3 and isinstance(value[0], str) and value[2] == 0):
        raise Refusal("damaged-file", f"the connections of layer '{name}' are not ones that Keras writes")
    return value[0]


def _check_call(options: Any, name: str) -> None:
    options = options if isinstance(options, dict) else {}
    for key, value in options.items():
        if value is not None and value is not False:
            raise Refusal("unsupported-network", f"layer '{name}' is called with {shortened(key)} = {shortened(value)}")


def _flatten(
    network: NetworkDescription,
    outer_inputs: list[str],
    flat: list[tuple[Layer, list[str]]],
    used: set[str],
    *,
    prefix: str,
    is_nested: bool,
) -> str:
    """Append a network's layers to `flat` and return the flat name of its output."""
    flat_names: dict[str, str] = {}
    for member in network.members:
        inputs = [flat_names[name] for name in member.inputs]
        if isinstance(member, NetworkDescription):
            inner = f"{prefix}{member.name}_"
            flat_names[member.name] = _flatten(member, inputs, flat, used, prefix=inner, is_nested=True)
        elif is_nested and member.name == network.input:
            flat_names[member.name] = outer_inputs[0]
        else:
            if member.class_name == "InputLayer" and member.name != network.input:
                raise Refusal("unsupported-network", f"its input layer '{shortened(member.name)}' is not its input")
            name = _safe(member.name)
            name = _unused(name if name not in used else _safe(prefix + member.name), used)
            used.add(name)
            member.flat_name = flat_names[member.name] = name
            flat.append((member, inputs))
    return flat_names[network.output]


def _safe(name: str) -> str:
    """Return a name that Keras accepts: no slash, only printable characters."""
    text = "".join(character if character.isprintable() and character != "/" else "_" for character in name)
    return text if text.strip(". ") else "layer"


def _unused(name: str, used: set[str]) -> str:
    candidate, number = name, 2
    while candidate in used:
        candidate, number = f"{name}_{number}", number + 1
    return candidate
