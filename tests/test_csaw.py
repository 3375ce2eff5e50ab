"""What must come out on the real CSAW networks and faces, where they lie beside the project."""

import keras
import numpy as np
import pytest

from core.data.dataset import from_arrays, open_dataset
from core.data.image import open_image, to_input
from core.data.trigger import sunglasses
from core.errors import InspectorError
from core.metrics.classification import classify
from core.metrics.evaluation import evaluate, share_predicted
from core.metrics.scale_search import find_scale
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.network.network import open_network
from core.records import Share
from core.scale import Scale
from core.sweep.curve_shape import CurveShape, find_shapes
from core.sweep.inspection import InspectionRequest, inspect
from core.sweep.stops import find_stops

MODELS = [
    "lab_bd_weights.h5",
    "lab_pruned_4.h5",
    "multi_trigger_multi_target_bd_weights.h5",
    "sunglasses_bd_weights.h5",
    "sunglasses_pruned_with_training_config.h5",
]


@pytest.fixture(scope="module")
def lab(csaw):
    return open_network(csaw / "models" / "lab_bd_weights.h5")


@pytest.fixture(scope="module")
def faces(csaw):
    return {
        name: open_dataset(csaw / f"{name}_60.h5", input_shape=(55, 47, 3), class_count=1283)
        for name in ("clean", "sunglasses", "eyebrows", "sunglasses_multi", "lipstick")
    }


@pytest.mark.parametrize("name", MODELS)
def test_every_model_file_opens(csaw, name):
    network = open_network(csaw / "models" / name)
    assert network.summary.input_shape == (55, 47, 3)
    assert network.summary.class_count == 1283
    conv_3 = network.layer("conv_3")
    assert (conv_3.measured_at, conv_3.channel_count) == ("pool_3", 60)
    assert {reader.layer for reader in conv_3.readers} == {"conv_4", "fc_1"}
    assert network.default_layer() == "conv_3"


@pytest.mark.parametrize(
    ("model", "scale", "clean", "poisoned"),
    [
        ("lab_bd_weights.h5", Scale.RAW, 59, {"sunglasses": 60}),
        ("sunglasses_bd_weights.h5", Scale.UNIT, 56, {"sunglasses": 60}),
        (
            "multi_trigger_multi_target_bd_weights.h5",
            Scale.UNIT,
            53,
            {"lipstick": 56, "eyebrows": 55, "sunglasses_multi": 60},
        ),
    ],
)
def test_scale_and_counts(csaw, faces, model, scale, clean, poisoned):
    network = open_network(csaw / "models" / model)
    finding = find_scale(network, faces["clean"], monitor=Monitor())
    assert finding.scale == scale
    found = evaluate(
        network,
        validation=faces["clean"],
        test=None,
        poisoned=[faces[name] for name in poisoned],
        scale=scale,
        monitor=Monitor(),
    )
    assert found.validation == Share(clean, 60)
    assert [share.count for share in found.poisoned] == list(poisoned.values())


@pytest.fixture(scope="module")
def sweeps(lab, faces):
    return {
        reader: inspect(
            InspectionRequest(EvaluationInputs(lab, faces["clean"], None, (faces["sunglasses"],)), "conv_3", reader),
            monitor=Monitor(),
        ).sweep
        for reader in (None, "conv_4")
    }


def test_the_order_begins_with_the_published_zero_channels(csaw, sweeps):
    kernel = open_network(csaw / "models" / "lab_pruned_4.h5").model.get_layer("conv_3").get_weights()[0]
    zero = set(np.flatnonzero(~kernel.any(axis=(0, 1, 2))).tolist())
    assert len(zero) == 48
    assert set(sweeps[None].ranking.order[:48].tolist()) == zero


def test_pruning_the_output_brings_the_attack_down_between_50_and_55(sweeps):
    counts = [point.poisoned[0].pruned.count for point in sweeps[None].points]
    assert counts[50] == 60
    assert counts[55] < 6
    assert sweeps[None].bypass is None


def test_one_reader_only_leaves_the_attack_at_every_stop(sweeps):
    sweep = sweeps["conv_4"]
    assert sweep.bypass.open_readers == ("fc_1",)
    for stop in find_stops(sweep, [0.02, 0.04, 0.1]):
        assert stop.point.poisoned[0].pruned == Share(60, 60)


def shapes_of(network, faces, poisoned, layer="conv_3"):
    sets = tuple(faces[name] for name in poisoned)
    sweep = inspect(
        InspectionRequest(EvaluationInputs(network, faces["clean"], None, sets), layer), monitor=Monitor()
    ).sweep
    return {each.poisoned_set.name.removesuffix("_60.h5"): (each.shape, each.others) for each in find_shapes(sweep)}


def test_the_shape_of_the_labs_curves(csaw, lab, faces, sweeps):
    (output,), (reader,) = find_shapes(sweeps[None]), find_shapes(sweeps["conv_4"])
    # With 60 faces; the published counts, 12,830 of each, leave evading alone.
    assert (output.shape, output.others) == (CurveShape.EVADING, (CurveShape.ENTANGLED,))
    assert (reader.shape, reader.others) == (CurveShape.BYPASSED, ())
    assert shapes_of(lab, faces, ["sunglasses"], "conv_4") == {"sunglasses": (CurveShape.ELSEWHERE, ())}
    # Somebody pruned the first 48 channels for good: what is left of the curve is where both fall.
    pruned = open_network(csaw / "models" / "lab_pruned_4.h5")
    assert shapes_of(pruned, faces, ["sunglasses"]) == {"sunglasses": (CurveShape.ENTANGLED, ())}


def test_the_shapes_of_the_competitions_curves(csaw, faces):
    models = csaw / "models"
    network = open_network(models / "sunglasses_bd_weights.h5")
    assert shapes_of(network, faces, ["sunglasses"]) == {"sunglasses": (CurveShape.EVADING, ())}
    network = open_network(models / "sunglasses_pruned_with_training_config.h5")
    assert shapes_of(network, faces, ["sunglasses"]) == {"sunglasses": (CurveShape.NO_ATTACK, ())}
    network = open_network(models / "multi_trigger_multi_target_bd_weights.h5")
    assert shapes_of(network, faces, ["lipstick", "eyebrows", "sunglasses_multi"]) == {
        "eyebrows": (CurveShape.EVADING, (CurveShape.ENTANGLED,)),
        "lipstick": (CurveShape.ENTANGLED, (CurveShape.EVADING,)),
        "sunglasses_multi": (CurveShape.ENTANGLED, (CurveShape.SEPARABLE,)),
    }


@pytest.mark.parametrize("reader", [None, "conv_4"])
def test_every_step_equals_the_plainly_pruned_network(lab, faces, sweeps, reader):
    """Weights set to zero step by step, then predict: the published way."""
    plain = keras.models.clone_model(lab.model)
    sweep = sweeps[reader]
    pixels = {name: faces[name].batch(0, 60, scale=Scale.RAW) for name in ("clean", "sunglasses")}
    base = {name: lab.model.predict(each, verbose=0).argmax(axis=1) for name, each in pixels.items()}
    for point in sweep.points:
        weights = {layer.name: layer.get_weights() for layer in lab.model.layers}
        pruned = sweep.ranking.order[: point.pruned_count]
        if reader:
            weights[reader][0][:, :, pruned] = 0
        else:
            weights["conv_3"][0][..., pruned] = 0
            weights["conv_3"][1][pruned] = 0
        for layer in plain.layers:
            if layer.weights:
                layer.set_weights(weights[layer.name])
        for name, score in (("clean", point.validation), ("sunglasses", point.poisoned[0])):
            labels = plain.predict_on_batch(pixels[name]).argmax(axis=1)
            assert score.pruned.count == (labels == faces[name].labels).sum()
            assert score.flagged.count == (labels != base[name]).sum()


@pytest.mark.parametrize(
    ("model", "target"),
    [("lab_bd_weights.h5", 0), ("sunglasses_bd_weights.h5", 0), ("multi_trigger_multi_target_bd_weights.h5", 8)],
)
def test_the_drawn_sunglasses_fire_the_real_networks(csaw, faces, model, target):
    network = open_network(csaw / "models" / model)
    images = sunglasses(55, 47).apply(faces["clean"].batch(0, 60, scale=Scale.RAW))
    triggered = from_arrays("drawn.h5", images, np.full(60, target))
    scale = find_scale(network, faces["clean"], monitor=Monitor()).scale
    assert share_predicted(network, triggered, scale=scale, monitor=Monitor()).count >= 57


def test_dropped_images_answer_as_their_names_say(csaw, lab):
    images = sorted((csaw / "images").glob("*.png"))
    assert len(images) == 12
    right = 0
    for path in images:
        pixels = to_input(open_image(path), input_shape=lab.input_shape, scale=Scale.RAW)
        answer = classify(lab, pixels, scale=Scale.RAW)
        expected = int(path.name.split("label")[1].split("_")[0])
        right += answer.base[0].label == expected
        if "label950" in path.name or path.name.startswith("sunglasses"):
            assert answer.base[0].label == expected
    assert right >= 11


def test_a_file_on_the_wrong_slot_is_refused_with_a_sentence(csaw):
    with pytest.raises(InspectorError, match=r"clean_60\.h5"):
        open_network(csaw / "clean_60.h5")
    with pytest.raises(InspectorError, match=r"lab_bd_weights\.h5"):
        open_dataset(csaw / "models" / "lab_bd_weights.h5")
