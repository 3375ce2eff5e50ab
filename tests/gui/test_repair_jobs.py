"""The repair that the window asks the engine for, and the command line that does the same."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer

from core.command_line.commands import app
from core.monitor import Monitor
from core.records import Scale
from core.refit_records import FineTuneEpoch
from core.repair_methods import Method
from gui import repair_jobs
from gui.repairs import KeptRepair, RepairSettings


@pytest.fixture(scope="module")
def inputs() -> repair_jobs.RepairInputs:
    """A network of one convolution, and images whose brightness is their class."""
    import keras  # noqa: PLC0415 - other tests of the window do without

    from core.dataset import from_arrays  # noqa: PLC0415
    from core.network import Network  # noqa: PLC0415

    keras.utils.set_random_seed(0)
    pixels = keras.Input((4, 4, 3))
    x = keras.layers.Conv2D(5, 2, activation="relu", name="conv")(pixels)
    answer = keras.layers.Dense(2, activation="softmax")(keras.layers.Flatten()(x))
    rng = np.random.default_rng(0)
    labels = np.arange(30) % 2
    images = (rng.integers(0, 60, (30, 4, 4, 3)) + 150 * labels[:, None, None, None]).astype(np.uint8)
    clean = from_arrays("v.h5", images, labels)
    return repair_jobs.RepairInputs(
        network=Network(keras.Model(pixels, answer), path=Path("net.keras")),
        validation=clean,
        test=clean,
        poisoned=(from_arrays("p.h5", images, np.zeros(30, int)),),
        unlabelled=clean,
        settings=replace(RepairSettings.of(Method.OCCLUSION), epochs=1),
        scale=Scale.UNIT,
    )


def options(words: tuple[str, ...]) -> set[str]:
    return {word for word in words if word.startswith("--")}


def known_options() -> set[str]:
    command: Any = typer.main.get_command(app)
    return {name for each in command.commands["repair"].params for name in each.opts}


@pytest.fixture(scope="module")
def kept(inputs: repair_jobs.RepairInputs) -> KeptRepair:
    """A whole repair, made once."""
    return repair_jobs.repair(inputs, "mine")(Monitor())


def test_a_repair_says_what_it_is_worth(inputs: repair_jobs.RepairInputs) -> None:
    pruning = replace(RepairSettings.of(Method.FINE_PRUNING, layers=("conv",)), epochs=1, threshold=0.3)
    published: list[object] = []
    kept = repair_jobs.repair(replace(inputs, settings=pruning), "mine")(Monitor(on_partial=published.append))
    assert [each for each in published if isinstance(each, FineTuneEpoch)] == list(kept.history)
    assert len(kept.history) == 2
    assert [each.title for each in kept.figures] == ["B", "B′", "G", "G"]
    assert kept.figures[1].test == kept.repair.after.test.pruned
    assert kept.figures[3].test == kept.repair.guarded.test.repaired
    assert kept.how.startswith("fine-pruning")
    words = kept.report.origin.command_line
    assert options(words) <= known_options()
    assert "--layers" in words
    assert "--unlabelled" not in words  # only what B says of them could be learnt


def test_what_is_exported_tells_how_to_do_it_again(kept: KeptRepair, tmp_path: Path) -> None:
    assert options(kept.report.origin.command_line) <= known_options()
    assert "--unlabelled" in kept.report.origin.command_line
    for kind, name in (("csv", "history.csv"), ("json", "results.json"), ("report", "report.html")):
        path = repair_jobs.export_repair(kind, tmp_path / name, kept)(Monitor())
        assert path.stat().st_size > 0


@pytest.mark.parametrize("kind", ["pruned", "repaired", "guarded"])
def test_its_networks_are_saved(kept: KeptRepair, tmp_path: Path, kind: str) -> None:
    from core.network import open_network  # noqa: PLC0415 - brings Keras

    path = tmp_path / f"{kind}.keras"
    repair_jobs.save_repair(kind, path, kept, forbidden=(), may_replace=False)(Monitor())
    saved = open_network(path, monitor=Monitor())
    assert saved.class_count == (2 if kind == "pruned" else 3)
    assert saved.summary.is_repaired == (kind != "pruned")
