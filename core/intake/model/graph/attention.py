"""Attention between positions (Keras' MultiHeadAttention): its inputs, and the shapes of its weights.

Source: `keras.src.layers.attention.multi_head_attention`, Keras 3.
"""

import math
from collections.abc import Mapping
from typing import Any

from core.intake.refusal import Refusal, shortened

CLASS = "MultiHeadAttention"
INPUTS = ("query", "value", "key")
# The attributes by which Keras names the groups of its four projections, and the names of the projections.
PROJECTIONS: Mapping[str, str] = {
    "query_dense": "query",
    "key_dense": "key",
    "value_dense": "value",
    "output_dense": "attention_output",
}
# The settings of a call that change nothing while they are off.
IDLE_OPTIONS = ("return_attention_scores", "use_causal_mask")

Shape = tuple[int, ...]


def attention_weights(config: Mapping[str, Any]) -> list[str]:
    """Return the names of the layer's weights in Keras' order: "query_kernel", "query_bias" and so on."""
    kinds = ("kernel", "bias") if config.get("use_bias", True) else ("kernel",)
    return [f"{projection}_{kind}" for projection in PROJECTIONS.values() for kind in kinds]


def attention_shapes(config: Mapping[str, Any], input_shapes: tuple[Shape, ...]) -> dict[str, Shape]:
    """Return the shapes of the layer's weights by their names.

    Args:
        config: its checked settings.
        input_shapes: shapes of the query, the value and, if it is given, the key, without the batch axis.

    Raises:
        ValueError: the settings do not fit the inputs.
    """
    query, value, key, _ = _fitting(config, input_shapes)
    heads, key_dim = config["num_heads"], config["key_dim"]
    value_dim = config.get("value_dim") or key_dim
    width = _output_width(config) or query[-1]
    shapes: dict[str, Shape] = {}
    for name, read, length in (("query", query, key_dim), ("key", key, key_dim), ("value", value, value_dim)):
        shapes |= {f"{name}_kernel": (read[-1], heads, length), f"{name}_bias": (heads, length)}
    return {
        **shapes,
        "attention_output_kernel": (heads, value_dim, width),
        "attention_output_bias": (width,),
    }


def attention_values(config: Mapping[str, Any], input_shapes: tuple[Shape, ...]) -> int:
    """Return the number of values that the layer's largest intermediate tensor has for one image.

    Raises:
        ValueError: the settings do not fit the inputs.
    """
    query, value, _, axes = _fitting(config, input_shapes)
    heads, wide = config["num_heads"], max(config["key_dim"], config.get("value_dim") or 0)
    places, places_read = math.prod(query[:-1]), math.prod(value[:-1])
    scores = heads * places * math.prod(value[axis - 1] for axis in axes)
    return max(scores, heads * wide * max(places, places_read))


def attention_inputs(args: Any, options: Mapping[str, Any], what: str) -> tuple[list[Any], dict[str, Any]]:
    """Return what an attention is called with as query, value and key, as in the file, and its other options.

    Args:
        args: its inputs by position.
        options: its inputs and options by name.
        what: the layer, for messages.

    Raises:
        Refusal: `unsupported-network`.
    """
    given = {name: value for name, value in options.items() if name in INPUTS and value is not None}
    rest = {name: value for name, value in options.items() if name not in INPUTS}
    if not isinstance(args, list) or len(args) > len(INPUTS) or given.keys() & set(INPUTS[: len(args)]):
        raise Refusal("unsupported-network", f"{what} is called with other things than a query, a value and a key")
    found = {**dict(zip(INPUTS, args, strict=False)), **given}
    missing = [name for name in ("query", "value") if found.get(name) is None]
    if missing or (len(args) == len(INPUTS) and args[2] is None):
        raise Refusal("unsupported-network", f"{what} is called without a {missing[0] if missing else 'key'}")
    for name in IDLE_OPTIONS:
        if rest.get(name) is False:
            del rest[name]
    inputs = [found[name] for name in INPUTS if name in found]
    # Keras lists inputs that are given by name in the order of the alphabet, and orders layers by it.
    walked = [*args, *(given[name] for name in sorted(given))]
    if _each_once(walked) != _each_once(inputs):
        raise Refusal(
            "unsupported-network",
            f"{what} is called with {shortened(', '.join(sorted(given)))} by name: call it with its query, value and "
            "key by position, in this order, and save the network again",
        )
    return inputs, rest


def _each_once(values: list[Any]) -> list[Any]:
    return [value for place, value in enumerate(values) if value not in values[:place]]


def _fitting(config: Mapping[str, Any], input_shapes: tuple[Shape, ...]) -> tuple[Shape, Shape, Shape, list[int]]:
    """Return the shapes of query, value and key, and the axes, counted with the batch axis, that are attended over."""
    query, value, *others = input_shapes
    key = others[0] if others else value
    rank = len(query) + 1
    axes = config.get("attention_axes")
    axes = list(range(1, rank - 1)) if axes is None else axes if isinstance(axes, list) else [axes]
    axes = [axis if axis >= 0 else rank + axis for axis in axes]
    is_inside = axes and axes == sorted(set(axes)) and axes[0] >= 1 and axes[-1] <= rank - 2
    is_alike = len(query) == len(value) and value[:-1] == key[:-1]
    if not is_inside or not is_alike:
        raise ValueError(input_shapes)
    if any(query[place] != value[place] for place in range(len(query) - 1) if place + 1 not in axes):
        raise ValueError(input_shapes)
    return query, value, key, axes


def _output_width(config: Mapping[str, Any]) -> int | None:
    stored = config.get("output_shape")
    if isinstance(stored, list):
        if len(stored) != 1:
            raise ValueError(stored)
        return int(stored[0])
    return stored
