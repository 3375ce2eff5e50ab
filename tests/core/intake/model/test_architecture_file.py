"""Weights whose network is described in a JSON file beside them."""

import json
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group

from core.errors import ModelFileError
from core.intake.model.architecture_file import read_architecture_beside
from core.network.model_file import open_model
from core.network.network import open_network
from tests.core.keras_zoo import SHAPE, ZOO, with_random_weights

PROBE = np.random.default_rng(0).normal(size=(3, *SHAPE)).astype(np.float32)


def written(model: keras.Model, folder: Path, ending: str) -> Path:
    """Write weights and description as people do: `model.save_weights`, `model.to_json`."""
    weights = folder / f"net{ending}"
    if ending == ".weights.h5":
        model.save_weights(weights)
    else:
        with h5py.File(weights, "w") as file:
            save_weights_to_hdf5_group(file, model)
    (folder / "net.json").write_text(model.to_json())
    return weights


@pytest.mark.parametrize("ending", [".weights.h5", "_weights.h5", ".h5"])
@pytest.mark.parametrize("network", ["plain", "two branches"])
def test_weights_with_a_description_beside_them_open(network: str, ending: str, tmp_path: Path) -> None:
    model = with_random_weights(ZOO[network])
    opened = open_model(written(model, tmp_path, ending))
    assert opened.source_format == "weights-h5"
    np.testing.assert_allclose(opened.model(PROBE), model(PROBE), rtol=1e-5, atol=1e-6)


def test_another_description_beside_the_same_weights_is_read_anew(tmp_path: Path) -> None:
    model = with_random_weights(ZOO["plain"])
    path = written(model, tmp_path, ".weights.h5")
    open_model(path)
    described = (tmp_path / "net.json").read_text()
    assert '"softmax"' in described
    (tmp_path / "net.json").write_text(described.replace('"softmax"', '"sigmoid"'))
    assert open_model(path).model.layers[-1].activation is keras.activations.sigmoid


def test_a_description_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    path = written(with_random_weights(ZOO["plain"]), tmp_path, ".weights.h5")
    (tmp_path / "net.json").write_text(ZOO["two branches"]().to_json())
    with pytest.raises(ModelFileError) as caught:
        open_model(path)
    assert caught.value.code in {"missing-weights", "names-disagree", "unread-data"}


@pytest.mark.parametrize("content", ["", "{", "[]", '{"method": "anp"}', '{"a": 1, "a": 2}'])
def test_another_json_file_beside_weights_is_left_alone(content: str, tmp_path: Path) -> None:
    path = written(with_random_weights(ZOO["plain"]), tmp_path, ".weights.h5")
    (tmp_path / "net.json").write_text(content)
    with pytest.raises(ModelFileError, match=r"model.to_json\(\)") as caught:
        open_model(path)
    assert caught.value.code == "missing-architecture"


def test_code_in_the_description_is_refused(tmp_path: Path) -> None:
    path = written(with_random_weights(ZOO["plain"]), tmp_path, ".weights.h5")
    described = json.loads((tmp_path / "net.json").read_text())
    described["config"]["layers"].insert(1, {"class_name": "Lambda", "config": {"name": "evil", "function": "x"}})
    (tmp_path / "net.json").write_text(json.dumps(described))
    with pytest.raises(ModelFileError) as caught:
        open_model(path)
    assert caught.value.code == "unsupported-layer"


def test_only_a_file_of_the_same_name_is_taken(tmp_path: Path) -> None:
    (tmp_path / "net.json").write_text("{}")
    assert read_architecture_beside(tmp_path / "net.weights.h5") == "{}"
    assert read_architecture_beside(tmp_path / "net.h5") == "{}"
    assert read_architecture_beside(tmp_path / "other.h5") == ""
    assert read_architecture_beside(tmp_path / "net.keras") == ""
    assert read_architecture_beside(tmp_path / ".h5") == ""
    (tmp_path / "net.json").unlink()
    (tmp_path / "net.json").mkdir()
    assert read_architecture_beside(tmp_path / "net.h5") == ""


def test_a_description_elsewhere_is_named(tmp_path: Path) -> None:
    model = with_random_weights(ZOO["two branches"])
    path = written(model, tmp_path, ".weights.h5")
    elsewhere = (tmp_path / "net.json").rename(tmp_path / "architecture of the network.json")
    with pytest.raises(ModelFileError, match="--architecture") as caught:
        open_model(path)
    assert caught.value.code == "missing-architecture"
    opened = open_model(path, architecture=elsewhere)
    np.testing.assert_allclose(opened.model(PROBE), model(PROBE), rtol=1e-5, atol=1e-6)
    network = open_network(path, architecture=elsewhere)
    assert network.summary.architecture == elsewhere
    whole = tmp_path / "whole.keras"
    model.save(whole)
    assert open_network(whole, architecture=elsewhere).summary.architecture is None


@pytest.mark.parametrize(
    ("content", "code"), [(None, "missing-file"), (b"\xff\xfe", "wrong-format"), (b"conv_1", "wrong-format")]
)
def test_a_description_that_is_none_is_refused(content: bytes | None, code: str, tmp_path: Path) -> None:
    path = written(with_random_weights(ZOO["plain"]), tmp_path, ".weights.h5")
    named = tmp_path / "named.json"
    if content is not None:
        named.write_bytes(content)
    with pytest.raises(ModelFileError, match=r"named\.json") as caught:
        open_model(path, architecture=named)
    assert caught.value.code == code
