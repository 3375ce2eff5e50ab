"""What an entry of a description may say beside a layer's settings: its module, its names, the shape it was built for.

Keras believes all of it: it looks a class up in the module that is named, returns an earlier object for an identifier
that it has seen, and builds a layer for the shape that is stored, before the layer is called. So nothing of it is
passed over: what this application does not know is refused.
"""

import json
from collections.abc import Mapping
from typing import Any

from core.intake.model.graph.attention import CLASS
from core.intake.refusal import Refusal, shortened

Shape = list[int | None]

_ENTRY_KEYS = frozenset({"class_name", "config", "module", "registered_name", "name", "inbound_nodes"})
_ENTRY_KEYS |= {"build_config", "compile_config"}
_ROOT_KEYS = _ENTRY_KEYS | {"keras_version", "backend"}
_NETWORK_KEYS = frozenset({"name", "trainable", "layers", "dtype"})
_FUNCTIONAL_KEYS = _NETWORK_KEYS | {"input_layers", "output_layers"}
_SEQUENTIAL_KEYS = _NETWORK_KEYS | {"build_input_shape"}

_LAYERS = ("keras.layers",)
_MODULES: Mapping[str, tuple[str, ...]] = {
    "Functional": ("keras.src.models.functional",),
    "Sequential": ("keras", "keras.models"),
    "Model": ("keras", "keras.models"),
    "StochasticDepth": ("keras.src.applications.convnext", "tf_keras.src.applications.convnext"),
    "LayerScale": ("keras.src.applications.convnext", "tf_keras.src.applications.convnext"),
    "CustomScaleLayer": (
        "keras.src.applications.inception_resnet_v2",
        "tf_keras.src.applications.inception_resnet_v2",
    ),
}
# Keras 3 has no such modules, so only a file of Keras 2 may name them.
_OLD_MODULES: Mapping[str, tuple[str, ...]] = {
    "Functional": ("keras.engine.functional", "keras.src.engine.functional", "tf_keras.src.engine.functional"),
    "Sequential": ("keras.engine.sequential", "keras.src.engine.sequential", "tf_keras", "tf_keras.models"),
    "StochasticDepth": ("keras.applications.convnext",),
    "LayerScale": ("keras.applications.convnext",),
    "CustomScaleLayer": ("keras.applications.inception_resnet_v2",),
    "TFOpLambda": (
        "keras.layers.core.tf_op_layer",
        "keras.src.layers.core.tf_op_layer",
        "tf_keras.src.layers.core.tf_op_layer",
    ),
}
_APPLIED = ("LayerScale", "CustomScaleLayer", "StochasticDepth")
_SHARED = "shared_object_id"
_ATTENTION_SHAPES = ("query_shape", "value_shape", "key_shape")


def check_entry(
    entry: Mapping[str, Any], name: str, *, is_keras_2: bool, is_root: bool = False, modules: tuple[str, ...] = ()
) -> None:
    """Check what stands beside the settings of a layer, an operation or a network.

    Args:
        entry: the entry.
        name: its name, for messages.
        is_keras_2: whether Keras 2 wrote the file.
        is_root: whether it is the whole network.
        modules: where Keras has the class; empty for a layer or a network.

    Raises:
        Refusal: `unsupported-layer` or `unsupported-config`.
    """
    where = f"layer '{shortened(name)}'"
    if unknown := sorted(entry.keys() - (_ROOT_KEYS if is_root else _ENTRY_KEYS), key=str):
        raise Refusal("unsupported-config", f"{where} is described with {shortened(unknown[0])}, which is not allowed")
    class_name, registered = entry["class_name"], entry.get("registered_name")
    # Keras 2 registered the layers of its applications as if they were a person's.
    own = {class_name, f"Custom>{class_name}"} if class_name in _APPLIED else {class_name}
    if registered is not None and registered not in own:
        raise foreign_class(where, str(registered))
    if "module" not in entry:
        return
    kind = "TFOpLambda" if class_name == "SlicingOpLambda" else class_name
    allowed = modules or _MODULES.get(kind, _LAYERS)
    if is_keras_2:
        allowed = (*allowed, *_OLD_MODULES.get(kind, ("tf_keras.layers",)))
    if entry["module"] not in allowed:
        module = entry["module"]
        raise foreign_class(where, f"{module}.{class_name}" if module else str(class_name))


def foreign_class(where: str, class_name: str) -> Refusal:
    """Return the refusal of a class that Keras does not have."""
    return Refusal(
        "unsupported-layer",
        f"{where} is of the class {shortened(class_name)}, which Keras does not have: code of a person's own is never "
        "run, so build the network of Keras' layers and save it again",
    )


def check_network(class_name: str, config: Any) -> None:
    """Check which settings a network has, and those that Keras takes for all its layers.

    Raises:
        Refusal: `unsupported-config`.
    """
    if not isinstance(config, dict):
        return
    allowed = _SEQUENTIAL_KEYS if class_name == "Sequential" else _FUNCTIONAL_KEYS
    if unknown := sorted(config.keys() - allowed, key=str):
        raise Refusal("unsupported-config", f"a network has a setting that is not allowed: {shortened(unknown[0])}")


def check_trainable(config: Mapping[str, Any], name: str) -> None:
    """Check that `trainable`, by which Keras orders weights, is true, false or not given.

    Raises:
        Refusal: `unsupported-config`.
    """
    value = config.get("trainable")
    if value is not None and not isinstance(value, bool):
        raise Refusal(
            "unsupported-config",
            f"layer '{shortened(name)}' has trainable = {shortened(value)}: expected true or false",
        )


def built_shapes(entry: Mapping[str, Any], name: str) -> list[Shape]:
    """Return the shapes, without the batch axis, that Keras builds a layer for: one for each layer that it reads.

    Returns:
        An empty list if the file does not say.

    Raises:
        Refusal: `unsupported-config`, if they are not ones that Keras writes.
    """
    stored = entry.get("build_config")
    if not stored:
        return []
    inner = stored.get("shapes_dict", stored) if isinstance(stored, dict) and len(stored) == 1 else None
    is_attention = entry.get("class_name") == CLASS
    if is_attention and isinstance(inner, dict) and inner and inner.keys() <= set(_ATTENTION_SHAPES):
        return [read_shape(inner[key], name) for key in _ATTENTION_SHAPES if key in inner]
    shape = inner.get("input_shape") if isinstance(inner, dict) and len(inner) == 1 else None
    if isinstance(shape, list) and shape and all(isinstance(one, list) for one in shape):
        return [read_shape(one, name) for one in shape]
    return [read_shape(shape, name)]


def read_shape(shape: Any, name: str) -> Shape:
    """Return a stored shape without its batch axis.

    Raises:
        Refusal: `unsupported-config`, if it is not one that Keras writes.
    """
    if isinstance(shape, dict) and shape.keys() == {"class_name", "items"}:
        shape = shape["items"] if shape["class_name"] in {"__tuple__", "TensorShape"} else None
    is_shape = isinstance(shape, list) and 1 <= len(shape) <= 8
    if not is_shape or not all(one is None or (type(one) is int and 0 < one < 2**40) for one in shape):
        raise Refusal(
            "unsupported-config",
            f"layer '{shortened(name)}' is built for the shape {shortened(shape)}: expected lengths",
        )
    return list(shape[1:])


def check_place(value: Any, what: str, *, calls: tuple[int, ...] = (0,)) -> str:
    """Return the layer's name in `["name", 0, 0]`: the only call of a layer, and its only output.

    Keras takes an index as Python does, from the end if it is negative, and true as 1.

    Args:
        value: the place, as in the file.
        what: whose place it is, for messages.
        calls: the numbers that its only call may have: 1 for a nested network that itself counts as the first
            (`get_tensor` in `keras.src.models.functional`, and everywhere in Keras 2).

    Raises:
        Refusal: `damaged-file`.
    """
    is_place = isinstance(value, list) and len(value) == 3 and isinstance(value[0], str)
    if not is_place or type(value[1]) is not int or type(value[2]) is not int:
        raise Refusal("damaged-file", f"the connections of {what} are not ones that Keras writes")
    if value[1] not in calls or value[2] != 0:
        raise Refusal(
            "damaged-file",
            f"the connections of {what} name call {value[1]}, output {value[2]} of '{shortened(value[0])}': expected "
            "the first",
        )
    return str(value[0])


def refuse_other_shared(description: Any) -> None:
    """Refuse objects of one identifier that are described differently: Keras takes the first for all of them.

    Args:
        description: parsed JSON.

    Raises:
        Refusal: `unsupported-config`.
    """
    seen: dict[int, str] = {}
    waiting = [description]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            waiting += value.values()
            if _SHARED in value:
                text = json.dumps(value, sort_keys=True)
                if type(value[_SHARED]) is not int or seen.setdefault(value[_SHARED], text) != text:
                    raise Refusal("unsupported-config", "its description gives one identifier to objects that differ")
