"""A repair that goes on: which epoch would be kept now."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from core.records import Share
from core.refit.records import RefitEpoch
from core.repair.method import RepairMethod
from core.repair.methods.auto import AUTO
from core.repair.methods.fine_pruning import FINE_PRUNING
from core.repair.methods.finetune import FINETUNE
from core.repair.methods.occlusion import OCCLUSION
from core.repair.recipe_records import Trying, all_plans
from gui.state.repair_settings import RepairSettings
from gui.state.repairs import RepairRun


@pytest.mark.parametrize(("method", "kept"), [(FINE_PRUNING, 1), (OCCLUSION, 2)])
def test_each_plan_keeps_by_its_own_tolerance(method: RepairMethod, kept: int) -> None:
    """Half a point below the best is as good to occlusion, and not to the others."""
    plan = next(each for each in all_plans() if each.method is method)
    history = [
        RefitEpoch(epoch, 1.0, 1e-3, Share(count, 1000), None, (), occluded=Share(count, 1000))
        for epoch, count in enumerate((950, 900, 895))
    ]
    inputs = SimpleNamespace(settings=RepairSettings.of(AUTO))
    trying = Trying(plan, 0, len(all_plans()), Share(950, 1000), Share(700, 1000))
    run = RepairRun("it", inputs, history, trying)  # type: ignore[arg-type]
    assert run.kept_epoch == kept


@pytest.mark.parametrize(("epochs", "told"), [(1, "1 epoch, rate"), (3, "3 epochs, rate")])
def test_epochs_are_counted(epochs: int, told: str) -> None:
    assert replace(RepairSettings.of(FINETUNE), epochs=epochs).text.startswith(told)
