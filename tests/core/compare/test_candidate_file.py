"""Repaired networks' files: B′ as it is, B′ out of a G of ours, and what is refused."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest

from core.compare.candidate_file import open_candidate
from core.errors import ModelFileError
from core.monitor import Monitor
from core.network.model_saving import save_model
from core.network.network import Network, open_network
from core.network.rebuild import build_pruned, build_repaired
from core.version import NAME

MASK = np.array([True, False, True, False, True, True, False, True])


@pytest.fixture
def pixels():
    return np.random.default_rng(5).uniform(0, 1, (64, 12, 10, 3)).astype(np.float32)


def outputs(model, pixels):
    return np.asarray(model(pixels, training=False))


def test_a_pruned_network_comes_back_as_it_was_saved(two_branches, pixels, tmp_path):
    pruned = build_pruned(two_branches, layer="conv_2", channel_mask=MASK)
    for name in ("p.keras", "p.h5"):
        save_model(pruned, tmp_path / name, probe=pixels)
        found = open_candidate(tmp_path / name, two_branches, Monitor())
        assert (found.name, found.how) == (name, "3 of 8 channels of conv_2 are zero, all else is B's")
        np.testing.assert_array_equal(outputs(found.model, pixels), outputs(pruned, pixels))
    assert open_candidate(tmp_path / "p.h5", two_branches, Monitor(), name="mine").name == "mine"


@pytest.mark.parametrize("level", [None, 0.4])
@pytest.mark.parametrize("reader", [None, "fc_1"])
@pytest.mark.parametrize("ending", ["softmax", "linear"])
def test_out_of_a_g_of_ours_its_b_prime_is_taken(two_branches, pixels, tmp_path, level, reader, ending):
    two_branches.model.get_layer("output").activation = keras.activations.get(ending)
    pruned = build_pruned(two_branches, layer="conv_2", channel_mask=MASK, reader=reader)
    repaired = build_repaired(two_branches, pruned, confidence_level=level, probe=pixels)
    save_model(repaired, tmp_path / "g.keras", probe=pixels)
    found = open_candidate(tmp_path / "g.keras", two_branches, Monitor(), probe=pixels)
    np.testing.assert_array_equal(outputs(found.model, pixels), outputs(pruned, pixels))
    assert [layer.name for layer in found.model.layers] == [layer.name for layer in pruned.layers]
    told = "B′ of a repaired network G" + (" with confidence level 0.4; " if level else "; ")
    assert found.how.startswith(told)
    assert found.confidence_level == (None if level is None else float(np.float32(level)))
    again = build_repaired(two_branches, found.model, confidence_level=level, probe=pixels)
    np.testing.assert_array_equal(outputs(again, pixels), outputs(repaired, pixels))
    # A network of its own, which can be saved like any other.
    save_model(found.model, tmp_path / "p.keras", probe=pixels)


def test_a_g_in_which_b_prime_is_b(two_branches, pixels, tmp_path):
    repaired = build_repaired(two_branches, two_branches.model)
    save_model(repaired, tmp_path / "g.keras", probe=pixels)
    found = open_candidate(tmp_path / "g.keras", two_branches, Monitor())
    np.testing.assert_array_equal(outputs(found.model, pixels), outputs(two_branches.model, pixels))
    assert found.how.endswith("its weights are B's")


def test_the_names_of_layers_that_end_alike_stay_apart(pixels, tmp_path):
    first = keras.Input((12, 10, 3), name="pixels")
    x = keras.layers.Conv2D(3, 2, name="conv")(first)
    x = keras.layers.Conv2D(3, 2, name="conv_pruned")(x)
    model = keras.Model(first, keras.layers.Dense(4, activation="softmax", name="out")(keras.layers.Flatten()(x)))
    base = Network(model, path=Path("b.keras"))
    pruned = build_pruned(base, layer="conv", channel_mask=np.array([True, False, True]))
    save_model(build_repaired(base, pruned), tmp_path / "g.keras", probe=pixels)
    found = open_candidate(tmp_path / "g.keras", base, Monitor())
    np.testing.assert_array_equal(outputs(found.model, pixels), outputs(pruned, pixels))


def test_the_method_is_named_as_the_results_beside_it_say(two_branches, pixels, tmp_path):
    pruned = build_pruned(two_branches, layer="conv_2", channel_mask=MASK)
    save_model(pruned, tmp_path / "pruned.keras", probe=pixels)
    told = {"application": NAME, "method": "ft-sam", "files": ["pruned.keras"]}
    (tmp_path / "results.json").write_text(json.dumps(told), "utf-8")
    found = open_candidate(tmp_path / "pruned.keras", two_branches, Monitor())
    assert found.how.startswith("made by FT-SAM, according to the results file next to it; 3 of 8")


def saved(model, path):
    save_model(model, path, probe=np.zeros((1, *model.input_shape[1:]), np.float32))
    return path


def one_more_class(class_count, shape=(12, 10, 3)):
    first = keras.Input(shape)
    return keras.Model(first, keras.layers.Dense(class_count)(keras.layers.Flatten()(first)))


def test_what_is_no_repaired_network_of_b_is_refused(two_branches, make_two_branches, marked_network, tmp_path):
    weights = [each.copy() for each in two_branches.model.get_weights()]
    other = Network(make_two_branches(9), path=Path("other.keras"))
    cut = build_pruned(other, layer="conv_2", channel_mask=MASK)
    cases = [
        (marked_network.model, "misfit-pruned", "takes images of shape (6, 6, 3), B takes (12, 10, 3)"),
        (one_more_class(3), "misfit-pruned", "answers 3 classes, B 4"),
        (one_more_class(5), "repaired-already", "answers one class more than B"),
        (build_repaired(other, cut), "other-network", "but of another network than B"),
        (build_repaired(two_branches, two_branches.model), None, ""),
    ]
    for index, (model, code, sentence) in enumerate(cases):
        path = saved(model, tmp_path / f"{index}.keras")
        if code is None:
            open_candidate(path, two_branches, Monitor())
            continue
        with pytest.raises(ModelFileError) as refused:
            open_candidate(path, two_branches, Monitor())
        assert refused.value.code == code
        assert sentence in str(refused.value) and f"'{index}.keras'" in str(refused.value)
    three = Network(one_more_class(3), path=Path("three.keras"))
    repaired = build_repaired(three, one_more_class(3))
    with pytest.raises(ModelFileError, match="is a repaired network G of 3 classes, B has 4"):
        open_candidate(saved(repaired, tmp_path / "g3.keras"), two_branches, Monitor())
    for one, after in zip(weights, two_branches.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, after)


def test_a_g_whose_end_was_tampered_with_is_refused(two_branches, pixels, tmp_path):
    pruned = build_pruned(two_branches, layer="conv_2", channel_mask=np.zeros(8, bool))
    for name in ("base_countdown", "pruned_countdown"):
        repaired = build_repaired(two_branches, pruned)
        layer = repaired.get_layer(name)
        layer.set_weights([np.zeros(4, np.float32)])  # all agree
        with pytest.raises(ModelFileError, match="is a repaired network G"):
            open_candidate(saved(repaired, tmp_path / f"{name}.keras"), two_branches, Monitor(), probe=pixels)


def test_somebodys_pruned_networks_are_candidates(csaw):
    for of, name, how in (
        ("lab_bd_weights.h5", "lab_pruned_4.h5", "48 of 60 channels of conv_3 are zero, all else is B's"),
        ("sunglasses_bd_weights.h5", "sunglasses_pruned_with_training_config.h5", "the weights of 7 layers differ"),
    ):
        base = open_network(csaw / "models" / of)
        assert open_candidate(csaw / "models" / name, base, Monitor()).how.startswith(how)


def test_b_pruned_out_of_a_g_keeps_the_statistics_of_an_adapted_normalization(pixels, tmp_path):
    start = keras.Input((12, 10, 3), name="pixels")
    scaling = keras.layers.Normalization(name="scaling")
    scaling.adapt(200 * pixels)
    x = keras.layers.Conv2D(4, 3, activation="relu", name="conv")(scaling(start))
    answer = keras.layers.Dense(3, activation="softmax", name="answer")(keras.layers.Flatten(name="flat")(x))
    network = Network(keras.Model(start, answer), path=Path("scaled.keras"))
    pruned = build_pruned(network, layer="conv", channel_mask=np.array([True, False, True, True]), probe=200 * pixels)
    repaired = build_repaired(network, pruned, probe=200 * pixels)
    save_model(repaired, tmp_path / "g.keras", probe=200 * pixels)
    found = open_candidate(tmp_path / "g.keras", network, Monitor())
    np.testing.assert_allclose(outputs(found.model, 200 * pixels), outputs(pruned, 200 * pixels), atol=1e-6)
