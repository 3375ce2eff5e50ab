"""The sweep, an evaluation and a repaired network treat an estimated set as a poisoned set of a file."""

from dataclasses import replace

import numpy as np

from core.data.dataset import Dataset, from_arrays
from core.data.stamped import stamped_set
from core.data.trigger import Trigger
from core.metrics.evaluation import evaluate
from core.metrics.interpretation import interpret_sets
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.network.network import Network
from core.scale import Scale
from core.sweep.inspection import InspectionRequest, inspect


def blue_corner() -> Trigger:
    change = np.zeros((6, 6, 3), np.float32)
    change[:2, :2, 2] = 255
    return Trigger("blue corner", np.zeros((6, 6, 4), np.float32), change)


def test_a_curve_is_that_of_the_same_images_in_a_file(
    marked_network: Network, marked_sets: tuple[Dataset, Dataset]
) -> None:
    clean, _ = marked_sets
    made = stamped_set(clean, blue_corner(), 2)
    of_file = replace(from_arrays("file.h5", np.asarray(made.images), made.labels), target=2)

    def points(poisoned: Dataset) -> list[object]:
        inputs = EvaluationInputs(marked_network, clean, None, (poisoned,), scale=Scale.RAW)
        found = inspect(InspectionRequest(inputs, "conv"), monitor=Monitor())
        assert found.sweep.poisoned_sets[0].interpretation is not None
        assert found.sweep.poisoned_sets[0].interpretation.is_estimated is poisoned.is_estimated
        return [each.poisoned for each in found.sweep.points]

    estimated = points(made)
    assert estimated == points(of_file)
    assert str(estimated[0][0].pruned) == "8 of 8"  # type: ignore[index]
    assert str(estimated[-1][0].pruned) == "0 of 8"  # type: ignore[index]


def test_images_of_the_target_are_not_counted(marked_network: Network, marked_sets: tuple[Dataset, Dataset]) -> None:
    clean, _ = marked_sets
    made = stamped_set(clean, blue_corner(), 1)
    found = interpret_sets(marked_network, [made], clean=[clean], scale=Scale.RAW, monitor=Monitor())
    assert found[0].image_count == 5
    assert found[0].is_estimated
    scores = evaluate(marked_network, validation=clean, test=None, poisoned=found, scale=Scale.RAW, monitor=Monitor())
    assert str(scores.poisoned[0]) == "0 of 5"  # they become class 2
    assert scores.as_rows()[-1]["figure"] == "attack success rate, estimated with the reconstructed trigger"
