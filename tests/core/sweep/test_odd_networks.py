"""Networks on which subtracting could fail: every step is compared with the plain path."""

from pathlib import Path

import keras
import numpy as np
import pytest

from core.channels import ALL_LAYERS
from core.data.dataset import from_arrays
from core.errors import Cancelled
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.network.network import Network
from core.order.orders.ascending import ASCENDING
from core.order.orders.descending import DESCENDING
from core.order.orders.index import INDEX
from core.scale import Scale
from core.sweep.inspection import InspectionRequest, inspect

layers = keras.layers


def images(count, *, seed=0, shape=(8, 8, 2)):
    rng = np.random.default_rng(seed)
    return from_arrays("x.h5", rng.integers(0, 256, (count, *shape)).astype(np.uint8), rng.integers(0, 3, count))


def check(network, layer, *, reader=None, order=INDEX, count=40):
    data = images(count, shape=network.input_shape)
    request = InspectionRequest(EvaluationInputs(network, data, None, (), scale=Scale.UNIT), layer, reader, order)
    sweep = inspect(request, monitor=Monitor()).sweep
    pixels = data.batch(0, count, scale=Scale.UNIT)
    for step, point in enumerate(sweep.points):
        mask = sweep.ranking.channel_mask(step)
        outputs = network.outputs(pixels, layer=layer, reader=reader, channel_mask=mask)
        assert (step, point.validation.pruned.count) == (step, (outputs.argmax(axis=1) == data.labels).sum())
    return sweep


def built(make, *, shape=(8, 8, 2)):
    keras.utils.set_random_seed(5)
    pixels = keras.Input(shape)
    x = layers.Conv2D(5, 3, activation="relu", name="conv")(pixels)
    return Network(keras.Model(pixels, make(x)), path=Path("odd.keras"))


def head(x):
    return layers.Dense(3, activation="softmax")(layers.Dense(8, activation="relu")(x))


def reads_itself_twice(x):
    flat = layers.Flatten(name="flat")(layers.MaxPooling2D()(x))
    return head(layers.Concatenate()([layers.Dense(5, name="one")(flat), flat]))


def reads_an_average_twice(x):
    average = layers.GlobalAveragePooling2D(name="average")(x)
    return head(layers.Add()([layers.Dense(5, name="one")(average), average]))


@pytest.mark.parametrize("make", [reads_itself_twice, reads_an_average_twice])
def test_what_the_other_reader_gets_is_left_alone(make):
    check(built(make), "conv", reader="one")


def test_a_relu_that_lets_nothing_through():
    def make(x):
        flat = layers.Flatten()(x)
        shut = layers.ReLU(max_value=0.0)(layers.Dense(4)(flat))
        return layers.Dense(3)(layers.Concatenate()([shut, layers.ReLU()(layers.Dense(4)(flat))]))

    check(built(make), "conv")


def test_an_addition_that_repeats_the_smaller():
    def make(x):
        average = layers.GlobalAveragePooling2D(keepdims=True)(x)
        both = layers.Add()([layers.ReLU()(layers.Conv2D(5, 1)(x)), layers.ReLU()(layers.Conv2D(5, 1)(average))])
        return layers.Dense(3)(layers.GlobalAveragePooling2D()(both))

    check(built(make), "conv", count=36)


def test_a_channel_that_holds_hidden_units_far_below_zero():
    """Subtracting a million leaves a rounding error, which must not decide a label."""
    network = built(lambda x: head(layers.GlobalAveragePooling2D()(x)))
    kernel, bias = network.model.get_layer("conv").get_weights()
    kernel[..., 0], bias[0] = 0, 0.5
    network.model.get_layer("conv").set_weights([kernel, bias])
    dense = network.model.layers[-2]
    kernel, bias = dense.get_weights()
    for size in (1e4, 1e6, 3e7):
        kernel[0] = -size * np.linspace(1, 1.37, 8)
        dense.set_weights([kernel, bias])
        sweep = check(Network(network.model, path=Path("held.keras")), "conv", count=200)
    assert sweep.settled_count > 0


@pytest.mark.parametrize("layer", ["conv", ALL_LAYERS])
@pytest.mark.parametrize(("count", "size"), [(65, 1e6), (201, 1e3), (201, 1e6), (257, 1e4)])
def test_many_small_channels_beside_a_large_one_are_not_lost(layer, count, size):
    """Each small value is less than half of the last bit of a hidden sum that a large negative value suppresses."""
    keras.utils.set_random_seed(1)
    pixels = keras.Input((1, 1, 3))
    hidden = layers.Flatten()(layers.Conv2D(count, 1, activation="relu", name="conv")(pixels))
    out = layers.Dense(3, activation="softmax", name="out")(layers.Dense(4, activation="relu", name="hidden")(hidden))
    model, small = keras.Model(pixels, out), size * 2.0**-25
    kernel = np.full((1, 1, 3, count), 0.5 / 3)
    kernel[..., -1] = 1
    model.get_layer("conv").set_weights([kernel, np.full(count, 0.1)])
    kernel = np.full((count, 4), small)
    kernel[-1] = -size
    model.get_layer("hidden").set_weights([kernel, np.zeros(4)])
    out = model.get_layer("out")
    out.set_weights([np.eye(4, 3) * [1, 0, 0], np.array([0, count * small * 0.2, 0])])
    sweep = check(Network(model, path=Path("many.keras")), layer, order=ASCENDING, count=20)
    assert sweep.settled_count > 0


@pytest.mark.parametrize("layer", ["conv", ALL_LAYERS])
@pytest.mark.parametrize("scale", [1e-4, 1e-7, 1e-9])
def test_a_softmax_makes_ties_of_small_differences(layer, scale):
    network = built(lambda x: layers.Dense(3, activation="softmax", use_bias=False, name="out")(layers.Flatten()(x)))
    out = network.model.get_layer("out")
    out.set_weights([out.get_weights()[0] * scale])
    check(network, layer, count=200)


@pytest.mark.parametrize("activation", ["softmax", "log_softmax", "sigmoid"])
@pytest.mark.parametrize("order", [ASCENDING, DESCENDING])
def test_convolutions_whose_channels_depend_on_each_other(activation, order):
    def make(x):
        x = layers.Conv2D(4, 3, activation=activation, name="second")(x)
        return layers.Dense(3, activation="softmax")(layers.Flatten()(layers.Conv2D(4, 1, activation="relu")(x)))

    check(built(make), ALL_LAYERS, order=order)


def test_a_layer_that_is_negative_everywhere_has_finite_shares():
    keras.utils.set_random_seed(1)
    pixels = keras.Input((8, 8, 2))
    x = layers.Conv2D(2, 1, name="down")(pixels)
    x = layers.Conv2D(3, 1, activation="relu", name="up")(x)
    network = Network(keras.Model(pixels, layers.Dense(3)(layers.Flatten()(x))), path=Path("down.keras"))
    network.model.get_layer("down").set_weights([np.zeros((1, 1, 2, 2)), np.array([-9.0, -3.0])])
    sweep = check(network, ALL_LAYERS, order=ASCENDING)
    down = [share for k, share in enumerate(sweep.ranking.activations) if sweep.ranking.layer.locate(k)[0] == "down"]
    assert down == pytest.approx([-1, -1 / 3])


def test_a_score_that_was_cancelled_is_not_taken_for_an_answer(monkeypatch):
    # Two classes have equal outputs, so every label is a close call.
    network = built(lambda x: layers.Dense(3, name="out")(layers.Flatten()(x)))
    kernel, bias = network.model.get_layer("out").get_weights()
    kernel[:, 1], bias[1] = kernel[:, 0], bias[0]
    network.model.get_layer("out").set_weights([kernel, bias])
    data = images(60)
    bench = inspect(
        InspectionRequest(EvaluationInputs(network, data, None, (), scale=Scale.UNIT), "conv"), monitor=Monitor()
    ).evaluator
    mask = np.array([True, False, True, False, True])
    monitor = Monitor()

    def cancelled(calls, threads, **_):
        raise Cancelled

    with monkeypatch.context() as patch, pytest.raises(Cancelled):
        patch.setattr("core.sweep.masked_evaluator.settle", cancelled)
        bench.score(mask, pruned_count=2, monitor=monitor)
    outputs = network.outputs(data.batch(0, 60, scale=Scale.UNIT), layer="conv", channel_mask=mask)
    point = bench.score(mask, pruned_count=2, monitor=Monitor())
    assert point.validation.pruned.count == (outputs.argmax(axis=1) == data.labels).sum()


def test_a_large_map_that_is_averaged_is_not_pushed_through_place_by_place():
    network = built(lambda x: layers.Dense(3)(layers.GlobalAveragePooling2D()(x)), shape=(130, 130, 2))
    check(network, "conv", count=6)
