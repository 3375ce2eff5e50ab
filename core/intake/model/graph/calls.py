"""What a layer is called with: the layers that it reads, and nothing else."""

from typing import Any

from core.intake.model.graph.members import Layer, NetworkDescription
from core.intake.model.graph.stand_ins import may_train_in_call, stand_in
from core.intake.model.layers import RULES
from core.intake.refusal import Refusal, shortened

# Layers that are never asked whether the network trains, beside those of `may_train_in_call`.
_PLAIN = {"InputLayer", "Rescaling", "Normalization"}


def node_inputs(entry: dict[str, Any], member: Layer | NetworkDescription, *, is_keras_2: bool) -> list[str]:
    """Return the names of the layers that a layer or a nested network reads, from its entry in the file.

    Raises:
        Refusal: `unsupported-network` or `damaged-file`.
    """
    nodes = entry.get("inbound_nodes") or []
    is_input = isinstance(member, Layer) and member.class_name == "InputLayer"
    name = shortened(member.name)
    if not isinstance(nodes, list):
        raise Refusal("damaged-file", f"the connections of layer '{name}' are not ones that Keras writes")
    if len(nodes) > 1:
        raise Refusal(
            "unsupported-network", f"layer '{name}' is used {len(nodes)} times: each layer may be used only once"
        )
    may_train = _may_train_in_call(member, is_keras_2=is_keras_2)
    inputs = _node_tensors(nodes[0], name, may_train=may_train) if nodes else []
    least, most = _input_count(member)
    if not least <= len(inputs) <= most or (is_input and inputs):
        expected = f"{least}" if least == most else f"{least} to {most}"
        raise Refusal("unsupported-network", f"layer '{name}' reads {len(inputs)} layers: expected {expected}")
    return inputs


def _input_count(member: Layer | NetworkDescription) -> tuple[int, int]:
    if isinstance(member, NetworkDescription):
        return (1, 1)
    found = stand_in(member.class_name)
    return RULES[member.class_name].input_count if found is None else (found.input_count, found.input_count)


def _may_train_in_call(member: Layer | NetworkDescription, *, is_keras_2: bool) -> bool:
    """Whether `training: true` in the call of a layer or a nested network changes no answer."""
    if isinstance(member, Layer):
        return may_train_in_call(member.class_name, is_keras_2=is_keras_2)
    inner = [one for one in member.members if not (isinstance(one, Layer) and one.class_name in _PLAIN)]
    return all(_may_train_in_call(one, is_keras_2=is_keras_2) for one in inner)


def _node_tensors(node: Any, name: str, *, may_train: bool) -> list[str]:
    if isinstance(node, dict):
        _check_call(node.get("kwargs"), name, may_train=may_train)
        found: list[Any] = []
        _collect(node.get("args"), found, name, depth=0)
        return [_history(history, name) for history in found]
    if isinstance(node, list):
        if len(node) >= 3 and isinstance(node[0], str):
            node = [node]
        for tensor in node:
            if isinstance(tensor, list) and len(tensor) > 3:
                _check_call(tensor[3], name, may_train=may_train)
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


def _check_call(options: Any, name: str, *, may_train: bool) -> None:
    options = options if isinstance(options, dict) else {}
    for key, value in options.items():
        is_idle = key == "training" and value is True and may_train
        if value is not None and value is not False and not is_idle:
            raise Refusal("unsupported-network", f"layer '{name}' is called with {shortened(key)} = {shortened(value)}")
