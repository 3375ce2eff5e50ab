"""Flattening of nested networks: all layers that are computed, in order, with unique names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from core.intake.model.graph.entries import Shape, read_shape
from core.intake.model.graph.members import Layer, NetworkDescription
from core.intake.model.graph.stand_ins import TRAINING_ONLY
from core.intake.model.layers import checked_config
from core.intake.refusal import Refusal, shortened


@dataclass(frozen=True, slots=True)
class FlatNetwork:
    """A network without nesting.

    Attributes:
        layers: all layers in computation order, each with the flat names of its inputs; names are unique.
        output: the flat name of the output layer.
        shapes: what the file says of the shapes of tensors: flat names of layers, each with a shape of its output.
        left_out: classes of the layers that were left out because they act in training only, each once.
        weights_of: for each further call of a layer, by its flat name, that of the layer whose weights it has.
    """

    layers: list[tuple[Layer, list[str]]]
    output: str
    shapes: list[tuple[str, Shape]]
    left_out: tuple[str, ...] = ()
    weights_of: Mapping[str, str] = field(default_factory=dict)

    def repeated(self) -> list[list[str]]:
        """Return the flat names of the layers that have the same weights, one list for each layer of the file."""
        groups: dict[str, list[str]] = {}
        for layer, _ in self.layers:
            owner = self.weights_of.get(layer.flat_name)
            if owner is not None and layer.weights:
                groups.setdefault(owner, [owner]).append(layer.flat_name)
        return list(groups.values())


def flattened(network: NetworkDescription) -> FlatNetwork:
    """Flatten the nested networks of a network, and set each layer's `flat_name`.

    Raises:
        Refusal: `unsupported-network`, if layers read each other in a cycle.
    """
    layers: list[tuple[Layer, list[str]]] = []
    shapes: list[tuple[str, Shape]] = []
    output = _flatten(network, [], layers, set(), shapes, prefix="", is_nested=False)
    sources = dict(_sources(network))
    weights_of = {name: _first_source(name, sources) for name in sources}
    return FlatNetwork(layers, output, shapes, tuple(dict.fromkeys(_left_out(network))), weights_of)


def _sources(network: NetworkDescription) -> Iterator[tuple[str, str]]:
    """Yield the flat names of further calls, each with that of the layer that it is a call of."""
    by_name = {member.name: member for member in network.members}
    for member in network.computed:
        if isinstance(member, NetworkDescription):
            yield from _sources(member)
        if member.shares:
            yield from _pairs(by_name[member.shares], member)


def _pairs(first: Layer | NetworkDescription, other: Layer | NetworkDescription) -> Iterator[tuple[str, str]]:
    """Yield the flat names of the layers of two calls; both were read from the same entry."""
    if isinstance(first, NetworkDescription) and isinstance(other, NetworkDescription):
        for one, same in zip(first.members, other.members, strict=True):
            yield from _pairs(one, same)
    elif isinstance(first, Layer) and isinstance(other, Layer) and other.flat_name:
        yield other.flat_name, first.flat_name


def _first_source(name: str, sources: Mapping[str, str]) -> str:
    while name in sources:
        name = sources[name]
    return name


def _left_out(network: NetworkDescription) -> Iterator[str]:
    for member in network.members:
        if isinstance(member, NetworkDescription):
            yield from _left_out(member)
        elif member.class_name in TRAINING_ONLY:
            yield member.class_name


def _flatten(
    network: NetworkDescription,
    outer_inputs: list[str],
    flat: list[tuple[Layer, list[str]]],
    used: set[str],
    shapes: list[tuple[str, Shape]],
    *,
    prefix: str,
    is_nested: bool,
) -> str:
    """Append a network's layers to `flat` and return the flat name of its output."""
    flat_names: dict[str, str] = {}
    for member in network.computed:
        inputs = [flat_names[name] for name in member.inputs]
        shapes += _stated_shapes(member, inputs)
        if isinstance(member, NetworkDescription):
            inner = f"{prefix}{member.name}_"
            flat_names[member.name] = _flatten(member, inputs, flat, used, shapes, prefix=inner, is_nested=True)
        elif is_nested and member.name == network.input:
            flat_names[member.name] = outer_inputs[0]
        elif member.steps is not None:
            flat_names[member.name] = _flatten_steps(member, inputs, flat, used, prefix=prefix)
        else:
            if member.class_name == "InputLayer" and member.name != network.input:
                raise Refusal("unsupported-network", f"its input layer '{shortened(member.name)}' is not its input")
            member.flat_name = flat_names[member.name] = _flat_name(member.name, prefix, used)
            flat.append((member, inputs))
    start = flat_names[network.input]
    shapes += [(start, shape) for shape in network.built_shapes]
    if is_nested and network.input_shape is not None:
        shapes.append((start, read_shape([None, *network.input_shape], network.name)))
    return flat_names[network.output]


def _stated_shapes(member: Layer | NetworkDescription, inputs: list[str]) -> list[tuple[str, Shape]]:
    """Return what the file says of the shapes that a layer reads."""
    if not isinstance(member, Layer) or not inputs:
        return []
    if member.built_shapes and len(member.built_shapes) != len(inputs):
        raise Refusal(
            "shapes-disagree",
            f"layer '{shortened(member.name)}' is built for {len(member.built_shapes)} inputs and reads {len(inputs)}",
        )
    # An input shape in its settings counts for the first layer of a network alone: Keras passes others over.
    return list(zip(inputs, member.built_shapes, strict=False))


def _flatten_steps(
    member: Layer, inputs: list[str], flat: list[tuple[Layer, list[str]]], used: set[str], *, prefix: str
) -> str:
    """Append the layers that stand for a member to `flat`, and return the name of the last, or of the first input."""
    assert member.steps is not None
    available = list(inputs)
    for index, step in enumerate(member.steps):
        is_last = index == len(member.steps) - 1
        name = _flat_name(member.name if is_last else f"{member.name}_{step.class_name.lower()}", prefix, used)
        config = checked_config(step.class_name, step.config, layer=member.name, is_own=True)
        layer = Layer(name, step.class_name, config, [], flat_name=name, is_operation=step.is_operation)
        flat.append((layer, [available[source] for source in step.inputs]))
        available.append(name)
        member.flat_name = name
    return available[-1] if member.steps else inputs[0]


def _flat_name(name: str, prefix: str, used: set[str]) -> str:
    free = _safe(name)
    free = unused_name(free if free not in used else _safe(prefix + name), used)
    used.add(free)
    return free


def _safe(name: str) -> str:
    """Return a name that Keras accepts: no slash, only printable characters."""
    text = "".join(character if character.isprintable() and character != "/" else "_" for character in name)
    return text if text.strip(". ") else "layer"


def unused_name(name: str, used: set[str]) -> str:
    """Return a name, with a number behind it if it is used."""
    candidate, number = name, 2
    while candidate in used:
        candidate, number = f"{name}_{number}", number + 1
    return candidate
