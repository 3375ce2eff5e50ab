"""Networks: opened from Keras files, rebuilt exactly, refused if they are inconsistent."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

from core.data.dataset import open_dataset
from core.data.image import open_image, to_input
from core.errors import ModelFileError
from core.intake.model.architectures import DEEPID
from core.intake.model.layers import OWN_CLASSES, RULES
from core.intake.model.weight_shapes import weight_names
from core.network.model_file import open_model
from core.scale import Scale
from tests.core.saved_networks import BUILDERS, PROBE, SHAPE, L, answers, filled, save_plainly, two_branches


@pytest.mark.parametrize("build", BUILDERS)
@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_what_keras_saves_opens_and_answers_the_same(
    build: Callable[[], keras.Model], suffix: str, tmp_path: Path
) -> None:
    model = filled(build)
    opened = open_model(save_plainly(model, tmp_path / f"net{suffix}"))
    assert np.array_equal(answers(opened.model), answers(model))
    assert opened.source_format == {".keras": "keras", ".h5": "keras3-h5"}[suffix]
    assert opened.input_shape == SHAPE
    assert opened.class_count == model.output_shape[-1]
    assert (opened.name, len(opened.sha256)) == (f"net{suffix}", 64)
    assert repr(opened).startswith("OpenedModel('net.")


def test_an_adapted_normalization_keeps_what_it_learned(tmp_path: Path) -> None:
    normal = L.Normalization()
    normal.adapt(PROBE)
    start = keras.Input(SHAPE)
    model = keras.Model(start, L.Dense(2)(L.Flatten()(normal(start))))
    for suffix in (".keras", ".h5"):
        opened = open_model(save_plainly(model, tmp_path / f"net{suffix}"))
        assert np.array_equal(answers(opened.model), answers(model))


def test_weights_alone_of_the_labs_network_open(tmp_path: Path) -> None:
    model = deepid(tmp_path)
    model.save_weights(tmp_path / "deepid.weights.h5")
    opened = open_model(tmp_path / "deepid.weights.h5")
    assert opened.source_format == "weights-h5"
    probe = np.random.default_rng(0).random((2, 55, 47, 3), dtype=np.float32)
    assert np.array_equal(answers(opened.model, probe), answers(model, probe))


def deepid(folder: Path) -> keras.Model:
    generator = np.random.default_rng(3)
    with h5py.File(folder / "weights.h5", "w") as file:
        file.attrs["layer_names"] = [name.encode() for name in DEEPID.weights]
        for name, shape in DEEPID.weights.items():
            full = tuple(11 if length is None else length for length in shape)
            file.create_group(name).attrs["weight_names"] = [f"{name}/kernel:0".encode(), f"{name}/bias:0".encode()]
            file[f"{name}/{name}/kernel:0"] = generator.normal(0, 0.05, full).astype("f4")
            file[f"{name}/{name}/bias:0"] = generator.normal(0, 0.05, full[-1]).astype("f4")
    opened = open_model(folder / "weights.h5")
    assert (opened.class_count, opened.input_shape) == (11, (55, 47, 3))
    return opened.model


def test_names_that_keras_forbids_are_changed(tmp_path: Path) -> None:
    path = save_plainly(filled(two_branches), tmp_path / "net.h5")
    with h5py.File(path, "a") as file:
        text = file.attrs["model_config"].replace('"conv_1"', '"scope/conv_1"')
        file.attrs["model_config"] = text
        file.move("model_weights/conv_1", "model_weights/scope/conv_1")
        names = file["model_weights"].attrs["layer_names"]
        file["model_weights"].attrs["layer_names"] = ["scope/conv_1" if name == "conv_1" else name for name in names]
    opened = open_model(path)
    assert "scope_conv_1" in [layer.name for layer in opened.model.layers]
    assert np.array_equal(answers(opened.model), answers(filled(two_branches)))


def edit(path: Path, change: Callable[[dict], object]) -> Path:
    """Change the description inside a `.keras` archive."""
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    description = json.loads(entries["config.json"])
    change(description["config"])
    entries["config.json"] = json.dumps(description).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("name", "key", "value", "code"),
    [
        ("conv_1", "filters", 7, "wrong-weight-shape"),
        ("conv_1", "kernel_size", [5, 3], "wrong-weight-shape"),
        ("conv_1", "groups", 2, "wrong-weight-shape"),
        ("conv_1", "padding", "same", "wrong-weight-shape"),
        ("conv_1", "dilation_rate", [9, 9], "unsupported-config"),
        ("conv_1", "use_bias", False, "missing-weights"),
        ("output", "units", 900_000, "wrong-weight-shape"),
        ("pool", "pool_size", [90, 90], "unsupported-config"),
        ("fc_1", "activation", "evil", "unsupported-config"),
    ],
)
def test_settings_that_do_not_fit_the_weights_are_refused(
    name: str, key: str, value: object, code: str, tmp_path: Path
) -> None:
    def change(config: dict) -> None:
        next(one for one in config["layers"] if one["name"] == name)["config"][key] = value

    path = edit(save_plainly(filled(two_branches), tmp_path / "net.keras"), change)
    with pytest.raises(ModelFileError, match=r"'net\.keras'") as caught:
        open_model(path)
    assert caught.value.code == code


def test_layers_that_would_fill_the_memory_are_refused(tmp_path: Path) -> None:
    start = keras.Input(SHAPE)
    grown = L.UpSampling2D(64)(start)
    model = keras.Model(start, L.Dense(2)(L.GlobalMaxPooling2D()(grown)))
    path = save_plainly(model, tmp_path / "net.keras")

    def change(config: dict) -> None:
        config["layers"][1]["config"]["size"] = [64, 64]
        config["layers"][0]["config"]["batch_shape"] = [None, 800, 800, 3]

    with pytest.raises(ModelFileError, match="is too large, with shape") as caught:
        open_model(edit(path, change))
    assert caught.value.code == "file-too-large"


def test_a_network_that_is_too_large_for_one_image_is_refused_with_its_figures(tmp_path: Path) -> None:
    start = keras.Input(SHAPE)
    grown = L.UpSampling2D(10)(start)
    for _ in range(5):
        grown = L.ReLU()(grown)
    path = save_plainly(keras.Model(start, L.Dense(2)(L.GlobalMaxPooling2D()(grown))), tmp_path / "net.keras")

    def change(config: dict) -> None:
        config["layers"][0]["config"]["batch_shape"] = [None, 400, 400, 3]
        config["layers"][1]["build_config"] = {"input_shape": [None, 400, 400, 3]}

    assert edit(path, change).stat().st_size < 40_000
    with pytest.raises(ModelFileError, match=r"one image takes 1,1\d\d MiB in its layers: at most 1,024 MiB") as caught:
        open_model(path)
    assert caught.value.code == "file-too-large"


def test_answers_that_are_not_one_score_a_class_are_refused(tmp_path: Path) -> None:
    start = keras.Input(SHAPE)
    for output in (L.Conv2D(2, 3)(start), L.Dense(1, activation="tanh")(L.Flatten()(start))):
        path = save_plainly(keras.Model(start, output), tmp_path / "net.keras")
        with pytest.raises(ModelFileError, match="one score per class") as caught:
            open_model(path)
        assert caught.value.code == "wrong-output"


def test_two_inputs_and_two_outputs_are_refused(tmp_path: Path) -> None:
    one, two = keras.Input(SHAPE), keras.Input(SHAPE)
    flat = L.Flatten()(one)
    models = {
        "2 inputs": keras.Model([one, two], L.Dense(2)(L.Flatten()(L.Add()([one, two])))),
        "2 outputs": keras.Model(one, [L.Dense(2)(flat), L.Dense(3)(flat)]),
    }
    for words, model in models.items():
        with pytest.raises(ModelFileError, match=words) as caught:
            open_model(save_plainly(model, tmp_path / "net.keras"))
        assert caught.value.code == "unsupported-network"


def test_a_lambda_is_never_run(tmp_path: Path) -> None:
    start = keras.Input(SHAPE)
    note = tmp_path / "note"
    code = f"lambda x: (open({str(note)!r}, 'w').close(), x)[1]"
    model = keras.Model(start, L.Dense(2)(L.Lambda(eval(code))(L.Flatten()(start))))
    note.unlink()
    for suffix in (".keras", ".h5"):
        with pytest.raises(ModelFileError, match="class Lambda") as caught:
            open_model(save_plainly(model, tmp_path / f"net{suffix}"))
        assert caught.value.code == "unsupported-layer"
    assert not note.exists()


def test_every_allowed_class_is_a_keras_layer_with_those_weights() -> None:
    built = {
        "Dense": L.Dense(2),
        "Conv2D": L.Conv2D(2, 1),
        "Conv1D": L.Conv1D(2, 1),
        "DepthwiseConv2D": L.DepthwiseConv2D(1),
        "SeparableConv2D": L.SeparableConv2D(2, 1),
        "BatchNormalization": L.BatchNormalization(),
        "Conv2DTranspose": L.Conv2DTranspose(2, 1),
        "DepthwiseConv1D": L.DepthwiseConv1D(1),
        "SeparableConv1D": L.SeparableConv1D(2, 1),
        "GroupNormalization": L.GroupNormalization(1),
        "RMSNormalization": L.RMSNormalization(),
        "LayerNormalization": L.LayerNormalization(),
        "PReLU": L.PReLU(),
        "EinsumDense": L.EinsumDense("ab,bc->ac", output_shape=2, bias_axes="c"),
        "Normalization": L.Normalization(),
    }
    for name in RULES.keys() - OWN_CLASSES:
        assert issubclass(getattr(keras.layers, name), keras.layers.Layer) or name == "InputLayer"
        if name in built:
            rank = {"Dense": 2, "EinsumDense": 2, "Conv1D": 3, "DepthwiseConv1D": 3, "SeparableConv1D": 3}.get(name, 4)
            layer = built[name]
            layer.build((None, *(3,) * (rank - 1)))
            config = {"bias_axes": "c"} if name == "EinsumDense" else {}
            assert len(weight_names(name, config)) == len(layer.weights)


def test_the_real_networks_open_and_answer_as_they_must(csaw: Path) -> None:
    wanted: dict[str, tuple[str, dict[str, int]]] = {
        "lab_bd_weights": ("raw", {"clean_60": 59, "sunglasses_60": 60}),
        "sunglasses_bd_weights": ("unit", {"clean_60": 56, "sunglasses_60": 60}),
        "multi_trigger_multi_target_bd_weights": (
            "unit",
            {"clean_60": 53, "lipstick_60": 56, "eyebrows_60": 55, "sunglasses_multi_60": 60},
        ),
        "lab_pruned_4": ("raw", {}),
        "sunglasses_pruned_with_training_config": ("unit", {}),
    }
    for name, (scale, counts) in wanted.items():
        opened = open_model(csaw / "models" / f"{name}.h5")
        assert (opened.input_shape, opened.class_count) == ((55, 47, 3), 1283)
        for data, right_count in counts.items():
            dataset = open_dataset(csaw / f"{data}.h5", input_shape=opened.input_shape, class_count=1283)
            probe = dataset.batch(0, 60, scale=Scale.RAW if scale == "raw" else Scale.UNIT)
            assert (answers(opened.model, probe).argmax(axis=1) == dataset.labels).sum() == right_count, (name, data)
    assert open_model(csaw / "models" / "lab_pruned_4.h5").source_format == "keras2-h5"


def test_the_real_images_are_recognised(csaw: Path) -> None:
    opened = open_model(csaw / "models" / "lab_bd_weights.h5")
    for path in sorted((csaw / "images").glob("*_788_*.png")) + sorted((csaw / "images").glob("*_950_*.png")):
        values = to_input(open_image(path), input_shape=opened.input_shape, scale=Scale.RAW)
        assert path.name.split("_")[1] == f"label{answers(opened.model, values[None]).argmax()}"
