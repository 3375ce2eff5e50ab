"""The difference of activations is what the order "difference" ranks by, and leaves the sets as they are."""

import numpy as np
import pytest

from core.channels import LayerSet
from core.errors import Cancelled
from core.monitor import Monitor
from core.network.inputs import EvaluationInputs
from core.order.orders.difference import DIFFERENCE
from core.scale import Scale
from core.sweep.inspection import InspectionRequest, inspect
from core.sweep.trigger_effect import measure_trigger_effect


def _inputs(network, sets, *, has_poisoned=True) -> EvaluationInputs:
    clean, poisoned = sets
    return EvaluationInputs(network, clean, None, (poisoned,) if has_poisoned else (), Scale.RAW)


def test_it_is_what_the_order_by_difference_ranks_by(marked_network, marked_sets) -> None:
    inputs = _inputs(marked_network, marked_sets)
    layer = LayerSet.of(marked_network.summary.layers[-1].name)
    found = measure_trigger_effect(inputs, layer, reader=None, monitor=Monitor())
    ranking = inspect(InspectionRequest(inputs, layer=layer, order=DIFFERENCE), monitor=Monitor()).sweep.ranking
    assert found is not None
    assert ranking.scores is not None
    assert np.array_equal(found, ranking.scores)
    assert found.max() > 0
    assert np.argsort(-found, kind="stable")[0] == ranking.order[0]


def test_without_poisoned_images_there_is_none(marked_network, marked_sets) -> None:
    inputs = _inputs(marked_network, marked_sets, has_poisoned=False)
    layer = LayerSet.of(marked_network.summary.layers[-1].name)
    assert measure_trigger_effect(inputs, layer, reader=None, monitor=Monitor()) is None


def test_it_can_be_stopped(marked_network, marked_sets) -> None:
    monitor = Monitor()
    monitor.cancel()
    layer = LayerSet.of(marked_network.summary.layers[-1].name)
    with pytest.raises(Cancelled):
        measure_trigger_effect(_inputs(marked_network, marked_sets), layer, reader=None, monitor=monitor)
