"""Occlusion consistency on the demo's faces and network; `tests/benchmarks/repair.py` measures the whole recipe."""

from dataclasses import replace

from core.data.dataset import open_dataset
from core.demo.demo import demo_files
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.network.network import open_network
from core.repair.job import RepairRequest, repair_network
from core.repair.methods.occlusion import OCCLUSION
from core.scale import Scale


def test_a_quarter_of_the_steps_already_cuts_most_of_the_backdoor_out() -> None:
    files = demo_files()
    usual = OCCLUSION.default_settings()
    request = RepairRequest(
        EvaluationInputs(
            open_network(files.model),
            open_dataset(files.validation),
            open_dataset(files.test),
            (open_dataset(files.poisoned),),
            scale=Scale.RAW,
        ),
        OCCLUSION,
        settings=replace(usual, epochs=4, least_steps=usual.least_steps // 4),
    )
    repair = repair_network(request, monitor=Monitor())
    assert repair.before.poisoned[0].pruned.count == 436
    # 8 of 436 when this was written; the result of such a short training depends on the machine.
    assert repair.by_agreement.poisoned[0].pruned.rate < 0.15
    assert repair.by_agreement.test.pruned.rate > 0.9
    # G flags most images that B predicts as the target, and few clean faces that B and B′ both know.
    assert repair.by_agreement.poisoned[0].flagged.rate > 0.85
    assert repair.by_agreement.test.flagged.count <= 440 - repair.by_agreement.test.pruned.count + 10
