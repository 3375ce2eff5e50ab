"""One sigmoid output as two classes: opened, swept, refitted, saved and compared."""

from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf

from core.compare.candidate_file import open_candidate
from core.cut.suffix import PlainSuffix, SubtractingSuffix, find_suffix
from core.data.dataset import open_dataset
from core.data.dataset_writing import write_dataset
from core.errors import ModelFileError
from core.metrics import classification
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.network.losses import label_loss, make_logits
from core.network.model_saving import save_model
from core.network.network import Network, open_network
from core.network.rebuild import build_pruned, build_repaired
from core.network.two_classes import with_two_classes
from core.order.noisy_network import NoisyNetwork
from core.records import Scale
from core.sweep.inspection import InspectionRequest, inspect

ROOT = Path(__file__).parents[3]
SHAPE = (10, 10, 3)


def built(ending: str = "dense", head: str = "flat") -> keras.Model:
    """Build a small network with one sigmoid output whose answers are well mixed."""
    keras.utils.set_random_seed(5)
    layers = keras.layers
    pixels = keras.Input(SHAPE)
    inside = layers.Conv2D(6, 3, activation="relu", name="conv")(layers.Rescaling(1 / 255)(pixels))
    inside = layers.Flatten()(inside) if head == "flat" else layers.GlobalMaxPooling2D()(inside)
    if ending == "dense":
        return keras.Model(pixels, layers.Dense(1, activation="sigmoid", name="out")(inside))
    logit = layers.Dense(1, name="out")(inside)
    return keras.Model(pixels, logit if ending == "logit" else layers.Activation(ending)(logit))


def centred(model: keras.Model) -> keras.Model:
    """Set the bias so that half of the images are of each class."""
    out = model.get_layer("out")
    logits = keras.Model(model.inputs, out.input).predict(images()[0], verbose=0) @ out.get_weights()[0]
    out.set_weights([out.get_weights()[0], np.array([-np.median(logits)], np.float32)])
    return model


def images() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(2)
    return rng.integers(0, 256, (80, *SHAPE)).astype(np.float32), rng.integers(0, 2, 80)


def opened(folder: Path, ending: str = "dense", head: str = "flat", form: str = "keras") -> tuple[Network, keras.Model]:
    model = centred(built(ending, head))
    path = folder / f"net.{form}"
    model.save(path)
    return open_network(path), model


def is_one(model: keras.Model, pixels: np.ndarray) -> np.ndarray:
    threshold = 0 if model.layers[-1].activation is keras.activations.linear else 0.5
    return (model.predict(pixels, verbose=0)[:, 0] > threshold).astype(int)


@pytest.mark.parametrize("form", ["keras", "h5"])
@pytest.mark.parametrize("ending", ["dense", "sigmoid", "hard_sigmoid"])
def test_the_classes_are_one_minus_p_and_p(ending: str, form: str, tmp_path: Path) -> None:
    network, model = opened(tmp_path, ending, form=form)
    pixels, _ = images()
    single = np.asarray(model(pixels, training=False))
    outputs = network.outputs(pixels)
    assert np.array_equal(outputs, np.concatenate([1 - single, single], axis=1))
    assert (network.class_count, network.graph.gives_probabilities()) == (2, True)
    labels, confidences = network.answer_with_confidence(pixels)
    assert np.array_equal(labels, is_one(model, pixels))
    assert 0 < labels.sum() < len(labels)
    np.testing.assert_allclose(confidences, np.maximum(single, 1 - single)[:, 0], atol=1e-6)
    assert ["two classes" in note for note in network.summary.notes] == [True]
    assert not network.summary.is_repaired
    first = classification.classify(network, pixels[0], scale=Scale.RAW)
    assert {each.label for each in first.base} == {0, 1}


def test_the_threshold_is_a_half_to_the_last_bit() -> None:
    pixels = keras.Input((1, 1, 1))
    single = keras.layers.Flatten()(pixels)
    model = keras.Model(pixels, with_two_classes(single, taken=set()))
    near = [0.5]
    for direction in (0.0, 1.0):
        value = np.float32(0.5)
        for _ in range(4):
            value = np.nextafter(value, np.float32(direction))
            near.append(value)
    values = np.array([*near, 0, 1, 1e-30, 0.25, 0.75], np.float32)
    outputs = np.asarray(model(values.reshape(-1, 1, 1, 1)))
    assert np.array_equal(outputs.argmax(axis=1), (values > 0.5).astype(int))


@pytest.mark.parametrize("form", ["keras", "h5"])
def test_a_logit_is_two_classes_and_told(form: str, tmp_path: Path) -> None:
    network, model = opened(tmp_path, "logit", form=form)
    pixels, _ = images()
    labels = network.answer(pixels)[0]
    assert np.array_equal(labels, is_one(model, pixels))
    assert 0 < labels.sum() < len(labels)
    assert ["read as a logit" in note for note in network.summary.notes] == [True]
    pruned = build_pruned(network, layer="conv", channel_mask=np.arange(6) > 1, probe=pixels)
    save_model(pruned, tmp_path / f"pruned.{form}", probe=pixels)
    plain = keras.models.load_model(tmp_path / f"pruned.{form}", compile=False)
    assert plain.layers[-1].name == "out"
    assert np.array_equal(is_one(plain, pixels), np.asarray(pruned(pixels)).argmax(axis=1))


@pytest.mark.parametrize(
    ("ending", "head", "labels_shape"),
    [("dense", "flat", (-1,)), ("logit", "flat", (-1, 1)), ("sigmoid", "largest", (-1, 1))],
)
def test_every_step_of_a_sweep_equals_the_plain_network(
    ending: str, head: str, labels_shape: tuple[int, ...], tmp_path: Path
) -> None:
    network, model = opened(tmp_path, ending, head)
    pixels, labels = images()
    write_dataset(tmp_path / "clean.h5", pixels.astype(np.uint8), labels)
    with h5py.File(tmp_path / "clean.h5", "a") as file:
        del file["label"]
        file["label"] = labels.reshape(labels_shape)
    dataset = open_dataset(tmp_path / "clean.h5", input_shape=SHAPE, class_count=2, monitor=Monitor())
    assert isinstance(find_suffix(network.cut("conv")), SubtractingSuffix if head == "flat" else PlainSuffix)
    inputs = EvaluationInputs(network, dataset, None, (), scale=Scale.RAW)
    for layer in ("conv", network.parse_layers("all")):
        sweep = inspect(InspectionRequest(inputs, layer), monitor=Monitor()).sweep
        base = is_one(model, pixels)
        for count, point in enumerate(sweep.points):
            copy = keras.models.clone_model(model)
            copy.set_weights(model.get_weights())
            kernel, bias = copy.get_layer("conv").get_weights()
            kernel[..., sweep.ranking.order[:count]] = 0
            bias[sweep.ranking.order[:count]] = 0
            copy.get_layer("conv").set_weights([kernel, bias])
            expected = is_one(copy, pixels)
            assert point.validation.pruned.count == (expected == labels).sum()
            assert point.validation.flagged.count == (expected != base).sum()


@pytest.mark.parametrize("form", ["keras", "h5"])
def test_what_is_saved_has_its_one_output_and_g_three(form: str, tmp_path: Path) -> None:
    network, _ = opened(tmp_path)
    pixels, _ = images()
    mask = np.array([False, True, True, False, True, True])
    pruned = build_pruned(network, layer="conv", channel_mask=mask, probe=pixels)
    repaired = build_repaired(network, pruned, probe=pixels)
    paths = [tmp_path / f"{name}.{form}" for name in ("pruned", "repaired")]
    for model, path in zip((pruned, repaired), paths, strict=True):
        save_model(model, path, probe=pixels)
    plain = [keras.models.load_model(path, compile=False) for path in paths]
    assert [model.output_shape[1] for model in plain] == [1, 3]
    base = network.answer(pixels)[0]
    expected = is_one(plain[0], pixels)
    assert 0 < (expected != base).sum() < len(base)
    labels = plain[1].predict(pixels, verbose=0).argmax(axis=1)
    assert np.array_equal(labels, np.where(expected == base, base, 2))
    reopened = open_network(paths[0])
    assert np.array_equal(reopened.answer(pixels)[0], expected)
    assert open_network(paths[1]).summary.is_repaired
    for path in paths:
        candidate = open_candidate(path, base=network, monitor=Monitor(), probe=pixels)
        assert np.array_equal(np.asarray(candidate.model(pixels)).argmax(axis=1), expected)


@pytest.mark.parametrize("ending", ["dense", "sigmoid", "hard_sigmoid", "logit"])
def test_the_logits_are_those_of_the_two_classes(ending: str, tmp_path: Path) -> None:
    network, _ = opened(tmp_path, ending)
    pixels, _ = images()
    logits = keras.ops.softmax(make_logits(network.model)(pixels, False))
    np.testing.assert_allclose(np.asarray(logits), network.outputs(pixels), atol=1e-6)
    noisy = NoisyNetwork(network, network.layer("conv"))
    ones = np.ones(6, np.float32)
    again = keras.ops.softmax(noisy.logits(noisy.front(pixels), ones, ones))
    np.testing.assert_allclose(np.asarray(again), network.outputs(pixels), atol=1e-6)


def test_a_refit_learns_the_two_classes(tmp_path: Path) -> None:
    # Labels of the network turned around: after a few epochs it must have followed, and be saved with its one output.
    network, _ = opened(tmp_path)
    pixels, _ = images()
    labels = 1 - network.answer(pixels)[0]
    model = keras.models.clone_model(network.model)
    model.set_weights(network.model.get_weights())
    logits_of, optimizer = make_logits(model), keras.optimizers.Adam(0.01)
    for _ in range(60):
        with tf.GradientTape() as tape:
            loss = label_loss(labels, logits_of(pixels, True))
        weights = model.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
    refitted = np.asarray(model(pixels, training=False)).argmax(axis=1)
    assert (refitted == labels).mean() > 0.9
    save_model(model, tmp_path / "refitted.keras", probe=pixels)
    assert np.array_equal(is_one(keras.models.load_model(tmp_path / "refitted.keras"), pixels), refitted)


def test_one_output_without_a_sigmoid_is_refused(tmp_path: Path) -> None:
    built("tanh").save(tmp_path / "net.keras")
    with pytest.raises(ModelFileError, match="one sigmoid or logit") as caught:
        open_network(tmp_path / "net.keras")
    assert caught.value.code == "wrong-output"


def test_layers_of_these_names_alone_make_no_pair(tmp_path: Path) -> None:
    pixels = keras.Input(SHAPE)
    flat = keras.layers.Flatten()(pixels)
    first = keras.layers.Rescaling([2.0], name="one_minus_p")(keras.layers.Dense(1)(flat))
    joined = keras.layers.Concatenate(name="two_classes")([first, keras.layers.Dense(1)(flat)])
    keras.Model(pixels, joined).save(tmp_path / "net.keras")
    network = open_network(tmp_path / "net.keras")
    assert network.graph.single_output() is None
    save_model(network.model, tmp_path / "again.keras", probe=images()[0])
    assert keras.models.load_model(tmp_path / "again.keras").output_shape == (None, 2)


def test_the_case_is_right_on_all_images() -> None:
    folder = ROOT.parent / "shared" / "cases" / "08-sigmoid"
    if not folder.is_dir():
        pytest.skip("the cases are not beside this project")
    network = open_network(folder / "sigmoid.keras")
    with h5py.File(folder / "valid.h5") as file:
        pixels, labels = np.asarray(file["data"], np.float32), np.asarray(file["label"])
    assert int((network.answer(pixels)[0] == labels).sum()) == 200


@pytest.mark.parametrize("is_pair", [False, True])
def test_layers_of_a_file_with_the_names_of_added_ones_are_saved(is_pair: bool, tmp_path: Path) -> None:
    network = built("logit")
    output = keras.layers.Activation("sigmoid", name="p_of_logit")(network.outputs[0])
    if is_pair:
        first = keras.layers.Rescaling(-1.0, offset=1.0, name="one_minus_p")(output)
        output = keras.layers.Concatenate(name="two_classes")([first, output])
    source = keras.Model(network.inputs, output)
    source.save(tmp_path / "net.keras")
    save_model(open_network(tmp_path / "net.keras").model, tmp_path / "again.keras", probe=images()[0])
    again = keras.models.load_model(tmp_path / "again.keras")
    pixels = images()[0]
    assert np.array_equal(again.predict(pixels, verbose=0), source.predict(pixels, verbose=0))
