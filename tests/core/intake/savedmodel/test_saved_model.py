"""SavedModels of Keras 2: the description of layers, and the variables of a checkpoint that TensorFlow wrote."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from core.errors import ModelFileError
from core.intake.cache import intake_folder
from core.monitor import Monitor
from core.network.model_file import open_model
from core.network.network import open_network
from core.screen.job import screen_files
from tests.hostile.saved_models import BIAS, DENSE, KERNEL, SCALE, description, write_saved_model
from tests.hostile.writing import layer

PROBE = np.random.default_rng(5).normal(size=(3, 6, 6, 3)).astype("f4")


def expected() -> np.ndarray:
    """Compute the network by hand."""
    inside = tf.nn.conv2d(PROBE, KERNEL, 1, "VALID").numpy()
    gamma, beta, mean, variance = SCALE
    inside = (inside - mean) / np.sqrt(variance + 1e-3) * gamma + beta
    return inside.reshape(3, -1) @ DENSE + BIAS


def test_that_the_graph_was_not_read_is_told(tmp_path: Path) -> None:
    (note,) = open_network(write_saved_model(tmp_path)).summary.notes
    assert "not its graph (saved_model.pb)" in note


@pytest.mark.parametrize("target", ["", "saved_model.pb"])
def test_a_saved_model_opens_by_its_folder_or_its_graph(target: str, tmp_path: Path) -> None:
    opened = open_model(write_saved_model(tmp_path) / target)
    assert opened.source_format == "saved-model"
    np.testing.assert_allclose(opened.model(PROBE), expected(), rtol=1e-4, atol=1e-4)
    assert not [each for each in intake_folder().iterdir() if each.name.startswith("tmp-")]


def test_other_weights_under_the_same_graph_are_read_anew(tmp_path: Path) -> None:
    before = open_model(write_saved_model(tmp_path))
    after = open_model(
        write_saved_model(tmp_path, weights={"layer_with_weights-2": {"kernel": DENSE, "bias": BIAS + 1}})
    )
    assert before.sha256 != after.sha256
    np.testing.assert_allclose(after.model(PROBE), expected() + 1, rtol=1e-4, atol=1e-4)


def test_a_saved_model_is_screened(tmp_path: Path) -> None:
    [verdict] = screen_files([write_saved_model(tmp_path) / "saved_model.pb"], monitor=Monitor())
    assert verdict.is_opened
    assert ("format", "saved-model") in verdict.facts


def _lambda(folder: Path) -> None:
    described = description()
    described["config"]["layers"].insert(2, layer("Lambda", "evil", ["conv"], function=["4wAAAA==", None, None]))
    write_saved_model(folder, described=described)


def _without_metadata(folder: Path) -> None:
    (write_saved_model(folder) / "keras_metadata.pb").unlink()


def _cut(name: str) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        path = write_saved_model(folder) / name
        path.write_bytes(path.read_bytes()[:-30])

    return make


def _two_shards(folder: Path) -> None:
    write_saved_model(folder)
    data = folder / "variables" / "variables.data-00000-of-00001"
    data.rename(data.with_name("variables.data-00000-of-00002"))


REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "code": (_lambda, "unsupported-layer"),
    "no description": (_without_metadata, "not-a-file"),
    "another class": (
        lambda folder: write_saved_model(folder, described={"class_name": "Mine"}),
        "unsupported-network",
    ),
    "names that are not there": (
        lambda folder: write_saved_model(folder, names={"layer_with_weights-0": "conv"}),
        "missing-weights",
    ),
    "fewer weights": (
        lambda folder: write_saved_model(folder, weights={"layer_with_weights-2": {"kernel": DENSE}}),
        "missing-weights",
    ),
    "weights of another shape": (
        lambda folder: write_saved_model(folder, weights={"layer_with_weights-2": {"kernel": DENSE.T, "bias": BIAS}}),
        "wrong-weight-shape",
    ),
    "weights that are no numbers": (
        lambda folder: write_saved_model(
            folder, weights={"layer_with_weights-2": {"kernel": DENSE, "bias": BIAS * np.nan}}
        ),
        "bad-weights",
    ),
    "texts for weights": (
        lambda folder: write_saved_model(
            folder, weights={"layer_with_weights-2": {"kernel": DENSE, "bias": [b"a"] * 5}}
        ),
        "unsafe-type",
    ),
    "an index cut off": (_cut("variables/variables.index"), "damaged-file"),
    "values cut off": (_cut("variables/variables.data-00000-of-00001"), "damaged-file"),
    "a description cut off": (_cut("keras_metadata.pb"), "damaged-file"),
    "several files of weights": (_two_shards, "not-a-file"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused(name: str, tmp_path: Path) -> None:
    make, code = REFUSED[name]
    make(tmp_path)
    with pytest.raises(ModelFileError) as caught:
        open_model(tmp_path)
    assert caught.value.code == code, str(caught.value)


def test_changed_bytes_of_the_parts_are_read_or_refused(tmp_path: Path) -> None:
    write_saved_model(tmp_path)
    rng = np.random.default_rng(9)
    endings = set()
    for name in ("keras_metadata.pb", "variables/variables.index"):
        path = tmp_path / name
        whole = path.read_bytes()
        for _ in range(6):
            content = bytearray(whole)
            for place in rng.integers(0, len(content), 3):
                content[place] = rng.integers(256)
            path.write_bytes(content)
            try:
                open_model(tmp_path)
                endings.add("opened")
            except ModelFileError as error:
                endings.add(error.code)
        path.write_bytes(whole)
    assert not endings & {"intake-crash", "intake-timeout", "intake-memory", "intake-answer"}
