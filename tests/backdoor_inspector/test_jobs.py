"""What a script or a notebook does with one import."""

import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import backdoor_inspector as bi
from core.data.dataset_writing import write_dataset
from core.records import Share


@pytest.fixture
def network(files: Any) -> bi.Network:
    return bi.open_network(files.model)


@pytest.fixture
def curve(network: bi.Network, files: Any) -> bi.Inspection:
    return bi.prune(network, files.clean, poisoned=files.poisoned, order="index")


def test_every_public_name_is_there_and_documented() -> None:
    for name in bi.__all__:
        value = getattr(bi, name)
        assert name in dir(bi)
        if inspect.isfunction(value) or inspect.isclass(value):
            assert value.__doc__, name
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = bi.nothing


def test_all_arguments_behind_the_inputs_are_named() -> None:
    for name in ("open_network", "open_dataset", "prune", "repair", "evaluate", "classify", "compare", "save", "strip"):
        kinds = [each.kind for each in inspect.signature(getattr(bi, name)).parameters.values()]
        assert kinds.count(inspect.Parameter.POSITIONAL_OR_KEYWORD) <= 3
        assert kinds.count(inspect.Parameter.KEYWORD_ONLY) >= 1


def test_evaluate_takes_paths_and_opened_records(network: bi.Network, files: Any) -> None:
    by_path = bi.evaluate(files.model, validation=str(files.clean), poisoned=[files.poisoned])
    opened = bi.evaluate(
        network, validation=bi.open_dataset(files.clean, network=network), poisoned=bi.open_dataset(files.poisoned)
    )
    assert by_path == opened
    assert (opened.validation, opened.test, opened.poisoned) == (Share(8, 8), None, (Share(8, 8),))


def test_prune_gives_the_curve_and_its_stops(curve: bi.Inspection) -> None:
    assert [point.poisoned[0].pruned.count for point in curve.sweep.points] == [8, 8, 8, 0, 0]
    stops = bi.find_stops(curve, thresholds=(0.2, 0.5))
    assert [stop.channels_left for stop in stops] == [4, 3, 2, 0, None]
    assert stops == bi.find_stops(curve.sweep, thresholds=(0.2, 0.5))
    assert [row["channels_left"] for row in stops.as_rows()] == [4, 3, 2, 0, None]
    assert stops.as_rows()[-1]["clean_validation_accuracy"] is None


def test_layers_may_be_given_as_a_list(network: bi.Network, files: Any) -> None:
    assert bi.prune(network, files.clean, layer=["conv"]).sweep.ranking.layer.name == "conv"


def test_b_prime_of_a_step_answers_what_the_curve_counted(curve: bi.Inspection, files: Any) -> None:
    pruned = bi.pruned_network(curve, pruned_count=3)
    told = bi.evaluate(pruned, validation=files.clean, poisoned=files.poisoned, scale="raw")
    point = curve.sweep.points[3]
    assert point.validation is not None
    assert (told.validation, told.poisoned[0]) == (point.validation.pruned, point.poisoned[0].pruned)


def test_repair_and_compare(network: bi.Network, curve: bi.Inspection, files: Any) -> None:
    done = bi.repair(network, files.clean, poisoned=files.poisoned, method="prune", layers="conv", threshold=0.5)
    assert done.by_agreement.validation is not None
    assert done.by_agreement.validation.pruned.count >= 5
    repaired = {"repair": done, "step 3": bi.pruned_network(curve, pruned_count=3)}
    told = bi.compare(network, repaired, validation=files.clean, poisoned=files.poisoned)
    assert [row.name for row in told.rows] == list(repaired)
    assert told.rows[1].by_agreement.poisoned[0].pruned == Share(0, 8)


def test_settings_of_training_are_taken(network: bi.Network, files: Any) -> None:
    done = bi.repair(network, files.clean, method="finetune", settings={"epochs": 1, "held_out_share": 0.25}, seed=3)
    assert done.refit is not None
    assert (done.refit.settings.epochs, done.refit.settings.seed) == (1, 3)


def test_bounds_are_found_saved_and_opened_again(network: bi.Network, files: Any, tmp_path: Path) -> None:
    settings = {"bound_drop": 0.05}
    done = bi.repair(network, files.clean, poisoned=files.poisoned, method="bounds", settings=settings)
    assert (done.bounded_layers, done.by_agreement.poisoned[0].pruned.count) == (("conv",), 0)
    bi.save(done, tmp_path / "bounded.keras", which="pruned")
    bi.save(done, tmp_path / "g.keras", which="repaired", network=network)
    again = bi.evaluate(tmp_path / "bounded.keras", validation=files.clean, poisoned=files.poisoned)
    assert (again.validation, again.poisoned) == (Share(8, 8), (Share(0, 8),))
    with pytest.raises(bi.InspectorError, match="for 2 points"):
        bi.repair(network, files.clean, method="bounds", settings={"bound_drop": 2})


def test_classify(network: bi.Network, curve: bi.Inspection, files: Any) -> None:
    alone = bi.classify(network, files.triggered_image)
    assert (alone.base[0].label, alone.is_flagged) == (2, False)
    beside = bi.classify(network, files.triggered_image, pruned=bi.pruned_network(curve, pruned_count=3))
    assert beside.is_flagged
    assert [row["label"] for row in beside.as_rows()] == [2, 0, None]
    assert "<td>True</td>" in beside._repr_html_()
    assert beside.seen.dtype == np.uint8
    done = bi.repair(network, files.clean, method="prune", threshold=0.5)
    assert bi.classify(files.model, files.red_image, pruned=done).base[0].label == 0


def test_scales_go_by_name(network: bi.Network, files: Any) -> None:
    assert bi.evaluate(network, poisoned=files.poisoned, scale="unit").scale.name == "unit"
    assert bi.prune(network, files.clean, scale="raw").scale_finding is None


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (lambda network, files: bi.open_network(files.clean), "images-not-model"),
        (lambda network, files: bi.open_network("missing.keras"), "missing-file"),
        (lambda network, files: bi.prune(network, files.clean, order="random"), "unknown-order"),
        (lambda network, files: bi.prune(network, files.clean, layer="none"), "no-such-layer"),
        (lambda network, files: bi.prune(network, files.clean, scale="half"), "unknown-scale"),
        (lambda network, files: bi.evaluate(network), "no-images"),
        (lambda network, files: bi.evaluate(network, poisoned=files.poisoned), "no-scale"),
        (lambda network, files: bi.repair(network, files.clean, method="magic"), "unknown-method"),
        (lambda network, files: bi.repair(network, files.clean, settings={"speed": 1}), "training-setting"),
        (lambda network, files: bi.repair(network, files.clean, settings={"epochs": 1}), "training-setting"),
        (lambda network, files: bi.repair(network, files.clean, threshold=0.1), "repair-setting"),
        (lambda network, files: bi.repair(network, files.clean, method="prune", threshold=2), "bad-threshold"),
        (lambda network, files: bi.repair(network, files.clean, mask_threshold=0.1), "repair-setting"),
        (lambda network, files: bi.repair(network, files.clean, method="finetune", layers="all"), "repair-setting"),
        (lambda network, files: bi.repair(network, files.clean, method="prune", suspects=[1]), "repair-setting"),
        (lambda network, files: bi.repair(network, files.clean, method="unlearning", suspects=[9]), "suspects"),
    ],
)
def test_refusals_have_codes(network: bi.Network, files: Any, ask: Any, code: str) -> None:
    with pytest.raises(bi.InspectorError) as refusal:
        ask(network, files)
    assert refusal.value.code == code


def test_strip_tells_whether_an_answer_survives(network: bi.Network, files: Any) -> None:
    images, labels = np.zeros((60, 6, 6, 3), np.uint8), np.arange(60) % 2
    images[np.arange(60), ..., labels] = np.linspace(60, 250, 60, dtype=np.uint8)[:, None, None]
    write_dataset(files.folder / "sixty.h5", images, labels)
    evidence = bi.strip(network, files.triggered_image, files.folder / "sixty.h5", scale="raw", poisoned=files.poisoned)
    assert isinstance(evidence, bi.StripEvidence)
    assert (evidence.label, evidence.kept, evidence.higher_entropy) == (2, Share(30, 30), Share(30, 30))
    assert evidence.calibration.triggered[0].by_entropy.auroc == 1
    with pytest.raises(bi.InspectorError, match="at least 40 clean pictures"):
        bi.strip(network, files.triggered_image, files.clean, scale="raw")
