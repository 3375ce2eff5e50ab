"""The allow-list: the layer classes that a network may contain, with their allowed settings.

A setting that is not listed is refused unless it is empty or does not affect the layer's outputs for given weights
(initializers, regularizers, constraints, seeds, the computation dtype).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.intake.model.graph.attention import CLASS, attention_weights
from core.intake.model.values import (
    Check,
    WrongValue,
    channel_choice,
    choice,
    equation,
    flag,
    letters,
    margins,
    number,
    numbers,
    one_or_list,
    optional,
    pair,
    sequence,
    single,
    whole,
)
from core.intake.refusal import Refusal, shortened

Config = dict[str, Any]

ACTIVATIONS = (
    "linear",
    *("relu", "relu6", "leaky_relu", "elu", "celu", "selu", "gelu"),
    *("sigmoid", "log_sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softmax", "log_softmax"),
    *("softplus", "softsign", "swish", "silu", "hard_swish", "hard_silu", "mish", "exponential"),
)
# Their meaning changed from Keras 2 to Keras 3.
CHANGED_ACTIVATIONS = {"hard_sigmoid"}

_IGNORED = {"name", "trainable", "batch_size", "batch_input_shape", "batch_shape", "input_shape"}
_IGNORED_ENDINGS = ("_initializer", "_regularizer", "_constraint")
# Settings that change nothing while they are not used.
_UNUSED: Mapping[str, frozenset[str]] = {
    "InputLayer": frozenset({"sparse", "ragged", "optional"}),
    "BatchNormalization": frozenset({"renorm", "renorm_clipping", "synchronized", "fused", "virtual_batch_size"}),
    **dict.fromkeys(
        ("Dense", "EinsumDense", "Conv1D", "Conv2D"),
        frozenset({"lora_rank", "lora_alpha", "quantization_config", "gptq_unpacked_column_size"}),
    ),
    **dict.fromkeys(("LayerNormalization", "GroupNormalization"), frozenset({"rms_scaling"})),
    CLASS: frozenset({"use_gate", "sliding_window", "flash_attention"}),
}
# Settings that act in training only.
_TRAINED: Mapping[str, frozenset[str]] = {
    "BatchNormalization": frozenset({"renorm_momentum"}),
    **dict.fromkeys(("Dropout", "AlphaDropout"), frozenset({"seed", "noise_shape"})),
    **dict.fromkeys(("SpatialDropout2D", "GaussianDropout", "GaussianNoise", CLASS), frozenset({"seed"})),
}
# The engine computes in float32; a network that computes in another precision has other outputs in Keras.
FLOAT_POLICIES = frozenset({"float32"})
_POLICY_CLASSES = {"DTypePolicy", "FloatDTypePolicy", "Policy", "PolicyV1"}
# An array in a file is read in its own type, which must not round it.
_ARRAY_SETTINGS = {"scale", "offset"}
_FLOAT_DTYPES = {"float32", "float64"}


@dataclass(frozen=True, slots=True)
class Rule:
    """The rules for a layer class.

    Attributes:
        settings: the check of each allowed setting.
        required: settings that must be present.
        trainable_weights, other_weights: functions from its settings to the names of its weights, in Keras' order.
        input_count: smallest and largest number of layers it may read.
    """

    settings: Mapping[str, Check] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    trainable_weights: Callable[[Config], list[str]] = lambda config: []
    other_weights: Callable[[Config], list[str]] = lambda config: []
    input_count: tuple[int, int] = (1, 1)


def data_format(value: Any) -> str:
    """Expect images with channels last."""
    if value == "channels_first":
        raise Refusal("channels-first", "its layers take images channels first: only channels last is supported")
    return str(choice("channels_last")(value or "channels_last"))


_positive, _size = whole(1), whole(1, 4096)
_axis = whole(-8, 8)
_padding, _name = choice("valid", "same"), choice(*ACTIVATIONS)
_format: dict[str, Check] = {"data_format": data_format}
_conv: dict[str, Check] = {
    **_format,
    "kernel_size": pair(_size),
    "strides": pair(_size),
    "padding": _padding,
    "dilation_rate": pair(_size),
    "activation": optional(_name),
    "use_bias": flag,
}
_one_axis: dict[str, Check] = {
    **dict.fromkeys(("kernel_size", "strides", "dilation_rate"), single(_size)),
    "padding": choice("valid", "same", "causal"),
}
_pool: dict[str, Check] = {**_format, "pool_size": pair(_size), "strides": optional(pair(_size)), "padding": _padding}
_pool_1d: dict[str, Check] = {
    **_format,
    "pool_size": single(_size),
    "strides": optional(single(_size)),
    "padding": _padding,
}
_global: dict[str, Check] = {**_format, "keepdims": flag}
_norm: dict[str, Check] = {"epsilon": number(0, 1), "center": flag, "scale": flag}
_rate: dict[str, Check] = {"rate": number(0, 1)}
_attention: dict[str, Check] = {
    **dict.fromkeys(("num_heads", "key_dim"), _positive),
    "value_dim": optional(_positive),
    "dropout": number(0, 1),
    "use_bias": flag,
    "output_shape": optional(one_or_list(_positive)),
    "attention_axes": optional(one_or_list(_axis)),
}


def _groups(value: Any) -> int:
    """Expect a number of groups, or -1 for one for each channel."""
    return int(value) if type(value) is int and value == -1 else int(whole(1)(value))


def _bias(*before: str) -> Callable[[Config], list[str]]:
    return lambda config: [*before, "bias"] if config.get("use_bias", True) else [*before]


def _scale_and_center(config: Config) -> list[str]:
    return [name for name, key in (("gamma", "scale"), ("beta", "center")) if config.get(key, True)]


_many = Rule(input_count=(2, 64))

RULES: Mapping[str, Rule] = {
    "InputLayer": Rule(input_count=(0, 0)),
    "Conv2D": Rule(
        {**_conv, "filters": _positive, "groups": _positive}, frozenset({"filters", "kernel_size"}), _bias("kernel")
    ),
    "Conv1D": Rule(
        {**_conv, **_one_axis, "filters": _positive, "groups": _positive},
        frozenset({"filters", "kernel_size"}),
        _bias("kernel"),
    ),
    "DepthwiseConv2D": Rule(
        {**_conv, "depth_multiplier": _positive}, frozenset({"kernel_size"}), _bias("depthwise_kernel")
    ),
    "SeparableConv2D": Rule(
        {**_conv, "filters": _positive, "depth_multiplier": _positive},
        frozenset({"filters", "kernel_size"}),
        _bias("depthwise_kernel", "pointwise_kernel"),
    ),
    "Conv2DTranspose": Rule(
        {**_conv, "filters": _positive, "output_padding": optional(pair(whole(0, 4095)))},
        frozenset({"filters", "kernel_size"}),
        _bias("kernel"),
    ),
    "DepthwiseConv1D": Rule(
        {**_conv, **_one_axis, "depth_multiplier": _positive}, frozenset({"kernel_size"}), _bias("kernel")
    ),
    "SeparableConv1D": Rule(
        {**_conv, **_one_axis, "filters": _positive, "depth_multiplier": _positive},
        frozenset({"filters", "kernel_size"}),
        _bias("depthwise_kernel", "pointwise_kernel"),
    ),
    "Dense": Rule(
        {"units": _positive, "activation": optional(_name), "use_bias": flag}, frozenset({"units"}), _bias("kernel")
    ),
    "EinsumDense": Rule(
        {
            "equation": equation,
            "output_shape": one_or_list(optional(_positive)),
            "activation": optional(_name),
            "bias_axes": optional(letters),
        },
        frozenset({"equation", "output_shape"}),
        lambda config: ["kernel", "bias"] if config.get("bias_axes") else ["kernel"],
    ),
    "Flatten": Rule(_format),
    "RepeatVector": Rule({"n": _size}, frozenset({"n"})),
    "Reshape": Rule({"target_shape": sequence(whole(-1), least=1, most=8)}, frozenset({"target_shape"})),
    "Permute": Rule({"dims": sequence(whole(1, 8), least=1, most=8)}, frozenset({"dims"})),
    **dict.fromkeys(("MaxPooling2D", "AveragePooling2D"), Rule(_pool)),
    **dict.fromkeys(("GlobalMaxPooling2D", "GlobalAveragePooling2D"), Rule(_global)),
    **dict.fromkeys(("GlobalMaxPooling1D", "GlobalAveragePooling1D"), Rule(_global)),
    "MaxPooling1D": Rule(_pool_1d),
    "AveragePooling1D": Rule(_pool_1d),
    "BatchNormalization": Rule(
        {**_norm, "axis": lambda value: single(_axis)(value)[0], "momentum": number(0, 1)},
        frozenset(),
        _scale_and_center,
        lambda config: ["moving_mean", "moving_variance"],
    ),
    "LayerNormalization": Rule({**_norm, "axis": one_or_list(_axis)}, frozenset(), _scale_and_center),
    "GroupNormalization": Rule({**_norm, "groups": _groups, "axis": _axis}, frozenset(), _scale_and_center),
    "RMSNormalization": Rule({"epsilon": number(0, 1), "axis": single(_axis)}, frozenset(), lambda config: ["scale"]),
    "UnitNormalization": Rule({"axis": one_or_list(_axis)}),
    "Activation": Rule({"activation": _name}, frozenset({"activation"})),
    "ReLU": Rule({"max_value": optional(number(0)), "negative_slope": optional(number()), "threshold": number(0)}),
    "LeakyReLU": Rule({"negative_slope": number(), "alpha": number()}),
    "PReLU": Rule({"shared_axes": optional(one_or_list(_axis))}, frozenset(), lambda config: ["alpha"]),
    "ELU": Rule({"alpha": number()}),
    "Softmax": Rule({"axis": one_or_list(_axis)}),
    **dict.fromkeys(("Dropout", "AlphaDropout", "GaussianDropout"), Rule(_rate)),
    "SpatialDropout2D": Rule({**_rate, **_format}),
    "GaussianNoise": Rule({"stddev": number(0)}),
    "ZeroPadding2D": Rule({**_format, "padding": margins}),
    "Cropping2D": Rule({**_format, "cropping": margins}),
    "CenterCrop": Rule({**_format, "height": _size, "width": _size}, frozenset({"height", "width"})),
    "UpSampling2D": Rule({**_format, "size": pair(whole(1, 64)), "interpolation": choice("nearest", "bilinear")}),
    **dict.fromkeys(("Add", "Multiply", "Average", "Maximum", "Minimum"), _many),
    CLASS: Rule(_attention, frozenset({"num_heads", "key_dim"}), attention_weights, input_count=(2, 3)),
    "Subtract": Rule(input_count=(2, 2)),
    "Concatenate": Rule({"axis": _axis}, input_count=(2, 64)),
    "Dot": Rule({"axes": one_or_list(_axis), "normalize": flag}, frozenset({"axes"}), input_count=(2, 2)),
    "Rescaling": Rule({"scale": numbers, "offset": numbers}, frozenset({"scale"})),
    "Normalization": Rule(
        {
            "axis": optional(one_or_list(_axis)),
            "mean": optional(numbers),
            "variance": optional(numbers),
            "invert": flag,
        },
        frozenset(),
        other_weights=lambda config: [] if config.get("mean") is not None else ["mean", "variance", "count"],
    ),
    "TakeChannels": Rule({"channels": channel_choice}, frozenset({"channels"})),
    "Resizing": Rule(
        {
            **_format,
            "height": _size,
            "width": _size,
            "interpolation": choice("nearest", "bilinear", "bicubic"),
            "crop_to_aspect_ratio": flag,
            "pad_to_aspect_ratio": flag,
            "fill_mode": choice("constant"),
            "fill_value": number(),
            "antialias": flag,
        },
        frozenset({"height", "width"}),
    ),
}

# Made by the intake for operations in a file; no file may contain them.
OWN_CLASSES = frozenset({"TakeChannels"})
# Class names in older releases of Keras.
ALIASES = {
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
    "Custom>CustomScaleLayer": "CustomScaleLayer",
}
# Settings that older releases stored without using them.
_CARRIED: Mapping[str, frozenset[str]] = {
    "DepthwiseConv2D": frozenset({"groups", "filters"}),
    "SeparableConv2D": frozenset({"groups"}),
    "SpatialDropout2D": frozenset({"noise_shape"}),
}


def checked_config(
    class_name: str,
    config: Config,
    *,
    layer: str,
    is_keras_2: bool = False,
    is_legacy: bool = False,
    is_own: bool = False,
    has_tuples: bool = True,
) -> Config:
    """Check the settings of a layer, and return the allowed ones; checking them again changes nothing.

    Args:
        class_name: the layer's class.
        config: its settings in the file.
        layer: its name, for messages.
        is_keras_2: whether Keras 2 wrote the file.
        is_legacy: whether the layer is described without a module, as in `.h5` files of Keras 2.
        is_own: whether the intake made the layer; then it may be of `OWN_CLASSES`.
        has_tuples: whether Keras reads marked tuples in such a file.

    Raises:
        Refusal: `unsupported-layer`, `unsupported-config` or `channels-first`.
    """
    rule = RULES.get(class_name)
    where = f"layer '{shortened(layer)}'"
    if rule is None or (class_name in OWN_CLASSES and not is_own):
        reason = ": of attentions, only MultiHeadAttention is" if "Attention" in class_name else ""
        raise Refusal(
            "unsupported-layer",
            f"{where} is of class {shortened(class_name)}, which is not among the allowed Keras layers{reason}",
        )
    if class_name == "InputLayer":
        _check_input_dtype(config.get("dtype"), where)
    check_dtype(config.get("dtype"), where)
    checked: Config = {}
    for key, value in config.items():
        check = rule.settings.get(key)
        if check is not None:
            try:
                checked[key] = check(_plain(key, value, has_tuples=has_tuples))
            except WrongValue as expected:
                raise Refusal(
                    "unsupported-config", f"{where} has {key} = {shortened(value)}: expected {expected}"
                ) from expected
        elif not _is_ignored(class_name, key, value):
            raise Refusal(
                "unsupported-config",
                f"{where} of class {class_name} has a setting that is not allowed: "
                f"{shortened(key)} = {shortened(value)}",
            )
    if missing := sorted(rule.required - checked.keys()):
        raise Refusal("unsupported-config", f"{where} of class {class_name} has no {missing[0]}")
    if is_keras_2 and checked.get("activation") in CHANGED_ACTIVATIONS:
        raise Refusal(
            "unsupported-config",
            f"{where} uses {checked['activation']}, whose definition in Keras 3 differs from the file's Keras 2",
        )
    if is_legacy and "axis" in checked and not _is_kept_axis(checked["axis"]):
        raise Refusal(
            "unsupported-config", f"{where} has axis = {shortened(checked['axis'])}, which Keras ignores in such a file"
        )
    if class_name == "BatchNormalization" and isinstance(config.get("axis"), list) and not (is_legacy or is_keras_2):
        raise Refusal("unsupported-config", f"{where} has a list as its axis, which Keras does not read in such a file")
    if "data_format" in rule.settings:
        checked.setdefault("data_format", "channels_last")
    if class_name == "LeakyReLU" and "alpha" in checked:
        checked["negative_slope"] = checked.pop("alpha")
    return checked


def _is_kept_axis(axis: object) -> bool:
    """Tell whether Keras takes an axis of a legacy description: it drops all but one number, alone or in a list."""
    return isinstance(axis, int) or (isinstance(axis, list) and len(axis) == 1)


def _is_ignored(class_name: str, key: str, value: Any) -> bool:
    if key in _IGNORED or key == "dtype" or key.endswith(_IGNORED_ENDINGS):
        return True
    trained = _TRAINED.get(class_name, frozenset()) | _CARRIED.get(class_name, frozenset())
    if value is None or isinstance(value, bool):
        is_unused = key in _UNUSED.get(class_name, frozenset()) and value is not True
        return is_unused or (key in trained and value is None)
    return key in trained and isinstance(value, int | float | list)


def _check_input_dtype(value: Any, where: str) -> None:
    if isinstance(value, str) and value.startswith(("int", "uint", "bool")):
        raise Refusal(
            "unsupported-config",
            f"{where} takes images of {shortened(value)}, so Keras cuts off the fractions of their pixels: expected a "
            "network that takes images of float32",
        )


def check_dtype(value: Any, where: str, *, allowed: frozenset[str] = FLOAT_POLICIES) -> None:
    """Expect a layer to compute in single precision.

    Args:
        value: the layer's dtype or its policy, as in the file.
        where: the layer, for messages.
        allowed: names of allowed types.

    Raises:
        Refusal: `unsupported-config`.
    """
    name = value
    if isinstance(value, dict):
        # Other policies, such as the quantized one, change what the weights mean.
        config = value.get("config")
        policy = value.get("class_name")
        is_plain = isinstance(policy, str) and policy in _POLICY_CLASSES
        name = config.get("name") if is_plain and isinstance(config, dict) else policy
    if value is not None and (not isinstance(name, str) or name not in allowed):
        raise Refusal("unsupported-config", f"{where} computes in {shortened(name)}: expected float32")


def _plain(key: str, value: Any, *, has_tuples: bool) -> Any:
    """Unwrap Keras' serialized tuples and arrays, where Keras does it."""
    if not isinstance(value, dict):
        return value
    config = value.get("config")
    if value.get("class_name") == "__tuple__" and has_tuples and key not in _ARRAY_SETTINGS:
        return value.get("items")
    if value.get("class_name") == "__numpy__" and key in _ARRAY_SETTINGS and isinstance(config, dict):
        if config.get("dtype") not in _FLOAT_DTYPES:
            raise WrongValue("an array of floating-point numbers")
        return config.get("value")
    return value
