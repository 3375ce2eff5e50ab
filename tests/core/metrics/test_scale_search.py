"""What a network reads for a pixel, found on clean images."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from core.data.dataset import Dataset, from_arrays, open_dataset
from core.findings.scale_finding import ScaleFinding, ScaleReason, ScaleScore
from core.metrics import scale_search
from core.metrics.evaluation import predict_labels
from core.metrics.readings import candidate_scales, rare
from core.metrics.scale_search import clean_images, find_scale, sample_count, with_scale
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.network.network import Network, open_network
from core.records import Share
from core.scale import Scale

CASES = Path(__file__).resolve().parents[4] / "shared" / "cases"
needs_cases = pytest.mark.skipif(not CASES.is_dir(), reason="no example files here")
RED, BLUE = (200, 40, 30), (30, 40, 200)


@pytest.mark.parametrize(("wanted", "kernel"), [(Scale.UNIT, 4.0), (Scale.RAW, 4.0 / 255)])
@pytest.mark.parametrize("stored", [1.0, 255.0])
def test_the_range_the_network_wants_is_found_whatever_the_file_holds(wanted, kernel, stored):
    """Return a network that predicts 1 above half of its white level, and 2 far above or below it."""
    pixels = keras.Input((1, 1, 1))
    x = keras.layers.Flatten()(pixels)
    # Hidden: brightness in units of white; outputs: dark, bright, absurdly bright.
    out = keras.layers.Dense(3, name="answer")(x)
    model = keras.Model(pixels, out)
    weights = np.array([[0.0, 2 * kernel / 4, 4 * kernel / 4]], np.float32)
    model.get_layer("answer").set_weights([weights, np.array([1.0, 0.0, -2.5], np.float32)])
    shades = np.linspace(0, 1, 40)
    labels = (shades * 2 > 1).astype(int)
    dataset = from_arrays("shades.h5", (shades * stored).astype(np.float32).reshape(-1, 1, 1, 1), labels)
    finding = find_scale(Network(model, path=Path("shades.keras")), dataset, monitor=Monitor())
    assert finding.scale == wanted
    assert finding.right == Share(40, 40)
    other = Scale.RAW if wanted == Scale.UNIT else Scale.UNIT
    assert next(each.right.rate for each in finding.scores if each.scale == other) < 0.6
    assert not finding.is_sampled


def test_a_draw_goes_to_the_files_own_range_is_doubted_and_large_sets_are_sampled(marked_network):
    images = np.zeros((1500, 6, 6, 3), np.uint8)
    images[..., 0] = 255
    finding = find_scale(marked_network, from_arrays("red.h5", images, np.zeros(1500, np.int64)), monitor=Monitor())
    assert finding.scale == Scale.RAW
    assert finding.right == Share(1000, 1000)
    assert finding.is_sampled


def trained(scale: Scale, images: np.ndarray, labels: np.ndarray, *, activation: str = "softmax") -> Network:
    """A small network that was trained on images as that scale reads them."""
    keras.utils.set_random_seed(0)
    pixels = keras.Input(images.shape[1:])
    x = keras.layers.Conv2D(8, 3, activation="relu")(pixels)
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.Dense(16, activation="relu")(x)
    model = keras.Model(pixels, keras.layers.Dense(int(labels.max()) + 1, activation=activation)(x))
    model.compile(
        keras.optimizers.Adam(0.01), keras.losses.SparseCategoricalCrossentropy(from_logits=activation == "linear")
    )
    model.fit(scale.read(images.astype(np.float32)), labels, epochs=40, batch_size=32, verbose=0)
    return Network(model, path=Path("trained.keras"))


def coloured(count: int = 160, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Noisy images of four kinds: more or less red, and more or less blue, bright and dark."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 4
    bases = np.array([(150, 90, 60), (60, 90, 150), (110, 60, 50), (50, 60, 110)], np.float64)
    images = bases[labels][:, None, None, :] + rng.normal(0, 40, (count, 8, 8, 3))
    return np.clip(images, 0, 255).astype(np.uint8), labels


@pytest.mark.parametrize(
    "scale",
    [
        Scale.UNIT,
        Scale.SYMMETRIC,
        Scale.IMAGENET,
        Scale.CAFFE,
        Scale.UNIT.in_bgr(),
        Scale("standardized", (92.0, 75.0, 92.0), (52.0, 43.0, 52.0)),
    ],
    ids=lambda scale: scale.name,
)
def test_what_a_network_was_trained_on_is_found(scale):
    images, labels = coloured()
    network = trained(scale, images, labels)
    fresh, true = coloured(120, seed=2)
    dataset = from_arrays("fresh.h5", fresh, true)
    finding = find_scale(network, dataset, monitor=Monitor())
    assert not finding.scale.differs_from(scale)
    as_trained = np.asarray(network.model(scale.read(fresh.astype(np.float32)))).argmax(axis=1)
    answered = predict_labels(network, dataset, scale=finding.scale, monitor=Monitor())
    assert (answered == as_trained).mean() >= 0.95


def test_what_the_file_tells_is_kept_unless_another_scale_is_clearly_better():
    images, labels = coloured()
    network = trained(Scale.UNIT, images, labels)
    dataset = from_arrays("images.h5", images, labels)
    near = Scale("near", (1.0,), (250.0,))
    for stored, reason in ((near, ScaleReason.STORED), (Scale.RAW.in_bgr(), None)):
        again = Network(network.model, path=Path("stored.keras"), scale=stored)
        finding = find_scale(again, dataset, monitor=Monitor())
        assert finding.stored == stored
        assert (finding.reason is ScaleReason.STORED) == (reason is not None)
        assert (finding.scale == stored) == (reason is not None)


def test_a_file_that_holds_what_the_network_reads_is_fed_as_it_is():
    images, labels = coloured()
    network = trained(Scale.IMAGENET, images, labels)
    read = Scale.IMAGENET.read(images.astype(np.float32))
    dataset = from_arrays("read.h5", read, labels)
    assert dataset.is_converted
    finding = find_scale(network, dataset, monitor=Monitor())
    assert (finding.reason, len(finding.scores)) == (ScaleReason.AS_IS, 1)
    np.testing.assert_array_equal(dataset.batch(0, 20, scale=finding.scale), read[:20])
    # The extremes of each channel are shown as black and white.
    shown = finding.scale.pixels(read)
    np.testing.assert_allclose(shown.min(axis=(0, 1, 2)), 0, atol=1e-3)
    np.testing.assert_allclose(shown.max(axis=(0, 1, 2)), 255, atol=1e-3)
    pixels = from_arrays("pixels.h5", images, labels)
    assert clean_images(dataset, pixels) is pixels
    assert clean_images(dataset, None) is dataset
    inputs, found = with_scale(EvaluationInputs(network, dataset, pixels), monitor=Monitor())
    assert found is not None
    assert not found.scale.differs_from(Scale.IMAGENET)
    assert inputs.scale == found.scale


def as_plain_keras(network: Network, pixels: np.ndarray) -> np.ndarray:
    return np.asarray(tf.argmax(network.model(pixels, training=False), axis=1))


@needs_cases
@pytest.mark.parametrize(
    ("model", "data", "right"),
    [
        ("04-standardised-input/standardised.keras", "04-standardised-input/valid.h5", 240),
        ("04-standardised-input/standardised.keras", "04-standardised-input/valid_standardised.h5", 240),
        ("04-standardised-input/minus1to1.keras", "04-standardised-input/valid.h5", 240),
    ],
)
def test_files_of_other_people(model, data, right):
    network = open_network(CASES / model)
    dataset = open_dataset(CASES / data, input_shape=network.input_shape)
    finding = find_scale(network, dataset, monitor=Monitor())
    assert finding.right == Share(right, dataset.image_count)


@needs_cases
@pytest.mark.parametrize("data", ["valid_bytes.h5", "valid_floats_0_to_1.h5"])
def test_0_to_1_and_0_to_255_that_are_both_right(data):
    folder = CASES / "06-scale-tie"
    network = open_network(folder / "zero_to_one.keras")
    dataset: Dataset = open_dataset(folder / data, input_shape=network.input_shape)
    finding = find_scale(network, dataset, monitor=Monitor())
    assert finding.scale == Scale.UNIT
    assert finding.reason is ScaleReason.FIT


def test_a_rare_scale_is_chosen_where_every_usual_one_is_behind_only():
    rng = np.random.default_rng(4)
    labels = np.arange(200) % 2
    images = np.clip(rng.normal(90 + 20 * labels[:, None, None, None], 30, (200, 4, 4, 1)), 0, 255).astype(np.uint8)
    dataset = from_arrays("images.h5", images, labels)
    own = next(each for each in candidate_scales(dataset) if each.name == "mean subtracted")
    pixels = keras.Input((4, 4, 1))
    answers = keras.layers.Dense(3)(keras.layers.GlobalAveragePooling2D()(pixels))
    network = Network(keras.Model(pixels, answers), path=Path("n.keras"))
    # Class 2 wherever the mean is outside of what the pixels minus their mean can be.
    network.model.set_weights([np.array([[-1.0, 1.0, 0.0]], np.float32), np.array([0.0, 0.0, 5.0], np.float32)])
    finding = find_scale(network, dataset, monitor=Monitor())
    assert finding.scale == own
    easy = trained(Scale.SYMMETRIC, *coloured())
    assert find_scale(easy, from_arrays("fresh.h5", *coloured(120, seed=2)), monitor=Monitor()).scale == Scale.SYMMETRIC


def test_numbers_of_usual_sets_are_tried_where_they_may_be_meant():
    rng = np.random.default_rng(0)
    digits = np.clip(rng.normal(33.3, 78.6, (50, 8, 8, 1)), 0, 255) * (rng.random((50, 8, 8, 1)) < 0.8)
    digits = (digits - digits.mean()) * (70 / digits.std()) + 40
    labels = np.zeros(50, np.int64)
    found = candidate_scales(from_arrays("digits.h5", np.clip(digits, 0, 255).astype(np.uint8), labels))
    assert [each.name for each in found].count("MNIST") == 1
    found = candidate_scales(from_arrays("white.h5", np.full((50, 8, 8, 1), 250, np.uint8), labels))
    assert "MNIST" not in [each.name for each in found]
    names = [
        each.name for each in candidate_scales(from_arrays("red.h5", np.full((50, 8, 8, 3), 250, np.uint8), labels))
    ]
    assert names.count("CIFAR-10") == 2
    assert "GTSRB" not in names


def as_prepared(prepare, images: np.ndarray, labels: np.ndarray) -> Network:
    return trained(Scale.RAW, prepare(images.astype(np.float32)), labels)


def shaded(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Images whose classes are the sign of a small difference within, under any brightness and contrast."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 3
    images = np.zeros((count, 8, 8, 3))
    images[:, :, :, :] = np.array([(1, 0, 0), (0, 1, 0), (0, 0, 1)])[labels][:, None, None, :]
    images += rng.normal(0, 0.4, images.shape)
    images = rng.uniform(60, 190, (count, 1, 1, 1)) + images * rng.uniform(3, 25, (count, 1, 1, 1))
    return np.clip(images, 0, 255).astype(np.uint8), labels


def by_itself(images: np.ndarray) -> np.ndarray:
    return np.asarray(tf.image.per_image_standardization(images))


def test_images_that_are_standardized_one_by_one_are_a_doubt():
    images, labels = shaded(300, 1)
    network = as_prepared(by_itself, images, labels)
    fresh, true = shaded(200, 2)
    finding = find_scale(network, from_arrays("fresh.h5", fresh, true), monitor=Monitor())
    right = int((np.asarray(network.model(by_itself(fresh))).argmax(axis=1) == true).sum())
    assert finding.right.count < right
    assert finding.other is not None
    assert finding.other.right == Share(right, 200)
    assert finding.other.words == "each image is standardized by its own mean and deviation"
    prepared = find_scale(network, from_arrays("prepared.h5", by_itself(fresh), true), monitor=Monitor())
    assert (prepared.right, prepared.other) == (Share(right, 200), None)


def test_inverted_pixels_are_a_doubt_and_pixels_as_trained_are_none():
    images, labels = coloured()
    network = trained(Scale.UNIT, 255 - images, labels)
    fresh, true = coloured(120, seed=2)
    inverted = find_scale(network, from_arrays("fresh.h5", fresh, true), monitor=Monitor())
    assert inverted.other is not None
    assert inverted.other.words == "pixels are inverted, 1 to 0"
    assert find_scale(network, from_arrays("right.h5", 255 - fresh, true), monitor=Monitor()).other is None


@pytest.mark.parametrize("grey", [False, True])
def test_values_for_another_network_are_a_doubt(grey):
    images, labels = coloured()
    if grey:
        images, labels = images[..., :1], labels % 2
    network = trained(Scale.RAW, images, labels)
    values = Scale.SYMMETRIC.read(images.astype(np.float32))
    values[0, 0, 0], values[0, 0, 1] = -1.0, 1.0
    finding = find_scale(network, from_arrays("values.h5", values, labels), monitor=Monitor())
    assert finding.reason is ScaleReason.AS_IS
    assert finding.other is not None
    assert finding.other.words == "the file's values are turned back into pixels 0–255"
    assert finding.other.right.count > finding.right.count


def test_the_runner_up_clearly_differs():
    share = Share(9, 10)
    alike, other = Scale("alike", (1.0,), (1.1,)), Scale.UNIT
    scores = [ScaleScore(each, share, 0.1) for each in (Scale.RAW, alike, other)]
    assert ScaleFinding(Scale.RAW, tuple(scores), ScaleReason.FIT, False).runner_up == scores[2]
    assert ScaleFinding(Scale.RAW, tuple(scores[:2]), ScaleReason.FIT, False).runner_up == scores[1]
    assert ScaleFinding(Scale.RAW, tuple(scores[:1]), ScaleReason.FIT, False).runner_up is None


def test_no_image_is_answered_twice_in_one_scale(marked_network, monkeypatch):
    """An untrained network ties in every scale, is tried in other orders of labels, and must not take minutes."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (200, 6, 6, 3)).astype(np.uint8)
    dataset = from_arrays("noise.h5", images, rng.integers(0, marked_network.class_count, 200))
    read = []
    rows = Dataset.rows

    def counted(self, chosen, *, scale):
        read.extend((scale, int(row)) for row in chosen)
        return rows(self, chosen, scale=scale)

    monkeypatch.setattr(Dataset, "rows", counted)
    monkeypatch.setattr(scale_search._Search, "_fit", lambda self, scale: scale_search._Fit(scale, 1.0, np.zeros(200)))
    monkeypatch.setattr(scale_search._Search, "better_reading", lambda self, scale: None)
    find_scale(marked_network, dataset, monitor=Monitor())
    tried = [each for each in read if each[0] != Scale.RAW]  # statistics of the images are computed from raw pixels
    assert len(tried) == len(set(tried))


def test_a_network_that_takes_long_is_tried_on_fewer_images(marked_network, monkeypatch):
    assert sample_count(marked_network) == 1000
    monkeypatch.setattr(scale_search, "MULTIPLICATIONS_PER_SCALE", 1)
    images = np.zeros((300, 6, 6, 3), np.uint8)
    images[..., 0] = 255
    dataset = from_arrays("red.h5", images, np.zeros(300, np.int64))
    finding = find_scale(marked_network, dataset, monitor=Monitor())
    assert finding.scale == Scale.RAW
    assert finding.right == Share(32, 32)
    assert finding.is_sampled
    assert {each.scale for each in finding.scores}.isdisjoint(rare(dataset))
