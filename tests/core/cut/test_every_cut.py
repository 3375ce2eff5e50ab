"""A sweep over all convolutions at once, compared with models pruned by Keras."""

from pathlib import Path

import numpy as np
import pytest

from core.channels import ALL_LAYERS, LayerSet
from core.data.dataset import from_arrays
from core.errors import LayerError, PruningError
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.network.network import Network
from core.network.rebuild import build_pruned, build_repaired
from core.order.anp import STAGE as MASK_STAGE
from core.order.anp import optimize_masks
from core.order.anp_settings import AnpSettings
from core.order.orders.anp import MASKS
from core.order.orders.descending import DESCENDING
from core.order.orders.difference import DIFFERENCE
from core.order.orders.registry import ORDERS
from core.order.ranking import STAGE as RANKING_STAGE
from core.scale import Scale
from core.sweep.inspection import InspectionRequest, inspect
from core.words import layer_title


@pytest.mark.parametrize("order", list(ORDERS))
def test_every_step_equals_the_plainly_pruned_model(two_branches, random_sets, order):
    valid, test, poisoned = random_sets
    inputs = EvaluationInputs(two_branches, valid, test, (poisoned,), scale=Scale.UNIT)
    masks = AnpSettings(iterations=5, learning_rate=0.5)
    request = InspectionRequest(inputs, ALL_LAYERS, order=order, mask_settings=masks)
    sweep = inspect(request, monitor=Monitor()).sweep
    assert (sweep.mask_settings is not None) == (order is MASKS)
    layer = sweep.ranking.layer
    assert [part.name for part in layer.parts] == [each.name for each in reversed(two_branches.summary.layers)]
    assert layer.channel_count == sum(part.channel_count for part in layer.parts) == len(sweep.points) - 1
    base = None
    for pruned_count in range(0, len(sweep.points), 3):
        point = sweep.points[pruned_count]
        model = build_pruned(two_branches, layer=ALL_LAYERS, channel_mask=sweep.ranking.channel_mask(pruned_count))
        labels = [
            np.asarray(model(each.batch(0, each.image_count, scale=Scale.UNIT))).argmax(axis=1) for each in random_sets
        ]
        base = labels if base is None else base
        scores = (point.validation, point.test, point.poisoned[0])
        for each, score, answer, unpruned in zip(random_sets, scores, labels, base, strict=True):
            assert score.pruned.count == (answer == each.labels).sum()
            assert score.repaired.count == ((answer == each.labels) & (answer == unpruned)).sum()
            assert score.flagged.count == (answer != unpruned).sum()


def test_activations_are_shares_of_each_layers_most_active_channel(two_branches, random_sets):
    request = InspectionRequest(EvaluationInputs(two_branches, random_sets[0], None, (), scale=Scale.UNIT), ALL_LAYERS)
    ranking = inspect(request, monitor=Monitor()).sweep.ranking
    start = 0
    for part in ranking.layer.parts:
        single = inspect(
            InspectionRequest(EvaluationInputs(two_branches, random_sets[0], None, (), scale=Scale.UNIT), part.name),
            monitor=Monitor(),
        ).sweep.ranking
        within = ranking.activations[start : start + part.channel_count]
        np.testing.assert_allclose(within, single.activations / single.activations.max(), rtol=1e-5)
        assert [ranking.layer.locate(start + k) for k in range(part.channel_count)] == [
            (part.name, k) for k in range(part.channel_count)
        ]
        start += part.channel_count


def test_a_mask_by_hand_is_scored_and_a_repaired_network_built(two_branches, random_sets):
    valid, _, poisoned = random_sets
    request = InspectionRequest(EvaluationInputs(two_branches, valid, None, (poisoned,), scale=Scale.UNIT), ALL_LAYERS)
    bench = inspect(request, monitor=Monitor()).evaluator
    mask = np.random.default_rng(2).random(bench.layer.channel_count) < 0.8
    point = bench.score(mask, pruned_count=int((~mask).sum()), monitor=Monitor())
    pruned = build_pruned(two_branches, layer=ALL_LAYERS, channel_mask=mask)
    pixels = poisoned.batch(0, 30, scale=Scale.UNIT)
    answers = np.asarray(pruned(pixels)).argmax(axis=1)
    assert point.poisoned[0].pruned.count == (answers == 2).sum()
    repaired = np.asarray(build_repaired(two_branches, pruned)(pixels)).argmax(axis=1)
    assert point.poisoned[0].flagged.count == (repaired == 4).sum()


def test_one_reader_of_all_layers_makes_no_sense(two_branches, random_sets):
    request = InspectionRequest(
        EvaluationInputs(two_branches, random_sets[0], None, (), scale=Scale.UNIT), ALL_LAYERS, "fc_1"
    )
    with pytest.raises(LayerError):
        inspect(request, monitor=Monitor())


@pytest.mark.parametrize("name", ["all", "a,b"])
def test_a_convolution_is_itself_whatever_it_is_called(make_two_branches, name):
    model = make_two_branches()
    model.get_layer("conv_2").name = name
    network = Network(model, path=Path("odd.keras"))
    assert network.layer(network.parse_layers(name)).parts == ()
    every = network.layer(ALL_LAYERS)
    assert {part.name for part in every.parts} == {"conv_1", name, "conv_3"}
    assert network.layer(network.parse_layers(every.name)).is_all
    assert network.layer(network.parse_layers(f"conv_1,{name}")).layer_set == LayerSet.of("conv_1", name)


def test_a_convolution_that_is_called_all_is_pruned_alone(make_two_branches, random_sets):
    model = make_two_branches()
    model.get_layer("conv_2").name = "all"
    network = Network(model, path=Path("odd.keras"))
    request = InspectionRequest(EvaluationInputs(network, random_sets[0], None, (), scale=Scale.UNIT), "all")
    ranking = inspect(request, monitor=Monitor()).sweep.ranking
    assert (ranking.layer.layer_set, len(ranking.order)) == (LayerSet.of("all"), network.layer("all").channel_count)


def test_a_channel_that_wakes_up_when_another_goes_is_answered_anew():
    """The first layer's channel 0 suppresses a channel of the second layer, which fires without it."""
    import keras  # noqa: PLC0415

    pixels = keras.Input((4, 4, 1))
    first = keras.layers.Conv2D(2, 1, activation="relu", name="first")(pixels)
    second = keras.layers.Conv2D(2, 1, activation="relu", name="second")(first)
    out = keras.layers.Dense(2)(keras.layers.Flatten()(second))
    model = keras.Model(pixels, out)
    model.get_layer("first").set_weights([np.array([[[[2.0, 1.0]]]]), np.zeros(2)])
    model.get_layer("second").set_weights([np.array([[[[-1.0, 0.0], [1.0, 1.0]]]]), np.zeros(2)])
    kernel = np.zeros((32, 2))
    kernel[0::2, 0], kernel[1::2, 1] = 3, 1  # the sleeper says 0, the other 1
    model.layers[-1].set_weights([kernel, np.zeros(2)])
    network = Network(model, path=Path("sleeper.keras"))
    data = from_arrays("grey.h5", np.full((5, 4, 4, 1), 100, np.uint8), np.ones(5, np.int64))
    request = InspectionRequest(
        EvaluationInputs(network, data, None, (), scale=Scale.RAW), ALL_LAYERS, order=DESCENDING
    )
    sweep = inspect(request, monitor=Monitor()).sweep
    located = [sweep.ranking.layer.locate(int(each)) for each in sweep.ranking.order]
    hits = [point.validation.pruned.count for point in sweep.points]
    for step, _ in enumerate(located, start=1):
        model = build_pruned(network, layer=ALL_LAYERS, channel_mask=sweep.ranking.channel_mask(step))
        assert hits[step] == 5 * int(np.asarray(model(data.batch(0, 1, scale=Scale.RAW))).argmax() == 1)
    assert located[:2] == [("second", 1), ("first", 0)]
    assert hits[:3] == [5, 0, 0]


def test_some_layers_by_their_names(two_branches, random_sets):
    names = [each.name for each in two_branches.summary.layers]
    chosen = LayerSet.of(names[0], names[-1])
    request = InspectionRequest(
        EvaluationInputs(two_branches, random_sets[0], None, (random_sets[2],), scale=Scale.UNIT), chosen
    )
    sweep = inspect(request, monitor=Monitor()).sweep
    layer = sweep.ranking.layer
    assert [part.name for part in layer.parts] == [names[-1], names[0]]
    assert layer.name == f"{names[0]},{names[-1]}"
    assert layer_title(layer) == f"{names[-1]}, {names[0]} together"
    pixels = random_sets[2].batch(0, random_sets[2].image_count, scale=Scale.UNIT)
    for pruned_count in range(0, len(sweep.points), 4):
        model = build_pruned(two_branches, layer=layer.layer_set, channel_mask=sweep.ranking.channel_mask(pruned_count))
        hits = (np.asarray(model(pixels)).argmax(axis=1) == random_sets[2].labels).sum()
        assert sweep.points[pruned_count].poisoned[0].pruned.count == hits


@pytest.mark.parametrize("name", ["all", "conv_1,conv_3", "conv_2"])
def test_masks_are_optimized_once_and_give_the_order(two_branches, random_sets, name):
    stages, layers = [], two_branches.parse_layers(name)
    settings = AnpSettings(iterations=5, learning_rate=0.5)
    monitor = Monitor(on_progress=lambda progress: stages.append(progress.stage), clock=iter(range(10_000)).__next__)
    request = InspectionRequest(
        EvaluationInputs(two_branches, random_sets[0], None, (), scale=Scale.UNIT),
        layers,
        order=MASKS,
        mask_settings=settings,
    )
    sweep = inspect(request, monitor=monitor).sweep
    assert stages.count(MASK_STAGE) >= 6
    assert MASK_STAGE not in stages[stages.index(RANKING_STAGE) :]
    ranking = sweep.ranking
    masks = optimize_masks(two_branches, ranking.layer, random_sets[0], settings, scale=Scale.UNIT, monitor=Monitor())
    parts = ranking.layer.parts or (ranking.layer,)
    np.testing.assert_allclose(ranking.scores, np.concatenate([masks[part.name] for part in parts]), atol=1e-6)
    assert (np.diff(ranking.scores[ranking.order]) >= 0).all() and np.ptp(ranking.scores) > 0
    assert sweep.mask_settings == settings
    assert "optimizing masks" in dict(sweep.effort.phases_s)
    assert len(sweep.points) == ranking.layer.channel_count + 1


@pytest.mark.parametrize("name", ["conv_1,", "conv_1,nowhere", ",", "conv_1,conv_1", "all,conv_1"])
def test_names_that_are_no_layers_are_refused(two_branches, name):
    with pytest.raises(LayerError):
        two_branches.layer(two_branches.parse_layers(name))


def test_an_order_that_looks_at_poisoned_images_needs_some(two_branches, random_sets):
    request = InspectionRequest(
        EvaluationInputs(two_branches, random_sets[0], None, (), scale=Scale.UNIT), ALL_LAYERS, order=DIFFERENCE
    )
    with pytest.raises(PruningError):
        inspect(request, monitor=Monitor())
