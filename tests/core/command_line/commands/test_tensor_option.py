"""`--tensor` in prune and repair: what is zeroed in the saved networks, and where it is named."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import backdoor_inspector as bi
from core.channels import ChannelTensor
from core.data.dataset import from_arrays
from core.data.dataset_writing import write_dataset
from core.network.model_file import open_model
from tests.core.normalized_networks import answers, build_normalized

SENTENCES = {"activation": "in front of the batch normalization", "normalization": "that follows the activation"}


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    """A network with a normalization behind each activation, and clean images that it gets right."""
    network = build_normalized()
    rng = np.random.default_rng(4)
    pixels = rng.integers(0, 256, (40, 10, 10, 2)).astype(np.uint8)
    labels = answers(network, (pixels / 255).astype(np.float32), {}, network.tensor)
    network.model.save(tmp_path / "net.keras")
    data = from_arrays("clean.h5", pixels, labels)
    write_dataset(tmp_path / "clean.h5", np.asarray(data.images), np.asarray(data.labels))
    return ["--model", str(tmp_path / "net.keras"), "--validation", str(tmp_path / "clean.h5"), "--scale", "unit"]


def zeroed(path: Path) -> tuple[int, int]:
    """Return how many channels of `conv_3` and of the shift behind it are zero."""
    model = open_model(path).model
    kernel, beta = model.get_layer("conv_3").get_weights()[0], model.get_layer("norm_3").get_weights()[0]
    return int((~kernel.any(axis=(0, 1, 2))).sum()), int((beta == 0).sum())


@pytest.mark.parametrize("tensor", ["activation", "normalization"])
def test_prune_zeroes_what_it_ranked_and_names_it(run: Any, arguments: list[str], tmp_path: Path, tensor: str) -> None:
    chosen = [] if tensor == "activation" else ["--tensor", tensor]
    out = tmp_path / "out"
    ended = run("prune", *arguments, *chosen, "--layer", "conv_3", "--thresholds", "90", "--out", str(out))
    assert ended.status == 0, ended.err
    assert f"Layer conv_3: output behind the {tensor}, for every reader" in ended.out
    results = json.loads((out / "results.json").read_text("utf-8"))
    places = {"activation": "conv_3", "normalization": "norm_3"}
    assert (results["layer"]["tensor"], results["layer"]["measured_at"]) == (tensor, places[tensor])
    with (out / "curve.csv").open(newline="", encoding="utf-8") as stream:
        assert {row["tensor"] for row in csv.DictReader(stream)} == {tensor}
    page = (out / "report.html").read_text("utf-8")
    assert f"channels pruned behind the {tensor}" in page
    assert SENTENCES[tensor] in page
    pruned_count = next(row["pruned_count"] for row in results["table"] if row["side"] == "before")
    assert pruned_count > 0
    assert zeroed(out / "pruned_90.keras") == (pruned_count, pruned_count if tensor == "normalization" else 0)


def test_repair_zeroes_what_it_ranked_and_names_it(run: Any, arguments: list[str], tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ["--method", "prune", "--layers", "conv_3", "--threshold", "90", "--tensor", "normalization"]
    ended = run("repair", *arguments, *words, "--out", str(out))
    assert ended.status == 0, ended.err
    assert SENTENCES["normalization"] in ended.out
    results = json.loads((out / "results.json").read_text("utf-8"))
    assert results["pruning"]["tensor"] == "normalization"
    count = len(results["pruning"]["layers"][0]["pruned_channels"])
    assert zeroed(out / "pruned.keras") == (count, count)
    assert count > 0


def test_where_there_is_no_choice_one_line_says_so(run: Any, files: Any, tmp_path: Path) -> None:
    words = ["--model", files.model, "--validation", files.clean, "--out", str(tmp_path / "out")]
    ended = run("prune", *words, "--tensor", "normalization")
    assert ended.status == 0
    assert "Note: --tensor changes nothing." in ended.err
    results = json.loads((tmp_path / "out" / "results.json").read_text("utf-8"))
    assert results["layer"]["tensor"] is None


def test_wrong_usage(run: Any, arguments: list[str], tmp_path: Path) -> None:
    out = ["--out", str(tmp_path / "out")]
    assert run("prune", *arguments, *out, "--tensor", "pooling").status == 2
    ended = run("repair", *arguments, *out, "--method", "finetune", "--tensor", "activation")
    assert ended.status == 2
    assert "finetune does not prune channels" in ended.err.replace("\n", " ")


def test_in_python(arguments: list[str], tmp_path: Path) -> None:
    network, valid = bi.open_network(arguments[1]), arguments[3]
    for tensor in ChannelTensor:
        curve = bi.prune(network, valid, layer="conv_3", scale="unit", tensor=tensor.value)
        assert curve.sweep.ranking.layer.tensor is tensor
        bi.save(curve, tmp_path / f"{tensor}.keras", which="pruned", pruned_count=2)
        assert zeroed(tmp_path / f"{tensor}.keras") == (2, 2 if tensor is ChannelTensor.NORMALIZATION else 0)
    repair = bi.repair(
        network, valid, method="prune", layers="conv_3", scale="unit", threshold=0.9, tensor="normalization"
    )
    assert repair.sweeps[0].ranking.layer.tensor is ChannelTensor.NORMALIZATION
    with pytest.raises(bi.PruningError, match="tensor must be one of 'activation', 'normalization', got 'both'"):
        bi.prune(network, valid, tensor="both")
    with pytest.raises(bi.PruningError, match="leave tensor out"):
        bi.repair(network, valid, method="finetune", tensor="activation")
