"""The attack success rate of a stamped trigger."""

import numpy as np
import pytest

from core.data.stamped import stamped_set
from core.data.trigger_design.design import square_design
from core.detect.stamped_attack import measure_attack
from core.errors import Cancelled
from core.monitor import Monitor
from core.records import Share
from core.scale import Scale


def test_b_is_fooled_and_b_pruned_is_not(marked_network, marked_sets):
    stamped = stamped_set(marked_sets[0], square_design(6, 6, (0, 0, 255)).trigger(6, 6), 2)
    layer = marked_network.layer("conv").layer_set
    mask = np.array([True, True, False, True])
    attack = measure_attack(marked_network, stamped, 2, scale=Scale.RAW, layer=layer, channel_mask=mask)
    assert (attack.base, attack.pruned) == (Share(8, 8), Share(0, 8))
    alone = measure_attack(marked_network, stamped, 2, scale=Scale.RAW)
    assert alone.base == alone.pruned
    monitor = Monitor()
    monitor.cancel()
    with pytest.raises(Cancelled):
        measure_attack(marked_network, stamped, 2, scale=Scale.RAW, monitor=monitor)
