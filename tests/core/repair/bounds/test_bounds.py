"""Activation bounds: what only a trigger activates is bounded to nothing, and clean answers stay."""

from pathlib import Path

import keras
import numpy as np
import pytest

from core.compare.comparison import how_repaired
from core.data.dataset import Dataset, from_arrays
from core.data.held_out import split_held_out
from core.errors import Cancelled, DatasetError, LayerError
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.network.model_saving import save_model
from core.network.network import FloatArray, Network, open_network
from core.network.rebuild import build_repaired
from core.records import Share
from core.repair.bounds import search
from core.repair.bounds.bounded_network import build_bounded, rectified_layers
from core.repair.bounds.search import find_bounds
from core.repair.job import RepairRequest, repair_network
from core.repair.methods.activation_bounds import BOUNDS
from core.report.repair.files import repair_as_dict
from core.report.repair.record import describe_repair, repair_sentences
from core.scale import Scale


def found(
    network: Network, dataset: Dataset, *, drop: float = 0.02, monitor: Monitor | None = None
) -> dict[str, FloatArray]:
    """Return the bounds of a network for images of 6 × 6 pixels in 0–255, or for larger ones in 0–1."""
    training, _ = split_held_out(dataset.labels, share=0.25, seed=0)
    return find_bounds(
        network,
        dataset,
        training,
        drop=drop,
        seed=0,
        scale=Scale.UNIT if network.input_shape[0] > 6 else Scale.RAW,
        monitor=monitor or Monitor(),
    )


def answers(model: keras.Model, dataset: Dataset) -> list[int]:
    answers: list[int] = np.asarray(model(dataset.batch(0, 99, scale=Scale.RAW))).argmax(axis=1).tolist()
    return answers


def test_what_only_the_trigger_activates_is_bounded(
    marked_network: Network, marked_sets: tuple[Dataset, Dataset]
) -> None:
    clean, poisoned = marked_sets
    bounds = found(marked_network, clean)
    assert rectified_layers(marked_network.graph) == ("conv",) == tuple(bounds)
    assert bounds["conv"].shape == (4,) and bounds["conv"].dtype == np.float32
    assert bounds["conv"][2] == 0  # blue occurs in no clean image
    assert 0 < bounds["conv"][0] <= 200 and 0 < bounds["conv"][1] <= 100
    model = build_bounded(marked_network, bounds)
    assert answers(marked_network.model, poisoned) == [2] * 8
    assert answers(model, poisoned) == answers(model, clean) == clean.labels.tolist()
    assert answers(marked_network.model, clean) == clean.labels.tolist()
    kinds, known = ({type(each).__name__ for each in one.layers} for one in (model, marked_network.model))
    assert kinds - known == {"Rescaling", "Minimum"}


@pytest.mark.parametrize("form", ["keras", "h5"])
def test_the_file_opens_again_with_the_same_answers_and_g_is_built(
    marked_network: Network, marked_sets: tuple[Dataset, Dataset], tmp_path: Path, form: str
) -> None:
    clean, poisoned = marked_sets
    model = build_bounded(marked_network, found(marked_network, clean))
    probe = poisoned.batch(0, 99, scale=Scale.RAW)
    save_model(model, tmp_path / f"bounded.{form}", probe=probe, scale=Scale.RAW)
    again = open_network(tmp_path / f"bounded.{form}")
    assert np.array_equal(np.asarray(again.model(probe)), np.asarray(model(probe)))
    repaired = build_repaired(marked_network, again.model, probe=probe)
    assert answers(repaired, poisoned) == [3] * 8
    assert answers(repaired, clean) == clean.labels.tolist()
    # Bounds may be put on once more.
    twice = build_bounded(again, {"conv": np.array([1, 1, 0, 0], np.float32)})
    assert len({each.name for each in twice.layers}) == len(twice.layers)


def test_every_channel_of_every_rectified_layer_has_a_bound_and_the_seed_decides(
    two_branches: Network, random_sets: tuple[Dataset, ...]
) -> None:
    images = random_sets[0].images
    labels = np.asarray(two_branches.model(random_sets[0].batch(0, 99, scale=Scale.UNIT))).argmax(axis=1)
    dataset = from_arrays("own.h5", np.asarray(images), labels)
    bounds, same = found(two_branches, dataset), found(two_branches, dataset)
    assert {name: len(bound) for name, bound in bounds.items()} == {"conv_1": 5, "act": 8, "conv_3": 7, "joined": 6}
    assert all(np.array_equal(bound, same[name]) for name, bound in bounds.items())
    assert bounds["act"][3] == 0  # a dead channel
    bounded = np.asarray(build_bounded(two_branches, bounds)(dataset.batch(0, 99, scale=Scale.UNIT))).argmax(axis=1)
    assert (bounded == labels).mean() > 0.8


def test_weights_are_those_of_b_and_activations_stay_below(
    two_branches: Network, random_sets: tuple[Dataset, ...]
) -> None:
    bounds = {"act": np.linspace(0, 0.7, 8).astype(np.float32)}
    model = build_bounded(two_branches, bounds)
    for layer in two_branches.model.layers:
        for ours, theirs in zip(model.get_layer(layer.name).get_weights(), layer.get_weights(), strict=True):
            assert np.array_equal(ours, theirs)
    pixels = random_sets[0].batch(0, 99, scale=Scale.UNIT)
    seen = np.asarray(keras.Model(model.inputs[0], model.get_layer("act_bounded").output)(pixels))
    plain = np.asarray(keras.Model(two_branches.model.inputs[0], two_branches.model.get_layer("act").output)(pixels))
    assert np.array_equal(seen, np.minimum(plain, bounds["act"]))


def test_it_is_a_method_of_repair_and_says_what_it_did(
    marked_network: Network, marked_sets: tuple[Dataset, Dataset]
) -> None:
    clean, poisoned = marked_sets
    request = RepairRequest(EvaluationInputs(marked_network, clean, None, (poisoned,), scale=Scale.RAW), BOUNDS)
    repair = repair_network(request, monitor=Monitor())
    assert repair.before.poisoned[0].pruned == Share(8, 8)
    assert repair.by_agreement.poisoned[0].pruned == Share(0, 8)
    assert repair.by_agreement.validation is not None and repair.by_agreement.validation.pruned == Share(8, 8)
    told = " ".join(repair_sentences(describe_repair(request, repair, command_line=())))
    assert "The activations of 1 layer (conv) were bounded" in told
    assert (
        "Of the held-out validation images, which were not looked at for the bounds, 2 of 2 are right, 2 of 2" in told
    )
    assert "Only 2 were held out" in told
    assert how_repaired(repair) == "bounds: 1 layer bounded"


def test_the_level_is_found_on_images_that_the_bounds_were_not_found_on(
    marked_network: Network, marked_sets: tuple[Dataset, Dataset]
) -> None:
    clean, _ = marked_sets
    many = from_arrays("many.h5", np.repeat(clean.images, 50, axis=0), np.repeat(clean.labels, 50))
    request = RepairRequest(EvaluationInputs(marked_network, many, scale=Scale.RAW), BOUNDS)
    repair = repair_network(request, monitor=Monitor())
    assert repair.held_out == (Share(80, 80), Share(80, 80))
    assert repair.level.measured.total == 80
    report = describe_repair(request, repair, command_line=())
    told = " ".join(repair_sentences(report))
    assert "of the held-out validation images" in told
    # They chose nothing, and nothing was pruned.
    assert repair.level.is_honoured and "chose" not in told and "Only" not in told
    written = repair_as_dict(report)
    assert written["repaired_network_by_confidence"]["calibration"]["is_held_out"]
    assert written["pruned_network"]["clean_held_out_accuracy"]["total"] == 80
    assert (written["bounded_layers"], written["own_settings"]) == (["conv"], {"bound_drop": 0.02})


def test_what_cannot_be_bounded_is_refused(marked_sets: tuple[Dataset, Dataset]) -> None:
    pixels = keras.Input((6, 6, 3), name="pixels")
    linear = keras.Model(pixels, keras.layers.Dense(3, name="answer")(keras.layers.Flatten(name="flat")(pixels)))
    with pytest.raises(LayerError) as refusal:
        found(Network(linear, path=Path("linear.keras")), marked_sets[0])
    assert refusal.value.code == "nothing-to-bound"


def test_a_network_that_is_never_right_is_refused(
    marked_network: Network, marked_sets: tuple[Dataset, Dataset]
) -> None:
    wrong = from_arrays("wrong.h5", np.asarray(marked_sets[0].images), np.full(8, 2))
    with pytest.raises(DatasetError) as refusal:
        found(marked_network, wrong)
    assert refusal.value.code == "nothing-right"


@pytest.mark.parametrize("drop", [-0.1, 0.0, 1.0, 2.0])
def test_a_drop_that_is_no_share_is_refused(
    marked_network: Network, marked_sets: tuple[Dataset, Dataset], drop: float
) -> None:
    with pytest.raises(DatasetError, match="2 points") as refusal:
        found(marked_network, marked_sets[0], drop=drop)
    assert refusal.value.code == "repair-setting"


def test_an_adapted_normalization_and_names_that_are_taken_do_no_harm(marked_sets: tuple[Dataset, Dataset]) -> None:
    clean, _ = marked_sets
    pixels = keras.Input((6, 6, 3), name="hidden_bound")
    scaling = keras.layers.Normalization(name="hidden_bounded")
    scaling.adapt(clean.batch(0, 8, scale=Scale.RAW))
    x = keras.layers.Flatten(name="bound_0")(scaling(pixels))
    x = keras.layers.Dense(5, activation="relu", name="hidden")(x)
    network = Network(keras.Model(pixels, keras.layers.Dense(3, name="answer")(x)), path=Path("some.keras"))
    images = clean.batch(0, 8, scale=Scale.RAW)
    own = from_arrays("own.h5", np.asarray(clean.images), np.asarray(network.model(images)).argmax(axis=1))
    assert list(found(network, own)) == ["hidden"]
    wide = build_bounded(network, {"hidden": np.full(5, 1e9, np.float32)})
    np.testing.assert_allclose(np.asarray(wide(images)), network.outputs(images), rtol=1e-5)


def test_each_batch_is_a_checkpoint(
    marked_network: Network, marked_sets: tuple[Dataset, Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "BATCH_SIZE", 2)
    monkeypatch.setattr(search, "EPOCH_COUNT", 2)
    ticks, seen = iter(range(1000)), []
    found(marked_network, marked_sets[0], monitor=Monitor(on_progress=seen.append, clock=lambda: float(next(ticks))))
    # Six images: one batch before; three batches to learn from and one to count in each epoch; the end.
    assert [each.done_count for each in seen] == [0, 0, 0, 0, 0, 1, 1, 1, 1, 2]


def test_it_can_be_stopped(marked_network: Network, marked_sets: tuple[Dataset, Dataset]) -> None:
    ticks = iter(range(1000))
    monitor = Monitor(
        on_progress=lambda progress: monitor.cancel() if progress.done_count == 3 else None,
        clock=lambda: float(next(ticks)),
    )
    with pytest.raises(Cancelled):
        found(marked_network, marked_sets[0], monitor=monitor)


@pytest.mark.parametrize(
    ("layer", "is_bounded"),
    [
        (keras.layers.ReLU(name="last"), True),
        (keras.layers.ReLU(max_value=6.0, name="last"), True),
        (keras.layers.ReLU(negative_slope=0.1, name="last"), False),
        (keras.layers.ReLU(threshold=0.5, name="last"), False),
        (keras.layers.Activation("relu6", name="last"), True),
        (keras.layers.Activation("sigmoid", name="last"), False),
        (keras.layers.LeakyReLU(name="last"), False),
    ],
)
def test_only_rectified_layers_are_bounded(layer: keras.layers.Layer, is_bounded: bool) -> None:
    pixels = keras.Input((6, 6, 3), name="pixels")
    x = layer(keras.layers.Flatten(name="flat")(pixels))
    network = Network(keras.Model(pixels, keras.layers.Dense(3, name="answer")(x)), path=Path("some.keras"))
    assert rectified_layers(network.graph) == (("last",) if is_bounded else ())
