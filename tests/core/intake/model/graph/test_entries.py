"""What an entry says beside its settings is what Keras believes: only what Keras itself writes is taken."""

import json
from typing import Any

import keras
import numpy as np
import pytest
from keras.src import ops

from core.intake.limits import Limits
from core.intake.model.description import parse_network
from core.intake.model.graph.entries import built_shapes, check_entry, check_place, refuse_other_shared
from core.intake.model.graph.operations import _CLASSES, modules_of
from core.intake.model.graph.stand_ins import TRAINING_ONLY
from core.intake.model.layers import _CARRIED, OWN_CLASSES, RULES, checked_config
from core.intake.refusal import Refusal

ELSEWHERE = {"RandomHeight", "RandomWidth", "StochasticDepth"}  # only Keras 2 has them among its layers


def entry(class_name: str, **more: Any) -> dict[str, Any]:
    return {"class_name": class_name, "module": "keras.layers", "registered_name": None, "config": {}, **more}


def refusal_code(call: Any, *values: Any, **options: Any) -> str:
    with pytest.raises(Refusal) as caught:
        call(*values, **options)
    return caught.value.code


@pytest.mark.parametrize("class_name", sorted((RULES.keys() | TRAINING_ONLY) - OWN_CLASSES - ELSEWHERE))
def test_the_module_that_is_allowed_is_the_one_that_keras_writes(class_name: str) -> None:
    module, _, name = keras.src.api_export.get_name_from_symbol(getattr(keras.layers, class_name)).rpartition(".")
    assert name == class_name
    check_entry(entry(class_name, module=module), "x", is_keras_2=False)
    for other in ("keras.src.ops.numpy", "keras.src.layers", "keras", "keras.layers.core", "builtins", None, 1):
        assert refusal_code(check_entry, entry(class_name, module=other), "x", is_keras_2=False) == "unsupported-layer"


@pytest.mark.parametrize("class_name", sorted(_CLASSES))
def test_each_operation_is_in_the_module_that_is_allowed(class_name: str) -> None:
    (module,) = modules_of(class_name)
    assert getattr(getattr(ops, module.rpartition(".")[2]), class_name).__module__ == module
    check_entry(entry(class_name, module=module), "x", is_keras_2=False, modules=(module,))
    other = entry(class_name, module="keras.layers")
    assert refusal_code(check_entry, other, "x", is_keras_2=False, modules=(module,)) == "unsupported-layer"


def test_networks_have_their_own_modules() -> None:
    start = keras.Input((2,))
    for network in (keras.Model(start, keras.layers.ReLU()(start)), keras.Sequential([keras.layers.ReLU()])):
        check_entry(keras.saving.serialize_keras_object(network), "x", is_keras_2=False, is_root=True)
    old = entry("Functional", module="keras.src.engine.functional", registered_name="Functional")
    check_entry(old, "x", is_keras_2=True)
    assert refusal_code(check_entry, old, "x", is_keras_2=False) == "unsupported-layer"


@pytest.mark.parametrize("key", ["shared_object_id", "spec_name", "quantization", "Config"])
def test_nothing_else_may_stand_in_an_entry(key: str) -> None:
    assert refusal_code(check_entry, entry("ReLU", **{key: 1}), "x", is_keras_2=False) == "unsupported-config"


def test_objects_of_one_identifier_are_one() -> None:
    one = {"class_name": "L2", "config": {"l2": 0.1}, "shared_object_id": 4}
    refuse_other_shared({"a": [one, {"b": dict(one)}]})
    for other in ({"config": {"l2": 0.2}}, {"class_name": "L1"}, {"shared_object_id": 4.0}, {"shared_object_id": None}):
        assert refusal_code(refuse_other_shared, [one, one | other]) == "unsupported-config"


@pytest.mark.parametrize(
    "place",
    [["a", 1, 0], ["a", -1, 0], ["a", True, 0], ["a", 0.0, 0], ["a", 0, 1], ["a", 0, False], ["a", 0], "a", None],
)
def test_a_place_is_the_only_call_of_a_layer(place: Any) -> None:
    assert check_place(["a", 0, 0], "x") == "a"
    assert refusal_code(check_place, place, "x") == "damaged-file"
    assert check_place(["a", 1, 0], "x", calls=(0, 1)) == "a"


@pytest.mark.parametrize(
    ("stored", "shapes"),
    [
        (None, []),
        ({"input_shape": [None, 8, 8, 3]}, [[8, 8, 3]]),
        ({"shapes_dict": {"input_shape": [2, None, 3]}}, [[None, 3]]),
        ({"input_shape": [[None, 4], [None, 8, 8, 4]]}, [[4], [8, 8, 4]]),
    ],
)
def test_the_shapes_that_a_layer_is_built_for_are_read(stored: Any, shapes: Any) -> None:
    assert built_shapes({"build_config": stored}, "x") == shapes


@pytest.mark.parametrize(
    "stored",
    [
        *(
            {"input_shape": shape}
            for shape in (None, [], 3, [None, -1], [None, True], [None, 2.0], [[None, 2], 3], "ab")
        ),
        *([1], {"shapes_dict": {"query_shape": [None, 2]}}, {"input_shape": [None, 2], "shapes_dict": {}}),
        {"mean": [0.5]},
    ],
)
def test_other_shapes_are_refused(stored: Any) -> None:
    assert refusal_code(built_shapes, {"build_config": stored}, "x") == "unsupported-config"


@pytest.mark.parametrize("class_name", sorted(RULES.keys() - OWN_CLASSES - {"InputLayer"}))
def test_settings_that_change_nothing_while_unused_are_ones_that_keras_has(class_name: str) -> None:
    given: dict[str, Any] = {
        "kernel_size": 1, "filters": 1, "units": 1, "n": 1, "target_shape": [1], "dims": [1], "activation": "relu",
        "height": 1, "width": 1, "axes": 1, "scale": 1.0, "equation": "ab,bc->ac", "output_shape": 1,
        "num_heads": 1, "key_dim": 1,
    }  # fmt: skip
    always = {"rate": 0.5, "stddev": 0.5, "pool_size": 1}
    config = {key: given[key] for key in RULES[class_name].required}
    config |= {key: value for key, value in always.items() if key in RULES[class_name].settings}
    for key in ("noise_shape", "seed", "renorm", "renorm_momentum", "synchronized", "autocast", "sparse", "lora_rank"):
        if key in _CARRIED.get(class_name, ()):
            continue
        for value in (None, False, True):
            try:
                checked_config(class_name, {**config, key: value}, layer="x")
            except Refusal:
                continue
            getattr(keras.layers, class_name)(**config, **{key: value})


def test_arrays_are_read_in_a_type_that_rounds_nothing() -> None:
    def scaled(value: Any, **options: Any) -> Any:
        return checked_config("Rescaling", {"scale": value}, layer="x", **options)["scale"]

    array = {"class_name": "__numpy__", "config": {"value": [0.5, 0.7], "dtype": "float32"}}
    assert scaled(array) == [0.5, 0.7]
    layer = keras.layers.Rescaling.from_config({"scale": array, "offset": 0.0})
    assert np.array_equal(np.asarray(layer(np.ones((1, 2)))), np.float32([[0.5, 0.7]]))
    for dtype in ("int8", "float16", "bool", None):
        other = {**array, "config": {"value": [0.5, 0.7], "dtype": dtype}}
        assert refusal_code(scaled, other) == "unsupported-config"
    for form in ({"type": "ndarray", "value": [0.5]}, {"class_name": "__tuple__", "items": [0.5]}):
        assert refusal_code(scaled, form) == "unsupported-config"
    pool = {"pool_size": {"class_name": "__tuple__", "items": [2, 2]}}
    assert checked_config("MaxPooling2D", pool, layer="x")["pool_size"] == [2, 2]
    assert refusal_code(checked_config, "MaxPooling2D", pool, layer="x", has_tuples=False) == "unsupported-config"


@pytest.mark.parametrize("dtype", ["uint8", "int32", "int64", "bool"])
def test_an_input_of_whole_numbers_is_refused_with_its_reason(dtype: str) -> None:
    with pytest.raises(Refusal, match="Keras cuts off the fractions of their pixels"):
        checked_config("InputLayer", {"dtype": dtype}, layer="x")


@pytest.mark.parametrize(("key", "value"), [("dtype", "float16"), ("autocast", False), ("activity_regularizer", "l2")])
def test_a_network_has_no_settings_for_all_its_layers(key: str, value: Any) -> None:
    start = keras.Input((4, 4, 3))
    model = keras.Model(start, keras.layers.Dense(2)(keras.layers.Flatten()(start)))
    description = json.loads(json.dumps(keras.saving.serialize_keras_object(model)))
    parse_network(description, limits=Limits(), is_keras_2=False, is_archive=True)
    description["config"][key] = value
    code = refusal_code(parse_network, description, limits=Limits(), is_keras_2=False, is_archive=True)
    assert code == "unsupported-config"


def test_a_regularizer_that_two_layers_share_opens() -> None:
    shared, policy = keras.regularizers.L2(0.1), keras.dtype_policies.DTypePolicy("float32")
    inside = start = keras.Input((4, 4, 3))
    for _ in range(2):
        inside = keras.layers.Conv2D(2, 1, kernel_regularizer=shared, dtype=policy)(inside)
    model = keras.Model(start, keras.layers.Dense(2)(keras.layers.Flatten()(inside)))
    model.compile("adam", "sparse_categorical_crossentropy")
    with keras.src.saving.serialization_lib.ObjectSharingScope():
        text = json.dumps(keras.saving.serialize_keras_object(model))
    assert "shared_object_id" in text
    parse_network(json.loads(text), limits=Limits(), is_keras_2=False, is_archive=True)
