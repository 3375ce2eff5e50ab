"""What a layer is called with: the layers that it reads, and nothing else."""

from typing import Any

from core.intake.model.graph.attention import CLASS, attention_inputs
from core.intake.model.graph.entries import check_place
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
    inputs = _node_tensors(nodes[0], member, may_train=may_train, is_keras_2=is_keras_2) if nodes else []
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


def _node_tensors(node: Any, member: Layer | NetworkDescription, *, may_train: bool, is_keras_2: bool) -> list[str]:
    what = f"layer '{shortened(member.name)}'"
    strange = Refusal("damaged-file", f"the connections of {what} are not ones that Keras writes")
    if isinstance(member, Layer) and member.class_name == CLASS:
        return _attended(node, what, may_train=may_train)
    if isinstance(node, dict):
        if not node.keys() <= {"args", "kwargs"}:
            raise strange
        _check_call(node.get("kwargs"), what, may_train=may_train)
        args = _items(node.get("args"))
        is_many = isinstance(member, Layer) and _input_count(member)[1] > 1
        if not isinstance(args, list) or len(args) != 1:
            raise Refusal("unsupported-network", f"{what} is called with other things than what other layers give")
        found = _items(args[0]) if is_many else args
        if not isinstance(found, list):
            raise Refusal("unsupported-network", f"{what} is called with one input: expected a list of several")
        return [check_place(_history(one, what), what) for one in found]
    if isinstance(node, list):
        if len(node) >= 3 and isinstance(node[0], str):
            node = [node]
        if not all(isinstance(tensor, list) and 3 <= len(tensor) <= 4 for tensor in node):
            raise strange
        for tensor in node:
            _check_call(tensor[3] if len(tensor) == 4 else {}, what, may_train=may_train)
        # Only Keras 2 counts a nested network itself as its first call; Keras 3 does not load such a file.
        return [check_place(tensor[:3], what, calls=(0, 1) if is_keras_2 else (0,)) for tensor in node]
    raise strange


def _attended(node: Any, what: str, *, may_train: bool) -> list[str]:
    """Return the query, the value and, if it is given, the key of an attention; only Keras 3's form is read."""
    options = (node.get("kwargs") or {}) if isinstance(node, dict) else None
    if not isinstance(options, dict) or not node.keys() <= {"args", "kwargs"}:
        raise Refusal(
            "unsupported-network",
            f"the connections of {what}, an attention, are not as Keras 3 writes them: save it with Keras 3",
        )
    inputs, rest = attention_inputs(_items(node.get("args", [])), options, what)
    _check_call(rest, what, may_train=may_train)
    return [check_place(_history(one, what), what) for one in inputs]


def _items(value: Any) -> Any:
    is_tuple = isinstance(value, dict) and value.get("class_name") == "__tuple__"
    return value.get("items") if is_tuple else value


def _history(value: Any, what: str) -> Any:
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        config = value.get("config")
        return config.get("keras_history") if isinstance(config, dict) else None
    raise Refusal("unsupported-network", f"{what} is called with {shortened(value)} besides what other layers give")


def _check_call(options: Any, what: str, *, may_train: bool) -> None:
    if options is None:
        return
    if not isinstance(options, dict):
        raise Refusal("damaged-file", f"the connections of {what} are not ones that Keras writes")
    for key, value in options.items():
        is_idle = value is None or (key == "training" and (value is False or (value is True and may_train)))
        if not is_idle:
            raise Refusal("unsupported-network", f"{what} is called with {shortened(key)} = {shortened(value)}")
