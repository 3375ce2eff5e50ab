"""Networks of `keras.applications` open with plain Keras' answers, and are pruned exactly."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from core.channels import LayerSet
from core.data.dataset import from_arrays
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.network.network import open_network
from core.network.rebuild import build_pruned
from core.records import Scale
from core.sweep.inspection import InspectionRequest, inspect
from tests.core.applications import FAMILIES, images, with_random_statistics
from tests.core.edited_model import edit_file

FAMILIES_IN_KERAS = {
    *("convnext", "densenet", "efficientnet", "efficientnet_v2", "inception_resnet_v2", "inception_v3", "mobilenet"),
    *("mobilenet_v2", "mobilenet_v3", "nasnet", "resnet", "resnet50", "resnet_v2", "vgg16", "vgg19", "xception"),
}


def test_no_family_is_forgotten() -> None:
    modules = {
        name for name in dir(keras.applications) if hasattr(getattr(keras.applications, name), "preprocess_input")
    }
    assert modules - {"imagenet_utils"} == FAMILIES_IN_KERAS


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_answers_as_in_keras(family: str, tmp_path: Path) -> None:
    model = with_random_statistics(FAMILIES[family])
    model.save(tmp_path / "net.keras")
    network = open_network(tmp_path / "net.keras")
    pixels = images(network.input_shape)
    answers, expected = (np.asarray(each(pixels, training=False)) for each in (network.model, model))
    assert np.array_equal(answers, expected)
    assert np.ptp(expected, axis=0).max() > 0
    assert network.summary.layers
    assert bool(network.summary.notes) == (family == "ConvNeXt")  # its StochasticDepth acts in training only


def test_the_scaled_sum_of_keras_2_is_read(tmp_path: Path) -> None:
    source = tmp_path / "net.keras"
    model = with_random_statistics(FAMILIES["InceptionResNetV2"])
    model.save(source)

    def edit(description: Any, file: object, rng: object) -> None:
        for entry in description["config"]["layers"]:
            if entry["class_name"] == "CustomScaleLayer":
                entry["module"] = "tf_keras.src.applications.inception_resnet_v2"
                entry["registered_name"] = "Custom>CustomScaleLayer"

    edit_file(source, tmp_path / "old.keras", edit, np.random.default_rng(0))
    network = open_network(tmp_path / "old.keras")
    pixels = images(network.input_shape)
    assert np.array_equal(np.asarray(network.model(pixels, training=False)), np.asarray(model(pixels, training=False)))


@pytest.mark.parametrize(
    ("family", "layer"),
    [
        ("ConvNeXt", "convnext_stage_2_block_0_depthwise_conv"),
        ("MobileNetV3", "expanded_conv_depthwise"),
        ("InceptionResNetV2", None),
    ],
)
def test_a_sweep_of_a_family_equals_the_plainly_pruned_network(family: str, layer: str | None, tmp_path: Path) -> None:
    with_random_statistics(FAMILIES[family]).save(tmp_path / "net.keras")
    network = open_network(tmp_path / "net.keras")
    names = [each.name for each in network.summary.layers]
    name = layer or names[-1]
    assert name in names
    pixels = images(network.input_shape, 12).astype(np.uint8)
    labels = network.answer(pixels.astype(np.float32))[0]
    dataset = from_arrays("drawn", pixels, labels)
    request = InspectionRequest(EvaluationInputs(network, dataset, None, (), scale=Scale.RAW), LayerSet.of(name))
    sweep = inspect(request, monitor=Monitor()).sweep
    count = network.layer(name).channel_count
    for pruned_count in (1, count // 2, count):
        mask = np.ones(count, dtype=bool)
        mask[sweep.ranking.order[:pruned_count]] = False
        plain = build_pruned(network, layer=name, channel_mask=mask, probe=pixels.astype(np.float32))
        expected = np.asarray(plain(pixels.astype(np.float32), training=False)).argmax(axis=1)
        assert sweep.points[pruned_count].validation.pruned.count == (expected == labels).sum()
