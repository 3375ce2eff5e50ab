"""Descriptions of networks: the allow-list, the graph, the weights; no code of a file is executed."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import numpy as np
import pytest

from core.intake.limits import Limits
from core.intake.model.architectures import DEEPID
from core.intake.model.keras_weights import folder_name
from core.intake.model.layers import RULES, checked_config
from core.intake.refusal import Refusal

Reader = Callable[..., dict[str, Any]]
Refuser = Callable[..., tuple[str, str]]


def test_a_small_network_is_described(tmp_path: Path, files: SimpleNamespace, read: Reader) -> None:
    answer = read("model", files.h5_model(tmp_path / "net.h5", files.small_network()))
    assert answer["source_format"] == "keras2-h5"
    assert answer["input_shape"] == [4, 4, 3]
    assert answer["output"] == "out"
    assert [(one["name"], one["inputs"]) for one in answer["layers"]] == [
        ("input", []),
        ("flat", ["input"]),
        ("out", ["flat"]),
    ]
    assert [weight["name"] for weight in answer["layers"][2]["weights"]] == ["kernel", "bias"]
    assert answer["layers"][2]["config"] == {"units": 2, "activation": "softmax"}
    assert answer["size_bytes"] == (tmp_path / "net.h5").stat().st_size


@pytest.mark.parametrize(
    "description",
    [
        {"class_name": "Lambda", "config": {"function": ["4wAAAA==", None, None], "function_type": "lambda"}},
        {
            "class_name": "Lambda",
            "config": {"function": {"class_name": "TFSMLayer", "config": {"filepath": "evil"}}},
            "module": "keras.layers",
        },
        {"class_name": "TFSMLayer", "config": {"filepath": "evil"}, "module": "keras.layers"},
        {"class_name": "TFOpLambda", "config": {"function": "io.write_file"}},
        {"class_name": "TorchModuleWrapper", "config": {"module": "gASVAAAA"}},
        {"class_name": "Evil", "config": {}, "module": "evil.code", "registered_name": "Evil"},
        {"class_name": "Dense", "config": {"units": 2}, "module": "evil.code"},
        {"class_name": "Dense", "config": {"units": 2}, "module": "keras_evil.layers"},
        {"class_name": "Dense", "config": {"units": 2}, "module": "keras.layers", "registered_name": "evil>Dense"},
        {"class_name": "__import__", "config": {}},
    ],
)
@pytest.mark.parametrize("kind", ["h5", "keras"])
def test_layers_that_could_run_code_are_refused(
    description: dict[str, Any], kind: str, tmp_path: Path, files: SimpleNamespace, refusal_of: Refuser
) -> None:
    description = {**description, "name": "bad", "inbound_nodes": [[["flat", 0, 0, {}]]]}
    network = files.small_network(description)
    path = tmp_path / f"evil.{kind}"
    path = files.h5_model(path, network) if kind == "h5" else files.archive(path, network)
    code, sentence = refusal_of("model", path)
    assert code == "unsupported-layer"
    assert "'bad'" in sentence


@pytest.mark.parametrize(
    ("layer_config", "words"),
    [
        ({"class_name": "Activation", "activation": "evil"}, "activation = evil: expected one of linear"),
        ({"class_name": "Activation", "activation": {"class_name": "function", "config": "os.system"}}, "activation"),
        ({"class_name": "Dense", "units": "2"}, "units = 2: expected a whole number"),
        (
            {
                "class_name": "Resizing",
                "height": 4,
                "width": 4,
                "crop_to_aspect_ratio": True,
                "pad_to_aspect_ratio": True,
            },
            "crops and pads at once",
        ),
        ({"class_name": "Dense", "units": -1}, "expected a whole number from 1"),
        ({"class_name": "Dense", "units": 10**12}, "expected a whole number from 1"),
        ({"class_name": "Dense", "units": True}, "expected a whole number"),
        ({"class_name": "Dense", "units": 2, "lora_rank": 4}, "lora_rank = 4"),
        ({"class_name": "Dense", "units": 2, "quantization_config": {"x": 1}}, "quantization_config"),
        ({"class_name": "Dense"}, "no units"),
        ({"class_name": "Dense", "units": 2, "dtype": "int8"}, "computes in int8"),
        ({"class_name": "Dense", "units": 2, "dtype": {"class_name": [[]], "config": {}}}, "computes in [[]]"),
        (
            {"class_name": "Dense", "units": 2, "dtype": {"class_name": "Policy", "config": {"name": []}}},
            "computes in []",
        ),
        (
            {
                "class_name": "Dense",
                "units": 2,
                "dtype": {"class_name": "QuantizedDTypePolicy", "config": {"mode": "x"}},
            },
            "computes in",
        ),
        ({"class_name": "ReLU", "max_value": 1e39}, "expected a number"),
        ({"class_name": "Reshape", "target_shape": []}, "expected a list"),
        ({"class_name": "Rescaling", "scale": ["a"]}, "expected a number"),
        ({"class_name": "Rescaling", "scale": [1.0] * 70_000}, "at most 65,536"),
        ({"class_name": "EinsumDense", "equation": "...b,bc->...c", "output_shape": [2]}, "expected up to 8 letters"),
        ({"class_name": "EinsumDense", "equation": "aa,a->a", "output_shape": [2]}, "repeated"),
        ({"class_name": "EinsumDense", "equation": "ab,bc->ca", "output_shape": [2]}, "the batch axis first"),
        ({"class_name": "EinsumDense", "equation": "ab,ac->ac", "output_shape": [2]}, "the batch axis first"),
        ({"class_name": "BatchNormalization", "renorm": True}, "renorm = True"),
        ({"class_name": "LayerNormalization", "rms_scaling": True}, "rms_scaling = True"),
        ({"class_name": "Activation", "activation": "hard_sigmoid"}, "differs from the file"),
    ],
)
def test_settings_of_a_wrong_kind_are_refused(
    layer_config: dict[str, Any], words: str, tmp_path: Path, files: SimpleNamespace, refusal_of: Refuser
) -> None:
    class_name = layer_config.pop("class_name")
    network = files.small_network(files.layer(class_name, "odd", ["flat"], **layer_config))
    code, sentence = refusal_of("model", files.h5_model(tmp_path / "net.h5", network))
    assert (code, words in sentence) == ("unsupported-config", True), sentence


def test_channels_first_is_refused(tmp_path: Path, files: SimpleNamespace, refusal_of: Refuser) -> None:
    network = files.functional(
        files.input_layer(), files.layer("Flatten", "flat", ["input"], data_format="channels_first")
    )
    code, sentence = refusal_of("model", files.h5_model(tmp_path / "net.h5", network))
    assert code == "channels-first"
    assert "channels first" in sentence


def test_graphs_that_are_not_plain_are_refused(tmp_path: Path, files: SimpleNamespace, refusal_of: Refuser) -> None:
    layer, network = files.layer, files.small_network
    twice = network()
    twice["config"]["layers"][1]["inbound_nodes"] *= 2
    two_inputs = network()
    two_inputs["config"]["input_layers"] *= 2
    two_outputs = network()
    two_outputs["config"]["output_layers"].append(["flat", 0, 0])
    circle = network(
        layer("Activation", "a", ["b"], activation="relu"), layer("Activation", "b", ["a"], activation="relu")
    )
    training = network(layer("Dropout", "drop", ["flat"], rate=0.5))
    training["config"]["layers"][2]["inbound_nodes"][0][0][3] = {"training": True}
    extra = files.functional(files.input_layer(), layer("InputLayer", "more"), layer("Add", "sum", ["input", "more"]))
    constant = {**layer("Add", "sum"), "inbound_nodes": [{"args": [[3.0]], "kwargs": {}}]}
    for description, words in [
        (twice, "its layers 'flat_call_2' do not lead to its output"),
        (two_inputs, "2 inputs: only one"),
        (two_outputs, "2 outputs: only one"),
        (circle, "read each other"),
        (training, "training = True"),
        (extra, "input layer 'more'"),
        (network(constant), "besides what other layers give"),
        (network(layer("Flatten", "two", ["flat", "input"])), "reads 2 layers: expected 1"),
        (network(layer("Subtract", "two", ["flat"])), "reads 1 layers: expected 2"),
        ({"class_name": "MyNet", "config": {"layers": []}}, "contains a MyNet"),
        ({"class_name": "Sequential", "config": {"layers": []}}, "no layers"),
    ]:
        code, sentence = refusal_of("model", files.h5_model(tmp_path / "net.h5", description))
        assert (code, words in sentence) == ("unsupported-network", True), sentence


def test_broken_descriptions_are_refused(tmp_path: Path, files: SimpleNamespace, refusal_of: Refuser) -> None:
    unknown = files.small_network(files.layer("Flatten", "odd", ["nowhere"]))
    double = files.small_network(files.layer("Flatten", "flat", ["input"]))
    for description in [
        "{not json",
        "[" * 100_000,
        "[]",
        "null",
        '{"class_name": 3}',
        '{"class_name": "Functional"}',
        '{"class_name": "Functional", "config": {"layers": [3]}}',
        '{"class_name": "Functional", "config": {"layers": [{"class_name": "Dense", "config": {"units": 2}}]}}',
        json.dumps(unknown),
        json.dumps(double),
        json.dumps(files.small_network(files.layer("Flatten", "x" * 300, ["flat"]))),
    ]:
        assert refusal_of("model", files.h5_model(tmp_path / "net.h5", description))[0] == "damaged-file"
    many = files.small_network(*(files.layer("Activation", f"a{i}", ["flat"], activation="relu") for i in range(50)))
    path = files.h5_model(tmp_path / "net.h5", many)
    assert refusal_of("model", path, Limits(layer_count=40))[0] == "file-too-large"


def test_deeply_nested_networks_are_refused(tmp_path: Path, files: SimpleNamespace, refusal_of: Refuser) -> None:
    network: dict[str, Any] = {"class_name": "Flatten", "config": {"name": "flat"}}
    for depth in range(30):
        network = {"class_name": "Sequential", "config": {"name": f"s{depth}", "layers": [network]}}
    assert refusal_of("model", files.h5_model(tmp_path / "net.h5", network))[0] == "unsupported-network"


@pytest.mark.parametrize("shape", [(4, 4), (None, None, 3), (4, 4, 3, 1), (0, 4, 3), (10**6, 4, 3), ("a", 4, 3)])
def test_inputs_that_are_no_image_are_refused(
    shape: tuple[Any, ...], tmp_path: Path, files: SimpleNamespace, refusal_of: Refuser
) -> None:
    network = files.functional(files.input_layer(*shape), files.layer("Flatten", "flat", ["input"]))
    code, sentence = refusal_of("model", files.h5_model(tmp_path / "net.h5", network, {}))
    assert code == "wrong-input"
    assert "fixed shape" in sentence


def test_weights_that_are_missing_or_not_finite_are_refused(
    tmp_path: Path, files: SimpleNamespace, refusal_of: Refuser
) -> None:
    path = tmp_path / "net.h5"
    kernel, bias = np.ones((48, 2), "f4"), np.zeros(2, "f4")
    for weights in [{}, {"out": {}}, {"out": {"kernel:0": kernel}}, {"out": {"k": kernel, "b": bias, "c": bias}}]:
        code, sentence = refusal_of("model", files.h5_model(path, files.small_network(), weights))
        assert code == "missing-weights"
        assert "'out'" in sentence
    for value in (np.nan, np.inf, -np.inf, 1e300):
        weights = {"out": {"kernel:0": kernel.astype("f8"), "bias:0": np.array([0.0, value])}}
        with np.errstate(over="ignore"):
            code, sentence = refusal_of("model", files.h5_model(path, files.small_network(), weights))
        assert code == "bad-weights"
    path = files.archive(tmp_path / "net.keras", files.small_network(), {"dense": [kernel]})
    assert refusal_of("model", path)[0] == "missing-weights"
    path = files.archive(tmp_path / "net.keras", files.small_network(), {"dense_1": [kernel, bias]})
    assert refusal_of("model", path)[0] == "missing-weights"


def test_weight_names_may_not_lead_out_of_their_layer(
    tmp_path: Path, files: SimpleNamespace, refusal_of: Refuser
) -> None:
    path = files.h5_model(tmp_path / "net.h5", files.small_network())
    with h5py.File(path, "a") as file:
        file["model_weights/out"].attrs["weight_names"] = [b"../flat/x", b"/etc/passwd"]
    assert refusal_of("model", path)[0] == "missing-weights"


def test_weight_names_cut_into_parts_are_joined(tmp_path: Path, files: SimpleNamespace, read: Reader) -> None:
    path = files.h5_model(tmp_path / "net.h5", files.small_network())
    with h5py.File(path, "a") as file:
        attributes = file["model_weights/out"].attrs
        names = attributes["weight_names"]
        del attributes["weight_names"]
        attributes["weight_names0"], attributes["weight_names1"] = names[:1], names[1:]
    assert [one["shape"] for one in read("model", path)["layers"][2]["weights"]] == [[48, 2], [2]]


def test_images_on_the_model_slot_are_told(tmp_path: Path, files: SimpleNamespace, refusal_of: Refuser) -> None:
    path = files.data(tmp_path / "clean.h5", np.zeros((1, 3, 4, 4)), np.zeros(1))
    code, sentence = refusal_of("model", path)
    assert code == "images-not-model"
    assert sentence == "'clean.h5' contains images, not a network: open it as data instead"


def test_other_hdf5_files_are_told(tmp_path: Path, refusal_of: Refuser) -> None:
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["temperature"] = np.zeros(3)
    code, sentence = refusal_of("model", tmp_path / "other.h5")
    assert code == "wrong-format"
    assert sentence.endswith("got 'temperature'")


def deepid_weights(path: Path, class_count: int, *, edit: dict[str, np.ndarray] | None = None) -> Path:
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [b"input", *(name.encode() for name in DEEPID.weights)]
        file.create_group("input").attrs["weight_names"] = []
        for name, shape in DEEPID.weights.items():
            full = tuple(class_count if length is None else length for length in shape)
            group = file.create_group(name)
            group.attrs["weight_names"] = [f"{name}/kernel:0".encode(), f"{name}/bias:0".encode()]
            group[f"{name}/kernel:0"] = (edit or {}).get(name, np.zeros(full, "f4"))
            group[f"{name}/bias:0"] = np.zeros(full[-1], "f4")
    return path


@pytest.mark.parametrize("class_count", [2, 100, 1283])
def test_the_labs_network_is_recognised_by_its_weights(class_count: int, tmp_path: Path, read: Reader) -> None:
    answer = read("model", deepid_weights(tmp_path / "bd_weights.h5", class_count))
    assert answer["source_format"] == "weights-h5"
    assert answer["layers"][-1]["config"]["units"] == class_count
    inputs = {one["name"]: one["inputs"] for one in answer["layers"]}
    assert inputs["flatten_1"] == inputs["conv_4"] == ["pool_3"]
    assert inputs["add_1"] == ["fc_1", "fc_2"]


def test_other_weights_alone_are_refused_with_what_is_missing(tmp_path: Path, refusal_of: Refuser) -> None:
    path = deepid_weights(tmp_path / "w.h5", 10, edit={"conv_3": np.zeros((3, 3, 40, 61), "f4")})
    code, sentence = refusal_of("model", path)
    assert code == "missing-architecture"
    assert "'conv_3' has a kernel of shape (3, 3, 40, 61): expected (3, 3, 40, 60)" in sentence
    assert "save the whole model with model.save(…), or its description (model.to_json()) beside it" in sentence
    path = deepid_weights(tmp_path / "w.h5", 10)
    with h5py.File(path, "a") as file:
        file["block5/kernel"] = np.zeros(3)
    assert "'block5'" in refusal_of("model", path)[1]


def test_checked_settings_pass_unchanged_a_second_time() -> None:
    samples: dict[str, dict[str, Any]] = {
        "Conv2D": {"filters": 4, "kernel_size": 3, "padding": "same", "kernel_initializer": {"class_name": "Zeros"}},
        "ZeroPadding2D": {"padding": [[1, 0], [2, 3]]},
        "Cropping2D": {"cropping": 2},
        "LeakyReLU": {"alpha": 0.1},
        "BatchNormalization": {"axis": [3], "epsilon": 0.01, "renorm": False},
        "Rescaling": {"scale": {"class_name": "__numpy__", "config": {"value": [0.5, 0.25], "dtype": "float32"}}},
        "MaxPooling2D": {"pool_size": {"class_name": "__tuple__", "items": [2, 2]}, "strides": None},
    }
    for class_name, config in samples.items():
        once = checked_config(class_name, config, layer="x", is_keras_2=True)
        assert checked_config(class_name, once, layer="x") == once
        assert json.loads(json.dumps(once)) == once
    assert checked_config("Conv2D", samples["Conv2D"], layer="x")["kernel_size"] == [3, 3]
    old = checked_config("BatchNormalization", samples["BatchNormalization"], layer="x", is_keras_2=True)
    assert old["axis"] == 3
    with pytest.raises(Refusal):
        checked_config("InputLayer", {"dtype": "string"}, layer="x")


def test_folder_names_are_those_of_keras() -> None:
    wanted = {
        "Conv2D": "conv2d",
        "InputLayer": "input_layer",
        "ReLU": "re_lu",
        "PReLU": "p_re_lu",
        "LeakyReLU": "leaky_re_lu",
        "ELU": "elu",
        "GlobalMaxPooling2D": "global_max_pooling2d",
        "ZeroPadding2D": "zero_padding2d",
        "SpatialDropout2D": "spatial_dropout2d",
        "EinsumDense": "einsum_dense",
        "Functional": "functional",
    }
    assert {name: folder_name(name) for name in wanted} == wanted
    assert "Lambda" not in RULES


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (
            {"class_name": "GroupQueryAttention"},
            "is of class GroupQueryAttention, which is not among the allowed Keras layers: of attentions, only "
            "MultiHeadAttention is",
        ),
        (
            {"class_name": "Patches", "module": None, "registered_name": "my>Patches"},
            "is of the class my>Patches, which Keras does not have: code of a person's own is never run, so build the "
            "network of Keras' layers and save it again",
        ),
        ({"class_name": "Patches", "module": None, "registered_name": "Patches"}, "is of the class Patches, which"),
        ({"class_name": "Patches", "module": "mine.layers"}, "is of the class mine.layers.Patches, which"),
    ],
)
def test_attention_and_a_persons_own_layer_are_named_with_what_to_do(
    entry: dict[str, Any], words: str, tmp_path: Path, files: SimpleNamespace, refusal_of: Any
) -> None:
    strange = {**files.layer("ReLU", "strange", ["flat"]), **entry}
    code, sentence = refusal_of("model", files.archive(tmp_path / "model.keras", files.small_network(strange)))
    assert code == "unsupported-layer"
    assert f"layer 'strange' {words}" in sentence


@pytest.mark.parametrize(("suffix", "kinds"), [("keras", "an .h5 file or a zip archive"), ("h5", "an .h5 file")])
def test_bytes_of_no_known_kind_are_told_what_was_expected(
    suffix: str, kinds: str, refusal_of: Any, tmp_path: Path
) -> None:
    path = tmp_path / f"net.{suffix}"
    path.write_bytes(bytes(range(7, 71)))
    code, sentence = refusal_of("model", path)
    assert code == "wrong-format"
    assert f"expected {kinds}, got " in sentence
