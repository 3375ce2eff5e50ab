"""Saving B′ and G from results."""

from typing import Any

import keras
import pytest

import backdoor_inspector as bi


@pytest.fixture
def network(files: Any) -> bi.Network:
    return bi.open_network(files.model)


@pytest.fixture
def curve(network: bi.Network, files: Any) -> bi.Inspection:
    return bi.prune(network, files.clean, poisoned=files.poisoned, order="index")


@pytest.fixture
def repair(network: bi.Network, files: Any) -> bi.Repair:
    return bi.repair(network, files.clean, poisoned=files.poisoned, method="prune", threshold=0.5)


def test_steps_of_a_curve(curve: bi.Inspection, files: Any) -> None:
    saved = bi.save(curve, files.folder / "pruned.keras", pruned_count=3)
    assert bi.evaluate(saved.path, poisoned=files.poisoned, scale="raw").poisoned[0].count == 0
    saved = bi.save(curve, files.folder / "repaired.keras", "repaired", threshold=0.5)
    assert bi.open_network(saved.path).summary.is_repaired


@pytest.mark.parametrize(("which", "class_count"), [("pruned", 3), ("repaired", 4), ("repaired_by_confidence", 4)])
def test_networks_of_a_repair(repair: bi.Repair, network: bi.Network, files: Any, which: Any, class_count: int) -> None:
    saved = bi.save(repair, str(files.folder / "out.keras"), which, network=network)
    assert bi.open_network(saved.path).class_count == class_count


def test_networks_by_themselves(network: bi.Network, curve: bi.Inspection, files: Any) -> None:
    pruned = bi.pruned_network(curve, pruned_count=3)
    assert bi.open_network(bi.save(pruned, files.folder / "pruned.h5").path).class_count == 3
    saved = bi.save(pruned, files.folder / "repaired.keras", "repaired", network=network)
    told = bi.compare(network, {"file": saved.path}, validation=files.clean, poisoned=files.poisoned)
    assert told.rows[0].by_agreement.poisoned[0].pruned.count == 0


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (lambda r: bi.save(r.network, r.files.model), "would-replace-input"),
        (lambda r: bi.save(r.repair, r.files.model, network=r.network, overwrite=True), "would-replace-input"),
        (lambda r: bi.save(r.repair, r.files.folder / "g.keras", "repaired"), "no-base"),
        (lambda r: bi.save(r.repair, r.files.folder / "g.keras", "best"), "unknown-network"),
        (lambda r: bi.save(r.repair, r.files.folder / "g.keras", threshold=0.1), "no-step"),
        (lambda r: bi.save(r.curve, r.files.folder / "g.keras"), "no-step"),
        (lambda r: bi.save(r.curve, r.files.folder / "g.keras", threshold=0.1, pruned_count=1), "no-step"),
        (lambda r: bi.save(r.curve, r.files.folder / "g.keras", pruned_count=5), "no-step"),
        (lambda r: bi.save(r.curve, r.files.folder / "g.keras", "repaired_by_confidence"), "unknown-network"),
        (lambda r: bi.save(r.curve, r.files.folder / "g.onnx", pruned_count=1), "wrong-suffix"),
    ],
)
def test_refusals_leave_nothing(
    ask: Any, code: str, files: Any, network: bi.Network, curve: bi.Inspection, repair: bi.Repair
) -> None:
    before = {each.name: each.stat().st_mtime_ns for each in files.folder.iterdir()}
    results = type("Results", (), {"files": files, "network": network, "curve": curve, "repair": repair})
    with pytest.raises(bi.InspectorError) as refusal:
        ask(results)
    assert refusal.value.code == code
    assert {each.name: each.stat().st_mtime_ns for each in files.folder.iterdir()} == before


@pytest.mark.parametrize("layer", ["all", ["first", "second"], ["second", "third"]])
def test_steps_over_several_layers(files: Any, layer: Any) -> None:
    keras.utils.set_random_seed(1)
    convolutions = [keras.layers.Conv2D(3, 1, activation="relu", name=name) for name in ("first", "second", "third")]
    ends = [keras.layers.Flatten(), keras.layers.Dense(3, activation="softmax")]
    keras.Sequential([keras.Input((6, 6, 3)), *convolutions, *ends]).save(files.folder / "deep.keras")
    curve = bi.prune(files.folder / "deep.keras", files.clean, layer=layer, order="index", scale="raw")
    told = bi.evaluate(bi.pruned_network(curve, pruned_count=2), validation=files.clean, scale="raw")
    point = curve.sweep.points[2]
    assert point.validation is not None
    assert told.validation == point.validation.pruned
