"""Pruning layer after layer up to a threshold: which layers, and nothing is measured twice."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from core.channels import ALL_LAYERS, NO_LAYERS, LayerSet
from core.data.dataset import from_arrays
from core.errors import LayerError
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.network.network import Network
from core.order.anp_settings import AnpSettings
from core.repair.checks import check_layers
from core.repair.methods.anp import ANP
from core.repair.methods.auto import AUTO
from core.repair.methods.prune import PRUNE
from core.repair.threshold_pruning import ThresholdPruner
from core.scale import Scale
from core.sweep.records import SweepEstimate


@pytest.fixture
def own_answers(two_branches, random_sets):
    """Images labelled as the network answers them, so that pruning costs accuracy."""
    images = random_sets[0].images
    answers = np.asarray(two_branches.model(random_sets[0].batch(0, 99, scale=Scale.UNIT))).argmax(axis=1)
    return EvaluationInputs(two_branches, from_arrays("own.h5", images, answers), scale=Scale.UNIT)


def dense_network():
    inputs = keras.Input((12, 10, 3))
    outputs = keras.layers.Dense(4, activation="softmax")(keras.layers.Flatten()(inputs))
    return Network(keras.Model(inputs, outputs), path=Path("dense.keras"))


def test_layers_are_checked_and_ordered(two_branches):
    def checked(text):
        return check_layers(two_branches, two_branches.parse_layers(text), method=PRUNE).text

    assert check_layers(two_branches, NO_LAYERS, method=ANP) == ALL_LAYERS
    assert checked("conv_1,conv_3,conv_2") == "conv_3,conv_2,conv_1"
    assert checked("all") == "all"
    assert check_layers(two_branches, NO_LAYERS, method=PRUNE) == LayerSet.of("conv_2")
    codes = {"conv_1,conv_1": "layers-twice", "all,conv_1": "layers-twice", "nope": "no-such-layer"}
    for wrong, code in (codes | {"nope,all": "no-such-layer"}).items():
        with pytest.raises(LayerError) as caught:
            checked(wrong)
        assert caught.value.code == code


def test_a_convolution_that_is_called_all_is_pruned_as_itself(make_two_branches, own_answers):
    model = make_two_branches()
    model.get_layer("conv_2").name = name = "all"
    network = Network(model, path=Path("odd.keras"))
    for method in (PRUNE, ANP):
        settings = AnpSettings(iterations=2)
        layers = network.parse_layers(f"conv_1,{name}")
        pruner = ThresholdPruner(replace(own_answers, network=network), layers, method=method, mask_settings=settings)
        assert list(pruner.prune(0.3, monitor=Monitor()).channel_masks) == [name, "conv_1"]


def test_a_network_without_convolutions_can_be_chosen_for_but_not_pruned():
    network = dense_network()
    assert check_layers(network, NO_LAYERS, method=AUTO) == NO_LAYERS
    with pytest.raises(LayerError, match="no convolution"):
        check_layers(network, NO_LAYERS, method=PRUNE)


def test_each_layer_has_its_share_of_the_threshold(two_branches, own_answers):
    pruner = ThresholdPruner(own_answers, LayerSet.of("conv_1", "conv_3"), method=PRUNE)
    pruned = pruner.prune(0.2, monitor=Monitor())
    assert list(pruned.channel_masks) == ["conv_3", "conv_1"]
    labels = np.asarray(pruned.model(own_answers.validation.batch(0, 99, scale=Scale.UNIT))).argmax(axis=1)
    right = (labels == own_answers.validation.labels).sum()
    assert 32 < right <= 40
    # Where the second layer's curve begins is where the first layer's pruning ended.
    first, second = pruned.sweeps
    count = (~pruned.channel_masks["conv_3"]).sum()
    assert second.points[0].validation.pruned == first.points[count].validation.pruned


def test_another_threshold_measures_the_unpruned_network_no_second_time(two_branches, own_answers):
    seen = []
    monitor = Monitor(on_partial=seen.append)
    pruner = ThresholdPruner(own_answers, LayerSet.of("conv_2"), method=PRUNE)
    far = pruner.prune(0.5, monitor=monitor)
    assert any(isinstance(each, SweepEstimate) for each in seen)
    seen.clear()
    near = pruner.prune(0.05, monitor=monitor)
    assert seen == []
    assert near.sweeps[0] is far.sweeps[0]
    assert (~near.channel_masks["conv_2"]).sum() < (~far.channel_masks["conv_2"]).sum()
