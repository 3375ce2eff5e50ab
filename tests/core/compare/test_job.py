"""Repaired networks compared on the same sets."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from core.compare.comparison import Candidate, ComparisonRow, how_repaired
from core.compare.job import compare_networks
from core.errors import Cancelled, LayerError, PruningError
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.network.network import Network
from core.network.rebuild import build_pruned, copy_model
from core.repair.job import RepairRequest, repair_network
from core.repair.methods.prune import PRUNE
from core.scale import Scale


@pytest.fixture
def pruned(marked_network):
    mask = np.array([True, True, False, False])
    return build_pruned(marked_network, layer="conv", channel_mask=mask)


def compare(base, candidates, sets, monitor=None, *, scale=Scale.RAW, **changed):
    clean, poisoned = sets
    told = {"validation": clean, "test": clean, "poisoned": (poisoned,)}
    for name in told.keys() & changed.keys():
        told[name] = changed.pop(name)
    inputs = EvaluationInputs(base, **told, scale=scale)
    return compare_networks(inputs, candidates, monitor=monitor or Monitor(), **changed)


def test_b_itself_and_one_without_the_backdoor(marked_network, marked_sets, pruned):
    weights = [each.copy() for each in marked_network.model.get_weights()]
    published = []
    candidates = [
        Candidate("same", "a copy of B", copy_model(marked_network)),
        Candidate("cut", "channels 2 and 3 pruned", pruned),
    ]
    found = compare(marked_network, candidates, marked_sets, Monitor(on_partial=published.append))
    assert [(row.name, row.how) for row in found.rows] == [(each.name, each.how) for each in candidates]
    assert tuple(published) == found.rows
    same, cut = (row.by_agreement for row in found.rows)
    assert same == found.base
    assert (same.test.pruned.count, same.poisoned[0].pruned.count, same.poisoned[0].flagged.count) == (8, 8, 0)
    assert (cut.test.pruned.count, cut.test.flagged.count) == (8, 0)
    # G flags every triggered image, as B alone says the target.
    attack = cut.poisoned[0]
    assert (attack.pruned.count, attack.repaired.count, attack.flagged.count) == (0, 0, 8)
    assert (found.validation_name, found.test_name, found.poisoned_names) == ("clean.h5", "clean.h5", ("poisoned.h5",))
    for one, other in zip(weights, marked_network.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_rule_of_confidence_flags_as_many_as_it_may(marked_network, marked_sets, pruned):
    for rate in (0.72, 0.01):
        told = {"false_alarm_rate": rate, "scale": Scale.UNIT}
        row = compare(marked_network, [Candidate("cut", "", pruned)], marked_sets, **told).rows[0]
        assert row.level.false_alarm_rate == rate
        assert row.level.measured == row.by_confidence.validation.flagged
        # The five red images are answered more surely than the three green ones.
        assert row.by_confidence.test.flagged.count == (3 if rate == 0.72 else 0)
        assert row.by_confidence.test.pruned == row.by_agreement.test.pruned
        assert row.by_confidence.poisoned[0].flagged.count == 8
    with pytest.raises(PruningError, match="false alarm rate"):
        compare(marked_network, [], marked_sets, false_alarm_rate=1.0)


def test_a_level_that_came_with_a_network_is_counted_as_it_is(marked_network, marked_sets, pruned):
    candidate = Candidate("cut", "", pruned, confidence_level=0.5)
    row = compare(marked_network, [candidate], marked_sets, scale=Scale.UNIT).rows[0]
    # Green images are answered with 0.42, red ones with 0.52.
    assert (row.level.level, row.level.measured.count, row.by_confidence.test.flagged.count) == (0.5, 3, 3)
    assert row.is_level_given and not row.level.is_honoured


def test_without_test_and_poisoned_sets(marked_network, marked_sets, pruned):
    found = compare(marked_network, [Candidate("cut", "", pruned)], marked_sets, test=None, poisoned=[])
    assert (found.test_name, found.poisoned_names, found.rows[0].by_agreement.poisoned) == (None, (), ())
    assert found.rows[0].by_agreement.validation.pruned.count == 8


def test_a_repair_has_the_same_row_as_its_network(marked_network, marked_sets):
    clean, poisoned = marked_sets
    request = RepairRequest(EvaluationInputs(marked_network, clean, clean, (poisoned,), scale=Scale.RAW), PRUNE)
    repair = repair_network(request, monitor=Monitor())
    made = ComparisonRow("prune", how_repaired(repair), repair.by_agreement, repair.by_confidence, repair.level)
    found = compare(marked_network, [Candidate("prune", made.how, repair.model)], marked_sets)
    assert found.base == repair.before
    uncounted = {name: replace(getattr(made, name), pruned_count=0) for name in ("by_agreement", "by_confidence")}
    assert found.rows[0] == replace(made, **uncounted)
    assert made.by_agreement.pruned_count == 2


def test_progress_tells_which_network_of_how_many(marked_network, marked_sets, pruned):
    stages = []
    monitor = Monitor(on_progress=lambda progress: stages.append((progress.stage, progress.total_count)))
    compare(marked_network, [Candidate("cut", "", pruned)], marked_sets, monitor)
    assert dict.fromkeys(stages) == dict.fromkeys(
        [("Comparing: network 1 of 2", 24), ("Comparing: network 2 of 2", 24)]
    )


@pytest.mark.parametrize("stop_at", [1, 3, 5])
def test_cancelling_gives_no_comparison(marked_network, marked_sets, pruned, stop_at):
    count = 0

    def stop(_progress):
        nonlocal count
        count += 1
        if count == stop_at:
            monitor.cancel()

    monitor = Monitor(on_progress=stop, clock=iter(np.arange(0, 100, 1.0)).__next__)
    with pytest.raises(Cancelled):
        compare(marked_network, [Candidate("cut", "", pruned)], marked_sets, monitor)


def test_what_cannot_be_compared_is_refused(marked_network, marked_sets, pruned, make_two_branches):
    with pytest.raises(LayerError, match="'cut' twice") as refused:
        compare(marked_network, [Candidate("cut", "", pruned)] * 2, marked_sets)
    assert refused.value.code == "same-name"
    with pytest.raises(LayerError, match="'two' must take images of shape") as refused:
        compare(marked_network, [Candidate("cut", "", pruned), Candidate("two", "", make_two_branches())], marked_sets)
    assert refused.value.code == "other-network"
    pixels = keras.Input((6, 6, 3))
    four = keras.Model(pixels, keras.layers.Dense(4)(keras.layers.Flatten()(pixels)))
    with pytest.raises(LayerError, match=r"have 3 classes like B, got .* and 4"):
        compare(Network(marked_network.model, path=Path("b.keras")), [Candidate("four", "", four)], marked_sets)
