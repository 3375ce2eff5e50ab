"""Networks: opened from what Keras writes, rebuilt exactly, saved so that they come back the same."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

from core import model_file
from core.dataset import open_dataset
from core.errors import Cancelled, ExportError, ModelFileError
from core.intake.architectures import DEEPID
from core.intake.layers import RULES
from core.intake.weight_shapes import weight_names
from core.model_file import open_model, save_model
from core.monitor import Monitor
from core.picture import open_picture, to_input

L = keras.layers
SHAPE = (8, 8, 3)
PROBE = np.random.default_rng(1).random((5, *SHAPE), dtype=np.float32)


def two_branches() -> keras.Model:
    start = keras.Input(SHAPE, name="input")
    pooled = L.MaxPooling2D(name="pool")(L.Conv2D(6, 3, activation="relu", name="conv_1")(start))
    one = L.Dense(7, name="fc_1")(L.Flatten()(pooled))
    two = L.Dense(7, name="fc_2")(L.Flatten()(L.Conv2D(5, 2, activation="relu", name="conv_2")(pooled)))
    merged = L.Activation("relu")(L.Add()([one, two]))
    return keras.Model(start, L.Dense(4, activation="softmax", name="output")(merged), name="branches")


def sequential() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input(SHAPE),
            L.Rescaling(1 / 255, offset=[0.1, 0.2, 0.3]),
            L.ZeroPadding2D(((1, 0), (2, 1))),
            L.SeparableConv2D(5, 3, strides=2, padding="same", activation="elu"),
            L.BatchNormalization(axis=3, momentum=0.5),
            L.LeakyReLU(negative_slope=0.2),
            L.SpatialDropout2D(0.1),
            L.AveragePooling2D(2, strides=1, padding="same"),
            L.Cropping2D(((1, 0), (0, 1))),
            L.UpSampling2D(2, interpolation="bilinear"),
            L.GlobalAveragePooling2D(),
            L.Dropout(0.5),
            L.Dense(6, use_bias=False),
            L.ReLU(max_value=6),
            L.Dense(3),
            L.Softmax(),
        ]
    )


def residual() -> keras.Model:
    start = keras.Input(SHAPE)
    normal = L.Normalization(mean=[0.1, 0.2, 0.3], variance=[1.0, 2.0, 3.0])(start)
    one = L.DepthwiseConv2D(3, padding="same", depth_multiplier=2)(normal)
    one = L.LayerNormalization()(L.PReLU(shared_axes=[1, 2])(one))
    two = L.Conv2D(6, 1, dilation_rate=1, groups=3, activation="gelu")(normal)
    merged = L.Multiply()([L.Add()([one, two]), L.Maximum()([one, two]), L.Average()([one, two])])
    merged = L.Concatenate()([merged, L.Minimum()([one, two])])
    merged = L.GlobalMaxPooling2D(keepdims=True)(L.GaussianNoise(0.1)(L.GaussianDropout(0.1)(merged)))
    merged = L.Reshape((12,))(L.Permute((3, 1, 2))(merged))
    return keras.Model(start, L.Dense(3, activation="sigmoid")(L.ELU(0.5)(merged)))


def nested() -> keras.Model:
    inner_start = keras.Input(SHAPE, name="inner_input")
    inner = keras.Model(inner_start, L.BatchNormalization()(L.Conv2D(4, 3, name="conv")(inner_start)), name="backbone")
    frozen = keras.Sequential([keras.Input((6, 6, 4)), L.Conv2D(4, 3, name="conv"), L.BatchNormalization()], name="top")
    frozen.trainable = False
    start = keras.Input(SHAPE, name="input")
    flat = L.Flatten()(frozen(inner(start)))
    return keras.Model(start, L.Dense(3, name="output")(flat))


def repaired() -> keras.Model:
    start = keras.Input(SHAPE)
    scores = L.Dense(4, activation="softmax")(L.Flatten()(start))
    best = L.GlobalMaxPooling1D()(L.Reshape((4, 1))(scores))
    hot = L.ReLU(max_value=1.0)(L.Rescaling(1e38, offset=1.0)(L.Subtract()([scores, best])))
    weighted = L.EinsumDense("ab,b->ab", output_shape=(4,))(hot)
    agree = L.Dot(axes=1)([hot, weighted])
    return keras.Model(start, L.Concatenate()([L.Multiply()([scores, agree]), L.Rescaling(-1.0, offset=1.0)(agree)]))


BUILDERS: list[Callable[[], keras.Model]] = [two_branches, sequential, residual, nested, repaired]


def filled(build: Callable[[], keras.Model]) -> keras.Model:
    """Give a network weights that differ everywhere, moving variances included."""
    keras.utils.set_random_seed(0)
    model = build()
    generator = np.random.default_rng(2)
    model.set_weights([generator.uniform(0.1, 1.0, weight.shape).astype(weight.dtype) for weight in model.weights])
    return model


def save_plainly(model: keras.Model, path: Path) -> Path:
    model.save(path)
    return path


def answers(model: keras.Model, probe: np.ndarray = PROBE) -> np.ndarray:
    return np.asarray(model(probe, training=False))


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


@pytest.mark.parametrize("build", BUILDERS)
@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_what_is_saved_opens_here_and_in_plain_keras(
    build: Callable[[], keras.Model], suffix: str, tmp_path: Path
) -> None:
    model = open_model(save_plainly(filled(build), tmp_path / "net.keras")).model
    saved = save_model(model, tmp_path / f"saved{suffix}", probe=PROBE)
    assert saved.size_bytes == saved.path.stat().st_size
    plain = keras.models.load_model(saved.path)
    assert np.array_equal(answers(plain), answers(model))
    again = open_model(saved.path)
    assert again.sha256 == saved.sha256
    assert np.array_equal(answers(again.model), answers(model))
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(["net.keras", saved.path.name])
    other = save_model(again.model, tmp_path / f"other{suffix}", probe=PROBE)
    assert other.sha256 == saved.sha256


def test_an_adapted_normalization_keeps_what_it_learned(tmp_path: Path) -> None:
    normal = L.Normalization()
    normal.adapt(PROBE)
    start = keras.Input(SHAPE)
    model = keras.Model(start, L.Dense(2)(L.Flatten()(normal(start))))
    for suffix in (".keras", ".h5"):
        opened = open_model(save_plainly(model, tmp_path / f"net{suffix}"))
        assert np.array_equal(answers(opened.model), answers(model))


def test_training_state_is_left_behind(tmp_path: Path) -> None:
    model = filled(two_branches)
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(PROBE, np.zeros(len(PROBE)), verbose=0)
    for suffix in (".keras", ".h5"):
        opened = open_model(save_plainly(model, tmp_path / f"trained{suffix}"))
        assert not opened.model.compiled
        saved = save_model(model, tmp_path / f"saved{suffix}", probe=PROBE)
        assert saved.size_bytes < (tmp_path / f"trained{suffix}").stat().st_size
        assert np.array_equal(answers(open_model(saved.path).model), answers(model))
    with h5py.File(tmp_path / "saved.h5") as file:
        assert "optimizer_weights" not in file


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

    with pytest.raises(ModelFileError, match="too large a shape") as caught:
        open_model(edit(path, change))
    assert caught.value.code == "file-too-large"


def test_answers_that_are_not_one_score_a_class_are_refused(tmp_path: Path) -> None:
    start = keras.Input(SHAPE)
    for output in (L.Conv2D(2, 3)(start), L.Dense(1)(L.Flatten()(start))):
        path = save_plainly(keras.Model(start, output), tmp_path / "net.keras")
        with pytest.raises(ModelFileError, match="one score a class") as caught:
            open_model(path)
        assert caught.value.code == "wrong-output"


def test_two_inputs_and_shared_layers_are_refused(tmp_path: Path) -> None:
    one, two = keras.Input(SHAPE), keras.Input(SHAPE)
    shared = L.Dense(2)
    flat = L.Flatten()(one)
    models = {
        "2 inputs": keras.Model([one, two], L.Dense(2)(L.Flatten()(L.Add()([one, two])))),
        "2 outputs": keras.Model(one, [L.Dense(2)(flat), L.Dense(3)(flat)]),
        "used 2 times": keras.Model(one, L.Add()([shared(L.Flatten()(one)), shared(L.Flatten()(L.ReLU()(one)))])),
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
        "LayerNormalization": L.LayerNormalization(),
        "PReLU": L.PReLU(),
        "EinsumDense": L.EinsumDense("ab,bc->ac", output_shape=2, bias_axes="c"),
        "Normalization": L.Normalization(),
    }
    for name in RULES:
        assert issubclass(getattr(keras.layers, name), keras.layers.Layer) or name == "InputLayer"
        if name in built:
            rank = {"Dense": 2, "EinsumDense": 2, "Conv1D": 3}.get(name, 4)
            layer = built[name]
            layer.build((None, *(3,) * (rank - 1)))
            config = {"bias_axes": "c"} if name == "EinsumDense" else {}
            assert len(weight_names(name, config)) == len(layer.weights)


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_opened_files_are_never_replaced(suffix: str, tmp_path: Path) -> None:
    path = save_plainly(filled(two_branches), tmp_path / f"net{suffix}")
    before = path.read_bytes()
    model = open_model(path).model
    (tmp_path / f"link{suffix}").symlink_to(path)
    (tmp_path / f"hard{suffix}").hardlink_to(path)
    (tmp_path / "folder").mkdir()
    for target in (
        path,
        tmp_path / f"link{suffix}",
        tmp_path / f"hard{suffix}",
        tmp_path / "folder" / ".." / path.name,
    ):
        with pytest.raises(ExportError, match="never replaced") as caught:
            save_model(model, target, probe=PROBE, forbidden=[tmp_path / "gone", path], overwrite=True)
        assert caught.value.code == "would-replace-input"
    assert path.read_bytes() == before


def test_existing_files_are_replaced_only_when_asked(tmp_path: Path) -> None:
    model, path = filled(two_branches), tmp_path / "net.keras"
    path.write_text("older")
    with pytest.raises(ExportError, match=r"'net\.keras' is already there") as caught:
        save_model(model, path, probe=PROBE)
    assert caught.value.code == "already-exists"
    assert path.read_text() == "older"
    save_model(model, path, probe=PROBE, overwrite=True)
    assert open_model(path).class_count == 4


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    model = filled(two_branches)
    for path, code in (
        (tmp_path / "net.onnx", "wrong-suffix"),
        (tmp_path / "net", "wrong-suffix"),
        (tmp_path / "gone" / "net.keras", "write-failed"),
        (tmp_path / "gone" / "net.h5", "write-failed"),
    ):
        with pytest.raises(ExportError, match=path.name) as caught:
            save_model(model, path, probe=PROBE)
        assert caught.value.code == code
    start = keras.Input(SHAPE)
    odd = keras.Model(start, L.Dense(2)(L.RMSNormalization()(L.Flatten()(start))))
    with pytest.raises(ExportError, match="would not open again") as caught:
        save_model(odd, tmp_path / "odd.keras", probe=PROBE)
    assert caught.value.code == "save-differs"
    assert "'odd.keras'" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_save_that_differs_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, other = filled(two_branches), filled(two_branches)
    other.get_layer("conv_1").bias.assign_add([0, 0, 0, 0, 0, 1e-6])
    write = model_file._write
    monkeypatch.setattr(model_file, "_write", lambda _, path: write(other, path))
    with pytest.raises(ExportError, match="weights of layer 'conv_1'") as caught:
        save_model(model, tmp_path / "net.h5", probe=PROBE)
    assert caught.value.code == "save-differs"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("done_count", [0, 1, 2, 3])
def test_a_cancelled_save_leaves_nothing(done_count: int, tmp_path: Path) -> None:
    class Impatient(Monitor):
        def checkpoint(self, stage: str, *, done_count: int = 0, total_count: int = 0) -> None:
            if done_count == wanted:
                self.cancel()
            super().checkpoint(stage, done_count=done_count, total_count=total_count)

    wanted = done_count
    with pytest.raises(Cancelled):
        save_model(filled(two_branches), tmp_path / "net.keras", probe=PROBE, monitor=Impatient())
    assert list(tmp_path.iterdir()) == []


def test_equal_networks_give_equal_files_in_another_process(tmp_path: Path) -> None:
    source = save_plainly(filled(nested), tmp_path / "net.keras")
    saved = [
        save_model(open_model(source).model, tmp_path / f"here{suffix}", probe=PROBE) for suffix in (".keras", ".h5")
    ]
    code = (
        "import sys, numpy as np\nfrom core.model_file import open_model, save_model\n"
        "model = open_model(sys.argv[1]).model\n"
        "for path in sys.argv[2:]: print(save_model(model, path, probe=np.zeros((1, 8, 8, 3), 'f4')).sha256)"
    )
    root = Path(__file__).resolve().parents[2]
    run = subprocess.run(
        [sys.executable, "-c", code, str(source), str(tmp_path / "there.keras"), str(tmp_path / "there.h5")],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split() == [one.sha256 for one in saved]


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
            probe = dataset.batch(0, 60, scale="raw" if scale == "raw" else "unit")
            assert (answers(opened.model, probe).argmax(axis=1) == dataset.labels).sum() == right_count, (name, data)
    assert open_model(csaw / "models" / "lab_pruned_4.h5").source_format == "keras2-h5"


def test_the_real_pictures_are_recognised(csaw: Path) -> None:
    opened = open_model(csaw / "models" / "lab_bd_weights.h5")
    for path in sorted((csaw / "images").glob("*_788_*.png")) + sorted((csaw / "images").glob("*_950_*.png")):
        values = to_input(open_picture(path), input_shape=opened.input_shape, scale="raw")
        assert path.name.split("_")[1] == f"label{answers(opened.model, values[None]).argmax()}"
