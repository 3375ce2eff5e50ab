"""The repair that the window asks the engine for, and the command line that does the same."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer

from core.channels import LayerSet
from core.command_line.app import make_app
from core.command_line.arguments import typed_suspects
from core.detect.records import NEXT_CLASS
from core.metrics.figures import CLEAN_HELD_OUT, CLEAN_TEST
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.order.anp_settings import AnpSettings
from core.refit.records import Optimizer, RefitEpoch
from core.repair.choices import RefitChoices
from core.repair.methods.activation_bounds import BOUND_DROP, BOUNDS
from core.repair.methods.anp import ANP
from core.repair.methods.auto import AUTO
from core.repair.methods.fine_pruning import FINE_PRUNING
from core.repair.methods.finetune import FINETUNE
from core.repair.methods.occlusion import OCCLUSION
from core.repair.methods.registry import all_settings
from core.report.repair.command import command_line
from core.scale import Scale
from gui.repair import jobs as repair_jobs
from gui.state.repair_settings import RepairSettings
from gui.state.repairs import KeptRepair

ALWAYS_NAMED = {"--epochs", "--learning-rate", "--held-out"}
CHANGEABLE = {name for each in all_settings() for name in each.option.split("/")} - ALWAYS_NAMED


@pytest.fixture(scope="module")
def inputs() -> repair_jobs.RepairInputs:
    """A network of one convolution, and images whose brightness is their class."""
    import keras  # noqa: PLC0415 - other tests of the window do without

    from core.data.dataset import from_arrays  # noqa: PLC0415
    from core.network.network import Network  # noqa: PLC0415

    keras.utils.set_random_seed(0)
    pixels = keras.Input((4, 4, 3))
    x = keras.layers.Conv2D(5, 2, activation="relu", name="conv")(pixels)
    answer = keras.layers.Dense(2, activation="softmax")(keras.layers.Flatten()(x))
    rng = np.random.default_rng(0)
    labels = np.arange(30) % 2
    images = (rng.integers(0, 60, (30, 4, 4, 3)) + 150 * labels[:, None, None, None]).astype(np.uint8)
    clean = from_arrays("v.h5", images, labels)
    return repair_jobs.RepairInputs(
        EvaluationInputs(
            Network(keras.Model(pixels, answer), path=Path("net.keras")),
            clean,
            clean,
            (from_arrays("p.h5", images, np.zeros(30, int)),),
            Scale.UNIT,
        ),
        unlabelled=clean,
        settings=replace(RepairSettings.of(OCCLUSION), epochs=1),
    )


def options(words: tuple[str, ...]) -> set[str]:
    return {word for word in words if word.startswith("--")}


def known_options() -> set[str]:
    command: Any = typer.main.get_command(make_app())
    return {name for each in command.commands["repair"].params for name in (*each.opts, *each.secondary_opts)}


@pytest.fixture(scope="module")
def kept(inputs: repair_jobs.RepairInputs) -> KeptRepair:
    """A whole repair, made once."""
    return repair_jobs.repair(inputs, "mine")(Monitor())


def test_a_repair_says_what_it_is_worth(inputs: repair_jobs.RepairInputs) -> None:
    pruning = replace(RepairSettings.of(FINE_PRUNING, layers=LayerSet.of("conv")), epochs=1, threshold=0.3)
    published: list[object] = []
    kept = repair_jobs.repair(replace(inputs, settings=pruning), "mine")(Monitor(on_partial=published.append))
    assert [each for each in published if isinstance(each, RefitEpoch)] == list(kept.history)
    assert len(kept.history) == 2
    assert [each.title for each in kept.figures] == ["B", "B′", "G", "G"]
    tests = [CLEAN_TEST.shares(each.scores)[0] for each in kept.figures]
    held_out = [CLEAN_HELD_OUT.shares(each.scores)[0] for each in kept.figures]
    assert tests[1] == kept.repair.by_agreement.test.pruned
    assert tuple(held_out[:2]) == kept.repair.held_out
    assert kept.repair.held_out[0] is not None and held_out[2] is None
    assert tests[3] == kept.repair.by_confidence.test.repaired
    assert kept.how.startswith("fine-pruning")
    words = kept.report.origin.command_line
    assert options(words) <= known_options()
    assert "--layers" in words
    assert "--unlabelled" not in words  # only what B says of them could be learnt
    assert not CHANGEABLE & set(words)


def test_what_is_exported_tells_how_to_do_it_again(kept: KeptRepair, tmp_path: Path) -> None:
    assert options(kept.report.origin.command_line) <= known_options()
    assert "--unlabelled" in kept.report.origin.command_line
    for kind, name in (("csv", "history.csv"), ("json", "results.json"), ("report", "report.html")):
        path = repair_jobs.export_repair(kind, tmp_path / name, kept)(Monitor())
        assert path.stat().st_size > 0


def told(inputs: repair_jobs.RepairInputs, settings: RepairSettings) -> list[str]:
    """The end of the command line of a repair, from the method on."""
    words = command_line(replace(inputs, settings=settings).request())
    assert options(words) <= known_options()
    return list(words[words.index("--method") :])


def test_the_command_names_all_that_is_not_the_methods_own(inputs: repair_jobs.RepairInputs) -> None:
    own = RepairSettings.of(OCCLUSION)
    assert not CHANGEABLE & set(told(inputs, own))
    choices = RefitChoices(
        batch_size=16, least_steps=300, optimizer=Optimizer.SGD, distillation_weight=0.75, temperature=2.5,
        rollback_margin=0.07, is_augmented=False, is_mirrored=True,
    )  # fmt: skip
    words = told(inputs, replace(own, choices=choices, seed=3))
    assert words == [
        "--method", "occlusion", "--epochs", "20", "--steps", "300", "--batch-size", "16",
        "--learning-rate", "0.002", "--optimizer", "sgd", "--held-out", "20", "--augmentation", "none", "--mirroring",
        "--distillation", "0.75", "--temperature", "2.5", "--rollback", "7", "--seed", "3",
        "--false-alarms", "5", "--scale", "unit", "--out", "repaired",
    ]  # fmt: skip


def test_the_command_of_masks_names_their_seed_and_bound(inputs: repair_jobs.RepairInputs) -> None:
    own = replace(RepairSettings.of(ANP, layers=LayerSet.of("conv")), seed=5)
    request = replace(inputs, settings=own).request()
    assert request.mask_settings == AnpSettings(seed=5)
    words = told(inputs, own)
    assert words[:6] == ["--method", "anp", "--layers", "conv", "--threshold", "4"]
    assert words[6:8] == ["--seed", "5"]
    bound = replace(own, choices=RefitChoices(others=(("mask_threshold", 0.25),)))
    assert replace(inputs, settings=bound).request().mask_settings == AnpSettings(mask_threshold=0.25, seed=5)
    words = told(inputs, bound)
    assert words[4:8] == ["--mask-threshold", "0.25", "--seed", "5"]
    assert "--threshold" not in words


def test_the_command_of_bounds_names_their_loss_and_no_training(inputs: repair_jobs.RepairInputs) -> None:
    own = replace(RepairSettings.of(BOUNDS), choices=RefitChoices(others=((BOUND_DROP.name, 0.035),)), seed=4)
    assert own.text == "seed 4, bounds up to 3.5 points"
    request = replace(inputs, settings=own).request()
    assert request.unlabelled is None and not request.layers
    words = told(inputs, own)
    assert words[:7] == ["--method", "bounds", "--bound-drop", "3.5", "--seed", "4", "--false-alarms"]


def test_the_command_of_repair_for_me_names_what_all_plans_are_given(inputs: repair_jobs.RepairInputs) -> None:
    own = RepairSettings.of(AUTO, layers=LayerSet.of("conv"))
    assert not CHANGEABLE & set(told(inputs, own))
    changed = replace(own, choices=RefitChoices(batch_size=32, is_mirrored=False), held_out_share=0.25, seed=2)
    assert replace(inputs, settings=changed).request().choices == changed.choices
    suspected = replace(own, suspects=(NEXT_CLASS, 1))
    assert replace(inputs, settings=suspected).request().suspects == (NEXT_CLASS, 1)
    words = told(inputs, suspected)
    assert words[words.index("--suspects") + 1] == "next,1"
    assert typed_suspects("next,1") == (1, NEXT_CLASS)
    words = told(inputs, changed)
    assert words[4:-6] == ["--batch-size", "32", "--held-out", "25", "--no-mirroring", "--seed", "2"]


def test_images_without_labels_are_used_where_answers_count(inputs: repair_jobs.RepairInputs) -> None:
    """The window says 0.5 where the command line takes it by itself."""
    own = RepairSettings.of(FINETUNE)
    assert replace(inputs, settings=own).request().unlabelled is None
    weighted = replace(own, choices=RefitChoices(distillation_weight=0.5))
    words = command_line(replace(inputs, settings=weighted).request())
    assert "--unlabelled" in words
    assert "--distillation" not in words
    other = replace(own, choices=RefitChoices(distillation_weight=0.2))
    words = told(inputs, other)
    assert words[words.index("--distillation") + 1] == "0.2"
    without = replace(inputs, unlabelled=None, settings=weighted).request()
    assert command_line(without).count("--distillation") == 1


@pytest.mark.parametrize("kind", ["pruned", "repaired", "by_confidence"])
def test_its_networks_are_saved(kept: KeptRepair, tmp_path: Path, kind: str) -> None:
    from core.network.network import open_network  # noqa: PLC0415 - brings Keras

    path = tmp_path / f"{kind}.keras"
    repair_jobs.save_repair(kind, path, kept, forbidden=(), may_replace=False)(Monitor())
    saved = open_network(path, monitor=Monitor())
    assert saved.class_count == (2 if kind == "pruned" else 3)
    assert saved.summary.is_repaired == (kind != "pruned")
