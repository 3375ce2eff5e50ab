"""Channels ranked and zeroed behind the activation or behind the normalization: figures, saved networks, readers."""

import keras
import numpy as np
import pytest

from core.channels import ALL_LAYERS, LayerSet
from core.data.dataset import from_arrays
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.network.model_file import open_model
from core.network.model_saving import save_model
from core.network.rebuild import build_pruned
from core.order.orders.registry import ORDERS
from core.report.prune.record import describe_inspection
from core.scale import Scale
from core.sweep.inspection import InspectionRequest, inspect
from tests.core.normalized_networks import ACTIVATION, KINDS, NORMALIZATION, answers, build_normalized, split

BOTH = [ACTIVATION, NORMALIZATION]
SEVERAL = LayerSet.of("conv_1", "conv_3")


def images(count=60):
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 256, (count, 10, 10, 2)).astype(np.uint8)
    return from_arrays("x.h5", pixels, rng.integers(0, 3, count))


def swept(network, layer, *, reader=None, order="ascending"):
    inputs = EvaluationInputs(network, images(), None, (), scale=Scale.UNIT)
    return inspect(InspectionRequest(inputs, layer, reader, ORDERS.get(order)), monitor=Monitor())


def check(network, layer, *, reader=None, order="ascending"):
    data = images()
    pixels = data.batch(0, data.image_count, scale=Scale.UNIT)
    inspection = swept(network, layer, reader=reader, order=order)
    sweep = inspection.sweep
    for step, point in enumerate(sweep.points):
        mask = sweep.ranking.channel_mask(step)
        labels = answers(network, pixels, split(network, layer, mask), network.tensor, reader=reader)
        assert (step, point.validation.pruned.count) == (step, (labels == data.labels).sum())
    return inspection


@pytest.mark.parametrize("tensor", BOTH)
@pytest.mark.parametrize("layer", ["conv_1", "conv_3"])
def test_every_step_of_one_layer(layer, tensor):
    check(build_normalized().with_tensor(tensor), layer)


@pytest.mark.parametrize("tensor", BOTH)
@pytest.mark.parametrize("kind", KINDS)
def test_every_step_of_other_convolutions(kind, tensor):
    check(build_normalized(kind).with_tensor(tensor), "conv_2", order="index")


@pytest.mark.parametrize("tensor", BOTH)
@pytest.mark.parametrize("layer", [SEVERAL, ALL_LAYERS])
def test_every_step_of_several_layers(layer, tensor):
    check(build_normalized("layer").with_tensor(tensor), layer)


@pytest.mark.parametrize("tensor", BOTH)
@pytest.mark.parametrize("reader", ["conv_3", "fc_1"])
def test_every_step_for_one_reader(reader, tensor):
    check(build_normalized().with_tensor(tensor), "conv_2", reader=reader)


@pytest.mark.parametrize("tensor", BOTH)
def test_a_mask_by_hand_after_the_run(tensor):
    network, data = build_normalized().with_tensor(tensor), images()
    evaluator = swept(network, "conv_3").evaluator
    mask = np.array([True, False, True, False, True])
    assert evaluator.is_quick  # contributions are subtracted, also through the normalization
    labels = answers(network, data.batch(0, data.image_count, scale=Scale.UNIT), {"conv_3": mask}, tensor)
    point = evaluator.score(mask, pruned_count=2, monitor=Monitor())
    assert point.validation.pruned.count == (labels == data.labels).sum()


@pytest.mark.parametrize("order", ["ascending", "lipschitz", "anp"])
def test_what_is_ranked_is_what_is_zeroed(order):
    network, data = build_normalized(), images()
    pixels = data.batch(0, data.image_count, scale=Scale.UNIT)
    behind = {ACTIVATION: "conv_3", NORMALIZATION: "norm_3"}
    rankings = {tensor: swept(network.with_tensor(tensor), "conv_3", order=order).sweep.ranking for tensor in BOTH}
    for tensor, ranking in rankings.items():
        measure = keras.Model(network.model.inputs[0], network.model.get_layer(behind[tensor]).output)
        values = np.asarray(measure(pixels, training=False))
        np.testing.assert_allclose(ranking.activations, values.mean(axis=(0, 1, 2)), rtol=1e-4)
        np.testing.assert_allclose(ranking.peaks, values.max(axis=(0, 1, 2)), rtol=1e-5)
        assert ranking.layer.measured_at == behind[tensor]
    if order == "lipschitz":  # the scale of the normalization belongs to what is behind it
        norm = network.model.get_layer("norm_3")
        scales = 1 / np.sqrt(np.asarray(norm.moving_variance) + norm.epsilon)
        np.testing.assert_allclose(rankings[NORMALIZATION].scores, rankings[ACTIVATION].scores * scales, rtol=1e-5)


@pytest.mark.parametrize("tensor", BOTH)
@pytest.mark.parametrize(
    ("kind", "layer", "reader"),
    [
        ("plain", "conv_2", None),
        ("depthwise", "conv_2", None),
        ("separable", SEVERAL, None),
        ("sigmoid", ALL_LAYERS, None),
        ("plain", "conv_2", "conv_3"),
        ("layer", "conv_2", "fc_1"),
    ],
)
def test_the_saved_network_answers_alike_in_plain_keras(kind, layer, reader, tensor, tmp_path):
    network = build_normalized(kind).with_tensor(tensor)
    mask = np.random.default_rng(7).random(network.layer(layer).channel_count) < 0.5
    pruned = build_pruned(network, layer=layer, channel_mask=mask, reader=reader)
    data = images(200)
    pixels = data.batch(0, 200, scale=Scale.UNIT)
    save_model(pruned, tmp_path / "pruned.keras", probe=pixels[:8])
    expected = answers(network, pixels, split(network, layer, mask), tensor, reader=reader)
    assert (expected != answers(network, pixels, {}, tensor)).any()
    plain = keras.models.load_model(tmp_path / "pruned.keras", compile=False)
    np.testing.assert_array_equal(plain.predict(pixels, verbose=0).argmax(axis=1), expected)
    assert open_model(tmp_path / "pruned.keras").model.count_params() == pruned.count_params()


@pytest.mark.parametrize("tensor", BOTH)
def test_the_command_that_repeats_a_run_names_it(tensor):
    network = build_normalized().with_tensor(tensor)
    inputs = EvaluationInputs(network, images(), None, (), scale=Scale.UNIT)
    request = InspectionRequest(inputs, "conv_3")
    report = describe_inspection(request, inspect(request, monitor=Monitor()), stops=())
    words = report.origin.command_line
    assert words[words.index("--tensor") + 1] == tensor.value


def test_the_weights_tell_what_was_zeroed():
    network, mask = build_normalized(), np.array([True, False, True, False, True, True])
    gone = ~mask
    for tensor in BOTH:
        pruned = build_pruned(network.with_tensor(tensor), layer="conv_2", channel_mask=mask)
        kernel, bias = pruned.get_layer("conv_2").get_weights()
        gamma, beta, mean, _ = pruned.get_layer("norm_2").get_weights()
        assert not kernel[..., gone].any()
        assert not bias[gone].any()
        own = network.model.get_layer("norm_2").get_weights()
        for weights, before in zip((gamma, beta, mean), own, strict=False):
            np.testing.assert_array_equal(weights, before if tensor is ACTIVATION else np.where(mask, before, 0))
